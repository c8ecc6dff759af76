"""Structure of cells by year: thickness sums and structural number from layer records."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.condition.cell_history import cell_works, decimal_year
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


def structure_values(
    cells: pd.DataFrame, layers: pd.DataFrame, years: Sequence[int], *, works: pd.DataFrame | None = None
) -> pd.DataFrame:
    """
    Return asphalt_mm, base_mm [mm] and sn of cells in long form.

    Each year takes the newest survey of the cell's layers on or before its end, else the oldest one after it. A
    survey without a date holds for every year before the first dated one. Works since that survey add what they paved
    and take what they milled (``treatments.csv``); such values are of quality ``estimated``.
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
    added = np.where(known, _added(cells, works, stacks, row, np.asarray(years)), 0.0)
    per_mm = {"asphalt_mm": 1.0, "base_mm": 0.0, "sn": _asphalt_share()}
    parts = []
    for kind in _KINDS:
        quality, method = _WORDS[kind]
        since = added * per_mm[kind]
        value = np.where(known, np.maximum(stacks[kind].to_numpy(float)[row] + since, 0.0), np.nan)
        parts.append(
            long_values(
                cells,
                years,
                kind,
                value,
                coverage=coverage,
                quality=np.where(since != 0, "estimated", quality),
                run=run,
                method=Labels((since != 0).astype(np.int8), [method, f"{method}, and works since"]),
            )
        )
    return stacked(parts)


def _asphalt_share() -> float:
    """Return what a millimetre of asphalt adds to the structural number. [1/mm]"""
    return float(structural_share(pd.DataFrame({"kind": ["asphalt"], "thickness_mm": [1.0]})).iloc[0])


def _added(
    cells: pd.DataFrame,
    works: pd.DataFrame | None,
    stacks: pd.DataFrame,
    row: NDArray[np.int64],
    years: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return the asphalt that works added to each cell from its survey to the end of each year. [mm]"""
    if works is None or works.empty:
        return np.zeros(row.shape)
    done = cell_works(cells, works)
    keys = (done["cell"] * _YEARS + done["completed"]).to_numpy(float)
    total = np.concatenate([[0.0], done["net_mm"].cumsum().to_numpy(float)])
    every = np.arange(len(cells))[:, None] * float(_YEARS)
    surveyed = stacks["day"].to_numpy(float)[row]
    # the year ends before the first day of the next; half a day in years
    until = np.maximum(years[None, :] + 1.0 - 0.5 / 366, surveyed)
    # works of the cells before cancel out in the difference
    last, first = (np.searchsorted(keys, every + when, side="right") for when in (until, surveyed))
    return np.asarray(total[last] - total[first])


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
            "day": np.where(dated.notna(), decimal_year(dated), 0.0),
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
    return sums.assign(length=covered, run=grouped["run"].last(), day=grouped["day"].max()).reset_index()


def _newest(stacks: pd.DataFrame, count: int, years: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the row of `stacks` that holds for each cell and year, -1 where the cell has none."""
    cell = stacks["cell"].to_numpy()
    key = cell * _YEARS + stacks["survey"].to_numpy()
    every = np.arange(count)[:, None]
    newest = np.searchsorted(key, every * _YEARS + years[None, :], side="right") - 1
    row = np.maximum(newest, np.searchsorted(cell, every, side="left"))
    own = (row < len(cell)) & (np.append(cell, -1)[np.minimum(row, len(cell))] == every)
    return np.where(own, row, -1)
