"""The decisions that a plan was made with as a file: what was decided, by whom and why, and what each costs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from pavement.errors import StoreError
from pavement.network.chainage import DIRECTION_NAMES
from pavement.planning.slots import SLOTS
from pavement.schema import labels, read_table
from pavement.store import catalogues, plans, published
from pavement.store.database import Store
from pavement.store.exports import BESIDE, posted_ends, write_sheet
from pavement.store.plan_why import overrides_of
from pavement.store.worklist_export import worklist_basis

TABLE = "plan_decisions"
_KINDS = {
    "commit": ("核定", "commit"),
    "lock": ("鎖定", "lock"),
    "defer": ("暫緩", "defer"),
    "forbid": ("不採", "forbid"),
    "replace": ("改列", "replace"),
    "split": ("分段", "split"),
    "join": ("併段", "join"),
}
# what only the next plan reckons with
_INSIDE = ("mobilisation", "second_mobilisation", "third_mobilisation")
_DECIMALS = {
    "cost": 0,
    "second_cost": 0,
    "third_cost": 0,
    "lost": 1,
    "lost_most": 1,
    "cost_change": 0,
    "solved_lost": 1,
    "solved_cost": 0,
}


def decisions_export(store: Store, out: Path, *, plan: str | None = None, language: str = "zh_TW") -> Path:
    """
    Write the decisions of a plan, the newest when none is named, with what each costs; .csv or .xlsx.

    Raises
    ------
    StoreError
        No plan, or another suffix.
    """
    chosen = plans.newest(store) if plan is None else plans.named(store, plan)
    if chosen is None:
        raise StoreError("There is no plan yet.", cure="Make one: pavement plan.")
    if out.suffix.lower() not in (".csv", ".xlsx"):
        raise StoreError(f"{out.name}: decisions go into .csv or .xlsx.", cure="Name a file that ends in one of them.")
    shown = decisions_in_words(store, chosen, language=language)
    notes = {"rows": "all"} | worklist_basis(store, chosen)
    title = "人員決定" if language.startswith("zh") else "Decisions"
    return write_sheet(shown.rename(columns=decision_heads(language)), out, notes, title=title, language=language)


def decisions_in_words(store: Store, plan: plans.SavedPlan, *, language: str) -> pd.DataFrame:
    """Return the decisions of a plan as people read them, under the names of their columns."""
    zh = language.startswith("zh")
    names = catalogues.of_plan(store, plan).treatments.set_index("treatment")["zh" if zh else "en"]
    told = overrides_of(store, plan)
    frame = told if len(told) else pd.DataFrame(columns=_without_thirds(labels(TABLE, language=language)))
    shown = _in_words(frame, names, zh=zh).round({k: v for k, v in _DECIMALS.items() if k in frame})
    places = posted_ends(frame, published.table(store, "chainage"), language=language) if len(frame) else {}
    for at, (name, text) in enumerate(places.items()):
        shown.insert(2 + at, name, text)
    return shown


def decision_heads(language: str) -> dict[str, str]:
    """Return the headings of those columns."""
    at = 0 if language.startswith("zh") else 1
    return labels(TABLE, language=language) | {name: words[at] for name, words in BESIDE.items()}


def _without_thirds(columns: Iterable[str]) -> list[str]:
    """Return columns without those of a third work, that no decision knows of."""
    return [c for c in columns if not c.startswith(SLOTS[2])]


def _in_words(frame: pd.DataFrame, treatments: pd.Series, *, zh: bool) -> pd.DataFrame:
    """Return decisions with kinds, treatments, reasons and directions in a language, and one column of why not."""
    at, word = (0, "zh") if zh else (1, "en")
    codes = read_table("decision_reasons").set_index("code")[word].to_dict()
    directions = DIRECTION_NAMES["zh_TW" if zh else "en"]
    answers = {"yes": "是", "no": "否"} if zh else {"yes": "yes", "no": "no"}
    shown = frame.drop(columns=["why_en" if zh else "why_zh", "objective", *_INSIDE], errors="ignore")
    return shown.assign(
        kind=shown["kind"].map({k: v[at] for k, v in _KINDS.items()}),
        **{c: shown[c].map(treatments.to_dict()).fillna(shown[c]) for c in ("treatment", *SLOTS[1:]) if c in shown},
        code=shown["code"].map(codes).fillna(""),
        direction=shown["direction"].map(directions).fillna(shown["direction"]),
        fits=shown["fits"].map(answers),
    )
