"""Golden forecasts: a few states and what the model said of them in training, kept in its text (M12)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from models.fitting import FittedModel
from models.forecast import increments
from models.parameters import parameter
from models.signature import CURE
from pavement.errors import ModelError

# what came out of a pair, and where it lies, is no state
_NOT_OF_STATES = ("unit", "block", "later", "horizon", "increment", "suspected", "doubted", "part")
_BEYOND = 4.0


def golden_forecasts(model: FittedModel, pairs: pd.DataFrame) -> dict[str, Any]:
    """
    Return states spread over the pairs, horizons, and what the model says of each: change and half-width.

    Parameters
    ----------
    pairs
        Pairs that the model learned from.

    Returns
    -------
    golden
        Plain lists for JSON, missing values as None.
    """
    at = np.unique(np.linspace(0, len(pairs) - 1, int(parameter("golden_states"))).round().astype(int))
    rows = pairs.iloc[at].drop(columns=list(_NOT_OF_STATES), errors="ignore").reset_index(drop=True)
    horizons = sorted({1.0, 5.0, model.horizon, model.horizon + _BEYOND})
    states = {str(c): [None if pd.isna(v) else v for v in rows[c].tolist()] for c in rows}
    held: dict[str, Any] = {"states": states, "horizons": horizons}
    # said of the states as they will be read back
    return held | {"said": _said(model, held)}


def golden_states(golden: dict[str, Any]) -> pd.DataFrame:
    """Return the states of golden forecasts as a frame, missing numbers as NaN."""
    frame = pd.DataFrame(golden.get("states", {}))
    words = [c for c in frame if any(isinstance(v, str) for v in frame[c])]
    return frame.astype({c: float for c in frame if c not in words})


def check_golden(model: FittedModel, golden: dict[str, Any]) -> None:
    """
    Refuse a model that no longer says what it said in training.

    Raises
    ------
    ModelError
        A forecast differs by more than ``golden_tolerance`` of the largest one.
    """
    if not golden:
        return
    then, now = (np.asarray(x, dtype=float) for x in (golden["said"], _said(model, golden)))
    limit = parameter("golden_tolerance") * max(1.0, float(np.abs(then).max(initial=0.0)))
    if then.shape != now.shape or not np.allclose(then, now, rtol=0, atol=limit):
        raise ModelError("The model does not say what it said in training (golden forecasts).", cure=CURE)


def _said(model: FittedModel, golden: dict[str, Any]) -> list[list[list[float]]]:
    states = golden_states(golden)
    found = []
    for horizon in golden["horizons"]:
        change, width = increments(model, states, np.full(len(states), float(horizon)))
        found.append([[float(x) for x in change], [float(x) for x in width]])
    return found
