"""Outlines along the borders of pixels: what they enclose is as large as the pixels themselves."""

from __future__ import annotations

import numpy as np
import shapely

from ingest.imagery.things import pixels

# corners of a wider angle stay corners
_MITRE = 2.0


def bordered(outline: np.ndarray) -> np.ndarray:
    """
    Return the outline that encloses as much as the pixels of a body.

    Parameters
    ----------
    outline
        Through the middles of the pixels at the border, as OpenCV traces it, shape (points, 2). [px]

    Returns
    -------
    outline
        Moved outwards by the half pixel that is missing, shape (points, 2). [px]
    """
    body = shapely.convex_hull(shapely.MultiPoint(outline))
    if isinstance(body, shapely.Polygon):
        body = shapely.Polygon(outline)
    wider = enclosing(body, pixels(outline))
    return np.asarray(shapely.get_coordinates(shapely.get_exterior_ring(wider))[:-1], float)


def enclosing(body: shapely.Geometry, area: float) -> shapely.Polygon:
    """Return a body whose border is moved evenly so that it encloses an area, in the square of its own unit."""
    missing, along = area - shapely.area(body), _length(body)
    # of a body with square corners: along · reach + 4 reach² are missing
    reach = (np.sqrt(max(along**2 + 16.0 * missing, 0.0)) - along) / 8.0
    wider = shapely.buffer(body, reach, join_style="mitre", mitre_limit=_MITRE, cap_style="square")
    return max(shapely.get_parts(wider), key=shapely.area, default=body)


def _length(body: shapely.Geometry) -> float:
    """Return how far it is around a body; around a line there and back."""
    return float(shapely.length(body)) * (1.0 if isinstance(body, shapely.Polygon) else 2.0)


def size(outline: np.ndarray, *, mm_per_pixel: float) -> tuple[float, float]:
    """Return the area within an outline [m2], and the diameter of the circle of that area [mm]."""
    area = float(shapely.area(shapely.Polygon(outline))) * (mm_per_pixel / 1000.0) ** 2
    return area, 2000.0 * float(np.sqrt(area / np.pi))
