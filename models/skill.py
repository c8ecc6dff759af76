"""Skill over "nothing changes" of every competitor at one horizon, with its interval by bootstrap of sites."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from models.fitting import AHEAD, Judged
from models.intervals import intervals, plain_difficulty
from models.parameters import parameter

Floats = NDArray[np.float64]
FORECAST, PERSISTENCE = "forecast", "persistence"
# draws at a time, so that thousands of sites need no gigabytes
_CHUNK = 100


def everyone(judged: Judged) -> pd.DataFrame:
    """Return the change that each competitor says, persistence first."""
    return pd.concat([pd.Series(0.0, judged.pairs.index, name=PERSISTENCE), judged.increments], axis=1)


def held_widths(judged: Judged, *, level: float) -> pd.DataFrame:
    """
    Return the half-width of each competitor's interval, calibrated on sites other than those of the row.

    That of the forecast is its own; every other gets the same conformal calibration on its own residuals, without a
    difficulty, so that widths compare. The mixture with the shares for years ahead has none here: its interval is of
    those years.
    """
    folds = min(int(parameter("folds")), judged.pairs["block"].nunique())
    splits = list(GroupKFold(n_splits=folds).split(judged.pairs, groups=judged.pairs["block"]))
    found = {FORECAST: judged.half_width}
    for name, residual in _residuals(judged).items():
        width = np.empty(len(residual))
        for learn, judge in splits:
            width[judge] = _widths(residual[learn], judged.pairs.iloc[learn], judged.pairs.iloc[judge], level)
        found[name] = width
    return pd.DataFrame(found, index=judged.pairs.index)


def later_widths(past: Judged, later: Judged, *, level: float) -> pd.DataFrame:
    """Return the half-width of each competitor's interval on other pairs, calibrated on what it said of the past."""
    residuals = _residuals(past)
    found = {n: _widths(residuals[n], past.pairs, later.pairs, level) for n in everyone(later) if n in residuals}
    return pd.DataFrame({FORECAST: later.half_width} | found, index=later.pairs.index)


def _residuals(judged: Judged) -> dict[str, Floats]:
    truth = judged.pairs["increment"].to_numpy(float)
    said = everyone(judged).drop(columns=[FORECAST, AHEAD], errors="ignore")
    return {str(name): truth - said[name].to_numpy(float) for name in said}


def _widths(residual: Floats, learn: pd.DataFrame, judge: pd.DataFrame, level: float) -> Floats:
    known, asked = (pairs["horizon"].to_numpy(float) for pairs in (learn, judge))
    found = intervals(residual, plain_difficulty(known), learn, level=level, reach=float(known.max()))
    return found.half_width(asked, plain_difficulty(np.minimum(asked, known.max())))


def figures(judged: Judged, widths: pd.DataFrame, at: NDArray[np.int64], *, seed: int) -> dict[str, dict[str, Any]]:
    """
    Return the figures of each competitor on some of the pairs judged.

    Parameters
    ----------
    judged, widths
        What was said, and half-widths from :func:`held_widths` or :func:`later_widths`.
    at
        Positions of the pairs that count.
    seed
        Seed of the draws of sites, the same for every competitor.

    Returns
    -------
    figures
        By competitor: n, sites, rmse, mae, skill = 1 - MSE / MSE(persistence), skill_low and skill_high from resamples
        of whole sites, coverage_90 and width_90 of its interval. What cannot be told is None.
    """
    pairs, said = judged.pairs.iloc[at], everyone(judged).iloc[at]
    error = said.sub(pairs["increment"], axis=0).to_numpy(float)
    codes, sites = pd.factorize(pairs["block"])
    sums = np.column_stack([np.bincount(codes, weights=e**2, minlength=len(sites)) for e in error.T]).astype(float)
    drawn = _drawn(sums, seed=seed)
    found = {}
    for place, name in enumerate(said):
        half = widths[name].to_numpy(float)[at] if name in widths else np.full(len(at), np.nan)
        found[str(name)] = {
            "n": len(at),
            "sites": len(sites),
            **_errors(error[:, place]),
            **_skill(sums, drawn, place),
            "coverage_90": _mean(np.abs(error[:, place]) <= half) if np.isfinite(half).all() else None,
            "width_90": _mean(2 * half),
        }
    return found


def _errors(error: Floats) -> dict[str, float | None]:
    square = _mean(error**2)
    return {"rmse": None if square is None else _rounded(square**0.5), "mae": _mean(np.abs(error))}


def _skill(sums: Floats, drawn: Floats, place: int) -> dict[str, float | None]:
    floor = float(sums[:, 0].sum()) if len(sums) else 0.0
    if floor <= 0:
        return {"skill": None, "skill_low": None, "skill_high": None}
    skill = 1 - float(sums[:, place].sum()) / floor
    tail = (1 - parameter("bootstrap_level")) / 2
    known = drawn[drawn[:, 0] > 0]
    if len(sums) < 2 or not len(known):
        return {"skill": _rounded(skill), "skill_low": None, "skill_high": None}
    low, high = np.quantile(1 - known[:, place] / known[:, 0], [tail, 1 - tail])
    return {"skill": _rounded(skill), "skill_low": _rounded(low), "skill_high": _rounded(high)}


def _drawn(sums: Floats, *, seed: int) -> Floats:
    """Return the sums of squares of each resample: a site counts as often as it was drawn."""
    count, draws = len(sums), int(parameter("bootstrap"))
    if count < 2:
        return np.empty((0, sums.shape[1]))
    rng = np.random.default_rng(seed)
    even = np.full(count, 1 / count)
    parts = [rng.multinomial(count, even, size=min(_CHUNK, draws - at)) @ sums for at in range(0, draws, _CHUNK)]
    return np.concatenate(parts)


def _mean(values: NDArray[Any]) -> float | None:
    return _rounded(float(np.mean(values))) if len(values) and np.isfinite(values).all() else None


def _rounded(value: float) -> float:
    return round(float(value), 6)
