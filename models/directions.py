"""Directions: the way in which each feature may move a forecast, as ``features.csv`` allows it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import lsq_linear

from pavement.schema import read_table

Floats = NDArray[np.float64]
Way = tuple[float, float]
_WAYS = {"rising": 1, "free": 0, "falling": -1}


def directions(columns: list[str], *, target: str) -> list[int]:
    """Return 1 (rising), 0 (free) or -1 (falling) for each feature; a user's own and a unit's past are free."""
    table = read_table("features").set_index("feature")
    free = [target in targets.split() for targets in table["free_for"]]
    ways = table["direction"].map(_WAYS).mask(free, 0)
    return [int(v) for v in ways.reindex(columns).fillna(0)]


def held(columns: list[str], *, target: str) -> list[str]:
    """Return the features that may move a forecast of a target one way only."""
    return [c for c, way in zip(columns, directions(columns, target=target), strict=True) if way]


def ways(columns: list[str], *, target: str) -> list[Way]:
    """Return the least and the greatest weight that the direction of each feature allows."""
    return [(0.0 if way > 0 else -np.inf, 0.0 if way < 0 else np.inf) for way in directions(columns, target=target)]


def held_solution(free: Floats, normal: Floats, aim: Floats, allowed: list[Way]) -> Floats:
    """
    Return the least-squares solution of normal equations whose every weight keeps its way.

    Parameters
    ----------
    free
        Solution without ways; where it keeps them it is returned as it is.
    normal, aim
        Matrix, positive definite up to rounding, and right side.
    allowed
        Least and greatest value of each weight.
    """
    low, high = np.array(allowed).T
    if ((low <= free) & (free <= high)).all():
        return np.asarray(free, dtype=float)
    # a weight held to nothing has both ends at zero, which the solver does not take
    open_ = low < high
    inner = normal[np.ix_(open_, open_)]
    triangle = np.linalg.cholesky(inner + 1e-12 * np.trace(inner) * np.eye(len(inner))).T
    found = np.zeros(len(aim))
    wanted = np.linalg.solve(triangle.T, aim[open_])
    found[open_] = lsq_linear(triangle, wanted, bounds=(low[open_], high[open_]), method="bvls").x
    return found
