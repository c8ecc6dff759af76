"""Treatment lengths: neighbouring cells of one lane, alike in condition, that a crew can build in one go."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.errors import PlanError
from pavement.schema import read_table

_PLACE = ["route", "direction", "lane"]
# metres: two cells touch when their ends differ by less
_TOUCH = 1e-3


def treatment_lengths(
    cells: pd.DataFrame, *, minimum: float, maximum: float, key: str, tolerance: float | None = None
) -> pd.DataFrame:
    """
    Return the treatment length that each cell belongs to.

    Neighbours join while the mean of `key` on both sides differs by no more than `tolerance`, the most alike first;
    what is then still shorter than `minimum` joins the neighbour most like it. Nothing joins across a gap, a lane, a
    route or a direction, so only a lane's whole run may stay shorter than `minimum`.

    Parameters
    ----------
    cells
        Columns cell, route, direction, lane, from_m, to_m [m] and `key`; NaN where it was not measured.
    minimum, maximum
        Shortest and longest treatment length; `maximum` must be at least twice `minimum`. A length can miss either by
        as much as one cell, because cells are never cut. [m]
    key
        Column by which cells are alike.
    tolerance
        Difference in `key` up to which neighbours join; ``similarity`` in ``planning_parameters.csv`` when not given.

    Returns
    -------
    frame
        Columns cell, unit in the order and index of `cells`; the unit's id tells where it lies,
        ``n1-s-2-025300-026100``.

    Raises
    ------
    PlanError
        The limits exclude each other, or cells overlap.
    """
    if not 0 <= 2 * minimum <= maximum:
        raise PlanError(
            f"Treatment lengths of {minimum:g} to {maximum:g} m cannot be made.",
            cure="Set the longest to at least twice the shortest.",
        )
    if cells.empty:
        return pd.DataFrame({"cell": cells["cell"], "unit": pd.Series(dtype=str)}, index=cells.index)
    width = _similarity() if tolerance is None else tolerance
    order = np.lexsort((cells["from_m"], cells["lane"], cells["direction"], cells["route"]))
    line = cells.iloc[order]
    run = _runs(line)
    length = (line["to_m"] - line["from_m"]).to_numpy(float)
    value = line[key].to_numpy(float)
    group = _joined(run, length, value, maximum=maximum, minimum=0.0, tolerance=width)
    group = _joined(run, length, value, maximum=maximum, minimum=minimum, tolerance=np.inf, group=group)
    # a short rest between two long neighbours: join it all the same, then halve what is too long
    group = _joined(run, length, value, maximum=np.inf, minimum=minimum, tolerance=np.inf, group=group)
    group = _cut(group, length, maximum)
    names = pd.Series(_names(line, group), index=line.index)
    unit = pd.Series(names.to_numpy()[np.argsort(order)], index=cells.index)
    return pd.DataFrame({"cell": cells["cell"], "unit": unit}, index=cells.index)


def _similarity() -> float:
    return float(read_table("planning_parameters").set_index("name").loc["similarity", "value"])


def _runs(line: pd.DataFrame) -> NDArray[np.int64]:
    """Return the number of the unbroken run that each sorted cell lies in."""
    start, end = line["from_m"].to_numpy(float), line["to_m"].to_numpy(float)
    same = (line[_PLACE].astype(str).to_numpy()[1:] == line[_PLACE].astype(str).to_numpy()[:-1]).all(axis=1)
    gap = start[1:] - end[:-1]
    if (same & (gap < -_TOUCH)).any():
        at = int(np.flatnonzero(same & (gap < -_TOUCH))[0])
        raise PlanError(
            f"Cells {line['cell'].iloc[at]} and {line['cell'].iloc[at + 1]} overlap.",
            cure="Give each cell once: one row a cell, not one a year.",
        )
    return np.concatenate([[0], np.cumsum(~same | (gap > _TOUCH))])


def _joined(
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
            & (metres[:-1] + metres[1:] <= maximum + _TOUCH)
            & (unlike <= tolerance)
            & ((minimum == 0) | (shorter < minimum - _TOUCH))
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


def _cut(group: NDArray[np.int64], length: NDArray[np.float64], maximum: float) -> NDArray[np.int64]:
    """Return groups with those beyond `maximum` cut into equal parts, at the end of a cell."""
    first = np.flatnonzero(np.diff(group, prepend=-1))
    metres = np.add.reduceat(length, first)
    parts = np.maximum(1, np.ceil((metres - _TOUCH) / maximum))
    middle = np.cumsum(length) - length / 2
    start = (np.cumsum(length) - length)[first]
    part = np.floor((middle - start[group]) / (metres / parts)[group])
    return np.cumsum(np.diff(group * (parts.max() + 1) + part, prepend=-1) != 0) - 1


def _names(line: pd.DataFrame, group: NDArray[np.int64]) -> NDArray[np.object_]:
    first = np.flatnonzero(np.diff(group, prepend=-1))
    last = np.append(first[1:], len(group)) - 1
    head = line.iloc[first]
    lane = head["lane"].astype(str).str.lower().str.replace("_", "", regex=False)
    parts = [head["route"].astype(str).str.lower(), head["direction"].astype(str).str.lower(), lane]
    ends = [
        m.round().astype(int).astype(str).str.zfill(6).to_numpy(object)
        for m in (head["from_m"], line["to_m"].iloc[last])
    ]
    name = parts[0] + "-" + parts[1] + "-" + parts[2]
    return (name.to_numpy(object) + "-" + ends[0] + "-" + ends[1])[group]
