"""Rut width: how far a straightedge or wire hangs free over the deepest place of a wheel path."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pavement.measures.limits import limit
from pavement.measures.rutting import check_profiles, gaps

Floats = NDArray[np.float64]
# profiles worked on together: small enough to stay in the processor's cache
_BLOCK = 2048


def rut_widths(
    heights: ArrayLike, offsets: ArrayLike, *, method: str = "straightedge", length: float = 2.0
) -> tuple[Floats, Floats]:
    """
    Return the width of the rut of the left and the right half of the lane, one value a profile. [mm]

    Parameters
    ----------
    heights, offsets, method, length
        As :func:`pavement.measures.rutting.rut_depths`; five points tell no width.

    Returns
    -------
    left, right
        Shape (n,): how far the gap stays over ``rut_width_gap`` about the deepest place of the half lane, the borders
        between points on a straight line. 0 where no gap is so deep; NaN where under half of the half lane is known.

    Raises
    ------
    SurveyError
        As :func:`pavement.measures.rutting.rut_depths`.
    """
    z, x = np.atleast_2d(np.asarray(heights, dtype=float)), np.asarray(offsets, dtype=float)
    check_profiles(z, x, method, length)
    halves = np.full((2, len(z)), np.nan)
    if method == "five_point":
        return halves[0], halves[1]
    reach = np.inf if method == "wire" else length
    for start in range(0, len(z), _BLOCK):
        block = np.ascontiguousarray(z[start : start + _BLOCK].T)
        gap = gaps(block, x, reach)
        for half, side in zip(halves, (x <= 1e-9, x >= -1e-9), strict=True):
            half[start : start + _BLOCK] = _width(gap, np.isfinite(block), x, side)
    for half, side in zip(halves, (x <= 1e-9, x >= -1e-9), strict=True):
        half[np.isfinite(z[:, side]).mean(axis=1) < limit("rut_valid_min")] = np.nan
    return halves[0], halves[1]


def _width(gap: Floats, seen: NDArray[np.bool_], x: Floats, side: NDArray[np.bool_]) -> Floats:
    """Return the width [mm] of the run of gaps about the deepest one of a half lane, gaps of shape (m, n)."""
    floor = limit("rut_width_gap")
    profile = np.arange(gap.shape[1])
    inside = np.flatnonzero(side)
    deepest = inside[np.argmax(gap[side], axis=0)]
    # a point that is not known ends no rut
    touching = seen & (gap <= floor)
    index = np.arange(len(x))[:, None]
    before = np.maximum.accumulate(np.where(touching, index, -1), axis=0)[deepest, profile]
    after = np.minimum.accumulate(np.where(touching, index, len(x))[::-1], axis=0)[::-1][deepest, profile]
    ends = [_crossing(gap, seen, x, near, step, floor) for near, step in ((before, 1), (after, -1))]
    width = (ends[1] - ends[0]) * 1000.0
    return np.where(gap[deepest, profile] > floor, width, 0.0)


def _crossing(
    gap: Floats, seen: NDArray[np.bool_], x: Floats, near: NDArray[np.int64], step: int, floor: float
) -> Floats:
    """Return where the gap passes the floor between a point that touches and the next one into the rut. [m]"""
    profile = np.arange(gap.shape[1])
    last = len(x) - 1
    on = np.clip(near, 0, last)
    into = np.clip(on + step, 0, last)
    low, high = gap[on, profile], gap[into, profile]
    rise = high - low
    share = np.where((rise > 0) & seen[into, profile], (floor - low) / np.where(rise > 0, rise, 1.0), 0.0)
    # a rut that reaches the end of the profile ends there
    beyond = (near < 0) | (near > last)
    return np.where(beyond, x[on], x[on] + np.clip(share, 0.0, 1.0) * (x[into] - x[on]))
