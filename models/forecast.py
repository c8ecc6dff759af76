"""Forecasts: how states age year by year, with an interval, for any number of states at once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.boosted import booster, predicted
from models.fitting import FittedModel
from models.parameters import parameter

Floats = NDArray[np.float64]


def increments(model: FittedModel, states: pd.DataFrame, horizon: Floats) -> tuple[Floats, Floats]:
    """
    Return the change of the target and the half-width of its interval, one row a state and its own horizon [year].

    Beyond the longest horizon learned from, where trees are flat, the change grows as the curve grows.
    """
    reached = np.minimum(horizon, model.horizon)
    rows = states.assign(horizon=reached)
    columns = list(model.columns)
    curve = model.curve.increment(states, reached)
    boost = predicted(booster(model.booster), rows, columns) if model.weight > 0 else 0.0
    change = model.weight * boost + (1 - model.weight) * curve
    beyond = model.curve.increment(states, horizon) - curve
    hard = predicted(booster(model.difficulty), rows, columns)
    return change + beyond, model.intervals.half_width(horizon, hard)


def forecast_states(states: pd.DataFrame, *, years: int, models: Mapping[str, FittedModel]) -> pd.DataFrame:
    """
    Return how states age without work.

    Parameters
    ----------
    states
        One row a state: present iri [m/km], rut [mm], crack_percent [%] and the context of the panel, any of them
        missing. The rows of a state just renewed (age 0) forget their history.
    years
        Years ahead.
    models
        Fitted model of each target.

    Returns
    -------
    forecast
        state (index of `states`), step 0 … years, kind, value, low, high, basis (``model``, ``curve`` or
        ``extrapolated``). Values never improve with time and stay on their scale; a state without a present value of a
        kind has no forecast of it.
    """
    prepared = _without_stale_history(states)
    return pd.concat([_of_target(prepared, years, model) for model in models.values()], ignore_index=True)


def _without_stale_history(states: pd.DataFrame) -> pd.DataFrame:
    if "age" not in states:
        return states
    past = [c for c in states if str(c).endswith(("_slope", "_rise"))]
    return states.assign(**{c: states[c].where(states["age"] != 0) for c in past})


def _of_target(states: pd.DataFrame, years: int, model: FittedModel) -> pd.DataFrame:
    known = states[states[model.target].notna()] if model.target in states else states.iloc[:0]
    steps = np.arange(years + 1)
    count = len(known)
    long = known.loc[known.index.repeat(years)]
    change, width = increments(model, long, np.tile(steps[1:].astype(float), count)) if count else (np.empty(0),) * 2
    start = known[model.target].to_numpy(float)[:, None]
    low, high = (parameter(f"{end}_{model.target}") for end in ("low", "high"))
    # no work, no healing: enforced where it is shown, never in what is learned from
    value = start + np.maximum.accumulate(np.pad(change.reshape(count, years), ((0, 0), (1, 0))).clip(min=0), axis=1)
    half = np.maximum.accumulate(np.pad(width.reshape(count, years), ((0, 0), (1, 0))), axis=1)
    basis = np.where(steps > model.horizon + 0.5, "extrapolated", "model" if model.weight > 0 else "curve")
    return pd.DataFrame(
        {
            "state": np.repeat(known.index.to_numpy(), years + 1),
            "step": np.tile(steps, count),
            "kind": model.target,
            "value": np.clip(value, low, high).ravel(),
            "low": np.clip(value - half, low, high).ravel(),
            "high": np.clip(value + half, low, high).ravel(),
            "basis": np.tile(basis, count),
        }
    )


def outside_training(states: pd.DataFrame, model: FittedModel) -> pd.DataFrame:
    """Return state, column and value of every known feature outside the range the model was trained on (M4)."""
    found = []
    for column, (low, high) in model.ranges.items():
        if column in states and column != "horizon":
            values = states[column].astype(float)
            out = values[(values < low) | (values > high)]
            found.append(pd.DataFrame({"state": out.index, "column": column, "value": out.to_numpy()}))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=["state", "column", "value"])
