"""Drift: how what a model is asked about now differs from what it was trained on (M13)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.boosted import HORIZON
from models.forecast import family_of, outside_training
from models.monitor import FEW, monitor_limit
from models.targets import CAMPAIGN

Floats = NDArray[np.float64]
DRIFT = ("feature", "then", "now", "psi", "outside", "missing_then", "missing_now", "alarm")
DRIFTED, OUTSIDE, MISSING, FAMILY = "drifted", "outside", "missing", "new family"
_FAMILY = "family"


def feature_spread(states: pd.DataFrame, columns: list[str]) -> dict[str, Any]:
    """
    Return how the features of states are spread, to be kept in the card of the model trained then.

    Parameters
    ----------
    states
        What was known of each unit when the model was trained, from :func:`models.panel.last_states`.
    columns
        Feature columns of the model.

    Returns
    -------
    spread
        Of each feature the inner ``edges`` of classes of equal count, the ``shares`` of them, the share ``missing`` and
        the count of ``units``; of the families, the share of each.
    """
    own = [c for c in columns if c in states and c != HORIZON and not c.endswith(CAMPAIGN)]
    found: dict[str, Any] = {c: _of_feature(states[c]) for c in own}
    shares = family_of(states).value_counts(normalize=True).sort_index()
    return found | {_FAMILY: {"shares": {str(k): float(v) for k, v in shares.items()}, "units": len(states)}}


def _of_feature(values: pd.Series) -> dict[str, Any]:
    known = values.astype(float).to_numpy()
    known = known[np.isfinite(known)]
    edges = _edges(known)
    return {
        "edges": edges.tolist(),
        "shares": _shares(known, edges).tolist(),
        "missing": 1 - len(known) / max(len(values), 1),
        "units": len(values),
    }


def _edges(known: Floats) -> Floats:
    """Return the inner edges; between the values where there are few, so that a class is a value."""
    if not len(known):
        return np.empty(0)
    values = np.unique(known)
    classes = int(monitor_limit("classes"))
    if len(values) == 1:
        # anything but the one value is new
        return np.array([np.nextafter(values[0], -np.inf), values[0]])
    if len(values) <= classes:
        return (values[1:] + values[:-1]) / 2
    return np.unique(np.quantile(known, np.arange(1, classes) / classes))


def _shares(known: Floats, edges: Floats) -> Floats:
    counts = np.bincount(np.searchsorted(edges, known, side="left"), minlength=len(edges) + 1)
    return np.asarray(counts / max(len(known), 1))


def population_stability(then: Floats, now: Floats) -> float:
    """
    Return the population stability index of two sets of shares. [-]

    The sum of (now - then) ln(now / then): 0 where they agree. Shares below ``psi_share_min`` count as that.
    """
    least = monitor_limit("psi_share_min")
    before, after = np.maximum(then, least), np.maximum(now, least)
    return float(((after - before) * np.log(after / before)).sum())


def drift(states: pd.DataFrame, model: Any, spread: dict[str, Any]) -> pd.DataFrame:
    """
    Return how each feature of a model has moved between training and now.

    Parameters
    ----------
    states
        What is known of each unit now.
    model
        The fitted model: its ranges say what lies outside.
    spread
        From :func:`feature_spread`, as the card kept it; empty for a model without one: nothing is judged then.

    Returns
    -------
    drift
        feature, then and now (units), psi, outside (share of units outside the range of training), missing_then and
        missing_now (shares), alarm: names of ``alarms.csv``, :data:`models.monitor.FEW`, or empty. The family is a row
        of its own, its new names behind the feature.
    """
    beyond = outside_training(states, model)["column"].value_counts()
    rows = [_row(states, name, told, int(beyond.get(name, 0))) for name, told in spread.items() if name != _FAMILY]
    if _FAMILY in spread:
        rows.append(_family_row(states, spread[_FAMILY]))
    return pd.DataFrame(rows, columns=list(DRIFT))


def _row(states: pd.DataFrame, name: str, told: dict[str, Any], beyond: int) -> dict[str, Any]:
    values = states[name].astype(float).to_numpy() if name in states else np.full(len(states), np.nan)
    known = values[np.isfinite(values)]
    then, now = told["units"] * (1 - told["missing"]), len(known)
    judged = min(then, now) >= monitor_limit("psi_units_min")
    shares = _shares(known, np.asarray(told["edges"], dtype=float))
    psi = population_stability(np.asarray(told["shares"], dtype=float), shares) if judged else float("nan")
    outside = beyond / len(states) if len(states) and now else 0.0
    missing = 1 - now / len(states) if len(states) else float("nan")
    raised = {
        DRIFTED: judged and psi > monitor_limit("psi"),
        OUTSIDE: outside > monitor_limit("outside_share"),
        MISSING: missing - told["missing"] > monitor_limit("missing_more"),
    }
    alarm = ", ".join(alarm for alarm, true in raised.items() if true)
    return {
        "feature": name,
        "then": told["units"],
        "now": len(states),
        "psi": psi,
        "outside": outside,
        "missing_then": told["missing"],
        "missing_now": missing,
        "alarm": alarm or ("" if judged else FEW),
    }


def _family_row(states: pd.DataFrame, told: dict[str, Any]) -> dict[str, Any]:
    families = family_of(states)
    names = sorted({*told["shares"], *families})
    then = np.array([told["shares"].get(n, 0.0) for n in names])
    now = families.value_counts(normalize=True).reindex(names).fillna(0.0).to_numpy(float)
    new = new_family(states, {_FAMILY: told})
    enough = min(told["units"], len(states)) >= monitor_limit("psi_units_min")
    psi = population_stability(then, now) if enough else float("nan")
    raised = {FAMILY: new.sum() >= monitor_limit("family_cells"), DRIFTED: enough and psi > monitor_limit("psi")}
    alarm = ", ".join(alarm for alarm, true in raised.items() if true)
    named = " ".join([_FAMILY, *sorted(families[new].unique())])
    counts = {"then": told["units"], "now": len(states), "psi": psi, "outside": float(new.mean()) if len(new) else 0.0}
    return {"feature": named, **counts, "missing_then": 0.0, "missing_now": 0.0, "alarm": alarm}


def new_family(states: pd.DataFrame, spread: dict[str, Any]) -> pd.Series:
    """Return whether each state is of a family that training never had; of none where the card does not say."""
    families = family_of(states)
    known = spread.get(_FAMILY, {}).get("shares")
    return pd.Series(False, states.index) if known is None else ~families.isin(known)
