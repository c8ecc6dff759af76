"""Calibration: which residuals the intervals of a model come from, and which states have quantiles of their own."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.initiation import CRACKED
from models.intervals import Intervals, intervals
from models.parameters import parameter

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# pairs with their residuals and the expected sizes of them
Residuals = tuple[pd.DataFrame, Floats, Floats]


def group_edges(pairs: pd.DataFrame, *, target: str) -> tuple[float, ...]:
    """
    Return the present values that part states with quantiles of their own.

    Sound and cracked places err in another way; of other kinds bad places err by more than the difficulty says.
    """
    if target == CRACKED:
        return (parameter("onset_limit"),)
    shares = [parameter("interval_low_share"), parameter("interval_high_share")]
    edges = np.unique(np.round(pairs["present"].quantile(shares).to_numpy(float), 4))
    return tuple(float(e) for e in edges)


def kept_intervals(places: Residuals, ahead: Residuals, *, edges: tuple[float, ...], level: float) -> Intervals:
    """
    Return the intervals of a model: places never seen and later years count half each, as for its shares.

    Parameters
    ----------
    places
        Every pair, its residual by a model that had not seen its block, and the expected size of that.
    ahead
        Later pairs, residuals by a model that knew the earlier years alone; they count where their blocks are enough.
    edges
        From :func:`group_edges`.
    level
        Nominal coverage.
    """
    pairs, residual, hard = places
    reach = float(pairs["horizon"].max())
    later, error, hard_later = ahead
    if later["block"].nunique() < parameter("family_blocks_min"):
        return intervals(residual, hard, pairs, level=level, edges=edges, reach=reach)
    weight = np.concatenate([np.full(len(rows), 1.0 / len(rows)) for rows in (pairs, later)])
    return intervals(
        np.concatenate([residual, error]),
        np.concatenate([hard, hard_later]),
        pd.concat([pairs, later]),
        level=level,
        weight=weight,
        edges=edges,
        reach=reach,
    )


def held_widths(places: Residuals, folds: list[tuple[Ints, Ints]], *, edges: tuple[float, ...], level: float) -> Floats:
    """Return the half-width each pair would have got from intervals calibrated without its fold."""
    pairs, residual, hard = places
    width = np.empty(len(residual))
    horizon, present = (pairs[c].to_numpy(float) for c in ("horizon", "present"))
    for learn, judge in folds:
        found = intervals(residual[learn], hard[learn], pairs.iloc[learn], level=level, edges=edges)
        width[judge] = found.half_width(horizon[judge], hard[judge], present[judge])
    return width
