"""Painted lines: found, masked, and used to say where the lane is and whether the scale can be right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from ingest.imagery.components import as_bytes, components, median_grey

# place at mid-height, slope and image height of a painted line [px]
Line = tuple[float, float, int]


@dataclass(frozen=True)
class Lane:
    """
    Paint and lane of a frame, at the scale of the image given.

    `paint` and `inside` are masks (height, width); `width_m` is NaN unless a marking is seen on both sides; `sides` are
    the markings left and right, None where there is none.
    """

    paint: np.ndarray
    inside: np.ndarray
    width_m: float
    lines: int
    sides: tuple[Line | None, Line | None] = (None, None)


def find_lane(image: np.ndarray, valid: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]) -> Lane:
    """
    Return the paint in a frame and the lane between the nearest markings left and right of its middle.

    Parameters
    ----------
    image
        BGR seen from above with travel upwards, shape (height, width, 3).
    valid
        Where the road is seen, shape (height, width).
    mm_per_pixel
        Scale of the image.
    values
        Image parameters.
    """
    tone = brightest(image)
    bright = bright_strips(tone, valid, mm_per_pixel=mm_per_pixel, values=values)
    label, lines = line_components(bright, mm_per_pixel=mm_per_pixel, values=values)
    height, width = tone.shape
    middle = values["marking_offset_min"] * 1000.0 / mm_per_pixel
    left = _nearest(lines, side=-1, centre=width / 2, middle=middle, height=height)
    right = _nearest(lines, side=1, centre=width / 2, middle=middle, height=height)
    inside = valid & ~bright & beside(left, right, (height, width))
    metres = np.nan
    if left is not None and right is not None:
        metres = float((right[0] - left[0]) * mm_per_pixel / 1000.0)
    return Lane(bright, inside, metres, int(left is not None) + int(right is not None), (left, right))


def width_at_any_scale(
    image: np.ndarray, valid: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]
) -> float:
    """
    Return the distance [m] of the markings, found without trusting the scale; NaN where there are not two.

    The frame is taken to see `frame_width` across, markings are looked for in that, and only their distance is turned
    into metres by the scale given. A wrong scale then shows as an impossible lane.
    """
    width = round(values["frame_width"] * 1000.0 / values["coarse_mm"])
    size = (width, max(1, round(image.shape[0] * width / image.shape[1])))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    seen = cv2.resize(as_bytes(valid), size, interpolation=cv2.INTER_NEAREST).view(bool)
    lane = find_lane(small, seen, mm_per_pixel=values["coarse_mm"], values=values)
    return lane.width_m * (image.shape[1] * mm_per_pixel / 1000.0) / values["frame_width"]


def brightest(image: np.ndarray) -> np.ndarray:
    """Return the largest of the colours of each pixel: paint and reflectors are white, yellow, red or green."""
    blue, green, red = cv2.split(image)
    return np.asarray(cv2.max(cv2.max(blue, green), red))


def bright_strips(
    tone: np.ndarray, valid: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]
) -> np.ndarray:
    """Return pixels brighter than what lies left and right of them within the widest line."""
    wide = max(3, 2 * round(values["marking_width_max"] / mm_per_pixel / 2) + 1)
    narrow = max(1, round(values["marking_width_min"] / mm_per_pixel))
    smooth = cv2.blur(tone, (narrow, narrow))
    hat = cv2.morphologyEx(smooth, cv2.MORPH_TOPHAT, np.ones((1, wide), np.uint8))
    grey = median_grey(tone, valid)
    mask = as_bytes((hat > values["marking_contrast"] * max(grey, 1.0)) & valid)
    return cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, max(1, narrow // 2)), np.uint8)).view(bool)


def line_components(
    bright: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]
) -> tuple[np.ndarray, np.ndarray]:
    """
    Return labels, and for each painted line its place at mid-height, slope, mean x and label, shape (lines, 4).

    A line is long in travel, no wider than paint, and nearly straight ahead.
    """
    count, label, stats, centre = components(bright)
    tall = stats[:, cv2.CC_STAT_HEIGHT] * mm_per_pixel
    area = stats[:, cv2.CC_STAT_AREA] * mm_per_pixel**2
    at = np.flatnonzero(bright)
    rows, columns = np.divmod(at, bright.shape[1])
    number = label.reshape(-1)[at]
    mass = np.maximum(np.bincount(number, minlength=count), 1)
    dx, dy = columns - centre[number, 0], rows - centre[number, 1]
    covariance = np.bincount(number, dx * dy, minlength=count) / mass
    variance = np.bincount(number, dy * dy, minlength=count) / mass
    slope = covariance / np.maximum(variance, 1e-6)
    mean_width = area / np.maximum(tall, 1e-6)
    keep = (tall >= values["marking_length_min"]) & (np.abs(slope) <= values["marking_slope_max"])
    keep &= (mean_width >= values["marking_width_min"] / 2) & (mean_width <= values["marking_width_max"])
    keep[0] = False
    middle = bright.shape[0] / 2
    at_middle = centre[:, 0] + slope * (middle - centre[:, 1])
    return label, np.column_stack([at_middle, slope, centre[:, 0], np.arange(count)])[keep]


def _nearest(lines: np.ndarray, *, side: int, centre: float, middle: float, height: int) -> Line | None:
    """Return place at mid-height, slope and image height of the nearest line on one side, if any."""
    away = (lines[:, 0] - centre) * side
    beyond = away >= middle
    if not beyond.any():
        return None
    place, slope, *_ = lines[beyond][np.argmin(away[beyond])]
    return float(place), float(slope), height


def beside(left: Line | None, right: Line | None, shape: tuple[int, int]) -> np.ndarray:
    """Return where a frame lies right of its left line and left of its right one; of a line not seen nothing is cut."""
    rows, columns = np.indices(shape, dtype=np.float32, sparse=True)
    inside = np.ones(shape, bool)
    for line, side in ((left, 1), (right, -1)):
        if line is not None:
            inside &= (columns - (line[0] + line[1] * (rows - shape[0] / 2))) * side > 0
    return inside
