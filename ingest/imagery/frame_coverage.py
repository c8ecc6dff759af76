"""Where the frames of a survey leave gaps and where they overlap, lane by lane."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.schema import schema

Floats = NDArray[np.float64]
Names = NDArray[np.object_]
_LANE = ["route", "direction", "lane"]
_SLACK = 1e-6
_KINDS = ["gap", "unjudged", "overlap", "doubled"]


def frame_coverage(frames: pd.DataFrame, doubled: pd.DataFrame, *, values: Mapping[str, float]) -> pd.DataFrame:
    """
    Return the gaps, overlaps and doubled frames of a survey.

    Stretches are half-open. What several frames overlap on, one after the other, is one row; how each place of it is
    counted once tells :func:`ingest.imagery.placing.windows`.

    Parameters
    ----------
    frames
        Frames that were kept: frame, route, direction, lane, measure_m (smallest measure seen), length_m [m], usable.
    doubled
        Frames that were left out since they were given before: those columns but `usable`, and `as_frame`: the frame
        that was kept.
    values
        Image parameters; gaps and overlaps shorter than ``coverage_least`` are rounding of positions.

    Returns
    -------
    coverage
        Table ``frame_coverage``, along each lane.
    """
    rows = [
        _stretches(lane, least=values["coverage_least"]).assign(**dict(zip(_LANE, place, strict=True)))
        for place, lane in frames.groupby(_LANE, sort=True)
    ]
    again = doubled.assign(
        kind="doubled",
        from_m=doubled["measure_m"],
        to_m=doubled["measure_m"] + doubled["length_m"],
        before=doubled["as_frame"],
        after=doubled["frame"],
    )
    columns = list(schema("frame_coverage").index)
    # of a survey without a frame there is nothing to tell
    filled = [part[columns] for part in (*(r.reindex(columns=columns) for r in rows), again) if len(part)]
    if not rows or not filled:
        return pd.DataFrame(columns=columns)
    table = pd.concat(filled, ignore_index=True).assign(length_m=lambda t: t["to_m"] - t["from_m"])
    return table.sort_values([*_LANE, "from_m", "kind"], kind="stable", ignore_index=True)


def _stretches(lane: pd.DataFrame, *, least: float) -> pd.DataFrame:
    """Return kind, from_m, to_m, before and after of what one lane's frames leave out or see twice."""
    lane = lane.assign(end=lane["measure_m"] + lane["length_m"]).sort_values(["measure_m", "end"], kind="stable")
    judged = lane[lane["usable"].astype(bool)]
    borders = _borders(np.concatenate([lane["measure_m"], lane["end"]]))
    every, good = (_seen(part, borders) for part in (lane, judged))
    kind = np.select([every == 0, good == 0, good > 1], ["gap", "unjudged", "overlap"], "")
    first = np.flatnonzero(np.r_[True, kind[1:] != kind[:-1]])
    found = pd.DataFrame(
        {
            "kind": kind[first],
            "from_m": borders[first],
            "to_m": borders[np.r_[first[1:], len(kind)]],
            "before": "",
            "after": "",
        }
    )
    found = found[(found["kind"] != "") & (found["to_m"] - found["from_m"] >= least - _SLACK)]
    for sort, of, beside in (("gap", lane, _around), ("unjudged", judged, _around), ("overlap", judged, _seeing)):
        rows = found["kind"] == sort
        if rows.any():
            found.loc[rows, "before"], found.loc[rows, "after"] = beside(of, found[rows])
    return found


def _borders(places: Floats) -> Floats:
    """Return places in order, those that differ by rounding only once. [m]"""
    ordered = np.unique(places)
    return np.asarray(ordered[np.r_[True, np.diff(ordered) > _SLACK]], float)


def _seen(frames: pd.DataFrame, borders: Floats) -> NDArray[np.int64]:
    """Return how many of some frames see each stretch between two borders."""
    change = np.zeros(len(borders), np.int64)
    for column, step in (("measure_m", 1), ("end", -1)):
        np.add.at(change, np.searchsorted(borders, frames[column].to_numpy(float) + _SLACK, side="right") - 1, step)
    return np.asarray(np.cumsum(change)[:-1])


def _around(frames: pd.DataFrame, found: pd.DataFrame) -> tuple[Names, Names]:
    """Return the last frame that ends before each stretch, and the first that begins after it."""
    by_end = frames.sort_values("end", kind="stable")
    last = np.searchsorted(by_end["end"].to_numpy(float), found["from_m"].to_numpy(float) + _SLACK, side="right")
    next_one = np.searchsorted(frames["measure_m"].to_numpy(float), found["to_m"].to_numpy(float) - _SLACK)
    # before the first and after the last frame there is none
    return np.r_[[""], _names(by_end)][last], np.r_[_names(frames), [""]][next_one]


def _seeing(frames: pd.DataFrame, found: pd.DataFrame) -> tuple[Names, Names]:
    """Return the frame that sees each overlap from its beginning on, and the last that begins in it."""
    begin, end, low = (part.to_numpy(float) for part in (frames["measure_m"], frames["end"], found["from_m"]))
    count = np.searchsorted(begin, low - _SLACK)
    # of those that begin before it the one that reaches furthest; where none reaches it, the first that begins there
    furthest = np.maximum.accumulate(np.where(end >= np.maximum.accumulate(end), np.arange(len(end)), 0))
    before = furthest[np.maximum(count - 1, 0)]
    before = np.where((count > 0) & (end[before] > low + _SLACK), before, count)
    after = np.searchsorted(begin, found["to_m"].to_numpy(float) - _SLACK) - 1
    return _names(frames)[before], _names(frames)[after]


def _names(frames: pd.DataFrame) -> Names:
    return np.asarray(frames["frame"].astype(str), object)


def said(coverage: pd.DataFrame) -> list[str]:
    """Return a message a lane that has gaps or doubled frames; overlaps alone are how surveys are driven."""
    told = []
    for (route, direction, lane), rows in coverage.groupby(_LANE, sort=True):
        sums = rows.groupby("kind")["length_m"].agg(["size", "sum"])
        if set(sums.index) - {"overlap"}:
            told.append(f"{route} {direction} lane {lane}: {' '.join(_sentences(sums))}")
    return told


def _sentences(sums: pd.DataFrame) -> list[str]:
    """Return a sentence for each kind that there is, with its number and length [m]."""
    words = {
        "gap": "Gaps: {count:,.0f}, {length:,.1f} m in all.",
        "unjudged": "Not judged: {count:,.0f}, {length:,.1f} m in all.",
        "overlap": "Overlaps: {count:,.0f}, {length:,.1f} m in all.",
        "doubled": "Frames given twice: {count:,.0f}.",
    }
    return [
        words[kind].format(count=sums.loc[kind, "size"], length=sums.loc[kind, "sum"])
        for kind in _KINDS
        if kind in sums.index
    ]
