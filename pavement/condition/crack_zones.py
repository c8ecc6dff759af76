"""Cracks by zone of the lane, gathered onto cells: extent and severity as AASHTO R 85 reports them."""

from __future__ import annotations

import pandas as pd

from pavement.condition.joins import overlaps
from pavement.measures.cracking import LANE, ZONES
from pavement.measures.r85 import R85_TYPES
from pavement.measures.severity import severity
from pavement.schema import schema

_SURVEY = ["cell", "year", "run"]


def cell_zones(zones: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """
    Return the cracks of cells by year, zone and type.

    Parameters
    ----------
    zones
        Table ``crack_zones`` with the run of each row; stretches of one run do not overlap.
    cells
        Table ``cells``.

    Returns
    -------
    extents
        Rows of table ``cell_zones``. Where runs meet in one cell and year the one that saw most of it stands, of equal
        ones the one surveyed last. Lengths count by the share of their stretch that lies in the cell.
    """
    columns = list(schema("cell_zones").index)
    if zones.empty or cells.empty:
        return pd.DataFrame({c: [] for c in columns})
    at = overlaps(zones, cells)
    rows = zones.iloc[at["stretch"]].reset_index(drop=True)
    span = at["length"].to_numpy()
    share = span / (rows["to_m"] - rows["from_m"]).to_numpy(float)
    rows = rows.assign(
        cell=cells["cell"].astype(str).to_numpy()[at["cell"]],
        year=pd.to_datetime(rows["surveyed_on"]).dt.year,
        run=rows["run"].astype(str),
        length_m=rows["length_m"].to_numpy(float) * share,
        seen_m=span * (rows["zone"] == LANE).to_numpy(),
    )
    kept = _of_best_run(rows)
    sums = _sums(kept)
    place = cells[["cell", "route", "direction", "lane", "from_m", "to_m"]].astype({"cell": str})
    return sums.merge(place, on="cell")[columns]


def _of_best_run(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the run that saw most of each cell in each year, with seen_m as it saw. [m]"""
    runs = rows.groupby(_SURVEY, sort=True).agg(seen_m=("seen_m", "sum"), last=("surveyed_on", "max")).reset_index()
    best = runs.sort_values(["seen_m", "last"], kind="stable").drop_duplicates(["cell", "year"], keep="last")
    return rows.drop(columns="seen_m").merge(best[[*_SURVEY, "seen_m"]], on=_SURVEY)


def _sums(rows: pd.DataFrame) -> pd.DataFrame:
    weight = rows["length_m"].where(rows["width_mm"].notna(), 0.0)
    work = rows.assign(_weight=weight, _wide=rows["width_mm"].fillna(0.0) * weight)
    groups = work.groupby([*_SURVEY, "zone", "type"], sort=True)
    found = groups.agg(
        length_m=("length_m", "sum"),
        _weight=("_weight", "sum"),
        _wide=("_wide", "sum"),
        seen_m=("seen_m", "first"),
        surveyed_on=("surveyed_on", "max"),
        quality=("quality", "first"),
    ).reset_index()
    width = found["_wide"] / found["_weight"].where(found["_weight"] > 0)
    found = found.assign(per_100_m=100 * found["length_m"] / found["seen_m"], width_mm=width, kind="crack")
    found = found.assign(severity=severity(found))
    order = {name: at for at, name in enumerate([*ZONES, LANE])} | {name: at for at, name in enumerate(R85_TYPES)}
    keys = found["zone"].map(order), found["type"].map(order)
    return found.assign(_zone=keys[0], _type=keys[1]).sort_values(["cell", "year", "_zone", "_type"], ignore_index=True)
