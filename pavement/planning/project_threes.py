"""Pricing of projects of three years: one lane of each section at least is worked on in all of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pavement.planning.project_lanes import NEVER, Block, in_one_year
from pavement.planning.projects import Problem

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# ways to work in three years: the mobilisation of each is one of the small or any
WAYS = 8
# sets of years priced at a time: their arrays then stay in the processor's cache
_TOGETHER = 32
# parts of three years in which a lane may work, the whole last
PARTS = [p for size in (1, 2, 3) for p in itertools.combinations(range(3), size)]


class Sizes(NamedTuple):
    """
    Mobilisations of the works of each plan year in two sizes, small and any.

    Attributes
    ----------
    least, most
        (T, 2) least and largest mobilisation of each size. [NT$]
    """

    least: Floats
    most: Floats


def sizes(years: Ints, mobilisation: Floats, *, count: int) -> Sizes:
    """
    Return the sizes of mobilisation in each of `count` plan years, cut where the next is most times the one before.

    Parameters
    ----------
    years, mobilisation
        (C, K) plan years of works, -1 for none, and their mobilisation. [NT$]
    """
    least, most = np.zeros((count, 2)), np.zeros((count, 2))
    for year in range(count):
        known = np.unique(mobilisation[years == year])
        if not len(known):
            continue
        cut = int(np.argmax(known[1:] / np.maximum(known[:-1], 1.0))) + 1 if len(known) > 1 else 0
        # of one mobilisation alone both sizes are the same
        small = known[: cut or 1]
        least[year], most[year] = (small[0], known[cut]), (small[-1], known[-1])
    return Sizes(least, most)


class Threes:
    """
    Prices projects of three years; a class because what does not depend on prices is made once.

    Parameters
    ----------
    problem, blocks
        The problem, and its sections in blocks.

    Attributes
    ----------
    years
        (N, 3) sets of three years that some strategy works in.

    Notes
    -----
    A lane of such a project is worked on in all three years or in some of them; in each section one that runs through
    it is worked on in all. Mobilisation counts in two sizes a year, at the least of its size, so that a project is
    priced no lower than it is worth and the bound holds; the projects that are made of it are added up exactly.
    """

    def __init__(self, problem: Problem, blocks: list[Block]) -> None:
        c, self.problem, self.blocks = problem.choices, problem, blocks
        own = problem.years
        last = int(own.max(initial=-1)) + 1
        self.sizes = sizes(own, problem.crew.mobilisation, count=last)
        three = own[own.min(axis=1) >= 0] if own.shape[1] > 2 else np.empty((0, 3), dtype=np.int64)
        self.years = np.unique(three, axis=0)
        if not self.count:
            return
        # works of each strategy by their years, as one number; those of three years come as in `years`
        self._base = last + 1
        code, number = np.unique(self._code(own), return_inverse=True)
        number = number.ravel()
        self._set_of = np.searchsorted(code, self._part_codes())
        known = code[np.minimum(self._set_of, len(code) - 1)] == self._part_codes()
        self._set_of = np.where(known, self._set_of, -1)
        # strategies of a group and set of years stand together
        key = number * c.groups + c.group
        self._order = np.argsort(key, kind="stable")
        self._keys = key[self._order]
        self._make_cells(own, last)

    @property
    def count(self) -> int:
        """Number of sets of three years, N."""
        return len(self.years)

    def _code(self, years: Ints) -> Ints:
        return np.asarray((years + 1) @ self._base ** np.arange(3)[::-1])

    def _part_codes(self) -> Ints:
        """Return the number of the years of each part of each set, (N, 7)."""
        found = []
        for part in PARTS:
            some = np.full((self.count, 3), -1)
            some[:, : len(part)] = self.years[:, part]
            found.append(self._code(some))
        return np.column_stack(found)

    def _make_cells(self, own: Ints, last: int) -> None:
        """Make the places of strategies in the tables of blocks: sets of three years, pairs of years, single years."""
        c = self.problem.choices
        block, place = np.empty(c.groups, dtype=np.int64), np.empty(c.groups, dtype=np.int64)
        width = np.ones(len(self.blocks), dtype=np.int64)
        for at, part in enumerate(self.blocks):
            block[part.groups], place[part.groups], width[at] = at, np.arange(len(part.groups)), len(part.groups)
        small = self.problem.crew.mobilisation <= self.sizes.most[own, 0]
        size = np.where(small, 0, 1)
        works = (own >= 0).sum(axis=1)
        full = np.searchsorted(self._code(self.years), self._code(own))
        cell = np.select(
            [works == 3, works == 2],
            [
                full * WAYS + size @ [4, 2, 1],
                self.count * WAYS + (own[:, 0] * last + own[:, 1]) * 4 + size[:, 0] * 2 + size[:, 1],
            ],
            (self.count * WAYS + last * last * 4) + own[:, 0] * 2 + size[:, 0],
        )
        self._rows = self.count * WAYS + last * last * 4 + last * 2
        self._last = last
        flat = cell * width[block[c.group]] + place[c.group]
        self._sorted = np.lexsort((flat, block[c.group]))
        flat, of_block = flat[self._sorted], block[c.group][self._sorted]
        new = (np.diff(of_block, prepend=-1) != 0) | (np.diff(flat, prepend=-1) != 0)
        self._starts = np.flatnonzero(new)
        self._flat = flat[self._starts]
        self._spans = np.searchsorted(of_block[self._starts], np.arange(len(self.blocks) + 1))

    def priced(self, reduced: Floats, least: Floats, worth: Floats, way: NDArray[np.int32]) -> None:
        """
        Fill in what projects of three years are worth at prices, and their ways.

        Parameters
        ----------
        reduced
            (C,) reduced benefit of the strategies.
        least
            What one NT$ of mobilisation costs at least, by year and section.
        worth, way
            (N, S, L) to be filled in.
        """
        if not self.count:
            return
        cells = np.maximum.reduceat(reduced[self._sorted], self._starts)
        charge = self.charges(least)
        for at, block in enumerate(self.blocks):
            own = block.sections
            for sets, value in self._of_sections(at, cells):
                a, b, c = (charge[:, :, own][self.years[sets, n]] for n in range(3))
                cost = a[:, :, None, None] + b[:, None, :, None] + c[:, None, None, :]
                _stretched(value, cost.reshape(value.shape), worth[sets, own], way[sets, own])

    def charges(self, least: Floats) -> Floats:
        """Return what mobilisation costs at least, by year, size and section; where it is worth something, at most."""
        price = least[: len(self.sizes.least), None]
        return np.minimum(self.sizes.least[:, :, None] * price, self.sizes.most[:, :, None] * price)

    def _of_sections(self, at: int, cells: Floats) -> Iterator[tuple[slice, Floats]]:
        """Yield sets of years and the value of each section of a block in them by way, (n, 8, S)."""
        block, last = self.blocks[at], self._last
        span = slice(*self._spans[at : at + 2])
        table = np.full((self._rows, len(block.groups)), NEVER)
        table.ravel()[self._flat[span]] = cells[span]
        full = _over_sizes(table[: self.count * WAYS].reshape(self.count, 2, 2, 2, -1), (1, 2, 3))
        two = table[self.count * WAYS : -last * 2].reshape(last, last, 2, 2, -1)
        one = _over_sizes(table[-last * 2 :].reshape(last, 2, -1), (1,))
        # in a pair of years the best of both, of the first alone and of the second
        two = np.maximum(_over_sizes(two, (2, 3)), one[:, None, :, None])
        np.maximum(two, one[None, :, None, :], out=two)
        for begin in range(0, self.count, _TOGETHER):
            sets = slice(begin, min(begin + _TOGETHER, self.count))
            a, b, c = self.years[sets].T
            some = np.maximum(full[sets], two[a, b][:, :, :, None])
            np.maximum(some, two[a, c][:, :, None], out=some)
            np.maximum(some, two[b, c][:, None], out=some)
            shape = (-1, some.shape[-1])
            value = in_one_year(block, some.reshape(shape), full[sets].reshape(shape))
            yield sets, value.reshape(sets.stop - begin, WAYS, -1)

    def strategies(self, reduced: Floats, group: Ints, place: Ints, sets: Ints, way: Ints) -> tuple[Ints, Ints]:
        """
        Return which of some lanes work, and their strategies, so that sections are worth most.

        Parameters
        ----------
        reduced
            (C,) reduced benefit of the strategies.
        group, place
            (N,) group and number of its section in a project, sorted.
        sets, way
            (N,) of the project: number of its years, and way to work.
        """
        some, full = (self._best(reduced, group, sets, way, parts) for parts in (range(len(PARTS)), (len(PARTS) - 1,)))
        value, whole = (np.where(s >= 0, reduced[s], NEVER) for s in (some, full))
        idle = np.where(self.problem.choices.forced[group], NEVER, 0.0)
        loss = np.where(self.problem.whole[group] & (full >= 0), np.maximum(idle, value) - whole, np.inf)
        # the lane of each section that loses least by work in all years does it
        order = np.lexsort((np.arange(len(place)), loss, place))
        lead = order[np.diff(place[order], prepend=-1) != 0]
        taken = np.where(value > idle, some, -1)
        taken[lead] = full[lead]
        at = np.flatnonzero(taken >= 0)
        return at, taken[at]

    def _best(self, reduced: Floats, group: Ints, sets: Ints, way: Ints, parts: tuple[int, ...] | range) -> Ints:
        """Return the best strategy of each lane in some parts of the years of a project, -1 for none."""
        items, found = [], []
        for part in parts:
            number = self._set_of[sets, part]
            key = number * self.problem.choices.groups + group
            begin, end = (np.searchsorted(self._keys, key, side=side) for side in ("left", "right"))
            size = np.where(number >= 0, end - begin, 0)
            item = np.repeat(np.arange(len(group)), size)
            within = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
            strategy = self._order[begin[item] + within]
            able = np.ones(len(item), dtype=bool)
            for slot, turn in enumerate(PARTS[part]):
                year = self.years[sets[item], turn]
                size_of = (way[item] >> (2 - turn)) & 1
                able &= self.problem.crew.mobilisation[strategy, slot] <= self.sizes.most[year, size_of]
            items.append(item[able])
            found.append(strategy[able])
        item, strategy = np.concatenate(items), np.concatenate(found)
        order = np.lexsort((strategy, -reduced[strategy], item))
        lanes, at = np.unique(item[order], return_index=True)
        best = np.full(len(group), -1)
        best[lanes] = strategy[order][at]
        return best


def _over_sizes(table: Floats, axes: tuple[int, ...]) -> Floats:
    """Return a table in whose `axes` any mobilisation holds the small ones too."""
    for axis in axes:
        small, each = np.moveaxis(table, axis, 0)
        np.maximum(small, each, out=each)
    return table


def _stretched(value: Floats, cost: Floats, worth: Floats, way: NDArray[np.int32]) -> None:
    """Fill in the best way of each stretch that begins at each section, (n, S, L): sums of `value` less `cost`."""
    running, count = value - cost, value.shape[2]
    for more in range(min(worth.shape[2], count)):
        if more:
            running = running[..., :-1]
            running += value[..., more:]
        most = running.argmax(axis=1)
        way[:, : count - more, more] = most
        worth[:, : count - more, more] = np.take_along_axis(running, most[:, None], axis=1)[:, 0]
