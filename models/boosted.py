"""LightGBM on the change since the last survey: never better with time, the same for the same seed."""

from __future__ import annotations

from functools import lru_cache

import lightgbm as lgb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.history import HISTORY, TARGETS
from models.panel import CONTEXT
from models.parameters import parameter
from pavement.errors import ModelError

Floats = NDArray[np.float64]
HORIZON = "horizon"
# damage does not heal as time goes by; load, strength and climate are left free, as deterioration.md section 5 advises
RISING = (HORIZON,)


def features(frame: pd.DataFrame) -> list[str]:
    """Return the feature columns of pairs, in the order that is the model's signature."""
    own = [c for t in TARGETS for c in (t, *(f"{t}{ending}" for ending in HISTORY))]
    mapped = sorted(c for c in frame if str(c).startswith("x_"))
    return [c for c in (*own, *CONTEXT, *mapped) if c in frame and frame[c].notna().any()] + [HORIZON]


def matrix(frame: pd.DataFrame, columns: list[str]) -> Floats:
    """
    Return feature columns as an array in the order of the signature, whatever the frame's; infinite becomes missing.

    Raises
    ------
    ModelError
        A column of the signature is not there at all, or is not numbers (M3). Missing values are allowed.
    """
    if absent := [c for c in columns if c not in frame]:
        raise ModelError(
            f"The model needs the columns {absent}, which are not there.",
            cure="Give them (single values may be missing), or train again on what there is now.",
        )
    try:
        known = frame[columns].to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise ModelError(f"A column of the model is not numbers: {error}.", cure="Give numbers.") from error
    return np.where(np.isfinite(known), known, np.nan)


def boosted(pairs: pd.DataFrame, wanted: Floats, *, columns: list[str], seed: int, size: bool = False) -> str:
    """
    Return a LightGBM model as text.

    Parameters
    ----------
    pairs
        Pairs with the feature columns.
    wanted
        What is learned: the change of the target, or with `size` the size of a residual.
    columns
        Feature columns in order.
    seed
        Seed of every random choice; the same data and seed give the same text.
    size
        Whether sizes are learned: by their mean, with ``trees_of_size`` trees.
    """
    settings = {
        # robust to the few gross errors of surveys; constraints exclude quantile and l1 objectives
        "objective": "regression" if size else "huber",
        "alpha": float(np.quantile(np.abs(wanted - np.median(wanted)), parameter("huber_share"))) or 1.0,
        "learning_rate": parameter("learning_rate"),
        "num_leaves": int(parameter("leaves")),
        "min_data_in_leaf": int(parameter("leaf_rows")),
        "monotone_constraints": [int(c in RISING) for c in columns],
        "monotone_constraints_method": "basic",
        "bagging_fraction": parameter("bagging"),
        "bagging_freq": 1,
        "feature_fraction": parameter("features_share"),
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbosity": -1,
    }
    data = lgb.Dataset(matrix(pairs, columns), label=wanted, feature_name=columns, free_raw_data=True)
    rounds = int(parameter("trees_of_size" if size else "trees"))
    return str(lgb.train(settings, data, num_boost_round=rounds).model_to_string())


@lru_cache(maxsize=16)
def booster(text: str) -> lgb.Booster:
    """Return the model of a text that is known to be whole; damaged text kills the process, see ``artefact``."""
    return lgb.Booster(model_str=text)


def predicted(model: lgb.Booster, frame: pd.DataFrame, columns: list[str]) -> Floats:
    """Return predictions for rows with the feature columns."""
    if frame.empty:
        return np.empty(0)
    return np.asarray(model.predict(matrix(frame, columns), num_threads=1), dtype=float)
