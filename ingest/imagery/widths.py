"""Width of a crack from the grey across it, so that it does not grow with the mask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import erf
from statistics import NormalDist

import cv2
import numpy as np
import pandas as pd

# width over the spread of a sharp edge (standard deviations) → share of its full darkness that a blurred line shows
_TIMES = np.linspace(0.01, 12.0, 600)
_SHOWN = np.array([erf(times / 8**0.5) for times in _TIMES])


def crack_widths(
    points: pd.DataFrame, grey: np.ndarray, *, scale: float, mm_per_pixel: float, values: Mapping[str, float]
) -> pd.Series:
    """
    Return the width [mm] of a crack at each point of its centreline, NaN where the grey shows no crack.

    The width is the darkness summed across the crack over the full darkness of its piece. Blur and pixels move
    darkness but keep its sum, so neither resolution nor mask changes the width while some of the piece shows its full
    darkness. A piece that is nowhere wider than the pixels is told as a sharp image of its sum and darkness would be.

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
    peak = _peak(darkness, offset, values)
    inside = _connected(darkness > values["profile_edge"] * peak[:, None], darkness, offset, values)
    across = _across(darkness, inside, step=values["profile_step_mm"], pixel=mm_per_pixel)
    _, piece = np.unique(points["piece"].to_numpy(), return_inverse=True)
    full = _full_darkness(across, piece, spread=values["profile_spread"] * mm_per_pixel, values=values)
    width = np.maximum(across.total, 0.0) / np.maximum(full, 1e-6)[piece]
    return pd.Series(np.where(peak > values["profile_dark_min"], width, np.nan), index=points.index)


@dataclass(frozen=True)
class _Across:
    """
    What the profiles tell of the crack at each point.

    Attributes
    ----------
    total
        Darkness summed across it. [mm]
    depth
        Mean darkness between its edges.
    grain
        The same of the road on one side less that on the other: what grain makes of twice the variance of `depth`.
    """

    total: np.ndarray
    depth: np.ndarray
    grain: np.ndarray


def _across(darkness: np.ndarray, inside: np.ndarray, *, step: float, pixel: float) -> _Across:
    """Return sum and depth of the dark run of each profile."""
    start, count = inside.argmax(axis=1), inside.sum(axis=1)
    samples = darkness.shape[1]
    summed = np.zeros((len(darkness), samples + 1), np.float32)
    np.cumsum(darkness, axis=1, out=summed[:, 1:])
    # the feet of blurred edges lie beyond the run; sound road beside them adds nothing on average
    foot = max(1, round(pixel / step))
    total = _until(summed, start + count + foot) - _until(summed, start - foot)
    weight = (darkness * inside) ** 2
    middle = weight @ np.arange(samples, dtype=np.float32) / np.maximum(weight.sum(axis=1), 1e-12) + 0.5
    half = np.maximum(count / 2 - pixel / step, 1.0) / 2
    depth, left, right = (
        (_until(summed, place + half) - _until(summed, place - half)) / (2 * half)
        for place in (middle, np.full(len(middle), samples / 8), np.full(len(middle), samples * 7 / 8))
    )
    return _Across(total * step, depth, (left - right) * (1.0 - np.clip(depth, 0.0, 1.0)))


def _until(summed: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Return cumulated profiles at a place of each, in samples, between samples by a straight line."""
    place = np.clip(place, 0.0, summed.shape[1] - 1.001)
    low, row = place.astype(int), np.arange(len(place))
    before = summed[row, low]
    return np.asarray(before + (place - low) * (summed[row, low + 1] - before))


def _full_darkness(across: _Across, piece: np.ndarray, *, spread: float, values: Mapping[str, float]) -> np.ndarray:
    """
    Return the full darkness of each piece: the depth of its deepest tenth less what grain adds to it.

    Grain lifts the deepest tenth over the median. What is left of the lift tells how unlike the crack is and how it
    lies to the pixels. Points beside the crack are shallow, so neither means nor variances are taken.
    """
    middle, high = (_quantile(across.depth, piece, share) for share in (0.5, values["profile_full_share"]))
    grain = _quantile(np.abs(across.grain), piece, 0.5) / NormalDist().inv_cdf(0.75) / 2**0.5
    by_grain = NormalDist().inv_cdf(values["profile_full_share"]) * grain
    # of few points the spread is larger than that of grain by chance
    by_grain *= (1.0 + values["profile_chance"] / np.sqrt(np.bincount(piece))) ** 0.5
    own = np.sqrt(np.clip(1.0 - (by_grain / np.maximum(high - middle, 1e-6)) ** 2, 0.0, 1.0))
    total, total_deep = (
        np.bincount(piece, across.total * deep) / np.bincount(piece, deep)
        for deep in (across.depth >= middle[piece], across.depth >= high[piece])
    )
    top, top_total = middle + own * (high - middle), total + own * (total_deep - total)
    shown = np.interp(top_total / np.maximum(top, 1e-6) / spread, _TIMES / _SHOWN, _SHOWN)
    return np.asarray(top / np.maximum(shown, values["profile_shown_min"]))


def _quantile(numbers: np.ndarray, piece: np.ndarray, share: float) -> np.ndarray:
    """Return a quantile of the numbers of each piece."""
    order = np.lexsort((numbers, piece))
    start = np.flatnonzero(np.r_[True, np.diff(piece[order]) != 0])
    count = np.diff(np.r_[start, len(piece)])
    at = start + share * (count - 1)
    low = at.astype(int)
    near = numbers[order][np.stack([low, np.minimum(low + 1, start + count - 1)])]
    return np.asarray(near[0] + (at - low) * (near[1] - near[0]))


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
    )
    side = np.abs(offset) > values["profile_half_mm"] / 2
    background = np.maximum(np.median(tone[:, side], axis=1, keepdims=True), 1.0).astype(np.float32)
    return 1.0 - tone / background, offset


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
