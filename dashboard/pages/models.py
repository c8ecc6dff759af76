"""The models in use: how well they forecast what they never saw, and what the present forecast rests on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import dash
import pandas as pd
from dash import html

from dashboard import forecast_watch, guard, i18n, model_approval, model_scores, queries, tasks, ui
from dashboard.context import Context
from dashboard.fault_words import fault_words
from dashboard.i18n import measure_label, number, t
from dashboard.model_words import library_lines, word
from dashboard.score_charts import score_charts
from models.evaluate import HORIZONS
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
# a measure may follow the path
CHOICE = True
TARGETS = queries.FORECAST_KINDS


def layout(context: Context, target: str = "") -> html.Div:
    """Return the page, with the details of one measure; without a name that of the first that has a model."""
    versions = registry.versions(context.store)
    names = _shown(context, versions)
    chosen = str(guard.one_of(target, set(TARGETS))) if target else ""
    lives = {
        name: registry.live(context.store, name) for name in dict.fromkeys([*names, *([chosen] if chosen else [])])
    }
    chosen = chosen or next((name for name in names if lives[name]), names[0])
    return ui.page(
        t(TITLE),
        _glance(lives, chosen),
        _forecast(context),
        *_details(context, chosen, lives, versions),
        forecast_watch.card(),
        _resets(context),
        _starter(context) if guard.allowed("train") else None,
        note=t("Every figure is measured on sections or years that the model judged had not seen."),
    )


def _shown(context: Context, versions: pd.DataFrame) -> list[str]:
    """Return the targets that all know of, and those of the others that are surveyed or have been trained."""
    there = {*queries.kinds(context), *versions["target"]}
    return [name for name, target in all_targets().items() if target.shared or name in there]


def _glance(lives: dict[str, registry.ModelVersion | None], chosen: str) -> html.Section:
    cards = {target: live.card if live else {} for target, live in lives.items()}
    models = {target: live.model for target, live in lives.items() if live}
    table = model_scores.summary(cards, models, chosen=chosen, path=f"{PATH}/")
    return ui.card(
        t("All measures at a glance"),
        table,
        note=t("skill over no change, which has 0, after {years} years; under it a line that an engineer would draw",
               years=" / ".join(str(h) for h in HORIZONS)),
    )  # fmt: skip


def _tabs(targets: Iterable[str], chosen: str) -> html.Nav:
    links = [
        ui.link(measure_label(target, unit=False), f"{PATH}/{target}", name="tab on" if target == chosen else "tab")
        for target in targets
    ]
    return html.Nav(links, className="tabs")


def _details(
    context: Context, target: str, lives: dict[str, registry.ModelVersion | None], versions: pd.DataFrame
) -> list[html.Section]:
    """Return the cards of one measure: its model and scores, the scores by part of the network, its versions."""
    own = versions[versions["target"] == target]
    head, live = [_tabs(lives, target)], lives[target]
    if live is None:
        nothing = ui.empty(t("No model is live for this measure."), t("Forecasts need a trained and approved model."))
        found = [ui.card(measure_label(target), *head, nothing)]
    else:
        found = _judged(context, target, live, head)
    if len(own):
        parts: list[Any] = [_versions(context, own)]
        if guard.allowed("promote"):
            parts.append(model_approval.form(target, own, timezone=context.settings["timezone"]))
        found.append(ui.card(t("Versions of {measure}", measure=measure_label(target, unit=False)), *parts))
    return found


def _judged(context: Context, target: str, live: registry.ModelVersion, head: list[Any]) -> list[html.Section]:
    scores = pd.DataFrame(live.card.get("scores", []))
    level = float(live.card.get("interval", context.settings["interval"]))
    about = html.Div(_about(context, live))
    shown = html.Div(
        [
            html.H3(t("Skill over no change")),
            model_scores.skill_table(scores),
            html.H3(t("Interval of {level} %", level=number(100 * level))),
            model_scores.interval_table(scores, target, level=level),
        ]
    )
    every = html.Details([html.Summary(t("Every score")), model_scores.every_score(scores, target)])
    charts = score_charts(scores, level=level)
    own = ui.card(
        measure_label(target),
        *head,
        *_doubts(context, live),
        html.Div([about, shown], className="model"),
        charts,
        every,
        *_more(live),
    )
    slices = model_scores.slice_table(live.card.get("slices", {}), level=level)
    note = t("on sections never seen; thirds of load, age and climate, fifths of the present value")
    title = t("{measure} by part of the network", measure=measure_label(target, unit=False))
    return [own, ui.card(title, slices, note=note)]


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


def _about(context: Context, live: registry.ModelVersion) -> list[Any]:
    card = live.card
    now = queries.version(context)
    age = t("up to date") if live.data_version == now else t("older than the present data, version {now}", now=now)
    first, last = card.get("surveys", (None, None))
    shown = ui.facts(
        [
            (t("Live model"), html.Code(live.model)),
            (t("Registered"), f"{i18n.moment(live.created_at, context.settings['timezone'])} · {live.created_by}"),
            *_approved(context, live),
            (t("Data version"), t("{version} ({age})", version=live.data_version, age=age)),
            (t("Learned from"), t("{pairs} pairs of surveys on {units} cells in {blocks} blocks",
                                  pairs=number(card.get("pairs")), units=number(card.get("units")),
                                  blocks=number(card.get("blocks")))),
            (t("Surveys"), f"{number_or_dash(first)} – {number_or_dash(last)}"),
            (t("Mixture"), _mixture(card)),
            *([(t("Why curves alone"), _word(card["why_curves"]))] if card.get("why_curves") else []),
            (t("Longest horizon learned"), f"{number(card.get('horizon'), 1)} {i18n.unit_text('year')}"),
        ]
    )  # fmt: skip
    more = ui.facts([(t("Use"), _word("use")), (t("Not for"), _word("not for")), *_kept(live)])
    return [shown, html.Details([html.Summary(t("What it is for, and by what it can be checked")), more])]


def _more(live: registry.ModelVersion) -> list[Any]:
    """Return what takes a table each: features, and offsets of surveys."""
    offsets = forecast_watch.offsets(live.card, live.target)
    return [_features(live), html.Div(offsets) if isinstance(offsets, html.Details) else None]


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
