"""Ways to work on a chain: the years of a project with caps on their mobilisation, and what lanes are worth in each."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pavement.planning.project_threes import PARTS, WAYS
from pavement.planning.project_threes import sizes as sizes_of
from pavement.planning.projects import Problem

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_NEVER = -np.inf
# what a lane is worked on in: nothing that its section needs, the first year of a project alone, the second alone, all
# of its years
FREE, FIRST, SECOND, ALL = range(4)


class Values(NamedTuple):
    """
    What prices make of lanes.

    Attributes
    ----------
    option
        By FIRST, SECOND and ALL: (G, w) value of the best work of each group whose mobilisation is at most that of the
        way, in the ways asked for; -inf for none. FREE: of no work, in three years of any work, which only one in all
        of them is needed beside; -inf where work was decided.
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
    threes, sizes
        (N, 3) sets of three years, each with ``WAYS`` ways after those of pairs, and the sizes of mobilisation.
    begins
        Way that each of the pairs begins with, and how many ways pairs have.
    cell
        (C,) way of the years and own mobilisation of each strategy.
    of_first, of_second
        (W,) for a pair of two years the way of its first year and cap alone, and of its second; -1 where no work is in
        that year alone.
    inside
        (6, W) for three years the ways of its parts with as much mobilisation; -1 for none.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem, self.allowed = problem, problem.allowed()
        c = problem.choices
        self._year = problem.years
        three = np.flatnonzero((self._year[:, 2:] >= 0).any(axis=1))
        two = np.flatnonzero((self._year[:, 2:] < 0).all(axis=1))
        of_two = np.where(self._year[two, :2] < 0, 0.0, problem.crew.mobilisation[two, :2])
        some = self._year[two, :2]
        caps = {y: np.unique(of_two[some == y]) for y in np.unique(some).tolist()} | {-1: np.zeros(1)}
        years, number = np.unique(some, axis=0, return_inverse=True)
        self.pairs = [((a, b), caps[a], caps[b]) for a, b in years.tolist()]
        sizes = [len(first) * len(second) for _, first, second in self.pairs]
        self.begins = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        self.sizes = sizes_of(self._year, problem.crew.mobilisation, count=int(self._year.max(initial=-1)) + 1)
        self.threes, which = np.unique(self._year[three], axis=0, return_inverse=True)
        self.cell = np.empty(len(self._year), dtype=np.int64)
        if len(three):
            self.cell[three] = self.cell_of(which.ravel(), self._year[three], problem.crew.mobilisation[three])
        for at, (_, first, second) in enumerate(self.pairs):
            mine = np.flatnonzero(number.ravel() == at)
            cap = np.searchsorted(first, of_two[mine, 0]) * len(second) + np.searchsorted(second, of_two[mine, 1])
            self.cell[two[mine]] = self.begins[at] + cap
        self.of_first, self.of_second = self._alone()
        self.inside = self._inside()
        # ways of pairs with as many caps together, (pairs, caps, caps)
        shapes: dict[tuple[int, int], list[Ints]] = {}
        for begin, (_, first, second) in zip(self.begins.tolist(), self.pairs, strict=False):
            shape = (len(first), len(second))
            shapes.setdefault(shape, []).append(begin + np.arange(shape[0] * shape[1]).reshape(shape))
        self._shapes = [np.stack(own)[..., None] for own in shapes.values()]
        if len(self.threes):
            self._shapes.append(np.arange(self.begins[-1], self.count).reshape(-1, 2, 2, 2))
        self._order = np.lexsort((self.cell, c.group))
        cell = c.group[self._order] * self.count + self.cell[self._order]
        self._starts = np.flatnonzero(np.diff(cell, prepend=-1) != 0)
        self._flat = cell[self._starts]

    @property
    def count(self) -> int:
        """Number of ways, W."""
        return int(self.begins[-1]) + len(self.threes) * WAYS

    def cell_of(self, number: Ints, years: Ints, mobilisation: Floats) -> Ints:
        """Return the ways of works in three years, by the number of these, with as small mobilisation as is enough."""
        any_size = mobilisation > self.sizes.most[years, 0]
        return np.asarray(self.begins[-1] + number * WAYS + any_size @ [4, 2, 1])

    def _inside(self) -> Ints:
        found = np.full((len(PARTS) - 1, self.count), -1)
        known = {years: (self.begins[at], caps) for at, (years, *caps) in enumerate(self.pairs)}
        for number, years in enumerate(self.threes.tolist()):
            begin = int(self.begins[-1]) + number * WAYS
            for at, part in enumerate(PARTS[:-1]):
                own = (years[part[0]], years[part[1]] if len(part) > 1 else -1)
                if own not in known:
                    continue
                start, (first, second) = known[own]
                for way in range(WAYS):
                    most = [self.sizes.most[years[turn], way >> (2 - turn) & 1] for turn in part]
                    cap = [int(np.searchsorted(c, m, side="right")) - 1
                           for c, m in zip((first, second), [*most, 0.0][:2], strict=True)]  # fmt: skip
                    if min(cap) >= 0:
                        found[at, begin + way] = start + cap[0] * len(second) + cap[1]
        return found

    def _alone(self) -> tuple[Ints, Ints]:
        begin = {years[0]: self.begins[at] for at, (years, _, _) in enumerate(self.pairs) if years[1] < 0}
        found = np.full((2, self.count), -1)
        # of three years only work in all of them is needed
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
        of_two = np.repeat([year in years for years, _, _ in self.pairs], sizes)
        return np.flatnonzero(np.append(of_two, np.repeat((self.threes == year).any(axis=1), WAYS)))

    def values(self, prices: Floats, ways: Ints) -> Values:
        """Return what lanes are worth at prices in some ways, and what the mobilisation of each way costs."""
        groups = self.problem.choices.groups
        reduced = self.problem.choices.reduced(prices)
        table = np.full(groups * self.count, _NEVER)
        table[self._flat] = np.maximum.reduceat(reduced[self._order], self._starts)
        whole = self.over_caps(table.reshape(groups, self.count), up=True)
        # the last column stands for no work in that year alone
        padded = np.column_stack([whole, np.full(groups, _NEVER)])
        free = np.where(self.problem.choices.forced, _NEVER, 0.0)[:, None]
        three = np.flatnonzero(ways >= self.begins[-1])
        if len(three):
            free = np.repeat(free, len(ways), axis=1)
            for own in (*(padded[:, part[ways[three]]] for part in self.inside), whole[:, ways[three]]):
                free[:, three] = np.maximum(free[:, three], own)
        option = {
            FREE: free, ALL: whole[:, ways],
            FIRST: padded[:, self.of_first[ways]], SECOND: padded[:, self.of_second[ways]]
        }  # fmt: skip
        return Values(option, self._charges(prices), reduced)

    def over_caps(self, value: Floats, *, up: bool) -> Floats:
        """Return the best over the ways of the same years whose caps are no higher, or where not `up` no lower."""
        found = value.copy()
        for at in self._shapes if up else [shape[:, ::-1, ::-1, ::-1] for shape in self._shapes]:
            # caps are few
            for axis in (1, 2, 3):
                of_cap = np.moveaxis(at, axis, 0)
                for before, own in pairwise(of_cap):
                    found[:, own] = np.maximum(found[:, own], found[:, before])
        return found

    def _charges(self, prices: Floats) -> Floats:
        """Return what mobilisation costs by section and way, where its price differs at the least of the chain."""
        crew, c, s = self.problem.crew, self.problem.choices, self.problem.sections
        of_kind = crew.money @ prices - crew.worth
        least = np.full((int(s.chain.max(initial=-1)) + 1, c.rows + 1), np.inf)
        chain = s.chain[self.problem.section[c.group]]
        for slot in range(self._year.shape[1]):
            np.minimum.at(least, (chain, self._year[:, slot]), of_kind[crew.kind[:, slot]])
        least = np.where(np.isfinite(least), least, 0.0)[s.chain]
        parts = [
            (least[:, a, None, None] * first[:, None] + least[:, b, None, None] * second).reshape(s.count, -1)
            for (a, b), first, second in self.pairs
        ]
        if len(self.threes):
            each = np.minimum(*(size * least[:, : len(size), None] for size in self.sizes))
            a, b, c = (each[:, self.threes[:, turn]] for turn in range(3))
            both = a[..., :, None, None] + b[..., None, :, None] + c[..., None, None, :]
            parts.append(both.reshape(s.count, -1))
        return np.hstack(parts)
