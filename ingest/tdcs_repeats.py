"""Speeds and trips of the freeway traffic archive that stand twice: what is taken once, and what cannot be told."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ingest.formats import limit
from ingest.tdcs_text import Rows
from pavement.errors import Fault

# what is said of rows that stand twice: those taken once, and those that may be two vehicles
REPEATED, ALIKE = "repeated", "alike"
_TRIP = ("vehicle_class", "time", "gantry", "time_to", "gantry_to", "length", "ended")


def agreeing(frame: pd.DataFrame, keys: list[str], rows: Rows) -> pd.DataFrame:
    """Return records by interval once; where two contradict each other the interval is not seen."""
    again = frame.duplicated([*keys, "speed", "volume"])
    distinct = frame[~again]
    against = distinct.duplicated(keys, keep=False)
    rows.tell_together(_among(rows, frame.index[again]), REPEATED, "doubtful")
    rows.tell_together(_among(rows, distinct.index[against]), "contradicting records", "duplicate")
    return distinct[~against]


def trips_once(frame: pd.DataFrame, rows: Rows) -> pd.DataFrame:
    """
    Return trips without rows that are copies.

    Rows name no vehicle, and two may pass the same gantries in the same seconds: only where most of a file stands
    twice is it a copy. Either is told of.
    """
    cells = pd.DataFrame({c: rows.codes(c)[0] for c in _TRIP}).loc[frame.index]
    alike = cells.duplicated(keep=False)
    copied = bool(alike.mean() > limit("tdcs_copied_share")) if len(alike) else False
    again = cells.duplicated()
    rows.tell_together(_among(rows, frame.index[again]), REPEATED if copied else ALIKE, "doubtful")
    return frame[~again] if copied else frame


def hours_once(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Fault]]:
    """Return trips without hours that stand in two groups of files, an archive and loose files: more trips count."""
    keys = ["day", "hour"]
    if rows.empty:
        return rows.drop(columns=["hour", "part"]), []
    trips = rows.groupby([*keys, "part"])["trips"].sum()
    most = pd.MultiIndex.from_tuples(trips.groupby(keys).idxmax(), names=trips.index.names)
    kept = pd.MultiIndex.from_frame(rows[[*keys, "part"]]).isin(most)
    once = rows[kept].drop(columns=["hour", "part"])
    if kept.all():
        return once, []
    again = rows.loc[~kept, keys].drop_duplicates().sort_values(keys)
    first = f"{str(again['day'].iloc[0])[:10]} {int(again['hour'].iloc[0]):02d}:00"
    message = (
        f"{len(again):,} hours of trips stand in two groups of files, {first} first; the one with more trips is kept."
    )
    return once, [Fault("", None, "time", first, "duplicate", message, "Send each hour once.")]


def _among(rows: Rows, index: pd.Index) -> NDArray[np.bool_]:
    wrong = np.zeros(len(rows), dtype=bool)
    wrong[index.to_numpy(np.int64)] = True
    return wrong
