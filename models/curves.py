"""Curves: what a road does without a learned model — persistence, family rate, anchored family curve, HDM-4 line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from models import cracking, regression
from models.initiation import covariates
from models.parameters import parameter
from models.targets import damage_of, target_of

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """A fitted curve: name, a row of coefficients for each family and "" for every other, terms of a regression."""

    name: str
    target: str
    coefficients: dict[str, tuple[float, ...]]
    terms: tuple[str, ...] = ()

    def increment(self, states: pd.DataFrame, horizon: Floats) -> Floats:
        """Return the growth of damage after `horizon` [year] for states with target, age, sn, esal."""
        table = self.coefficients_of(states)
        if self.name == regression.NAME:
            return regression.change(states, np.asarray(horizon, dtype=float), table, names=self.terms)
        if self.name == cracking.NAME:
            return cracking.change(states, np.asarray(horizon, dtype=float), table, names=self.terms)
        return _FORMS[self.name](states, self.target, np.asarray(horizon, dtype=float), table)

    def coefficients_of(self, states: pd.DataFrame) -> Floats:
        """Return the coefficients of each state by its family, one row a state."""
        # an unknown family is any of them
        rows = states["family"].fillna("").astype(str).to_numpy() if "family" in states else np.full(len(states), "")
        every = self.coefficients[""]
        code, families = pd.factorize(rows)
        own = np.array([self.coefficients.get(str(f), every) for f in families], dtype=float)
        return own.reshape(len(families), len(every))[code]


def _column(states: pd.DataFrame, name: str, default: float) -> Floats:
    values = states[name].to_numpy(float) if name in states else np.full(len(states), np.nan)
    return np.where(np.isnan(values), default, values)


def _persistence(states: pd.DataFrame, _target: str, horizon: Floats, _c: Floats) -> Floats:
    return np.zeros(np.broadcast_shapes(horizon.shape, (len(states),)))


def _rate(_states: pd.DataFrame, _target: str, horizon: Floats, c: Floats) -> Floats:
    return c[:, 0] * horizon


def _exponential(states: pd.DataFrame, target: str, horizon: Floats, c: Floats) -> Floats:
    """Anchored IRI curve a·exp(k·age): a rise in proportion to the present value."""
    return damage_of(states, target) * np.expm1(c[:, 0] * horizon)


def _power(states: pd.DataFrame, target: str, horizon: Floats, c: Floats) -> Floats:
    """Anchored rut curve a·age^b."""
    age = np.maximum(_column(states, "age", 10.0), parameter("youngest_age"))
    return damage_of(states, target) * (((age + horizon) / age) ** c[:, 0] - 1)


def _saturating(states: pd.DataFrame, target: str, horizon: Floats, c: Floats) -> Floats:
    """Cracking: the uncracked share falls at a rate that grows with what is cracked, dC/dt = (b + a C)(1 - C/100)."""
    start, a, b = states[target].to_numpy(float) / 100, c[:, 0], c[:, 1]
    # logistic in closed form, with x = b/a added so that an uncracked road can begin to crack
    x = b / np.maximum(a, 1e-6)
    odds = (start + x) / np.maximum(1 - start, 1e-6) * np.exp((a + b) * horizon)
    return 100 * ((odds - x) / (1 + odds) - start)


def _hdm(states: pd.DataFrame, target: str, horizon: Floats, _c: Floats) -> Floats:
    """
    HDM-4 line: RI·(exp(m h) - 1) + 134 exp(m age)(1 + SN)^-5 YE4·h, uncalibrated (K = 1).

    The coefficients, rows of ``model_parameters.csv``, come from public code, not from the manual itself.
    """
    m = parameter("hdm_m")
    strength = (1 + np.clip(_column(states, "sn", parameter("hdm_sn")), 1.5, 12)) ** parameter("hdm_power")
    load = _column(states, "esal", 0.0) / 1e6
    traffic = parameter("hdm_a") * np.exp(m * _column(states, "age", 0.0)) * strength * load
    return damage_of(states, target) * np.expm1(m * horizon) + traffic * horizon


_FORMS: dict[str, Callable[[pd.DataFrame, str, Floats, Floats], Floats]] = {
    "persistence": _persistence,
    "family rate": _rate,
    "anchored curve": _exponential,
    "anchored power": _power,
    "anchored cracking": _saturating,
    "HDM-4 line": _hdm,
}
PRESENT = "present"
# what a state tells each form; the others ask for nothing but the horizon
INPUTS = {
    "anchored curve": (PRESENT,),
    "anchored power": (PRESENT, "age"),
    "anchored cracking": (PRESENT,),
    "HDM-4 line": (PRESENT, "age", "sn", "esal"),
}


def persistence(target: str) -> Curve:
    """Return the forecast that nothing changes: the floor for every other."""
    return Curve("persistence", target, {"": ()})


def curves(pairs: pd.DataFrame, *, target: str, columns: list[str] | None = None) -> list[Curve]:
    """
    Return the curves of a target fitted to pairs, one set of coefficients a family of ``family_pairs_min`` pairs.

    With feature `columns` the rate regression on them is among the curves.
    """
    counts = pairs["family"].value_counts()
    families = ["", *(str(f) for f in counts.index[counts >= parameter("family_pairs_min")])]
    parts = {f: pairs if f == "" else pairs[pairs["family"] == f] for f in families}
    found = [_curve(name, target, parts) for name in target_of(target).curves]
    if columns is not None:
        terms = regression.terms(pairs, target=target, columns=columns)
        learned = regression.regression(pairs, names=terms, target=target)
        found.append(Curve(regression.NAME, target, learned, terms))
    return found


def _curve(name: str, target: str, parts: dict[str, pd.DataFrame]) -> Curve:
    """Return one curve fitted to the pairs of every family ("") and of those with coefficients of their own."""
    if name == cracking.NAME:
        names = covariates(parts[""])
        return Curve(name, target, cracking.cracking(parts[""], families=[f for f in parts if f], names=names), names)
    return Curve(name, target, {f: _fitted(name, target, part) for f, part in parts.items()})


def _fitted(name: str, target: str, pairs: pd.DataFrame) -> tuple[float, ...]:
    horizon, increment = pairs["horizon"].to_numpy(float), pairs["increment"].to_numpy(float)
    if name == "HDM-4 line":
        return ()
    if name == "family rate":
        # least squares through zero after cutting the outer hundredth: falls stay in, gross errors do not
        low, high = np.quantile(increment / horizon, [0.01, 0.99])
        inside = (increment / horizon >= low) & (increment / horizon <= high)
        return (max(0.0, float((increment * horizon)[inside].sum() / (horizon**2)[inside].sum())),)
    if name == "anchored cracking":
        return _fitted_cracking(pairs, increment, horizon)
    form = _FORMS[name]

    def loss(c: float) -> float:
        error = form(pairs, target, horizon, np.full((len(pairs), 1), c)) - increment
        return float(np.minimum(np.abs(error), error**2).sum())

    return (float(minimize_scalar(loss, bounds=(0.0, 1.0), method="bounded").x),)


def _fitted_cracking(pairs: pd.DataFrame, increment: Floats, horizon: Floats) -> tuple[float, float]:
    """Return growth a and onset b [1/year], by least squares on the yearly rates."""
    start = pairs["crack_percent"].to_numpy(float) / 100
    rate = increment / 100 / horizon
    room = np.maximum(1 - (start + np.clip(start + increment / 100, 0, 1)) / 2, 0.0)
    design = np.column_stack([room * start, room])
    solution, *_ = np.linalg.lstsq(design, rate, rcond=None)
    return float(np.clip(solution[0], 0.0, 1.0)), float(np.clip(solution[1], 1e-5, 1.0))
