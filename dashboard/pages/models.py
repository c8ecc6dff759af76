"""The models in use: how well they forecast what they never saw, and what the present forecast rests on."""

from __future__ import annotations

from typing import Any

import dash
import pandas as pd
from dash import Input, Output, ctx, html
from flask_login import current_user

from dashboard import forecast_watch, guard, i18n, queries, tasks, ui
from dashboard.context import Context
from dashboard.i18n import measure_label, number, t
from models.explain import feature_label
from models.fallback import NAME as FALLBACK
from pavement.store import registry

PATH, TITLE, ICON, MENU, PERMISSION = "/models", "Models", "models", True, "view"
TARGETS = queries.FORECAST_KINDS


def layout(context: Context) -> html.Div:
    """Return the page."""
    versions = registry.versions(context.store)
    cards = [_card(context, target, versions) for target in TARGETS]
    return ui.page(
        t(TITLE),
        _forecast(context),
        forecast_watch.card(),
        *cards,
        _starter(context) if guard.allowed("train") else None,
        note=t("Every figure is measured on sections or years that the model judged had not seen."),
    )


def _card(context: Context, target: str, versions: pd.DataFrame) -> html.Section:
    live = registry.live(context.store, target)
    own = versions[versions["target"] == target]
    parts: list[Any] = []
    if live is None:
        parts.append(
            ui.empty(t("No model is live for this measure."), t("Forecasts need a trained and approved model."))
        )
    else:
        body = [html.Div(_about(context, live)), html.Div(scores(pd.DataFrame(live.card.get("scores", [])), target))]
        parts.append(html.Div(body, className="model"))
    if len(own):
        parts.append(_versions(context, own))
    return ui.card(measure_label(target), *parts)


def _about(context: Context, live: registry.ModelVersion) -> html.Dl:
    card = live.card
    now = queries.version(context)
    age = t("up to date") if live.data_version == now else t("older than the present data, version {now}", now=now)
    first, last = card.get("surveys", (None, None))
    return ui.facts(
        [
            (t("Live model"), html.Code(live.model)),
            (t("Registered"), f"{i18n.moment(live.created_at, context.settings['timezone'])} · {live.created_by}"),
            (t("Data version"), t("{version} ({age})", version=live.data_version, age=age)),
            (t("Learned from"), t("{pairs} pairs of surveys on {units} cells in {blocks} blocks",
                                  pairs=number(card.get("pairs")), units=number(card.get("units")),
                                  blocks=number(card.get("blocks")))),
            (t("Surveys"), f"{number_or_dash(first)} – {number_or_dash(last)}"),
            (t("Mixture"), _mixture(card)),
            *([(t("Why curves alone"), _word(card["why_curves"]))] if card.get("why_curves") else []),
            (t("Use"), _word("use")),
            (t("Not for"), _word("not for")),
            (t("Interval"), f"{number(100 * card.get('interval', float('nan')))} %"),
            (t("Longest horizon learned"), f"{number(card.get('horizon'), 1)} {i18n.unit_text('year')}"),
            (t("Features"), _features(live)),
            (t("Offsets of survey years"), forecast_watch.offsets(card, live.target)),
        ]
    )  # fmt: skip


def _word(term: str) -> str:
    return feature_label(term, language=i18n.language())


def _mixture(card: dict[str, Any]) -> Any:
    """Return the share of LightGBM and of each curve, a line a family that has shares of its own."""
    lines = []
    for family, share in sorted(card.get("shares", {}).items()):
        used = [
            f"{number(100 * value, 1)} % {feature_label(name, language=i18n.language())}"
            for name, value in sorted(share.items(), key=lambda item: -item[1])
            if value > 0
        ]
        if family or len(card["shares"]) == 1:
            lines.append(html.Div([t("{family}: ", family=family) if family else "", t(", ").join(used)]))
    return lines or "–"


