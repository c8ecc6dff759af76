"""Works of whole projects chosen anew, stretches and years as they are: what is left of the limits buys better ones."""

from __future__ import annotations

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array

from pavement.planning.project_whole import Search, holds, searched
from pavement.planning.projects import Columns, Problem, columns_of
from pavement.planning.slots import SLOTS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def refined(problem: Problem, taken: Columns, prices: Floats, search: Search) -> Columns:
    """
    Return projects of the same stretches and years, with works that are worth as much at least.

    Parameters
    ----------
    problem, taken
        The problem, and projects that keep all limits.
    prices
        (R,) prices of the limits: of strategies those that lose least at them are looked at.
    search
        How far the search goes.
    """
    if not taken.count:
        return taken
    strategy, project, year = _able(problem, taken)
    kept = _nearest(problem, strategy, taken, prices, most=search.most)
    strategy, project, year = strategy[kept], project[kept], year[kept]
    model = _model(problem, taken, strategy, year, search.scale)
    unit = max(float(np.abs(problem.choices.benefit[strategy]).max()), 1e-300) / 100
    model.col_cost_ = problem.choices.benefit[strategy] / unit
    known = np.flatnonzero(np.isin(strategy, taken.strategy))
    at, _ = searched(model, nodes=search.nodes, within=search.within / unit, known=known)
    if at is None:
        return taken
    at = at[np.argsort(project[at], kind="stable")]
    found = columns_of(problem, taken.first, taken.length, strategy[at], project[at])
    return found if holds(problem, found) and found.value.sum() > taken.value.sum() else taken


def _able(problem: Problem, taken: Columns) -> tuple[Ints, Ints, Ints]:
    """
    Return strategies that fit the projects, the project of each, and its years.

    They work in no other years, and need no more mobilisation than the project pays. The years come as numbers of
    (project, year), (N, K), -1 for none.
    """
    c, crew = problem.choices, problem.crew
    of_section = np.full(problem.sections.count, -1)
    sizes = np.repeat(np.arange(taken.count), taken.length)
    within = np.arange(len(sizes)) - np.repeat(np.cumsum(taken.length) - taken.length, taken.length)
    of_section[np.repeat(taken.first, taken.length) + within] = sizes
    project = of_section[problem.section[c.group]]
    paid = np.full((taken.count, c.rows + 1), -1.0)
    for slot in range(crew.mobilisation.shape[1]):
        np.maximum.at(
            paid, (taken.project, c.row[taken.strategy, slot].astype(np.int64)), crew.mobilisation[taken.strategy, slot]
        )
    paid[:, c.rows] = np.inf
    year = np.where(problem.years < 0, c.rows, problem.years)
    able = np.flatnonzero((project >= 0) & (crew.mobilisation <= paid[project[:, None], year]).all(axis=1))
    own = np.where(year[able] < c.rows, project[able, None] * c.rows + year[able], -1)
    return able, project[able], own


def _nearest(problem: Problem, strategy: Ints, taken: Columns, prices: Floats, *, most: int) -> Ints:
    """Return which strategies are looked at: those taken, and those that lose least against the best of their unit."""
    c = problem.choices
    reduced = c.reduced(prices)[strategy]
    best = np.zeros(c.groups)
    np.maximum.at(best, c.group[strategy], reduced)
    loss = best[c.group[strategy]] - reduced
    held = np.isin(strategy, taken.strategy)
    order = np.lexsort((strategy, loss, ~held))
    return np.sort(order[: int(held.sum()) + most])


def _model(problem: Problem, taken: Columns, strategy: Ints, year: Ints, scale: Floats) -> highspy.HighsLp:
    """Return the programme: a strategy a unit, work in each section and year, and what is left of the limits."""
    c, at = problem.choices, np.arange(len(strategy))
    groups, group = np.unique(c.group[strategy], return_inverse=True)
    section = problem.section[c.group[strategy]]
    # in a project of three years a lane of each section works in all of them
    works = np.bincount(np.unique(year[year >= 0]) // c.rows, minlength=taken.count)[(year[:, 0] // c.rows)]
    led = works < len(SLOTS)
    asked = (year >= 0) & (led | (year >= 0).all(axis=1))[:, None]
    worked, slot = np.nonzero(asked & problem.whole[c.group[strategy], None])
    places, place = np.unique(section[worked] * (taken.count * c.rows) + year[worked, slot], return_inverse=True)
    used = c.dense(strategy) / scale
    column, row = np.nonzero(used)
    rows = np.concatenate([group, len(groups) + place, len(groups) + len(places) + row])
    columns = np.concatenate([at, worked, column])
    amounts = np.concatenate([np.ones(len(at) + len(worked)), used[column, row]])
    count = len(groups) + len(places) + c.rows
    matrix = coo_array((amounts, (rows, columns)), shape=(count, len(at))).tocsc()
    # mobilisation stays as it is: works that need less of it only leave more
    mobilised = taken.amount.sum(axis=0) - c.usage(taken.strategy)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(at), count
    lp.col_lower_, lp.col_upper_ = np.zeros(len(at)), np.ones(len(at))
    none = np.full(c.rows, -np.inf)
    lp.row_lower_ = np.concatenate([np.where(c.forced[groups], 1.0, -np.inf), np.ones(len(places)), none])
    lp.row_upper_ = np.concatenate(
        [np.ones(len(groups)), np.full(len(places), np.inf), (problem.limits - mobilised) / scale]
    )
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32)
    lp.a_matrix_.value_ = matrix.data
    return lp
