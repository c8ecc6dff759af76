"""Choices: the strategies of all units as arrays, at most one of each unit to be taken, within limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.planning.slots import of_slots

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# strategies priced at a time: their arrays then stay in the processor's cache
_BLOCK = 1 << 16


@dataclass(frozen=True)
class Choices:
    """
    C strategies in G groups, sorted by group and, within it, by cost.

    Attributes
    ----------
    benefit
        (C,) float64.
    row
        (C, K) limit that each slot of a strategy uses, R (which has no limit and no price) for none. Rows 0 … T - 1 are
        the budgets of the plan years, further rows whatever else is limited.
    amount
        (C, K) whole numbers: what the slot adds to its row, 0 for none. Budgets count NT$. Any type of number that
        holds them exactly. A negative amount helps to keep a limit, as of a floor.
    group
        (C,) number of the group; a group is a unit that has strategies.
    first
        (G,) first strategy of each group.
    forced
        (G,) groups of which one strategy must be taken.
    rows
        R, the number of limits.
    """

    benefit: Floats
    row: NDArray[Any]
    amount: NDArray[Any]
    group: NDArray[Any]
    first: Ints
    forced: NDArray[np.bool_]
    rows: int

    @property
    def groups(self) -> int:
        """Number of groups, G."""
        return len(self.first)

    def reduced(self, prices: Floats) -> Floats:
        """Return benefit less the price of what is used, (C,); `prices` (R,) is benefit per unit of each row."""
        padded = np.append(prices, 0.0)
        result: Floats = self.benefit.copy()
        for start in range(0, len(result), _BLOCK):
            block = slice(start, start + _BLOCK)
            for slot in range(self.row.shape[1]):
                result[block] -= padded[self.row[block, slot]] * self.amount[block, slot]
        return result

    def usage(self, taken: Ints) -> Floats:
        """Return what strategies use of each row, (R,); -1 stands for none."""
        chosen = taken[taken >= 0]
        row, amount = self.row[chosen].ravel(), self.amount[chosen].ravel()
        return np.asarray(np.bincount(row, amount, minlength=self.rows + 1)[: self.rows], dtype=np.float64)

    def dense(self, columns: Ints) -> Floats:
        """Return what each strategy uses of each row, (n, R); nothing for -1."""
        used = np.zeros((len(columns), self.rows + 1))
        at = np.arange(len(columns))
        for slot in range(self.row.shape[1]):
            # a strategy may use a row twice, never in one slot
            used[at, self.row[columns, slot]] += np.where(columns >= 0, self.amount[columns, slot], 0.0)
        return used[:, : self.rows]

    def value(self, taken: Ints) -> float:
        """Return the benefit of strategies taken."""
        return float(self.benefit[taken[taken >= 0]].sum())

    def best(self, reduced: Floats) -> tuple[Ints, Floats]:
        """
        Return for each group the best strategy at the prices and its reduced benefit; -1 and 0 where none is worth it.

        Among equals the cheapest is taken.
        """
        top = np.maximum.reduceat(reduced, self.first)
        idle = (top <= 0) & ~self.forced
        return np.where(idle, -1, self.leading(reduced)), np.where(idle, 0.0, top)

    def leading(self, value: Floats, then: Floats | None = None) -> Ints:
        """Return the first strategy of each group of the highest value, of equals of the highest second value."""
        tied = value == np.maximum.reduceat(value, self.first)[self.group]
        if then is not None:
            last = np.where(tied, then, -np.inf)
            tied &= last == np.maximum.reduceat(last, self.first)[self.group]
        at = np.flatnonzero(tied)
        return np.asarray(at[np.diff(self.group[at], prepend=-1) > 0])

    def bound(self, prices: Floats, limits: Floats) -> float:
        """Return a proven upper bound of the benefit within limits, from any prices that are not negative."""
        _, top = self.best(self.reduced(prices))
        return float(top.sum() + prices @ limits)

    def some(self, keep: NDArray[np.bool_]) -> tuple[Choices, Ints]:
        """Return a part of the strategies, groups renumbered, and the number of each in the whole."""
        chosen = np.flatnonzero(keep)
        groups, group = np.unique(self.group[chosen], return_inverse=True)
        first = np.searchsorted(group, np.arange(len(groups)))
        return (
            Choices(
                self.benefit[chosen],
                self.row[chosen],
                self.amount[chosen],
                group,
                first,
                self.forced[groups],
                self.rows,
            ),
            chosen,
        )


def choices(strategies: pd.DataFrame, *, years: int) -> Choices:
    """Return strategies, sorted by unit and cost, as arrays; their rows are the budgets of the years."""
    year = strategies[of_slots(strategies, "year")].to_numpy(np.int64)
    units, group = np.unique(strategies["unit"].to_numpy(np.int64), return_inverse=True)
    first = np.searchsorted(group, np.arange(len(units)))
    committed = strategies["committed"].to_numpy(bool)
    return Choices(
        benefit=strategies["benefit"].to_numpy(np.float64),
        row=np.where(year < 0, years, year),
        amount=strategies[of_slots(strategies, "cost")].to_numpy(np.float64),
        group=group,
        first=first,
        forced=committed[first],
        rows=years,
    )
