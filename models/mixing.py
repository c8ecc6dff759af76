"""Shares: how much of LightGBM and of each curve goes into the forecast, learned on what none of them had seen."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import nnls

from models.parameters import parameter

Floats = NDArray[np.float64]
Shares = dict[str, dict[str, float]]
LIGHTGBM = "LightGBM"
EVERY = ""
_EXACT = 1e3


def shares(said: pd.DataFrame, pairs: pd.DataFrame, *, weight: Floats) -> Shares:
    """
    Return the share of each competitor, for every family with enough blocks and under "" for all.

    Shares are not negative and their sum is not above one; what is missing to one is "nothing changes".

    Parameters
    ----------
    said
        Change that each competitor (column) forecast for pairs it had not seen.
    pairs
        Those pairs: family, block, horizon, increment.
    weight
        Weight of each row.
    """
    found = {EVERY: _shares(said, pairs, weight)}
    families = pairs.groupby("family")["block"].nunique()
    for family in families.index[families >= parameter("family_blocks_min")]:
        own = (pairs["family"] == family).to_numpy()
        found[str(family)] = found[EVERY] if own.all() else _shares(said[own], pairs[own], weight[own])
    return found


def _shares(said: pd.DataFrame, pairs: pd.DataFrame, weight: Floats) -> dict[str, float]:
    """Return shares of least squares on the simplex, as non-negative least squares with a heavy row for the sum."""
    increment = pairs["increment"].to_numpy(float)
    root = np.sqrt(weight)
    # as a share of what "nothing changes" misses, so that the pull to even shares means the same for each target
    root = root / np.sqrt((weight * increment**2).sum() or 1.0)
    count = said.shape[1]
    even = np.sqrt(parameter("share_pull")) * np.eye(count, count + 1)
    rows = [np.column_stack([said.to_numpy(float) * root[:, None], np.zeros(len(said))]), even]
    rows.append(np.full((1, count + 1), _EXACT))
    wanted = [increment * root, np.full(count, np.sqrt(parameter("share_pull")) / count), np.full(1, _EXACT)]
    design, aim = np.vstack(rows), np.concatenate(wanted)
    # the same minimum from the small normal equations
    triangle = np.linalg.cholesky(design.T @ design + 1e-12 * np.eye(count + 1)).T
    solution, _ = nnls(triangle, np.linalg.solve(triangle.T, design.T @ aim))
    kept = np.where(solution[:count] < parameter("share_min"), 0.0, solution[:count])
    return {str(name): round(float(value), 4) for name, value in zip(said.columns, kept, strict=True)}


def mixed(said: pd.DataFrame, family: pd.Series, shares: Shares) -> Floats:
    """Return the mixture of the competitors' changes, each row by the shares of its family."""
    # an unknown family gets the shares of all
    code, names = pd.factorize(family.fillna(EVERY).astype(str))
    own = [[shares.get(str(n), shares[EVERY]).get(str(c), 0.0) for c in said.columns] for n in names]
    weights = np.array(own, dtype=float).reshape(len(names), said.shape[1])[code]
    return np.asarray((said.to_numpy(float) * weights).sum(axis=1), dtype=float)


def balance(pairs: pd.DataFrame) -> Floats:
    """Return weights by which each horizon counts about the same: the squared change grows with the horizon."""
    weight: Floats = 1.0 / pairs["horizon"].to_numpy(float)
    return weight / weight.sum()
