"""What is expected of a cell: each measure's history with its forecast, what forecasts it, and why."""

from __future__ import annotations

from typing import Any

import dash
import pandas as pd
from dash import Input, Output, dcc, html

from dashboard import charts, guard, places, queries, ui, why
from dashboard.context import Context
from dashboard.forecast_watch import marked
from dashboard.i18n import measure_label, measure_text, t
from models.fallback import NAME as FALLBACK
from models.forecast import EXTRAPOLATED
from models.parameters import parameter

# values are kept to more digits than this
_SAME = 1e-6


def card(context: Context, row: pd.Series) -> html.Section:
    """Return a block a measure that is forecast; the reasons are filled in after the page is there."""
    past, ahead = queries.history(context), queries.forecasts(context)
    past = past[past["cell"] == row["cell"]].sort_values("year")
    ahead = ahead[ahead["cell"] == row["cell"]].sort_values("year") if len(ahead) else ahead
    works = places.works_on(context, row)
    blocks = []
    for kind in queries.FORECAST_KINDS:
        known = past.reindex(columns=["year", kind]).rename(columns={kind: "value"}).dropna()
        own = ahead[ahead["kind"] == kind] if len(ahead) else ahead
        blocks.append(_block(kind, known, own, works))
    surveyed = past.reindex(columns=list(queries.FORECAST_KINDS)).notna().any(axis=None)
    return ui.card(
        t("History and forecast"),
        None if surveyed else ui.empty(t("No condition survey covers this cell yet.")),
        dcc.Store(id="why-cell", data=row["cell"]),
        html.Div(id="why"),
        *blocks,
        note=t("dotted lines: works on record by their number; forecast without further works"),
    )


def _block(kind: str, known: pd.DataFrame, own: pd.DataFrame, works: pd.DataFrame) -> html.Div:
    """Return chart and words of one measure; hidden where it was never surveyed, for its reasons still have a place."""
    reasons = html.Div(html.P(t("Reading the models …"), className="note") if len(own) else None, id=f"why-{kind}")
    if known.empty:
        return html.Div(reasons, hidden=True)
    chart = chart_or_zeros(kind, known, own, works)
    words = html.Div(
        [html.H3(measure_label(kind)), *_basis(own), *_first_crack(own), reasons, _by_year(kind, own, known)]
    )
    return html.Div([html.Div(chart), words], className="forecast")


def chart_or_zeros(kind: str, known: pd.DataFrame, ahead: pd.DataFrame, works: pd.DataFrame) -> Any:
    """Return the chart of a kind, or a line of words where every survey found nothing: an axis of zeros says less."""
    if not len(ahead) and known["value"].eq(0).all():
        years = t(", ").join(str(int(year)) for year in known["year"])
        return html.P(t("{value} in every survey: {years}", value=measure_text(kind, 0.0), years=years))
    figure = charts.history(kind, known, ahead, works)
    return dcc.Graph(figure=figure, config=charts.CONFIG, style={"height": "240px"})


def _basis(own: pd.DataFrame) -> list[html.P]:
    """Say what forecasts a kind, from which year on it goes beyond the years learned from, and what is doubted."""
    if not len(own):
        return []
    texts = [words for basis in own["basis"].unique() if (words := basis_text(basis, own))]
    far = own.loc[own["basis"] == EXTRAPOLATED, "year"]
    texts += [t("extrapolated from {year}", year=int(far.min()))] if len(far) else []
    said = [html.P(t(", ").join(texts), className="note")]
    alarms = marked(str(own["doubt"].fillna("").max())) if "doubt" in own else ""
    if alarms:
        said.append(html.P(t("marked by the monitor: {alarms}", alarms=alarms), className="warn"))
    return said


def basis_text(basis: str, own: pd.DataFrame) -> str:
    """Return what a forecast rests on in words; empty beyond the years learned from, which is told by the year."""
    words = {
        "model": t("forecast by the live model"),
        "curve": t("by curve only, no trained model") if own["model"].eq(FALLBACK).any() else t("by curves only"),
    }
    return words.get(basis, "")


def _first_crack(own: pd.DataFrame) -> list[html.P]:
    """Say with what probability a cell without cracks is cracked in five years and at the end, and the median year."""
    known = _with_risk(own)
    if known.empty:
        return []
    near = known[known["year"] <= int(known["origin_year"].max()) + why.YEARS].iloc[-1]
    last = known.iloc[-1]
    by = [
        t("{share} by {year}", share=_share(r), year=int(r["year"]))
        for _, r in known.loc[[near.name, last.name]].iterrows()
    ]
    even = known.loc[known["first_crack"] >= 0.5, "year"]
    median = t("even odds by {year}", year=int(even.min())) if len(even) else t("even odds later")
    limit = measure_text("crack_percent", parameter("onset_limit"))
    said = t(
        "first crack (over {limit}): {by}; {median}", limit=limit, by=t(", ").join(dict.fromkeys(by)), median=median
    )
    default = [html.P(t("by the default of HDM-4, not learned from surveys"), className="note")]
    return [html.P(said), *(default if known["model"].eq(FALLBACK).any() else [])]


def _with_risk(own: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a forecast that tell the probability of a first crack; older forecasts have none."""
    return own[own["first_crack"].notna()].sort_values("year") if "first_crack" in own else own.iloc[:0]


def _share(row: pd.Series) -> str:
    return f"{100 * row['first_crack']:.0f} %"


def _interval_text(kind: str, row: dict[str, Any]) -> str:
    """Return an interval; a value that is known has none."""
    if row["low"] == row["high"]:
        return "–"
    return f"{measure_text(kind, row['low'], unit=False)} – {measure_text(kind, row['high'], unit=False)}"


def _year_basis(row: dict[str, Any], own: pd.DataFrame, surveyed: float | None) -> str:
    """Return what the value of a year rests on; that of the first year is the survey itself where it says the same."""
    if row["year"] == row["origin_year"] and surveyed is not None and abs(row["value"] - surveyed) < _SAME:
        return t("Surveyed")
    return t("extrapolated") if row["basis"] == EXTRAPOLATED else basis_text(str(row["basis"]), own)


def _by_year(kind: str, own: pd.DataFrame, known: pd.DataFrame) -> html.Details | None:
    """Return the forecast with its interval, a row a year from that of the last survey on."""
    if not len(own):
        return None
    risky = len(_with_risk(own)) > 0
    surveyed = dict(zip(known["year"].astype(int), known["value"].astype(float), strict=True))
    lines = [
        [
            str(int(r["year"])),
            measure_text(kind, r["value"], unit=False),
            _interval_text(kind, r),
            *([f"{100 * r['first_crack']:.0f} %"] if risky else []),
            _year_basis(r, own, surveyed.get(int(r["year"]))),
        ]
        for r in own.to_dict("records")
    ]
    heads = [
        t("Year"),
        measure_label(kind),
        t("90 % interval"),
        *([t("First crack by then")] if risky else []),
        t("Basis"),
    ]
    numeric = [1, 2, 3] if risky else [1, 2]
    return html.Details([html.Summary(t("Year by year")), ui.table(heads, lines, numeric=numeric)])


def register(app: dash.Dash, context: Context) -> None:
    """Register the callback that fills in the reasons: opening the models takes a moment the first time."""
    filled = [Output("why", "children"), *(Output(f"why-{kind}", "children") for kind in queries.FORECAST_KINDS)]

    @guard.callback(app, filled, Input("why-cell", "data"), permission="view")
    def explain(cell: str) -> list[Any]:
        return why.why(context, guard.checked_id(cell))
