"""The forecast under a plan: cells age, works reset them to a level with its spread, and they age on from there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from models.fitting import FittedModel
from models.forecast import CURVE, EXTRAPOLATED, MODEL, paths
from models.history import MEASURED
from models.outside import Stage, outside_of_stages
from models.resets import LOG, UNKNOWN, default_resets
from models.targets import HISTORY, TARGETS, target_of
from pavement.errors import ModelError
from pavement.planning.outlook import resurfaced
from pavement.schema import read_table

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_BASES = (MODEL, CURVE, EXTRAPOLATED)
_CRACKS = "crack_percent"
# states forecast at once, so that the long answer of a large network fits in memory
STATES = 10_000


@dataclass(frozen=True)
class Course:
    """
    One kind over the years, (N, H + 1); NaN where a state has no forecast of it.

    Attributes
    ----------
    value, low, high
        Forecast and its interval, in the unit of the kind.
    basis
        Position in model, curve, extrapolated.
    reset
        Basis of the last reset by then, as in table ``resets``; "" before the first.
    level
        Nominal coverage of the interval.
    """

    kind: str
    value: Floats
    low: Floats
    high: Floats
    basis: NDArray[np.int8]
    reset: NDArray[np.object_]
    level: float


@dataclass(frozen=True)
class Treated:
    """
    Courses by kind; (N, H + 1) the treatment last done by then ("" for none), and the step at which it was.

    `stages` holds the states that works with a new surface leave, the first work of each cell before the second.
    """

    courses: dict[str, Course]
    treatment: NDArray[np.object_]
    since: Ints
    stages: list[Stage] = field(default_factory=list)


def forecast(
    states: pd.DataFrame,
    actions: pd.DataFrame,
    *,
    years: int,
    models: Mapping[str, FittedModel],
    resets: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """
    Return how cells age under a plan of actions.

    Parameters
    ----------
    states
        One row a cell, as of :func:`models.forecast.forecast_states`, with ``unit`` and ``time``.
    actions
        Table ``cell_actions``: cell, year, treatment; any number a cell, none for cells that are let alone.
    years
        Years ahead of each cell's own last survey.
    models
        Fitted model of each target.
    resets
        Table ``resets``; the defaults when not given.

    Returns
    -------
    forecast
        cell, year, kind, value, low, high, basis, treatment (the last one by then, "" for none), reset (whether its
        level is ``estimated``, ``default``, by ``rule`` or ``unknown``), outside (features of the cell as it then is
        that the model has not learned about, see :mod:`models.outside`). The year of a work holds what the work leaves;
        a kind whose level after it is unknown has no forecast from then on.

    Raises
    ------
    ModelError
        An action names an unknown cell or treatment, or lies before the last survey or beyond the years.
    """
    check_actions(states, actions, years=years)
    parts = []
    for start in range(0, max(len(states), 1), STATES):
        some = states.iloc[start : start + STATES].reset_index(drop=True)
        parts.append(_long(some, courses(some, actions, years=years, models=models, resets=resets), models))
    return pd.concat(parts, ignore_index=True)


def _long(states: pd.DataFrame, found: Treated, models: Mapping[str, FittedModel]) -> pd.DataFrame:
    origin = np.floor(states["time"].to_numpy(float)).astype(int)
    frames = []
    for kind, course in found.courses.items():
        row, step = np.nonzero(np.isfinite(course.value))
        outside = outside_of_stages(states, found.stages, models[kind], steps=course.value.shape[1])
        at = (row, step)
        named = {
            "cell": pd.Categorical.from_codes(row, states["unit"].astype(str).to_numpy()),
            "year": origin[row] + step,
            "kind": kind,
            **{end: getattr(course, end)[at] for end in ("value", "low", "high")},
            "basis": np.array(_BASES, dtype=object)[course.basis[at]],
            "treatment": found.treatment[at],
            "reset": course.reset[at],
            "outside": outside[at],
        }
        frames.append(pd.DataFrame(named).astype({"cell": object}))
    columns = ["cell", "year", "kind", "value", "low", "high", "basis", "treatment", "reset", "outside"]
    return pd.concat(frames or [pd.DataFrame(columns=columns)], ignore_index=True)[columns]


def check_actions(states: pd.DataFrame, actions: pd.DataFrame, *, years: int) -> None:
    """Refuse actions on cells or with treatments that are not known, or in years that the forecast does not reach."""
    origin = pd.Series(np.floor(states["time"].to_numpy(float)), index=states["unit"].astype(str))
    own = origin.reindex(actions["cell"].astype(str)).to_numpy()
    year = actions["year"].to_numpy(float)
    known = set(read_table("treatments")["treatment"])
    faults = {
        "is not on a cell with a survey": np.isnan(own),
        "has a treatment that treatments.csv does not know": ~actions["treatment"].isin(known).to_numpy(),
        "lies before the last survey of its cell": year < own,
        f"lies beyond the {years} years forecast": year > own + years,
        "stands twice in one year of its cell": actions.duplicated(["cell", "year"]).to_numpy(),
    }
    said = []
    for words, wrong in faults.items():
        if wrong.any():
            first = actions[wrong].iloc[0]
            more = f" and {wrong.sum() - 1} more" if wrong.sum() > 1 else ""
            said.append(f"{first['cell']} {first['year']} {first['treatment']}{more} {words}")
    if said:
        raise ModelError(f"The actions cannot be forecast: {'; '.join(said)}.", cure="Correct the list of actions.")


def courses(
    states: pd.DataFrame,
    actions: pd.DataFrame,
    *,
    years: int,
    models: Mapping[str, FittedModel],
    resets: pd.DataFrame | None = None,
) -> Treated:
    """Return the courses of states, numbered 0 … N-1, under actions; see :func:`forecast`."""
    base = {kind: _course(states, years, model) for kind, model in models.items()}
    shape = (len(states), years + 1)
    found = Treated(base, np.full(shape, "", dtype=object), np.zeros(shape, dtype=np.int64))
    table = (default_resets() if resets is None else resets).set_index(["treatment", "kind"])
    number = pd.Series(np.arange(len(states)), index=states["unit"].astype(str))
    mine = actions[actions["cell"].astype(str).isin(number.index)]
    mine = mine.assign(row=number.reindex(mine["cell"].astype(str)).to_numpy()).sort_values(["row", "year"])
    mine["step"] = mine["year"] - np.floor(states["time"].to_numpy(float))[mine["row"].to_numpy()].astype(int)
    now = states
    # the first work of every cell at once, then the second of those that have one
    for _, works in mine.groupby(mine.groupby("row").cumcount()):
        now = _worked(found, now, works, models=models, resets=table)
    return found


def _course(states: pd.DataFrame, years: int, model: FittedModel) -> Course:
    """Return the course of one kind without work."""
    known = paths(states, years=years, model=model)
    shape = (len(states), years + 1)
    arrays = {}
    for end in ("value", "low", "high"):
        arrays[end] = np.full(shape, np.nan)
        arrays[end][known.rows] = getattr(known, end)
    basis = np.zeros(shape, dtype=np.int8)
    for code, name in enumerate(_BASES):
        basis[known.rows] += np.int8(code) * (known.basis == name)
    reset = np.full(shape, "", dtype=object)
    return Course(model.target, **arrays, basis=basis, reset=reset, level=model.intervals.level)


def _worked(
    found: Treated,
    states: pd.DataFrame,
    works: pd.DataFrame,
    *,
    models: Mapping[str, FittedModel],
    resets: pd.DataFrame,
) -> pd.DataFrame:
    """Write one work of each of some cells into the courses; return the states with those works done."""
    rows, step = works["row"].to_numpy(np.int64), works["step"].to_numpy(np.int64)
    catalogue = read_table("treatments").set_index("treatment").loc[works["treatment"]].reset_index()
    renews = (catalogue["resets_age"] == "yes").to_numpy()
    steps = np.arange(found.since.shape[1])
    after = steps[None, :] >= step[:, None]
    found.treatment[rows] = np.where(after, works["treatment"].to_numpy(object)[:, None], found.treatment[rows])
    found.since[rows] = np.where(after & renews[:, None], step[:, None], found.since[rows])
    marks = {}
    for kind, course in found.courses.items():
        rules = resets.reindex(pd.MultiIndex.from_product([catalogue["treatment"], [kind]]))
        before = course.value[rows, step]
        marks[kind] = _Mark(rows, step, before, _start(before, rules, kind), rules, catalogue, renews)
    left = states.iloc[rows].reset_index(drop=True)
    left = _left(left, {kind: mark.start for kind, mark in marks.items()}, works, catalogue, renews)
    grown = {kind: _grown(left, step, found.since.shape[1] - 1, models[kind], renews) for kind in marks}
    found.stages.append((rows[renews], step[renews], left[renews].reset_index(drop=True)))
    for kind, mark in marks.items():
        found.courses[kind] = _after_work(found.courses[kind], mark, grown[kind])
    return pd.concat([states.drop(index=rows), left.set_axis(rows)]).sort_index()


@dataclass(frozen=True)
class _Mark:
    """Works on rows at their steps: the values before and at the start after, and the rules they follow."""

    rows: Ints
    step: Ints
    before: Floats
    start: Floats
    rules: pd.DataFrame
    catalogue: pd.DataFrame
    renews: NDArray[np.bool_]


def _start(before: Floats, rules: pd.DataFrame, kind: str) -> Floats:
    """Return the level that works leave: never worse than before, and unknown where nothing is known of it."""
    level = rules["level"].to_numpy(float)
    better = np.fmin if target_of(kind).sign > 0 else np.fmax
    reset = np.where(rules["capped"].to_numpy(bool), better(before, level), level)
    start = np.where(np.isnan(level), before, reset)
    gone = (rules["basis"] == UNKNOWN).to_numpy() | np.isnan(before)
    return np.where(gone, np.nan, start)


def _left(
    states: pd.DataFrame,
    starts: dict[str, Floats],
    works: pd.DataFrame,
    catalogue: pd.DataFrame,
    renews: NDArray[np.bool_],
) -> pd.DataFrame:
    """Return states as a new surface leaves them: age 0, no history; other states stay as they are."""
    added = np.where(renews, catalogue["pave_mm"] - catalogue["mill_mm"], 0.0)
    new = resurfaced(states, added).assign(**starts)
    # of kinds that nobody forecasts nothing is known on a new surface
    past = [c for c in states if str(c).endswith(HISTORY) or (c in TARGETS and c not in starts)]
    new = new.assign(**dict.fromkeys(past, np.nan))
    times = [c for c in states if c == "time" or (str(c).endswith(MEASURED) and str(c)[: -len(MEASURED)] in starts)]
    new = new.assign(**dict.fromkeys(times, works["year"].to_numpy(float)))
    new.loc[~renews] = states.loc[~renews]
    return new


def _grown(
    states: pd.DataFrame, step: Ints, years: int, model: FittedModel, renews: NDArray[np.bool_]
) -> tuple[Course, Ints]:
    """Return the course of renewed states from their work on, and the row of each state in it (-1 for none)."""
    some = np.flatnonzero(renews)
    place = np.full(len(states), -1)
    place[some] = np.arange(len(some))
    ahead = int(years - step[some].min()) if len(some) else 0
    return _course(states.iloc[some].reset_index(drop=True), ahead, model), place


def _after_work(course: Course, mark: _Mark, grown: tuple[Course, Ints]) -> Course:
    """Return a course with works: what they leave, with its spread, and the growth after it."""
    renewed, held = _renewed(course, mark, *grown), _kept(course, mark)
    steps = np.arange(course.value.shape[1])
    after = steps[None, :] >= mark.step[:, None]
    changed = {}
    for name in ("value", "low", "high", "basis"):
        whole = getattr(course, name).copy()
        new = np.where(mark.renews[:, None], renewed[name], held[name])
        whole[mark.rows] = np.where(after, new, whole[mark.rows])
        changed[name] = whole
    reset = course.reset.copy()
    basis = mark.rules["basis"].to_numpy(object)[:, None]
    reset[mark.rows] = np.where(after, basis, reset[mark.rows])
    return replace(course, **changed, reset=reset)


def _renewed(course: Course, mark: _Mark, grown: Course, place: Ints) -> dict[str, NDArray[Any]]:
    """Return value, low, high and basis from the work on, as a new surface ages."""
    ahead = np.arange(course.value.shape[1])[None, :] - mark.step[:, None]
    at = np.clip(ahead, 0, grown.value.shape[1] - 1)
    if not mark.renews.any():
        return {name: np.zeros(ahead.shape) for name in ("value", "low", "high", "basis")}
    taken = {name: np.take_along_axis(getattr(grown, name)[place], at, axis=1) for name in ("value", "low", "high")}
    factor = mark.rules["rate_factor"].to_numpy(float)[:, None]
    growth = taken["value"] - mark.start[:, None]
    value = mark.start[:, None] + factor * growth + _reflected(course.kind, mark, at)
    down, up = _spreads(mark.start, mark.rules, course.level)
    low = value - np.hypot(down[:, None], taken["value"] - taken["low"])
    high = value + np.hypot(up[:, None], taken["high"] - taken["value"])
    basis = np.take_along_axis(grown.basis[place], at, axis=1)
    least, most = target_of(course.kind).low, target_of(course.kind).high
    return {
        "value": value.clip(least, most),
        "low": low.clip(least, most),
        "high": high.clip(least, most),
        "basis": basis,
    }


def _reflected(kind: str, mark: _Mark, ahead: Ints) -> Floats | float:
    """Return the share of the old cracks that is back after some years: all of it at the end of the life."""
    if kind != _CRACKS:
        return 0.0
    back = mark.catalogue["reflection"].to_numpy(float) * np.nan_to_num(mark.before)
    life = mark.catalogue["life"].to_numpy(float)
    return back[:, None] * np.minimum(1.0, ahead / life[:, None])


def _spreads(start: Floats, rules: pd.DataFrame, level: float) -> tuple[Floats, Floats]:
    """Return how far the level reaches down and up at the nominal coverage."""
    reach = norm.ppf((1 + level) / 2) * np.nan_to_num(rules["spread"].to_numpy(float))
    log = (rules["scale"] == LOG).to_numpy()
    return np.where(log, -start * np.expm1(-reach), reach), np.where(log, start * np.expm1(reach), reach)


def _kept(course: Course, mark: _Mark) -> dict[str, NDArray[Any]]:
    """
    Return value, low, high and basis after work that lays no new surface.

    The old growth goes on, from another level where the work sets one; cracking stands still for the delay.
    """
    value, rows = course.value[mark.rows], np.arange(len(mark.rows))[:, None]
    steps = np.arange(value.shape[1])[None, :]
    shifted = value
    if course.kind == _CRACKS:
        delay = mark.catalogue["crack_delay"].to_numpy(float).astype(int)[:, None]
        shifted = value[rows, np.clip(np.maximum(mark.step[:, None], steps - delay), 0, None)]
        shifted = np.where(steps < mark.step[:, None], value, shifted)
    moved = shifted + (mark.start - mark.before)[:, None]
    set_to = mark.rules["level"].notna().to_numpy()
    down, up = (np.where(set_to, reach, 0.0)[:, None] for reach in _spreads(mark.start, mark.rules, course.level))
    low = moved - np.hypot(down, value - course.low[mark.rows])
    high = moved + np.hypot(up, course.high[mark.rows] - value)
    least, most = target_of(course.kind).low, target_of(course.kind).high
    basis = course.basis[mark.rows]
    return {
        "value": moved.clip(least, most),
        "low": low.clip(least, most),
        "high": high.clip(least, most),
        "basis": basis,
    }
