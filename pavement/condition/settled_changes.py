"""What people said of unexplained changes, and what of the measured values teaches a model after it (P9, P10)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pavement.condition.quality import WITHOUT_EFFECT

DONE, MOVED, THIS, BEFORE, LEAVE = "work done", "work moved", "this survey wrong", "survey before wrong", "leave"
_KEY = ["cell", "kind", "year"]


def with_answers(changes: pd.DataFrame, settlements: pd.DataFrame) -> pd.DataFrame:
    """
    Return changes with the answer to each: ``answer`` ("" while there is none), ``answer_reason`` and ``answered_by``.

    An answer counts for the two surveys it was given on; when another survey has come between, it is asked again.
    """
    keys = [*_KEY, "before_year", "finding"]
    told = settlements[[*keys, "answer", "reason", "answered_by"]].rename(columns={"reason": "answer_reason"})
    told = told.astype({"year": float, "before_year": float}).drop_duplicates(keys, keep="last")
    joined = changes.astype({"year": float, "before_year": float}).merge(told, on=keys, how="left")
    named = ["answer", "answer_reason", "answered_by"]
    return changes.assign(**{c: joined[c].fillna("").to_numpy() for c in named})


def unsettled(changes: pd.DataFrame, settlements: pd.DataFrame) -> pd.DataFrame:
    """Return the changes that nobody has settled: without an answer, or left open."""
    answered = with_answers(changes, settlements)
    settled = answered["finding"].eq(WITHOUT_EFFECT) & answered["answer"].eq(DONE)
    return changes[~settled.to_numpy()]


def without_errors(segments: pd.DataFrame, settlements: pd.DataFrame) -> pd.DataFrame:
    """
    Return the segment table without the values that people called errors of a survey.

    For what is learned and forecast from; pages and exports keep showing what was measured.
    """
    wrong = settlements[settlements["answer"].isin([THIS, BEFORE])]
    if wrong.empty:
        return segments
    years = np.where(wrong["answer"] == THIS, wrong["year"], wrong["before_year"]).astype(int)
    cells = wrong["cell"].astype(str).to_numpy()
    rows = pd.MultiIndex.from_arrays([segments["cell"].astype(str), segments["year"].astype(int)])
    masked = {}
    for kind in [k for k in wrong["kind"].unique() if k in segments]:
        mine = (wrong["kind"] == kind).to_numpy()
        hit = rows.isin(pd.MultiIndex.from_arrays([cells[mine], years[mine]]))
        masked[str(kind)] = segments[kind].where(~hit)
    return segments.assign(**masked)
