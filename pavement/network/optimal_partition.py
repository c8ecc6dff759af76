"""PELT: the borders of a series that cost least, found exactly with pruning."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# metres
_TOUCH = 1e-3


def optimal_borders(value: Floats, weight: Floats, at: Floats, *, penalty: float, minimum: float) -> NDArray[np.intp]:
    """
    Return where the sections of a series begin, the first one's 0 included.

    The sum over sections of ``Σ w (v - mean)²`` plus `penalty` for each border is the least that any choice of borders
    can have. A border that no later one can need is dropped, which changes no answer.

    Parameters
    ----------
    value, weight
        Value of each piece, and its weight; a piece of weight 0 counts for nothing.
    at
        Place of each piece's start, and of the end of the last one: one more than values. [m]
    penalty
        Cost of a border, in the square of the unit of `value`.
    minimum
        Shortest section; a series that is shorter is one section. [m]

    References
    ----------
    .. [1] Killick, Fearnhead, Eckley, "Optimal detection of changepoints with a linear computational cost", Journal of
       the American Statistical Association 107, 2012.
    """
    count = len(value)
    level = float(np.average(value, weights=weight)) if weight.sum() > 0 else 0.0
    shifted = np.where(weight > 0, value - level, 0.0)
    sums = [np.concatenate([[0.0], np.cumsum(weight * shifted**k)]) for k in (0, 1, 2)]
    best, last = np.full(count + 1, np.inf), np.zeros(count + 1, dtype=np.intp)
    best[0] = -penalty
    useless_from = np.full(count + 1, np.inf)
    starts = np.array([0])
    # each step rests on all before it: this loop is the method, and one step looks at all starts at once
    for end in range(1, count + 1):
        starts = starts[at[end] < useless_from[starts] - _TOUCH]
        usable = starts[at[end] - at[starts] >= minimum - _TOUCH]
        if len(usable):
            inner = best[usable] + _cost(sums, usable, end)
            least = int(np.argmin(inner))
            best[end], last[end] = inner[least] + penalty, usable[least]
            worse = usable[inner >= best[end]]
            # the shorter section takes over only where it is long enough itself
            useless_from[worse] = np.minimum(useless_from[worse], at[end] + minimum)
            starts = np.append(starts, end)
    return _walked_back(last, count) if np.isfinite(best[count]) else np.array([0])


def _cost(sums: list[Floats], start: NDArray[np.intp], end: int) -> Floats:
    """Return ``Σ w (v - mean)²`` of the pieces from each start to one end."""
    total, first, second = (s[end] - s[start] for s in sums)
    square = np.divide(first**2, total, out=np.zeros(len(start)), where=total > 0)
    return np.maximum(second - square, 0.0)


def _walked_back(last: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    found = [count]
    while found[-1] > 0:
        found.append(int(last[found[-1]]))
    return np.array(found[:0:-1], dtype=np.intp)
