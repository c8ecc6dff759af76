"""A set of scenarios as a workbook, or as one CSV for each table, with what it rests on."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pandas as pd

from pavement.errors import StoreError
from pavement.schema import labels, measures, read_table
from pavement.store import scenario_sets
from pavement.store.basis_words import basis_in_words
from pavement.store.database import Store
from pavement.store.exports import basis
from pavement.store.files import safe_text, whole, write_tables

FORMATS = (".xlsx", ".zip")
_NOTHING, _PENALTY = "nothing", "penalty"


def scenario_export(store: Store, out: Path, *, name: str | None = None, language: str = "zh_TW") -> Path:
    """
    Write a set of scenarios, the newest when none is named.

    Parameters
    ----------
    out
        ``.xlsx`` has a sheet for each table and one for what it rests on; ``.zip`` a CSV for each.
    language
        ``zh_TW`` or ``en``.

    Raises
    ------
    StoreError
        No set, or another suffix.
    """
    kind = out.suffix.lower()
    if kind not in FORMATS:
        raise StoreError(f"{out.name}: unknown format.", cure=f"Use one of {', '.join(FORMATS)}.")
    kept = scenario_sets.newest(store) if name is None else scenario_sets.named(store, name)
    if kept is None:
        raise StoreError("There are no scenarios yet.", cure="Make some: pavement scenarios FILE --keep.")
    sheets = _sheets(store, kept, language=language)
    if kind == ".xlsx":
        return write_tables(sheets, out)
    with whole(out) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as packed:
        for title, frame in sheets.items():
            safe = frame.apply(lambda column: column.map(safe_text)).rename(columns=safe_text)
            packed.writestr(f"{title}.csv", "\ufeff" + safe.to_csv(index=False, lineterminator="\n"))
    return out


def _sheets(store: Store, kept: scenario_sets.ScenarioSet, *, language: str) -> dict[str, pd.DataFrame]:
    """Return each table under its title, in words of one language, and what the set rests on."""
    zh = language.startswith("zh")
    titles = read_table("tables").set_index("table")["zh" if zh else "en"]
    found = {
        str(titles[table]): _in_words(scenario_sets.frame(store, kept, table), table, language=language)
        for table in scenario_sets.TABLES
    }
    said = basis_in_words(_basis(store, kept), language=language)
    heads = ("依據", "內容") if zh else ("basis", "value")
    return found | {heads[0]: pd.DataFrame({heads[0]: list(said), heads[1]: [str(v) for v in said.values()]})}


def _basis(store: Store, kept: scenario_sets.ScenarioSet) -> dict[str, Any]:
    return basis(store) | {
        "scenarios": kept.set,
        "asked by": kept.created_by,
        "asked at": kept.created_at,
        "forecast": "none" if kept.forecast_set is None else kept.forecast_set,
        "summary": kept.summary,
        "works": "joined" if kept.summary.get("settings", {}).get("plan_projects") == "yes" else "single",
        "newer data": "yes" if scenario_sets.is_stale(store, kept) else "no",
        "prices": "example rows, to confirm",
    }


def _in_words(frame: pd.DataFrame, table: str, *, language: str) -> pd.DataFrame:
    """Return a table with words for scenarios, kinds and treatments, and labels with units as headers."""
    word = "zh" if language.startswith("zh") else "en"
    shown = frame.copy()
    if "scenario" in shown:
        nothing = "不施工" if word == "zh" else "Without work"
        shown["scenario"] = shown["scenario"].astype(str).replace({_NOTHING: nothing})
    if "treatment" in shown:
        words = read_table("treatments").set_index("treatment")[word]
        shown["treatment"] = shown["treatment"].map(words).fillna(shown["treatment"])
    if table == "scenario_condition":
        names = measures()[word].to_dict() | {_PENALTY: "綜合劣化分數" if word == "zh" else "Condition penalty"}
        shown["kind"] = shown["kind"].map(names).fillna(shown["kind"])
    return shown.rename(columns=labels(table, language=language))
