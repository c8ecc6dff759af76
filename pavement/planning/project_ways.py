"""Ways to work on a chain: the years of a project with caps on their mobilisation, and what lanes are worth in each."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pavement.planning.projects import Problem

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_NEVER = -np.inf
# what a lane is worked on in: the first year of a project alone, the second alone, all of its years
FIRST, SECOND, ALL = 1, 2, 3


class Values(NamedTuple):
    """
    What prices make of lanes.

    Attributes
    ----------
    option
        By FIRST, SECOND and ALL: (G, w) value of the best work of each group whose mobilisation is at most that of the
        way, in the ways asked for; -inf for none.
    charge
        (S, W) what the mobilisation of each way costs.
    reduced
        (C,) reduced benefit of the strategies.
    """

    option: dict[int, Floats]
    charge: Floats
    reduced: Floats


class Ways:
    """
    W ways to work, and which of them each strategy asks for; a class because they do not depend on prices.

    Parameters
    ----------
    problem
        Strategies, sections and the rules of a crew.

    Attributes
    ----------
    problem, allowed
        The problem, and stretches that may be a project.
    pairs
        (years, caps of the first year, caps of the second) of ways that follow each other, the second varying fastest.
        A project of one year has -1 and one cap of 0 for the second.
    begins
        Way that each of the pairs begins with, and W.
    cell
        (C,) way of the years and own mobilisation of each strategy.
    of_first, of_second
        (W,) for a pair of two years the way of its first year and cap alone, and of its second; -1 where no work is in
        that year alone.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem, self.allowed = problem, problem.allowed()
        c = problem.choices
        year = c.row[:, :2].astype(np.int64)
        self._year = np.where(year >= c.rows, -1, year)
        own = np.where(self._year < 0, 0.0, problem.crew.mobilisation)
        caps = {y: np.unique(own[self._year == y]) for y in np.unique(self._year).tolist()} | {-1: np.zeros(1)}
        years, number = np.unique(self._year, axis=0, return_inverse=True)
        self.pairs = [((a, b), caps[a], caps[b]) for a, b in years.tolist()]
        sizes = [len(first) * len(second) for _, first, second in self.pairs]
        self.begins = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        self.cell = np.empty(len(own), dtype=np.int64)
        for at, (_, first, second) in enumerate(self.pairs):
            mine = np.flatnonzero(number.ravel() == at)
            cap = np.searchsorted(first, own[mine, 0]) * len(second) + np.searchsorted(second, own[mine, 1])
            self.cell[mine] = self.begins[at] + cap
        self.of_first, self.of_second = self._alone()
        # ways of pairs with as many caps together, (pairs, caps, caps)
        shapes: dict[tuple[int, int], list[Ints]] = {}
        for begin, (_, first, second) in zip(self.begins.tolist(), self.pairs, strict=False):
            shape = (len(first), len(second))
            shapes.setdefault(shape, []).append(begin + np.arange(shape[0] * shape[1]).reshape(shape))
        self._shapes = [np.stack(own) for own in shapes.values()]
        self._order = np.lexsort((self.cell, c.group))
        cell = c.group[self._order] * self.count + self.cell[self._order]
        self._starts = np.flatnonzero(np.diff(cell, prepend=-1) != 0)
        self._flat = cell[self._starts]

    @property
    def count(self) -> int:
        """Number of ways, W."""
        return int(self.begins[-1])

    def _alone(self) -> tuple[Ints, Ints]:
        begin = {years[0]: self.begins[at] for at, (years, _, _) in enumerate(self.pairs) if years[1] < 0}
        found = np.full((2, self.count), -1)
        for at, ((a, b), first, second) in enumerate(self.pairs):
            part = slice(self.begins[at], self.begins[at + 1])
            if b >= 0 and a in begin:
                found[0, part] = begin[a] + np.repeat(np.arange(len(first)), len(second))
            if b >= 0 and b in begin:
                found[1, part] = begin[b] + np.tile(np.arange(len(second)), len(first))
        return found[0], found[1]

    def worked_in(self, year: int) -> Ints:
        """Return the ways that work in a plan year."""
        sizes = np.diff(self.begins)
        return np.flatnonzero(np.repeat([year in years for years, _, _ in self.pairs], sizes))

    def values(self, prices: Floats, ways: Ints) -> Values:
        """Return what lanes are worth at prices in some ways, and what the mobilisation of each way costs."""
        groups = self.problem.choices.groups
        reduced = self.problem.choices.reduced(prices)
        table = np.full(groups * self.count, _NEVER)
        table[self._flat] = np.maximum.reduceat(reduced[self._order], self._starts)
        whole = self.over_caps(table.reshape(groups, self.count), up=True)
        # the last column stands for no work in that year alone
        padded = np.column_stack([whole, np.full(groups, _NEVER)])
        option = {
            ALL: whole[:, ways], FIRST: padded[:, self.of_first[ways]], SECOND: padded[:, self.of_second[ways]]
        }  # fmt: skip
        return Values(option, self._charges(prices), reduced)

    def over_caps(self, value: Floats, *, up: bool) -> Floats:
        """Return the best over the ways of the same years whose caps are no higher, or where not `up` no lower."""
        found = value.copy()
        for at in self._shapes if up else [shape[:, ::-1, ::-1] for shape in self._shapes]:
            # caps are few
            for cap in range(1, at.shape[1]):
                found[:, at[:, cap]] = np.maximum(found[:, at[:, cap]], found[:, at[:, cap - 1]])
            for cap in range(1, at.shape[2]):
                found[:, at[:, :, cap]] = np.maximum(found[:, at[:, :, cap]], found[:, at[:, :, cap - 1]])
        return found

    def _charges(self, prices: Floats) -> Floats:
        """Return what mobilisation costs by section and way, where its price differs at the least of the chain."""
        crew, c, s = self.problem.crew, self.problem.choices, self.problem.sections
        of_kind = crew.money @ prices - crew.worth
        least = np.full((int(s.chain.max(initial=-1)) + 1, c.rows + 1), np.inf)
        chain = s.chain[self.problem.section[c.group]]
        for slot in range(2):
            np.minimum.at(least, (chain, self._year[:, slot]), of_kind[crew.kind[:, slot]])
        least = np.where(np.isfinite(least), least, 0.0)[s.chain]
        parts = [
            (least[:, a, None, None] * first[:, None] + least[:, b, None, None] * second).reshape(s.count, -1)
            for (a, b), first, second in self.pairs
        ]
        return np.hstack(parts)
