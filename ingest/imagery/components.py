"""Connected regions of masks: labelled once, and chosen by their number without looking at the whole image again."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np


def as_bytes(mask: np.ndarray) -> np.ndarray:
    """Return a boolean mask as 0 and 1 for OpenCV, without a copy where its memory allows that."""
    return np.ascontiguousarray(mask).view(np.uint8) if mask.dtype == bool else mask


def components(mask: np.ndarray) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
    """
    Return count, labels, statistics and middles of the 8-connected regions of a mask; label 0 is what is not set.

    Of OpenCV's ways that of Grana (2010) takes a third of the time of its usual one when statistics are asked for.
    """
    count, label, stats, centre = cv2.connectedComponentsWithStatsWithAlgorithm(
        as_bytes(mask), 8, cv2.CV_32S, cv2.CCL_GRANA
    )
    return int(count), label, stats, centre


def labels(mask: np.ndarray) -> tuple[int, np.ndarray]:
    """Return count and labels of the 8-connected regions of a mask; label 0 is what is not set."""
    count, label = cv2.connectedComponents(as_bytes(mask), connectivity=8)
    return int(count), label


def chosen(mask: np.ndarray, label: np.ndarray, keep: np.ndarray) -> np.ndarray:
    """
    Return the regions of a mask that are kept.

    Parameters
    ----------
    mask, label
        A boolean mask and its labels, shape (height, width).
    keep
        Whether to keep each label, shape (count,).
    """
    at = np.flatnonzero(mask)
    result = np.zeros(mask.shape, bool)
    result.reshape(-1)[at] = keep[label.reshape(-1)[at]]
    return result


def fitted(mask: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return a mask at another size."""
    if mask.shape == shape[:2]:
        return mask
    return cv2.resize(as_bytes(mask), (shape[1], shape[0]), interpolation=cv2.INTER_NEAREST).view(bool)


def grown(mask: np.ndarray, size: int) -> np.ndarray:
    """Return a mask grown by a square of an odd size [px] around each of its pixels."""
    if not mask.any():
        return mask
    return cv2.dilate(as_bytes(mask), np.ones((size, size), np.uint8)).view(bool)


def hysteresis(
    response: np.ndarray,
    *,
    low: float,
    high: float,
    mm_per_pixel: float = 1.0,
    values: Mapping[str, float] | None = None,
) -> np.ndarray:
    """
    Return the 8-connected regions over `low` that hold a pixel over `high`.

    With image parameters only those that :func:`long_components` keeps, which are then not labelled twice.
    """
    start = np.flatnonzero(response > high)
    faint = response > low
    if len(start) == 0:
        return np.zeros_like(faint)
    count, label, stats, _ = components(faint)
    strong = np.zeros(count, bool)
    strong[label.reshape(-1)[start]] = True
    strong[0] = False
    if values is not None:
        strong &= _long(stats, mm_per_pixel, values)
    return chosen(faint, label, strong)


def long_components(mask: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]) -> np.ndarray:
    """Return the components whose bounding box and area are large enough for a crack."""
    if not mask.any():
        return mask
    _, label, stats, _ = components(mask)
    keep = _long(stats, mm_per_pixel, values)
    keep[0] = False
    return chosen(mask, label, keep)


def _long(stats: np.ndarray, mm_per_pixel: float, values: Mapping[str, float]) -> np.ndarray:
    area = stats[:, cv2.CC_STAT_AREA] * mm_per_pixel**2
    long = extents(stats) * mm_per_pixel >= values["crack_extent_min"]
    return np.asarray(long & (area >= values["crack_area_min"]))


def extents(stats: np.ndarray) -> np.ndarray:
    """Return the diagonals of the bounding boxes of components. [px]"""
    return np.hypot(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])


def median_grey(grey: np.ndarray, where: np.ndarray) -> float:
    """Return the median of an 8-bit image where a mask is set; 0 where nothing is."""
    count = cv2.calcHist([grey], [0], as_bytes(where), [256], [0, 256]).ravel()
    below, total = np.cumsum(count), int(count.sum())
    if total == 0:
        return 0.0
    return float(np.searchsorted(below, [(total - 1) // 2, total // 2], side="right").mean())
