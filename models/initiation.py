"""Crack initiation: a Weibull hazard of the first crack by age, learned from surveys that only say between which."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize

from models.directions import Way, ways
from models.parameters import parameter
from models.regression import recency

Floats = NDArray[np.float64]
CRACKED = "crack_percent"
_LOAD = "esal"
# what commonly is known of a place and may hasten or delay its first crack
_COVARIATES = (CRACKED, _LOAD, "sn", "asphalt_mm", "temp_mean", "freezing_index", "rain_mm")
# age [year] at which the cumulative hazard is told, so that its level and its shape are learned apart
_REFERENCE = 10.0
# coefficients before the mean, scale and weight of each covariate
_LIMIT, _LEVEL, _SHAPE, _AGE, _FIRST = range(5)
# a place that cannot crack would have a likelihood of nothing
_LEAST, _MOST = 1e-12, 50.0


def uncracked(frame: pd.DataFrame) -> NDArray[np.bool_]:
    """Return whether each row has no crack beyond what a survey tells of a sound road."""
    return np.asarray(frame[CRACKED].to_numpy(float) <= parameter("onset_limit"), dtype=bool)


def covariates(pairs: pd.DataFrame) -> tuple[str, ...]:
    """Return the covariates that pairs can carry: those with more than one value among uncracked places."""
    own = pairs[uncracked(pairs)]
    return tuple(c for c in _COVARIATES if c in own and own[c].max() > own[c].min())


def hazard(pairs: pd.DataFrame, *, families: list[str], names: tuple[str, ...]) -> dict[str, tuple[float, ...]]:
    """
    Return the coefficients of the hazard by family, "" for every family.

    Parameters
    ----------
    pairs
        Pairs with age, family, horizon, increment, later and the covariates. Only those from an uncracked survey to
        the next one count: end to end they make up the history of a place, so that their likelihood is that of the
        interval-censored age at first crack, given that the place was sound when first seen.
    families
        Families with a level of their own, drawn towards that of all.
    names
        From :func:`covariates`.

    Returns
    -------
    coefficients
        Limit of the uncracked [%], log of the cumulative hazard at 10 years, shape, mean age [year], then mean, scale
        and weight of each covariate.

    Notes
    -----
    H(t) = exp(level + x b) (t / 10)^shape, and a place that is sound at age t has cracked h years later with the
    probability 1 - exp(H(t) - H(t + h)). Level and shape are drawn to those of the table as if ``onset_pull`` first
    cracks had shown them, families to all and weights to nothing by as much. No weight acts against the direction that
    `features.csv` allows its feature.

    References
    ----------
    .. [1] Shin and Madanat, "Development of a stochastic model of pavement distress initiation", 2003: duration model
       with censoring.
    .. [2] Sun, "The Statistical Analysis of Interval-censored Failure Time Data", 2006, chapter 2.
    """
    sound = pairs[uncracked(pairs)]
    # pairs stand in the order of their horizons: the first of each survey ends at the next
    sound = sound[~sound.duplicated(["unit", "time"])] if {"unit", "time"} <= set(sound) else sound
    raw = covariate_values(sound, names)
    middle, scale = mean_and_scale(raw)
    age, mean_age = _ages(sound)
    own = [(sound["family"].astype(str) == f).to_numpy(float) for f in families]
    design = np.column_stack([standing(raw, middle, scale), *own])
    prior = np.array([prior_level(sound), np.log(parameter("onset_shape"))])
    # families may differ either way
    allowed = [*ways(list(names), target=CRACKED), *[(-np.inf, np.inf)] * len(families)]
    found = _likeliest(sound, age, design, prior, allowed)
    level, shape, weight = found[0], float(np.exp(found[1])), found[2 : 2 + len(names)]
    flat = np.column_stack([middle, scale, weight]).ravel()
    shift = {"": 0.0} | dict(zip(families, found[2 + len(names) :], strict=True))
    head = {f: (parameter("onset_limit"), float(level + s), shape, mean_age) for f, s in shift.items()}
    return {f: (*first, *(float(v) for v in flat)) for f, first in head.items()}


def prior_level(frame: pd.DataFrame) -> float:
    """
    Return the log of the cumulative hazard at 10 years by the HDM-4 time to crack initiation, taken for the median.

    ICA = a0 exp(a1 SN + a2 YE4 / SN²) [year] at the median structural number and load of the frame, uncalibrated. The
    coefficients come from memory of the manual (HDM-4 volume 4) and are to be confirmed.
    """
    strength, load = (_median(frame, c, d) for c, d in (("sn", parameter("hdm_sn")), (_LOAD, 0.0)))
    strength = float(np.clip(strength, 1.5, 12))
    years = parameter("ica_a0") * np.exp(
        parameter("ica_a1") * strength + parameter("ica_a2") * load / 1e6 / strength**2
    )
    return float(np.log(np.log(2)) - parameter("onset_shape") * np.log(years / _REFERENCE))


def prior(frame: pd.DataFrame) -> tuple[float, ...]:
    """Return the coefficients that nothing has been learned for: those of the table, without covariates."""
    return parameter("onset_limit"), prior_level(frame), parameter("onset_shape"), _ages(frame)[1]


class Risk:
    """The hazard of some places, ready to be asked at any number of horizons."""

    def __init__(self, age: Floats, scale: Floats, shape: Floats) -> None:
        self.age, self.scale, self.shape = age, scale, shape
        self.passed = (age / _REFERENCE) ** shape

    @classmethod
    def of(cls, states: pd.DataFrame, table: Floats, *, names: tuple[str, ...]) -> Risk:
        """Return the hazard of states."""
        age = _column(states, "age")
        age = np.maximum(np.where(np.isfinite(age), age, table[:, _AGE]), 0.0)
        middle, scale, weight = (table[:, _FIRST + part :: 3] for part in range(3))
        lasting = (standing(covariate_values(states, names), middle, scale) * weight).sum(axis=1)
        return cls(age, np.exp(table[:, _LEVEL] + lasting), table[:, _SHAPE])

    def of_rows(self, rows: NDArray[np.int64]) -> Risk:
        """Return the hazard of some of the places, by their positions."""
        return Risk(self.age[rows], self.scale[rows], self.shape[rows])

    def by(self, horizon: Floats) -> Floats:
        """Return the probability of a first crack within `horizon`. [year]"""
        more = ((self.age + horizon) / _REFERENCE) ** self.shape - self.passed
        return np.asarray(-np.expm1(-self.scale * more), dtype=float)


def _likeliest(sound: pd.DataFrame, age: Floats, design: Floats, prior: Floats, allowed: list[Way]) -> Floats:
    """Return level, log of the shape and a weight for each column of the design, by penalised likelihood."""
    cracked = (sound[CRACKED] + sound["increment"]).to_numpy(float) > parameter("onset_limit")
    given = recency(sound) if len(sound) else np.empty(0)
    start = np.log(np.maximum(age, 1e-9) / _REFERENCE)
    end = np.log((np.maximum(age, 1e-9) + sound["horizon"].to_numpy(float)) / _REFERENCE)
    limits = [*[(-np.inf, np.inf)] * len(prior), *allowed]
    pull, aim = parameter("onset_pull"), np.concatenate([prior, np.zeros(design.shape[1])])

    def loss(x: Floats) -> tuple[float, Floats]:
        shape = np.exp(x[1])
        before, after = np.exp(shape * start), np.exp(shape * end)
        rate = np.exp(x[0] + design @ x[2:])
        risk = np.clip(rate * (after - before), _LEAST, _MOST)
        likely = np.where(cracked, np.log(-np.expm1(-risk)), -risk)
        # by the log of the risk, and by that of the shape
        slope = given * risk * np.where(cracked, 1 / np.expm1(risk), -1.0)
        bend = shape * (after * end - before * start) / np.maximum(after - before, _LEAST)
        gradient = np.concatenate([[slope.sum(), (slope * bend).sum()], design.T @ slope])
        off = x - aim
        return float(pull / 2 * (off**2).sum() - (given * likely).sum()), pull * off - gradient

    return np.asarray(minimize(loss, aim, jac=True, method="L-BFGS-B", bounds=limits).x, dtype=float)


def _column(frame: pd.DataFrame, name: str) -> Floats:
    if name not in frame:
        return np.full(len(frame), np.nan)
    values = frame[name].to_numpy(dtype=float, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)


def _ages(frame: pd.DataFrame) -> tuple[Floats, float]:
    """Return the age of each row, the mean where it is unknown, and the mean. [year]"""
    age = np.maximum(_column(frame, "age"), 0.0)
    mean = float(np.nanmean(age)) if np.isfinite(age).any() else _REFERENCE
    return np.where(np.isfinite(age), age, mean), mean


def _median(frame: pd.DataFrame, name: str, default: float) -> float:
    values = _column(frame, name)
    return float(np.nanmedian(values)) if np.isfinite(values).any() else default


def covariate_values(frame: pd.DataFrame, names: tuple[str, ...]) -> Floats:
    """Return covariates as columns, the load by its logarithm; missing where the frame does not have them."""
    columns = [_column(frame, name) for name in names]
    columns = [np.log1p(np.maximum(v, 0.0)) if n == _LOAD else v for n, v in zip(names, columns, strict=True)]
    return np.column_stack(columns) if columns else np.empty((len(frame), 0))


def mean_and_scale(values: Floats) -> tuple[Floats, Floats]:
    """Return mean and spread of each column, 0 and 1 where nothing is known."""
    known = np.isfinite(values)
    count = np.maximum(known.sum(axis=0), 1)
    middle = np.where(known, values, 0.0).sum(axis=0) / count
    spread = np.sqrt((np.where(known, values - middle, 0.0) ** 2).sum(axis=0) / count)
    return middle, np.where(spread > 0, spread, 1.0)


def standing(values: Floats, middle: Floats, scale: Floats) -> Floats:
    """Return how each covariate stands to the mean; an unknown one as the mean, one far outside as the edge."""
    edge = parameter("regression_edge")
    return np.nan_to_num(np.clip((values - middle) / scale, -edge, edge))
