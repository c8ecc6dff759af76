"""Exchanges in pairs: one unit gives money up and another uses it better, when both together gain."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pavement.planning.choices import Choices
from pavement.planning.repair import feasible, value_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


# share by which prices are shaken before a new start, on a network of up to so many groups; the more groups, the more
# evenly they respond, and the same shake would move a whole year's money
_SHAKEN, _SHAKEN_GROUPS = (0.005, 0.02), 1000


def searched(
    choices: Choices, budgets: Floats, prices: Floats, *, starts: int, moves: int, sweeps: int, seed: int = 0
) -> Ints:
    """
    Return the best choice within the budgets from several starts, each from prices a little shaken.

    Parameters
    ----------
    choices, budgets, prices
        Strategies, money of each year [NT$] and its prices.
    starts
        Number of starts; the first is from the prices as they are.
    moves, sweeps
        See :func:`exchanged`.
    seed
        Seed of the shaking.
    """
    rng = np.random.default_rng(seed)
    best, value = np.full(choices.groups, -1), -np.inf
    calm = min(1.0, (_SHAKEN_GROUPS / max(1, choices.groups)) ** 0.5)
    for start in range(max(1, starts)):
        shaken = prices
        if start:
            share = calm * _SHAKEN[start % len(_SHAKEN)]
            shaken = np.maximum(0.0, prices * (1 + rng.normal(0, share, len(prices))))
        taken = feasible(choices, budgets, shaken)
        taken = exchanged(choices, budgets, taken, choices.reduced(shaken), moves=moves, sweeps=sweeps)
        if choices.value(taken) > value:
            best, value = taken, choices.value(taken)
    return best


def exchanged(choices: Choices, budgets: Floats, taken: Ints, reduced: Floats, *, moves: int, sweeps: int) -> Ints:
    """
    Return a choice at least as good, after exchanges of one or two groups at a time that gain within the budgets.

    Parameters
    ----------
    choices, budgets
        Strategies and money of each year. [NT$]
    taken
        Choice that keeps the budgets.
    reduced
        Benefit of each strategy less the price of its money.
    moves
        Exchanges looked at: those that lose least at the prices.
    sweeps
        Times that all of them are looked at, at most.
    """
    taken = taken.copy()
    for _ in range(sweeps):
        if not _sweep(choices, budgets, taken, reduced, moves):
            break
    return taken


def _sweep(choices: Choices, budgets: Floats, taken: Ints, reduced: Floats, moves: int) -> bool:
    """Go through the exchanges once, carrying out each with the partner that gains most with it."""
    column, group = _moves(choices, taken, reduced, moves)
    held = taken[group]
    gain = value_of(choices.benefit, column) - value_of(choices.benefit, held)
    change = choices.dense(column) - choices.dense(held)
    # a partner that changes nothing stands for an exchange of one group alone
    column, group = np.append(column, -1), np.append(group, -1)
    gain, change = np.append(gain, 0.0), np.vstack([change, np.zeros(choices.rows)])
    room = budgets - choices.usage(taken)
    least = 1e-9 * abs(choices.value(taken))
    moved = False
    for one in range(len(column) - 1):
        total = gain[one] + gain
        able = np.flatnonzero((total > least) & (group != group[one]))
        able = able[(change[one] + change[able] <= room).all(axis=1)]
        if not len(able):
            continue
        other = able[np.argmax(total[able])]
        room -= change[one] + change[other]
        for which in (one, int(other)):
            if group[which] < 0:
                continue
            taken[group[which]] = column[which]
            own = group == group[which]
            gain[own] -= gain[which]
            change[own] -= change[which]
        moved = True
    return moved


def _moves(choices: Choices, taken: Ints, reduced: Floats, count: int) -> tuple[Ints, Ints]:
    """Return the exchanges to another strategy, or to none (-1), that lose least at the prices, and their groups."""
    idle = np.flatnonzero((taken >= 0) & ~choices.forced)
    column = np.concatenate([np.arange(len(choices.benefit)), np.full(len(idle), -1)])
    group = np.concatenate([choices.group, idle])
    other = column != taken[group]
    column, group = column[other], group[other]
    loss = value_of(reduced, taken)[group] - value_of(reduced, column)
    order = np.lexsort((column, loss))[:count]
    return column[order], group[order]
