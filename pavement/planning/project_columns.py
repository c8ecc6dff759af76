"""Pricing: the best projects of every stretch at given prices, and the best set of them in each chain, with a bound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pavement.planning.project_lanes import (
    BOTH,
    FIRST,
    IDLE,
    NEVER,
    SECOND,
    blocks,
    chosen_works,
    in_one_year,
    in_two_years,
)
from pavement.planning.project_threes import Threes
from pavement.planning.projects import Columns, Problem, columns_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Priced(NamedTuple):
    """
    What prices make of a problem.

    Attributes
    ----------
    worth, way
        (Y, S, L) reduced value of the best project of each pair of years, and after these of each three, that begins
        at a section and takes 1 ... L of them, and which way it is worked on; -inf for none.
    best
        (S, L) the best of all years.
    bound
        Upper bound of the benefit of all plans.
    first, length
        The best set of projects.
    reduced
        (C,) reduced benefit of the strategies.
    """

    worth: Floats
    way: Ints
    best: Floats
    bound: float
    first: Ints
    length: Ints
    reduced: Floats


@dataclass(frozen=True)
class _Years:
    """Ways to work in the same years: the largest mobilisation allowed in the first and in the second."""

    years: tuple[int, int]
    most: tuple[Floats, Floats]
    begin: int

    @property
    def size(self) -> int:
        return len(self.most[0]) * len(self.most[1])


class Pricing:
    """
    Prices a problem again and again; a class because what does not depend on prices is made once.

    Parameters
    ----------
    problem
        Strategies, sections and the rules of a crew.

    Notes
    -----
    Projects are of one year, or of two years that some strategy works in. For each of these and each cap on the
    mobilisation of both, the best strategy of each unit is found: in the first year alone, in the second, in both.
    Lanes of a section are put together so that each year has work (:mod:`pavement.planning.project_lanes`), and running
    sums over neighbouring sections give each stretch. Where prices differ by category of work, mobilisation is charged
    at the least of them, so that the bound holds. Projects of three years are those of
    :class:`pavement.planning.project_threes.Threes`.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.allowed = problem.allowed()
        c = problem.choices
        # strategies of one or two works, in the order of groups
        self._two = np.flatnonzero((problem.years[:, 2:] < 0).all(axis=1))
        self._year = problem.years[self._two, :2]
        self._group = c.group[self._two]
        self._mobilisation = np.where(self._year < 0, 0.0, problem.crew.mobilisation[self._two, :2])
        # the last is that of no work
        last = int(problem.years.max(initial=-1))
        caps = [np.unique(self._mobilisation[self._year == y]) for y in range(last + 1)]
        self._caps = [*caps, np.zeros(1)]
        codes, number = np.unique((self._year + 1) @ [c.rows + 1, 1], return_inverse=True)
        pairs = np.column_stack(np.divmod(codes, c.rows + 1)) - 1
        self._ways: list[_Years] = []
        begin = 0
        for first, second in pairs.tolist():
            self._ways.append(_Years((first, second), (self._caps[first], self._caps[second]), begin))
            begin += self._ways[-1].size
        self._blocks = blocks(problem)
        self._order, self._starts, self._flat, self._spans = self._cells(number.ravel())
        chain = problem.sections.chain[problem.section[c.group]]
        # the last year is that of no work
        shape = (len(self._caps), int(chain.max(initial=-1)) + 1, len(problem.crew.money))
        worked = [
            np.ravel_multi_index((own % shape[0], chain, kind), shape)
            for own, kind in zip(problem.years.T, problem.crew.kind.T, strict=True)
        ]
        self._kinds = np.unravel_index(np.unique(worked), shape)
        # groups by section, so that lanes of a section stand together
        self._group_order = np.lexsort((np.arange(c.groups), problem.section))
        self._forced = problem.forced
        self._steps = _steps(problem.sections.chain)
        self._threes = Threes(problem, self._blocks)

    def _cells(self, number: Ints) -> tuple[Ints, Ints, Ints, Ints]:
        """
        Return strategies by block, pair of years, caps and group, where these begin, their places, and their spans.

        `number` is the pair of years of each strategy.
        """
        c = self.problem.choices
        block, place = np.empty(c.groups, dtype=np.int64), np.empty(c.groups, dtype=np.int64)
        size = np.ones(len(self._blocks) + 1, dtype=np.int64)
        for at, own in enumerate(self._blocks):
            block[own.groups], place[own.groups], size[at] = at, np.arange(len(own.groups)), len(own.groups)
        cap = np.zeros(self._year.shape, dtype=np.int64)
        for year, most in enumerate(self._caps[:-1]):
            worked = self._year == year
            cap[worked] = np.searchsorted(most, self._mobilisation[worked])
        width = np.array([len(self._caps[second]) for second in range(-1, len(self._caps) - 1)])
        cell = cap[:, 0] * width[self._year[:, 1] + 1] + cap[:, 1]
        flat = cell * size[block[self._group]] + place[self._group]
        key = block[self._group] * len(self._ways) + number
        order = np.lexsort((flat, key))
        flat, key = flat[order], key[order]
        starts = np.flatnonzero((np.diff(key, prepend=-1) != 0) | (np.diff(flat, prepend=-1) != 0))
        spans = np.searchsorted(key[starts], np.arange(len(self._blocks) * len(self._ways) + 1))
        return order, starts, flat[starts], spans

    def priced(self, prices: Floats, *, benefits: bool = True) -> Priced:
        """Return the best projects at prices of 0 or more; without `benefits` only what limits are missed by counts."""
        c = self.problem.choices
        reduced = c.reduced(prices) if benefits else c.reduced(prices) - c.benefit
        cells = np.maximum.reduceat(reduced[self._two[self._order]], self._starts)
        least = self._least(prices, benefits=benefits)
        # where mobilisation is worth something, all of the cap counts; without work there is none
        charge = [most[:, None] * own for most, own in zip(self._caps, least, strict=True)]
        shape = (len(self._ways) + self._threes.count, *self.allowed.shape)
        worth, way = np.full(shape, NEVER), np.zeros(shape, dtype=np.int32)
        for at, block in enumerate(self._blocks):
            own = block.sections
            for number, value in self._of_sections(at, cells):
                early, late = self._ways[number].years
                cost = charge[early][:, None, own] + charge[late][None, :, own]
                _stretched(value, cost.reshape(value.shape), worth[number, own], way[number, own])
        begins = np.array([years.begin for years in self._ways], dtype=np.int32)
        way[: len(begins)] += begins[:, None, None]
        self._threes.priced(reduced, least, worth[len(begins) :], way[len(begins) :])
        worth[:, ~self.allowed] = NEVER
        best = worth.max(axis=0)
        total, first, length = self._chained(best)
        bound = total + float(prices @ self.problem.limits)
        return Priced(worth, way, best, bound, first, length, reduced)

    def _of_sections(self, at: int, cells: Floats) -> Iterator[tuple[int, Floats]]:
        """Return the value of each section of a block for each way, (W, S), -inf for none, by pair of years."""
        block, alone = self._blocks[at], {}
        for number, own in enumerate(self._ways):
            if own.years[1] < 0:
                alone[own.years[0]] = self._table(at, number, cells)[:, 0]
                yield number, in_one_year(block, alone[own.years[0]])
        for number, own in enumerate(self._ways):
            if own.years[1] >= 0:
                early, late = (
                    alone.get(year, np.full((len(most), len(block.groups)), NEVER))
                    for year, most in zip(own.years, own.most, strict=True)
                )
                yield number, in_two_years(block, early, late, self._table(at, number, cells)).reshape(own.size, -1)

    def _table(self, block: int, number: int, cells: Floats) -> Floats:
        """Return the value of the best works of each group of a block for each cap, (V, W, G)."""
        most, span = self._ways[number].most, slice(*self._spans[block * len(self._ways) + number :][:2])
        table = np.full((len(most[0]), len(most[1]), len(self._blocks[block].groups)), NEVER)
        table.ravel()[self._flat[span]] = cells[span]
        for cap in range(1, len(most[0])):
            np.maximum(table[cap], table[cap - 1], out=table[cap])
        for cap in range(1, len(most[1])):
            np.maximum(table[:, cap], table[:, cap - 1], out=table[:, cap])
        return table

    def _least(self, prices: Floats, *, benefits: bool) -> Floats:
        """Return what one NT$ of mobilisation costs at least, by year and section; the last is of no work."""
        crew, s = self.problem.crew, self.problem.sections
        of_kind = crew.money @ prices - (crew.worth if benefits else 0.0)
        # a chain lies in one office: any of its sections may have the cheapest kind of work
        least = np.full((len(self._caps), int(s.chain.max(initial=-1)) + 1), np.inf)
        year, chain, kind = self._kinds
        np.minimum.at(least, (year, chain), of_kind[kind])
        return np.asarray(np.where(np.isfinite(least), least, 0.0)[:, s.chain])

    def _chained(self, worth: Floats) -> tuple[float, Ints, Ints]:
        """Return the value of the best set of projects in all chains, and the set: first sections and lengths."""
        count, most = worth.shape
        taken = np.zeros(count, dtype=np.int64)
        # value[s] of what begins at s or later in its chain; backwards, all chains at a time
        left = self.problem.sections.left
        after = np.zeros(count + most + 1)
        for at in self._steps:
            rest = np.where(left[at] > 1, after[at + 1], 0.0)
            best = np.where(self._forced[at], NEVER, rest)
            which = np.zeros(len(at), dtype=np.int64)
            for steps in range(1, most + 1):
                then = np.where(left[at] > steps, after[at + steps], 0.0)
                total = worth[at, steps - 1] + then
                more = total > best
                best, which = np.where(more, total, best), np.where(more, steps, which)
            after[at], taken[at] = best, which
        begins = np.flatnonzero(np.diff(self.problem.sections.chain, prepend=-1) != 0)
        firsts, lengths = [], []
        at, rest = begins, left[begins].copy()
        while len(at):
            step = taken[at]
            firsts.append(at[step > 0])
            lengths.append(step[step > 0])
            moved = np.maximum(step, 1)
            more = rest > moved
            at, rest = (at + moved)[more], (rest - moved)[more]
        first = np.concatenate(firsts) if firsts else np.empty(0, dtype=np.int64)
        length = np.concatenate(lengths) if lengths else np.empty(0, dtype=np.int64)
        order = np.argsort(first, kind="stable")
        return float(after[begins].sum()), first[order], length[order]

    def concrete(self, priced: Priced, first: Ints, length: Ints, years: Ints | None = None) -> Columns:
        """Return the best projects on stretches, or of given years, with the strategies best at the prices."""
        problem = self.problem
        years = priced.worth[:, first, length - 1].argmax(axis=0) if years is None else years
        way = priced.way[years, first, length - 1]
        three = years >= len(self._ways)
        starts = np.searchsorted(problem.section[self._group_order], np.arange(problem.sections.count + 1))
        sizes = starts[first + length] - starts[first]
        project = np.repeat(np.arange(len(first)), sizes)
        within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        group = self._group_order[np.repeat(starts[first], sizes) + within]
        # one number a section and project
        key = project * (problem.sections.count + 1) + problem.section[group]
        begins = np.flatnonzero(np.diff(key, prepend=-1) != 0)
        place = np.repeat(np.arange(len(begins)), np.diff(np.append(begins, len(key))))
        if not three.any():
            at, strategy = self._works(priced.reduced, group, place, years[project], way[project])
            return columns_of(problem, first, length, strategy, project[at])
        of_three = np.flatnonzero(three[project])
        own = project[of_three]
        place_of = np.unique(place[of_three], return_inverse=True)[1].ravel()
        sets = years[own] - len(self._ways)
        late, taken = self._threes.strategies(priced.reduced, group[of_three], place_of, sets, way[own])
        of_two = np.flatnonzero(~three[project])
        own = project[of_two]
        place_of = np.unique(place[of_two], return_inverse=True)[1].ravel()
        early, more = self._works(priced.reduced, group[of_two], place_of, years[own], way[own])
        at, strategy = np.concatenate([of_three[late], of_two[early]]), np.concatenate([taken, more])
        order = np.argsort(at, kind="stable")
        return columns_of(problem, first, length, strategy[order], project[at[order]])

    def _works(self, reduced: Floats, group: Ints, place: Ints, years: Ints, way: Ints) -> tuple[Ints, Ints]:
        """Return which of the lanes of projects of one or two years work, and their strategies."""
        best, value = self._best(reduced, group, years, way)
        begins = np.flatnonzero(np.diff(place, prepend=-1) != 0)
        two = np.array([own.years[1] >= 0 for own in self._ways])[years[begins]]
        idle = np.where(self.problem.choices.forced[group], NEVER, 0.0)
        works = chosen_works(value, place, idle, np.where(two, BOTH, FIRST), self.problem.whole[group])
        at = np.flatnonzero(works != IDLE)
        return at, best[at, works[at] - 1]

    def _best(self, reduced: Floats, group: Ints, years: Ints, way: Ints) -> tuple[Ints, Floats]:
        """
        Return the best strategies of groups that a way allows, (N, 3), -1 for none, and their reduced benefit.

        They are those of the first year alone, of the second alone, and of both.
        """
        ends = np.searchsorted(self._group, np.arange(self.problem.choices.groups + 1))
        sizes = ends[group + 1] - ends[group]
        item = np.repeat(np.arange(len(group)), sizes)
        within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        strategy = np.repeat(ends[group], sizes) + within
        asked = np.array([own.years for own in self._ways])[years]
        most = self._most(years, way)
        # of the years of a project, those that a strategy works in
        year = self._year[strategy]
        early, late = year[:, 0] == asked[item, 0], (year == asked[item, 1, None]) & (year >= 0)
        alone = year[:, 1] < 0
        work = np.select([early & alone, late[:, 0] & alone, early & late[:, 1]], [FIRST, SECOND, BOTH], IDLE)
        cap = np.where(work[:, None] == SECOND, most[item][:, ::-1], most[item])
        able = (work != IDLE) & (self._mobilisation[strategy] <= cap).all(axis=1)
        item, strategy = 3 * item[able] + work[able] - 1, self._two[strategy[able]]
        order = np.lexsort((strategy, -reduced[strategy], item))
        found, at = np.unique(item[order], return_index=True)
        best, value = np.full(3 * len(group), -1), np.full(3 * len(group), NEVER)
        best[found] = strategy[order][at]
        value[found] = reduced[best[found]]
        return best.reshape(-1, 3), value.reshape(-1, 3)

    def _most(self, years: Ints, way: Ints) -> Floats:
        """Return the largest mobilisations of both years that ways allow, (N, 2)."""
        begin = np.array([own.begin for own in self._ways])
        width = np.array([len(own.most[1]) for own in self._ways])
        at = np.stack(np.divmod(way - begin[years], width[years]))
        caps = np.zeros((len(self._caps), max(len(most) for most in self._caps)))
        for number, most in enumerate(self._caps):
            caps[number, : len(most)] = most
        asked = np.array([own.years for own in self._ways])[years]
        return caps[asked, at.T]


def _stretched(value: Floats, cost: Floats, worth: Floats, way: NDArray[np.int32]) -> None:
    """Fill in the best way of each stretch that begins at each section, and its worth: sums of `value` less `cost`."""
    running, count = value - cost, value.shape[1]
    for more in range(min(worth.shape[1], count)):
        if more:
            running = running[:, :-1]
            running += value[:, more:]
        most = running.argmax(axis=0)
        way[: count - more, more] = most
        worth[: count - more, more] = running[most, np.arange(count - more)]


def _steps(chain: Ints) -> list[Ints]:
    """Return sections from the ends of chains backwards, one of each chain a step."""
    if not len(chain):
        return []
    last = np.flatnonzero(np.diff(chain, append=-1) != 0)
    back = last[np.searchsorted(last, np.arange(len(chain)))] - np.arange(len(chain))
    order = np.lexsort((np.arange(len(chain)), back))
    return np.split(order, np.flatnonzero(np.diff(back[order])) + 1)
