"""Evaluation: skill over "nothing changes", on sections never seen and forward in time, all on the same rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.boosted import learned_change
from models.fitting import FittedModel, Judged, fit_pairs, time_split, training_pairs
from models.forecast import increments
from models.mixing import LIGHTGBM
from pavement.errors import ModelError
from pavement.progress import Progress, silent

Floats = NDArray[np.float64]
HORIZONS = (1, 3, 5)
_FIFTHS = 5
COLUMNS = ("split", "horizon", "model", "pairs", "units", "rmse", "mae", "skill", "coverage", "width", "worst_fifth")


def evaluate(
    panel: pd.DataFrame,
    *,
    target: str,
    seed: int,
    level: float = 0.9,
    border: float | None = None,
    progress: Progress = silent,
) -> pd.DataFrame:
    """
    Return the scores of the forecast and of every competitor on a panel, by site and forward in time.

    Parameters
    ----------
    panel
        Table ``panel``.
    border
        Decimal year that parts learning from judging forward in time; without it the year that two thirds of the
        first surveys come before.

    Returns
    -------
    scores
        See :func:`scores`.

    Raises
    ------
    ModelError
        Too few pairs or blocks.
    """
    found = training_pairs(panel, target=target, seed=seed)
    _, judged = fit_pairs(found, target=target, seed=seed, level=level, progress=progress)
    ahead = forward(found, target=target, seed=seed, level=level, border=border, progress=progress)
    return pd.concat([by_site(judged), ahead], ignore_index=True)


def scores(pairs: pd.DataFrame, increments: pd.DataFrame, *, split: str, half_width: Floats) -> pd.DataFrame:
    """
    Return the score of every competitor at 1, 3 and 5 years.

    Parameters
    ----------
    pairs
        Pairs judged; for each unit and first survey the pair nearest the horizon, within half a year, counts.
    increments
        One column a competitor, same rows.
    half_width
        Half-width of the interval of the column ``forecast``.

    Returns
    -------
    scores
        split, horizon, model, pairs, units, rmse, mae, skill = 1 - MSE / MSE(persistence), and for ``forecast`` the
        coverage and mean width of its interval, and the coverage in the fifth with the highest present values.
    """
    rows = []
    everyone = pd.concat([pd.Series(0.0, index=pairs.index, name="persistence"), increments], axis=1)
    for horizon in HORIZONS:
        at = nearest(pairs, horizon)
        truth = pairs.loc[at, "increment"]
        floor = float((truth**2).mean())
        if truth.empty or floor == 0:
            continue
        for name in everyone:
            error = everyone.loc[at, name] - truth
            mean_square = float((error**2).mean())
            row = {"split": split, "horizon": horizon, "model": name, "pairs": len(at)}
            row |= {"units": pairs.loc[at, "unit"].nunique(), "rmse": mean_square**0.5}
            row |= {"mae": float(error.abs().mean()), "skill": 1 - mean_square / floor}
            if name == "forecast":
                width = pd.Series(half_width, index=pairs.index)[at]
                inside = error.abs() <= width
                row |= {"coverage": float(inside.mean()), "width": float(2 * width.mean())}
                row |= {"worst_fifth": float(inside[_worst(pairs, at)].mean())}
            rows.append(row)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def nearest(pairs: pd.DataFrame, horizon: float) -> pd.Index:
    """Return one pair for each unit and first survey: that nearest the horizon, within half a year of it."""
    off = (pairs["horizon"] - horizon).abs()
    near = pairs.assign(_off=off)[off <= 0.5].sort_values(["unit", "time", "_off"])
    return near.drop_duplicates(["unit", "time"]).index


def _worst(pairs: pd.DataFrame, at: pd.Index) -> pd.Index:
    present = pairs.loc[at, "present"]
    return present.nlargest(max(1, len(at) // _FIFTHS)).index


def by_site(judged: Judged) -> pd.DataFrame:
    """Return scores on blocks that the judged forecasts never saw."""
    return scores(judged.pairs, judged.increments, split="by site", half_width=judged.half_width)


def forward(
    pairs: pd.DataFrame,
    *,
    target: str,
    seed: int,
    level: float = 0.9,
    border: float | None = None,
    progress: Progress = silent,
) -> pd.DataFrame:
    """Return scores on pairs that begin after everything learned from had ended; empty when the history is short."""
    if border is None:
        border = float(pairs["time"].quantile(2 / 3))
    past, future = time_split(pairs, border=border)
    if future.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    try:
        model, _ = fit_pairs(past, target=target, seed=seed, level=level, progress=progress)
    except ModelError:
        return pd.DataFrame(columns=list(COLUMNS))
    said = judged_ahead(model, future)
    return scores(future, said.increments, split="forward in time", half_width=said.half_width)


def judged_ahead(model: FittedModel, future: pd.DataFrame) -> Judged:
    """Return what every competitor in a fitted model says of pairs that it has not seen."""
    horizon = future["horizon"].to_numpy(float)
    found = {c.name: c.increment(future, horizon) for c in model.curves}
    if model.booster:
        found = {LIGHTGBM: learned_change(model.booster, future, list(model.columns))} | found
    change, width = increments(model, future, horizon)
    return Judged(future, pd.DataFrame(found | {"forecast": change}, index=future.index), width)
