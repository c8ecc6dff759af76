"""Other questions to the same choices: the least cost that holds a target, and what a given plan is worth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.planning.choices import Choices

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# steps that the largest contribution to a floor is counted in
_STEPS = 1e8


def least_cost(choices: Choices, *, budgets: int) -> Choices:
    """
    Return choices whose benefit is the cost below 0, so that the best of them costs least.

    Parameters
    ----------
    choices
        Strategies with the rows that hold the target, as of :func:`with_floor`.
    budgets
        Rows, from the first, that count cost. [NT$]
    """
    return replace(choices, benefit=-np.where(choices.row < budgets, choices.amount, 0.0).sum(axis=1))


def with_floor(choices: Choices, limits: Floats, values: Floats, *, at_least: float) -> tuple[Choices, Floats]:
    """
    Return choices and limits with one more row: the values of what is taken sum up to `at_least`.

    Parameters
    ----------
    choices, limits
        Strategies and limits.
    values
        (C,) what each strategy adds, of any sign.
    at_least
        The floor.

    Notes
    -----
    Amounts are whole: values are rounded down and the floor up, so that the floor is really kept; what that asks for
    beyond it is less than one step of each unit, a step being the largest value / 10^8.
    """
    step = max(float(np.abs(values).max(initial=0.0)), 1e-300) / _STEPS
    amount = -np.floor(values / step)
    rows = choices.rows
    # what used no row uses none still, under its new number
    row = np.where(choices.row == rows, rows + 1, choices.row.astype(np.int64))
    added = replace(
        choices,
        row=np.column_stack([row, np.full(len(values), rows)]),
        amount=np.column_stack([choices.amount, amount]).astype(np.float64),
        rows=rows + 1,
    )
    return added, np.append(limits, -np.ceil(at_least / step))


def evaluated(choices: Choices, limits: Floats, taken: Ints) -> pd.DataFrame:
    """
    Return what a given plan uses of each limit: row, used, limit, over (0 where it is kept).

    Parameters
    ----------
    choices, limits
        Strategies and limits.
    taken
        The plan: a strategy of each group, -1 for none.
    """
    used = choices.usage(taken)
    over = np.maximum(0.0, used - limits)
    return pd.DataFrame({"row": np.arange(choices.rows), "used": used, "limit": limits, "over": over})
