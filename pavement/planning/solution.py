"""The best choice found within limits, with its proven bound."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pavement.errors import PlanError
from pavement.planning.choices import Choices
from pavement.planning.exact import finished, keeps
from pavement.planning.exchange import searched
from pavement.planning.prices import row_prices
from pavement.planning.sifting import near

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# strategies a group that a choice is searched among
_EACH = 12


@dataclass(frozen=True)
class Solution:
    """A choice for each group (-1 none), prices (R,), benefit, bound, and how it was found."""

    taken: Ints
    prices: Floats
    value: float
    bound: float
    status: str

    @property
    def gap(self) -> float:
        """How far the benefit may lie below the best: ``(bound - value) / |bound|``."""
        return (self.bound - self.value) / abs(self.bound) if self.bound else 0.0


def solved(options: Choices, limits: Floats, *, parameters: dict[str, float]) -> Solution:
    """
    Return the best choice found and the proven bound.

    Parameters
    ----------
    options
        Strategies of all units.
    limits
        Limit of each row; of a budget what is negative counts as 0. [NT$ for budgets]
    parameters
        ``planning_parameters.csv``: sample_units, dual_steps, exact_units, exact_nodes, exact_columns, gap, starts,
        starts_large, moves, sweeps; ``seed`` of the sample, 0 when not given.

    Raises
    ------
    PlanError
        Committed work exceeds a budget.

    Notes
    -----
    Amounts are whole, so with whole limits sums are exact and never over by rounding.
    """
    if options.groups == 0:
        return Solution(np.empty(0, dtype=np.int64), np.zeros(options.rows), 0.0, 0.0, "nothing to choose")
    # more money than all work costs changes nothing
    money = np.floor(np.clip(limits, 0.0, options.amount.sum(dtype=np.float64)))
    p = parameters
    seed = int(p.get("seed", 0))
    prices = row_prices(options, money, sample=int(p["sample_units"]), steps=int(p["dual_steps"]), seed=seed)
    small = options.groups <= p["exact_units"]
    starts = int(p["starts"] if small else p["starts_large"])
    keep = near(options, options.reduced(prices), each=_EACH)
    part, numbers = options.some(keep)
    found = searched(part, money, prices, starts=starts, moves=int(p["moves"]), sweeps=int(p["sweeps"]))
    taken = np.where(found >= 0, numbers[found], -1)
    bound, status = options.bound(prices, money), "prices"
    if bound - options.value(taken) > p["gap"] * abs(bound):
        nodes, columns = int(p["exact_nodes"]), int(p["exact_columns"])
        taken, bound, status = finished(options, money, prices, taken, gap=p["gap"], nodes=nodes, columns=columns)
    if not keeps(options, money, taken):
        raise PlanError("The plan found exceeds a limit.", cure="Report this with the inputs: it must never happen.")
    value = options.value(taken)
    return Solution(taken, prices, value, max(bound, value), status)
