"""The checks of a run as a file: JSON or CSV, with the limits in force then and what the file rests on."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from pavement.condition.run_quality import too_few
from pavement.errors import StoreError
from pavement.schema import labels, measures, read_table
from pavement.store import exports, runs
from pavement.store.database import Store
from pavement.store.files import whole, write_csv


def quality_export(store: Store, run: str, out: Path, *, language: str = "zh_TW") -> Path:
    """
    Write the checks of a run as they were when it was received; the suffix decides between .json and .csv.

    Raises
    ------
    StoreError
        No such run, a run without checks, or another suffix.
    """
    suffix = out.suffix.lower()
    if suffix not in (".json", ".csv"):
        raise StoreError(f"{out.name}: checks go into .json or .csv.", cure="Name a file that ends in one of them.")
    row = run_row(store, run)
    checks = runs.quality(store, row["run"])
    if checks.empty:
        raise StoreError(
            f"Run {row['run'][:12]} has no checks: it brought no values of cells.", cure="Choose the run of a survey."
        )
    told = quality_words(checks, language=language)
    about = {c: str(row[c]) for c in ("run", "survey", "title", "operator", "vehicle", "surveyed_on", "state")}
    notes = exports.basis(store) | about
    if suffix == ".csv":
        own = ("說明", "所需數") if language.startswith("zh") else ("What", "Needed to judge")
        words = labels(runs.QUALITY, language=language) | dict(zip(("what", "needed"), own, strict=True))
        return write_csv(told.rename(columns=words), out, notes=notes)
    plain = told.astype(object).where(told.notna(), None)
    with whole(out) as target:
        text = json.dumps(
            {"basis": notes, "checks": plain.to_dict("records")}, ensure_ascii=False, indent=1, allow_nan=False
        )
        target.write_text(text + "\n", encoding="utf-8")
    return out


def run_row(store: Store, run: str) -> pd.Series:
    """Return the row of the one run that begins with a text."""
    known = runs.runs(store)
    found = known[known["run"].str.startswith(run)] if run else known.iloc[:0]
    if len(found) != 1:
        what = f"There is no run {run!r}." if found.empty else f"{len(found)} runs begin with {run!r}."
        raise StoreError(what, cure="Take the id from the page of the run or from the quality page.")
    return found.iloc[0]


def quality_words(checks: pd.DataFrame, *, language: str) -> pd.DataFrame:
    """
    Return checks with ``what``, which says in one language what is checked and of which kind, and ``needed``.

    The latter is how many a check needs where too few were there to judge it; missing elsewhere.
    """
    zh = "zh" if language.startswith("zh") else "en"
    rules = read_table("run_checks").set_index(["check", "kind"])[zh]
    kinds = measures()[zh]
    keys = list(zip(checks["check"], checks["kind"], strict=True))
    what = [f"{rules.get(k, k[0])} · {kinds.get(k[1], '')}".rstrip(" ·") for k in keys]
    shown = checks.assign(what=what, needed=too_few(checks))
    return shown[["what", *checks.columns, "needed"]]
