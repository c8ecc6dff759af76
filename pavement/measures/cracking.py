"""Cracking from crack centrelines: length by type, width, area on a grid, and wheel path zones."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from pavement.errors import SurveyError
from pavement.measures.limits import limit
from pavement.schema import read_table

Floats = NDArray[np.float64]

TYPES = ("longitudinal", "transverse", "pattern")
ZONES = ("outside_left", "wheel_path_left", "between", "wheel_path_right", "outside_right")


@cache
def _parameters() -> dict[str, float]:
    # the image room's rules, so that a crack counts the same whether a vendor or the frames brought it
    table = read_table("imagery")
    return dict(zip(table["parameter"], table["value"].astype(float), strict=True))


def crack_types(pieces: pd.DataFrame) -> pd.Series:
    """
    Return the type of each piece: longitudinal, transverse or pattern.

    A piece is pattern cracking where the length of cracks in a window about most of its points is as dense as three
    parallel lines; else its mean direction to the direction of travel decides.

    Parameters
    ----------
    pieces
        Column geometry: lines with x across the lane from its centre, to the right, and y along travel. [m]

    References
    ----------
    .. [1] AASHTO R 85 for the three types; angle and density of ``tables/imagery.csv``, to confirm.
    """
    if pieces.empty:
        return pd.Series([], index=pieces.index, dtype=str, name="type")
    xy, piece, length = _parts(pieces["geometry"].to_numpy(), 0.05)
    middle, run = xy.mean(axis=1), np.abs(xy[:, 1] - xy[:, 0])
    across, along = (np.bincount(piece, weights=run[:, k], minlength=len(pieces)) for k in (0, 1))
    angle = np.degrees(np.arctan2(across, along))
    dense = _density(middle, length) >= _parameters()["pattern_density"]
    share = np.bincount(piece, weights=length * dense, minlength=len(pieces))
    total = np.bincount(piece, weights=length, minlength=len(pieces))
    words = np.where(angle <= _parameters()["longitudinal_angle"], "longitudinal", "transverse")
    return pd.Series(np.where(share > total / 2, "pattern", words), index=pieces.index, dtype=str, name="type")


def _parts(lines: NDArray[np.object_], step: float) -> tuple[Floats, NDArray[np.int64], Floats]:
    """Return straight parts of at most `step` [m]: ends (n, 2, 2), number of their line, and length [m]."""
    xy, line = shapely.get_coordinates(shapely.segmentize(lines, step), return_index=True)
    same = line[1:] == line[:-1]
    ends = np.stack([xy[:-1], xy[1:]], axis=1)[same]
    return ends, line[1:][same].astype(np.int64), np.hypot(*(ends[:, 1] - ends[:, 0]).T)


def _density(points: Floats, length: Floats) -> Floats:
    """Return the length of cracks in the square window about each point over its area. [m/m2]"""
    half = _parameters()["pattern_window"] / 2
    near = cKDTree(points).query_ball_point(points, half, p=np.inf)
    total = np.array([length[of].sum() for of in near])
    return total / (2 * half) ** 2


def crack_measures(pieces: pd.DataFrame, *, lane_width: float, length: float) -> dict[str, float]:
    """
    Return the crack measures of one stretch of lane, kinds as in the table of measures.

    Parameters
    ----------
    pieces
        Columns geometry (see :func:`crack_types`, y from 0 to `length`) and width_mm [mm]; type where it is known.
        What lies outside the lane does not count, nor do pieces shorter than 0.3 m in all.
    lane_width, length
        Size of the stretch seen. [m]

    Returns
    -------
    measures
        crack_percent [%], crack_length, crack_longitudinal, crack_transverse, crack_pattern [m/m2], and crack_width
        [mm] (by length) where any width is known.

    Raises
    ------
    SurveyError
        The stretch has no area.
    """
    if not (lane_width > 0 and length > 0):
        raise SurveyError(f"A stretch of {lane_width:g} m by {length:g} m has no area.", cure="Give its size in m.")
    area = lane_width * length
    inside = clipped(pieces, shapely.box(-lane_width / 2, 0, lane_width / 2, length))
    by_type = inside.groupby("type")["length"].sum()
    found = {
        "crack_percent": 100 * grid_area(inside["geometry"].to_numpy(), lane_width=lane_width, length=length) / area,
        "crack_length": float(inside["length"].sum()) / area,
        **{f"crack_{kind}": float(by_type.get(kind, 0.0)) / area for kind in TYPES},
    }
    wide = inside[inside["width_mm"].notna()]
    if len(wide):
        found["crack_width"] = float(np.average(wide["width_mm"], weights=wide["length"]))
    return found


def clipped(pieces: pd.DataFrame, zone: shapely.Geometry) -> pd.DataFrame:
    """Return the pieces of at least 0.3 m cut to a zone, with type and length [m]; widths stay with their lines."""
    long_enough = shapely.length(pieces["geometry"].to_numpy()) >= limit("crack_length_min") - 1e-9
    kept = pieces[long_enough]
    typed = kept if "type" in kept else kept.assign(type=crack_types(kept))
    cut = shapely.intersection(typed["geometry"].to_numpy(), zone)
    result = typed.assign(geometry=cut, length=shapely.length(cut))
    return pd.DataFrame(result[result["length"] > 0])


def grid_area(lines: NDArray[np.object_], *, lane_width: float, length: float) -> float:
    """
    Return the area of the squares of the grid that hold a crack, cut to the lane. [m2]

    The grid starts at the left edge of the lane; its side is ``grid_m`` of ``tables/imagery.csv``.
    """
    side = _parameters()["grid_m"]
    if not len(lines):
        return 0.0
    ends, _, _ = _parts(lines, side / 10)
    middle = ends.mean(axis=1) + [lane_width / 2, 0]
    last = np.ceil(np.array([lane_width, length]) / side - 1e-9) - 1
    squares = np.unique(np.clip(np.floor(middle / side), 0, last), axis=0)
    size = np.minimum((squares + 1) * side, [lane_width, length]) - squares * side
    return float(size.prod(axis=1).sum())


def zones(*, lane_width: float, length: float) -> dict[str, shapely.Polygon]:
    """
    Return the five zones of a lane: two wheel paths 1.0 m wide about 0.875 m from the centre, and what they leave.

    References
    ----------
    .. [1] AASHTO R 87-18 (wheel paths), R 85-18 section 7 (zones).
    """
    centre, half, edge = limit("wheel_path_offset"), limit("wheel_path_width") / 2, lane_width / 2
    borders = [-edge, -centre - half, -centre + half, centre - half, centre + half, edge]
    if edge <= centre + half:
        raise SurveyError(
            f"A lane of {lane_width:g} m cannot hold the wheel paths.", cure=f"It needs over {2 * (centre + half):g} m."
        )
    pairs = zip(borders[:-1], borders[1:], strict=True)
    return {name: shapely.box(a, 0, b, length) for name, (a, b) in zip(ZONES, pairs, strict=True)}


def zone_summary(pieces: pd.DataFrame, *, lane_width: float, length: float) -> pd.DataFrame:
    """
    Return extent and severity of cracks as AASHTO R 85 reports them.

    Returns
    -------
    summary
        One row a zone and type: zone, type, length [m], width_mm (by length) [mm]. Transverse cracks stand once for
        the whole lane, as zone ``lane``.
    """
    typed = pieces if "type" in pieces else pieces.assign(type=crack_types(pieces))
    of_zone = typed[typed["type"] != "transverse"]
    parts = [
        clipped(of_zone, zone).assign(zone=name) for name, zone in zones(lane_width=lane_width, length=length).items()
    ]
    whole = shapely.box(-lane_width / 2, 0, lane_width / 2, length)
    parts.append(clipped(typed[typed["type"] == "transverse"], whole).assign(zone="lane"))
    found = pd.concat(parts, ignore_index=True)
    weighted = found.assign(weight=found["length"].where(found["width_mm"].notna(), 0.0))
    weighted["width_mm"] = weighted["width_mm"].fillna(0.0) * weighted["weight"]
    sums = weighted.groupby(["zone", "type"], as_index=False)[["length", "width_mm", "weight"]].sum()
    return sums.assign(width_mm=sums["width_mm"] / sums["weight"].where(sums["weight"] > 0)).drop(columns="weight")
