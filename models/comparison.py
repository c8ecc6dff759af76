"""A candidate beside the live model on places that neither learned from, with what chance alone would make of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.evaluate import HORIZONS, nearest
from models.fitting import FittedModel
from models.forecast import increments
from models.parameters import parameter

Floats = NDArray[np.float64]
BETTER, WORSE, ALIKE, FEW = "better", "worse", "no difference beyond chance", "too few blocks"
COLUMNS = (
    *("horizon", "pairs", "blocks"),
    *(f"{whose}_{score}" for whose in ("candidate", "live") for score in ("rmse", "skill", "coverage")),
    *("difference", "low", "high", "verdict"),
)


def beside(
    candidate: FittedModel, live: FittedModel, pairs: pd.DataFrame, *, seed: int, level: float = 0.9
) -> pd.DataFrame:
    """
    Return how two models forecast the same pairs, a row a horizon.

    Parameters
    ----------
    candidate, live
        Models of one target.
    pairs
        Pairs of blocks that neither learned from.
    seed
        Of the bootstrap.
    level
        Of the interval of the difference.

    Returns
    -------
    compared
        horizon [year], pairs, blocks; of each model rmse [unit of the target], skill = 1 - MSE / MSE(no change) and the
        share inside its interval; difference = RMSE of the candidate less that of the live one, with the interval low
        to high of a bootstrap of whole blocks; verdict ``better`` or ``worse`` where the interval leaves out zero.
    """
    horizon = pairs["horizon"].to_numpy(float)
    said = [increments(model, pairs, horizon) for model in (candidate, live)]
    rows = []
    for years in HORIZONS:
        at = pairs.index.get_indexer(nearest(pairs, years))
        if len(at):
            near = [(change[at], width[at]) for change, width in said]
            rows.append({"horizon": years} | _row(pairs.iloc[at], near, seed=seed, level=level))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(pairs: pd.DataFrame, said: list[tuple[Floats, Floats]], *, seed: int, level: float) -> dict[str, object]:
    truth = pairs["increment"].to_numpy(float)
    errors = [change - truth for change, _ in said]
    floor = float(np.mean(truth**2))
    row: dict[str, object] = {"pairs": len(pairs), "blocks": int(pairs["block"].nunique())}
    for whose, error, (_, width) in zip(("candidate", "live"), errors, said, strict=True):
        mean_square = float(np.mean(error**2))
        row[f"{whose}_rmse"] = mean_square**0.5
        row[f"{whose}_skill"] = 1 - mean_square / floor if floor > 0 else float("nan")
        row[f"{whose}_coverage"] = float(np.mean(np.abs(error) <= width))
    difference, low, high = _difference(errors[0], errors[1], pairs["block"], seed=seed, level=level)
    few = int(pairs["block"].nunique()) < parameter("test_drawn_min")
    return row | {"difference": difference, "low": low, "high": high, "verdict": FEW if few else _verdict(low, high)}


def _difference(
    mine: Floats, other: Floats, blocks: pd.Series, *, seed: int, level: float
) -> tuple[float, float, float]:
    """Return the difference of two RMSE, and its interval from drawing whole blocks with replacement."""
    codes, names = pd.factorize(blocks, sort=True)
    sums = np.stack(
        [np.bincount(codes, weights=w, minlength=len(names)) for w in (mine**2, other**2, np.ones(len(mine)))]
    )
    draws = np.random.default_rng(seed).integers(0, len(names), (int(parameter("bootstrap_draws")), len(names)))
    drawn = sums[:, draws].sum(axis=2)
    found = np.sqrt(drawn[0] / drawn[2]) - np.sqrt(drawn[1] / drawn[2])
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return float(np.sqrt(np.mean(mine**2)) - np.sqrt(np.mean(other**2))), float(low), float(high)


def _verdict(low: float, high: float) -> str:
    if low > 0:
        return WORSE
    return BETTER if high < 0 else ALIKE


def is_worse(compared: pd.DataFrame) -> bool:
    """Return whether a candidate is worse than the live model beyond chance at any horizon."""
    return bool((compared["verdict"] == WORSE).any())
