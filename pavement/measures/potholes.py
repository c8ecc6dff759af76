"""Potholes, and what else has an area: outlines joined across frames, their count, area and volume."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from pavement.measures.limits import limit


def joined_potholes(outlines: NDArray[np.object_]) -> pd.DataFrame:
    """
    Return potholes from outlines of all frames of a lane.

    Outlines that overlap or lie within 0.1 m of each other are one pothole: two frames that share a border or a strip
    of road show one hole twice (I13), and its area counts once.

    Parameters
    ----------
    outlines
        Polygons with x across the lane and y along the route. [m]

    Returns
    -------
    potholes
        geometry (the union of its outlines), x, y [m] of the middle, area_m2 [m2], width_m (the shorter side of the
        smallest rectangle around it [m]), outlines (how many were joined); sorted by y.
    """
    shapes = shapely.make_valid(np.asarray(outlines, dtype=object))
    shapes = shapes[shapely.area(shapes) > 0]
    group = joined_groups(shapes, gap=limit("pothole_gap"))
    holes = [shapely.union_all(shapes[group == k]) for k in range(group.max() + 1 if len(group) else 0)]
    geometry = np.empty(len(holes), dtype=object)
    geometry[:] = holes
    middle = shapely.get_coordinates(shapely.centroid(geometry)) if holes else np.empty((0, 2))
    frame = pd.DataFrame(
        {
            "geometry": geometry,
            "x": middle[:, 0],
            "y": middle[:, 1],
            "area_m2": shapely.area(geometry).astype(float),
            "width_m": [_width(hole) for hole in holes],
            "outlines": np.bincount(group, minlength=len(holes)) if len(group) else np.empty(0, dtype=int),
        }
    )
    return frame.sort_values("y", ignore_index=True)


def joined_groups(shapes: NDArray[np.object_], *, gap: float) -> NDArray[np.int64]:
    """
    Return the number of the thing that each outline belongs to, counted from 0.

    Parameters
    ----------
    shapes
        Valid polygons that enclose something.
    gap
        Outlines that overlap or lie within it are one thing. [m]
    """
    grown = shapely.union_all(shapely.buffer(shapes, gap / 2)) if len(shapes) else None
    parts = shapely.get_parts(grown) if grown is not None else np.empty(0, dtype=object)
    found, part = shapely.STRtree(parts).query(shapely.point_on_surface(shapes), predicate="intersects")
    group = np.empty(len(shapes), dtype=np.int64)
    group[found] = part
    return group


def _width(hole: shapely.Geometry) -> float:
    around = shapely.minimum_rotated_rectangle(hole)
    sides = np.hypot(*np.diff(shapely.get_coordinates(around), axis=0).T)
    return float(sides.min())


def pothole_measures(potholes: pd.DataFrame) -> dict[str, float]:
    """Return pothole_count [-] and pothole_area [m2] of the potholes of a stretch, as in the table of measures."""
    return {"pothole_count": float(len(potholes)), "pothole_area": float(potholes["area_m2"].sum())}


def joined_volume(
    slices: Sequence[tuple[int, float, float, NDArray[np.float64]]], *, low: float = -np.inf, high: float = np.inf
) -> float:
    """
    Return the volume of one hole that several frames show, each place of it once. [m3]

    Where several frames show a place its volume is their mean; a frame that a border cuts tells of its part only.

    Parameters
    ----------
    slices
        Of each outline its frame, from where to where it reaches along the route [m], and the volume of equal slices
        between, in this order [m3].
    low, high
        The stretch asked for. [m]
    """
    told = [
        (frame, np.linspace(start, end, len(parts) + 1), parts) for frame, start, end, parts in slices if len(parts)
    ]
    if not told:
        return 0.0
    borders = np.unique(np.clip(np.concatenate([places[[0, -1]] for _, places, _ in told]), low, high))
    middle = (borders[1:] + borders[:-1]) / 2
    volume: dict[int, NDArray[np.float64]] = {}
    shown: dict[int, NDArray[np.bool_]] = {}
    for frame, places, parts in told:
        sums = np.interp(borders, places, np.concatenate([[0.0], np.cumsum(parts)]))
        volume[frame] = volume.get(frame, 0.0) + np.diff(sums)
        shown[frame] = shown.get(frame, np.zeros(len(middle), bool)) | ((middle > places[0]) & (middle < places[-1]))
    frames = np.sum(list(shown.values()), axis=0)
    return float((np.sum(list(volume.values()), axis=0) / np.maximum(frames, 1)).sum())
