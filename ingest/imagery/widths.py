"""Width of a crack from the grey across it, so that it does not grow with the mask."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
import pandas as pd


def crack_widths(
    points: pd.DataFrame, grey: np.ndarray, *, scale: float, mm_per_pixel: float, values: Mapping[str, float]
) -> pd.Series:
    """
    Return the width [mm] of a crack at each point of its centreline, NaN where the grey shows no crack.

    The width is the darkness summed across the crack over the full darkness of its piece: a crack narrower than a
    pixel or blurred keeps its sum, so neither resolution nor mask changes the width while some of the piece shows its
    full darkness.

    Parameters
    ----------
    points
        As :func:`ingest.imagery.pieces.centrelines` returns.
    grey
        Grey at full resolution, shape (height, width).
    scale
        Pixels of `grey` per pixel of the points.
    mm_per_pixel
        Scale of `grey`.
    values
        Image parameters.
    """
    if points.empty:
        return pd.Series(dtype=float)
    darkness, offset = _profiles(points, grey, scale=scale, mm_per_pixel=mm_per_pixel, values=values)
    inside = _connected(darkness > 0.25 * _peak(darkness, offset, values)[:, None], darkness, offset, values)
    depth = _peak(darkness, offset, values)
    full = _upper_decile(depth, points["piece"].to_numpy(int))
    summed = (np.clip(darkness, 0.0, None) * inside).sum(axis=1) * values["profile_step_mm"]
    width = summed / np.maximum(full, 1e-6)
    return pd.Series(np.where(depth > 0.02, width, np.nan), index=points.index)


def _upper_decile(depth: np.ndarray, piece: np.ndarray) -> np.ndarray:
    """Return for each point the 0.9 quantile of the depths of its piece."""
    order = np.lexsort((depth, piece))
    start = np.flatnonzero(np.r_[True, np.diff(piece[order]) != 0])
    count = np.diff(np.r_[start, len(piece)])
    at = start + 0.9 * (count - 1)
    low = at.astype(int)
    near = depth[order][np.stack([low, np.minimum(low + 1, start + count - 1)])]
    result = np.empty(len(depth))
    result[order] = np.repeat(near[0] + (at - low) * (near[1] - near[0]), count)
    return result


def _profiles(
    points: pd.DataFrame, grey: np.ndarray, *, scale: float, mm_per_pixel: float, values: Mapping[str, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Return darkness (1 - grey / background) across each point, shape (points, offsets), and the offsets [mm]."""
    offset = np.arange(-values["profile_half_mm"], values["profile_half_mm"] + 1e-9, values["profile_step_mm"])
    across = _normals(points)
    centre = (points[["x", "y"]].to_numpy() + 0.5) * scale - 0.5
    reach = offset / mm_per_pixel
    x = centre[:, :1] + across[:, :1] * reach
    y = centre[:, 1:] + across[:, 1:] * reach
    tone = np.vstack(
        [
            cv2.remap(grey, a, b, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            for a, b in _blocks(x.astype(np.float32), y.astype(np.float32))
        ]
    ).astype(np.float32)
    side = np.abs(offset) > values["profile_half_mm"] / 2
    background = np.median(tone[:, side], axis=1, keepdims=True)
    return 1.0 - tone / np.maximum(background, 1.0), offset


def _blocks(x: np.ndarray, y: np.ndarray, *, rows: int = 16_000) -> list[tuple[np.ndarray, np.ndarray]]:
    """Split maps, since a remap holds fewer than 32 768 rows."""
    return [(x[i : i + rows], y[i : i + rows]) for i in range(0, len(x), rows)]


def _normals(points: pd.DataFrame) -> np.ndarray:
    """Return unit vectors across the line at each point, from the points before and after it."""
    here = points[["x", "y"]].to_numpy(float)
    apart = np.diff(points["branch"].to_numpy()) != 0
    step = np.where(apart[:, None], 0.0, np.diff(here, axis=0))
    along = np.vstack([np.zeros((1, 2)), step]) + np.vstack([step, np.zeros((1, 2))])
    length = np.hypot(along[:, 0], along[:, 1])
    still = length < 1e-9
    along[still], length[still] = (0.0, 1.0), 1.0
    return np.column_stack([-along[:, 1], along[:, 0]]) / length[:, None]


def _peak(darkness: np.ndarray, offset: np.ndarray, values: Mapping[str, float]) -> np.ndarray:
    middle = np.abs(offset) <= values["profile_centre_mm"]
    return darkness[:, middle].max(axis=1)


def _connected(dark: np.ndarray, darkness: np.ndarray, offset: np.ndarray, values: Mapping[str, float]) -> np.ndarray:
    """Return the run of dark samples around the darkest one near the centre."""
    middle = np.abs(offset) <= values["profile_centre_mm"]
    top = np.argmax(np.where(middle, darkness, -np.inf), axis=1)
    gaps = np.cumsum(~dark, axis=1)
    return dark & (gaps == np.take_along_axis(gaps, top[:, None], axis=1))
