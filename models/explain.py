"""Why a forecast is what it is: contributions of each feature to the change, adding up to it."""

from __future__ import annotations

from math import factorial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models import cracking, regression
from models.boosted import FAMILY, HORIZON, booster, matrix
from models.curves import INPUTS, PRESENT, Curve
from models.fitting import FittedModel
from models.forecast import EXTRAPOLATED, beyond, family_of, increments
from models.input_rules import finite
from models.mixing import EVERY, LIGHTGBM
from models.targets import HISTORY
from pavement.errors import ModelError
from pavement.schema import read_table, schema

Floats = NDArray[np.float64]
BASE = "base"
_TOLERANCE = 1e-6


def contributions(
    model: FittedModel, states: pd.DataFrame, *, horizon: float | Floats, typical: pd.DataFrame | None = None
) -> pd.DataFrame:
    """
    Return what each feature adds to the forecast change of each state.

    Parameters
    ----------
    states
        States as for a forecast.
    horizon
        Years ahead, one for all or one a state; beyond the longest learned from, the rest is the curves'. [year]
    typical
        The same states with each feature at a usual value. With it the change by a curve is split between what the
        curve says of the usual state (``base``) and what each feature of the state adds to that, as Shapley values.

    Returns
    -------
    contributions
        One row a state and one column a feature, what LightGBM and the terms of the rate regression say of it together;
        ``base``, the mean change learned; each other curve in the mixture without `typical`; ``extrapolated``. A row
        adds up to the change before it is kept from healing. They describe the model, not causes.

    Raises
    ------
    ModelError
        They do not add up to the forecast (M9).

    References
    ----------
    .. [1] Lundberg and Lee, "A unified approach to interpreting model predictions", 2017, equation 8.
    """
    states = finite(states)
    far = np.array(np.broadcast_to(np.asarray(horizon, dtype=float), len(states)))
    reached = np.minimum(far, model.horizon)
    share = pd.DataFrame(model.shares).T.fillna(0.0)
    family = family_of(states)
    own = share.reindex(family.where(family.isin(share.index), EVERY)).set_axis(states.index)
    found = [_of_trees(model, states, reached).mul(own[LIGHTGBM], axis=0)] if model.learned else []
    for curve in model.curves:
        if curve.name in own and own[curve.name].any():
            found.append(_of_curve(curve, states, reached, typical).mul(own[curve.name], axis=0))
    rest = beyond(model, states, reached, far)
    if rest.any():
        found.append(pd.DataFrame({EXTRAPOLATED: rest}, index=states.index))
    frame = pd.concat(found, axis=1) if found else pd.DataFrame({BASE: 0.0}, index=states.index)
    frame = frame.T.groupby(level=0, sort=False).sum().T
    said, _ = increments(model, states, far)
    worst = float(np.abs(frame.sum(axis=1).to_numpy() - said).max(initial=0.0))
    if not worst <= _TOLERANCE:
        raise ModelError(f"The explanation misses the forecast by {worst:.2g}.", cure="Train again.")
    return frame


def _of_trees(model: FittedModel, states: pd.DataFrame, horizon: Floats) -> pd.DataFrame:
    columns = list(model.columns)
    rows = matrix(states.assign(**{HORIZON: horizon}), columns)
    found = np.asarray(booster(model.booster).predict(rows, pred_contrib=True, num_threads=1), dtype=float)
    return pd.DataFrame(found * np.sqrt(horizon)[:, None], columns=[*columns, BASE], index=states.index)


def _of_curve(curve: Curve, states: pd.DataFrame, horizon: Floats, typical: pd.DataFrame | None) -> pd.DataFrame:
    """Return the change by a curve, split by what it is made of where that can be told."""
    if curve.name == regression.NAME:
        parts = regression.parts(states, horizon, curve.coefficients_of(states), names=curve.terms)
        return pd.DataFrame(parts, columns=[regression.feature_of(n) or BASE for n in curve.terms], index=states.index)
    inputs = cracking.asked(curve.terms) if curve.name == cracking.NAME else INPUTS.get(curve.name, ())
    asked = [curve.target if name == PRESENT else name for name in inputs]
    if typical is None or (asked and curve.target not in typical):
        return pd.DataFrame({curve.name: curve.increment(states, horizon)}, index=states.index)
    return _shapley(curve, states, horizon, typical, [c for c in asked if c in states and c in typical])


def _shapley(
    curve: Curve, states: pd.DataFrame, horizon: Floats, typical: pd.DataFrame, asked: list[str]
) -> pd.DataFrame:
    """Return Shapley values of the few inputs of a curve: every order in which they may be learned counts alike."""
    count, places = len(asked), len(states)
    # every set of inputs that may be known, a row each, asked of the curve at once
    known = (np.arange(2**count)[:, None] >> np.arange(count)) & 1 == 1
    rows = np.tile(np.arange(places), len(known))
    values = {
        c: np.where(np.repeat(known[:, i], places), states[c].to_numpy()[rows], typical[c].to_numpy()[rows])
        for i, c in enumerate(asked)
    }
    told = curve.increment(typical.iloc[rows].assign(**values), horizon[rows]).reshape(len(known), places)
    # of n inputs, a set of k stands before another in k! (n - k - 1)! of the n! orders
    orders = np.array([factorial(k) * factorial(count - k - 1) / factorial(count) for k in range(count)])
    found = {BASE: told[0]}
    for i, name in enumerate(asked):
        without = np.flatnonzero(~known[:, i])
        weight = orders[known[without].sum(axis=1)][:, None]
        found[name] = (weight * (told[without + 2**i] - told[without])).sum(axis=0)
    return pd.DataFrame(found, index=states.index)


def feature_label(name: str, *, language: str) -> str:
    """Return the name of a feature or competitor for people, in ``zh_TW`` or ``en``; unknown names stay as they are."""
    word = "zh" if language.startswith("zh") else "en"
    terms = read_table("model_terms").set_index("term")[word]
    for ending in HISTORY:
        if name.endswith(ending):
            return str(terms[ending.removeprefix("_")]).format(
                measure=feature_label(name.removesuffix(ending), language=language)
            )
    if name.startswith(FAMILY):
        return str(terms["family"]).format(family=name.removeprefix(FAMILY))
    if name in terms.index:
        return str(terms[name])
    columns = schema("panel")
    return str(columns.loc[name, word]) if name in columns.index else name
