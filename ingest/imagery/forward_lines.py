"""Lane lines of forward frames whose camera is not known yet: straight paint that runs to one vanishing point."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ingest.imagery.components import as_bytes, components
from ingest.imagery.lane import brightest


@dataclass(frozen=True)
class Perspective:
    """
    How a straight lane lies in the frames of a camera that does not lean sideways.

    Attributes
    ----------
    horizon, vanishing
        Row and column at which the lane ends; the row may lie above the frame. [px]
    growth
        Growth of the lane's width from row to row. [px/px]
    left, right
        Growth of the distance of its lines from the column `vanishing`, to the right. [px/px]
    """

    horizon: float
    vanishing: float
    growth: float
    left: float
    right: float


def met(left: Sequence[float], right: Sequence[float]) -> Perspective:
    """Return where two lines of a lane meet; each is (slope [px/px], column at row 0 [px])."""
    growth = right[0] - left[0]
    horizon = (left[1] - right[1]) / growth
    return Perspective(float(horizon), float(left[0] * horizon + left[1]), float(growth), left[0], right[0])


def painted_lines(image: np.ndarray, *, values: Mapping[str, float]) -> np.ndarray:
    """
    Return straight strips of paint, shape (lines, 5): slope, column at row 0, middle column, middle row, height. [px]

    Parameters
    ----------
    image
        BGR frame as the camera made it, shape (height, width, 3).
    values
        Image parameters; those of name ``calibrate_…`` are used.
    """
    tone = cv2.GaussianBlur(brightest(image), (3, 3), 0)
    height, width = tone.shape
    kernel = np.ones((1, 2 * round(values["calibrate_paint"] * width / 2) + 1), np.uint8)
    hat = cv2.morphologyEx(tone, cv2.MORPH_TOPHAT, kernel)
    grey = max(float(np.median(tone)), 1.0)
    bright = as_bytes(hat > values["calibrate_contrast"] * grey)
    bright = cv2.morphologyEx(bright, cv2.MORPH_OPEN, np.ones((3, 1), np.uint8))
    _, label, stats, _ = components(bright)
    tall = np.flatnonzero(stats[:, cv2.CC_STAT_HEIGHT] >= values["calibrate_length"] * height)
    found = [_fitted(label, stats[number], int(number)) for number in tall if number > 0]
    return np.array([line for line in found if line is not None]).reshape(-1, 5)


def _fitted(label: np.ndarray, box: np.ndarray, number: int) -> tuple[float, ...] | None:
    """Return a line through the middles of the rows of a strip; None where it is bent, or no strip."""
    left, top, width, height = box[:4]
    part = label[top : top + height, left : left + width] == number
    wide = part.sum(axis=1)
    rows = np.flatnonzero(wide)
    middle = (part[rows] * np.arange(width)).sum(axis=1) / wide[rows]
    slope, at = np.polyfit(rows, middle, 1)
    off = np.abs(slope * rows + at - middle)
    if np.quantile(off, 0.9) > max(2.0, 0.35 * float(np.median(wide[rows]))) or np.median(wide[rows]) > height / 3:
        return None
    return slope, at + left - slope * top, float(middle.mean() + left), float(rows.mean() + top), float(height)


def vanishing_point(lines: Sequence[np.ndarray], *, width: int, values: Mapping[str, float]) -> tuple[float, float]:
    """
    Return row and column of the point to which most of the paint of all frames runs; NaN where there is none.

    Parameters
    ----------
    lines
        What :func:`painted_lines` gives of each frame.
    width
        Width of the frames. [px]
    values
        Image parameters.
    """
    every = np.concatenate([np.empty((0, 5)), *lines])
    slack = values["calibrate_slack"] * width
    best, most = (np.nan, np.nan), 0.0
    for frame in lines:
        for one, other in itertools.combinations(frame, 2):
            if abs(one[0] - other[0]) < values["calibrate_apart"]:
                continue
            row = (one[1] - other[1]) / (other[0] - one[0])
            # a lane ends above what is seen of it
            if row > min(one[3] - one[4] / 2, other[3] - other[4] / 2):
                continue
            weight = every[_near(every, row, one[0] * row + one[1]) <= slack, 4].sum()
            if weight > most:
                best, most = (row, one[0] * row + one[1]), weight
    return _refined(every, best, slack) if most else best


def _near(lines: np.ndarray, row: float, column: float) -> np.ndarray:
    """Return how far lines pass beside a point. [px]"""
    return np.asarray(np.abs(lines[:, 0] * row + lines[:, 1] - column))


def _refined(lines: np.ndarray, point: tuple[float, float], slack: float) -> tuple[float, float]:
    """Return the point that the lines near it pass most closely, by least squares over their heights."""
    for _ in range(5):
        near = lines[_near(lines, *point) <= slack]
        matrix = np.column_stack([near[:, 0], -np.ones(len(near))]) * near[:, 4:]
        row, column = np.linalg.lstsq(matrix, -near[:, 1] * near[:, 4], rcond=None)[0]
        point = (float(row), float(column))
    return point


def lane_in(
    lines: np.ndarray, point: tuple[float, float], *, shape: tuple[int, ...], values: Mapping[str, float]
) -> tuple[float, float] | None:
    """
    Return how the lines left and right of the vehicle grow apart from the vanishing column [px/px]; None without both.

    Parameters
    ----------
    lines
        What :func:`painted_lines` gives of the frame.
    point
        Row and column at which the lane ends. [px]
    shape
        Height and width of the frame. [px]
    values
        Image parameters.
    """
    row, column = point
    height, width = shape[:2]
    own = lines[_near(lines, row, column) <= values["calibrate_slack"] * width]
    if not len(own):
        return None
    growth = (own[:, 2] - column) / (own[:, 3] - row)
    # where each stands at the lower edge, beside the middle of the frame
    beside = growth * (height - 1 - row) + column - width / 2
    left, right = (growth[side * beside > values["calibrate_beside"] * width] for side in (-1, 1))
    return (float(left.max()), float(right.min())) if len(left) and len(right) else None
