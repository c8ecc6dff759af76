"""Climate of cells by year: station years carried to cells by inverse distance and to their height by lapse rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from scipy.spatial import cKDTree

from pavement.condition.cell_heights import cell_heights
from pavement.condition.joins import Labels, long_values, source_runs, stacked
from pavement.measures.climate import KINDS, TEMPERATURE_KINDS, station_weights, yearly
from pavement.measures.limits import limit
from pavement.units import convert

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_BASIS = "inverse distance from stations"


def climate_values(
    cells: pd.DataFrame,
    stations: pd.DataFrame,
    weather: pd.DataFrame,
    years: Sequence[int],
    *,
    calibration: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """
    Return the yearly climate of cells in long form.

    A value is an estimate when the nearest station with that kind and year lies beyond ``station_near``, or when half
    or more of its weight comes from station years that are estimates themselves (T23). Cells with no station within
    ``station_far`` have no value; years without records have none either.

    Where calibration points of the route have heights, and the station has one, temperatures are carried to the height
    of the cell by ``lapse_rate`` day by day before anything is counted; else the method says so.
    """
    date = pd.to_datetime(weather["date"])
    # a winter begins in the year before
    near = date.dt.year.isin({year - back for year in years for back in (0, 1)})
    days = weather[near & weather["station"].isin(stations["station"])]
    places = stations.drop_duplicates("station", keep="last").set_index("station")
    carrier = _Carrier(_middles(cells), places, _runs(weather))
    heights = _Heights.of(cell_heights(cells, calibration))
    climate = _at_heights(days, places, heights, _latitudes(places, cells))
    climate = climate[climate["year"].isin(list(years))]
    return stacked([_kind_values(cells, climate[climate["kind"] == k], k, years, carrier, heights) for k in KINDS])


def _runs(weather: pd.DataFrame) -> pd.Series:
    year = pd.to_datetime(weather["date"]).dt.year.rename("year")
    return source_runs(weather).groupby([weather["station"], year]).last().fillna("").astype(str)


def _middles(cells: pd.DataFrame) -> Floats:
    middles = shapely.line_interpolate_point(cells["geometry"].to_numpy(), 0.5, normalized=True)
    return shapely.get_coordinates(middles)


def _latitudes(places: pd.DataFrame, cells: pd.DataFrame) -> dict[str, float]:
    """Return the latitude of stations, none where the frame of the cells is not known. [deg]"""
    crs = cells.crs if isinstance(cells, gpd.GeoDataFrame) else None
    if crs is None or places.empty:
        return {}
    change = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    _, latitude = change.transform(places["x"].to_numpy(float), places["y"].to_numpy(float))
    return dict(zip(places.index.astype(str), np.asarray(latitude, dtype=float), strict=True))


@dataclass(frozen=True)
class _Heights:
    """
    Where cells lie between heights that climate is worked out for.

    Attributes
    ----------
    levels
        The first is missing: as measured at the station. [m]
    low, share
        Level below each cell, and how far it lies towards the next. [-]
    """

    levels: Floats
    low: Ints
    share: Floats

    @classmethod
    def of(cls, heights: Floats) -> _Heights:
        known = np.isfinite(heights)
        if not known.any():
            return cls(np.array([np.nan]), np.zeros(len(heights), dtype=np.int64), np.zeros(len(heights)))
        step = limit("height_band")
        base = np.floor(heights[known].min() / step)
        count = int(np.floor(heights[known].max() / step) - base) + 2
        at = np.where(known, heights / step - base, 0.0)
        low = np.floor(at).astype(np.int64)
        levels = np.concatenate([[np.nan], (base + np.arange(count)) * step])
        return cls(levels, np.where(known, low + 1, 0), np.where(known, at - low, 0.0))

    def read(self, values: Floats) -> Floats:
        """Return values of shape (levels, cells, stations) at the height of each cell, shape (cells, stations)."""
        cell = np.arange(len(self.low))
        above = np.minimum(self.low + 1, len(self.levels) - 1)
        return values[self.low, cell] * (1 - self.share)[:, None] + values[above, cell] * self.share[:, None]


def _at_heights(
    days: pd.DataFrame, places: pd.DataFrame, heights: _Heights, latitudes: dict[str, float]
) -> pd.DataFrame:
    """Return the climate of station years at every level: as :func:`yearly` with a column level."""
    own = places["elevation_m"].astype(float) if "elevation_m" in places else pd.Series(np.nan, index=places.index)
    rate = float(convert(limit("lapse_rate"), source="degC/km", target="degC/m"))
    at = days["station"].map(own).to_numpy(float)
    parts = []
    for number, level in enumerate(heights.levels):
        # a station without a height is taken as it is
        shift = np.nan_to_num(-rate * (level - at))
        moved = days.assign(temp_max=days["temp_max"] + shift, temp_min=days["temp_min"] + shift)
        parts.append(yearly(moved, latitudes=latitudes).assign(level=number))
    return pd.concat(parts, ignore_index=True)


class _Carrier:
    """Weights from stations to cells, kept for each set of stations because sets repeat from year to year."""

    def __init__(self, middles: Floats, places: pd.DataFrame, runs: pd.Series) -> None:
        self.middles, self.places, self.runs = middles, places, runs
        self.made: dict[tuple[str, ...], tuple[Floats, Ints, Floats]] = {}

    def to_cells(self, stations: tuple[str, ...]) -> tuple[Floats, Ints, Floats]:
        """Return weights and positions in `stations` of the nearest ones, shape (cells, k), and their distance [m]."""
        if stations not in self.made:
            xy = self.places.loc[list(stations), ["x", "y"]].to_numpy(float)
            count = min(int(limit("station_count")), len(xy))
            distance, nearest = cKDTree(xy).query(self.middles, k=count)
            distance, nearest = distance.reshape(-1, count), nearest.reshape(-1, count)
            self.made[stations] = station_weights(distance), nearest, distance
        return self.made[stations]

    def has_height(self, stations: tuple[str, ...]) -> NDArray[np.bool_]:
        """Return which stations have a height on record."""
        if "elevation_m" not in self.places:
            return np.zeros(len(stations), dtype=bool)
        return self.places.loc[list(stations), "elevation_m"].notna().to_numpy(bool)


def _kind_values(
    cells: pd.DataFrame,
    climate: pd.DataFrame,
    kind: str,
    years: Sequence[int],
    carrier: _Carrier,
    heights: _Heights,
) -> pd.DataFrame:
    shape = (len(cells), len(years))
    value, doubted = np.full(shape, np.nan), np.zeros(shape, dtype=np.int8)
    level = np.zeros(shape, dtype=np.int8)
    names = carrier.runs.unique().tolist()
    run = np.full(shape, -1, dtype=np.int32)
    for year, rows in climate.groupby("year"):
        column = list(years).index(int(year))
        table = rows.pivot_table(index="level", columns="station", values="value", aggfunc="first")
        stations = tuple(table.columns)
        weights, nearest, distance = carrier.to_cells(stations)
        value[:, column] = (weights * heights.read(table.to_numpy(float)[:, nearest])).sum(axis=1)
        measured = rows[rows["level"] == 0].set_index("station")["estimated"].reindex(stations)
        weak = (weights * measured.to_numpy(float)[nearest]).sum(axis=1) >= 0.5
        doubted[:, column] = weak | (distance[:, 0] > limit("station_near"))
        level[:, column] = (heights.low > 0) & carrier.has_height(stations)[nearest[:, 0]]
        own = carrier.runs.xs(year, level="year")
        run[:, column] = pd.Index(names).get_indexer(own.reindex(stations))[nearest[:, 0]]
    return long_values(
        cells,
        years,
        kind,
        value,
        coverage=np.ones((1, 1)),
        quality=np.array(["measured", "estimated"])[doubted],
        run=Labels(run, names),
        method=Labels(doubted + 2 * level * (kind in TEMPERATURE_KINDS), _methods(kind)),
    )


def _methods(kind: str) -> list[str]:
    """Return what is said of values that are sound, doubted, at the height of the cell, and both."""
    said = f"{_BASIS}, variant {int(limit('moisture_variant'))}" if kind == "moisture_index" else _BASIS
    if kind not in TEMPERATURE_KINDS:
        return [said, f"{said}; far or with gaps"]
    without, at = f"{said}, without elevation", f"{said} and lapse rate to the height of the cell"
    return [without, f"{without}; far or with gaps", at, f"{at}; far or with gaps"]
