"""Cross slope of a lane from profiles measured against the horizontal."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pavement.measures.limits import limit

Floats = NDArray[np.float64]


def cross_slopes(heights: ArrayLike, offsets: ArrayLike) -> Floats:
    """
    Return the fall to the right of the straight line through each profile. [%]

    Parameters
    ----------
    heights
        Shape (n, m), left to right, upward positive, against the horizontal; NaN where unknown. [mm]
    offsets
        Distance from the lane centre, growing, shape (m,). [m]

    Returns
    -------
    slope
        Shape (n,), by least squares; NaN where under half of the points are known.

    Examples
    --------
    >>> cross_slopes([[40.0, 20.0, 0.0, -20.0, -40.0]], [-2.0, -1.0, 0.0, 1.0, 2.0]).tolist()
    [2.0]
    """
    z, x = np.atleast_2d(np.asarray(heights, dtype=float)), np.asarray(offsets, dtype=float)
    seen = np.isfinite(z)
    count = np.maximum(seen.sum(axis=1), 1)
    off = np.where(seen, x, 0.0) - (np.where(seen, x, 0.0).sum(axis=1) / count)[:, None]
    off = np.where(seen, off, 0.0)
    spread = (off**2).sum(axis=1)
    slope = (off * np.where(seen, z, 0.0)).sum(axis=1) / np.where(spread > 0, spread, np.nan)
    known = seen.mean(axis=1) >= limit("rut_valid_min")
    # 1 mm a metre is a tenth of a per cent
    return np.where(known, -slope / 10.0 + 0.0, np.nan)
