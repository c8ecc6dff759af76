"""Frames given twice: named twice, of a place at one moment, or the very picture of another place."""

from __future__ import annotations

import pandas as pd

from ingest.imagery.journal import Journal
from pavement.errors import Fault, fault_frame

_WHERE = ["route", "direction", "lane", "measure_m"]
_PLACE = [*_WHERE, "taken_at"]


def without_repeats(positions: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Split positions into frames and those named twice or of a place already seen at that moment.

    Parameters
    ----------
    positions
        Columns frame, route, direction, lane, measure_m and taken_at.

    Returns
    -------
    listed, doubled
        The rows; those of `doubled` with `as_frame`, the frame that was kept, and `moved`: False.
    """
    named = positions.duplicated("frame")
    # a place is seen by a frame that is kept
    once = positions[~named]
    placed = once.duplicated(_PLACE)
    kept = once.groupby(_PLACE, dropna=False, sort=False)["frame"].transform("first")
    doubled = [positions[named].assign(as_frame=positions["frame"][named]), once.assign(as_frame=kept)[placed]]
    return once[~placed], pd.concat(doubled).sort_index().assign(moved=False)


def without_copies(listed: pd.DataFrame, journal: Journal) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Split frames into those of their own and those that are, byte for byte, a picture of another place.

    No camera takes the same picture twice: counted, its distress would stand at a place that it does not show.

    Parameters
    ----------
    listed
        Columns frame and `key`, the same for the same bytes.
    journal
        What became of each; frames that nothing can be read from are all black alike, and no copies.

    Returns
    -------
    listed, doubled
        As of :func:`without_repeats`; `moved` says whether it is of another place than the frame that was kept.
    """
    again = listed["key"].duplicated()
    judged = {key: _judged(journal, key) for key in set(listed.loc[again, "key"])}
    again &= listed["key"].map(judged).eq(True)
    first = listed.groupby("key", sort=False)[["frame", *_WHERE]].transform("first")
    moved = (listed[_WHERE] != first[_WHERE]).any(axis=1)
    return listed[~again], listed.assign(as_frame=first["frame"], moved=moved)[again]


def _judged(journal: Journal, key: str) -> bool:
    record = journal.record(key)
    return record["error"] is None and bool(record["usable"])


def doubled_faults(doubled: pd.DataFrame) -> pd.DataFrame:
    """Return one fault a frame that was left out, columns of :data:`pavement.errors.FAULT_COLUMNS`."""
    return fault_frame([_moved(row) if row.moved else _twice(row) for row in doubled.itertuples()])


def _twice(row: object) -> Fault:
    file, frame = (str(getattr(row, name)) for name in ("file", "frame"))
    return Fault(file, None, "frame", frame, "duplicate", f"Frame {frame} stands twice.", "Keep one of them.")


def _moved(row: object) -> Fault:
    file, frame, kept = (str(getattr(row, name)) for name in ("file", "frame", "as_frame"))
    message = f"Frame {frame} is byte for byte the picture of frame {kept}, which was taken elsewhere."
    cure = "Send the picture that was taken there; until then its place counts as not seen."
    return Fault(file, None, "frame", frame, "duplicate", message, cure)
