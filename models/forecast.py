"""Forecasts: how states age year by year, with an interval, for any number of states at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.boosted import HORIZON, Along, booster, learned_change, predicted
from models.directions import held
from models.fitting import FittedModel
from models.history import MEASURED
from models.in_turn import in_turn
from models.input_rules import finite, refuse_infinite, unseen
from models.intervals import plain_difficulty
from models.mixing import EVERY, LIGHTGBM, Shares, mixed
from models.panel import CONTEXT
from models.parameters import parameter
from models.targets import CAMPAIGN, HISTORY, target_of

Floats = NDArray[np.float64]
MODEL, CURVE, EXTRAPOLATED = "model", "curve", "extrapolated"
# what curves ask of a state besides the features of LightGBM
CURVE_COLUMNS = ("age", "sn", "esal")
# states forecast at once: their arrays stay small
_STATES = 4_000


def increments(model: FittedModel, states: pd.DataFrame, horizon: Floats) -> tuple[Floats, Floats]:
    """
    Return the growth of damage and the half-width of its interval, one row a state and its own horizon [year].

    Damage grows whichever way the measure goes (:mod:`models.targets`).

    Beyond the longest horizon learned from, where trees are flat, the change grows as the curves grow.
    """
    reached = np.minimum(horizon, model.horizon)
    change = _mixture(model, states, reached)
    width = model.intervals.half_width(horizon, _difficulty(model, states, reached), present_of(model, states))
    return change + beyond(model, states, reached, horizon), width


def increments_along(model: FittedModel, states: pd.DataFrame, ahead: Floats) -> tuple[Floats, Floats]:
    """
    Return what :func:`increments` says of each state at each of its horizons, (N, T).

    Past the longest horizon learned from LightGBM is asked once a state and not once a year, since it says the same.
    """
    change, width = np.zeros((2, *ahead.shape))
    asked = {*model.columns, model.target, "family", *CURVE_COLUMNS}
    slim = states[[c for c in states if c in asked]]
    present = present_of(model, slim)
    ask = _Asked.of(model, slim)
    near, far = (ahead > 0) & (ahead <= model.horizon), ahead > model.horizon
    if near.any():
        rows, years = np.nonzero(near)[0], ahead[near]
        change[near] = _mixture(model, slim.iloc[rows], years, learned=ask.change(rows, years))
        width[near] = model.intervals.half_width(years, ask.difficulty(rows, years), present[rows])
    some = np.flatnonzero(far.any(axis=1))
    if some.size:
        part, row = slim.iloc[some], np.nonzero(far[some])[0]
        end = np.full(len(part), model.horizon)
        own = _mixture(model, part, end, learned=ask.change(some, end))
        change[far] = own[row] + _further(model, part, own, row=row, horizon=ahead[far])
        width[far] = model.intervals.half_width(ahead[far], ask.difficulty(some, end)[row], present[some][row])
    return change, width


@dataclass(frozen=True)
class _Asked:
    """LightGBM of a model, ready to be asked of the same states at many horizons."""

    increment: Along | None
    size: Along | None

    @classmethod
    def of(cls, model: FittedModel, states: pd.DataFrame) -> _Asked:
        columns = list(model.columns)
        increment = Along.of(model.booster, states, columns) if model.learned else None
        return cls(increment, Along.of(model.difficulty, states, columns) if model.difficulty else None)

    def change(self, rows: NDArray[np.int64], horizon: Floats) -> Floats | None:
        """Return the learned change of states (positions) after a horizon each."""
        return None if self.increment is None else self.increment.at(rows, horizon) * np.sqrt(horizon)

    def difficulty(self, rows: NDArray[np.int64], horizon: Floats) -> Floats:
        """Return the expected size of the residual of states (positions) at a horizon each."""
        return plain_difficulty(horizon) if self.size is None else self.size.at(rows, horizon)


def present_of(model: FittedModel, states: pd.DataFrame) -> Floats:
    """Return the present value of the target of each state, as damage."""
    return target_of(model.target).damage(states[model.target].to_numpy(dtype=float, na_value=np.nan))


def _difficulty(model: FittedModel, states: pd.DataFrame, horizon: Floats) -> Floats:
    """Return the expected size of the residual at a horizon learned from."""
    if not model.difficulty:
        return plain_difficulty(horizon)
    return predicted(booster(model.difficulty), states.assign(**{HORIZON: horizon}), list(model.columns))


def _mixture(model: FittedModel, states: pd.DataFrame, horizon: Floats, *, learned: Floats | None = None) -> Floats:
    """Return the change after a horizon that was learned from; `learned` is that of LightGBM, where it is known."""
    said = _curves(model, states, horizon, model.shares)
    if model.learned:
        if learned is None:
            learned = learned_change(model.booster, states.assign(**{HORIZON: horizon}), list(model.columns))
        said = said.assign(**{LIGHTGBM: learned})
    return mixed(said, family_of(states), model.shares)


def beyond(model: FittedModel, states: pd.DataFrame, reached: Floats, horizon: Floats) -> Floats:
    """
    Return the change from the horizon reached to a longer one: by the curves alone, in their own proportions.

    See :func:`_further`.
    """
    more = np.zeros(len(states))
    far = np.flatnonzero(horizon > reached)
    if not far.size:
        return more
    part = states.iloc[far]
    own = _mixture(model, part, reached[far])
    more[far] = _further(model, part, own, row=np.arange(len(far)), horizon=horizon[far])
    return more


def _further(
    model: FittedModel, states: pd.DataFrame, own: Floats, *, row: NDArray[np.int64], horizon: Floats
) -> Floats:
    """
    Return the change from the longest horizon learned from to a longer one, of the states in `row`.

    The change `own` by then goes on by the share of it that fell into the second half of those years, in the
    proportions of the curves, so that the line does not bend where learning ends; it stays within limits of what the
    curves add. Share and proportions are those of a state that is middling in what may move a forecast one way only:
    trees are monotone in these at every horizon but not from one to the next, and a pace of their own could turn them
    round further on.
    """
    end = np.full(len(states), model.horizon)
    usual = _middling(model, states)
    whole, half = (_mixture(model, usual, years) for years in (end, end / 2))
    share = np.clip((whole - half) / np.where(whole > 0, whole, np.inf), 0, 1)
    by_end = _extension(model, usual, end)
    theirs = by_end - _extension(model, usual, end / 2)
    stretch = (_extension(model, usual.iloc[row], horizon) - by_end[row]) / np.where(theirs > 0, theirs, np.inf)[row]
    curve = np.maximum(_extension(model, states.iloc[row], horizon) - _extension(model, states, end)[row], 0.0)
    least, most = parameter("extension_min"), parameter("extension_max")
    return np.clip(own[row] * share[row] * stretch, least * curve, most * curve)


def _middling(model: FittedModel, states: pd.DataFrame) -> pd.DataFrame:
    """Return states whose features with a direction lie in the middle of what was learned from."""
    columns = held([c for c in CONTEXT if c in states], target=model.target)
    return states.assign(**{c: float(np.mean(model.ranges.get(c, (np.nan,)))) for c in columns})


def _extension(model: FittedModel, states: pd.DataFrame, horizon: Floats) -> Floats:
    names = [c.name for c in model.curves]
    curves_only = {}
    for family, share in model.shares.items():
        total = sum(share.get(name, 0.0) for name in names)
        # without a curve in the mixture the first one, the plainest, goes on
        curves_only[family] = {n: share.get(n, 0.0) / total for n in names} if total > 0 else {names[0]: 1.0}
    return mixed(_curves(model, states, horizon, curves_only), family_of(states), curves_only)


def _curves(model: FittedModel, states: pd.DataFrame, horizon: Floats, shares: Shares) -> pd.DataFrame:
    """Return the change by each curve that has a share in any family."""
    used = [c for c in model.curves if any(share.get(c.name, 0.0) for share in shares.values())]
    return pd.DataFrame({c.name: c.increment(states, horizon) for c in used}, index=states.index)


def family_of(states: pd.DataFrame) -> pd.Series:
    """Return the family of each state; "" where none is given."""
    if "family" not in states:
        return pd.Series(EVERY, index=states.index)
    return states["family"].fillna(EVERY).astype(str)


def forecast_states(states: pd.DataFrame, *, years: int, models: Mapping[str, FittedModel]) -> pd.DataFrame:
    """
    Return how states age without work.

    Parameters
    ----------
    states
        One row a state: the present values of the targets, such as iri [m/km] or pci, and the columns the models ask
        for; single values may be missing. Rows of a state just renewed (age 0) forget their history. A target measured
        before the `time` of its state (``<target>_time``) is brought to it first.
    years
        Years ahead.
    models
        Fitted model of each target.

    Returns
    -------
    forecast
        state (index of `states`), step 0 … years, kind, value, low, high, basis (``model``, ``curve`` or
        ``extrapolated``, counted from the measurement of the target). Values never improve with time and stay on their
        scale; a state without a present value of a kind has no forecast of it.

    Raises
    ------
    ModelError
        A column that a model was trained on is not there, or a present value is infinite.
    """
    for model in models.values():
        if model.target in states:
            refuse_infinite(states[model.target])
    prepared = finite(states)
    parts = [(model, start) for model in models.values() for start in range(0, max(len(states), 1), _STATES)]

    def part(asked: tuple[FittedModel, int]) -> pd.DataFrame:
        model, start = asked
        return _of_target(prepared.iloc[start : start + _STATES], years, model)

    return pd.concat(list(in_turn(part, parts)), ignore_index=True)


def without_stale_history(states: pd.DataFrame) -> pd.DataFrame:
    """Return states of which those just renewed (age 0) forget what their old surface said."""
    if "age" not in states:
        return states
    past = [c for c in states if str(c).endswith(HISTORY)]
    return states.assign(**{c: states[c].where(states["age"] != 0) for c in past})


@dataclass(frozen=True)
class Paths:
    """One kind of the states `rows` (positions) over the years, (n, H + 1); basis as in the forecast."""

    rows: NDArray[np.int64]
    value: Floats
    low: Floats
    high: Floats
    basis: NDArray[np.object_]


def paths(states: pd.DataFrame, *, years: int, model: FittedModel) -> Paths:
    """Return the paths of the states that have a present value of the model's target; see :func:`forecast_states`."""
    prepared = without_stale_history(states)
    target = model.target
    present = prepared[target].astype(float) if target in prepared else pd.Series(np.nan, index=prepared.index)
    rows = np.flatnonzero(np.isfinite(present.to_numpy()))
    known, steps = prepared.iloc[rows], np.arange(years + 1)
    ahead = years_since_measured(known, target)[:, None] + steps
    change, width = increments_along(model, known, ahead)
    own = target_of(target)
    start = own.damage(present.to_numpy()[rows, None])
    # no work, no healing: enforced where it is shown, never in what is learned from
    damage = start + np.maximum.accumulate(change.clip(min=0), axis=1)
    half = np.maximum.accumulate(width, axis=1)
    basis = np.where(_learned(model, known)[:, None], MODEL, CURVE).astype(object).repeat(years + 1, axis=1)
    basis[ahead > model.horizon + 0.5] = EXTRAPOLATED
    # the better end of the interval, the middle and the worse end
    ends = [own.measured((damage + side * half).clip(own.least, own.worst)) for side in (-1, 0, 1)]
    low, value, high = ends[:: own.sign]
    return Paths(rows, value, low, high, basis)


