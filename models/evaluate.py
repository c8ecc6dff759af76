"""Evaluation: skill over "nothing changes", on sections never seen and forward in time, all on the same rows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.boosted import booster, predicted
from models.curves import curves
from models.fitting import FittedModel, Judged, fit_pairs
from models.forecast import increments
from pavement.errors import ModelError

HORIZONS = (1, 3, 5)


def scores(pairs: pd.DataFrame, increments: pd.DataFrame, *, split: str, half_width: np.ndarray | None) -> pd.DataFrame:
    """
    Return the score of every competitor at 1, 3 and 5 years.

    Parameters
    ----------
    pairs
        Pairs judged; for each unit and first survey the pair nearest the horizon, within half a year, counts.
    increments
        One column a competitor, same rows.
    half_width
        Half-width of the interval of the column ``forecast``, or None.

    Returns
    -------
    scores
        split, horizon, model, pairs, units, rmse, mae, skill = 1 - MSE / MSE(persistence), and for ``forecast``
        coverage and width of the interval.
    """
    rows = []
    everyone = increments.assign(persistence=0.0)
    for horizon in HORIZONS:
        at = _nearest(pairs, horizon)
        truth = pairs.loc[at, "increment"]
        if truth.empty:
            continue
        floor = float((truth**2).mean())
        for name in ("persistence", *increments.columns):
            error = everyone.loc[at, name] - truth
            row = {"split": split, "horizon": horizon, "model": name, "pairs": len(at)}
            row |= {"units": pairs.loc[at, "unit"].nunique(), "rmse": float(np.sqrt((error**2).mean()))}
            row |= {"mae": float(error.abs().mean()), "skill": 1 - float((error**2).mean()) / floor if floor else 0.0}
            if name == "forecast" and half_width is not None:
                width = pd.Series(half_width, index=pairs.index)[at]
                row |= {"coverage": float((error.abs() <= width).mean()), "width": float(2 * width.mean())}
            rows.append(row)
    return pd.DataFrame(rows)


def _nearest(pairs: pd.DataFrame, horizon: float) -> pd.Index:
    off = (pairs["horizon"] - horizon).abs()
    near = pairs.assign(_off=off)[off <= 0.5].sort_values(["unit", "time", "_off"])
    return near.drop_duplicates(["unit", "time"]).index


def by_site(judged: Judged) -> pd.DataFrame:
    """Return scores on blocks that the judged forecasts never saw."""
    return scores(judged.pairs, judged.increments, split="by site", half_width=judged.half_width)


def forward(pairs: pd.DataFrame, *, target: str, seed: int, level: float = 0.9) -> pd.DataFrame:
    """
    Return scores on pairs that begin after everything learned from had ended.

    The border in time leaves a third of the pairs' first surveys after it. Empty when the history is too short.
    """
    border = float(pairs["time"].quantile(2 / 3))
    past, future = time_split(pairs, border=border)
    try:
        model, _ = fit_pairs(past, target=target, seed=seed, level=level)
    except ModelError:
        return pd.DataFrame()
    if future.empty:
        return pd.DataFrame()
    return scores(future, _competitors(model, past, future), split="forward in time", half_width=_width(model, future))


def time_split(pairs: pd.DataFrame, *, border: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return pairs that end by `border` [decimal year], and pairs that begin at it or later; others are left out."""
    past = pairs[pairs["later"] <= border].reset_index(drop=True)
    return past, pairs[pairs["time"] >= border].reset_index(drop=True)


def _competitors(model: FittedModel, past: pd.DataFrame, future: pd.DataFrame) -> pd.DataFrame:
    horizon = future["horizon"].to_numpy(float)
    found = {"LightGBM": predicted(booster(model.booster), future, list(model.columns))}
    found |= {c.name: c.increment(future, horizon) for c in curves(past, target=model.target)}
    found["forecast"] = increments(model, future, horizon)[0]
    return pd.DataFrame(found, index=future.index)


def _width(model: FittedModel, future: pd.DataFrame) -> np.ndarray:
    return increments(model, future, future["horizon"].to_numpy(float))[1]
