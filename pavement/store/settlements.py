"""Answers on unexplained changes: a run each, so that they are audited, seen by training, and can be taken back."""

from __future__ import annotations

import datetime as dt
import hashlib
import json

import pandas as pd

from pavement.condition.quality import UNRECORDED
from pavement.condition.settled_changes import DONE, MOVED
from pavement.errors import StoreError
from pavement.schema import read_table, schema
from pavement.store import published, runs
from pavement.store.database import Store, now
from pavement.store.reports import FORM

TABLE, ACTION = "settlements", "settle change"
ASSERTED = "asserted"
_KEY = ["cell", "kind", "year", "before_year"]
# how an asserted work was carried out is not known
_TREATMENT = "resurfacing"


def answers(finding: str) -> pd.DataFrame:
    """Return the answers that fit a finding: answer, zh, en."""
    table = read_table("settlement_answers")
    return table.loc[table["finding"].isin(["", finding]), ["answer", "zh", "en"]].reset_index(drop=True)


def settle(
    store: Store, stretch: pd.DataFrame, *, answer: str, reason: str, user: str, day: dt.date | None = None
) -> str:
    """
    Keep what a person says of an unexplained change, and return the run that holds it.

    Work that was done becomes a work record of source ``asserted``; a work dated wrongly is put on record anew with
    its right day. A later answer on the same change replaces the earlier one and its record.

    Parameters
    ----------
    stretch
        Rows of one stretch of :func:`pavement.condition.change_evidence.change_evidence`.
    answer
        One of ``settlement_answers.csv`` that fits the finding.
    reason
        In the person's words.
    day
        When the work was completed; the middle between the two surveys when not given.

    Raises
    ------
    StoreError
        No such answer, no reason, nobody named, or a day that does not lie between the two surveys.
    """
    first = stretch.iloc[0]
    if answer not in set(answers(str(first["finding"]))["answer"]):
        raise StoreError(f"{answer!r} is no answer to this change.", cure="Choose one from the list.")
    if not reason.strip() or not user.strip():
        raise StoreError("An answer needs a reason and a name.", cure="Say in a few words how it is known.")
    moment = now()
    told = {"answer": answer, "reason": reason.strip(), "answered_by": user, "answered_at": moment}
    columns = [c for c in schema(TABLE).index if c not in told]
    tables = {TABLE: stretch[columns].assign(**told).astype({"year": int, "before_year": int})}
    work = _work(store, stretch, answer=answer, reason=reason.strip(), user=user, day=day)
    if work is not None:
        tables["works"] = work
    said = json.dumps([moment, user, reason, tables[TABLE].astype(str).to_dict("records")], ensure_ascii=False)
    run = hashlib.sha256(said.encode()).hexdigest()
    detail = {c: str(first[c]) for c in [*_KEY, "finding"]} | {"cells": len(stretch), "answer": answer}
    draft = runs.RunDraft(
        run=run,
        survey=f"settlement-{_name(first)}",
        package=FORM,
        title=f"{first['cell']} {first['kind']} {int(first['year'])}: {answer}",
        operator=user,
        surveyed_on=dt.date.fromisoformat(moment[:10]),
        tables=tables,
        action=ACTION,
        detail=detail | {"reason": reason.strip()},
    )
    runs.publish(store, draft, user=user)
    return run


def settlements(store: Store) -> pd.DataFrame:
    """Return every answer in force, a row a cell."""
    return published.table(store, TABLE)


def _name(first: pd.Series) -> str:
    return hashlib.sha256("\x1f".join(str(first[c]) for c in _KEY).encode()).hexdigest()[:16]


def _work(
    store: Store, stretch: pd.DataFrame, *, answer: str, reason: str, user: str, day: dt.date | None
) -> pd.DataFrame | None:
    """Return the work that an answer puts on record, or None."""
    first = stretch.iloc[0]
    if answer == MOVED:
        return _moved(store, first, note=_note(user, reason))
    if answer != DONE or first["finding"] != UNRECORDED:
        return None
    between = float(stretch["before_day"].max()), float(stretch["day"].min())
    completed = _date((between[0] + between[1]) / 2) if day is None else pd.Timestamp(day)
    if day is not None and not _date(between[0]) < completed <= _date(between[1]):
        raise StoreError(
            f"The work of {day} does not lie between the two surveys.",
            cure=f"They were on {_date(between[0]):%Y-%m-%d} and {_date(between[1]):%Y-%m-%d}.",
        )
    row = {
        "work": f"asserted-{_name(first)}",
        **{c: first[c] for c in ("route", "direction", "lane")},
        "from_m": float(stretch["from_m"].min()),
        "to_m": float(stretch["to_m"].max()),
        "completed_on": completed,
        "treatment": _TREATMENT,
        "note": _note(user, reason),
        "source": ASSERTED,
    }
    return pd.DataFrame([row])


def _moved(store: Store, first: pd.Series, *, note: str) -> pd.DataFrame:
    works = published.table(store, "works")
    own = ["route", "direction", "work"]
    found = works[(works[own].astype(str) == first[own].astype(str)).all(axis=1)]
    if not first["work"] or found.empty:
        raise StoreError("No work on record would explain this change.", cure="Choose another answer.")
    return found[list(schema("works").index)].assign(completed_on=first["moved_to"], source=ASSERTED, note=note)


def _note(user: str, reason: str) -> str:
    return f"{user}: {reason}"


def _date(year: float) -> pd.Timestamp:
    start = pd.Timestamp(int(year), 1, 1)
    return start + pd.Timedelta(days=round((year - int(year)) * (366 if start.is_leap_year else 365)))
