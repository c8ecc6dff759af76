"""First crack: with what probability a place that is sound now is cracked by each year of a forecast."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models import cracking
from models.curves import Curve
from models.fitting import FittedModel
from models.forecast import years_since_measured
from models.initiation import CRACKED
from models.mixing import EVERY


def first_crack(states: pd.DataFrame, long: pd.DataFrame, model: FittedModel | None) -> pd.Series:
    """
    Return the probability of a first crack by the year of each row of a forecast. [0..1]

    Parameters
    ----------
    states
        States that the forecast starts from.
    long
        From :func:`models.forecast.forecast_states`.
    model
        What forecasts the share cracked. Its hazard is asked, that of the table for an ageing curve without training.

    Returns
    -------
    probability
        One value a row of `long`, never falling with the year; missing for other kinds, for places that are cracked
        now, and for a trained model without a hazard.
    """
    found = pd.Series(np.nan, index=long.index)
    at = np.flatnonzero(long["kind"] == CRACKED)
    curve = None if model is None else _curve(model, states)
    if curve is None or not at.size:
        return found
    rows = states.index.get_indexer(long["state"].iloc[at])
    horizon = years_since_measured(states, CRACKED)[rows] + long["step"].to_numpy(float)[at]
    table = curve.coefficients_of(states)
    found.iloc[at] = cracking.cracked_by(states, rows, horizon, table, names=curve.terms)
    return found


def _curve(model: FittedModel, states: pd.DataFrame) -> Curve | None:
    learned = next((c for c in model.curves if c.name == cracking.NAME), None)
    if learned is None and not model.columns:
        return Curve(cracking.NAME, CRACKED, {EVERY: cracking.prior(states)})
    return learned
