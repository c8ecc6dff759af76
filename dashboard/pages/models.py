"""The models in use: how well they forecast what they never saw, and what the present forecast rests on."""

from __future__ import annotations

from typing import Any

import dash
import pandas as pd
from dash import html

from dashboard import forecast_watch, guard, i18n, model_approval, queries, tasks, ui
from dashboard.context import Context
from dashboard.fault_words import fault_words
from dashboard.i18n import measure_label, number, t
from dashboard.model_words import library_lines, word
from dashboard.score_charts import competitor, score_charts
from models.explain import feature_label
from models.fallback import NAME as FALLBACK
from models.kept_resets import kept_resets
from models.libraries import differing
from models.resets import LOG, UNKNOWN
from models.signature import check_signature, names
from models.targets import all_targets
from pavement.errors import ModelError, StoreError
from pavement.schema import labels, read_table
from pavement.store import registry

PATH, TITLE, ICON, MENU, PERMISSION = "/models", "Models", "models", True, "view"
TARGETS = queries.FORECAST_KINDS


def layout(context: Context) -> html.Div:
    """Return the page."""
    versions = registry.versions(context.store)
    cards = [_card(context, target, versions) for target in _shown(context, versions)]
    return ui.page(
        t(TITLE),
        _forecast(context),
        forecast_watch.card(),
        *cards,
        _resets(context),
        _starter(context) if guard.allowed("train") else None,
        note=t("Every figure is measured on sections or years that the model judged had not seen."),
    )


def _shown(context: Context, versions: pd.DataFrame) -> list[str]:
    """Return the targets that all know of, and those of the others that are surveyed or have been trained."""
    there = {*queries.kinds(context), *versions["target"]}
    return [name for name, target in all_targets().items() if target.shared or name in there]


def _card(context: Context, target: str, versions: pd.DataFrame) -> html.Section:
    live = registry.live(context.store, target)
    own = versions[versions["target"] == target]
    parts: list[Any] = []
    if live is None:
        parts.append(
            ui.empty(t("No model is live for this measure."), t("Forecasts need a trained and approved model."))
        )
    else:
        parts.extend(_doubts(context, live))
        found = pd.DataFrame(live.card.get("scores", []))
        body = [html.Div(_about(context, live)), html.Div(scores(found, target))]
        parts.append(html.Div(body, className="model"))
        parts.append(score_charts(found, level=float(live.card.get("interval", context.settings["interval"]))))
    if len(own):
        parts.append(_versions(context, own))
        if guard.allowed("promote"):
            parts.append(model_approval.form(target, own, timezone=context.settings["timezone"]))
    return ui.card(measure_label(target), *parts)


def _doubts(context: Context, live: registry.ModelVersion) -> list[html.P]:
    """Say that the live model is damaged, so that the ageing curve forecasts, or was trained by other libraries."""
    try:
        registry.text(context.store, live.model)
        check_signature(live.columns, names(live.columns))
    except (ModelError, StoreError) as error:
        said = t("The live model cannot be used; the ageing curve of the table forecasts instead.")
        return [html.P(f"{said} {fault_words(str(error))}", className="error", role="alert")]
    lines = library_lines(differing(live.card.get("libraries", {})), language=i18n.language())
    return [html.P([t("Trained with other versions: "), t(", ").join(lines)], className="reason")] if lines else []


def _kept(live: registry.ModelVersion) -> list[tuple[str, Any]]:
    """Return by what a model can be checked: hashes, seed and test places."""
    card = live.card
    places = card.get("test_places", {})
    count = t("{count} of {of} blocks", count=number(places.get("blocks", 0)), of=number(places.get("of", 0)))
    told = {
        "sha256": html.Code(live.object[:16]),
        "data snapshot": html.Code(str(card.get("snapshot", {}).get("sha256", "–"))[:16]),
        "test places": count,
        "seed": str(card.get("seed", "–")),
    }
    labels = {term: word(term, i18n.language()) for term in told}
    return [(labels[term][:1].upper() + labels[term][1:], value) for term, value in told.items()]


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
            *_kept(live),
            *_approved(context, live),
            (t("Features"), _features(live)),
            (t("Offsets of survey years"), forecast_watch.offsets(card, live.target)),
        ]
    )  # fmt: skip


def _approved(context: Context, live: registry.ModelVersion) -> list[tuple[str, Any]]:
    rows = registry.versions(context.store, live.target)
    row = rows[rows["model"] == live.model].iloc[0]
    at = i18n.moment(row["promoted_at"], context.settings["timezone"])
    return [(t("Approved"), f"{at} · {row['promoted_by']} · {row['reason']}")]


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
        for name in names(live.columns)
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
    shares: list[Any] = [row.get("coverage"), row.get("worst_fifth")]
    cells = [
        competitor(str(row["model"])),
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
    lines = []
    for row in own.head(12).to_dict("records"):
        live = ui.badge(t("live"), "good") if row["live"] else ""
        at = i18n.moment(row["created_at"], context.settings["timezone"])
        lines.append([html.Code(row["model"]), at, row["created_by"], number(row["data_version"]), live])
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


def _resets(context: Context) -> html.Section:
    """Return the level that each treatment leaves, and whether works showed it or a table says so."""
    found = kept_resets(context.store)
    shown = found[found["treatment"].isin(_planned()) & (found["basis"] != UNKNOWN)]
    rows = [
        [
            i18n.treatment_text(row["treatment"]),
            measure_label(row["kind"], unit=False),
            t("as before") if pd.isna(row["level"]) else i18n.measure_text(row["kind"], row["level"]),
            _reach(row),
            _word(row["basis"]),
            number(row["works"]),
            f"{row['rate_factor']:.2f}",
            _word(row["rate_basis"]),
        ]
        for row in shown.sort_values("treatment", kind="stable").to_dict("records")
    ]
    names = ("treatment", "kind", "level", "spread", "basis", "works", "rate_factor", "rate_basis")
    words = labels("resets", language=i18n.language())
    heads = [words[n] for n in names]
    return ui.card(
        t("What treatments leave"),
        html.Details([html.Summary(t("{count} levels", count=len(rows))), ui.table(heads, rows, numeric=(2, 3, 5, 6))]),
        note=t(
            "never worse than before the work; estimated once works enough were seen, else the default of the table"
        ),
    )


def _planned() -> set[str]:
    table = read_table("treatments")
    return set(table.loc[table["planned"] == "yes", "treatment"])


def _reach(row: dict[str, Any]) -> str:
    """Return the spread of a level: as a share on the logarithmic scale, else in the unit of the kind."""
    if pd.isna(row["level"]) or pd.isna(row["spread"]):
        return ""
    if row["scale"] == LOG:
        return f"± {100 * row['spread']:.0f} %"
    return f"± {i18n.measure_text(row['kind'], row['spread'])}"


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
    model_approval.register(app, context, TARGETS, layout)
