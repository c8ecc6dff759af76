"""The last stretch to the optimum on small networks: branch and bound on the strategies that can still matter."""

from __future__ import annotations

from typing import NamedTuple

import highspy
import numpy as np
from numpy.typing import NDArray

from pavement.planning.choices import Choices
from pavement.planning.prices import benefit_scale, programme, solver

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Answer(NamedTuple):
    """A choice for each group, an upper bound of the benefit, and the solver's last word."""

    taken: Ints
    bound: float
    status: str


def finished(
    choices: Choices, budgets: Floats, prices: Floats, taken: Ints, *, gap: float, nodes: int, columns: int
) -> Answer:
    """
    Return a choice at least as good as the one given, and a bound at most as high.

    Parameters
    ----------
    choices, budgets, prices
        Strategies, money of each year [NT$] and its prices.
    taken
        Choice that keeps the budgets.
    gap, nodes
        The search stops at this relative gap or after this many nodes; never by the clock, so that the answer does not
        depend on the load of the machine.
    columns
        Strategies searched: those that lose least at the prices.

    Notes
    -----
    A strategy whose reduced benefit lies further below the best of its group than the gap between bound and value
    cannot be part of a better plan, and is left out before the search. Where more than `columns` remain, the search is
    a heuristic on the nearest of them and the bound stays as it was.
    """
    reduced = choices.reduced(prices)
    _, top = choices.best(reduced)
    bound, value = choices.bound(prices, budgets), choices.value(taken)
    slack = (bound - value) * (1 + 1e-9) + 1e-9 * abs(bound)
    loss = top[choices.group] - reduced
    keep = loss <= slack
    whole = int(keep.sum()) <= columns
    if not whole:
        keep = loss <= np.partition(loss, columns)[columns]
    keep[taken[taken >= 0]] = True
    part, numbers = choices.some(keep)
    highs = solver()
    for name, number in {"mip_rel_gap": gap, "mip_abs_gap": 0.0}.items():
        highs.setOptionValue(name, number)
    highs.setOptionValue("mip_max_nodes", nodes)
    highs.passModel(programme(part, budgets, whole=True))
    start = highspy.HighsSolution()
    start.col_value = np.isin(numbers, taken).astype(float).tolist()
    highs.setSolution(start)
    highs.run()
    status = highs.modelStatusToString(highs.getModelStatus())
    info = highs.getInfo()
    found = np.full(choices.groups, -1)
    chosen = numbers[np.array(highs.getSolution().col_value) > 0.5]
    found[choices.group[chosen]] = chosen
    # the solver keeps rows within a tolerance only: what it found is added up anew and taken only when it holds
    holds = bool((choices.usage(found) <= budgets).all()) and len(chosen) == len(np.unique(choices.group[chosen]))
    holds = holds and bool((found[choices.forced] >= 0).all())
    better = holds and choices.value(found) > value
    proven = max(choices.value(found) if holds else value, value, info.mip_dual_bound * benefit_scale(part))
    lower = whole and np.isfinite(proven)
    return Answer(found if better else taken, min(bound, proven) if lower else bound, status)
