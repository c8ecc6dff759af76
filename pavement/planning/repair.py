"""From prices to a plan: repair what is over budget, then fill what is left over."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pavement.errors import PlanError
from pavement.planning.choices import Choices

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# exchanges looked at in one round; a round is repeated until nothing changes
_MOST = 20_000
_ROUNDS = 200
# strategies, nearest to the best at the prices, whose money is looked at when filling
_LOOKED_AT = 300_000


def feasible(choices: Choices, budgets: Floats, prices: Floats) -> Ints:
    """
    Return a choice for each group, -1 for none, that keeps every budget and leaves little money.

    Parameters
    ----------
    choices, budgets
        Strategies and the money of each year. [NT$]
    prices
        Prices of the budgets. [benefit / NT$]
    """
    reduced = choices.reduced(prices)
    taken, _ = choices.best(reduced)
    return filled(choices, budgets, repaired(choices, budgets, taken, reduced), reduced)


def repaired(choices: Choices, budgets: Floats, taken: Ints, reduced: Floats) -> Ints:
    """
    Return the choice after exchanges that lose the least benefit, at the prices, for money freed in years over budget.

    Raises
    ------
    PlanError
        Committed work alone exceeds a budget.
    """
    taken = taken.copy()
    for _ in range(_ROUNDS):
        left = budgets - choices.usage(taken)
        over = left < 0
        if not over.any():
            return taken
        columns, group, freed, change = _exchanges(choices, taken, over)
        loss = value_of(reduced, taken[group]) - value_of(reduced, columns)
        order = np.lexsort((columns, loss / freed))
        first = order[:_MOST]
        moved = _exchange(taken, columns[first], group[first], change[first], left, needed=over)
        if not moved:
            # the years they would move to are full: give work up, which always fits
            last = order[(change[order] <= 0).all(axis=1)][:_MOST]
            moved = _exchange(taken, columns[last], group[last], change[last], left, needed=over)
        if not moved:
            break
    left = budgets - choices.usage(taken)
    if (left < 0).any():
        raise PlanError(
            f"Committed work alone exceeds the budget of year {int(np.argmin(left)) + 1} by {-left.min():,.0f} NT$.",
            cure="Raise that budget, or release or move committed work.",
        )
    return taken


def filled(choices: Choices, budgets: Floats, taken: Ints, reduced: Floats) -> Ints:
    """Return the choice after exchanges that gain benefit within the money left, the best at the prices first."""
    taken = taken.copy()
    for _ in range(_ROUNDS):
        left = budgets - choices.usage(taken)
        gain = choices.benefit - value_of(choices.benefit, taken)[choices.group]
        columns = np.flatnonzero(gain > 0)
        loss = value_of(reduced, taken)[choices.group[columns]] - reduced[columns]
        if len(columns) > _LOOKED_AT:
            columns = np.sort(columns[np.argpartition(loss, _LOOKED_AT)[:_LOOKED_AT]])
        group = choices.group[columns]
        change = choices.dense(columns) - choices.dense(taken)[group]
        fits = (change <= left).all(axis=1)
        columns, group, change = columns[fits], group[fits], change[fits]
        loss = value_of(reduced, taken)[group] - reduced[columns]
        order = np.lexsort((columns, loss))[:_MOST]
        if not _exchange(taken, columns[order], group[order], change[order], left, needed=None):
            break
    return taken


def value_of(values: Floats, columns: Ints) -> Floats:
    """Return values of strategies, 0 for none (-1)."""
    return np.where(columns >= 0, values[columns], 0.0)


def _exchanges(choices: Choices, taken: Ints, over: NDArray[np.bool_]) -> tuple[Ints, Ints, Floats, Floats]:
    """Return the exchanges that free money in years over budget: strategy (-1 none), group, freed, change by year."""
    spends = choices.dense(taken)[:, over].sum(axis=1) > 0
    columns = np.flatnonzero(spends[choices.group])
    idle = np.flatnonzero(spends & ~choices.forced)
    group = np.concatenate([choices.group[columns], idle])
    columns = np.concatenate([columns, np.full(len(idle), -1)])
    change = choices.dense(columns) - choices.dense(taken)[group]
    freed = -change[:, over].sum(axis=1)
    keep = (freed > 0) & (change[:, over] <= 0).all(axis=1)
    return columns[keep], group[keep], freed[keep], change[keep]


def _exchange(
    taken: Ints, columns: Ints, group: Ints, change: Floats, left: Floats, *, needed: NDArray[np.bool_] | None
) -> bool:
    """Carry out exchanges in turn, one a group, while they fit and, when repairing, are still needed."""
    left, seen, moved = left.copy(), set(), False
    guarded = left >= 0
    for column, own, money in zip(columns.tolist(), group.tolist(), change, strict=True):
        if needed is not None and not (left < 0).any():
            break
        after = left - money
        useful = needed is None or bool((money[left < 0] < 0).any())
        if own in seen or not useful or (after[guarded] < 0).any():
            continue
        left, moved = after, True
        seen.add(own)
        taken[own] = column
    return moved
