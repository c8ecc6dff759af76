"""The best projects within limits, found by column generation, with a bound proven over all possible projects."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pavement.errors import PlanError
from pavement.planning.economics import series
from pavement.planning.limited import amount_text
from pavement.planning.prices import first_guess, improved
from pavement.planning.programme import benefit_scale, row_scale
from pavement.planning.project_columns import Priced, Pricing
from pavement.planning.project_enumeration import all_projects
from pavement.planning.project_near import add_apart, add_near, of_fitting
from pavement.planning.project_parts import by_parts
from pavement.planning.project_programme import Duals, Programme
from pavement.planning.project_refine import refined
from pavement.planning.project_whole import Search, whole_projects
from pavement.planning.projects import Columns, Problem, no_columns
from pavement.planning.solution import proven

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# a limit that is missed by less, of its largest amount, is missed by the tolerance of the solver only
_MISSED = 1e-6
# a bound above the value by less, of the benefits' scale, is that of float alone
_HAIR = 1e-9


class Found(NamedTuple):
    """Projects taken, prices (R,), benefit, bound, and how they were found."""

    projects: Columns
    prices: Floats
    value: float
    bound: float
    status: str


def solved_projects(
    problem: Problem,
    *,
    parameters: dict[str, float],
    names: list[str] | None = None,
    per: Floats | None = None,
) -> Found:
    """
    Return the best projects found within limits, and a bound of all possible ones.

    Parameters
    ----------
    problem
        Strategies in sections and chains, limits, and the rules of a crew.
    parameters
        ``planning_parameters.csv``: those named ``project_…``.
    names
        What each limit is called in an error.
    per
        What one of each row's amounts is in the unit that its name tells; 1 when not given.

    Raises
    ------
    PlanError
        Limits cannot be met; each is named with how far it is missed at least, all together. Or no whole projects
        that keep them were found, though parts of projects would. Or they are worth more than the bound, which must
        never happen.

    Notes
    -----
    A linear programme on some projects gives prices of the limits. At them, the best set of projects of each chain is
    found exactly, by dynamic programming over all stretches and pairs of years; it is a bound, whatever the prices
    are, and its projects join the programme (Dantzig and Wolfe). Whole projects are chosen by branch and bound on those
    that are nearest to indifferent.

    References
    ----------
    .. [1] Dantzig, G. B., Wolfe, P. (1960): Decomposition principle for linear programs.
    .. [2] Wentges, P. (1997): Weighted Dantzig-Wolfe decomposition for linear mixed-integer programming.
    """
    p, c = parameters, problem.choices
    if c.groups == 0:
        return _nothing(problem, names, per)
    named = names or [f"Limit {n + 1}" for n in range(c.rows)]
    unit = np.ones(c.rows) if per is None else per
    pricing, scale = Pricing(problem), row_scale(c, problem.limits)
    programme = Programme(problem, scale=scale, unit=benefit_scale(c))
    guess = improved(c, problem.limits, first_guess(c), steps=int(p["project_steps"]))
    hard = bool((problem.limits < 0).any() or c.forced.any())
    programme.phase(elastic=hard)
    for share in series(p, "project_first"):
        _add_best(pricing, programme, pricing.priced(share * guess))
    rounds = int(p["project_rounds"])
    if hard:
        _met(pricing, programme, rounds=rounds, names=named, per=unit, scale=scale)
        programme.phase(elastic=False)
    best, bound, duals = _generated(pricing, programme, guess, rounds=rounds, gap=p["project_gap"])
    most = int(p["project_columns"])
    every = all_projects(problem, most=most)
    if every is None:
        add_near(pricing, programme, best, duals, p)
    else:
        programme.add(every)
    taken, status = _whole(problem, programme, best, bound, parameters=p, scale=scale)
    if every is None and (_small(problem, p) or not taken.count):
        taken, status = _searched_more(pricing, programme, best, bound, taken, status, parameters=p, scale=scale)
    value, bound = float(taken.value.sum()), proven(float(taken.value.sum()), bound)
    # sums of all benefits are not told apart by less
    near = bound - value <= _HAIR * benefit_scale(c)
    return Found(taken, best, value, value if near else bound, status)


def _whole(
    problem: Problem, programme: Programme, prices: Floats, bound: float, *, parameters: dict[str, float], scale: Floats
) -> tuple[Columns, str]:
    """Return whole projects, their works refined where the bound is not near, and how the search ended."""
    # the more limits, the more nodes until something fits them all; the fewer projects, the less whole ones fit
    each = parameters["project_nodes_small" if _small(problem, parameters) else "project_nodes"]
    most, nodes = int(parameters["project_columns"]), int(each) * problem.choices.rows
    within, wider = parameters["project_gap"] * abs(bound), series(parameters, "project_wider")
    return _chosen(problem, programme, prices, bound, Search(scale, nodes, most, within, wider))


def _chosen(
    problem: Problem, programme: Programme, prices: Floats, bound: float, search: Search
) -> tuple[Columns, str]:
    taken, status = whole_projects(problem, programme.columns, programme.solved(), search, bound=bound)
    if bound - taken.value.sum() > search.within:
        taken = refined(problem, taken, prices, search)
    return taken, status


def _far(taken: Columns, bound: float, gap: float) -> bool:
    return bound - float(taken.value.sum()) > gap * abs(bound)


def _better(one: tuple[Columns, str], other: tuple[Columns, str] | None) -> tuple[Columns, str]:
    return one if other is None or other[0].value.sum() <= one[0].value.sum() else other


def _of_less(
    problem: Problem, prices: Floats, bound: float, *, parameters: dict[str, float], scale: Floats
) -> tuple[Columns, str] | None:
    """Return the answer to half of each limit, its works chosen anew under the whole: more never gives less."""
    c = problem.choices
    if (c.amount < 0).any() or (problem.limits < 0).any() or c.forced.any():
        return None
    less = parameters | {"project_halvings": parameters["project_halvings"] - 1, "project_part_rounds": 0}
    found = solved_projects(replace(problem, limits=np.floor(problem.limits / 2)), parameters=less)
    search = _fit_search(problem, parameters, scale, bound)
    return refined(problem, found.projects, prices, search), found.status


def _small(problem: Problem, parameters: dict[str, float]) -> bool:
    return problem.sections.count <= parameters["project_small"]


def _searched_more(
    pricing: Pricing,
    programme: Programme,
    prices: Floats,
    bound: float,
    taken: Columns,
    status: str,
    *,
    parameters: dict[str, float],
    scale: Floats,
) -> tuple[Columns, str]:
    """Return better projects where few are searched: of those that fit the limits each by itself, and part by part."""
    p = parameters
    if _far(taken, bound, p["project_fit_from"]):
        again = _fitted(pricing, programme, prices, bound, parameters=p, scale=scale)
        taken, status = _better((taken, status), again)
    if not _small(pricing.problem, p):
        return taken, status
    if _far(taken, bound, p["project_less_from"]) and p["project_halvings"]:
        again = _of_less(pricing.problem, prices, bound, parameters=p, scale=scale)
        taken, status = _better((taken, status), again)
    if _far(taken, bound, p["project_gap"]) and p["project_part_rounds"]:
        step = Search(
            scale, int(p["project_part_nodes"]), int(p["project_part_columns"]), p["project_gap"] / 10 * abs(bound)
        )
        add_apart(pricing, programme, prices, p)
        taken = by_parts(pricing.problem, taken, programme, prices, step, p=p)
    return taken, status


def _fitted(
    pricing: Pricing, programme: Programme, prices: Floats, bound: float, *, parameters: dict[str, float], scale: Floats
) -> tuple[Columns, str] | None:
    """
    Return whole projects of those that fit the limits each by itself; None where they keep no limits together.

    They join the programme, to be chosen from later.
    """
    problem, p = pricing.problem, parameters
    fresh = Programme(problem, scale=scale, unit=benefit_scale(problem.choices))
    search = _fit_search(problem, p, scale, bound)
    # on a large network, where nothing was found, single works are tried alone
    p = p if _small(problem, p) else p | {"project_fit_rounds": 0}
    try:
        fresh = of_fitting(pricing, fresh, programme.columns, prices, p)
        programme.add(fresh.columns)
        return _chosen(problem, fresh, prices, bound, search)
    except PlanError:
        return None


def _fit_search(problem: Problem, parameters: dict[str, float], scale: Floats, bound: float) -> Search:
    p, nodes = parameters, int(parameters["project_fit_nodes"]) * problem.choices.rows
    within, wider = p["project_gap"] * abs(bound), series(p, "project_wider")
    return Search(scale, nodes, int(p["project_fit_columns"]), within, wider)


def _nothing(problem: Problem, names: list[str] | None, per: Floats | None) -> Found:
    short = np.maximum(0.0, -problem.limits)
    if (short > 0).any():
        rows = len(short)
        named = names or [f"Limit {n + 1}" for n in range(rows)]
        raise _unmet(short, np.flatnonzero(short), named, np.ones(rows) if per is None else per)
    return Found(no_columns(problem.choices.rows), np.zeros(problem.choices.rows), 0.0, 0.0, "nothing to choose")


def _unmet(short: Floats, missed: Ints, names: list[str], per: Floats) -> PlanError:
    by = "; ".join(f"{names[n]} by {amount_text(short[n], per[n])}" for n in missed)
    return PlanError(
        f"Not all limits can be met with projects, whatever is chosen. Missed at least, all together: {by}.",
        cure="Ease these limits, those that stand against them, or the shortest project, or allow other strategies.",
    )


def _add_best(pricing: Pricing, programme: Programme, priced: Priced) -> int:
    return programme.add(pricing.concrete(priced, priced.first, priced.length))


def _add_dearer(pricing: Pricing, programme: Programme, priced: Priced, duals: Duals) -> int:
    """Add the best set of projects, and of each section the stretch worth most above its sections' own values."""
    count, most = priced.best.shape
    value = np.concatenate([[0.0], np.cumsum(duals.sections)])
    at = np.minimum(np.arange(count)[:, None] + np.arange(1, most + 1), count)
    above = priced.best - (value[at] - value[np.arange(count), None])
    length = above.argmax(axis=1)
    more = np.flatnonzero(above[np.arange(count), length] > 1e-9 * max(abs(duals.value), 1e-9))
    added = _add_best(pricing, programme, priced)
    return added + programme.add(pricing.concrete(priced, more, length[more] + 1))


