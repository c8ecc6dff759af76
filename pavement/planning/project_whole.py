"""Whole projects in place of the shares of the linear programme: branch and bound on those nearest to indifferent."""

from __future__ import annotations

from typing import NamedTuple

import highspy
import numpy as np
from numpy.typing import NDArray

from pavement.errors import PlanError
from pavement.planning.programme import solver
from pavement.planning.project_programme import Duals, entries
from pavement.planning.projects import Columns, Problem

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# what limits are held back by in the solver, of its scale: nothing, or else its tolerance; sums are checked exactly
_MARGINS = (0.0, 2e-7)


class Search(NamedTuple):
    """
    How far branch and bound goes.

    Attributes
    ----------
    scale
        (R,) what amounts of each row are divided by.
    nodes
        Nodes after which a search stops; never by the clock.
    most
        Columns searched beside those that must be there.
    within
        Benefit by which the best of those searched may be missed.
    wider
        How many times `most` each search looks at, one after the other until something is found.
    """

    scale: Floats
    nodes: int
    most: int
    within: float
    wider: tuple[float, ...] = (1.0,)


def whole_projects(
    problem: Problem, pool: Columns, duals: Duals, search: Search, *, bound: float
) -> tuple[Columns, str]:
    """
    Return whole projects that keep all limits, and the solver's last word.

    Parameters
    ----------
    problem, pool, duals
        The problem, the projects of the linear programme, and its optimum.
    search
        How far the search goes.
    bound
        Bound of the benefit of all projects.
    """
    loss = losses(pool, duals)
    used = duals.share > 1e-7
    loss[used] = 0.0
    order = np.lexsort((np.arange(pool.count), loss, ~used))
    best, last = None, ""
    for wider in search.wider:
        count = int(used.sum()) + search.most * int(wider)
        found, status = _held(problem, pool.some(np.sort(order[:count])), search)
        if found is not None and (best is None or found.value.sum() > best.value.sum()):
            best, last = found, status
        near = best is not None and bound - best.value.sum() <= search.within
        # a search that ran out of nodes does no better on more
        if near or (found is not None and status != "Optimal") or count >= pool.count:
            break
    if best is None:
        raise PlanError(
            "Limits can be met by parts of projects, but no choice of whole ones was found.",
            cure="Ease the tightest limits a little.",
        )
    return best, last


def _held(problem: Problem, pool: Columns, search: Search) -> tuple[Columns | None, str]:
    """Return the projects found that keep all limits exactly, None without any, and the solver's last word."""
    status = ""
    for margin in _MARGINS:
        found, status = searched_whole(problem, pool, search, margin=margin)
        if found is None:
            break
        taken = pool.some(found)
        if holds(problem, taken):
            return taken, status
    return None, status


def losses(pool: Columns, duals: Duals) -> Floats:
    """Return what each project loses at the prices against its sections' own values."""
    value = np.concatenate([[0.0], np.cumsum(duals.sections)])
    return np.maximum(
        0.0, value[pool.first + pool.length] - value[pool.first] - pool.value + pool.amount @ duals.prices
    )


def searched_whole(
    problem: Problem,
    pool: Columns,
    search: Search,
    *,
    margin: float = 0.0,
    left: Floats | None = None,
    held: NDArray[np.bool_] | None = None,
    known: Ints | None = None,
) -> tuple[Ints | None, str]:
    """
    Return the projects taken by branch and bound, None without any, and the solver's last word.

    Parameters
    ----------
    problem, pool, search
        The problem, projects to choose from, and how far the search goes.
    margin
        What limits are held back by, of the solver's scale.
    left, held
        (R,) what is left of the limits, and (S,) sections that other projects work on; all and none when not given.
    known
        Projects that may be taken together, to start from.
    """
    sections, rows = problem.sections.count, problem.choices.rows
    forced = problem.forced if held is None else problem.forced & ~held
    free = np.ones(sections) if held is None else (~held).astype(np.float64)
    unit = max(float(np.abs(pool.value).max(initial=0.0)), 1e-300) / 100
    start, index, value = entries(pool, sections, search.scale)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = pool.count, sections + rows
    lp.col_cost_ = pool.value / unit
    lp.col_lower_, lp.col_upper_ = np.zeros(pool.count), np.ones(pool.count)
    lp.row_lower_ = np.concatenate([np.where(forced, 1.0, -np.inf), np.full(rows, -np.inf)])
    limits = (problem.limits if left is None else left) / search.scale
    lp.row_upper_ = np.concatenate([free, limits - margin * np.maximum(1.0, np.abs(limits))])
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = start.astype(np.int32), index, value
    return searched(lp, nodes=search.nodes, within=search.within / unit, known=known)


def searched(lp: highspy.HighsLp, *, nodes: int, within: float, known: Ints | None = None) -> tuple[Ints | None, str]:
    """
    Return the columns taken by branch and bound, None without any, and the solver's last word.

    Parameters
    ----------
    lp
        The programme of columns that are taken or not.
    nodes, within
        Nodes after which the search stops, and by what the best may be missed.
    known
        Columns that may be taken together, to start from.
    """
    lp.integrality_ = [highspy.HighsVarType.kInteger] * lp.num_col_
    highs = solver()
    for name, number in {"mip_rel_gap": 0.0, "mip_abs_gap": within, "mip_max_nodes": nodes}.items():
        highs.setOptionValue(name, number)
    # beginning anew at the root takes as long as the search and finds little
    highs.setOptionValue("mip_allow_restart", False)
    for name in ("primal_feasibility_tolerance", "mip_feasibility_tolerance"):
        highs.setOptionValue(name, 1e-7)
    highs.passModel(lp)
    if known is not None:
        begin = highspy.HighsSolution()
        begin.col_value = np.isin(np.arange(lp.num_col_), known).astype(np.float64).tolist()
        highs.setSolution(begin)
    highs.run()
    status = highs.modelStatusToString(highs.getModelStatus())
    values = np.array(highs.getSolution().col_value)
    return (np.flatnonzero(values > 0.5) if len(values) == lp.num_col_ else None), status


def covered(problem: Problem, taken: Columns) -> Ints:
    """Return in how many projects each section is, (S,)."""
    steps = np.zeros(problem.sections.count + 1, dtype=np.int64)
    np.add.at(steps, taken.first, 1)
    np.add.at(steps, taken.first + taken.length, -1)
    return np.asarray(np.cumsum(steps)[: problem.sections.count])


def holds(problem: Problem, taken: Columns) -> bool:
    """Return whether projects keep every limit, exactly, no section is in two, and each decided work is in one."""
    # a decided unit has no strategy without its works, in their years
    once = np.bincount(problem.choices.group[taken.strategy], minlength=problem.choices.groups)
    decided = (once <= 1).all() and (once[problem.choices.forced] == 1).all()
    within = (taken.amount.sum(axis=0) <= problem.limits).all()
    return bool(within and (covered(problem, taken) <= 1).all() and decided)
