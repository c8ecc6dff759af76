"""Fitting: curves, LightGBM, their average and the intervals, all judged on blocks never learned from."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from models.boosted import boosted, booster, features, predicted
from models.curves import Curve, curves
from models.intervals import Intervals, intervals
from models.panel import pairs as pairs_of
from models.panel import split_at_drops, with_history
from models.parameters import parameter
from pavement.errors import ModelError
from pavement.progress import Progress, silent

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class FittedModel:
    """
    A forecast model of one target.

    Attributes
    ----------
    target, columns, seed
        What it forecasts, its feature columns in order, and the seed it was fitted with.
    curve, weight
        The curve it averages with, and the share of LightGBM in the average; 0 means that LightGBM lost.
    booster, difficulty
        LightGBM texts of the increment and of the size of its residual.
    intervals
        Calibrated widths.
    horizon
        Longest horizon learned from [year]; beyond it the curve goes on.
    ranges
        Smallest and largest value of each feature in training.
    """

    target: str
    columns: tuple[str, ...]
    curve: Curve
    weight: float
    booster: str
    difficulty: str
    intervals: Intervals
    horizon: float
    seed: int
    ranges: dict[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Judged:
    """Forecasts of every competitor for pairs whose block it never saw: one column a competitor, plus the interval."""

    pairs: pd.DataFrame
    increments: pd.DataFrame
    half_width: Floats


def training_pairs(panel: pd.DataFrame, *, target: str, seed: int) -> pd.DataFrame:
    """Return the pairs of a panel to learn from, drawn by the seed when there are too many."""
    found = pairs_of(with_history(split_at_drops(panel)), target=target)
    most = int(parameter("pairs_max"))
    if len(found) > most:
        found = found.sample(most, random_state=seed).sort_index().reset_index(drop=True)
    return found


def fit(panel: pd.DataFrame, *, target: str, seed: int, level: float = 0.9) -> FittedModel:
    """
    Return the model of a target fitted to a panel.

    Raises
    ------
    ModelError
        Too few pairs or blocks, or a target that never changes; the message says how many are needed.
    """
    return fit_pairs(training_pairs(panel, target=target, seed=seed), target=target, seed=seed, level=level)[0]


def fit_pairs(
    pairs: pd.DataFrame, *, target: str, seed: int, level: float = 0.9, progress: Progress = silent
) -> tuple[FittedModel, Judged]:
    """Return the fitted model, and what every competitor said of blocks it never saw."""
    _check_enough(pairs, target)
    columns = features(pairs)
    folds = _folds(pairs)
    steps = len(folds) + 1
    held = pd.DataFrame(index=pairs.index)
    for number, (learn, judge) in enumerate(folds):
        progress(number, steps, f"train {target}")
        part = pairs.iloc[learn]
        text = boosted(part, part["increment"].to_numpy(float), columns=columns, seed=seed)
        held.loc[pairs.index[judge], "LightGBM"] = predicted(booster(text), pairs.iloc[judge], columns)
        for curve in curves(part, target=target):
            rows = pairs.iloc[judge]
            held.loc[rows.index, curve.name] = curve.increment(rows, rows["horizon"].to_numpy(float))
    progress(len(folds), steps, f"train {target}")
    fitted = {c.name: c for c in curves(pairs, target=target)}
    best = min(fitted, key=lambda name: _loss(held[name], pairs["increment"]))
    weight = _weight(held["LightGBM"], held[best], pairs["increment"])
    held["forecast"] = weight * held["LightGBM"] + (1 - weight) * held[best]
    residual = (pairs["increment"] - held["forecast"]).to_numpy(float)
    hard = _held_difficulty(pairs, np.abs(residual), columns, folds, seed)
    blocks = pairs["block"].astype("category").cat.codes.to_numpy(np.int64)
    horizon = pairs["horizon"].to_numpy(float)
    model = FittedModel(
        target=target,
        columns=tuple(columns),
        curve=fitted[best],
        weight=weight,
        booster=boosted(pairs, pairs["increment"].to_numpy(float), columns=columns, seed=seed),
        difficulty=boosted(pairs, np.abs(residual), columns=columns, seed=seed, absolute=True),
        intervals=intervals(residual, hard, horizon, blocks, level=level),
        horizon=float(horizon.max()),
        seed=seed,
        ranges={c: (float(pairs[c].min()), float(pairs[c].max())) for c in columns},
    )
    progress(steps, steps, f"train {target}")
    return model, Judged(pairs, held, _held_width(residual, hard, horizon, blocks, folds, level))


def _check_enough(pairs: pd.DataFrame, target: str) -> None:
    blocks = pairs["block"].nunique()
    if len(pairs) < parameter("pairs_min") or blocks < parameter("blocks_min"):
        raise ModelError(
            f"{target}: {len(pairs)} pairs of surveys in {blocks} blocks are too few to train on.",
            cure=f"At least {parameter('pairs_min'):.0f} pairs in {parameter('blocks_min'):.0f} blocks are needed; "
            "ingest more survey years.",
        )
    if pairs["increment"].nunique() < 2:
        raise ModelError(f"{target} never changes between surveys.", cure="Check that the surveys differ.")


def _folds(pairs: pd.DataFrame) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    splitter = GroupKFold(n_splits=min(int(parameter("folds")), pairs["block"].nunique()))
    return list(splitter.split(pairs, groups=pairs["block"]))


def _loss(forecast: pd.Series, increment: pd.Series) -> float:
    return float(((forecast - increment) ** 2).mean())


def _weight(boost: pd.Series, curve: pd.Series, increment: pd.Series) -> float:
    """Return the share of LightGBM that minimises the squared error, 0 to 1 in twentieths."""
    shares = np.linspace(0, 1, 21)
    losses = [_loss(share * boost + (1 - share) * curve, increment) for share in shares]
    return float(shares[int(np.argmin(losses))])


def _held_difficulty(
    pairs: pd.DataFrame,
    size: Floats,
    columns: list[str],
    folds: list[tuple[NDArray[np.int64], NDArray[np.int64]]],
    seed: int,
) -> Floats:
    hard = np.empty(len(pairs))
    for learn, judge in folds:
        text = boosted(pairs.iloc[learn], size[learn], columns=columns, seed=seed, absolute=True)
        hard[judge] = predicted(booster(text), pairs.iloc[judge], columns)
    return np.maximum(hard, 0.1 * float(np.mean(size)) + 1e-9)


def _held_width(
    residual: Floats,
    hard: Floats,
    horizon: Floats,
    blocks: NDArray[np.int64],
    folds: list[tuple[NDArray[np.int64], NDArray[np.int64]]],
    level: float,
) -> Floats:
    """Return the half-width each pair would have got from intervals calibrated without its fold."""
    width = np.empty(len(residual))
    for learn, judge in folds:
        codes = np.unique(blocks[learn], return_inverse=True)[1]
        found = intervals(residual[learn], hard[learn], horizon[learn], codes, level=level)
        width[judge] = found.half_width(horizon[judge], hard[judge])
    return width
