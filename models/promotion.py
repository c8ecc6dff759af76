"""Promotion: a candidate is put beside the live model on the test places, and goes live with a reason."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from models.comparison import COLUMNS, WORSE, beside, is_worse
from models.fallback import NAME, ageing_curve
from models.fitting import FittedModel, training_pairs
from models.forecast import increments
from models.held_out import split
from models.live import live_models, opened
from models.panel import panel_from_segments
from models.parameters import parameter
from pavement.errors import ModelError
from pavement.settings import Settings
from pavement.store import published, registry, segments
from pavement.store.database import Store
from pavement.store.runs import data_version

# what a reader must know about a comparison, as terms of model_terms.csv
NO_PLACES, BY_CURVE = "no test places", "compared with the curve"
CANDIDATE_SAW, LIVE_SAW = "candidate saw the places", "live saw the places"


@dataclass(frozen=True)
class Review:
    """
    A candidate beside what forecasts now.

    Attributes
    ----------
    model, target
        The candidate.
    live
        Id of the live model, empty where there is none.
    rows
        From :func:`models.comparison.beside`; empty without test places.
    notes
        Terms for what limits the comparison.
    refused
        Why the live model cannot be opened, empty where it can.
    places
        Blocks of the test places, of how many (of), how many are needed for any.
    """

    model: str
    target: str
    live: str
    rows: pd.DataFrame
    notes: tuple[str, ...]
    refused: str
    places: dict[str, Any] = field(default_factory=dict)

    @property
    def worse(self) -> bool:
        """Whether the candidate is worse beyond chance at any horizon."""
        return is_worse(self.rows)

    def kept(self, version: int) -> dict[str, Any]:
        """Return the comparison for a card or the audit."""
        rows = self.rows.astype(object).where(self.rows.notna(), None).to_dict("records")
        held = {"live": self.live, "data_version": version, "notes": list(self.notes), "rows": rows}
        return held | {"refused": self.refused, "places": self.places}


def blind(card: dict[str, Any]) -> bool:
    """Return whether a model kept off all of the present test places when it was trained."""
    share = float(card.get("parameters", {}).get("test_share", 0.0))
    return bool(card.get("test_places", {}).get("sha256")) and share >= parameter("test_share")


def compared(
    store: Store,
    candidate: FittedModel,
    *,
    card: dict[str, Any],
    test: pd.DataFrame,
    places: dict[str, Any],
    level: float,
) -> Review:
    """
    Return a fitted candidate beside what forecasts its target now: the live model, else the ageing curve.

    Parameters
    ----------
    card
        Of the candidate: whether it learned from the test places.
    test, places
        From :func:`models.held_out.split`, the latter as its summary.
    level
        Of intervals.
    """
    target = candidate.target
    live, found = registry.live(store, target), live_models(store)
    model, refused = found.models.get(target), found.refused.get(target, "")
    rows, notes = pd.DataFrame(columns=list(COLUMNS)), [NO_PLACES]
    if places["blocks"]:
        pairs = training_pairs(test, target=target, seed=candidate.seed)
        if model is not None:
            refused, model = _fits(model, pairs)
        curve = ageing_curve(target, level=level)
        rows = beside(candidate, curve if model is None else model, pairs, seed=candidate.seed, level=level)
        notes = [CANDIDATE_SAW] * (not blind(card))
        notes += [BY_CURVE] if model is None else [LIVE_SAW] * (live is not None and not blind(live.card))
    return Review("", target, live.model if live else "", rows, tuple(notes), refused, places)


def _fits(model: FittedModel, pairs: pd.DataFrame) -> tuple[str, FittedModel | None]:
    """Return a model that can forecast the pairs, or why it cannot: it may ask for columns that are gone."""
    try:
        increments(model, pairs.head(1), pairs["horizon"].head(1).to_numpy(float))
    except ModelError as error:
        return str(error), None
    return "", model


def review(store: Store, model: str, *, settings: Settings) -> Review:
    """
    Return a registered candidate beside what forecasts now: as compared in training, if that still holds, else anew.

    Raises
    ------
    ModelError
        The candidate cannot be opened.
    """
    version, live = registry.version(store, model), registry.live_models(store)
    candidate = opened(store, model)
    held, now = version.card.get("beside"), data_version(store)
    if held and (held["live"], held["data_version"]) == (live.get(version.target, ""), now):
        rows = pd.DataFrame(held["rows"], columns=list(COLUMNS))
        refused = live_models(store).refused.get(version.target, "") if held["live"] else ""
        if refused == held["refused"]:
            return Review(model, version.target, held["live"], rows, tuple(held["notes"]), refused, held["places"])
    panel = panel_from_segments(segments.segment_table(store), published.table(store, "works"))
    if version.target not in panel:
        raise ModelError(f"Nothing published holds {version.target}.", cure="Ingest surveys of it first.")
    _, test, places = split(panel, target=version.target)
    level = float(settings["interval"])
    found = compared(store, candidate, card=version.card, test=test, places=places.summary(), level=level)
    return replace(found, model=model)


def promote(
    store: Store,
    model: str,
    *,
    user: str,
    reason: str,
    settings: Settings,
    confirm_worse: bool = False,
    seen: Review | None = None,
    replaces: str | None = None,
) -> Review:
    """
    Make a candidate live after putting it beside the live model, and return the comparison; the audit holds it too.

    Parameters
    ----------
    reason
        Why; kept in the audit.
    confirm_worse
        Whether the person knows that the candidate forecasts worse, and wants it all the same.
    seen
        The comparison that the person saw, made anew when not given; if another model is live by now, nothing changes.
    replaces
        Live model that the person saw, ``""`` for none, where it is not that of the comparison.

    Raises
    ------
    ModelError
        The candidate cannot be opened, or is worse beyond chance and nobody confirmed it.
    StoreError
        See :func:`pavement.store.registry.promote`.
    """
    found = seen if seen is not None and seen.model == model else review(store, model, settings=settings)
    registry.refuse_overtaken(found.target, found.live, replaces)
    if found.worse and not confirm_worse:
        years = ", ".join(f"{h:g}" for h in found.rows.loc[found.rows["verdict"] == WORSE, "horizon"])
        raise ModelError(
            f"{model} forecasts worse than {found.live or NAME} on the test places, beyond chance, at {years} years.",
            cure="Keep the live model, or confirm that you want it all the same (--confirm-worse).",
        )
    detail = {"beside": found.kept(data_version(store)), "worse": found.worse}
    registry.promote(store, found.target, model, user=user, reason=reason, replaces=found.live, detail=detail)
    return found
