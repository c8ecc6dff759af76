"""Choices: the strategies of all units as arrays, at most one of each unit to be taken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Choices:
    """
    C strategies in G groups, sorted by group and, within it, by cost.

    Attributes
    ----------
    benefit
        (C,) float64.
    year
        (C, 2) plan year of each work, T (a year without budget or price) for none.
    cost
        (C, 2) whole NT$, 0 for none.
    group
        (C,) number of the group; a group is a unit that has strategies.
    first
        (G,) first strategy of each group.
    forced
        (G,) groups of which one strategy must be taken.
    years
        T, the years with a budget.
    """

    benefit: Floats
    year: Ints
    cost: Floats
    group: Ints
    first: Ints
    forced: NDArray[np.bool_]
    years: int

    @property
    def groups(self) -> int:
        """Number of groups, G."""
        return len(self.first)

    def reduced(self, prices: Floats) -> Floats:
        """Return benefit less the price of the money, (C,); `prices` (T,) is benefit per NT$ in each year."""
        padded = np.append(prices, 0.0)
        result: Floats = self.benefit - padded[self.year[:, 0]] * self.cost[:, 0]
        result -= padded[self.year[:, 1]] * self.cost[:, 1]
        return result

    def usage(self, taken: Ints) -> Floats:
        """Return the money of each year, (T,), that strategies use; -1 stands for none."""
        chosen = taken[taken >= 0]
        year, cost = self.year[chosen].ravel(), self.cost[chosen].ravel()
        return np.asarray(np.bincount(year, cost, minlength=self.years + 1)[: self.years], dtype=np.float64)

    def value(self, taken: Ints) -> float:
        """Return the benefit of strategies taken."""
        return float(self.benefit[taken[taken >= 0]].sum())

    def best(self, reduced: Floats) -> tuple[Ints, Floats]:
        """
        Return for each group the best strategy at the prices and its reduced benefit; -1 and 0 where none is worth it.

        Among equals the cheapest is taken.
        """
        top = np.maximum.reduceat(reduced, self.first)
        at = np.flatnonzero(reduced == top[self.group])
        taken = at[np.concatenate([[True], np.diff(self.group[at]) > 0])]
        idle = (top <= 0) & ~self.forced
        return np.where(idle, -1, taken), np.where(idle, 0.0, top)

    def bound(self, prices: Floats, budgets: Floats) -> float:
        """Return a proven upper bound of the benefit within budgets, from any prices that are not negative."""
        _, top = self.best(self.reduced(prices))
        return float(top.sum() + prices @ budgets)

    def some(self, keep: NDArray[np.bool_]) -> tuple[Choices, Ints]:
        """Return a part of the strategies, groups renumbered, and the number of each in the whole."""
        chosen = np.flatnonzero(keep)
        groups, group = np.unique(self.group[chosen], return_inverse=True)
        first = np.searchsorted(group, np.arange(len(groups)))
        return (
            Choices(
                self.benefit[chosen],
                self.year[chosen],
                self.cost[chosen],
                group,
                first,
                self.forced[groups],
                self.years,
            ),
            chosen,
        )


def choices(strategies: pd.DataFrame, *, years: int) -> Choices:
    """Return strategies, sorted by unit and cost, as arrays."""
    year = strategies[["first_year", "second_year"]].to_numpy(np.int64)
    units, group = np.unique(strategies["unit"].to_numpy(np.int64), return_inverse=True)
    first = np.searchsorted(group, np.arange(len(units)))
    committed = strategies["committed"].to_numpy(bool)
    return Choices(
        benefit=strategies["benefit"].to_numpy(np.float64),
        year=np.where(year < 0, years, year),
        cost=strategies[["first_cost", "second_cost"]].to_numpy(np.float64),
        group=group,
        first=first,
        forced=committed[first],
        years=years,
    )
