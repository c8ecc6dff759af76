"""Faulting: the step from one slab to the next at a joint."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pavement.measures.limits import limit

Floats = NDArray[np.float64]


def joint_faults(height: ArrayLike, along: ArrayLike, joints: ArrayLike) -> Floats:
    """
    Return the fault at each joint: mean height before it less mean height behind it, in travel. [mm]

    Parameters
    ----------
    height
        Heights along travel, shape (m,), upward positive; NaN where unknown. [mm]
    along
        Distance of each point, growing in travel, shape (m,). [m]
    joints
        Where the joints are, shape (k,). [m]

    Returns
    -------
    fault
        Shape (k,); positive where the slab behind the joint lies lower. NaN where under half of either window is known.

    Notes
    -----
    The slope of the road is taken out: a line of one slope through both windows, with a step between them.

    References
    ----------
    .. [1] AASHTO R 36, from memory: means of windows on both sides that keep clear of the joint.
    """
    z, x = np.asarray(height, dtype=float), np.asarray(along, dtype=float)
    near, far = limit("fault_window_near"), limit("fault_window_far")
    away = x[None, :] - np.atleast_1d(np.asarray(joints, dtype=float))[:, None]
    known = np.isfinite(z)[None, :]
    sides = [(away <= -near) & (away >= -far), (away >= near) & (away <= far)]
    means, slopes, weights = [], [], []
    for side in sides:
        use = side & known
        count = use.sum(axis=1)
        total = np.maximum(count, 1)
        place = (np.where(use, away, 0.0)).sum(axis=1) / total
        level = (np.where(use, z, 0.0)).sum(axis=1) / total
        off = np.where(use, away - place[:, None], 0.0)
        slopes.append((off * np.where(use, z, 0.0)).sum(axis=1))
        weights.append((off**2).sum(axis=1))
        means.append((np.where(count >= np.maximum(1, side.sum(axis=1) / 2), level, np.nan), place))
    slope = sum(slopes) / np.maximum(sum(weights), 1e-12)
    (before, at_before), (behind, at_behind) = means
    return np.asarray((before - slope * at_before) - (behind - slope * at_behind))
