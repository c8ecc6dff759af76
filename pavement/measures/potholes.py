"""Potholes: outlines joined across frames, their count and area."""

from __future__ import annotations

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
    group = _groups(shapes)
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


def _groups(shapes: NDArray[np.object_]) -> NDArray[np.int64]:
    """Return the number of the pothole that each outline belongs to."""
    grown = shapely.union_all(shapely.buffer(shapes, limit("pothole_gap") / 2)) if len(shapes) else None
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
