"""Outside training: which features of a state its model has not learned about, as text beside each forecast (M4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.fitting import FittedModel
from models.forecast import outside_training

Texts = NDArray[np.object_]
# states at their start, or as works leave them: positions, steps from which on they stand so, and the states
Stage = tuple[NDArray[np.int64], NDArray[np.int64], pd.DataFrame]


def outside_of_states(states: pd.DataFrame, model: FittedModel, *, renewed: bool = False) -> Texts:
    """
    Return the features of each state that a model has not learned about, one text a state, empty where none.

    Parameters
    ----------
    states
        States as for a forecast.
    renewed
        Whether works have just laid a new surface: that it has no history is nothing new to a model.
    """
    found = outside_training(states, model)
    found = found[found["value"].notna()] if renewed else found
    if found.empty:
        return np.full(len(states), "", dtype=object)
    listed = found.groupby("state")["column"].agg(", ".join)
    return listed.reindex(states.index).fillna("").to_numpy(object)


def outside_of_rows(states: pd.DataFrame, long: pd.DataFrame, models: Mapping[str, FittedModel]) -> pd.Series:
    """Return the same for each row of a long forecast: columns state and kind."""
    parts = {kind: pd.Series(outside_of_states(states, model), states.index) for kind, model in models.items()}
    whole = pd.concat(parts) if parts else pd.Series(dtype=object)
    keys = pd.MultiIndex.from_frame(long[["kind", "state"]])
    return pd.Series(whole.reindex(keys).fillna("").to_numpy(object), long.index)


def outside_of_stages(states: pd.DataFrame, stages: Sequence[Stage], model: FittedModel, *, steps: int) -> Texts:
    """Return the same for each state and step, (N, steps): as the states are at first, and as each work leaves them."""
    found = np.repeat(outside_of_states(states, model)[:, None], steps, axis=1)
    for rows, since, left in stages:
        after = np.arange(steps)[None, :] >= since[:, None]
        own = outside_of_states(left, model, renewed=True)[:, None]
        found[rows] = np.where(after, own, found[rows])
    return found
