"""Calibration: measure along a route's line, piecewise linear between surveyed points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely import LineString

from pavement.errors import LocationError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Calibration:
    """
    A line and the measures of points on it.

    Parameters
    ----------
    line
        Route line in growing measure, working frame. [m]
    distances, measures
        Distance along the line [m] and measure [m] of each calibration point, both growing.
    """

    line: LineString
    distances: Floats
    measures: Floats

    @property
    def limits(self) -> tuple[float, float]:
        """First and last measure of the route. [m]"""
        return float(self.measures[0]), float(self.measures[-1])

    def distance(self, measure: ArrayLike) -> Floats:
        """Return distance along the line [m] of measures [m]; missing beyond the ends, never clamped."""
        return np.interp(np.asarray(measure, dtype=float), self.measures, self.distances, left=np.nan, right=np.nan)

    def point(self, measure: ArrayLike) -> Floats:
        """Return x, y of measures [m] as an array of shape (n, 2); missing beyond the ends."""
        distance = np.atleast_1d(self.distance(measure))
        known = ~np.isnan(distance)
        xy = np.full((len(distance), 2), np.nan)
        xy[known] = shapely.get_coordinates(shapely.line_interpolate_point(self.line, distance[known]))
        return xy

    def measure(self, x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
        """
        Return the measure [m] of the nearest place on the line, and how far the points lie from it [m].

        Points whose nearest place lies beyond the calibrated part have no measure.
        """
        points = shapely.points(np.atleast_1d(x), np.atleast_1d(y))
        along = shapely.line_locate_point(self.line, points)
        measure = np.interp(along, self.distances, self.measures, left=np.nan, right=np.nan)
        return measure, np.asarray(shapely.distance(self.line, points), dtype=float)


def calibration(line: LineString, points: pd.DataFrame, *, tolerance: float = 30.0) -> Calibration:
    """
    Return the calibration of a line by points with ``measure_m``, ``x``, ``y``.

    A line drawn against its measures is turned (G5).

    Raises
    ------
    LocationError
        Fewer than two points, a point farther than `tolerance` [m] from the line, or measures that do not grow
        along the line.
    """
    ordered = points.sort_values("measure_m")
    if len(ordered) < 2:
        raise LocationError(f"{len(ordered)} calibration point(s).", cure="A route needs at least its two ends.")
    xy = shapely.points(ordered["x"].to_numpy(float), ordered["y"].to_numpy(float))
    off = shapely.distance(line, xy)
    if (off > tolerance).any():
        row = ordered.iloc[int(np.argmax(off))]
        raise LocationError(
            f"The calibration point at {row['measure_m']:.0f} m lies {off.max():.0f} m from the line.",
            cure="Check its coordinates and the CRS of the package.",
        )
    along = _along(line, xy)
    if along[-1] < along[0] or (line.is_ring and np.diff(along[1:-1]).sum() < 0):
        line = shapely.reverse(line)
        along = _along(line, xy)
    measures = ordered["measure_m"].to_numpy(float)
    if (np.diff(along) <= 0).any() or (np.diff(measures) <= 0).any():
        at = measures[1:][(np.diff(along) <= 0) | (np.diff(measures) <= 0)][0]
        raise LocationError(f"Measures do not grow along the line at {at:.0f} m.", cure="Check that point's order.")
    return Calibration(line, np.asarray(along, dtype=float), measures)


def _along(line: LineString, points: NDArray[np.object_]) -> Floats:
    """Return how far along the line points lie [m]; those of a ring at its joint by being the first or the last."""
    along = np.array(shapely.line_locate_point(line, points), dtype=float)
    if line.is_ring:
        # coordinates cannot tell start and end of a ring apart (G11)
        at_joint = np.minimum(along, line.length - along) < 1e-3 * line.length
        along[0], along[-1] = np.where(at_joint[[0, -1]], [0.0, line.length], along[[0, -1]])
    return along


def calibrations(routes: pd.DataFrame, points: pd.DataFrame) -> dict[tuple[str, str], Calibration]:
    """Return the calibration of each (route, direction) of a routes frame."""
    grouped = dict(tuple(points.groupby(["route", "direction"], sort=False)))
    result = {}
    for row in routes.itertuples():
        key = (str(row.route), str(row.direction))
        if key not in grouped:
            raise LocationError(
                f"Route {key[0]} {key[1]} has no calibration points.", cure="Add at least its two ends."
            )
        result[key] = calibration(row.geometry, grouped[key])
    return result


def measure_of_odometer(distance: ArrayLike, *, start: float, sense: int) -> Floats:
    """Return measure [m] of odometer distance [m] from `start`, for a vehicle driving with (1) or against (-1) it."""
    return start + sense * np.asarray(distance, dtype=float)
