"""Where the cracks are: hysteresis over the line response, and components that are long enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ingest.imagery.ridges import levelled, line_response


@dataclass(frozen=True)
class CrackMap:
    """
    Cracks and sealed cracks at the working scale.

    Attributes
    ----------
    crack, sealed
        Where they are, shape (height, width).
    strength
        How strong a crack is at each pixel, as its engine tells it, same shape.
    mm_per_pixel
        Scale.
    hollow
        Probability of a pothole, same shape; None of engines that do not look for potholes.
    """

    crack: np.ndarray
    sealed: np.ndarray
    strength: np.ndarray
    mm_per_pixel: float
    hollow: np.ndarray | None = None


def find_cracks(grey: np.ndarray, valid: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]) -> CrackMap:
    """
    Return where cracks are in a frame at the working scale.

    Parameters
    ----------
    grey
        8-bit grey, shape (height, width).
    valid
        Where the road is seen; paint and its surroundings are left out.
    mm_per_pixel
        Scale of `grey`.
    values
        Image parameters.
    """
    level = levelled(grey, valid, mm_per_pixel=mm_per_pixel, values=values)
    sealed = sealed_bands(level, grey, mm_per_pixel=mm_per_pixel, values=values)
    response = line_response(level, valid, mm_per_pixel=mm_per_pixel, values=values)
    response[~valid] = 0.0
    mask = lines_of(response, sealed, grey, valid, mm_per_pixel=mm_per_pixel, values=values)
    return CrackMap(mask, sealed, response, mm_per_pixel)


def lines_of(
    response: np.ndarray,
    sealed: np.ndarray,
    grey: np.ndarray,
    valid: np.ndarray,
    *,
    mm_per_pixel: float,
    values: Mapping[str, float],
) -> np.ndarray:
    """Return the strong lines that are long, darker than both sides and beside no sealed crack, shape as `grey`."""
    mask = hysteresis(response, low=values["ridge_low"], high=values["ridge_high"])
    around = cv2.dilate(sealed.astype(np.uint8), _disc(2 * values["crack_width_max"] / mm_per_pixel)) > 0
    mask = long_components(mask & ~around, mm_per_pixel=mm_per_pixel, values=values)
    return two_sided(mask, grey, valid, mm_per_pixel=mm_per_pixel, values=values)


def without(cracks: CrackMap, where: np.ndarray, *, values: Mapping[str, float]) -> CrackMap:
    """
    Return a crack map without places that belong to other things, such as joints.

    A crack that crosses such a place stays on both sides; what is left beside it is kept where it is long enough.
    """
    if not (cracks.crack & where).any():
        return cracks
    left = long_components(cracks.crack & ~where, mm_per_pixel=cracks.mm_per_pixel, values=values)
    return replace(cracks, crack=left)


def hysteresis(response: np.ndarray, *, low: float, high: float) -> np.ndarray:
    """Return the 8-connected regions over `low` that hold a pixel over `high`."""
    count, label = cv2.connectedComponents((response > low).astype(np.uint8), connectivity=8)
    strong = np.zeros(count, bool)
    strong[label[response > high]] = True
    strong[0] = False
    return strong[label]


def long_components(mask: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]) -> np.ndarray:
    """Return the components whose bounding box and area are large enough for a crack."""
    _, label, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    extent = np.hypot(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) * mm_per_pixel
    area = stats[:, cv2.CC_STAT_AREA] * mm_per_pixel**2
    keep = (extent >= values["crack_extent_min"]) & (area >= values["crack_area_min"])
    keep[0] = False
    return keep[label]


def two_sided(
    mask: np.ndarray, grey: np.ndarray, valid: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]
) -> np.ndarray:
    """
    Return the components that are darker than both sides; edges of shadows and patches are so on one side only.

    A closing lifts a dark line to the level of its sides but leaves the dark side of an edge as it is. What it lifts
    on average over a component is compared with what it lifts anywhere in the frame, which is grain.
    """
    count, label = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    if count == 1:
        return mask
    size = 2 * round(values["edge_window"] / mm_per_pixel / 2) + 1
    smooth = cv2.blur(grey, (3, 3))
    lifted = cv2.morphologyEx(smooth, cv2.MORPH_CLOSE, np.ones((size, size), np.uint8))
    share = cv2.subtract(lifted, smooth) / np.maximum(lifted, 1).astype(np.float32)
    grain = float(np.median(share[valid][::16])) if valid.any() else 0.0
    inside = label[mask].astype(np.intp)
    mean = np.bincount(inside, share[mask], minlength=count) / np.maximum(np.bincount(inside, minlength=count), 1)
    keep = mean > values["two_sided"] * grain
    keep[0] = False
    return keep[label]


def sealed_bands(
    level: np.ndarray, grey: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]
) -> np.ndarray:
    """Return dark bands wider than a crack, long, and darker than both sides: sealed cracks, tar strips, joints."""
    smooth = cv2.blur(level, (3, 3))
    dark = (smooth < -values["dark_band"]).astype(np.uint8)
    wide = cv2.morphologyEx(dark, cv2.MORPH_OPEN, _disc(values["crack_width_max"] / mm_per_pixel))
    if not wide.any():
        return wide > 0
    # a shadow is as dark further in, so closing does not lift its edge
    size = 2 * round(values["dark_band_width_max"] / mm_per_pixel / 2) + 1
    lifted = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, np.ones((size, size), np.uint8))
    wide[cv2.subtract(lifted, grey) <= values["dark_band_contrast"] * lifted] = 0
    _, label, stats, _ = cv2.connectedComponentsWithStats(wide, connectivity=8)
    extent = np.hypot(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) * mm_per_pixel
    width = stats[:, cv2.CC_STAT_AREA] * mm_per_pixel**2 / np.maximum(extent, 1e-6)
    keep = (extent >= values["dark_band_length"]) & (width < extent / 4)
    keep[0] = False
    return keep[label]


def _disc(diameter: float) -> np.ndarray:
    size = max(3, 2 * round(diameter / 2) + 1)
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
