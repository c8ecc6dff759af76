"""Water that stands in ruts: what a level surface fills before it runs off to a side."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pavement.measures.limits import limit

Floats = NDArray[np.float64]


def water_depths(heights: ArrayLike, offsets: ArrayLike, *, crossfall: float) -> tuple[Floats, Floats]:
    """
    Return how deep water stands in the left and the right half of the lane, one value a profile. [mm]

    Water at a point rises to the lower of the highest points on its two sides, then runs off. A profile that is level
    holds the most; crossfall drains it. Water that runs along the road is not seen.

    Parameters
    ----------
    heights
        Shape (n, m), left to right, upward positive, measured about a line across the road; NaN where unknown. [mm]
    offsets
        Distance from the lane centre, growing, shape (m,). [m]
    crossfall
        Fall of that line to the right. [%]

    Returns
    -------
    left, right
        Shape (n,). NaN where under half of the points of that half lane are known.
    """
    x = np.asarray(offsets, dtype=float)
    level = np.atleast_2d(np.asarray(heights, dtype=float)) - 10.0 * crossfall * x
    seen = np.isfinite(level)
    ground = np.where(seen, level, -np.inf)
    left = np.maximum.accumulate(ground, axis=1)
    right = np.maximum.accumulate(ground[:, ::-1], axis=1)[:, ::-1]
    depth = np.where(seen, np.minimum(left, right) - np.where(seen, level, 0.0), 0.0)
    halves = []
    for side in (x <= 1e-9, x >= -1e-9):
        known = seen[:, side].mean(axis=1) >= limit("rut_valid_min")
        halves.append(np.where(known, depth[:, side].max(axis=1), np.nan))
    return halves[0], halves[1]
