"""One place of a cell in every survey: its frames side by side, laid over the newest, and how its cracks grew."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import dash
import dash_mantine_components as dmc
import pandas as pd
from dash import Input, Output, State, html

from dashboard import guard, i18n, places, queries, ui
from dashboard.context import Context
from dashboard.i18n import number, t
from dashboard.signs import posted_place
from ingest.imagery.parameters import parameters
from pavement.errors import PavementError


@dataclass(frozen=True)
class _Shown:
    """A panel ready for the page: JPEG as text, day, survey, whether and how well it is aligned, and why not."""

    source: str
    day: str
    run: str
    frame: str
    aligned: bool
    reason: str
    agreement: float


def card(context: Context, row: pd.Series) -> html.Section | None:
    """Return the card of the places of a cell that more than one survey shows; None where frames are of one only."""
    found = _places(context, row)
    title = t("The same place in other years")
    if not len(found):
        if not len(places.frames_on(context, row)):
            return None
        return ui.card(title, ui.empty(t("Only one survey has frames of this cell; a second one makes a history.")))
    options = [{"value": str(at), "label": _label(one)} for at, one in enumerate(found.to_dict("records"))]
    return ui.card(
        title,
        html.Div(
            [
                dmc.Select(
                    id="history-place",
                    data=options,
                    value=str(int(found["cracks_m"].to_numpy().argmax())),
                    allowDeselect=False,
                    searchable=True,
                    size="xs",
                    w=430,
                    **{"aria-label": t("Place")},
                ),
                _legend(),
            ],
            className="spaced",
        ),
        html.Div(ui.empty(t("Laying the frames over one another …")), id="history", **ui.LIVE),
        note=t(
            "Frames of earlier surveys are laid over the newest one by what both show of the surface; colours tell "
            "what became of a crack since the survey before, on the oldest frame until the next survey"
        ),
    )


def _places(context: Context, row: pd.Series) -> pd.DataFrame:
    """Return the frames of the newest survey of a cell that another survey has neighbours of, with their cracks [m]."""
    own = places.frames_on(context, row)
    if not len(own):
        return own
    frames = queries.table(context, "frames")
    same = (frames["route"] == row["route"]) & (frames["direction"] == row["direction"])
    lane = frames[same & (frames["lane"] == row["lane"]) & frames["image"].fillna("").ne("")]
    newest = own[own["run"].astype(str) == str(own["run"].iloc[0])].sort_values("measure_m")
    reach = parameters()["align_ahead"]
    runs = pd.Series(0, index=newest.index)
    for _, other in lane.groupby(lane["run"].astype(str)):
        ordered = other.sort_values("measure_m")["measure_m"].to_numpy(float)
        at = newest["measure_m"].to_numpy(float)
        off = newest["length_m"].to_numpy(float) / 2 + reach
        runs += ordered.searchsorted(at + off, "right") > ordered.searchsorted(at - off, "left")
    findings = queries.table(context, "findings")
    cracks = findings[findings["kind"] == "crack"] if len(findings) else pd.DataFrame(columns=["frame", "length_m"])
    length = cracks[cracks["frame"].isin(newest["frame"])].groupby("frame")["length_m"].sum()
    known = newest.assign(surveys=runs, cracks_m=newest["frame"].map(length).fillna(0.0).astype(float))
    return known[known["surveys"] > 1].reset_index(drop=True)


def _label(one: dict[str, Any]) -> str:
    return t(
        "{place} · {count} surveys · cracks on the whole newest frame {length} m",
        place=posted_place(one["route"], one["direction"], one["measure_m"]),
        count=number(one["surveys"]),
        length=number(one["cracks_m"], 1),
    )


def state_text(state: str) -> str:
    """Return what became of a crack in the present language."""
    words = i18n.named_table("growth_states")
    return i18n.pick(words.loc[state, "zh"], words.loc[state, "en"]) if state in words.index else state


def _legend() -> html.Span:
    from ingest.imagery.history import COLOURS

    marks = [
        html.Span([html.I(style={"background": "rgb({2},{1},{0})".format(*colour)}), state_text(state)])
        for state, colour in COLOURS.items()
    ]
    return html.Span(marks, className="colours history-colours")


@queries.kept
def _history(context: Context, place: tuple[str, str, str, float]) -> tuple[tuple[_Shown, ...], pd.DataFrame]:
    """Return panels and growth of a place; kept, since a page asks again for what it has shown."""
    from ingest.imagery.frames import encode_jpeg
    from ingest.imagery.same_place import stored_history

    tables = {name: queries.table(context, name) for name in ("frames", "findings", "routes")}
    found = stored_history(context.store, tables, place=place)
    quality = int(parameters()["jpeg_quality"])
    shown = tuple(
        _Shown(
            "data:image/jpeg;base64," + base64.b64encode(encode_jpeg(panel.picture, quality=quality)).decode(),
            f"{panel.sight.taken_at:%Y-%m-%d}",
            panel.sight.survey,
            panel.sight.frame,
            panel.aligned,
            panel.reason,
            panel.agreement,
        )
        for panel in found.panels
    )
    return shown, found.growth


def _content(context: Context, one: pd.Series) -> list[Any]:
    middle = float(one["measure_m"] + one["length_m"] / 2)
    panels, growth = _history(context, (one["route"], one["direction"], str(one["lane"]), middle))
    figures = [_figure(context, panel, newest=panel is panels[-1]) for panel in panels]
    return [html.Div(figures, className="history-panels"), *_growth(panels, growth)]


def _figure(context: Context, panel: _Shown, *, newest: bool) -> html.Figure:
    texts = {
        "too little in common": t("not aligned: too little of the surface in common"),
        "surfaces do not match": t("not aligned: the surfaces do not match"),
        "no scale": t("not aligned: scale not known"),
        "not usable": t("frame not usable; no growth is told"),
    }
    said = texts.get(panel.reason, panel.reason)
    if not panel.reason:
        said = t("newest") if newest else t("aligned; {share} % of patches agree", share=number(100 * panel.agreement))
    head: list[Any] = [html.B(panel.day), f" · {queries.run_title(context, panel.run)}"]
    return html.Figure(
        [
            html.Figcaption([html.Span(head), ui.badge(said, "poor" if panel.reason else "good")]),
            html.Img(src=panel.source, alt=f"{panel.frame}: {said}"),
        ],
        className="history-panel" if panel.aligned else "history-panel apart",
    )


def _growth(panels: tuple[_Shown, ...], growth: pd.DataFrame) -> list[Any]:
    if not len(growth):
        compared = sum(panel.aligned and panel.reason == "" for panel in panels) > 1
        text = t("No cracks on what the surveys share.") if compared else t("No growth is told: nothing was compared.")
        return [ui.empty(text)]
    days = {panel.frame: panel.day for panel in panels}
    parts: list[Any] = []
    for (then, now), rows in growth.groupby(["frame_then", "frame_now"], sort=False):
        parts += [html.H3(f"{days[str(then)]} → {days[str(now)]}"), html.P(_sum(rows)), _table(rows)]
    values = parameters()
    note = t(
        "A crack counts as grown from {length} m longer or {width} mm wider; only what both frames show is compared.",
        length=values["growth_length_min"],
        width=values["growth_width_min"],
    )
    return [*parts, html.P(note, className="note")]


def _sum(rows: pd.DataFrame) -> str:
    of = {state: rows[rows["state"] == state] for state in ("new", "grown", "gone")}
    return t(
        "Length of cracks on the part that both frames show: {then} m → {now} m; {new} new ({new_m} m), {grown} grown "
        "({grown_m} m), {gone} gone ({gone_m} m)",
        then=number(rows["length_then_m"].sum(), 2),
        now=number(rows["length_now_m"].sum(), 2),
        new=number(len(of["new"])),
        new_m=number(of["new"]["growth_m"].sum(), 2),
        grown=number(len(of["grown"])),
        grown_m=number(of["grown"]["growth_m"].sum(), 2),
        gone=number(len(of["gone"])),
        gone_m=number(of["gone"]["length_then_m"].sum(), 2),
    )


def _table(rows: pd.DataFrame) -> html.Div:
    order = ["new", "grown", "gone", "unchanged"]
    sorted_rows = rows.assign(order=rows["state"].map(order.index)).sort_values(
        ["order", "growth_m"], ascending=[True, False]
    )
    words = {"new": t("new"), "gone": t("gone or not seen")}
    lines = [
        [
            number(at),
            words.get(one["state"]) or state_text(one["state"]),
            number(one["length_then_m"], 2),
            number(one["length_now_m"], 2),
            i18n.change(one["growth_m"], 2),
            number(one["width_then_mm"], 1),
            number(one["width_now_mm"], 1),
        ]
        for at, one in enumerate(sorted_rows.to_dict("records"), start=1)
    ]
    heads = [
        t("No."),
        t("Change"),
        t("Length then [m]"),
        t("Length now [m]"),
        t("Growth [m]"),
        t("Width then [mm]"),
        t("Width now [mm]"),
    ]
    return ui.table(heads, lines, numeric=[0, 2, 3, 4, 5, 6])


def register(app: dash.Dash, context: Context) -> None:
    """Register the callback of the card."""

    @guard.callback(
        app,
        Output("history", "children"),
        Input("history-place", "value"),
        State("url", "pathname"),
        permission="view",
    )
    def show_place(chosen: str, path: str) -> list[Any]:
        cell = guard.checked_id(str(path).removeprefix("/segment/"))
        found = queries.cells(context).set_index("cell", drop=False)
        rows = _places(context, found.loc[guard.one_of(cell, set(found.index))])
        at = int(guard.one_of(chosen, {str(n) for n in range(len(rows))}))
        try:
            return _content(context, rows.iloc[at])
        except PavementError as error:
            return [ui.empty(error.message, error.cure)]
