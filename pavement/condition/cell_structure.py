"""Structure of cells by year: thickness sums and structural number from layer records."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.condition.joins import Labels, long_values, overlaps, source_runs, stacked
from pavement.measures.layers import layer_coefficients, structural_share

_KINDS = ("asphalt_mm", "base_mm", "sn")
_WORDS = {
    "asphalt_mm": ("recorded", "sum of layer records"),
    "base_mm": ("recorded", "sum of layer records"),
    "sn": ("estimated", "AASHTO 1993 on layer records, coefficients to confirm"),
}
# makes one growing key of cell and year
_YEARS = 10_000


def structure_values(cells: pd.DataFrame, layers: pd.DataFrame, years: Sequence[int]) -> pd.DataFrame:
    """
    Return asphalt_mm, base_mm [mm] and sn of cells in long form.

    Each year takes the newest survey of the cell's layers on or before its end, else the oldest one after it. A
    survey without a date holds for every year before the first dated one.
    """
    stacks = _stacks(cells, layers)
    if stacks.empty:
        return stacked([])
    row = _newest(stacks, len(cells), np.asarray(years))
    known = row >= 0
    size = (cells["to_m"] - cells["from_m"]).to_numpy(float)[:, None]
    codes, names = pd.factorize(stacks["run"])
    run = Labels(np.where(known, codes[row], -1), names.astype(str).tolist())
    coverage = np.where(known, np.clip(stacks["length"].to_numpy()[row] / size, 0, 1), 0.0)
    return stacked(
        [
            long_values(
                cells,
                years,
                kind,
                np.where(known, stacks[kind].to_numpy(float)[row], np.nan),
                coverage=coverage,
                quality=_WORDS[kind][0],
                run=run,
                method=_WORDS[kind][1],
            )
            for kind in _KINDS
        ]
    )


def _stacks(cells: pd.DataFrame, layers: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each cell and survey year, sorted: sums over its layers, length covered [m] and run."""
    joined = overlaps(layers, cells)
    if joined.empty:
        return joined
    rows = layers.iloc[joined["stretch"].to_numpy()].reset_index(drop=True)
    length = joined["length"]
    group = rows["kind"].map(layer_coefficients()["group"])
    dated = pd.to_datetime(rows["surveyed_on"]).fillna(pd.to_datetime(rows["placed_on"]))
    work = pd.DataFrame(
        {
            "cell": joined["cell"],
            "survey": dated.dt.year.fillna(0).astype(int),
            "layer": rows["layer"].astype(int),
            "length": length,
            "asphalt_mm": rows["thickness_mm"].where(group == "asphalt", 0.0) * length,
            "base_mm": rows["thickness_mm"].where(group == "base", 0.0) * length,
            "sn": structural_share(rows) * length,
            "run": source_runs(rows).to_numpy(),
        }
    )
    keys = ["cell", "survey"]
    # the layer on record over most of the cell tells the length covered; records that stand twice cancel out
    covered = work.groupby([*keys, "layer"])["length"].sum().groupby(level=keys).max()
    grouped = work.groupby(keys)
    sums = grouped[list(_KINDS)].sum(min_count=1).div(covered, axis=0)
    return sums.assign(length=covered, run=grouped["run"].last()).reset_index()


def _newest(stacks: pd.DataFrame, count: int, years: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the row of `stacks` that holds for each cell and year, -1 where the cell has none."""
    cell = stacks["cell"].to_numpy()
    key = cell * _YEARS + stacks["survey"].to_numpy()
    every = np.arange(count)[:, None]
    newest = np.searchsorted(key, every * _YEARS + years[None, :], side="right") - 1
    row = np.maximum(newest, np.searchsorted(cell, every, side="left"))
    own = (row < len(cell)) & (np.append(cell, -1)[np.minimum(row, len(cell))] == every)
    return np.where(own, row, -1)
