"""Pieces of crack: a mask turned into centrelines with length, kind of network and direction."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
import pandas as pd

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
    skeleton = thinned(mask)
    points, branch, joint = branches(skeleton)
    if len(points) == 0:
        return pd.DataFrame({"piece": [], "branch": [], "x": [], "y": [], "length": []}, dtype=float)
    _, label = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    column, row = points.astype(int).T
    frame = pd.DataFrame({"piece": label[row, column], "branch": branch, "x": points[:, 0], "y": points[:, 1]})
    frame = _thinned_out(frame.assign(joint=joint))
    frame["length"] = _lengths(frame) * mm_per_pixel / 1000.0
    return _without_spurs(frame, shortest=values["spur_mm"] / 1000.0).drop(columns="joint")


def _thinned_out(frame: pd.DataFrame) -> pd.DataFrame:
    """Keep every fourth point of a branch and its last."""
    rank = frame.groupby("branch").cumcount()
    last = ~frame.duplicated("branch", keep="last")
    return frame[(rank % _STRIDE == 0) | last].reset_index(drop=True)


def _lengths(frame: pd.DataFrame) -> np.ndarray:
    """
    Return the length [px] each point stands for: half the steps beside it, and what is missing at ends.

    A line reaches half a pixel beyond its last one, and a pixel and a half to the middle of a junction.
    """
    xy = frame[["x", "y"]].to_numpy()
    same = frame["branch"].to_numpy()[1:] == frame["branch"].to_numpy()[:-1]
    step = np.hypot(*np.diff(xy, axis=0).T) * same
    ends = np.r_[True, ~same].astype(float) + np.r_[~same, True]
    return (np.r_[0.0, step] + np.r_[step, 0.0]) / 2 + ends * np.where(frame["joint"], 1.5, 0.5)


def _without_spurs(frame: pd.DataFrame, *, shortest: float) -> pd.DataFrame:
    """Drop short side branches; a piece that is one short branch is no side branch."""
    length = frame.groupby("branch")["length"].transform("sum")
    alone = frame.groupby("piece")["branch"].transform("nunique") == 1
    end = ~frame.duplicated("branch") | ~frame.duplicated("branch", keep="last")
    free = (end & ~frame["joint"]).groupby(frame["branch"]).transform("any")
    side = free & (length < shortest) & ~alone
    return frame[~side].reset_index(drop=True)


def typed(
    points: pd.DataFrame, *, shape: tuple[int, int], mm_per_pixel: float, values: Mapping[str, float]
) -> pd.DataFrame:
    """
    Return the points with `type`: pattern where lines enclose cells or stand close, else by direction of travel.

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
        return points.assign(type=pd.Series(dtype=str), cells=pd.Series(dtype=int), cell_m2=pd.Series(dtype=float))
    cells = _enclosed(points, shape=shape, mm_per_pixel=mm_per_pixel, values=values)
    count, size = (points["piece"].map(cells[c]) for c in ("cells", "cell_m2"))
    pattern = _crowded(points, shape=shape, mm_per_pixel=mm_per_pixel, values=values)
    pattern |= count.notna()
    along = _angle_to_travel(points) <= values["longitudinal_angle"]
    kind = np.where(pattern, "pattern", np.where(along, "longitudinal", "transverse"))
    return points.assign(
        type=pd.Series(kind, index=points.index, dtype=str), cells=count.fillna(0).astype(int), cell_m2=size
    )


def _crowded(
    points: pd.DataFrame, *, shape: tuple[int, int], mm_per_pixel: float, values: Mapping[str, float]
) -> pd.Series:
    """Return where the length of crack per square metre in a window around the point is that of a pattern."""
    metre = mm_per_pixel / 1000.0
    step = 4
    total = np.zeros((shape[0] // step + 1, shape[1] // step + 1), np.float32)
    row, column = (points["y"] // step).astype(int), (points["x"] // step).astype(int)
    np.add.at(total, (row, column), points["length"].to_numpy(np.float32))
    size = max(1, round(values["pattern_window"] / metre / step))
    length, places = (_summed(part, size) for part in (total, np.ones_like(total)))
    area = places * (step * metre) ** 2
    return pd.Series((length / area)[row, column] >= values["pattern_density"], index=points.index)


def _summed(image: np.ndarray, size: int) -> np.ndarray:
    return cv2.boxFilter(image, -1, (size, size), normalize=False, borderType=cv2.BORDER_CONSTANT)


def _enclosed(
    points: pd.DataFrame, *, shape: tuple[int, int], mm_per_pixel: float, values: Mapping[str, float]
) -> pd.DataFrame:
    """Return how many cells the lines of a piece enclose, and their mean area [m2]; other pieces are left out."""
    row, column = points["y"].to_numpy(int), points["x"].to_numpy(int)
    wide, drawn = np.ones((_STRIDE + 1, _STRIDE + 1), np.uint8), np.zeros(shape, np.float32)
    drawn[row, column] = 1
    between = (cv2.dilate(drawn, wide) == 0).astype(np.uint8)
    _, label, stats, _ = cv2.connectedComponentsWithStats(between, connectivity=4)
    area = stats[:, cv2.CC_STAT_AREA] * (mm_per_pixel / 1000.0) ** 2
    cell = (area >= values["cell_area_min"]) & (area <= values["cell_area_max"])
    cell[0] = False
    cell &= ~_touching_border(stats, shape)
    if not cell.any():
        return pd.DataFrame({"cells": [], "cell_m2": []}, dtype=float)
    drawn[row, column] = points["piece"]
    closed = cv2.dilate(drawn, wide).astype(np.int32)
    around = cv2.dilate(np.where(cell[label], label, 0).astype(np.float32), np.ones((3, 3), np.uint8)).astype(np.int32)
    beside = (around > 0) & (closed > 0)
    pairs = np.unique(np.column_stack([closed[beside], around[beside]]), axis=0)
    groups = pd.Series(area[pairs[:, 1]], dtype=float).groupby(pairs[:, 0])
    return groups.agg(cells="count", cell_m2="mean")


def _touching_border(stats: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    left, top = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_TOP]
    right, bottom = left + stats[:, cv2.CC_STAT_WIDTH], top + stats[:, cv2.CC_STAT_HEIGHT]
    return (left == 0) | (top == 0) | (right >= shape[1]) | (bottom >= shape[0])


def _angle_to_travel(points: pd.DataFrame) -> pd.Series:
    """Return the angle [deg] between a piece and travel: the length-weighted mean of its steps, angles doubled."""
    step = points.groupby("branch")[["x", "y"]].diff()
    length = np.hypot(step["x"], step["y"])
    turn = 2 * np.arctan2(step["x"], step["y"])
    parts = pd.DataFrame({"piece": points["piece"], "c": length * np.cos(turn), "s": length * np.sin(turn)})
    mean = parts.groupby("piece")[["c", "s"]].transform("sum")
    return np.degrees(np.abs(np.arctan2(mean["s"], mean["c"]))) / 2