def _features(live: registry.ModelVersion) -> html.Details:
    """Return the columns of the model in words, with the range each had in training."""
    ranges = live.card.get("ranges", {})
    rows = [
        [feature_label(name, language=i18n.language()), *[number(end, 2) for end in ranges.get(name, (None, None))]]
        for name in live.columns
    ]
    heads = [t("Feature"), t("Smallest"), t("Largest")]
    summary = html.Summary(t("{count} features and their range in training", count=len(rows)))
    return html.Details([summary, ui.table(heads, rows, numeric=[1, 2])])


def number_or_dash(value: Any) -> str:
    """Return a decimal year without separators."""
    return f"{value:.1f}" if isinstance(value, int | float) else "–"


def scores(frame: pd.DataFrame, target: str) -> html.Div:
    """Return the scores as a table: a row for each split, horizon and competitor; the forecast in use stands out."""
    if not len(frame):
        return ui.empty(t("This model has no scores on record."))
    sign = i18n.unit_text(str(i18n.measures().loc[target, "unit"]))
    heads = [
        t("Forecast by"), t("Pairs"), t("Root mean square error [{unit}]", unit=sign),
        t("Mean error [{unit}]", unit=sign), t("Skill over no change"), t("Share inside the interval"),
        t("in the worst fifth"), t("Mean width [{unit}]", unit=sign),
    ]  # fmt: skip
    body: list[Any] = []
    for (split, horizon), group in frame.groupby(["split", "horizon"], sort=False):
        words = {
            "by site": t("{years}-year forecast, on sections never seen", years=f"{horizon:g}"),
            "forward in time": t("{years}-year forecast, on later years never seen", years=f"{horizon:g}"),
        }
        body.append(html.Tr(html.Th(words.get(str(split), str(split)), colSpan=len(heads)), className="group"))
        body.extend(_score_row(row, target) for row in group.to_dict("records"))
    head = html.Thead(html.Tr([html.Th(h, className="num" if i else "") for i, h in enumerate(heads)]))
    return html.Div(html.Table([head, html.Tbody(body)], className="plain"), className="table-wrap")


def _score_row(row: dict[str, Any], target: str) -> html.Tr:
    """Return the scores of one competitor, errors with a digit more than the measure is shown with."""
    digits = int(i18n.measures().loc[target, "digits"]) + 1
    names = {"persistence": t("no change"), "forecast": t("this model"), "LightGBM": "LightGBM"}
    shares: list[Any] = [row.get("coverage"), row.get("worst_fifth")]
    cells = [
        names.get(row["model"]) or feature_label(row["model"], language=i18n.language()),
        number(row["pairs"]),
        number(row["rmse"], digits),
        number(row["mae"], digits),
        f"{row['skill']:.2f}",
        *["" if pd.isna(share) else f"{100 * float(share):.0f} %" for share in shares],
        "" if pd.isna(row.get("width")) else number(row["width"], digits),
    ]
    own = row["model"] == "forecast"
    return html.Tr([html.Td(html.B(c) if own else c, className="num" if i else "") for i, c in enumerate(cells)])


def _versions(context: Context, own: pd.DataFrame) -> html.Details:
    allowed = guard.allowed("promote")
    lines = []
    for row in own.head(12).to_dict("records"):
        button: Any = ""
        if row["live"]:
            button = ui.badge(t("live"), "good")
        elif allowed:
            identity = {"type": "promote", "index": row["model"]}
            button = html.Button(t("Approve and make live"), id=identity, className="button", n_clicks=0)
        at = i18n.moment(row["created_at"], context.settings["timezone"])
        lines.append([html.Code(row["model"]), at, row["created_by"], number(row["data_version"]), button])
    heads = [t("Model"), t("Registered"), t("By"), t("Data version"), ""]
    said = t("1 registered version") if len(own) == 1 else t("{count} registered versions", count=len(own))
    return html.Details(
        [html.Summary(said), ui.table(heads, lines, numeric=[3])],
        open=not own["live"].any(),
    )


