"""Cracking of a place: sound until its first crack, and growing from there; the mean over all times of the first."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from models import initiation, progression
from models.initiation import CRACKED, Risk, uncracked
from models.parameters import parameter
from models.progression import grown
from models.regression import recency

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NAME = "onset and growth"
# coefficients: share cracked soon after the onset [%], those of the growth, those of the hazard
_ONSET, _GROWTH = 0, 1
_HAZARD = _GROWTH + progression.COUNT
# places and weights of an integral over the years since the onset
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)
# largest share soon after the onset that is tried [%]
_WIDEST = 20.0


def cracking(pairs: pd.DataFrame, *, families: list[str], names: tuple[str, ...]) -> dict[str, tuple[float, ...]]:
    """
    Return the coefficients of initiation and progression by family, "" for every family.

    Parameters
    ----------
    pairs
        Pairs with crack_percent [%], age [year], family, horizon [year], increment, later, unit, time, covariates.
    families
        Families with coefficients of their own, drawn towards those of all.
    names
        From :func:`models.initiation.covariates`.
    """
    sound = uncracked(pairs)
    hazards = initiation.hazard(pairs, families=families, names=names)
    growths = progression.progression(pairs[~sound], families=families)
    found = {f: (parameter("onset_limit"), *growths[f], *own) for f, own in hazards.items()}
    level = _onset_level(pairs[sound], found, names)
    return {f: (level, *own[1:]) for f, own in found.items()}


def prior(states: pd.DataFrame) -> tuple[float, ...]:
    """Return the coefficients of the table, for where nothing has been learned."""
    return parameter("onset_limit"), *progression.prior(), *initiation.prior(states)


def asked(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the columns of a state that the curve asks for."""
    return tuple(dict.fromkeys([CRACKED, "age", *progression.COVARIATES, *names]))


def cracked_by(states: pd.DataFrame, rows: Ints, horizon: Floats, table: Floats, *, names: tuple[str, ...]) -> Floats:
    """
    Return the probability that a place is cracked after a horizon, given that it is sound now. [0..1]

    Parameters
    ----------
    states
        Present crack_percent [%] and the columns of :func:`asked`; unknown values count as the mean.
    rows, horizon
        Positions of states, each any number of times, and a horizon [year] for each.
    table
        Coefficients of each state's family.

    Returns
    -------
    probability
        One value a row, missing where the place is cracked now.
    """
    found = Risk.of(states, table[:, _HAZARD:], names=names).of_rows(rows).by(horizon)
    sound = states[CRACKED].to_numpy(dtype=float, na_value=np.nan) <= table[:, _HAZARD]
    return np.where(sound[rows], found, np.nan)


def change(states: pd.DataFrame, horizon: Floats, table: Floats, *, names: tuple[str, ...]) -> Floats:
    """
    Return the expected change after `horizon` [year], `table` holding the coefficients of each row's family. [%]

    A cracked place grows from its present value. A sound one changes by its onset at any time within the horizon and
    its growth from there: the mean over all times of onset.
    """
    present = states[CRACKED].to_numpy(float)
    years = np.broadcast_to(np.asarray(horizon, dtype=float), present.shape)
    growth, steady = progression.rates(states, table[:, _GROWTH:_HAZARD])
    found = grown(present, years, growth, steady) - present
    # the hazard begins with the limit of the uncracked that it was learned with
    sound = np.flatnonzero(present <= table[:, _HAZARD])
    if sound.size:
        risk = Risk.of(states.iloc[sound], table[sound, _HAZARD:], names=names)
        onset = table[sound, _ONSET]
        found[sound] = risk.by(years[sound]) * np.maximum(onset - present[sound], 0.0)
        found[sound] += _grown_since(risk, years[sound], onset, growth[sound], steady[sound])
    return found


def _grown_since(risk: Risk, years: Floats, onset: Floats, growth: Floats, steady: Floats) -> Floats:
    """Return the mean growth since an onset within `years`: the rate u years after it times the risk up to then."""
    found = np.zeros(len(years))
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        since = years * (node + 1) / 2
        level = grown(onset, since, growth, steady) / 100
        found += weight / 2 * years * 100 * (steady + growth * level) * (1 - level) * risk.by(years - since)
    return found


def _onset_level(sound: pd.DataFrame, coefficients: dict[str, tuple[float, ...]], names: tuple[str, ...]) -> float:
    """Return the share cracked soon after the onset by which sound places change as they did. [%]"""
    least = parameter("onset_limit")
    if sound.empty:
        return least
    code, families = pd.factorize(sound["family"].astype(str))
    table = np.array([coefficients.get(str(f), coefficients[""]) for f in families])[code]
    horizon, increment = (sound[c].to_numpy(float) for c in ("horizon", "increment"))
    weight = recency(sound) / horizon

    def loss(level: float) -> float:
        table[:, _ONSET] = level
        return float((weight * (change(sound, horizon, table, names=names) - increment) ** 2).sum())

    return float(minimize_scalar(loss, bounds=(least, _WIDEST), method="bounded", options={"xatol": 0.05}).x)
