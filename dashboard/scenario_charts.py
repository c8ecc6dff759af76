"""Charts of scenarios side by side: told apart by colour, dash and marker; each with its words and its table."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from textwrap import wrap
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from dash import dcc, html

from dashboard import charts, ui
from dashboard.i18n import number, t, year_text

# Okabe and Ito: told apart without seeing red or green
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
_MARKERS = ("circle", "square", "diamond", "triangle-up", "x", "cross", "star")
_GREY = "#5b6875"
_HEIGHT = 225
# axes of shares reach at least this far, so that lines near 0 are seen to be near it [%]
_LEAST_SHARE = 10.0


def style(at: int, *, grey: bool = False) -> dict[str, Any]:
    """Return line and marker of the series at a place; grey for no work."""
    if grey:
        return {"line": {"color": _GREY, "width": 2, "dash": "dash"}, "marker": {"size": 6, "symbol": "circle-open"}}
    colour = _COLOURS[at % len(_COLOURS)]
    return {
        "line": {"color": colour, "width": 2.4, "dash": _DASHES[at % len(_DASHES)]},
        "marker": {"size": 7, "symbol": _MARKERS[at % len(_MARKERS)], "color": colour},
    }


def over_years(
    title: str,
    series: Mapping[str, pd.Series],
    *,
    unit: str,
    digits: int,
    band: tuple[str, pd.Series, pd.Series] | None = None,
    beside: str = "",
) -> html.Div:
    """
    Return lines over the years, what they say in words, and their numbers as a table.

    Parameters
    ----------
    title
        What is shown.
    series
        By name; no work, if it is among them, is drawn grey.
    unit
        Shown above the axis.
    digits
        Decimals of the numbers.
    band
        Name, low and high edge of the band of one of them.
    beside
        Remark behind the title.
    """
    figure = go.Figure()
    if band is not None:
        _add_band(figure, band, digits)
    nothing = t("Without work")
    for at, (name, values) in enumerate(series.items()):
        figure.add_scatter(
            x=values.index, y=values.to_numpy(), name=name, mode="lines+markers",
            hovertemplate=f"%{{y:,.{digits}f}} {unit}", **style(at, grey=name == nothing),
        )  # fmt: skip
    framed = charts.frame(figure, unit=unit, height=_HEIGHT + 19 * ((len(series) + (band is not None) + 1) // 2))
    framed.update_layout(legend_traceorder="normal")
    highest = max((float(values.max()) for values in series.values() if len(values)), default=0.0)
    if unit == "%" and highest < _LEAST_SHARE and band is None:
        framed.update_yaxes(range=[0, _LEAST_SHARE])
    return _box(title, framed, _told(series, unit, digits),
                _numbers(series, digits), beside=beside)  # fmt: skip


def _add_band(figure: go.Figure, band: tuple[str, pd.Series, pd.Series], digits: int) -> None:
    name, low, high = band
    shape = f"%{{y:,.{digits}f}}"
    figure.add_scatter(x=high.index, y=high, mode="lines", line={"width": 0}, showlegend=False,
                       name=t("Upper edge"), hovertemplate=shape)  # fmt: skip
    figure.add_scatter(x=low.index, y=low, mode="lines", line={"width": 0}, fill="tonexty",
                       fillcolor="rgba(91,104,117,0.18)", name=t("Band: {name}", name=name),
                       hovertemplate=shape)  # fmt: skip


def _told(series: Mapping[str, pd.Series], unit: str, digits: int) -> str:
    """Return what a chart says to those who do not see it: where each line ends."""
    ends = [f"{name} {number(values.iloc[-1], digits)}" for name, values in series.items() if len(values)]
    last = max((int(values.index.max()) for values in series.values() if len(values)), default=0)
    return t("In {year} [{unit}]: {ends}", year=year_text(last), unit=unit, ends="; ".join(ends))


def _numbers(series: Mapping[str, pd.Series], digits: int) -> html.Div:
    years = sorted({int(year) for values in series.values() for year in values.index})
    lines = [[year_text(y), *(number(values.get(y), digits) for values in series.values())] for y in years]
    return ui.table([t("Year"), *series], lines, numeric=range(1, len(series) + 1))


def frontier(points: pd.DataFrame, *, unit: str, title: str, digits: int = 2) -> html.Div:
    """
    Return the condition at the end over the money of a year.

    Parameters
    ----------
    points
        scenario, kind, money [million NT$ a year], value, by money; ``kind`` frontier is joined by a line.
    """
    figure = go.Figure()
    line = points[points["kind"] != "goal"]
    figure.add_scatter(
        x=line["money"], y=line["value"], text=line["scenario"], name=t("Budgets"), mode="lines+markers",
        hovertemplate=f"%{{text}}: %{{y:,.{digits}f}} {unit}<extra></extra>", **style(0),
    )  # fmt: skip
    goals = points[points["kind"] == "goal"]
    if len(goals):
        figure.add_scatter(
            x=goals["money"], y=goals["value"], text=goals["scenario"], name=t("Goals at least cost"), mode="markers",
            marker={"size": 11, "symbol": "star", "color": _COLOURS[1]},
            hovertemplate=f"%{{text}}: %{{y:,.{digits}f}} {unit}<extra></extra>",
        )  # fmt: skip
    framed = charts.frame(figure, unit=unit, height=_HEIGHT + 45)
    framed.update_traces(cliponaxis=False)
    framed.update_layout(hovermode="closest", margin_b=48)
    framed.update_xaxes(title={"text": t("Spent a year [million NT$]"), "font": {"size": 11}}, tickformat=",.0f",
                        rangemode="tozero")  # fmt: skip
    rows = [[name, number(money, 1), number(value, digits)] for name, money, value in
            points[["scenario", "money", "value"]].itertuples(index=False)]  # fmt: skip
    said = "; ".join(f"{money} → {value}" for _, money, value in rows)
    table = ui.table([t("Scenario"), t("Spent a year [million NT$]"), f"{title} [{unit}]"], rows, numeric=[1, 2])
    return _box(title, framed, said, table)


def stacked(title: str, parts: Mapping[str, pd.Series], *, unit: str) -> html.Div:
    """Return bars that add up the parts of each scenario; parts differ by colour and hatching."""
    figure = go.Figure()
    hatches = ("", "/", "x", ".", "-", "\\", "+", "|")
    for at, (name, values) in enumerate(parts.items()):
        figure.add_bar(
            x=[_wrapped(str(scenario)) for scenario in values.index], y=values.to_numpy(), name=name,
            hovertemplate=f"%{{y:,.1f}} {unit}",
            marker={
                "color": _COLOURS[at % len(_COLOURS)],
                "pattern": {"shape": hatches[at % len(hatches)], "size": 7, "fillmode": "overlay",
                            "fgcolor": "#ffffff", "solidity": 0.2},
            },
        )  # fmt: skip
    framed = charts.frame(figure, unit=unit, height=340)
    framed.update_layout(barmode="stack", bargap=0.4, legend={"orientation": "v", "x": 1.01, "xanchor": "left", "y": 1,
                         "yanchor": "top"}, margin_r=20)  # fmt: skip
    framed.update_xaxes(type="category", tickformat="")
    names = list(next(iter(parts.values())).index) if parts else []
    rows = [[part, *(number(values[n], 1) for n in names)] for part, values in parts.items()]
    said = "; ".join(f"{n} {number(sum(float(v[n]) for v in parts.values()), 1)}" for n in names)
    table = ui.table([t("Treatment"), *names], rows, numeric=range(1, len(names) + 1))
    return _box(title, framed, t("Sum [{unit}]: {ends}", unit=unit, ends=said), table, wide=True)


def _wrapped(name: str) -> str:
    """Return a name in lines that fit below a bar; nothing in it is taken for markup."""
    return "<br>".join(escape(line) for line in wrap(name, 18))


def _box(
    title: str, figure: go.Figure, said: str, table: html.Div, *, beside: str = "", wide: bool = False
) -> html.Div:
    words: dict[str, Any] = {"role": "img", "aria-label": f"{title}. {said}"}
    height = f"{figure.layout.height}px"
    graph = html.Div(dcc.Graph(figure=figure, config=charts.CONFIG, style={"height": height}), **words)
    numbers = html.Details([html.Summary(t("Numbers as a table")), ui.low(table)])
    head = html.H3([title, html.Span(beside, className="note")])
    return html.Div([head, graph, numbers], className="wide" if wide else "")
