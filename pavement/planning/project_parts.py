"""Parts of a plan of projects chosen anew: a few projects give way to others that fit what is left of the limits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pavement.planning.project_programme import Programme
from pavement.planning.project_refine import refined
from pavement.planning.project_whole import Search, covered, holds, losses, searched_whole
from pavement.planning.projects import Columns, Problem, together

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# at least so many projects give way at a time, and no more than so many
_FEWEST, _MOST = 3, 12


def by_parts(
    problem: Problem, taken: Columns, programme: Programme, prices: Floats, search: Search, *, p: dict[str, float]
) -> Columns:
    """
    Return projects that keep all limits and are worth as much at least.

    Parameters
    ----------
    problem, taken
        The problem, and projects that keep all limits.
    programme
        Projects to choose from.
    prices
        (R,) prices of the limits, at which works of better projects are looked at.
    search
        How far these are searched, and what a change must gain at least.
    p
        ``planning_parameters.csv``: project_part_rounds, project_part_idle, project_part_share.

    Notes
    -----
    In turn neighbours, projects of the same years, and projects at random give way, drawn by a fixed seed. So few
    projects leave so few that fit that branch and bound on them ends at once. It stops after many in vain.

    References
    ----------
    .. [1] Shaw, P. (1998): Using constraint programming and local search methods to solve vehicle routing problems.
    """
    rng, vain = np.random.default_rng(0), 0
    pool = programme.columns
    loss = losses(pool, programme.solved())
    for turn in range(int(p["project_part_rounds"])):
        size = int(np.clip(round(p["project_part_share"] * taken.count), _FEWEST, _MOST))
        apart = _apart(problem, taken, turn % 3, rng)[:size]
        found = _anew(problem, taken, apart, pool, loss, search)
        vain += 1
        if found is not None:
            taken, vain = refined(problem, found, prices, search), 0
        if vain >= p["project_part_idle"]:
            break
    return taken


def _apart(problem: Problem, taken: Columns, kind: int, rng: np.random.Generator) -> Ints:
    """Return projects in the order in which they give way: by place, by year, or at random."""
    mixed = rng.permutation(taken.count)
    if kind == 0:
        place = rng.integers(problem.sections.count)
        key = np.abs(taken.first + taken.length / 2 - place)
    elif kind == 1:
        turn = rng.permutation(problem.choices.rows)
        key = np.where(taken.amount > 0, turn, len(turn)).min(axis=1)
    else:
        return mixed
    return np.asarray(mixed[np.argsort(key[mixed], kind="stable")])


def _anew(problem: Problem, taken: Columns, apart: Ints, pool: Columns, loss: Floats, search: Search) -> Columns | None:
    """Return all projects, some of them replaced by better ones; None where none are found."""
    given, kept = taken.some(np.sort(apart)), taken.some(np.setdiff1d(np.arange(taken.count), apart))
    held = covered(problem, kept) > 0
    before = np.concatenate([[0], np.cumsum(held)])
    rest = problem.limits - kept.amount.sum(axis=0)
    # what one project takes of a limit that others give back to may be more than is left
    within = (pool.amount <= rest) | (pool.amount < 0).any(axis=0)
    fits = (before[pool.first + pool.length] == before[pool.first]) & within.all(axis=1)
    near = np.flatnonzero(fits)
    near = near[np.argsort(loss[near], kind="stable")[: search.most]]
    choice = together([given, pool.some(near)])
    found, _ = searched_whole(problem, choice, search, left=rest, held=held, known=np.arange(given.count))
    if found is None:
        return None
    better = together([kept, choice.some(found)])
    more = better.value.sum() - taken.value.sum() > search.within
    return better if more and holds(problem, better) else None
