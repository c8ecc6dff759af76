"""The best choice found within limits, with its proven bound."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pavement.errors import PlanError
from pavement.planning.choices import Choices
from pavement.planning.exact import finished, keeps
from pavement.planning.exchange import searched
from pavement.planning.limited import solved_within
from pavement.planning.prices import row_prices
from pavement.planning.sifting import near
from pavement.planning.windows import windowed

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# strategies a group that a choice is searched among
_EACH = 12
# what float loses at most, of value and bound
_HAIR = 1e-9
_NEVER = "Report this with the inputs: it must never happen."


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


def solved(
    options: Choices,
    limits: Floats,
    *,
    parameters: dict[str, float],
    names: list[str] | None = None,
    per: Floats | None = None,
) -> Solution:
    """
    Return the best choice found and the proven bound.

    Parameters
    ----------
    options
        Strategies of all units.
    limits
        Limit of each row. Where no amount is below 0, a limit below 0 counts as 0. [NT$ for budgets]
    parameters
        ``planning_parameters.csv``: sample_units, dual_steps, exact_units, exact_nodes, exact_columns, gap, starts,
        starts_large, moves, sweeps, window_rounds, window_rows, window_rows_late, window_columns,
        window_nodes; ``seed`` of the sample, 0 when not given.
    names
        What each row is called in an error.
    per
        What one of each row's amounts is in the unit that its name tells; 1 when not given.

    Raises
    ------
    PlanError
        Limits cannot be met; it names each and says by how much.

    Notes
    -----
    Amounts are whole, so with whole limits sums are exact and never over by rounding. Where leaving units alone keeps
    every limit, prices, repair and exchanges find the choice; else see :func:`pavement.planning.limited.solved_within`.
    """
    if options.groups == 0:
        return Solution(np.empty(0, dtype=np.int64), np.zeros(options.rows), 0.0, 0.0, "nothing to choose")
    p = parameters
    if (options.amount < 0).any():
        whole = _whole(options, limits)
        taken, prices, bound, status = solved_within(options, whole, parameters=p, names=names, per=per)
    else:
        money = _whole(options, np.maximum(limits, 0.0))
        taken, prices, bound, status = _of_budgets(options, money, p, names, per)
    value = options.value(taken)
    return Solution(taken, prices, value, max(bound, value), status)


def _whole(options: Choices, limits: Floats) -> Floats:
    """Return limits as whole numbers; more than all strategies use changes nothing."""
    most = np.zeros(options.rows + 1)
    for slot in range(options.row.shape[1]):
        most += np.bincount(options.row[:, slot], np.maximum(options.amount[:, slot], 0), minlength=options.rows + 1)
    return np.floor(np.minimum(limits, most[: options.rows]))


def _of_budgets(
    options: Choices, money: Floats, p: dict[str, float], names: list[str] | None, per: Floats | None
) -> tuple[Ints, Floats, float, str]:
    """Return choice, prices, bound and status where doing less never breaks a limit."""
    small = options.groups <= p["exact_units"]
    starts = int(p["starts"] if small else p["starts_large"])
    try:
        sample, steps, seed = int(p["sample_units"]), int(p["dual_steps"]), int(p.get("seed", 0))
        prices = row_prices(options, money, sample=sample, steps=steps, seed=seed)
        part, numbers = options.some(near(options, options.reduced(prices), each=_EACH))
        found = searched(part, money, prices, starts=starts, moves=int(p["moves"]), sweeps=int(p["sweeps"]))
    except PlanError:
        if not options.forced.any():
            raise
        # work that must be done leaves little room: the general way finds it, or says what cannot be met
        return solved_within(options, money, parameters=p, names=names, per=per)
    taken = np.where(found >= 0, numbers[found], -1)
    bound, status = options.bound(prices, money), "prices"
    if bound - options.value(taken) > p["gap"] * abs(bound):
        nodes, columns = int(p["exact_nodes"]), int(p["exact_columns"])
        taken, bound, status = finished(options, money, prices, taken, gap=p["gap"], nodes=nodes, columns=columns)
        if options.groups >= p["window_units"]:
            taken = windowed(options, money, prices, taken, bound=bound, parameters=p)
    if not keeps(options, money, taken):
        raise PlanError("The plan found exceeds a limit.", cure=_NEVER)
    return taken, prices, bound, status


def proven(value: float, bound: float, *, hair: float = _HAIR) -> float:
    """
    Return the upper bound of a plan found, raised to its value by what float loses at most.

    Raises
    ------
    PlanError
        The bound lies lower, which must never happen: it is none.
    """
    if value - bound > hair * max(abs(value), abs(bound), 1.0):
        raise PlanError("A plan is worth more than its proven bound.", cure=_NEVER)
    return max(value, bound)
