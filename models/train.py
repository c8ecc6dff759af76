"""Training: from the published history to a registered candidate with its card."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from models.artefact import text_of
from models.boosted import FAMILY
from models.draws import memory_of
from models.drift import feature_spread
from models.evaluate import HORIZONS, by_site, forward
from models.explain import feature_label
from models.fitting import CLEANED, FittedModel, fit_pairs, training_pairs
from models.golden import golden_forecasts
from models.held_out import split
from models.mixing import EVERY, LIGHTGBM
from models.offsets import campaign_offsets, labels_without, survey_noise, without_offsets
from models.panel import last_states
from models.peers import peers_card
from models.promotion import compared
from models.provenance import provenance
from models.published_panel import published_panel
from models.resets import network_works, resets
from models.signature import signature
from models.skill import FORECAST
from models.slices import slices
from models.targets import target_of
from models.threads import one_thread
from pavement.errors import ModelError
from pavement.progress import Progress, silent
from pavement.settings import Settings
from pavement.store import objects, published, registry, segments
from pavement.store.database import Store
from pavement.store.runs import data_version


@dataclass(frozen=True)
class Candidate:
    """A registered model that somebody may promote: its id, target, the fitted model and its scores."""

    model: str
    target: str
    fitted: FittedModel
    scores: pd.DataFrame


@one_thread()
def train(
    store: Store, *, target: str, settings: Settings, progress: Progress = silent, user: str = "cli"
) -> Candidate:
    """
    Train a model of a target on everything published, judge it, and register it with its card; nothing goes live.

    Raises
    ------
    ModelError
        The target is unknown, or the history is too short; the message says how much is needed.
    """
    families = " or ".join(target_of(target).families)
    panel = published_panel(store)
    if target not in panel or panel[target].isna().all():
        where = f" on {families}" if families else ""
        raise ModelError(f"Nothing published holds {target}{where}.", cure="Ingest surveys of it first.")
    seed, level = int(settings["seed"]), float(settings["interval"])
    learn, test, held = split(panel, target=target)
    raw = training_pairs(learn, target=target, seed=seed)
    offsets = campaign_offsets(learn, target=target)
    pairs = raw.assign(**{CLEANED: labels_without(raw, offsets)["increment"]}) if len(offsets) else raw
    fitted, judged = fit_pairs(pairs, target=target, seed=seed, level=level, progress=progress)
    # offsets know the later years, so what is judged forward in time learns from changes as measured
    scores = pd.concat([by_site(judged), forward(raw, target=target, seed=seed, level=level)], ignore_index=True)
    version = data_version(store)
    card = model_card(fitted, pairs, scores) | provenance(learn, settings=settings, data_version=version)
    works = network_works(segments.segment_table(store), published.table(store, "works"))
    card["resets"] = records(resets(learn, works, pairs, target=target))
    card["memory"] = asdict(memory_of(judged))
    own = pd.DataFrame({FORECAST: judged.half_width}, index=judged.pairs.index)
    card["slices"] = slices(judged, own, horizons=HORIZONS, seed=seed)
    card["peers"] = peers_card(pairs, columns=fitted.columns)
    # what the network was like at training: the monitor holds what comes later against it
    card["spread"] = feature_spread(last_states(panel), [c for c in fitted.columns if not c.startswith(FAMILY)])
    card |= survey_card(panel, target=target)
    card["test_places"] = held.summary()
    if held.blocks:
        objects.put(store, held.text().encode())
    found = compared(store, fitted, card=card, test=test, places=card["test_places"], level=level)
    text = text_of(fitted, golden=golden_forecasts(fitted, pairs))
    kept = registry.register(
        store, target, text, columns=signature(fitted.columns), card=card | {"beside": found.kept(version)}, user=user
    )
    return Candidate(kept.model, target, fitted, scores)


def survey_card(panel: pd.DataFrame, *, target: str) -> dict[str, Any]:
    """Return what the history said of its surveys: ``offsets`` of each campaign and the ``noise`` of one survey."""
    clean, offsets = without_offsets(panel, target=target)
    noise = {k: None if v != v else v for k, v in survey_noise(clean, target=target).items()}
    return {"offsets": offsets.astype(object).where(offsets.notna(), None).to_dict("records"), "noise": noise}


def model_card(model: FittedModel, pairs: pd.DataFrame, scores: pd.DataFrame) -> dict[str, Any]:
    """Return the card of a model, made from what was measured and never typed by hand."""
    return {
        "target": model.target,
        "use": feature_label("use", language="en"),
        "not_for": feature_label("not for", language="en"),
        "pairs": len(pairs),
        "suspected_pairs": int(pairs["suspected"].sum()),
        "units": int(pairs["unit"].nunique()),
        "blocks": int(pairs["block"].nunique()),
        "surveys": [float(pairs["time"].min()), float(pairs["later"].max())],
        "curve": " + ".join(_in_use(model)) or "none",
        "lightgbm_share": round(model.shares[EVERY].get(LIGHTGBM, 0.0), 3),
        "shares": model.shares,
        "falls_back": not model.learned,
        "why_curves": _why_curves(model),
        "horizon": model.horizon,
        "interval": model.intervals.level,
        "seed": model.seed,
        "ranges": {k: list(v) for k, v in model.ranges.items()},
        "scores": records(scores),
    }


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as JSON holds them, None where a value is missing."""
    found: list[dict[str, Any]] = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return found


def _in_use(model: FittedModel) -> list[str]:
    return [name for name, share in model.shares[EVERY].items() if share > 0 and name != LIGHTGBM]


def _why_curves(model: FittedModel) -> str:
    """Return the term (`model_terms.csv`) for why the curves forecast alone, empty when they do not."""
    if model.learned:
        return ""
    return "few histories" if not model.booster else "no better than curves"
