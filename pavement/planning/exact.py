"""The last stretch to the optimum: branch and bound on the core, the units that are nearest to indifferent."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import highspy
import numpy as np
from numpy.typing import NDArray

from pavement.planning.choices import Choices
from pavement.planning.programme import benefit_scale, programme, solver

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
# a share below this is none
_NONE = 1e-7
# amounts are whole, and at most 1 in the solver's scale: what holds there within this holds exactly up to 1e8
_TOLERANCE = 1e-9


class Answer(NamedTuple):
    """A choice for each group, an upper bound of the benefit, and the solver's last word."""

    taken: Ints
    bound: float
    status: str


class Core(NamedTuple):
    """
    What may still change: a part of the strategies, and what the rest is fixed to.

    Attributes
    ----------
    part, numbers
        Strategies of the groups that are free, and the number of each in the whole; a group that may not be left alone
        is forced.
    fixed
        Choice of each group, -1 for none and for the groups that are free.
    whole
        No strategy that could be part of a better choice was left out.
    """

    part: Choices
    numbers: Ints
    fixed: Ints
    whole: bool


def core(
    choices: Choices,
    prices: Floats,
    taken: Ints,
    *,
    slack: float,
    columns: int,
    share: Floats | None = None,
    able: Bools | None = None,
) -> Core:
    """
    Return the strategies, no more than about `columns`, that lose no more than `slack` at the prices.

    Parameters
    ----------
    choices, prices
        Strategies and prices of the rows.
    taken
        A choice, that stays possible.
    slack
        What a better choice can lose at most: bound less value.
    columns
        Strategies looked at.
    share
        (C,) shares taken in the linear programme; all that have one stay possible too.
    able
        (C,) strategies that may be chosen beside those of `taken`; all when not given.

    Notes
    -----
    A strategy, or leaving a unit alone, whose reduced benefit lies further below the best of its group than the gap
    between bound and value cannot be part of a better plan. Where one way is left for a group, it is fixed.

    References
    ----------
    .. [1] Balas, E., Zemel, E. (1980): An algorithm for large zero-one knapsack problems (the core).
    """
    reduced = choices.reduced(prices)
    _, top = choices.best(reduced)
    loss, idle_loss = top[choices.group] - reduced, np.where(choices.forced, np.inf, top)
    if able is not None:
        loss = np.where(able, loss, np.inf)
    # the best of a group is no choice by itself: only further ones count
    further = np.concatenate([loss[loss > 0], idle_loss[idle_loss > 0]])
    whole = int((further <= slack).sum()) <= columns
    limit = slack if whole else float(np.partition(further, columns)[columns])
    keep, idle = loss <= limit, idle_loss <= limit
    keep[taken[taken >= 0]] = True
    idle |= (taken < 0) & ~choices.forced
    if share is not None:
        keep |= share > _NONE
        idle |= np.bincount(choices.group, share, minlength=choices.groups) < 1 - _NONE
    ways = np.bincount(choices.group[keep], minlength=choices.groups)
    free = ways + idle > 1
    only = np.flatnonzero(keep & ~free[choices.group])
    fixed = np.full(choices.groups, -1)
    fixed[choices.group[only]] = only
    part, numbers = choices.some(keep & free[choices.group])
    forced = ~idle[free & (ways > 0)]
    return Core(replace(part, forced=forced), numbers, fixed, whole)


def finished(
    choices: Choices, limits: Floats, prices: Floats, taken: Ints, *, gap: float, nodes: int, columns: int
) -> Answer:
    """
    Return a choice at least as good as the one given, and a bound at most as high.

    Parameters
    ----------
    choices, limits, prices
        Strategies, limit of each row and its price.
    taken
        Choice that keeps the limits.
    gap, nodes
        The search stops at this relative gap or after this many nodes; never by the clock, so that the answer does not
        depend on the load of the machine.
    columns
        Strategies searched: those that lose least at the prices. Where more could matter, the search is a heuristic on
        the nearest of them and the bound stays as it was.
    """
    bound, value = choices.bound(prices, limits), choices.value(taken)
    slack = (bound - value) * (1 + 1e-9) + 1e-9 * abs(bound)
    free = core(choices, prices, taken, slack=slack, columns=columns)
    base = choices.value(free.fixed)
    if not len(free.numbers):
        return Answer(taken, max(value, base) if free.whole else bound, "nothing left to change")
    found, proven, status = branched(choices, limits, free, start=taken, within=gap * abs(bound), nodes=nodes)
    best = found if found is not None and choices.value(found) > value else taken
    lower = free.whole and np.isfinite(proven)
    return Answer(best, min(bound, max(proven, choices.value(best))) if lower else bound, status)


def branched(
    choices: Choices, limits: Floats, free: Core, *, start: Ints | None, within: float, nodes: int
) -> tuple[Ints | None, float, str]:
    """
    Return the best choice that branch and bound finds in a core (None without one), its bound and its last word.

    Parameters
    ----------
    choices, limits, free
        Strategies, limits, and what may still change.
    start
        A choice that keeps the limits, None without one.
    within
        Benefit by which the best may be missed.
    nodes
        Nodes after which the search stops.
    """
    room = limits - choices.usage(free.fixed)
    highs = solver()
    for name, number in {"mip_rel_gap": 0.0, "mip_abs_gap": within / benefit_scale(free.part)}.items():
        highs.setOptionValue(name, number)
    for name in ("primal_feasibility_tolerance", "mip_feasibility_tolerance"):
        highs.setOptionValue(name, _TOLERANCE)
    # presolve at so narrow a tolerance was seen to cut off the optimum, with a bound below it
    highs.setOptionValue("presolve", "off")
    highs.setOptionValue("mip_max_nodes", nodes)
    highs.passModel(programme(free.part, room, whole=True))
    if start is not None:
        first = highspy.HighsSolution()
        first.col_value = np.isin(free.numbers, start).astype(float).tolist()
        highs.setSolution(first)
    highs.run()
    status = highs.modelStatusToString(highs.getModelStatus())
    values = np.array(highs.getSolution().col_value)
    proven = choices.value(free.fixed) + highs.getInfo().mip_dual_bound * benefit_scale(free.part)
    if len(values) != len(free.numbers):
        return None, proven, status
    found = free.fixed.copy()
    chosen = free.numbers[values > 0.5]
    found[choices.group[chosen]] = chosen
    # the solver keeps rows within a tolerance only: what it found is added up anew and taken only when it holds
    holds = keeps(choices, limits, found) and len(chosen) == len(np.unique(choices.group[chosen]))
    return (found if holds else None), proven, status


def keeps(choices: Choices, limits: Floats, taken: Ints) -> bool:
    """Return whether a choice keeps every limit and acts wherever it must."""
    return bool((choices.usage(taken) <= limits).all() and (taken[choices.forced] >= 0).all())
