"""Joining: neighbouring cells of a lane put together, the most alike first."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.errors import PlanError

PLACE = ["route", "direction", "lane"]
# metres: two cells touch when their ends differ by less
TOUCH = 1e-3


def in_order(cells: pd.DataFrame) -> NDArray[np.intp]:
    """Return the positions of cells sorted by lane and place."""
    return np.lexsort((cells["from_m"], cells["lane"], cells["direction"], cells["route"]))


def runs(line: pd.DataFrame) -> NDArray[np.int64]:
    """Return the number of the unbroken run that each sorted cell lies in."""
    start, end = line["from_m"].to_numpy(float), line["to_m"].to_numpy(float)
    same = (line[PLACE].astype(str).to_numpy()[1:] == line[PLACE].astype(str).to_numpy()[:-1]).all(axis=1)
    gap = start[1:] - end[:-1]
    if (same & (gap < -TOUCH)).any():
        at = int(np.flatnonzero(same & (gap < -TOUCH))[0])
        raise PlanError(
            f"Cells {line['cell'].iloc[at]} and {line['cell'].iloc[at + 1]} overlap.",
            cure="Give each cell once: one row a cell, not one a year.",
        )
    return np.concatenate([[0], np.cumsum(~same | (gap > TOUCH))])


def joined(
    run: NDArray[np.int64],
    length: NDArray[np.float64],
    value: NDArray[np.float64],
    *,
    maximum: float,
    minimum: float,
    tolerance: float,
    group: NDArray[np.int64] | None = None,
) -> NDArray[np.int64]:
    """
    Return groups of cells after joining neighbours round by round.

    With `minimum` 0 any two alike may join; else one of the two must be shorter than `minimum`.
    """
    group = np.arange(len(run)) if group is None else group
    while True:
        first = np.flatnonzero(np.diff(group, prepend=-1))
        metres = np.add.reduceat(length, first)
        known = np.add.reduceat(np.where(np.isnan(value), 0.0, length), first)
        total = np.add.reduceat(np.nan_to_num(value) * length, first)
        mean = np.divide(total, known, out=np.full(len(first), np.nan), where=known > 0)
        unlike = _difference(mean[:-1], mean[1:])
        shorter = np.minimum(metres[:-1], metres[1:])
        allowed = (
            (run[first][1:] == run[first][:-1])
            & (metres[:-1] + metres[1:] <= maximum + TOUCH)
            & (unlike <= tolerance)
            & ((minimum == 0) | (shorter < minimum - TOUCH))
        )
        # Ward's measure: little is lost where the two are alike or one is short
        loss = unlike**2 * metres[:-1] * metres[1:] / (metres[:-1] + metres[1:])
        join = _least_of_three(np.where(allowed, loss, np.inf))
        if not join.any():
            return group
        group = np.concatenate([[0], np.cumsum(~join)])[np.cumsum(np.diff(group, prepend=0) > 0)]


def _difference(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how unlike two values are: 0 when both are unknown, beyond any tolerance but finite when one is."""
    beyond = 1e6
    gap = np.where(np.isnan(left) == np.isnan(right), 0.0, beyond)
    return np.where(np.isnan(left) | np.isnan(right), gap, np.abs(left - right))


def _least_of_three(loss: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return joints whose loss is finite and below that of both neighbours."""
    # equals are told apart by a scramble of their place, else a uniform lane would join one pair a round
    scramble = (np.arange(len(loss)) * 2654435761) % 2**32
    less = (loss[1:] < loss[:-1]) | ((loss[1:] == loss[:-1]) & (scramble[1:] < scramble[:-1]))
    return np.isfinite(loss) & np.append(True, less)[: len(loss)] & np.append(~less, True)[: len(loss)]


def names(line: pd.DataFrame, group: NDArray[np.int64]) -> NDArray[np.object_]:
    """Return the id of each sorted cell's group, which tells where it lies: ``n1-s-2-025300-026100``."""
    first = np.flatnonzero(np.diff(group, prepend=-1))
    last = np.append(first[1:], len(group)) - 1
    head = line.iloc[first]
    lane = head["lane"].astype(str).str.lower().str.replace("_", "", regex=False)
    parts = [head["route"].astype(str).str.lower(), head["direction"].astype(str).str.lower(), lane]
    ends = [
        m.round().astype(int).astype(str).str.zfill(6).to_numpy(object)
        for m in (head["from_m"], line["to_m"].iloc[last])
    ]
    place = parts[0] + "-" + parts[1] + "-" + parts[2]
    return (place.to_numpy(object) + "-" + ends[0] + "-" + ends[1])[group]
