"""Figures of the pages: history with forecast band, condition over the years, money over the years."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go
from dash import dcc

from dashboard import i18n, queries, ui
from dashboard.i18n import NO_UNIT, t, unit_text
from models.forecast import EXTRAPOLATED

FONT = "system-ui, 'Segoe UI', 'Noto Sans CJK TC', 'Noto Sans TC', 'Microsoft JhengHei', 'PingFang TC', sans-serif"
CONFIG: dcc.Graph.Config = {"displayModeBar": False, "responsive": True, "showSendToCloud": False}
# columns of a forecast that a chart asks for
AHEAD = ["year", "value", "low", "high", "basis"]
_YEARS_EACH_NAMED = 7
# room beside the first and the last year [year]
_MARGIN = 0.6
_BLUE, _BAND, _ORANGE, _GREY = "#1f5f99", "rgba(31,95,153,0.16)", "#b5651d", "#8a949e"


def frame(figure: go.Figure, *, height: int = 260, unit: str = "") -> go.Figure:
    """Return a figure in the look of the pages, with the unit above its axis."""
    figure.update_layout(
        template="none",
        height=height,
        margin={"l": 52, "r": 14, "t": 30, "b": 34},
        font={"family": FONT, "size": 12, "color": ui.INK},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="#ffffff",
        hovermode="x unified",
        legend={
            "orientation": "h", "x": 1, "xanchor": "right", "y": 1.02, "yanchor": "bottom",
            "font": {"size": 11},
        },
        hoverlabel={"font": {"family": FONT, "size": 12}},
    )  # fmt: skip
    figure.update_xaxes(gridcolor="#eef1f3", linecolor="#c6cdd3", ticks="outside", ticklen=3, tickformat="d")
    figure.update_yaxes(gridcolor="#eef1f3", zeroline=False, rangemode="tozero")
    if unit:
        figure.add_annotation(
            text=f"[{unit}]", x=0, y=1.04, xref="paper", yref="paper", xanchor="right", yanchor="bottom",
            showarrow=False, font={"size": 11, "color": ui.SOFT},
        )  # fmt: skip
    return figure


def history(kind: str, past: pd.DataFrame, ahead: pd.DataFrame, works: pd.DataFrame) -> go.Figure:
    """
    Return measured values over the years, the forecast with its band, limits and works.

    Parameters
    ----------
    kind
        Measured kind.
    past
        Columns year, value.
    ahead
        Columns year, value, low, high and, where known, basis; empty when there is no forecast. A dashed line marks
        where years beyond those learned from begin.
    works
        Columns time (decimal year), label and number; the number marks the line, the label shows at it.
    """
    row = i18n.measures().loc[kind]
    shape = f",.{int(row['digits'])}f"
    figure = go.Figure()
    if len(ahead):
        _add_band(figure, ahead, shape)
        _add_extrapolated(figure, ahead)
    figure.add_scatter(
        x=past["year"], y=past["value"], name=t("Surveyed"), mode="lines+markers",
        line={"color": _BLUE, "width": 2}, marker={"size": 7}, hovertemplate=f"%{{y:{shape}}}",
    )  # fmt: skip
    limit = queries.limits_in_force(kind)
    if limit is not None:
        _add_limits(figure, limit)
    years = pd.concat([past["year"], ahead["year"]])
    span = [years.min() - _MARGIN, years.max() + _MARGIN]
    _add_works(figure, works[works["time"].between(*span)])
    framed = frame(figure, unit=unit_text(str(row["unit"])) or NO_UNIT)
    framed.update_xaxes(range=span)
    if years.max() - years.min() < _YEARS_EACH_NAMED:
        framed.update_xaxes(dtick=1)
    if limit is not None:
        # room for the names of the limits right of the plot, and for the works above the highest line
        highest = pd.concat([past["value"], ahead["high"]]).max() if len(ahead) else past["value"].max()
        framed.update_layout(margin_r=66)
        framed.update_yaxes(range=[0, 1.15 * max(float(highest), float(limit["good"]), float(limit["poor"]))])
    return framed


def _add_works(figure: go.Figure, works: pd.DataFrame) -> None:
    for work in works.itertuples():
        figure.add_vline(x=work.time, line={"color": _ORANGE, "width": 1.5, "dash": "dot"})
        figure.add_annotation(
            x=work.time, y=1, yref="paper", text=str(work.number), hovertext=work.label, showarrow=False,
            xanchor="left", yanchor="top", font={"size": 11, "color": _ORANGE}, xshift=2,
        )  # fmt: skip


def _add_band(figure: go.Figure, ahead: pd.DataFrame, shape: str) -> None:
    figure.add_scatter(
        x=ahead["year"], y=ahead["high"], mode="lines", line={"width": 0}, showlegend=False,
        name=t("Upper limit"), hovertemplate=f"%{{y:{shape}}}",
    )  # fmt: skip
    figure.add_scatter(
        x=ahead["year"], y=ahead["low"], mode="lines", line={"width": 0}, fill="tonexty", fillcolor=_BAND,
        name=t("90 % interval"), hovertemplate=f"%{{y:{shape}}}",
    )  # fmt: skip
    figure.add_scatter(
        x=ahead["year"], y=ahead["value"], mode="lines", line={"color": _BLUE, "width": 2, "dash": "dash"},
        name=t("Forecast"), hovertemplate=f"%{{y:{shape}}}",
    )  # fmt: skip


def _add_extrapolated(figure: go.Figure, ahead: pd.DataFrame) -> None:
    far = ahead.loc[ahead["basis"] == EXTRAPOLATED, "year"] if "basis" in ahead else ahead["year"].iloc[:0]
    if not len(far):
        return
    # between the last year learned from and the first beyond
    border = float(far.min()) - 0.5
    figure.add_vline(x=border, line={"color": _GREY, "width": 1.2, "dash": "dash"})
    figure.add_annotation(
        x=border, y=0, yref="paper", text=t("extrapolated"), showarrow=False, xanchor="left", yanchor="bottom",
        font={"size": 11, "color": ui.SOFT}, xshift=3,
    )  # fmt: skip


def _add_limits(figure: go.Figure, limit: pd.Series) -> None:
    for name, value, colour in ((t("good"), limit["good"], ui.GOOD), (t("poor"), limit["poor"], ui.POOR)):
        figure.add_hline(y=value, line={"color": colour, "width": 1, "dash": "dash"}, opacity=0.65)
        figure.add_annotation(
            x=1.005, xref="paper", y=value, text=f"{name} {value:.3g}", showarrow=False, xanchor="left",
            yanchor="middle", font={"size": 10, "color": colour},
        )  # fmt: skip


def lines(
    series: dict[str, pd.Series], *, unit: str, digits: int = 2, height: int = 280, least: float = 0.0
) -> go.Figure:
    """
    Return lines over the years, one a name; the first is drawn strong, the others lighter.

    Parameters
    ----------
    least
        The axis reaches at least this value, so that lines near 0 are seen to be near it.
    """
    figure = go.Figure()
    styles: list[dict[str, Any]] = [{"color": _BLUE, "width": 2.6}, {"color": _GREY, "width": 2, "dash": "dash"}]
    for at, (name, values) in enumerate(series.items()):
        figure.add_scatter(
            x=values.index, y=values.to_numpy(), name=name, mode="lines+markers", line=styles[min(at, 1)],
            marker={"size": 6}, hovertemplate=f"%{{y:,.{digits}f}} {unit}",
        )  # fmt: skip
    framed = frame(figure, unit=unit, height=height)
    if max((float(values.max()) for values in series.values()), default=least) < least:
        framed.update_yaxes(range=[0, least])
    return framed


def money(spent: pd.Series, budget: pd.Series) -> go.Figure:
    """Return spending as bars and the budget as a line, in millions."""
    figure = go.Figure()
    figure.add_bar(x=spent.index, y=spent / 1e6, name=t("Cost of actions"), marker={"color": _BLUE})
    figure.add_scatter(
        x=budget.index, y=budget / 1e6, name=t("Budget"), mode="lines+markers",
        line={"color": _ORANGE, "width": 2, "shape": "hvh"},
    )  # fmt: skip
    figure.update_traces(hovertemplate=f"%{{y:,.2f}} {t('M NT$')}")
    figure.update_layout(bargap=0.35)
    return frame(figure, unit=t("M NT$"))
