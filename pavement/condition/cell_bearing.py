"""Bearing of cells in the years of deflection surveys: drops met with the layers that lay there on the day."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from pavement.condition.joins import COLUMNS, overlaps, stacked
from pavement.condition.layer_stack import layer_stacks, stack_sums
from pavement.measures.back_calculation import KINDS, bearing, place_basins

# a drop is a place: a stretch too short to reach the next cell [m]
_POINT = 1e-3
_GROUND = ["thickness_mm", "asphalt_mm", "concrete_mm"]


def bearing_values(
    cells: gpd.GeoDataFrame, drops: pd.DataFrame, *, layers: pd.DataFrame, works: pd.DataFrame, years: Sequence[int]
) -> pd.DataFrame:
    """
    Return d0_corrected [um], subgrade_modulus, pavement_modulus [MPa] and sn_effective of cells in long form.

    Parameters
    ----------
    cells, layers, works
        Tables of those names.
    drops
        Table ``fwd`` with ``run``.
    years
        Years wanted; only those with a survey give values.

    Returns
    -------
    values
        Columns of ``cell_values``, each the mean of the places in the cell, quality ``estimated`` because thickness and
        equations are not measured; the method is that of the most doubtful place, with its flags.
    """
    drops = drops[pd.to_datetime(drops["surveyed_on"]).dt.year.isin(list(years))]
    places, basins = place_basins(drops)
    cell = _cell_of(places, cells)
    on_cell = cell >= 0
    places, basins = places[on_cell].reset_index(drop=True), basins[on_cell].reset_index(drop=True)
    if places.empty:
        return stacked([])
    places["cell"] = cell[on_cell]
    found = bearing(places, basins, _ground(places, cells, layers, works))
    long = pd.concat([_of_kind(places, found, kind) for kind in KINDS], ignore_index=True)
    return _gathered(long, cells)


def _cell_of(places: pd.DataFrame, cells: gpd.GeoDataFrame) -> np.ndarray:
    """Return the position of the cell that each place lies in, -1 where it lies in none."""
    points = places.rename(columns={"measure_m": "from_m"}).assign(to_m=places["measure_m"] + _POINT)
    met = overlaps(points, cells).drop_duplicates("stretch")
    cell = np.full(len(places), -1)
    cell[met["stretch"].to_numpy(int)] = met["cell"].to_numpy(int)
    return cell


def _ground(places: pd.DataFrame, cells: gpd.GeoDataFrame, layers: pd.DataFrame, works: pd.DataFrame) -> pd.DataFrame:
    """Return what lies under each place on the day of its test, and where on earth that is."""
    days = places[["cell", "surveyed_on"]].drop_duplicates(ignore_index=True)
    nth = days.groupby("cell").cumcount()
    parts = []
    # as many steps as a cell has days of testing
    for _, now in days.groupby(nth):
        own = cells.iloc[now["cell"].to_numpy(int)]
        sums = stack_sums(layer_stacks(own, layers, works, on=now["surveyed_on"]), len(own))
        parts.append(now.reset_index(drop=True).join(sums[_GROUND]))
    ground = places[["cell", "surveyed_on"]].merge(pd.concat(parts), on=["cell", "surveyed_on"], how="left")
    middle = cells.geometry.iloc[places["cell"].to_numpy(int)].interpolate(0.5, normalized=True).to_crs("EPSG:4326")
    return ground.assign(latitude=middle.y.to_numpy(), longitude=middle.x.to_numpy())


def _of_kind(places: pd.DataFrame, found: pd.DataFrame, kind: str) -> pd.DataFrame:
    frame = places[["cell", "run", "surveyed_on"]].assign(kind=kind, value=found[kind], method=found["method"])
    return frame[frame["value"].notna()]


def _gathered(long: pd.DataFrame, cells: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the mean of each cell, year, kind and run as rows of ``cell_values``."""
    doubts = long.assign(year=pd.to_datetime(long["surveyed_on"]).dt.year, doubt=long["method"].str.count(";"))
    grouped = doubts.sort_values("doubt", kind="stable").groupby(["cell", "year", "kind", "run"], sort=True)
    means = grouped.agg(value=("value", "mean"), method=("method", "last"), surveyed_on=("surveyed_on", "max"))
    frame = means.reset_index().assign(coverage=0.0, quality="estimated")
    names = cells["cell"].astype(str).to_numpy()
    texts = {c: frame[c].astype(str).astype("category") for c in ("kind", "run", "quality", "method")}
    return frame.assign(
        cell=pd.Categorical(names[frame["cell"].to_numpy(int)]),
        year=frame["year"].astype("int16"),
        surveyed_on=pd.to_datetime(frame["surveyed_on"]).astype("datetime64[s]"),
        **texts,
    )[COLUMNS]
