"""What each work of a length gains within projects: the best projects of its chain given that the length does it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from pavement.planning.project_ways import ALL, FIRST, FREE, SECOND, Values, Ways
from pavement.planning.projects import Problem

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_NEVER = -np.inf


@dataclass(frozen=True)
class Within:
    """
    Values at some prices of the best set of projects of a chain, given what one of its groups does; others are free.

    Attributes
    ----------
    reduced
        (C,) reduced benefit of the strategies.
    rest
        (G, W) the best of all but the group itself, where it works in the years of a way with at most its mobilisation.
    idle
        (G,) the best where the group has no work, whether or not one was decided for it.
    ways, prices
        Ways to work, and the prices of the rows.
    value, others
        (S, W) value of each section in each way, and (G, W) of the others of each group's section, by the years of the
        project that need their work.
    """

    reduced: Floats
    rest: Floats
    idle: Floats
    ways: Ways
    prices: Floats
    value: Floats
    others: dict[int, Floats]

    def net(self) -> Floats:
        """
        Return the net gain of each strategy against no work on its length, (C,); -inf where no project can hold it.

        It is the best value of the chain with the strategy less the best without work on the length: what it gains
        after the price of money and limits, the mobilisation that is paid for it, and what neighbours do otherwise.
        """
        group = self.ways.problem.choices.group
        return self._against_idle(group, self.reduced, self.rest[group, self.ways.cell])

    def alone(self) -> Floats:
        """Return the net gain of each strategy by itself with a mobilisation of its own, of any length, (C,)."""
        crew = self.ways.problem.crew
        price = (crew.money @ self.prices - crew.worth)[crew.kind]
        return np.asarray(self.reduced - (crew.mobilisation * price).sum(axis=1))

    def gains(self, group: Ints, years: Ints, mobilisation: Floats, reduced: Floats) -> Floats:
        """
        Return the net gain of strategies that need not be among those of the problem, where budgets alone are limited.

        Parameters
        ----------
        group
            (N,) group of each.
        years
            (N, K) plan years of all works, below 0 for none.
        mobilisation
            (N, K) of all works. [NT$]
        reduced
            (N,) reduced benefit.
        """
        found = np.full(len(group), _NEVER)
        for begin, (pair, *most) in zip(self.ways.begins[:-1], self.ways.pairs, strict=True):
            at = np.flatnonzero((years[:, :2] == pair).all(axis=1) & (years[:, 2:] < 0).all(axis=1))
            for above, below in itertools.product((True, False), repeat=2):
                first, dear = _cap(most[0], mobilisation[at, 0], above=above)
                second, dearer = _cap(most[1], mobilisation[at, 1], above=below)
                more = dear * self.prices[pair[0]] + (dearer * self.prices[pair[1]] if pair[1] >= 0 else 0.0)
                rest = self.rest[group[at], begin + first * len(most[1]) + second]
                found[at] = np.maximum(found[at], rest - more)
        for number, own in enumerate(self.ways.threes):
            at = np.flatnonzero((years == own).all(axis=1))
            beyond = np.maximum(0.0, mobilisation[at] - self.ways.sizes.most[own, 1]) @ self.prices[own]
            cell = self.ways.cell_of(np.full(len(at), number), years[at], mobilisation[at])
            found[at] = self.rest[group[at], cell] - beyond
        return self._against_idle(group, reduced, found)

    def _against_idle(self, group: Ints, reduced: Floats, rest: Floats) -> Floats:
        with np.errstate(invalid="ignore"):
            return np.asarray(reduced + (rest - self.idle[group]))


def _cap(most: Floats, mobilisation: Floats, *, above: bool) -> tuple[Ints, Floats]:
    """Return the cap above or below each mobilisation, and by how much it exceeds that: it is then paid beside."""
    at = np.searchsorted(most, mobilisation) - (0 if above else 1)
    at = np.clip(at, 0, len(most) - 1)
    return at, np.maximum(0.0, mobilisation - most[at])


def within_projects(ways: Ways, prices: Floats, known: Within | None = None) -> Within:
    """
    Return the values of each chain given what one of its groups does.

    Parameters
    ----------
    ways
        Of the problem.
    prices
        (R,) of the rows, 0 or more.
    known
        The same at prices that differ in the budget of one year only, so that less is to be reckoned.

    Notes
    -----
    Exact at the prices, over all possible projects, by forward and backward values of each chain: a project that covers
    a section is worth what lies before it, its sections to the left and right, what lies after it, and the section
    itself with the group held to its work. Where prices differ by category of work mobilisation counts at the least of
    them, as in :class:`pavement.planning.project_columns.Pricing`. Not exact where mobilisation has a price below 0, as
    under a floor on the money of an office: a project then counts with the largest mobilisation of the catalogue that
    its works may have, also where theirs is smaller, so that values are upper bounds and net gains about right. So they
    are of projects of three years, whose mobilisation counts in two sizes.
    """
    problem, at = ways.problem, np.arange(ways.count)
    if known is not None:
        at = ways.worked_in(int(np.flatnonzero(prices != known.prices)[0]))
    values = ways.values(prices, at)
    others = _others(problem, values)
    value = _sections(problem, values, others)
    if known is not None:
        value = _put(known.value, at, value)
        others = {need: _put(known.others[need], at, own) for need, own in others.items()}
    before, after = _beside(ways, _best(ways, value, values.charge))
    section = problem.section
    around = _around(ways, value, before, after, values.charge)[section]
    rest = _rest(ways, around, others)
    free = np.where(_held(problem), _NEVER, (before + after)[section])
    idle = np.maximum(free, (around + others[ALL]).max(axis=1, initial=_NEVER))
    return Within(values.reduced, rest, idle, ways, prices, value, others)


def _put(whole: Floats, at: Ints, part: Floats) -> Floats:
    found = whole.copy()
    found[:, at] = part
    return found


def _held(problem: Problem) -> NDArray[np.bool_]:
    """Return groups beside which, in their section, a work was decided for another, (G,)."""
    decided = problem.choices.forced.astype(np.int64)
    count = np.bincount(problem.section, decided, minlength=problem.sections.count)
    return np.asarray(count[problem.section] - decided > 0)


def _others(problem: Problem, values: Values) -> dict[int, Floats]:
    """
    Return what the other groups of each one's section are worth in each way, (G, w).

    By the years of the project that need their work, since no section of it stays idle in any: 0 none, FIRST, SECOND,
    ALL; -inf where it cannot be. Work on a lane along a part of the section answers no need.
    """
    shape = values.option[ALL].shape
    cover = _cover(problem)
    found = {need: np.full(shape, 0.0 if need == FREE else _NEVER) for need in values.option}
    order = np.argsort(problem.section, kind="stable")
    starts = np.flatnonzero(np.diff(problem.section[order], prepend=-1) != 0)
    sizes = np.diff(np.append(starts, len(order)))
    start, size = np.repeat(starts, sizes), np.repeat(sizes, sizes)
    place = np.arange(len(order)) - start
    # lanes are few: each takes in what stands 1, 2, ... places from it
    for step in range(1, int(sizes.max(initial=1))):
        on = np.flatnonzero(step < size)
        near, far = order[on], order[(start + (place + step) % size)[on]]
        option = {work: value[far] for work, value in values.option.items()}
        before = {need: value[near] for need, value in found.items()}
        for need, value in found.items():
            value[near] = _joined(before, option, cover[far], need)
    return found


def _cover(problem: Problem) -> Floats:
    """Return what it is worth that work on a group answers the need of its section: 0, or -inf where it cannot."""
    return np.where(problem.whole, 0.0, _NEVER)[:, None]


def _joined(before: dict[int, Floats], option: dict[int, Floats], cover: Floats, need: int) -> Floats:
    """Return the best of what stands so far and one more lane together where work in the years of `need` is asked."""
    best = before[need] + reduce(np.maximum, option.values())
    for work, value in option.items():
        if work & need:
            np.maximum(best, before[need & ~work] + value + cover, out=best)
    return np.asarray(best)


def _sections(problem: Problem, values: Values, others: dict[int, Floats]) -> Floats:
    """Return the value of each section in each way, (S, w); -inf where nothing can be done."""
    held, lane = np.unique(problem.section, return_index=True)
    value = np.full((problem.sections.count, others[ALL].shape[1]), _NEVER)
    option = {work: own[lane] for work, own in values.option.items()}
    value[held] = _joined({need: own[lane] for need, own in others.items()}, option, _cover(problem)[lane], ALL)
    return value


def _rest(ways: Ways, around: Floats, others: dict[int, Floats]) -> Floats:
    """Return the best of all but each group where it works in the years of a way with at most its caps, (G, W)."""
    through = ways.problem.whole[:, None]
    found = around + np.where(through, others[FREE], others[ALL])
    for other, alone in ((SECOND, ways.of_first), (FIRST, ways.of_second)):
        # work in one year fits a project of two, too, where others work in the other
        at = np.argsort(alone, kind="stable")[int((alone < 0).sum()) :]
        if len(at):
            starts = np.flatnonzero(np.diff(alone[at], prepend=-1) != 0)
            rest = around + np.where(through, others[other], others[ALL])
            best = np.maximum.reduceat(rest[:, at], starts, axis=1)
            found[:, alone[at][starts]] = np.maximum(found[:, alone[at][starts]], best)
    for part in ways.inside:
        # work in some of three years fits where another lane works in all
        at = np.argsort(part, kind="stable")[int((part < 0).sum()) :]
        if len(at):
            starts = np.flatnonzero(np.diff(part[at], prepend=-1) != 0)
            best = np.maximum.reduceat((around + others[ALL])[:, at], starts, axis=1)
            found[:, part[at][starts]] = np.maximum(found[:, part[at][starts]], best)
    return ways.over_caps(found, up=False)


def _beside(ways: Ways, best: Floats) -> tuple[Floats, Floats]:
    """Return the best value of what lies before and after each section in its chain, (S,)."""
    forced, chain = ways.problem.forced, ways.problem.sections.chain
    count, most = best.shape
    before, after = np.zeros(count), np.zeros(count)
    for at in range(1, count):
        if chain[at] == chain[at - 1]:
            from_ = at - 1 - np.arange(min(most, at))
            ends = best[from_, at - 1 - from_] + before[from_]
            before[at] = max(ends.max(), _NEVER if forced[at - 1] else before[at - 1])
    for at in range(count - 2, -1, -1):
        if chain[at] == chain[at + 1]:
            lengths = np.arange(1, min(most, count - 1 - at) + 1)
            begins = best[at + 1, lengths - 1] + after[at + lengths]
            after[at] = max(begins.max(), _NEVER if forced[at + 1] else after[at + 1])
    return before, after


def _best(ways: Ways, value: Floats, charge: Floats) -> Floats:
    """Return the value of the best project of each stretch, (S, L)."""
    allowed = ways.allowed
    count = len(value)
    found = np.full(allowed.shape, _NEVER)
    running = value.copy()
    for more in range(allowed.shape[1]):
        if more:
            running[:-more] += value[more:]
            running[count - more :] = _NEVER
        found[:, more] = (running - charge).max(axis=1, initial=_NEVER)
    return np.where(allowed, found, _NEVER)


def _around(ways: Ways, value: Floats, before: Floats, after: Floats, charge: Floats) -> Floats:
    """Return the best value in each way of a project that covers a section and all beside it, the section apart."""
    count, most = ways.allowed.shape
    right = [np.broadcast_to(after[:, None], value.shape)]
    sums = np.zeros(value.shape)
    for more in range(1, most):
        sums[: count - more] += value[more:]
        sums[count - more :] = _NEVER
        right.append(sums + np.append(after[more:], np.zeros(more))[:, None])
    found = np.full(value.shape, _NEVER)
    sums = np.zeros(value.shape)
    for back in range(most):
        if back:
            sums[back:] += value[: count - back]
            sums[:back] = _NEVER
        left = sums + np.append(np.zeros(back), before[: count - back])[:, None]
        for more in range(most - back):
            at = back + np.flatnonzero(ways.allowed[: count - back, back + more])
            found[at] = np.maximum(found[at], left[at] + right[more][at])
    return np.asarray(found - charge)
