"""What each work of a length gains within projects: the best projects of its chain given that the length does it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pavement.planning.project_columns import Lanes, Pricing

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
        (G, W) the best of all but the group itself, where its work and mobilisation are at most those of a way.
    idle
        (G,) the best where the group has no work, whether or not one was decided for it.
    pricing, prices
        Ways to work, and the prices of the rows.
    """

    reduced: Floats
    rest: Floats
    idle: Floats
    pricing: Pricing
    prices: Floats

    def net(self) -> Floats:
        """
        Return the net gain of each strategy against no work on its length, (C,); -inf where no project can hold it.

        It is the best value of the chain with the strategy less the best without work on the length: what it gains
        after the price of money and limits, the mobilisation that is paid for it, and what neighbours do otherwise.
        """
        group = self.pricing.problem.choices.group
        return self._against_idle(group, self.reduced, self.rest[group, self.pricing.cell])

    def alone(self) -> Floats:
        """Return the net gain of each strategy by itself with a mobilisation of its own, of any length, (C,)."""
        crew = self.pricing.problem.crew
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
            (N, 2) plan years of both works, below 0 for none.
        mobilisation
            (N, 2) of both works. [NT$]
        reduced
            (N,) reduced benefit.
        """
        found = np.full(len(group), _NEVER)
        begin = 0
        for pair, most in self.pricing.ways():
            at = np.flatnonzero((years == pair).all(axis=1))
            for above, below in itertools.product((True, False), repeat=2):
                first, dear = _cap(most[0], mobilisation[at, 0], above=above)
                second, dearer = _cap(most[1], mobilisation[at, 1], above=below)
                more = dear * self.prices[pair[0]] + (dearer * self.prices[pair[1]] if pair[1] >= 0 else 0.0)
                rest = self.rest[group[at], begin + first * len(most[1]) + second]
                found[at] = np.maximum(found[at], rest - more)
            begin += len(most[0]) * len(most[1])
        return self._against_idle(group, reduced, found)

    def _against_idle(self, group: Ints, reduced: Floats, rest: Floats) -> Floats:
        with np.errstate(invalid="ignore"):
            return np.asarray(reduced + (rest - self.idle[group]))


def _cap(most: Floats, mobilisation: Floats, *, above: bool) -> tuple[Ints, Floats]:
    """Return the cap above or below each mobilisation, and by how much it exceeds that: it is then paid beside."""
    at = np.searchsorted(most, mobilisation) - (0 if above else 1)
    at = np.clip(at, 0, len(most) - 1)
    return at, np.maximum(0.0, mobilisation - most[at])


def within_projects(pricing: Pricing, prices: Floats) -> Within:
    """
    Return the values of each chain given what one of its groups does.

    Parameters
    ----------
    pricing
        Of the problem.
    prices
        (R,) of the rows, 0 or more.

    Notes
    -----
    Exact at the prices, over all possible projects, by forward and backward values of each chain: a project that covers
    a section is worth what lies before it, its sections to the left and right, what lies after it, and the section
    itself with the group held to its work. Where prices differ by category of work mobilisation counts at the least of
    them, as in :class:`pavement.planning.project_columns.Pricing`.
    """
    problem = pricing.problem
    lanes = pricing.lanes(prices)
    before, after = _beside(pricing, lanes)
    around = _around(pricing, lanes, before, after)
    own, others, top = _of_others(pricing, lanes)
    section = problem.section
    rest = _at_most(pricing, around[section] + others)
    free = np.where(_held(pricing), _NEVER, (before + after)[section])
    idle = np.maximum(free, (around[section] + np.where(own, others, top)).max(axis=1, initial=_NEVER))
    return Within(lanes.reduced, rest, idle, pricing, prices)


def _held(pricing: Pricing) -> NDArray[np.bool_]:
    """Return groups beside which, in their section, a work was decided for another, (G,)."""
    problem = pricing.problem
    decided = problem.choices.forced.astype(np.int64)
    count = np.bincount(problem.section, decided, minlength=problem.sections.count)
    return np.asarray(count[problem.section] - decided > 0)


def _of_others(pricing: Pricing, lanes: Lanes) -> tuple[NDArray[np.bool_], Floats, Floats]:
    """
    Return what the other groups of each one's section are worth in each way, (G, W).

    First whether any of them works of its own accord, then their sum where some may be idle, then the best one of them,
    that must work where none would: no section of a project stays idle.
    """
    problem = pricing.problem
    forced = problem.choices.forced[:, None]
    works = forced | (lanes.lane > 0)
    value = np.where(forced, lanes.lane, np.maximum(lanes.lane, 0.0))
    order = np.argsort(problem.section, kind="stable")
    some, others, top = np.zeros(works.shape, bool), np.zeros(value.shape), np.full(value.shape, _NEVER)
    starts = np.flatnonzero(np.diff(problem.section[order], prepend=-1) != 0)
    sizes = np.diff(np.append(starts, len(order)))
    place = np.arange(len(order)) - np.repeat(starts, sizes)
    # lanes are few: each takes in what stands 1, 2, ... places from it
    for step in range(1, int(sizes.max(initial=1))):
        to = (place + step) % np.repeat(sizes, sizes) + np.repeat(starts, sizes)
        near, far = order[step < np.repeat(sizes, sizes)], order[to[step < np.repeat(sizes, sizes)]]
        some[near] |= works[far]
        others[near] += value[far]
        top[near] = np.maximum(top[near], lanes.lane[far])
    return some, others, top


def _beside(pricing: Pricing, lanes: Lanes) -> tuple[Floats, Floats]:
    """Return the best value of what lies before and after each section in its chain, (S,)."""
    best, forced = _best(pricing, lanes), pricing.problem.forced
    chain = pricing.problem.sections.chain
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


def _best(pricing: Pricing, lanes: Lanes) -> Floats:
    """Return the value of the best project of each stretch, (S, L)."""
    value, allowed = lanes.section, pricing.allowed
    count = len(value)
    found = np.full(allowed.shape, _NEVER)
    running = value.copy()
    for more in range(allowed.shape[1]):
        if more:
            running[:-more] += value[more:]
            running[count - more :] = _NEVER
        found[:, more] = (running - lanes.charge).max(axis=1, initial=_NEVER)
    return np.where(allowed, found, _NEVER)


def _around(pricing: Pricing, lanes: Lanes, before: Floats, after: Floats) -> Floats:
    """Return the best value in each way of a project that covers a section and all beside it, the section apart."""
    value, allowed = lanes.section, pricing.allowed
    count, most = allowed.shape
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
            at = back + np.flatnonzero(allowed[: count - back, back + more])
            found[at] = np.maximum(found[at], left[at] + right[more][at])
    return np.asarray(found - lanes.charge)


def _at_most(pricing: Pricing, value: Floats) -> Floats:
    """Return the best over all ways of the same years whose caps are no lower."""
    found, begin = np.empty_like(value), 0
    for _, (first, second) in pricing.ways():
        size = len(first) * len(second)
        own = value[:, begin : begin + size].reshape(-1, len(first), len(second))[:, ::-1, ::-1]
        own = np.maximum.accumulate(np.maximum.accumulate(own, axis=1), axis=2)[:, ::-1, ::-1]
        found[:, begin : begin + size] = own.reshape(len(own), size)
        begin += size
    return found
