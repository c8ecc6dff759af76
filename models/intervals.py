"""Intervals: split-conformal by block, per horizon, scaled by how hard a place is to forecast."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.parameters import parameter

Floats = NDArray[np.float64]
_SMALLEST = 1e-3


@dataclass(frozen=True)
class Intervals:
    """Quantile of the scaled residual at each whole horizon; a half-width is quantile x difficulty."""

    level: float
    horizons: tuple[float, ...]
    quantiles: tuple[float, ...]

    def half_width(self, horizon: Floats, difficulty: Floats) -> Floats:
        """Return the half-width in the unit of the target; beyond the last horizon it grows with its square root."""
        known = np.interp(horizon, self.horizons, self.quantiles)
        beyond = np.sqrt(np.maximum(horizon / self.horizons[-1], 1.0))
        return known * beyond * np.maximum(difficulty, _SMALLEST)


def intervals(
    residual: Floats, difficulty: Floats, horizon: Floats, blocks: NDArray[np.int64], *, level: float
) -> Intervals:
    """
    Return intervals calibrated on residuals of places never learned from.

    Parameters
    ----------
    residual, difficulty, horizon
        One row a pair: observed minus forecast, expected size of that, and horizon [year].
    blocks
        Block of each row; every block weighs the same, since rows of one block are not independent.
    level
        Nominal coverage, such as 0.9.
    """
    score = np.abs(residual) / np.maximum(difficulty, _SMALLEST)
    weight = 1.0 / np.bincount(blocks)[blocks]
    whole = np.clip(np.round(horizon), 1, None)
    pooled = _quantile(score, weight, level)
    steps = np.unique(whole)
    found = []
    for step in steps:
        here = whole == step
        enough = here.sum() >= parameter("scores_min")
        found.append(_quantile(score[here], weight[here], level) if enough else pooled)
    return Intervals(level, tuple(float(s) for s in steps), tuple(found))


def _quantile(score: Floats, weight: Floats, level: float) -> float:
    """Return the weighted quantile with the finite-sample correction (n + 1) / n on the number of rows."""
    order = np.argsort(score)
    share = np.cumsum(weight[order]) / weight.sum()
    wanted = min(1.0, level * (1 + 1 / len(score)))
    return float(score[order][min(int(np.searchsorted(share, wanted)), len(score) - 1)])
