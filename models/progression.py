"""Crack progression: what is cracked grows towards the whole, at a pace by age, load and strength."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.directions import held_solution, ways
from models.initiation import CRACKED, covariate_values, mean_and_scale, standing
from models.parameters import parameter
from models.regression import recency

Floats = NDArray[np.float64]
# what hastens or slows it: old surfaces that are still in place are the strong ones
COVARIATES = ("age", "esal", "sn")
# coefficients: growth and steady rate [1/year], then mean, scale and weight of each covariate
_GROWTH, _STEADY, _FIRST = range(3)
COUNT = _FIRST + 3 * len(COVARIATES)
# least steady rate [1/year]: what cannot begin has no closed form
_LEAST = 1e-5


def prior() -> tuple[float, ...]:
    """Return the coefficients of the table, for where nothing has been learned: one pace for all."""
    return 0.0, parameter("onset_rate") / 100, *((0.0, 1.0, 0.0) * len(COVARIATES))


def progression(pairs: pd.DataFrame, *, families: list[str]) -> dict[str, tuple[float, ...]]:
    """
    Return the coefficients of the growth of cracked places by family, "" for every family.

    Each family is drawn to all, and all to the table, as if ``onset_pull`` units had shown those.

    Parameters
    ----------
    pairs
        Pairs that begin cracked: crack_percent [%], increment, horizon [year], later, unit, family and covariates.
    families
        Families with a growth and steady rate of their own.
    """
    if pairs.empty:
        return dict.fromkeys(["", *families], prior())
    middle, scale = mean_and_scale(covariate_values(pairs, COVARIATES))
    every, weight = _drawn(pairs, prior()[:_FIRST], middle, scale)
    flat = tuple(float(v) for v in np.column_stack([middle, scale, weight]).ravel())
    own = {f: pairs[pairs["family"].astype(str) == f] for f in families}
    found = {f: _drawn(part, every, middle, scale)[0] if len(part) else every for f, part in own.items()}
    return {f: (*rates, *flat) for f, rates in ({"": every} | found).items()}


def rates(states: pd.DataFrame, table: Floats) -> tuple[Floats, Floats]:
    """Return growth and steady rate [1/year] of states, `table` holding the coefficients of each."""
    middle, scale, weight = (table[:, _FIRST + part : COUNT : 3] for part in range(3))
    pace = (standing(covariate_values(states, COVARIATES), middle, scale) * weight).sum(axis=1)
    return table[:, _GROWTH], np.maximum(table[:, _STEADY] + pace, _LEAST)


def grown(start: Floats, years: Floats, growth: Floats, steady: Floats) -> Floats:
    """
    Return the share cracked some years after it was `start`. [%]

    dC/dt = (steady + growth C)(1 - C) in closed form, C as a share: a logistic curve to which cracks are added at a
    steady rate, for new ones appear beside those that grow.
    """
    share, x = start / 100, steady / np.maximum(growth, 1e-6)
    odds = (share + x) / np.maximum(1 - share, 1e-12) * np.exp(np.minimum((growth + steady) * years, 500.0))
    return np.asarray(100 * (odds - x) / (1 + odds), dtype=float)


def _drawn(
    pairs: pd.DataFrame, towards: tuple[float, ...], middle: Floats, scale: Floats
) -> tuple[tuple[float, ...], Floats]:
    """Return growth and steady rate drawn to others, and the weights of the covariates."""
    units = pairs["unit"].nunique()
    share = units / (units + parameter("onset_pull"))
    own, weight = _likeliest(pairs, middle, scale)
    return tuple(share * one + (1 - share) * aim for one, aim in zip(own, towards, strict=True)), share * weight


def _likeliest(pairs: pd.DataFrame, middle: Floats, scale: Floats) -> tuple[tuple[float, float], Floats]:
    """Return growth, steady rate and weights by least squares on the changes, without the outer hundredths of rates."""
    yearly = pairs["increment"] / pairs["horizon"]
    low, high = yearly.quantile([0.01, 0.99])
    inside = pairs[(yearly >= low) & (yearly <= high)]
    start, horizon = inside[CRACKED].to_numpy(float) / 100, inside["horizon"].to_numpy(float)
    increment = inside["increment"].to_numpy(float) / 100
    room = np.maximum(1 - (start + np.clip(start + increment, 0, 1)) / 2, 0.0)
    columns = [start, np.ones(len(inside)), *standing(covariate_values(inside, COVARIATES), middle, scale).T]
    root = np.sqrt(recency(inside))
    design = np.column_stack(columns) * (room * horizon * root)[:, None]
    # weights are drawn to nothing as if so many pairs like the mean one had shown it
    ridge = np.diag([0.0, 0.0, *[parameter("onset_pull")] * len(COVARIATES)]) * (design[:, 1] ** 2).mean()
    normal, aim = design.T @ design + ridge, design.T @ (increment * root)
    allowed = [(-np.inf, np.inf)] * 2 + ways(list(COVARIATES), target=CRACKED)
    found = held_solution(np.linalg.lstsq(normal, aim, rcond=None)[0], normal, aim, allowed)
    return (float(np.clip(found[0], 0.0, 1.0)), float(np.clip(found[1], _LEAST, 1.0))), found[2:]
