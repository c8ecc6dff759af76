"""Backlog: what all triggered work that is undone would cost at the end of each year."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.planning.basis import Basis
from pavement.planning.economics import treatment_cost
from pavement.planning.penalty import penalty
from pavement.planning.project_answer import Joined
from pavement.planning.rollout import Course, better
from pavement.planning.sections import Sections, sections
from pavement.planning.treatments import lies_on, reset_kinds, triggered

Floats = NDArray[np.float64]


def backlog(ready: Basis, course: Course, *, joined: Joined | None = None) -> Floats:
    """
    Return the cost of all triggered work that is undone at the end of each year, (T,). [NT$]

    Parameters
    ----------
    ready
        Basis of the plan.
    course
        Condition of the units by year.
    joined
        How works join into projects; None where each stands by itself, with a mobilisation of its own.

    Notes
    -----
    Of the treatments triggered on a unit that counts which takes most off the condition penalty at once, of equals the
    cheaper; with mobilisation, at the price of today. Units of unknown condition do not count. Joined, neighbouring
    sections with undone work share one mobilisation, the largest among them: as many from the beginning of a run as the
    longest project holds, then the next; also where they are shorter than the shortest project.
    """
    area = ready.units["area_m2"].to_numpy(float)
    ends = slice(1, len(ready.years) + 1)
    shown = {kind: path[:, ends] for kind, path in course.condition.items()}
    values = shown | {kind: np.repeat(v[:, None], len(ready.years), axis=1) for kind, v in ready.look.static.items()}
    now, age = penalty(shown, course.curves), course.age[:, ends]
    catalogue = ready.catalogue if joined is None else joined.catalogue
    best, cost, crew = np.zeros(now.shape), np.zeros(now.shape), np.zeros(now.shape)
    for name, treatment in catalogue.treatments.iterrows():
        young = age < float(treatment["least_age"])
        able = lies_on(ready.look.static, treatment, count=len(area))[:, None] & ~young
        due = triggered(values, catalogue.rules[str(name)]) & able & ~np.isnan(now)
        unit_cost, mobilisation = float(treatment["cost_mid"]), float(treatment["mobilisation"])
        price = treatment_cost(area, unit_cost=unit_cost, mobilisation=mobilisation)[:, None]
        own = treatment_cost(area, unit_cost=unit_cost, mobilisation=0.0)[:, None]
        # a treatment that resets nothing, as a seal, still is work to do
        gain = now - penalty(_after(shown, treatment), course.curves) + 1e-9
        taken = due & ((gain > best) | ((gain == best) & (price < cost)))
        best, cost = np.where(taken, gain, best), np.where(taken, price, cost)
        crew = np.where(taken, price - own, crew)
    total: Floats = cost.sum(axis=0)
    return total if joined is None else total - crew.sum(axis=0) + _crews(ready.units, cost > 0, crew, joined)


def _after(shown: dict[str, Floats], treatment: pd.Series) -> dict[str, Floats]:
    """Return condition at once after a treatment: its level, never worse than the value before."""
    found = dict(shown)
    for kind in reset_kinds():
        level = float(treatment[f"reset_{kind}"])
        if kind in shown and not np.isnan(level):
            found[kind] = better(shown[kind], level, kind)
    return found


def _crews(units: pd.DataFrame, due: NDArray[np.bool_], crew: Floats, joined: Joined) -> Floats:
    """Return the mobilisation of undone work by year, (T,): once for each run of neighbouring sections. [NT$]"""
    s, years = sections(units), due.shape[1]
    work = pd.DataFrame(due).groupby(s.of_unit).any().to_numpy(bool).T
    most = pd.DataFrame(crew).groupby(s.of_unit).max().to_numpy(float).T
    follows = np.zeros_like(work)
    follows[:, 1:] = work[:, :-1] & (s.chain[1:] == s.chain[:-1])
    new = _parts(s, ~follows, joined.rules.most)
    run = np.cumsum(new.ravel()) - 1
    largest = pd.Series(most.ravel()).groupby(run).max().to_numpy(float)
    year = np.repeat(np.arange(years), s.count)[new.ravel()]
    return np.asarray(np.bincount(year, largest, minlength=years), dtype=np.float64)


def _parts(s: Sections, new: NDArray[np.bool_], most: float) -> NDArray[np.bool_]:
    """Return where parts of runs begin, (T, S): from its beginning each run is cut into as many sections as fit."""
    span = s.to_m.max(initial=0.0) + most + 1.0
    reach = np.searchsorted(s.to_m + s.chain * span, s.from_m + s.chain * span + most + 1e-6, side="right")
    # a section longer than a project may be is a part by itself
    following = np.maximum(reach, np.arange(s.count) + 1)
    after = np.append(new, np.ones((len(new), 1), dtype=bool), axis=1)
    ends = np.minimum.accumulate(np.where(after, np.arange(s.count + 1), s.count)[:, :0:-1], axis=1)[:, ::-1]
    year, begin = np.nonzero(new)
    end, found = ends[year, begin], new.copy()
    while len(begin):
        begin = following[begin]
        inside = begin < end
        year, begin, end = year[inside], begin[inside], end[inside]
        found[year, begin] = True
    return found