def _met(pricing: Pricing, programme: Programme, *, rounds: int, names: list[str], per: Floats, scale: Floats) -> None:
    """Let projects grow until all limits are kept; refuse limits that cannot be."""
    lowest = np.inf
    for _ in range(rounds):
        duals = programme.solved()
        if duals.value > -_MISSED:
            return
        priced = pricing.priced(duals.prices, benefits=False)
        lowest = min(lowest, priced.bound)
        if not _add_dearer(pricing, programme, priced, duals) or priced.bound - duals.value < 0.01 * abs(duals.value):
            break
    duals = programme.solved()
    missed = np.flatnonzero(duals.short > _MISSED * scale)
    if len(missed) and lowest < -_MISSED:
        raise _unmet(duals.short, missed, names, per)
    if len(missed):
        by = "; ".join(f"{names[n]} by {amount_text(duals.short[n], per[n])}" for n in missed)
        raise PlanError(
            f"No projects were found that keep all limits, though it is not proven that there are none. Missed: {by}.",
            cure="Ease these limits, or plan without projects.",
        )


def _generated(
    pricing: Pricing, programme: Programme, guess: Floats, *, rounds: int, gap: float
) -> tuple[Floats, float, Duals]:
    """Return the prices of the lowest bound, that bound, and the programme's last word."""
    best, bound = guess, np.inf
    for _ in range(rounds):
        duals = programme.solved()
        added = 0
        for prices in (duals.prices, (duals.prices + best) / 2):
            priced = pricing.priced(prices)
            if priced.bound < bound:
                best, bound = prices, priced.bound
            added += _add_dearer(pricing, programme, priced, duals)
        if bound - duals.value <= gap / 4 * abs(bound) or not added:
            break
    return best, bound, programme.solved()
