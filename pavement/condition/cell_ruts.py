"""Ruts of each wheel path of cells, by the method they were measured with."""

from __future__ import annotations

import pandas as pd

from pavement.condition.joins import overlaps

_KEYS = ["cell", "side", "method"]
COLUMNS = [*_KEYS, "surveyed_on", "run", "rut_mm", "seen_m"]


def newest_ruts(ruts: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """
    Return the newest rut depth of each wheel path of cells by each method; methods are never mixed.

    Parameters
    ----------
    ruts
        Table ``wheel_path_ruts`` with the run of each row.
    cells
        Table ``cells``.

    Returns
    -------
    found
        One row a cell, wheel path and method: surveyed_on and run of the survey that tells it, the newest; rut_mm, its
        mean by length [mm], and seen_m, the length it rests on [m].
    """
    if ruts.empty or cells.empty:
        return pd.DataFrame({c: [] for c in COLUMNS})
    at = overlaps(ruts, cells)
    rows = ruts.iloc[at["stretch"]].reset_index(drop=True)
    rows = rows.assign(
        cell=cells["cell"].astype(str).to_numpy()[at["cell"]],
        run=rows["run"].astype(str),
        seen_m=at["length"].to_numpy(),
    )
    rows = rows.assign(weighted=rows["rut_mm"] * rows["seen_m"])
    sums = rows.groupby([*_KEYS, "run"], sort=True).agg(
        surveyed_on=("surveyed_on", "max"), weighted=("weighted", "sum"), seen_m=("seen_m", "sum")
    )
    sums = sums.assign(rut_mm=sums["weighted"] / sums["seen_m"]).reset_index()
    newest = sums.sort_values(["surveyed_on", "seen_m"], kind="stable").drop_duplicates(_KEYS, keep="last")
    return newest.sort_values(_KEYS, ignore_index=True)[COLUMNS]
