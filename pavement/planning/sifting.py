"""The linear programme of all strategies, by a small one that grows: sifting, with a bound proven over all of them."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import highspy
import numpy as np
from numpy.typing import NDArray

from pavement.errors import PlanError
from pavement.planning.choices import Choices
from pavement.planning.programme import benefit_scale, programme, row_scale, solver

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_ROUNDS = 60
# strategies of each group that the small programme starts with, and that a round adds at most
_START, _MORE = 6, 3
_EXACT = 1e-9


class Relaxed(NamedTuple):
    """
    The optimum of the linear programme.

    Attributes
    ----------
    prices
        (R,) benefit per unit of each row.
    bound
        Upper bound of the benefit, proven at the prices over all strategies.
    share
        (C,) share of each strategy that is taken.
    short
        (R,) by how much each limit is missed; 0 but where limits cannot be met.
    """

    prices: Floats
    bound: float
    share: Floats
    short: Floats


def relaxed(choices: Choices, limits: Floats, prices: Floats, *, first: Floats | None = None) -> Relaxed:
    """
    Return the optimum of the linear programme over all strategies.

    Parameters
    ----------
    choices, limits
        Strategies and limits.
    prices
        A first guess, (R,); the better, the fewer rounds.
    first
        (C,) shares that keep all limits, needed where leaving units alone does not.

    Raises
    ------
    PlanError
        The strategies near the guess, with those of `first`, do not keep the limits.

    Notes
    -----
    A programme on the strategies nearest to the best of their groups gives prices; what is worth more at them than its
    group is added, until nothing is. The bound holds from the prices alone, whenever the rounds end.

    References
    ----------
    .. [1] Bixby, R. E. et al. (1992): Very large-scale linear programming: a case study in combining interior point
       and simplex methods (sifting); Dantzig, G. B., Wolfe, P. (1960) for the bound.
    """
    return _sifted(choices, limits, prices, elastic=False, first=first)


def shortfall(choices: Choices, limits: Floats, prices: Floats, *, worth: Floats | None = None) -> Relaxed:
    """
    Return how far the limits are missed at least, all together; ``short`` tells by how much each is.

    Parameters
    ----------
    choices, limits, prices
        As of :func:`relaxed`.
    worth
        (R,) prices of the benefits; the strategies nearest to the best at them are tried first.

    Notes
    -----
    The benefit is what limits are missed by, below 0, each in units of its largest amount. A bound below 0 proves that
    no choice, not even of parts of strategies, keeps all limits.
    """
    scale = row_scale(choices, limits)
    priced = replace(choices, benefit=np.zeros(len(choices.benefit)))
    first = None if worth is None else near(choices, choices.reduced(worth), each=_START).astype(np.float64)
    found = _sifted(priced, limits, np.minimum(prices, 1.0 / scale), elastic=True, first=first)
    return found._replace(short=found.short * scale)


def _sifted(choices: Choices, limits: Floats, prices: Floats, *, elastic: bool, first: Floats | None) -> Relaxed:
    held = near(choices, choices.reduced(prices), each=1 if elastic else _START)
    keep = np.flatnonzero(held if first is None else held | (first > 0))
    small = _Small(choices, limits, elastic=elastic)
    best, lowest, share, short = prices, np.inf, np.zeros(len(choices.benefit)), np.zeros(choices.rows)
    for _ in range(_ROUNDS):
        small.add(keep)
        worth, own, value, share, short = small.solved()
        reduced = choices.reduced(worth)
        _, top = choices.best(reduced)
        bound = float(top.sum() + worth @ limits)
        if bound < lowest:
            best, lowest = worth, bound
        if lowest - value <= _EXACT * max(abs(lowest), benefit_scale(choices)):
            break
        keep = _dearer(choices, reduced - own[choices.group], small.held)
        if not len(keep):
            break
    return Relaxed(best, lowest, share, short)


def near(choices: Choices, reduced: Floats, *, each: int) -> NDArray[np.bool_]:
    """
    Return which strategies lose least against the best of their group: about `each` a group, and one of each at least.

    Parameters
    ----------
    choices
        Strategies.
    reduced
        Benefit of each less the price of what it uses.
    each
        Strategies a group; a group with much to choose from gets more, one that is settled fewer.
    """
    taken, top = choices.best(reduced)
    loss = top[choices.group] - reduced
    count = min(len(loss), each * choices.groups)
    keep = np.zeros(len(loss), dtype=bool)
    # of many alike no more than asked for
    keep[np.argpartition(loss, count - 1)[:count]] = True
    keep[taken[taken >= 0]] = True
    # a group keeps its number in the part; of one that must act the strategy that costs least stays at hand
    keep[choices.first] = True
    return keep


def _dearer(choices: Choices, above: Floats, held: NDArray[np.bool_]) -> Ints:
    """Return the strategies that stand highest above the value of their group and are not held yet."""
    above = np.where(held, 0.0, above)
    found = np.flatnonzero(above > _EXACT * benefit_scale(choices) * 100)
    most = _MORE * choices.groups
    if len(found) > most:
        found = found[np.argpartition(-above[found], most)[:most]]
    return np.sort(found)


class _Small:
    """The programme on some strategies; a class because the solver keeps its basis from round to round."""

    def __init__(self, choices: Choices, limits: Floats, *, elastic: bool) -> None:
        self.choices, self.limits = choices, limits
        self.held = np.zeros(len(choices.benefit), dtype=bool)
        self._columns = np.empty(0, dtype=np.int64)
        self._scale = row_scale(choices, limits)
        # without benefits the unit is what a limit is missed by
        self._unit = 1.0 if elastic else benefit_scale(choices)
        self._misses = choices.rows if elastic else 0
        self._highs = solver()
        rows = choices.groups + choices.rows
        self._highs.changeObjectiveSense(highspy.ObjSense.kMaximize)
        lower = np.concatenate([np.where(choices.forced, 1.0, -highspy.kHighsInf), np.full(choices.rows, -np.inf)])
        upper = np.concatenate([np.ones(choices.groups), limits / self._scale])
        none = np.empty(0, dtype=np.int32)
        self._highs.addRows(rows, lower, upper, 0, none, none, np.empty(0))
        if elastic:
            count = choices.rows
            index = np.arange(choices.groups, rows, dtype=np.int32)
            zero, most = np.zeros(count), np.full(count, np.inf)
            start = np.arange(count, dtype=np.int32)
            self._highs.addCols(count, -np.ones(count), zero, most, count, start, index, -np.ones(count))

    def add(self, columns: Ints) -> None:
        """Add strategies."""
        columns = columns[~self.held[columns]]
        part = self._part(columns)
        matrix = part.a_matrix_
        self._highs.addCols(
            len(columns), self.choices.benefit[columns] / self._unit, np.zeros(len(columns)),
            np.full(len(columns), highspy.kHighsInf), len(matrix.index_), np.array(matrix.start_[:-1], dtype=np.int32),
            np.array(matrix.index_, dtype=np.int32), np.array(matrix.value_),
        )  # fmt: skip
        self.held[columns] = True
        self._columns = np.concatenate([self._columns, columns])

    def _part(self, columns: Ints) -> highspy.HighsLp:
        """Return the columns as the solver takes them, with the rows of the whole."""
        c = self.choices
        part = replace(
            c, benefit=c.benefit[columns], row=c.row[columns], amount=c.amount[columns], group=c.group[columns]
        )
        return programme(part, self.limits, whole=False, scale=self._scale)

    def solved(self) -> tuple[Floats, Floats, float, Floats, Floats]:
        """Return prices, value of each group, optimum, share of each strategy, and what limits are missed by."""
        self._highs.run()
        status = self._highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            raise PlanError(
                f"The prices of the budgets could not be found: {self._highs.modelStatusToString(status)}.",
                cure="Check that the budgets cover the committed work.",
            )
        solution = self._highs.getSolution()
        dual = np.abs(np.array(solution.row_dual)) * self._unit
        signed = np.array(solution.row_dual) * self._unit
        groups = self.choices.groups
        values = np.array(solution.col_value)
        share = np.zeros(len(self.choices.benefit))
        share[self._columns] = values[self._misses :]
        value = self._highs.getInfo().objective_function_value * self._unit
        return dual[groups:] / self._scale, signed[:groups], value, share, values[: self._misses]
