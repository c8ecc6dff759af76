"""Why a forecast is what it is: contributions of each feature to the change, adding up to it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.boosted import booster, matrix
from models.fitting import FittedModel

CURVE = "curve"
BASE = "base"


def contributions(model: FittedModel, states: pd.DataFrame, *, horizon: float) -> pd.DataFrame:
    """
    Return what each feature adds to the forecast change of each state.

    Parameters
    ----------
    states
        States as for a forecast.
    horizon
        Years ahead; beyond the longest learned from, the rest is the curve's.

    Returns
    -------
    contributions
        One row a state, one column a feature, plus ``base`` (the mean change learned) and ``curve`` (the share of the
        curve in the average); the columns of a row add up to the change before it is kept from healing. They
        describe the model, not causes.
    """
    reached = min(horizon, model.horizon)
    columns = list(model.columns)
    rows = states.assign(horizon=reached)
    found = np.asarray(booster(model.booster).predict(matrix(rows, columns), pred_contrib=True), dtype=float)
    frame = pd.DataFrame(found * model.weight, columns=[*columns, BASE], index=states.index)
    steps = np.full(len(states), reached), np.full(len(states), float(horizon))
    curve = [model.curve.increment(states, step) for step in steps]
    return frame.assign(**{CURVE: (1 - model.weight) * curve[0] + curve[1] - curve[0]})
