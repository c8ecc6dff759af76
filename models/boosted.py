"""LightGBM on the yearly change: never better with time, the same for the same seed."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.panel import CONTEXT, TARGETS
from models.parameters import parameter

Floats = NDArray[np.float64]
# damage does not heal as time goes by; load, strength and climate are left free, as deterioration.md section 5 advises
RISING = ("horizon",)


def features(frame: pd.DataFrame) -> list[str]:
    """Return the feature columns of pairs, in the order that is the model's signature."""
    own = [c for t in TARGETS for c in (t, f"{t}_slope", f"{t}_rise")]
    return [c for c in (*own, *CONTEXT) if c in frame and frame[c].notna().any()] + ["horizon"]


def matrix(frame: pd.DataFrame, columns: list[str]) -> Floats:
    """Return feature columns as an array, in the given order whatever the frame's; unknown columns are missing."""
    known = frame.reindex(columns=columns).to_numpy(dtype=float, na_value=np.nan)
    return np.where(np.isfinite(known), known, np.nan)


def boosted(pairs: pd.DataFrame, increment: Floats, *, columns: list[str], seed: int, absolute: bool = False) -> str:
    """
    Return a LightGBM model as text.

    Parameters
    ----------
    pairs
        Pairs with the feature columns.
    increment
        What is learned: the change of the target, or with `absolute` the size of a residual.
    columns
        Feature columns in order.
    seed
        Seed of every random choice; the same data and seed give the same text.
    """
    settings = {
        "objective": "regression" if absolute else "huber",
        "alpha": float(np.quantile(np.abs(increment - np.median(increment)), 0.9)) or 1.0,
        "learning_rate": parameter("learning_rate"),
        "num_leaves": int(parameter("leaves")),
        "min_data_in_leaf": int(parameter("leaf_rows")),
        "monotone_constraints": [int(c in RISING) for c in columns],
        "monotone_constraints_method": "intermediate",
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "feature_fraction": 0.8,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        # more threads wait for one another on a busy machine, and gain little on pairs by the ten thousand
        "num_threads": 1,
        "verbosity": -1,
    }
    data = lgb.Dataset(matrix(pairs, columns), label=increment, feature_name=columns, free_raw_data=True)
    rounds = int(parameter("trees")) // (3 if absolute else 1)
    return str(lgb.train(settings, data, num_boost_round=rounds).model_to_string())


def booster(text: str) -> lgb.Booster:
    """Return the model of a text that is known to be whole; damaged text kills the process, see ``artefact``."""
    return lgb.Booster(model_str=text)


def predicted(model: lgb.Booster, frame: pd.DataFrame, columns: list[str]) -> Floats:
    """Return predictions for rows with the feature columns."""
    return np.asarray(model.predict(matrix(frame, columns), num_threads=1), dtype=float)
