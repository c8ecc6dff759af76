"""Why a forecast is what it is: contributions of each feature to the change, adding up to it, and in words."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models.boosted import FAMILY, HORIZON, booster, matrix
from models.fitting import FittedModel
from models.forecast import beyond, family_of, increments
from models.history import HISTORY
from models.input_rules import finite
from models.mixing import EVERY, LIGHTGBM
from pavement.errors import ModelError
from pavement.schema import measures, read_table, schema

BASE = "base"
_TOLERANCE = 1e-6


def contributions(model: FittedModel, states: pd.DataFrame, *, horizon: float) -> pd.DataFrame:
    """
    Return what each feature adds to the forecast change of each state.

    Parameters
    ----------
    states
        States as for a forecast.
    horizon
        Years ahead; beyond the longest learned from, the rest is the curves'.

    Returns
    -------
    contributions
        One row a state, one column a feature, ``base`` (the mean change learned) and one column a curve in the
        mixture. A row adds up to the change before it is kept from healing. They describe the model, not causes.

    Raises
    ------
    ModelError
        They do not add up to the forecast (M9).
    """
    states = finite(states)
    far = np.full(len(states), float(horizon))
    reached = np.minimum(far, model.horizon)
    share = pd.DataFrame(model.shares).T.fillna(0.0)
    family = family_of(states)
    own = share.reindex(family.where(family.isin(share.index), EVERY)).set_axis(states.index)
    frame = pd.DataFrame(index=states.index)
    if model.learned:
        columns = list(model.columns)
        rows = matrix(states.assign(**{HORIZON: reached}), columns)
        found = np.asarray(booster(model.booster).predict(rows, pred_contrib=True), dtype=float)
        whole = found * own[[LIGHTGBM]].to_numpy() * np.sqrt(reached)[:, None]
        frame = pd.DataFrame(whole, columns=[*columns, BASE], index=states.index)
    for curve in model.curves:
        if (own.get(curve.name, 0.0) != 0).any():
            frame[curve.name] = own[curve.name] * curve.increment(states, reached)
    rest = beyond(model, states, reached, far)
    if rest.any():
        frame["extrapolated"] = rest
    said, _ = increments(model, states, far)
    worst = float(np.abs(frame.sum(axis=1).to_numpy() - said).max(initial=0.0))
    if worst > _TOLERANCE:
        raise ModelError(f"The explanation misses the forecast by {worst:.2g}.", cure="Train again.")
    return frame


_POINTS = {"zh": "百分點", "en": "percentage points"}


def reasons(
    model: FittedModel, state: pd.DataFrame, *, horizon: float, language: str, most: int = 4
) -> tuple[str, list[str]]:
    """
    Return the change of one state in words, and its largest contributions, the largest first.

    Parameters
    ----------
    state
        One row.
    language
        ``zh_TW`` or ``en``.

    Returns
    -------
    change, parts
        Such as ``+0.23 m/km`` and ``ESAL +0.07 m/km``, in the unit of the target. Curves and the mean change that
        was learned are parts too; the parts named need not add up, since small ones are left out.
    """
    row = contributions(model, state, horizon=horizon).iloc[0]
    kind = measures().loc[model.target]
    form = f"+.{int(kind['digits']) + 1}f"
    # a change of a share is told in points, lest it be read as a share of the share
    unit = str(kind["unit"]) if kind["unit"] != "%" else _POINTS["zh" if language.startswith("zh") else "en"]
    largest = row.abs().sort_values(ascending=False).index[:most]
    parts = [f"{feature_label(str(n), language=language)} {row[n]:{form}} {unit}" for n in largest]
    # what is shown never heals, as in the forecast itself
    return f"{max(float(row.sum()), 0.0):{form}} {unit}", parts


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
