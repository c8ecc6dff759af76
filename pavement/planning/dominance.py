"""Which strategies are worth considering: what another of the same unit and years beats is left out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

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
        benefit, committed.
    pruned
        Money alone is limited: what is beaten is left out, and what gains nothing where each work stands by itself.
        Else only what has no known gain, and, where each stands by itself, a second work that changes nothing.
    mobilisation
        By code of a treatment, what a project pays beside the costs; None where costs hold it. [NT$]

    Notes
    -----
    A strategy is beaten by one of the same unit and the same years that costs no more in each of them, asks for no more
    mobilisation, and gains no less. Where each work stands by itself, a pair is beaten too by a single work in one of
    its years that costs no more than the pair does there and gains no less. In any plan within budgets the one that
    beats can stand in the place of the one beaten. In a project a work that gains nothing, or a second one that adds
    none, may fill a hole or make the stretch long enough: there no work can stand for a pair, nor none for a work.
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
    """Return which second works change nothing."""
    scale = np.maximum(np.abs(p["benefit"]), np.abs(p["first_benefit"]))
    return np.asarray((p["second"] >= 0) & (np.abs(p["benefit"] - p["first_benefit"]) <= _SAME * scale))


def _gaining(p: Piece) -> Bools:
    """Return which strategies gain, and more by two works than by the first alone."""
    return np.asarray((p["benefit"] > 0) & ((p["second"] < 0) | (p["benefit"] > p["first_benefit"])))


def _beaten(p: Piece, at: Ints, mobilisation: Floats | None) -> Bools:
    """Return which strategies are beaten by another of the same unit and years."""
    keys = ("unit", "first_year", "second_year")
    # by unit and years, cheapest first: what beats stands before what it beats
    order = at[np.lexsort((p["second"][at], p["first"][at], -p["benefit"][at], p["cost"][at],
                           *[p[k][at] for k in reversed(keys)]))]  # fmt: skip
    group = np.cumsum(np.any([np.diff(p[k][order], prepend=-2) != 0 for k in keys], axis=0))
    spent = [p["first_cost"][order], p["second_cost"][order]]
    if mobilisation is not None:
        # code -1, no work, is the last
        spent += [np.append(mobilisation, 0.0)[p[k][order]] for k in ("first", "second")]
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