def _forecast(context: Context) -> html.Section:
    found = queries.forecast_set(context)
    title = t("The forecast in use")
    if found is None:
        return ui.card(
            title, ui.empty(t("No forecast has been made yet."), t("Train and approve models, then forecast."))
        )
    frame = queries.forecasts(context)
    ahead = frame[frame["year"] > frame["year"].groupby([frame["cell"], frame["kind"]]).transform("min")]
    words = {"model": t("by the live model"), "curve": t("by the ageing curve"),
             "extrapolated": t("beyond the years learned from")}  # fmt: skip
    counts = pd.crosstab(ahead["kind"], ahead["basis"], normalize="index")
    bases = [b for b in words if b in counts]
    lines = [
        [
            measure_label(str(kind)),
            html.Code(found.models.get(str(kind), FALLBACK)),
            number(ahead.loc[ahead["kind"] == kind, "cell"].nunique()),
            *[f"{100 * counts.loc[kind, b]:.0f} %" for b in bases],
        ]
        for kind in counts.index
    ]
    heads = [t("Measure"), t("Model"), t("Cells"), *[t("Forecast years {basis}", basis=words[b]) for b in bases]]
    plain = [measure_label(str(k), unit=False) for k in counts.index if str(k) not in found.models]
    warning = (
        t("No trained model forecasts {kinds}: the rates of the table do, with uncalibrated intervals.",
          kinds=t(", ").join(plain))
        if plain
        else ""
    )  # fmt: skip
    note = t(
        "forecast {number}, made {at} by {name} on data version {version}, years {first}–{last}",
        number=found.id,
        at=i18n.moment(found.created_at, context.settings["timezone"]),
        name=found.created_by,
        version=found.data_version,
        first=int(frame["year"].min()),
        last=int(frame["year"].max()),
    )
    said = html.P(warning, className="reason") if warning else None
    doubts = frame.groupby("kind")["doubt"].agg(lambda d: d.fillna("").max()) if "doubt" in frame else pd.Series()
    marks = [
        html.P(
            f"{measure_label(str(kind), unit=False)}: {t('marked by the monitor: {alarms}', alarms=alarms)}",
            className="reason",
        )
        for kind, doubt in doubts.items()
        if (alarms := forecast_watch.marked(str(doubt)))
    ]
    return ui.card(title, said, *marks, ui.table(heads, lines, numeric=range(2, 3 + len(bases))), note=note)


def _starter(context: Context) -> html.Section:
    return ui.card(
        t("Train and forecast again"),
        html.Div(
            [
                tasks.panel(context, "train", t("Train candidates on the present data"), [], kind="train"),
                tasks.panel(context, "forecast", t("Forecast with the live models"), [], kind="forecast"),
            ],
            className="halves",
        ),
        note=t("a candidate goes live only when somebody approves it above"),
    )


def register(app: dash.Dash, context: Context) -> None:
    """Register the callbacks of the page."""
    forecast_watch.register(app, context)
    tasks.register(
        app, context, "train", kind="train", permission="train", fields=[],
        arguments=lambda: {"targets": list(TARGETS), "name": t("training")},
    )  # fmt: skip
    tasks.register(
        app, context, "forecast", kind="forecast", permission="train", fields=[],
        arguments=lambda: {"name": t("forecast")},
    )  # fmt: skip

    @guard.callback(
        app,
        Output("page", "children", allow_duplicate=True),
        Input({"type": "promote", "index": dash.ALL}, "n_clicks"),
        permission="promote",
        prevent_initial_call=True,
    )
    def promote(clicks: list[int]) -> Any:
        if not ctx.triggered_id or not any(clicks):
            return dash.no_update
        versions = registry.versions(context.store).set_index("model")
        model = guard.one_of(ctx.triggered_id.get("index"), set(versions.index))
        target = str(versions.loc[model, "target"])
        live = registry.live(context.store, target)
        before = None if live is None else live.model
        registry.promote(context.store, target, model, user=current_user.name, replaces=before)
        return layout(context)
