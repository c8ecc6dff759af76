"""Pieces of crack: a mask turned into centrelines with length, kind of network and direction."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import cv2
import numpy as np
import pandas as pd

from ingest.imagery.components import as_bytes, labels
from ingest.imagery.thinning import branches, thinned

_STRIDE = 4


def centrelines(mask: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]) -> pd.DataFrame:
    """
    Return the centrelines of a crack mask as points in order along branches.

    Parameters
    ----------
    mask
        Cracks at the working scale, shape (height, width).
    mm_per_pixel
        Scale of the mask.
    values
        Image parameters.

    Returns
    -------
    DataFrame
        One row a point: piece (connected crack), branch, x, y [px of the mask], length [m] of line the point stands
        for. Points are every few pixels, so that the staircase of pixels does not lengthen the line.
    """
    if not mask.any():
        return pd.DataFrame({"piece": [], "branch": [], "x": [], "y": [], "length": []}, dtype=float)
    # what lies beyond the cracks is not looked at
    left, top, width, height = cv2.boundingRect(as_bytes(mask))
    part = np.ascontiguousarray(mask[top : top + height, left : left + width])
    points, branch, joint = branches(thinned(part))
    _, label = labels(part)
    keep = _every_fourth(branch)
    points, branch, joint = points[keep], branch[keep], joint[keep]
    column, row = points.astype(int).T
    piece = label[row, column]
    length = _lengths(points, branch, joint) * mm_per_pixel / 1000.0
    keep = ~_spurs(piece, branch, joint, length, shortest=values["spur_mm"] / 1000.0)
    at = points[keep] + (left, top)
    return pd.DataFrame(
        {"piece": piece[keep], "branch": branch[keep], "x": at[:, 0], "y": at[:, 1], "length": length[keep]}
    )


def _every_fourth(branch: np.ndarray) -> np.ndarray:
    """Return whether a point is every fourth of its branch or its last."""
    first = np.r_[True, branch[1:] != branch[:-1]]
    rank = np.arange(len(branch)) - np.flatnonzero(first)[np.cumsum(first) - 1]
    return (rank % _STRIDE == 0) | np.r_[first[1:], True]


def _lengths(points: np.ndarray, branch: np.ndarray, joint: np.ndarray) -> np.ndarray:
    """
    Return the length [px] each point stands for: half the steps beside it, and what is missing at ends.

    A line reaches half a pixel beyond its last one, and a pixel and a half to the middle of a junction.
    """
    same = branch[1:] == branch[:-1]
    step = np.hypot(*np.diff(points, axis=0).T) * same
    ends = np.r_[True, ~same].astype(float) + np.r_[~same, True]
    return (np.r_[0.0, step] + np.r_[step, 0.0]) / 2 + ends * np.where(joint, 1.5, 0.5)


def _spurs(
    piece: np.ndarray, branch: np.ndarray, joint: np.ndarray, length: np.ndarray, *, shortest: float
) -> np.ndarray:
    """Return the points of short side branches; a piece that is one short branch is no side branch."""
    first = np.flatnonzero(np.r_[True, branch[1:] != branch[:-1]])
    last = np.r_[first[1:], len(branch)] - 1
    alone = np.bincount(piece[first])[piece[first]] == 1
    free = ~joint[first] | ~joint[last]
    side = free & (np.add.reduceat(length, first) < shortest) & ~alone
    return np.repeat(side, last - first + 1)


def typed(
    points: pd.DataFrame, *, shape: tuple[int, int], mm_per_pixel: float, values: Mapping[str, float]
) -> pd.DataFrame:
    """
    Return the points with `type`: pattern where lines are a network or stand close, else by direction of travel.

    A good part of the length of a network lies beside the cells that it encloses.

    Columns cells and cell_m2 say how many cells the piece encloses and how large they are on average [m2].

    Parameters
    ----------
    points
        As :func:`centrelines` returns.
    shape
        Height and width of the mask [px]; travel is along the height.
    mm_per_pixel
        Scale of the mask.
    values
        Image parameters.
    """
    if points.empty:
        return points.assign(type=pd.Series(dtype=object), cells=pd.Series(dtype=int), cell_m2=pd.Series(dtype=float))
    named = {name: points[name].to_numpy() for name in ("piece", "branch", "x", "y", "length")}
    cells, size, beside = _enclosed(named, shape=shape, mm_per_pixel=mm_per_pixel, values=values)
    # a crack that forks and meets itself again encloses an island and is no network
    network = beside >= values["pattern_cell_share"]
    pattern = network | _crowded(named, shape=shape, mm_per_pixel=mm_per_pixel, values=values)
    along = _angle_to_travel(named) <= values["longitudinal_angle"]
    kind = np.where(pattern, "pattern", np.where(along, "longitudinal", "transverse"))
    return points.assign(type=kind.astype(object), cells=cells, cell_m2=size)


def _crowded(
    points: Mapping[str, np.ndarray], *, shape: tuple[int, int], mm_per_pixel: float, values: Mapping[str, float]
) -> np.ndarray:
    """Return where the length of crack per square metre in a window around the point is that of a pattern."""
    metre = mm_per_pixel / 1000.0
    step = 4
    size = (shape[0] // step + 1, shape[1] // step + 1)
    row, column = (points["y"] // step).astype(int), (points["x"] // step).astype(int)
    total = np.bincount(row * size[1] + column, points["length"], minlength=size[0] * size[1])
    window = max(1, round(values["pattern_window"] / metre / step))
    length, places = (_summed(part, window) for part in (total.reshape(size).astype(np.float32), _ones(size)))
    area = places[row, column] * (step * metre) ** 2
    return np.asarray(length[row, column] / area >= values["pattern_density"])


@cache
def _ones(shape: tuple[int, int]) -> np.ndarray:
    return np.ones(shape, np.float32)


def _summed(image: np.ndarray, size: int) -> np.ndarray:
    return cv2.boxFilter(image, -1, (size, size), normalize=False, borderType=cv2.BORDER_CONSTANT)


def _enclosed(
    points: Mapping[str, np.ndarray], *, shape: tuple[int, int], mm_per_pixel: float, values: Mapping[str, float]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return of the piece of each point: how many cells it encloses, their mean area [m2], its share beside cells."""
    row, column, piece = points["y"].astype(int), points["x"].astype(int), points["piece"].astype(int)
    # cells lie among the lines; beyond their reach all is one
    top, left = (max(int(at.min()) - _STRIDE, 0) for at in (row, column))
    size = (min(int(row.max()) + _STRIDE + 1, shape[0]) - top, min(int(column.max()) + _STRIDE + 1, shape[1]) - left)
    at = (row - top, column - left)
    wide, drawn = np.ones((_STRIDE + 1, _STRIDE + 1), np.uint8), np.zeros(size, np.uint8)
    drawn[at] = 1
    between = cv2.dilate(drawn, wide) == 0
    _, label, stats, _ = cv2.connectedComponentsWithStats(as_bytes(between), connectivity=4)
    area = stats[:, cv2.CC_STAT_AREA] * (mm_per_pixel / 1000.0) ** 2
    cell = (area >= values["cell_area_min"]) & (area <= values["cell_area_max"])
    cell[0] = False
    cell &= ~_touching_border(stats, size)
    if not cell.any():
        return np.zeros(len(piece), int), np.full(len(piece), np.nan), np.zeros(len(piece))
    numbered = np.zeros(size, np.float32)
    numbered[at] = piece
    closed = cv2.dilate(numbered, wide).astype(np.int32)
    around = cv2.dilate(np.where(cell[label], label, 0).astype(np.float32), np.ones((3, 3), np.uint8)).astype(np.int32)
    beside = (around > 0) & (closed > 0)
    pairs = np.unique(np.column_stack([closed[beside], around[beside]]), axis=0)
    most = int(piece.max()) + 1
    count = np.bincount(pairs[:, 0], minlength=most)
    total = np.bincount(pairs[:, 0], area[pairs[:, 1]], minlength=most)
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    near = cv2.dilate(as_bytes(cell[label]), np.ones((2 * _STRIDE + 1, 2 * _STRIDE + 1), np.uint8))[at] > 0
    whole, part = (np.bincount(piece, points["length"] * of, minlength=most) for of in (np.ones(len(piece)), near))
    return count[piece], mean[piece], (part / np.maximum(whole, 1e-12))[piece]


def _touching_border(stats: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    left, top = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_TOP]
    right, bottom = left + stats[:, cv2.CC_STAT_WIDTH], top + stats[:, cv2.CC_STAT_HEIGHT]
    return (left == 0) | (top == 0) | (right >= shape[1]) | (bottom >= shape[0])


def _angle_to_travel(points: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the angle [deg] between a piece and travel: the length-weighted mean of its steps, angles doubled."""
    same = points["branch"][1:] == points["branch"][:-1]
    dx, dy = (np.diff(points[name])[same] for name in "xy")
    piece = points["piece"].astype(int)
    length, turn = np.hypot(dx, dy), 2 * np.arctan2(dx, dy)
    ways = (length * np.cos(turn), length * np.sin(turn))
    c, s = (np.bincount(piece[1:][same], way, minlength=int(piece.max()) + 1) for way in ways)
    return np.asarray((np.degrees(np.abs(np.arctan2(s, c))) / 2)[piece])
