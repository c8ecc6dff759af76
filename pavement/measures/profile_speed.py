"""Where a profiler drove too slowly for its heights to be believed."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pavement.measures.limits import limit


def too_slow(measure: ArrayLike, speed: ArrayLike) -> NDArray[np.bool_]:
    """
    Return which samples of a drive lie where the profiler was slower than it can measure, or within 11 m of that (P5).

    Parameters
    ----------
    measure
        Places in the order of travel, either way along the road, shape (n,). [m]
    speed
        Speed at each, NaN where it was not recorded, shape (n,). [km/h]

    Returns
    -------
    slow
        Shape (n,). An inertial profiler integrates acceleration: under its least speed (``profile_speed_min``), and
        around a stop, heights are drift. Places without a recorded speed are judged by those around them.

    References
    ----------
    .. [1] Least speed of inertial profilers, from memory: to confirm for the agency's vehicle.
    """
    at, pace = np.asarray(measure, dtype=float), np.asarray(speed, dtype=float)
    under = np.flatnonzero(pace < limit("profile_speed_min"))
    slow = np.zeros(len(at), dtype=bool)
    if not len(under):
        return slow
    margin = limit("iri_run_in")
    places = np.sort(at[under])
    nearest = np.clip(np.searchsorted(places, at), 1, max(len(places) - 1, 1))
    before, after = places[nearest - 1], places[np.minimum(nearest, len(places) - 1)]
    return np.minimum(np.abs(at - before), np.abs(at - after)) <= margin


def runs_of(mask: ArrayLike) -> list[tuple[int, int]]:
    """Return first and last index of each run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], np.asarray(mask, dtype=bool), [False]]).astype(np.int8)))
    return [(int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True)]
