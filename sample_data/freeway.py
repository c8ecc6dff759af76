"""The made freeway: lines, calibration, lanes and cells of 國道99號 and its branch 國道98號."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import LineString

from pavement.network.cells import cells as cut_cells
from sample_data.process import stream_of
from sample_data.sheets import DIRECTIONS

CRS = "EPSG:3826"
VERSION = "2018-01-01"
LANE_WIDTH = 3.5
CELL = 100.0
_MEDIAN = 2.0
_VERTEX = 20.0
_LANE_NAMES = {
    "1": ("內側車道", "inside lane"),
    "2": ("第2車道", "lane 2"),
    "3": ("第3車道", "lane 3"),
    "aux": ("輔助車道", "auxiliary lane"),
}


@dataclass(frozen=True)
class Road:
    """One route: where it starts and heads, and the lanes it has."""

    route: str
    name_zh: str
    name_en: str
    directions: tuple[str, str]
    from_m: float
    to_m: float
    start: tuple[float, float]
    heading: float
    lanes: tuple[tuple[str, str, float, float], ...]


@dataclass(frozen=True)
class Freeway:
    """Tables routes, calibration, lanes and cells, in the working frame."""

    routes: gpd.GeoDataFrame
    calibration: pd.DataFrame
    lanes: pd.DataFrame
    cells: gpd.GeoDataFrame


def _both(directions: str, lane: str, from_m: float, to_m: float) -> tuple[tuple[str, str, float, float], ...]:
    return tuple((d, lane, from_m, to_m) for d in directions)


ROADS = {
    "demo": (
        Road(
            "N99", "國道99號", "Freeway 99", ("S", "N"), 10_000, 36_000, (214_300.0, 2_684_500.0), -1.75,
            (
                *_both("SN", "1", 10_000, 36_000),
                *_both("SN", "2", 10_000, 36_000),
                *_both("SN", "3", 18_000, 26_000),
                ("S", "aux", 13_200, 14_150),
                ("N", "aux", 29_430, 30_300),
            ),
        ),
        Road(
            "N98", "國道98號", "Freeway 98", ("E", "W"), 0, 4_050, (209_300.0, 2_671_900.0), 0.35,
            (*_both("EW", "1", 0, 4_050), *_both("EW", "2", 0, 4_050)),
        ),
    ),
    "medium": (
        Road(
            "N99", "國道99號", "Freeway 99", ("S", "N"), 10_000, 16_000, (214_300.0, 2_684_500.0), -1.75,
            (*_both("SN", "1", 10_000, 16_000), *_both("SN", "2", 10_000, 16_000)),
        ),
    ),
    "small": (
        Road(
            "N99", "國道99號", "Freeway 99", ("S", "N"), 10_000, 12_000, (214_300.0, 2_684_500.0), -1.75,
            (*_both("SN", "1", 10_000, 12_000), *_both("SN", "2", 10_000, 12_000)),
        ),
    ),
}  # fmt: skip


def freeway(size: str, *, seed: int) -> Freeway:
    """Return the made freeway of a size, ``demo`` (30 km), ``medium`` (6 km) or ``small`` (2 km)."""
    routes, points, lanes = [], [], []
    for road in ROADS[size]:
        measures, line = _centreline(road, seed)
        lines = [_carriageway(line, side) for side in (1, -1)]
        for direction, sense, own in zip(road.directions, (1, -1), lines, strict=True):
            routes.append(_route(road, direction, sense, own))
            points.append(_points(road, direction, measures, line, own))
        lanes += [_lane(road, *lane) for lane in road.lanes]
    table = gpd.GeoDataFrame(routes, geometry="geometry", crs=CRS)
    calibration, lane_table = pd.concat(points, ignore_index=True), pd.DataFrame(lanes)
    return Freeway(table, calibration, lane_table, cut_cells(table, calibration, lane_table, length=CELL))


def _centreline(road: Road, seed: int) -> tuple[pd.DataFrame, LineString]:
    """Return measure and distance of the posts, and a gently winding line of their length."""
    rng = stream_of(seed, "line", road.route)
    posts = np.unique(np.append(np.arange(road.from_m, road.to_m, 1900.0), road.to_m))
    # posts were set along an older alignment: the ground is up to 0.8 % longer or shorter between them
    ratio = rng.uniform(0.992, 1.008, len(posts) - 1)
    distance = np.concatenate([[0.0], np.cumsum(np.diff(posts) * ratio)])
    at = np.append(np.arange(0.0, distance[-1], _VERTEX), distance[-1])
    phase = rng.uniform(0, 2 * np.pi, 3)
    bend = sum(
        a * np.sin(2 * np.pi * at / w + p) for a, w, p in zip((0.25, 0.12, 0.05), (9e3, 4e3, 1.7e3), phase, strict=True)
    )
    heading = road.heading + np.asarray(bend, dtype=float)
    step = np.diff(at)
    x = road.start[0] + np.concatenate([[0.0], np.cumsum(step * np.cos(heading[:-1]))])
    y = road.start[1] + np.concatenate([[0.0], np.cumsum(step * np.sin(heading[:-1]))])
    return pd.DataFrame({"measure_m": posts, "distance": distance}), LineString(np.column_stack([x, y]))


def _carriageway(line: LineString, side: int) -> LineString:
    """Return the median edge of a carriageway: traffic keeps right, so growing measure runs on the right."""
    return shapely.set_precision(shapely.offset_curve(line, -side * _MEDIAN), 0.001)


def _route(road: Road, direction: str, sense: int, line: LineString) -> dict[str, object]:
    names = {"name_zh": f"{road.name_zh}{DIRECTIONS[direction]}", "name_en": f"{road.name_en} {direction}"}
    return {
        "route": road.route, "direction": direction, **names,
        "sense": sense, "from_m": float(road.from_m), "to_m": float(road.to_m), "version": VERSION, "geometry": line,
    }  # fmt: skip


def _points(road: Road, direction: str, posts: pd.DataFrame, centre: LineString, own: LineString) -> pd.DataFrame:
    places = shapely.line_interpolate_point(centre, posts["distance"].to_numpy())
    along = shapely.line_locate_point(own, places)
    along[0], along[-1] = 0.0, own.length
    xy = shapely.get_coordinates(shapely.line_interpolate_point(own, along)).round(3)
    return pd.DataFrame(
        {"route": road.route, "direction": direction, "measure_m": posts["measure_m"], "x": xy[:, 0], "y": xy[:, 1]}
    )


def _lane(road: Road, direction: str, lane: str, from_m: float, to_m: float) -> dict[str, object]:
    place = 3 if lane == "aux" else int(lane)
    name_zh, name_en = _LANE_NAMES[lane]
    return {
        "route": road.route, "direction": direction, "lane": lane, "from_m": float(from_m), "to_m": float(to_m),
        "name_zh": name_zh, "name_en": name_en, "width_m": LANE_WIDTH, "offset_m": 0.5 + LANE_WIDTH * (place - 0.5),
    }  # fmt: skip
