"""The segment table: one row a cell and year, every kind with its run and quality."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.condition.cell_bearing import bearing_values
from pavement.condition.cell_climate import climate_values
from pavement.condition.cell_history import history_values
from pavement.condition.cell_structure import structure_values
from pavement.condition.cell_traffic import cell_traffic, traffic_values
from pavement.condition.good_fair_poor import section_grade
from pavement.condition.joins import stacked
from pavement.condition.survey_day import ENDING
from pavement.schema import measures

_PLACE = ["cell", "route", "direction", "lane", "from_m", "to_m"]


def context_values(
    cells: gpd.GeoDataFrame,
    *,
    traffic: pd.DataFrame,
    stations: pd.DataFrame,
    weather: pd.DataFrame,
    layers: pd.DataFrame,
    works: pd.DataFrame,
    years: Iterable[int],
    fwd: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """
    Return traffic, climate, structure, bearing and history of cells by year, as rows of ``cell_values``.

    Parameters
    ----------
    cells
        Table ``cells`` in the working frame.
    traffic, stations, weather, layers, works, fwd
        Tables of those names, any of them empty; a column ``run`` is carried to the values. Works and layers with an
        empty lane count for every lane.
    years
        Years to give values for; traffic is filled from counted years, layers from the nearest survey, climate and
        bearing not.

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
    loads = None
    if len(traffic):
        loads = cell_traffic(cells, traffic, [*wanted, *_work_years(works)])
        parts.append(traffic_values(cells, loads, wanted))
    if len(weather) and len(stations):
        parts.append(climate_values(cells, stations, weather, wanted))
    if len(layers):
        parts.append(structure_values(cells, layers, wanted, works=works))
    if fwd is not None and len(fwd):
        parts.append(bearing_values(cells, fwd, layers=layers, works=works, years=wanted))
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
        latest date among the values chosen), ``condition`` (good, fair, poor or empty), and for each kind in the
        table of measures or in `values` the columns ``<kind>``, ``<kind>_run`` and ``<kind>_quality``; for kinds with
        any dated value ``<kind>_surveyed_on`` too, since cameras and profilers seldom pass on one day.
    """
    frames = [values] if isinstance(values, pd.DataFrame) else list(values)
    frames = [f[f["cell"].isin(cells["cell"])] for f in frames if len(f)]
    index = pd.Index(cells["cell"].astype(str))
    keys = [_keys(f, index) for f in frames]
    rows = np.unique(np.concatenate([np.empty(0, dtype=np.int64), *keys]))
    columns: dict[str, object] = {}
    surveyed = np.full(len(rows), np.datetime64("NaT", "s"))
    for kind in _kinds(frames):
        chosen = _chosen(frames, keys, kind)
        columns |= _columns(kind, chosen, rows)
        at = np.searchsorted(rows, chosen["key"])
        surveyed[at] = np.fmax(surveyed[at], chosen["surveyed_on"].to_numpy("datetime64[s]"))
    place = cells.iloc[rows // _YEARS]
    table = pd.DataFrame({c: place[c].to_numpy() for c in _PLACE} | {"year": rows % _YEARS, "surveyed_on": surveyed})
    table = pd.concat([table, pd.DataFrame(columns, index=table.index)], axis=1)
    table.insert(table.columns.get_loc("surveyed_on") + 1, "condition", section_grade(table))
    if materials is not None:
        named = materials.astype(dict.fromkeys(set(materials) - {"cell", "year"}, "category"))
        table = table.merge(named, on=["cell", "year"], how="left", validate="one_to_one")
    return gpd.GeoDataFrame(table, geometry=place.geometry.to_numpy(), crs=cells.crs)


# makes one growing key of cell and year
_YEARS = 10_000


def _keys(values: pd.DataFrame, index: pd.Index) -> NDArray[np.int64]:
    cell = values["cell"]
    if isinstance(cell.dtype, pd.CategoricalDtype):
        position = index.get_indexer(cell.cat.categories.astype(str))[cell.cat.codes.to_numpy()]
    else:
        position = index.get_indexer(cell)
    return position.astype(np.int64) * _YEARS + values["year"].to_numpy(dtype=np.int64)


def _kinds(frames: Sequence[pd.DataFrame]) -> list[str]:
    listed = measures().index.tolist()
    present = sorted({str(k) for f in frames for k in f["kind"].unique()} - set(listed))
    return listed + present


def _chosen(frames: Sequence[pd.DataFrame], keys: Sequence[NDArray[np.int64]], kind: str) -> pd.DataFrame:
    """Return the value that stands for each cell and year of a kind: columns key, value, run, quality, surveyed_on."""
    parts = [_of_kind(f, k, kind) for f, k in zip(frames, keys, strict=True)]
    found = pd.concat([p for p in parts if len(p)] or [_of_kind(_NO_VALUES, np.empty(0, dtype=np.int64), kind)])
    found = found.sort_values(["key", "coverage", "surveyed_on"], kind="stable", na_position="first")
    return found.drop_duplicates("key", keep="last")


_NO_VALUES = pd.DataFrame({c: [] for c in ("kind", "value", "coverage", "surveyed_on", "run", "quality")})


def _of_kind(values: pd.DataFrame, keys: NDArray[np.int64], kind: str) -> pd.DataFrame:
    of = (values["kind"] == kind).to_numpy(bool)
    part = values.loc[of, ["value", "coverage", "run", "quality"]]
    dates = pd.to_datetime(values.loc[of, "surveyed_on"]).to_numpy("datetime64[s]")
    return part.assign(key=keys[of], surveyed_on=dates).reset_index(drop=True)


def _columns(kind: str, chosen: pd.DataFrame, rows: NDArray[np.int64]) -> dict[str, object]:
    at = np.searchsorted(rows, chosen["key"])
    value = np.full(len(rows), np.nan)
    value[at] = chosen["value"].to_numpy(float)
    columns: dict[str, object] = {kind: value}
    for name in ("run", "quality"):
        codes, words = pd.factorize(chosen[name].astype(object))
        grid = np.full(len(rows), -1, dtype=np.int32)
        grid[at] = codes
        columns[f"{kind}_{name}"] = pd.Categorical.from_codes(grid, categories=pd.Index(words, dtype=str))
    if chosen["surveyed_on"].notna().any():
        days = np.full(len(rows), np.datetime64("NaT", "s"))
        days[at] = chosen["surveyed_on"].to_numpy("datetime64[s]")
        columns[f"{kind}{ENDING}"] = days
    return columns
