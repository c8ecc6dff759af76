"""What is told of a registered model, in words of either language: its card, its comparison, its differences."""

from __future__ import annotations

from typing import Any

import pandas as pd

from models.explain import feature_label
from models.libraries import differing
from models.live import opened
from models.promotion import Review
from models.provenance import differences
from pavement.errors import ModelError, StoreError
from pavement.schema import measures
from pavement.store import registry
from pavement.store.database import Store


def word(term: str, language: str, **values: object) -> str:
    """Return a term of ``model_terms.csv`` in ``zh_TW`` or ``en``, its values filled in."""
    found = feature_label(term, language=language)
    return found.format(**values) if values else found


def card_of(store: Store, model: str) -> dict[str, Any]:
    """
    Return all that is kept of a model, and whether it may be used, as plain values for JSON.

    The text is checked against its hash and the audit, opened in a process of its own, and compared with its golden
    forecasts; ``whole`` says whether all of it held, ``why`` what did not.
    """
    version = registry.version(store, model)
    rows = registry.versions(store, version.target).set_index("model")
    row = rows.loc[model]
    why = ""
    try:
        opened(store, model)
    except (ModelError, StoreError) as error:
        why = str(error)
    promoted = {n: row[n] for n in ("promoted_at", "promoted_by", "reason")} if row["live"] else {}
    return {
        "model": model,
        "target": version.target,
        "sha256": version.object,
        "whole": not why,
        "why": why,
        "live": bool(row["live"]),
        "promoted": promoted,
        "created_at": version.created_at,
        "created_by": version.created_by,
        "data_version": version.data_version,
        "columns": list(version.columns),
        "other_libraries": differing(version.card.get("libraries", {})),
        "card": version.card,
    }


def card_lines(held: dict[str, Any], *, language: str) -> list[str]:
    """Return a card from :func:`card_of` as lines of text."""
    card = held["card"]
    state = word("whole" if held["whole"] else "refused", language)
    snapshot, places = card.get("snapshot", {}), card.get("test_places", {})
    told = {
        "model": held["model"],
        "target": held["target"],
        "state": f"{state}. {held['why']}".strip(". ") if held["why"] else state,
        "registered": f"{held['created_at']} {held['created_by']}",
        "data version": held["data_version"],
        "sha256": held["sha256"],
        "data snapshot": snapshot.get("sha256", "–"),
        "test places": f"{places.get('blocks', 0)} / {places.get('of', 0)} {places.get('sha256', '')}".strip(),
        "settings": _pairs(card.get("settings", {})),
        "seed": card.get("seed", "–"),
        "libraries": _pairs(card.get("libraries", {})),
        "inputs": ", ".join(_input(c) for c in held["columns"]),
        "parameters": _pairs(card.get("parameters", {})),
    }
    if held["live"]:
        told["promoted"] = f"{held['promoted']['promoted_at']} {held['promoted']['promoted_by']}"
        told["reason"] = held["promoted"]["reason"]
    lines = [f"{word(name, language)}: {value}" for name, value in told.items()]
    return lines + library_lines(held["other_libraries"], language=language)


def library_lines(other: dict[str, tuple[str, str]], *, language: str) -> list[str]:
    """Return a warning for each library that is another version now (M12)."""
    return [f"{name}: {word('other library', language, then=a, now=b)}" for name, (a, b) in other.items()]


def _pairs(values: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items()) or "–"


def _input(column: Any) -> str:
    return column if isinstance(column, str) else f"{column[0]} [{column[1]}]" if column[1] else str(column[0])


def notes(review: Review, *, language: str) -> list[str]:
    """Return what limits a comparison, as sentences."""
    places = {name: review.places.get(name, 0) for name in ("of", "needed")}
    return [word(n, language, **places) for n in review.notes] + ([review.refused] if review.refused else [])


def comparison(review: Review, *, language: str) -> pd.DataFrame:
    """Return a candidate beside the live model as texts under headings in a language; no rows without test places."""
    unit, digits = measures().loc[review.target, ["unit", "digits"]]
    form = f".{int(digits) + 1}f"
    rows = review.rows

    def told(name: str, spec: str) -> pd.Series:
        return rows[name].map(lambda v: "–" if pd.isna(v) else format(float(v), spec))

    pair = f"{word('candidate', language)} / {word('live', language)}"
    found = {
        word("years", language): told("horizon", "g"),
        word("verdict", language): rows["verdict"].map(lambda v: word(str(v), language)),
        f"{word('difference', language)} [{unit}]": told("difference", f"+{form}"),
        word("chance", language): told("low", f"+{form}") + " … " + told("high", f"+{form}"),
    }
    for score, spec, sign in (("rmse", form, f" [{unit}]"), ("skill", ".2f", ""), ("coverage", ".0%", "")):
        both = told(f"candidate_{score}", spec) + " / " + told(f"live_{score}", spec)
        found[f"{word(score, language)}{sign} ({pair})"] = both
    found |= {word(n, language): told(n, "g") for n in ("pairs", "blocks")}
    return pd.DataFrame(found)


def difference_lines(store: Store, mine: str, other: str, *, language: str) -> list[str]:
    """Return in what two registered models differ: of data, settings, parameters, seed and libraries (M15)."""
    first, second = registry.version(store, mine), registry.version(store, other)
    found = differences(first.card, second.card)
    lines = [f"{word(part, language)}: {'; '.join(changed)}" for part, changed in found.items()]
    same = first.object == second.object
    return [*([word("same text", language)] if same else []), *(lines or [_none(same, language)])]


def _none(same: bool, language: str) -> str:
    return word("no difference" if same else "unexplained", language)
