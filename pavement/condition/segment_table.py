"""The segment table: one row a cell and year, every kind with its run and quality."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from pavement.condition.cell_bearing import bearing_values
from pavement.condition.cell_climate import climate_values
from pavement.condition.cell_history import history_values
from pavement.condition.cell_structure import structure_values
from pavement.condition.cell_traffic import cell_traffic, traffic_values
from pavement.condition.good_fair_poor import grade_basis, graded_kinds, section_grade
from pavement.condition.joins import stacked
from pavement.condition.standing_values import (
    YEARS,
    chosen_values,
    columns_of,
    index_kinds,
    keys_of,
    kinds_in,
    kinds_of,
    no_values,
)
from pavement.condition.surface_types import surface_types

_PLACE = ["cell", "route", "direction", "lane", "from_m", "to_m"]


# tables that the context of cells is made of
CONTEXT = ("traffic", "stations", "weather", "layers", "works", "calibration", "fwd")


def context_values(cells: gpd.GeoDataFrame, *, years: Iterable[int], **tables: pd.DataFrame) -> pd.DataFrame:
    """
    Return traffic, climate, structure, bearing and history of cells by year, as rows of ``cell_values``.

    Parameters
    ----------
    cells
        Table ``cells`` in the working frame.
    years
        Years to give values for; traffic is filled from counted years, layers from the nearest survey, climate and
        bearing not.
    tables
        traffic, stations, weather, layers, works, fwd and calibration, any of them empty or left out; a column ``run``
        is carried to the values. Works and layers with an empty lane count for every lane. Where points of the
        calibration have heights, temperatures are carried to the height of the cell.

    Returns
    -------
    values
        Columns cell, year, kind, value, coverage, quality, method, surveyed_on (of bearing only), run; text is
        categorical.
    """
    wanted = sorted({int(year) for year in years})
    parts: list[pd.DataFrame] = []
    if cells.empty or not wanted:
        return stacked(parts)
    given = {name: tables.get(name, pd.DataFrame()) for name in CONTEXT}
    traffic, layers, works = given["traffic"], given["layers"], given["works"]
    loads = None
    if len(traffic):
        loads = cell_traffic(cells, traffic, [*wanted, *_work_years(works)])
        parts.append(traffic_values(cells, loads, wanted))
    if len(given["weather"]) and len(given["stations"]):
        heights = given["calibration"] if len(given["calibration"]) else None
        parts.append(climate_values(cells, given["stations"], given["weather"], wanted, calibration=heights))
    if len(layers):
        parts.append(structure_values(cells, layers, wanted, works=works))
    if len(given["fwd"]):
        parts.append(bearing_values(cells, given["fwd"], layers=layers, works=works, years=wanted))
    if len(works):
        parts.append(history_values(cells, works, wanted, traffic=loads))
    return stacked(parts)


def _work_years(works: pd.DataFrame) -> list[int]:
    return [int(y) for y in pd.to_datetime(works["completed_on"]).dropna().dt.year.unique()] if len(works) else []


def segment_table(
    cells: gpd.GeoDataFrame,
    values: pd.DataFrame | Sequence[pd.DataFrame],
    *,
    materials: pd.DataFrame | None = None,
) -> gpd.GeoDataFrame:
    """
    Return the segment table.

    Parameters
    ----------
    cells
        Table ``cells``.
    values
        Table ``cell_values`` of any runs, or several such frames. Where runs meet in one cell, year and kind the
        value with the highest coverage stands, of equal ones the one surveyed last, of those the last given.

    materials
        From :func:`pavement.condition.cell_material.material_values`; its columns come last.

    Returns
    -------
    segments
        One row for each cell and year with any value: the cell's columns and geometry, ``year``, ``surveyed_on`` (the
        latest date among the values chosen), ``condition`` (good, fair, poor or empty) with ``condition_surveyed_on``
        and ``condition_coverage`` (oldest survey and least coverage of what it rests on), and for each kind in the
        table of measures or in `values` the columns ``<kind>``, ``<kind>_run`` and ``<kind>_quality``; for kinds with
        any dated value ``<kind>_surveyed_on`` too, since cameras and profilers seldom pass on one day; for condition
        indices ``<kind>_method`` and ``<kind>_coverage``, which say what they rest on.
    """
    frames = [values] if isinstance(values, pd.DataFrame) else list(values)
    frames = [f[f["cell"].isin(cells["cell"])] for f in frames if len(f)]
    index = pd.Index(cells["cell"].astype(str))
    keys = [keys_of(f, index) for f in frames]
    rows = np.unique(np.concatenate([np.empty(0, dtype=np.int64), *keys]))
    columns: dict[str, object] = {}
    surveyed = np.full(len(rows), np.datetime64("NaT", "s"))
    coverage: dict[str, object] = {}
    present, indices, graded_on = kinds_in(frames), index_kinds(), graded_kinds()
    for kind in kinds_of(frames):
        chosen = chosen_values(frames, keys, kind) if kind in present else no_values()
        columns |= columns_of(kind, chosen, rows, basis=kind in indices)
        at = np.searchsorted(rows, chosen["key"])
        if kind in graded_on:
            grid = np.full(len(rows), np.nan)
            grid[at] = chosen["coverage"].to_numpy(float)
            coverage[kind] = grid
        if kind not in indices:
            surveyed[at] = np.fmax(surveyed[at], chosen["surveyed_on"].to_numpy("datetime64[s]"))
    place = cells.iloc[rows // YEARS]
    table = pd.DataFrame({c: place[c].to_numpy() for c in _PLACE} | {"year": rows % YEARS, "surveyed_on": surveyed})
    table = pd.concat([table, pd.DataFrame(columns, index=table.index)], axis=1)
    if materials is not None:
        named = materials.astype(dict.fromkeys(set(materials) - {"cell", "year"}, "category"))
        table = table.merge(named, on=["cell", "year"], how="left", validate="one_to_one")
    surface = surface_types(table["surface_material"]) if "surface_material" in table else "asphalt"
    graded = grade_basis(table, pd.DataFrame(coverage, index=table.index), surface=surface)
    graded.insert(0, "condition", section_grade(table, surface=surface))
    for at, (name, column) in enumerate(graded.items()):
        table.insert(table.columns.get_loc("surveyed_on") + 1 + at, str(name), column)
    return gpd.GeoDataFrame(table, geometry=place.geometry.to_numpy(), crs=cells.crs)
