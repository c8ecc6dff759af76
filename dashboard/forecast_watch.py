"""The watch over the forecasts on the pages: alarms, what was forecast against what was found, drift, offsets."""

from __future__ import annotations

from typing import Any

import dash
from dash import Input, Output, dcc, html

from dashboard import guard, i18n, queries, ui
from dashboard.context import Context
from dashboard.i18n import measure_label, number, t
from models.explain import feature_label
from models.monitor import ALL, FEW
from models.offsets import FEW as FEW_BLOCKS
from models.watch import Watched, alarm_text, watch
from pavement.store import registry

_SPLITS = ("year", "horizon", "family", "route", "esal", "age", "rain_mm", "heat_days")


def watched(context: Context) -> Watched:
    """Return what the monitor sees now; kept until data, forecasts or live models change."""
    found = queries.forecast_set(context)
    live = tuple(sorted(registry.live_models(context.store).items()))
    return _watched(context, 0 if found is None else found.id, live)


@queries.kept
def _watched(context: Context, _number: int, _live: tuple[tuple[str, str], ...]) -> Watched:
    return watch(context.store, settings=context.settings)


def marked(doubt: str) -> str:
    """Return the alarms that mark a forecast in words of the present language; empty where there is none."""
    return alarm_text(doubt, language=i18n.language()) if doubt else ""


def card() -> html.Section:
    """Return a box that is filled after the page is there: a large network takes a moment the first time."""
    return ui.card(
        t("Watching the forecasts"),
        dcc.Store(id="watch-go", data=True),
        html.Div(ui.empty(t("Holding the forecasts against the surveys …")), id="watch"),
        note=t("each forecast is held against the surveys after it; limits are examples, to be confirmed"),
    )


def parts(context: Context) -> list[Any]:
    """Return alarms, what was forecast against what was found, and drift."""
    found = watched(context)
    return [_alarms(found), *_monitor(found), *_drift(found)]


def register(app: dash.Dash, context: Context) -> None:
    """Register the callback that fills the box."""

    @guard.callback(app, Output("watch", "children"), Input("watch-go", "data"), permission="view")
    def fill(_: Any) -> list[Any]:
        return parts(context)


def _alarms(found: Watched) -> Any:
    if found.alarms.empty:
        return html.P(ui.badge(t("no alarm"), "good"))
    lines = [
        [
            measure_label(str(row["kind"]), unit=False),
            ui.badge(marked(str(row["alarm"])), "poor"),
            _feature(str(row["what"])) or t("forecast"),
            number(row["value"], 3),
            number(row["limit"], 3),
        ]
        for row in found.alarms.to_dict("records")
    ]
    return ui.table([t("Measure"), t("Alarm"), t("Of what"), t("Value"), t("Limit")], lines, numeric=[3, 4])


def _feature(name: str) -> str:
    first, _, rest = name.partition(" ")
    return f"{feature_label(first, language=i18n.language())} {rest}".strip() if name else ""


def _monitor(found: Watched) -> list[Any]:
    """Return what was forecast against what was found: over all, and behind it by slice."""
    table = found.monitor
    if table.empty:
        return [ui.empty(t("No forecast can be held against a later survey yet."))]
    whole = [[_kind(row), *_figures(row)] for row in table[table["by"] == ALL].to_dict("records")]
    slices = [
        [_kind(row), f"{_feature(str(row['by']))} {row['slice']}", *_figures(row)]
        for split in _SPLITS
        for row in table[table["by"] == split].to_dict("records")
    ]
    return [
        ui.table([t("Measure"), *_heads()], whole, numeric=range(1, 8)),
        html.Details(
            [
                html.Summary(t("By year, family, route, load, age and climate")),
                ui.table([t("Measure"), t("Of what"), *_heads()], slices, numeric=range(2, 9)),
            ]
        ),
    ]


def _kind(row: dict[str, Any]) -> str:
    return measure_label(str(row["kind"]))


def _heads() -> list[str]:
    return [
        t("Forecasts found again"), t("Forecast less found"), t("Standard error"), t("Root mean square error"),
        t("Mean error"), t("Skill over no change"), t("Share inside the interval"), t("Verdict"),
    ]  # fmt: skip


def _figures(row: dict[str, Any]) -> list[Any]:
    digits = int(i18n.measures().loc[row["kind"], "digits"]) + 1
    share = f"{100 * row['coverage']:.0f} % / {100 * row['nominal']:.0f} %"
    errors = [number(row[c], digits) for c in ("bias", "bias_se", "rmse", "mae")]
    return [number(row["pairs"]), *errors, number(row["skill"], 2), share, _verdict(str(row["alarm"]))]


def _verdict(alarm: str) -> html.Span:
    if alarm in (FEW, FEW_BLOCKS):
        return ui.badge(t("too few to judge"))
    return ui.badge(marked(alarm), "poor") if alarm else ui.badge(t("in order"), "good")


def _drift(found: Watched) -> list[Any]:
    if found.drift.empty:
        return [html.P(t("No live model keeps what its features were like at training."), className="note")]
    lines = [
        [
            measure_label(str(row["kind"]), unit=False),
            _feature(str(row["feature"])),
            number(row["psi"], 2),
            f"{100 * row['outside']:.0f} %",
            f"{100 * row['missing_then']:.0f} % → {100 * row['missing_now']:.0f} %",
            _verdict(str(row["alarm"])),
        ]
        for row in found.drift.to_dict("records")
    ]
    heads = [
        t("Measure"), t("Feature"), t("Stability index"), t("Outside training"), t("Missing"), t("Verdict"),
    ]  # fmt: skip
    summary = html.Summary(t("Features since training"))
    return [html.Details([summary, ui.table(heads, lines, numeric=[2, 3, 4])])]


def offsets(card: dict[str, Any], target: str) -> Any:
    """Return the offsets of survey years and the noise of a survey, as the card of a model keeps them."""
    rows = card.get("offsets", [])
    if not rows:
        return "–"
    lines = [
        [str(row["campaign"]), i18n.change(row["offset"], 3), number(row["se"], 3), number(row["units"]), _taken(row)]
        for row in rows
    ]
    beyond = sum(bool(row["taken_out"]) for row in rows)
    words = t(
        "How much a survey year read too high or too low against the line between the surveys before and after. A "
        "level, a steady trend and an even bend cannot be told from the road and stay with it."
    )
    if devices := any(row.get("device") for row in rows):
        words = f"{words} {t('Where a survey names its device, what changed with the device counts as an offset.')}"
    noise = card["noise"]
    told = t(
        "Noise of one survey: {estimate} from {count} values between two others; the table says {table} {unit}.",
        estimate=number(noise["estimate"], 3),
        count=number(noise["count"]),
        table=number(noise["table"], 3),
        unit=i18n.unit_text(str(i18n.measures().loc[target, "unit"])),
    )
    heads = [t("Device and year") if devices else t("Year"), t("Offset"), t("Standard error"), t("Cells"), t("Verdict")]
    summary = html.Summary(
        t("{beyond} of {count} survey years are off beyond their error", beyond=beyond, count=len(rows))
    )
    table = ui.table(heads, lines, numeric=[1, 2, 3])
    return html.Details([summary, html.P(words, className="note"), html.P(told, className="note"), table])


def _taken(row: dict[str, Any]) -> html.Span:
    if row["why"] == FEW_BLOCKS:
        return ui.badge(t("too few to judge"))
    return ui.badge(t("beyond its error"), "fair") if row["taken_out"] else ui.badge(t("within its error"))
