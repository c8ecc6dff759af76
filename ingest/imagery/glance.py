"""A first look at half the scale, which says where the line filters are worth their work."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from ingest.imagery.components import as_bytes, hysteresis
from ingest.imagery.ridges import damping, line_spreads, oriented_lines, over_rows, strongest
from ingest.imagery.tiles import boxes, tiled


def glanced_response(
    level: np.ndarray, valid: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]
) -> np.ndarray:
    """
    Return :func:`ingest.imagery.ridges.line_response` where a first look sees a line; 0 elsewhere and where not valid.

    The first look takes a quarter of the pixels, fewer orientations and one average along the line. What it sees at
    thresholds of `glance_share` holds all that the filters make a crack of, and is a small part of a sound frame. How
    streaky the background is in each orientation comes from the first look as well, since it sees the whole frame.

    Parameters
    ----------
    level
        Levelled grey, shape (height, width).
    valid
        Where the road is seen.
    mm_per_pixel
        Scale of `level`.
    values
        Image parameters.
    """
    tiles, spreads = first_look(level, valid, mm_per_pixel=mm_per_pixel, values=values)
    factors = over_rows(damping(_turned(spreads, int(values["ridge_angles"]))), level.shape[0])
    side, margin = int(values["glance_tile"]), _reach(mm_per_pixel, values)
    found = np.zeros(level.shape, np.float32)
    for box in boxes(tiles, margin=margin / side):
        top, bottom, left, right = (side * end for end in box)
        rows, columns = (slice(max(a - margin, 0), b + margin) for a, b in ((top, bottom), (left, right)))
        lines = oriented_lines(level[rows, columns], mm_per_pixel=mm_per_pixel, values=values)
        inner = (slice(top - rows.start, bottom - rows.start), slice(left - columns.start, right - columns.start))
        found[top:bottom, left:right] = strongest(lines[:, *inner], factors[:, top:bottom])
    found[~valid] = 0.0
    return found


def first_look(
    level: np.ndarray, valid: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]
) -> tuple[np.ndarray, np.ndarray]:
    """
    Return the tiles near lines of the first look, and the spread of its orientations in bands of rows.

    Parameters
    ----------
    level, valid, mm_per_pixel, values
        As of :func:`glanced_response`.

    Returns
    -------
    tiles, spreads
        Shapes (rows, columns) of tiles of `glance_tile` pixels, and (orientations, bands).
    """
    size = (-(-level.shape[1] // 2), -(-level.shape[0] // 2))
    half = cv2.resize(level, size, interpolation=cv2.INTER_AREA)
    seen = cv2.resize(as_bytes(valid), size, interpolation=cv2.INTER_NEAREST).view(bool)
    quick = {
        **values,
        "ridge_angles": values["glance_angles"],
        "ridge_taps": values["glance_taps"],
        "ridge_passes": 1.0,
        "crack_extent_min": values["glance_extent"],
        "crack_area_min": 0.0,
    }
    mm = mm_per_pixel * level.shape[1] / size[0]
    lines = oriented_lines(half, mm_per_pixel=mm, values=quick)
    spreads = line_spreads(lines, seen, bands=int(values["ridge_bands"]))
    response = strongest(lines, over_rows(damping(spreads), size[1]))
    response[~seen] = 0.0
    low, high = (values["glance_share"] * values[f"ridge_{end}"] for end in ("low", "high"))
    near = hysteresis(response, low=low, high=high, mm_per_pixel=mm, values=quick)
    return tiled(near, side=int(values["glance_tile"]) // 2), spreads


def _turned(spreads: np.ndarray, count: int) -> np.ndarray:
    """Return spreads of evenly turned orientations at `count` of them; after half a turn they come again."""
    at = np.arange(count) * len(spreads) / count
    low = at.astype(int)
    part = (at - low)[:, None]
    return np.asarray((1 - part) * spreads[low] + part * spreads[(low + 1) % len(spreads)])


def _reach(mm_per_pixel: float, values: Mapping[str, float]) -> int:
    """Return how far away a pixel still counts for the line filter. [px]"""
    widest = max(values["ridge_fine_mm"], values["ridge_wide_mm"]) / mm_per_pixel
    return int(np.ceil(3 * max(widest, 0.7))) + int(values["ridge_passes"]) * (int(values["ridge_taps"]) // 2)