def _of_target(states: pd.DataFrame, years: int, model: FittedModel) -> pd.DataFrame:
    found = paths(states, years=years, model=model)
    return pd.DataFrame(
        {
            "state": np.repeat(states.index.to_numpy()[found.rows], years + 1),
            "step": np.tile(np.arange(years + 1), len(found.rows)),
            "kind": model.target,
            "value": found.value.ravel(),
            "low": found.low.ravel(),
            "high": found.high.ravel(),
            "basis": found.basis.ravel(),
        }
    )


def years_since_measured(states: pd.DataFrame, target: str) -> Floats:
    """Return the years from the measurement of the target to the time of its state. [year]"""
    if f"{target}{MEASURED}" not in states or "time" not in states:
        return np.zeros(len(states))
    lag = (states["time"] - states[f"{target}{MEASURED}"]).to_numpy(float)
    return np.where(np.isfinite(lag), lag.clip(min=0), 0.0)


def _learned(model: FittedModel, states: pd.DataFrame) -> np.ndarray:
    """Return whether LightGBM has a share in the forecast of each state."""
    own = {family: share.get(LIGHTGBM, 0.0) > 0 for family, share in model.shares.items()}
    return family_of(states).map(lambda f: own.get(f, own[EVERY])).to_numpy(bool)


