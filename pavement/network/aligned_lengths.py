"""Treatment lengths cut at one place on all lanes of a carriageway, so that work leaves no half lane behind."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.network.joining import TOUCH, in_order, names, runs
from pavement.network.treatment_lengths import treatment_lengths

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_ROAD = ["route", "direction"]


def aligned_lengths(
    cells: pd.DataFrame, *, minimum: float, maximum: float, key: str, method: str = "likeness"
) -> pd.DataFrame:
    """
    Return the treatment length that each cell belongs to, with the same borders on all lanes of a route and direction.

    The carriageway is cut by the mean of `key` over its lanes; the part of each lane is a treatment length. A lane that
    begins, ends or breaks off on the way has a shorter one, or several.

    Parameters
    ----------
    cells, minimum, maximum, key, method
        As of :func:`pavement.network.treatment_lengths.treatment_lengths`.

    Returns
    -------
    frame
        Columns cell, unit in the order and index of `cells`. Where cells of two lanes do not begin at the same place, a
        border lies within a cell of one of them, and the cell belongs to the side of its middle.
    """
    if cells.empty:
        return treatment_lengths(cells, minimum=minimum, maximum=maximum, key=key, method=method)
    order = in_order(cells)
    line = cells.iloc[order]
    lane = runs(line)
    rows = _rows(line, key)
    cut = treatment_lengths(rows, minimum=minimum, maximum=maximum, key=key, method=method)["unit"]
    section = np.unique(cut.to_numpy(str), return_inverse=True)[1]
    own = section[_row_of_middle(line, rows)]
    group = np.cumsum((np.diff(lane, prepend=-1) != 0) | (np.diff(own, prepend=-1) != 0)) - 1
    unit = names(line, group)[np.argsort(order)]
    return pd.DataFrame({"cell": cells["cell"], "unit": unit}, index=cells.index)


def _roads(line: pd.DataFrame) -> Ints:
    return np.asarray(line.groupby(_ROAD, sort=True).ngroup().to_numpy(np.int64))


def _rows(line: pd.DataFrame, key: str) -> pd.DataFrame:
    """Return rows across all lanes between the ends of cells, with the mean of the lanes; only where there is one."""
    road = _roads(line)
    start, end = line["from_m"].to_numpy(float), line["to_m"].to_numpy(float)
    # a road after the other on one axis, so that all are cut at once
    step = float(end.max() - start.min()) + 1.0
    low, high = start - start.min() + road * step, end - start.min() + road * step
    borders = np.unique(np.round(np.concatenate([low, high]), 3))
    borders = borders[np.concatenate([[True], np.diff(borders) > TOUCH])]
    first, last = np.searchsorted(borders, low - TOUCH), np.searchsorted(borders, high - TOUCH)
    sizes = last - first
    cell = np.repeat(np.arange(len(line)), sizes)
    row = np.repeat(first, sizes) + np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    value = line[key].to_numpy(float)[cell]
    known = ~np.isnan(value)
    count = np.bincount(row, known, minlength=len(borders))
    total = np.bincount(row, np.nan_to_num(value), minlength=len(borders))
    held, at = np.unique(row, return_index=True)
    mean = np.divide(total, count, out=np.full(len(borders), np.nan), where=count > 0)[held]
    of_road = road[cell[at]]
    back = start.min() - of_road * step
    place = line[_ROAD].iloc[cell[at]].reset_index(drop=True)
    return place.assign(
        cell=[f"row-{n}" for n in range(len(held))], lane="all", from_m=np.round(borders[held] + back, 3),
        to_m=np.round(borders[held + 1] + back, 3), **{key: mean},
    )  # fmt: skip


def _row_of_middle(line: pd.DataFrame, rows: pd.DataFrame) -> Ints:
    """Return the number of the row that the middle of each cell lies in."""
    keys = [*_ROAD]
    middle = line[keys].assign(at=(line["from_m"] + line["to_m"]) / 2, place=np.arange(len(line))).sort_values("at")
    begins = rows[keys].assign(at=rows["from_m"], row=np.arange(len(rows))).sort_values("at")
    found = pd.merge_asof(middle, begins, on="at", by=keys).sort_values("place")
    return np.asarray(found["row"].to_numpy(np.int64))
