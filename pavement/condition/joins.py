"""Joins of stretches to cells by overlap, and the long form that context values share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import union_categoricals

from pavement.schema import measured_kinds

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# wider than any route [m], so that routes laid end to end on one axis never touch
_APART = 1e8
_KEYS = ["route", "direction", "lane"]
QUALITIES = ["measured", "partial", "recorded", "estimated", "unverified"]
COLUMNS = ["cell", "year", "kind", "value", "coverage", "quality", "method", "surveyed_on", "run"]


class Labels(NamedTuple):
    """Text of each cell and year as codes into a list; code -1 is no text."""

    codes: NDArray[np.signedinteger]
    names: list[str]


def overlaps(stretches: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """
    Return one row for each overlap of a stretch with a cell.

    Parameters
    ----------
    stretches
        Columns route, direction, from_m, to_m [m]; lane where it matters: empty means every lane.
    cells
        Table ``cells``; cells of one lane do not overlap.

    Returns
    -------
    overlaps
        Columns stretch, cell (positions in the two tables, from 0), start (measure where they meet) and length [m].
    """
    at = _with_groups(stretches, cells)
    order, low, high = _sorted_cells(cells)
    start, end = (at["group"].to_numpy() * _APART + at[c].to_numpy(float) for c in ("from_m", "to_m"))
    first = np.searchsorted(high, start, side="right")
    count = np.clip(np.searchsorted(low, end, side="left") - first, 0, None)
    row = np.repeat(np.arange(len(at)), count)
    hit = np.repeat(first - np.cumsum(count) + count, count) + np.arange(count.sum())
    begin = np.maximum(start[row], low[hit])
    length = np.minimum(end[row], high[hit]) - begin
    kept = length > 1e-6
    return pd.DataFrame(
        {
            "stretch": at["stretch"].to_numpy()[row[kept]],
            "cell": order[hit[kept]],
            "start": (begin - at["group"].to_numpy()[row] * _APART)[kept],
            "length": length[kept],
        }
    )


def _with_groups(stretches: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Return stretches with the number of their lane's group; those of every lane stand once for each."""
    groups = _groups(cells)
    lane = stretches["lane"].fillna("").astype(str) if "lane" in stretches else pd.Series("", index=stretches.index)
    base = stretches[["route", "direction", "from_m", "to_m"]].assign(lane=lane, stretch=np.arange(len(stretches)))
    every = base["lane"] == ""
    spread = base[every].drop(columns="lane").merge(groups, on=["route", "direction"])
    return pd.concat([base[~every].merge(groups, on=_KEYS), spread], ignore_index=True)


def _groups(cells: pd.DataFrame) -> pd.DataFrame:
    groups = cells[_KEYS].drop_duplicates().astype({"lane": str})
    return groups.assign(group=np.arange(len(groups)))


def _sorted_cells(cells: pd.DataFrame) -> tuple[Ints, Floats, Floats]:
    """Return positions of cells sorted along one axis of all lanes, and their ends on it. [m]"""
    group = pd.DataFrame(cells[_KEYS]).merge(_groups(cells), on=_KEYS, how="left")["group"].to_numpy()
    low, high = (group * _APART + cells[c].to_numpy(float) for c in ("from_m", "to_m"))
    order = np.argsort(low, kind="stable")
    return order, low[order], high[order]


def lane_counts(cells: pd.DataFrame) -> Ints:
    """Return how many numbered lanes the direction has at the middle of each cell."""
    way = cells.groupby(["route", "direction"], sort=False).ngroup().to_numpy() * _APART
    numbered = cells["lane"].astype(str).str.isdigit().to_numpy()
    low, high = (np.sort((way + cells[c].to_numpy(float))[numbered]) for c in ("from_m", "to_m"))
    middle = way + (cells["from_m"].to_numpy(float) + cells["to_m"].to_numpy(float)) / 2
    begun, ended = (np.searchsorted(borders, middle, side="right") for borders in (low, high))
    return begun - ended


def source_runs(frame: pd.DataFrame) -> pd.Series:
    """Return the run each row came with, empty where the table carries none."""
    runs = frame["run"] if "run" in frame else pd.Series("", index=frame.index)
    return runs.fillna("").astype(str)


def label_grid(shape: tuple[int, int], rows: Ints, columns: Ints, names: pd.Series) -> Labels:
    """Return the text of each cell and year; where several meet the last one given stays."""
    codes, uniques = pd.factorize(names)
    grid = np.full(shape, -1, dtype=np.int32)
    grid[rows, columns] = codes
    return Labels(grid, uniques.astype(str).tolist())


def long_values(
    cells: pd.DataFrame,
    years: Sequence[int],
    kind: str,
    value: Floats,
    *,
    coverage: Floats,
    quality: str | NDArray[np.str_],
    run: Labels,
    method: str | Labels,
) -> pd.DataFrame:
    """
    Return the long form of values of shape (cells, years); missing values give no row.

    Parameters
    ----------
    coverage
        Share of each cell known, broadcast to the shape of `value`. [-]
    quality
        Word of :data:`QUALITIES`, or words broadcast to the shape.
    run, method
        Text of each value, broadcast.

    Returns
    -------
    values
        Columns :data:`COLUMNS`, the text ones categorical because they repeat millions of times.
    """
    at, when = np.nonzero(np.isfinite(value))

    def taken(grid: NDArray[np.generic]) -> NDArray[np.generic]:
        return np.broadcast_to(grid if grid.ndim == 2 else np.reshape(grid, (-1, 1)), value.shape)[at, when]

    words = method if isinstance(method, Labels) else Labels(np.zeros((1, 1), dtype=np.int8), [method])
    qualities = np.array([[quality]]) if isinstance(quality, str) else quality
    kinds = list(measured_kinds())
    known = np.searchsorted(QUALITIES, taken(qualities), sorter=np.argsort(QUALITIES))
    frame = {
        "cell": pd.Categorical.from_codes(at, categories=pd.Index(cells["cell"].astype(str))),
        "year": np.asarray(years, dtype=np.int16)[when],
        "kind": pd.Categorical.from_codes(np.full(len(at), kinds.index(kind), dtype=np.int8), categories=kinds),
        "value": value[at, when],
        "coverage": taken(coverage),
        "quality": pd.Categorical.from_codes(np.argsort(QUALITIES)[known], categories=QUALITIES),
        "method": pd.Categorical.from_codes(taken(words.codes), categories=words.names),
        "surveyed_on": np.full(len(at), np.datetime64("NaT", "s")),
        "run": pd.Categorical.from_codes(taken(run.codes), categories=run.names),
    }
    return pd.DataFrame(frame)[COLUMNS]


def stacked(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return frames of :func:`long_values` one below the other, text still categorical."""
    filled = [f for f in frames if len(f)]
    if not filled:
        return pd.DataFrame({c: [] for c in COLUMNS}).astype({"year": "int16", "value": float, "coverage": float})
    joined = {}
    for column in COLUMNS:
        parts = [f[column] for f in filled]
        if isinstance(parts[0].dtype, pd.CategoricalDtype):
            joined[column] = pd.Series(union_categoricals(parts))
        else:
            joined[column] = pd.concat(parts, ignore_index=True)
    return pd.DataFrame(joined)