def outside_training(states: pd.DataFrame, model: FittedModel) -> pd.DataFrame:
    """
    Return every feature that a model cannot know about (M4).

    Columns state, column, value, low, high: values outside the range of training by more than ``outside_margin`` of
    it, infinite ones, columns without any value that training had, and surface families that it had not seen. Of
    numbers, a model without LightGBM asks for none. See ``input_rules.csv``.
    """
    new = unseen(states, model.families)
    found = [_NOTHING_OUTSIDE, pd.DataFrame({"state": new.index, "column": "family", "value": new.to_numpy()})]
    for column, (low, high) in model.ranges.items() if model.learned else ():
        # a campaign has one value for all its cells: a network of few years sees a new extreme in almost every one
        if column in states and column != HORIZON and not column.endswith(CAMPAIGN):
            values = states[column].astype(float)
            margin = parameter("outside_margin") * (high - low)
            out = values[(values < low - margin) | (values > high + margin) | values.isna().all()]
            frame = pd.DataFrame({"state": out.index, "column": column, "value": out.to_numpy()})
            found.append(frame.assign(low=low, high=high))
    return pd.concat([f for f in found if len(f)] or found[:1], ignore_index=True).reindex(columns=_OUTSIDE)


_OUTSIDE = ["state", "column", "value", "low", "high"]
_NOTHING_OUTSIDE = pd.DataFrame(columns=_OUTSIDE)
