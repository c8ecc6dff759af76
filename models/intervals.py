"""Intervals: split-conformal by block, per horizon, scaled by how hard a place is to forecast."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.parameters import parameter
from models.regression import recency

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Intervals:
    """Quantile of the scaled residual at each whole horizon; a half-width is quantile x difficulty."""

    level: float
    smallest: float
    horizons: tuple[float, ...]
    quantiles: tuple[float, ...]

    def half_width(self, horizon: Floats, difficulty: Floats) -> Floats:
        """Return the half-width in the unit of the target; beyond the last horizon it grows with its square root."""
        known = np.interp(horizon, self.horizons, self.quantiles)
        beyond = np.sqrt(np.maximum(horizon / self.horizons[-1], 1.0))
        return known * beyond * np.maximum(difficulty, self.smallest)


def intervals(
    residual: Floats, difficulty: Floats, pairs: pd.DataFrame, *, level: float, recent: bool = False
) -> Intervals:
    """
    Return intervals calibrated on residuals of places never learned from.

    Parameters
    ----------
    residual, difficulty
        One row a pair: observed minus forecast, and the expected size of that.
    pairs
        horizon [year] and block of each row; every block weighs the same at each horizon, since rows of one block
        are not independent.
    level
        Nominal coverage, such as 0.9.
    recent
        Whether recent pairs count more, as they do for what is learned: for forecasts beyond the newest survey.
    """
    smallest = parameter("difficulty_min") * float(np.mean(np.abs(residual))) + 1e-9
    score = np.abs(residual) / np.maximum(difficulty, smallest)
    blocks = pairs["block"].to_numpy()
    whole = np.clip(np.round(pairs["horizon"].to_numpy(float)), 1, None)
    given = recency(pairs) if recent else np.ones(len(pairs))
    pooled = _quantile(score, blocks, level, given)
    steps = np.unique(whole)
    found = []
    for step in steps:
        here = whole == step
        enough = here.sum() >= parameter("scores_min")
        found.append(_quantile(score[here], blocks[here], level, given[here]) if enough else pooled)
    return Intervals(level, smallest, tuple(float(s) for s in steps), tuple(found))


def _quantile(score: Floats, blocks: NDArray[np.object_], level: float, given: Floats) -> float:
    """
    Return the quantile of scores with the finite-sample correction (k + 1) / k on the number of blocks.

    Rows weigh one over the square root of their block's rows: between every row alike, which counts a long road many
    times, and every block alike, which lets single surveys decide.
    """
    codes = np.unique(blocks, return_inverse=True)[1]
    weight = given / np.sqrt(np.bincount(codes))[codes]
    order = np.argsort(score)
    share = np.cumsum(weight[order]) / weight.sum()
    wanted = min(1.0, level * (1 + 1 / (codes.max() + 1)))
    return float(score[order][min(int(np.searchsorted(share, wanted)), len(score) - 1)])
