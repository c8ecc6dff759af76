"""Pricing: the best projects of every stretch at given prices, and the best set of them in each chain, with a bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pavement.planning.projects import Columns, Problem, columns_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_NEVER = -np.inf


class Priced(NamedTuple):
    """
    What prices make of a problem.

    Attributes
    ----------
    worth, way
        (Y, S, L) reduced value of the best project of each pair of years that begins at a section and takes 1 ... L of
        them, and which way it is worked on; -inf for none.
    best
        (S, L) the best of all pairs of years.
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
    For each pair of years and each cap on the mobilisation of both, the best strategy of each unit is found, units of a
    section add up, and running sums over neighbouring sections give each stretch. Where prices differ by category of
    work, mobilisation is charged at the least of them, so that the bound holds.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.allowed = problem.allowed()
        c = problem.choices
        year = c.row[:, :2].astype(np.int64)
        year = np.where(year >= c.rows, -1, year)
        self._pair = (year[:, 0] + 1) * (c.rows + 1) + year[:, 1] + 1
        self._mobilisation = np.where(year < 0, 0.0, problem.crew.mobilisation)
        self._ways: list[_Years] = []
        cell = np.empty(len(self._pair), dtype=np.int64)
        begin = 0
        for pair in np.unique(self._pair):
            own = np.flatnonzero(self._pair == pair)
            most = (np.unique(self._mobilisation[own, 0]), np.unique(self._mobilisation[own, 1]))
            at = [np.searchsorted(m, self._mobilisation[own, n]) for n, m in enumerate(most)]
            cell[own] = begin + at[0] * len(most[1]) + at[1]
            first, second = divmod(int(pair), c.rows + 1)
            self._ways.append(_Years((first - 1, second - 1), most, begin))
            begin += self._ways[-1].size
        self._count = begin
        self._order = np.lexsort((cell, c.group))
        group, cell = c.group[self._order], cell[self._order]
        self._starts = np.flatnonzero((np.diff(group, prepend=-1) != 0) | (np.diff(cell, prepend=-1) != 0))
        # groups by section, so that lanes of a section stand together
        self._group_order = np.lexsort((np.arange(c.groups), problem.section))
        place = np.empty(c.groups, dtype=np.int64)
        place[self._group_order] = np.arange(c.groups)
        self._flat = (place[group] * self._count + cell)[self._starts]
        held = problem.section[self._group_order]
        self._section_starts = np.flatnonzero(np.diff(held, prepend=-1) != 0)
        self._held = held[self._section_starts]
        self._forced_group = c.forced[self._group_order]
        self._forced = problem.forced
        self._steps = _steps(problem.sections.chain)

    def priced(self, prices: Floats, *, benefits: bool = True) -> Priced:
        """Return the best projects at prices of 0 or more; without `benefits` only what limits are missed by counts."""
        c, s = self.problem.choices, self.problem.sections
        reduced = c.reduced(prices) if benefits else c.reduced(prices) - c.benefit
        cells = np.full(c.groups * self._count, _NEVER)
        cells[self._flat] = np.maximum.reduceat(reduced[self._order], self._starts)
        table = cells.reshape(c.groups, self._count)
        charge = self._charges(prices, benefits=benefits)
        shape = (len(self._ways), *self.allowed.shape)
        worth, way = np.full(shape, _NEVER), np.zeros(shape, dtype=np.int32)
        everywhere = np.arange(s.count)
        for number, years in enumerate(self._ways):
            value = self._of_sections(table, years)
            cost = charge[:, years.begin : years.begin + years.size]
            running = value.copy()
            for more in range(shape[2]):
                if more:
                    running[:-more] += value[more:]
                    running[s.count - more :] = _NEVER
                own = running - cost
                most = own.argmax(axis=1)
                worth[number, :, more] = own[everywhere, most]
                way[number, :, more] = most + years.begin
        worth[:, ~self.allowed] = _NEVER
        best = worth.max(axis=0)
        total, first, length = self._chained(best)
        bound = total + float(prices @ self.problem.limits)
        return Priced(worth, way, best, bound, first, length, reduced)

    def _of_sections(self, table: Floats, years: _Years) -> Floats:
        """Return the value of each section for each way of some years, (S, ways); -inf where nothing can be done."""
        own = table[:, years.begin : years.begin + years.size]
        own = own.reshape(-1, len(years.most[0]), len(years.most[1]))
        capped = np.maximum.accumulate(np.maximum.accumulate(own, axis=1), axis=2)
        best = capped.reshape(len(capped), years.size)
        idle = np.where(self._forced_group[:, None], best, np.maximum(best, 0.0))
        value = np.full((self.problem.sections.count, years.size), _NEVER)
        if len(self._section_starts):
            top = np.maximum.reduceat(best, self._section_starts)
            total = np.add.reduceat(idle, self._section_starts)
            # no section stays idle: the lane that loses least works
            some = np.logical_or.reduceat(self._forced_group, self._section_starts)[:, None] | (top > 0)
            value[self._held] = np.where(some, total, top)
        return value

    def _charges(self, prices: Floats, *, benefits: bool) -> Floats:
        """Return what mobilisation costs at least by section and way, (S, ways)."""
        crew, c, s = self.problem.crew, self.problem.choices, self.problem.sections
        of_kind = crew.money @ prices - (crew.worth if benefits else 0.0)
        least = np.full((s.count, c.rows + 1), np.inf)
        section = self.problem.section[c.group]
        for slot in range(2):
            year = np.minimum(c.row[:, slot].astype(np.int64), c.rows)
            np.minimum.at(least, (section, year), of_kind[crew.kind[:, slot]])
        # a chain lies in one office: any of its sections may have the cheapest kind of work
        by_chain = np.full((int(s.chain.max(initial=-1)) + 1, c.rows + 1), np.inf)
        np.minimum.at(by_chain, s.chain, least)
        least = np.where(np.isfinite(by_chain), by_chain, 0.0)[s.chain]
        charge = np.zeros((s.count, self._count))
        for years in self._ways:
            first = _charged(least[:, years.years[0]], years.most[0])
            # without a second work its mobilisation is 0
            second = _charged(least[:, years.years[1]], years.most[1])
            both = first[:, :, None] + second[:, None, :]
            charge[:, years.begin : years.begin + years.size] = both.reshape(s.count, -1)
        return charge

    def _chained(self, worth: Floats) -> tuple[float, Ints, Ints]:
        """Return the value of the best set of projects in all chains, and the set: first sections and lengths."""
        count, most = worth.shape
        taken = np.zeros(count, dtype=np.int64)
        # value[s] of what begins at s or later in its chain; backwards, all chains at a time
        left = self.problem.sections.left
        after = np.zeros(count + most + 1)
        for at in self._steps:
            rest = np.where(left[at] > 1, after[at + 1], 0.0)
            best = np.where(self._forced[at], _NEVER, rest)
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
        """Return the best projects on stretches, or of given pairs of years, with the strategies best at the prices."""
        c, problem = self.problem.choices, self.problem
        years = priced.worth[:, first, length - 1].argmax(axis=0) if years is None else years
        way = priced.way[years, first, length - 1]
        starts = np.searchsorted(problem.section[self._group_order], np.arange(problem.sections.count + 1))
        sizes = starts[first + length] - starts[first]
        project = np.repeat(np.arange(len(first)), sizes)
        within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        group = self._group_order[np.repeat(starts[first], sizes) + within]
        best, value = self._best(priced.reduced, group, way[project])
        section = problem.section[group]
        key = project * (problem.sections.count + 1) + section
        begins = np.flatnonzero(np.diff(key, prepend=-1) != 0)
        works = (value > 0) | (c.forced[group] & (best >= 0))
        if len(begins):
            none = np.repeat(~np.logical_or.reduceat(works, begins), np.diff(np.append(begins, len(key))))
            top = np.repeat(np.maximum.reduceat(value, begins), np.diff(np.append(begins, len(key))))
            chosen = np.flatnonzero(none & (value == top) & (best >= 0))
            # of equal lanes one
            works[chosen[np.unique(key[chosen], return_index=True)[1]]] = True
        return columns_of(problem, first, length, best[works], project[works])

    def _best(self, reduced: Floats, group: Ints, way: Ints) -> tuple[Ints, Floats]:
        """Return the best strategy of groups that a way allows, -1 for none, and its reduced benefit."""
        c = self.problem.choices
        ends = np.append(c.first, len(c.group))
        sizes = ends[group + 1] - ends[group]
        item = np.repeat(np.arange(len(group)), sizes)
        within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        strategy = np.repeat(ends[group], sizes) + within
        pair, most = self._way_table()
        able = self._pair[strategy] == pair[way[item]]
        item, strategy = item[able], strategy[able]
        able = (self._mobilisation[strategy] <= most[way[item]]).all(axis=1)
        item, strategy = item[able], strategy[able]
        order = np.lexsort((strategy, -reduced[strategy], item))
        found, at = np.unique(item[order], return_index=True)
        best, value = np.full(len(group), -1), np.full(len(group), _NEVER)
        best[found] = strategy[order][at]
        value[found] = reduced[best[found]]
        return best, value

    def _way_table(self) -> tuple[Ints, Floats]:
        """Return years and the largest mobilisations of each way."""
        pair, most = np.empty(self._count, dtype=np.int64), np.empty((self._count, 2))
        for years in self._ways:
            part = slice(years.begin, years.begin + years.size)
            pair[part] = (years.years[0] + 1) * (self.problem.choices.rows + 1) + years.years[1] + 1
            most[part] = np.stack(np.meshgrid(*years.most, indexing="ij"), axis=-1).reshape(-1, 2)
        return pair, most


def _charged(price: Floats, most: Floats) -> Floats:
    """Return the least charge of a mobilisation up to `most`: where it is worth something, all of it counts."""
    return np.asarray(price[:, None] * most[None, :])


def _steps(chain: Ints) -> list[Ints]:
    """Return sections from the ends of chains backwards, one of each chain a step."""
    if not len(chain):
        return []
    last = np.flatnonzero(np.diff(chain, append=-1) != 0)
    back = last[np.searchsorted(last, np.arange(len(chain)))] - np.arange(len(chain))
    order = np.lexsort((np.arange(len(chain)), back))
    return np.split(order, np.flatnonzero(np.diff(back[order])) + 1)
