"""Layers of a cell: what lies there today, how it came to be so, and what deflection says of it."""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from dash import dcc, html

from dashboard import charts, i18n, places, ui
from dashboard.context import Context
from dashboard.i18n import measure_label, measure_text, number, t
from pavement.schema import read_table

_COLOURS = {
    "asphalt": "#4a545e",
    "concrete": "#a9b4bd",
    "treated_base": "#b5651d",
    "granular_base": "#d8b98a",
    "subbase": "#ecdcc0",
}
_BEARING = ("sn", "sn_effective", "pavement_modulus", "subgrade_modulus", "d0_corrected")


@cache
def _words(table: str, language: str) -> dict[str, str]:
    rows = read_table(table)
    return dict(zip(rows.iloc[:, 0], rows["zh" if language.startswith("zh") else "en"], strict=True))


def kind_text(kind: str) -> str:
    """Return a kind of layer in the present language."""
    return _words("layer_coefficients", i18n.language()).get(kind, kind)


def flags_text(method: str) -> str:
    """Return the doubts that the method of a bearing value tells of, in the present language."""
    told = _words("bearing_flags", "en")
    ours = _words("bearing_flags", i18n.language())
    return t(", ").join(ours[flag] for flag, words in told.items() if words in method)


def card(context: Context, row: pd.Series) -> html.Section | None:
    """Return the layers of a cell, their changes and its bearing; nothing where no layer is on record."""
    found = places.stacks_on(context, row)
    if found.empty:
        return None
    today = found[found["on"] == found["on"].max()]
    parts = [_table(today), _bearing(context, row["cell"]), _changes(context, row)]
    drawn = dcc.Graph(figure=_diagram(found), config=charts.CONFIG, style={"height": "220px"})
    return ui.card(t("Layers and bearing"), *parts[:2], drawn, parts[2], note=t("from the surface down"))


def _table(stack: pd.DataFrame) -> html.Div:
    heads = [t("Layer"), t("Material"), t("Thickness [mm]"), t("Laid in"), t("Age [years]"), t("Known from")]
    lines = [
        [
            kind_text(layer["kind"]),
            layer["material"],
            number(layer["thickness_mm"]),
            "–" if pd.isna(layer["placed"]) else str(int(layer["placed"])),
            number(layer["age"], digits=1),
            t("work record") if layer["source"] == "work" else t("layer record or survey"),
        ]
        for layer in stack.fillna({"material": ""}).to_dict("records")
    ]
    return html.Div(ui.table(heads, lines, numeric=[2, 3, 4]), className="wrap-heads")


def _bearing(context: Context, cell: str) -> html.Dl:
    """Return the structural number of the layers beside what deflection says, each with its year and doubts."""
    frame = places.provenance(context, cell)
    pairs: list[tuple[str, Any]] = []
    for kind in [k for k in _BEARING if k in frame.index]:
        value = frame.loc[kind]
        doubts = flags_text(str(value["method"] or ""))
        said = f"{measure_text(kind, value['value'])} ({int(value['year'])})"
        pairs.append((measure_label(kind, unit=False), [said, html.Span(f" {doubts}", className="note")]))
    return ui.facts(pairs)


def _changes(context: Context, row: pd.Series) -> html.Div | None:
    done = places.moved_on(context, row)
    if done.empty:
        return None
    lines = [
        [str(int(w["completed"])), i18n.treatment_text(w["treatment"]), number(w["mill_mm"]), number(w["pave_mm"])]
        for w in done.to_dict("records")
    ]
    heads = [t("Year"), t("Treatment"), t("Milled [mm]"), t("Paved [mm]")]
    return html.Div(ui.table(heads, lines, numeric=[2, 3]), className="wrap-heads")


def _diagram(stacks: pd.DataFrame) -> go.Figure:
    """Return the stacks of the years that changed them beside each other, surface at the top."""
    figure = go.Figure()
    for _, level in stacks.groupby("layer"):
        names = [kind_text(kind) for kind in level["kind"]]
        figure.add_bar(
            x=[f"{day:%Y}" for day in level["on"]],
            y=level["thickness_mm"],
            marker={
                "color": [_COLOURS.get(k, "#cccccc") for k in level["kind"]],
                "line": {"color": "#fff", "width": 1},
            },
            text=[number(mm) for mm in level["thickness_mm"]],
            insidetextanchor="middle",
            customdata=names,
            hovertemplate="%{customdata} %{y:.0f} mm<extra></extra>",
        )
    figure.update_layout(barmode="stack", bargap=0.35, showlegend=False)
    framed = charts.frame(figure, height=220, unit="mm")
    framed.update_layout(hovermode="closest")
    framed.update_yaxes(autorange="reversed")
    framed.update_xaxes(type="category")
    return framed
