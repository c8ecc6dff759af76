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
from pavement.planning.sections import sections
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
    sections with undone work share one mobilisation, the largest among them, on each longest length of a project; also
    where they are shorter than the shortest project.
    """
    area = ready.units["area_m2"].to_numpy(float)
    ends = slice(1, len(ready.years) + 1)
    shown = {kind: path[:, ends] for kind, path in course.condition.items()}
    values = shown | {kind: np.repeat(v[:, None], len(ready.years), axis=1) for kind, v in ready.look.static.items()}
    now, age = penalty(shown), course.age[:, ends]
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
        gain = now - penalty(_after(shown, treatment)) + 1e-9
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
    begin = np.maximum.accumulate(np.where(follows, 0, np.arange(s.count)), axis=1)
    # a run that is longer than a project may be is done by several crews
    part = np.floor((s.to_m - s.from_m[begin]) / (joined.rules.most + 1e-6))
    new = ~follows
    new[:, 1:] |= part[:, 1:] != part[:, :-1]
    run = np.cumsum(new.ravel()) - 1
    largest = pd.Series(most.ravel()).groupby(run).max().to_numpy(float)
    year = np.repeat(np.arange(years), s.count)[new.ravel()]
    return np.asarray(np.bincount(year, largest, minlength=years), dtype=np.float64)
