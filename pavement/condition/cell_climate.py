"""Climate of cells by year: station years carried to cells by inverse distance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from pavement.condition.joins import Labels, long_values, source_runs, stacked
from pavement.measures.climate import KINDS, station_weights, yearly
from pavement.measures.limits import limit

Floats = NDArray[np.float64]


def climate_values(
    cells: pd.DataFrame, stations: pd.DataFrame, weather: pd.DataFrame, years: Sequence[int]
) -> pd.DataFrame:
    """
    Return the yearly climate of cells in long form.

    A value is an estimate when the nearest station with that kind and year lies beyond ``station_near``, or when half
    or more of its weight comes from station years that are estimates themselves (T23). Cells with no station within
    ``station_far`` have no value; years without records have none either.
    """
    climate = yearly(weather[pd.to_datetime(weather["date"]).dt.year.isin(list(years))])
    climate = climate[climate["station"].isin(stations["station"])]
    places = stations.drop_duplicates("station", keep="last").set_index("station")
    middles = shapely.get_coordinates(
        shapely.line_interpolate_point(cells["geometry"].to_numpy(), 0.5, normalized=True)
    )
    year = pd.to_datetime(weather["date"]).dt.year.rename("year")
    runs = source_runs(weather).groupby([weather["station"], year]).last().fillna("").astype(str)
    carrier = _Carrier(middles, places, runs)
    return stacked([_kind_values(cells, climate[climate["kind"] == k], k, years, carrier) for k in KINDS])


class _Carrier:
    """Weights from stations to cells, kept for each set of stations because sets repeat from year to year."""

    def __init__(self, middles: Floats, places: pd.DataFrame, runs: pd.Series) -> None:
        self.middles, self.places, self.runs = middles, places, runs
        self.made: dict[tuple[str, ...], tuple[Floats, NDArray[np.int64], Floats]] = {}

    def to_cells(self, stations: tuple[str, ...]) -> tuple[Floats, NDArray[np.int64], Floats]:
        """Return weights and positions in `stations` of the nearest ones, shape (cells, k), and their distance [m]."""
        if stations not in self.made:
            xy = self.places.loc[list(stations), ["x", "y"]].to_numpy(float)
            count = min(int(limit("station_count")), len(xy))
            distance, nearest = cKDTree(xy).query(self.middles, k=count)
            distance, nearest = distance.reshape(-1, count), nearest.reshape(-1, count)
            self.made[stations] = station_weights(distance), nearest, distance
        return self.made[stations]


def _kind_values(
    cells: pd.DataFrame, climate: pd.DataFrame, kind: str, years: Sequence[int], carrier: _Carrier
) -> pd.DataFrame:
    shape = (len(cells), len(years))
    value, doubted = np.full(shape, np.nan), np.zeros(shape, dtype=np.int8)
    names = carrier.runs.unique().tolist()
    run = np.full(shape, -1, dtype=np.int32)
    for year, rows in climate.groupby("year"):
        column = list(years).index(int(year))
        weights, nearest, distance = carrier.to_cells(tuple(rows["station"]))
        value[:, column] = (weights * rows["value"].to_numpy(float)[nearest]).sum(axis=1)
        weak = (weights * rows["estimated"].to_numpy(float)[nearest]).sum(axis=1) >= 0.5
        doubted[:, column] = weak | (distance[:, 0] > limit("station_near"))
        own = carrier.runs.xs(year, level="year")
        run[:, column] = pd.Index(names).get_indexer(own.reindex(rows["station"]))[nearest[:, 0]]
    basis = "inverse distance from stations"
    return long_values(
        cells,
        years,
        kind,
        value,
        coverage=np.ones((1, 1)),
        quality=np.array(["measured", "estimated"])[doubted],
        run=Labels(run, names),
        method=Labels(doubted, [basis, f"{basis}; far or with gaps"]),
    )
