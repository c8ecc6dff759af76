"""Which strategies are worth considering: what another of the same unit and years beats is left out."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pavement.planning.slots import of_slots, slots

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Piece = dict[str, NDArray[Any]]
# a second work that changes the benefit by less, of the larger of both, changes nothing
_SAME = 1e-9


def worth_considering(p: Piece, *, pruned: bool, mobilisation: Floats | None = None) -> Bools:
    """
    Return which strategies are kept.

    Parameters
    ----------
    p
        unit, first_year, second_year, first_cost, second_cost, cost, first, second (codes, -1 for none), first_benefit,
        benefit, committed; in long plans the same of a third work, and second_benefit.
    pruned
        Money alone is limited: what is beaten is left out, and what gains nothing where each work stands by itself.
        Else only what has no known gain, and, where each stands by itself, a later work that changes nothing.
    mobilisation
        By code of a treatment, what a project pays beside the costs; None where costs hold it. [NT$]

    Notes
    -----
    A strategy is beaten by one of the same unit and the same years that costs no more in each of them, asks for no more
    mobilisation, and gains no less. Where each work stands by itself, a pair is beaten too by a single work in one of
    its years that costs no more than the pair does there and gains no less; chains of three are compared with each
    other alone. In any plan within budgets the one that beats can stand in the place of the one beaten. In a project a
    work that gains nothing, or a later one that adds none, may fill a hole or make the stretch long enough: there no
    work can stand for a pair, nor none for a work.
    """
    known, free = np.isfinite(p["benefit"]), ~p["committed"]
    alone = mobilisation is None
    if not pruned:
        return known & ~(_idle(p) & free) if alone else known
    worth = _gaining(p) if alone else known
    worth &= ~_beaten(p, np.flatnonzero(worth & free), mobilisation)
    if alone:
        for year, cost in (("first_year", "first_cost"), ("second_year", "second_cost")):
            worth &= ~_beaten_by_one(p, np.flatnonzero(worth & free), year, cost)
    return np.asarray(worth | p["committed"])


def _idle(p: Piece) -> Bools:
    """Return which strategies have a last work that changes nothing."""
    found = np.zeros(len(p["benefit"]), dtype=bool)
    for before, slot in pairwise(slots(p)):
        own = p[f"{before}_benefit"]
        scale = np.maximum(np.abs(p["benefit"]), np.abs(own))
        found |= _ends_with(p, slot) & (np.abs(p["benefit"] - own) <= _SAME * scale)
    return found


def _gaining(p: Piece) -> Bools:
    """Return which strategies gain, and more by all works than without the last."""
    found = p["benefit"] > 0
    for before, slot in pairwise(slots(p)):
        found &= ~_ends_with(p, slot) | (p["benefit"] > p[f"{before}_benefit"])
    return np.asarray(found)


def _ends_with(p: Piece, slot: str) -> Bools:
    """Return which strategies have a work as their last one."""
    later = slots(p)[slots(p).index(slot) + 1 :]
    return np.asarray((p[slot] >= 0) & np.all([p[other] < 0 for other in later], axis=0))


def _beaten(p: Piece, at: Ints, mobilisation: Floats | None) -> Bools:
    """Return which strategies are beaten by another of the same unit and years."""
    works = slots(p)
    keys = ("unit", *of_slots(p, "year"))
    # by unit and years, cheapest first: what beats stands before what it beats
    order = at[np.lexsort((*[p[slot][at] for slot in reversed(works)], -p["benefit"][at], p["cost"][at],
                           *[p[k][at] for k in reversed(keys)]))]  # fmt: skip
    group = np.cumsum(np.any([np.diff(p[k][order], prepend=-2) != 0 for k in keys], axis=0))
    spent = [p[c][order] for c in of_slots(p, "cost")]
    if mobilisation is not None:
        # code -1, no work, is the last
        spent += [np.append(mobilisation, 0.0)[p[slot][order]] for slot in works]
    gain = p["benefit"][order]
    lost = np.zeros(len(order), dtype=bool)
    for lag in range(1, len(order)):
        pairs = np.flatnonzero(group[lag:] == group[:-lag])
        if not len(pairs):
            break
        beats = gain[pairs] >= gain[pairs + lag]
        for money in spent:
            beats &= money[pairs] <= money[pairs + lag]
        lost[pairs[beats] + lag] = True
    found = np.zeros(len(p["unit"]), dtype=bool)
    found[order[lost]] = True
    return found


def _beaten_by_one(p: Piece, at: Ints, year: str, cost: str) -> Bools:
    """Return which pairs are beaten by a single work in one of their years, that costs no more than they do there."""
    single = p["second"][at] < 0
    when = np.where(single, p["first_year"][at], p[year][at])
    money = np.where(single, p["first_cost"][at], p[cost][at])
    order = np.lexsort((~single, money, when, p["unit"][at]))
    unit, when, single, own = p["unit"][at][order], when[order], single[order], at[order]
    # of single works left, the dearer gains more: the last one before a pair is the best that it can be compared with
    last = np.maximum.accumulate(np.where(single, np.arange(len(own)), -1))
    same = (last >= 0) & (unit[last] == unit) & (when[last] == when)
    lost = same & ~single & (p["benefit"][own[last]] >= p["benefit"][own])
    found = np.zeros(len(p["unit"]), dtype=bool)
    found[own[lost]] = True
    return found
