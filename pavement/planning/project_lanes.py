"""Lanes of a project: each idle, or worked on in its first year, its second or both; each section in every year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pavement.planning.projects import Problem

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# what a lane does: nothing, work in the first year of the project, in the second, in both; also years that need work
IDLE, FIRST, SECOND, BOTH = range(4)
NEVER = -np.inf
# sections priced at a time: their arrays then stay in the processor's cache
_BLOCK = 128


@dataclass(frozen=True)
class Block:
    """
    Sections of whole chains, priced together.

    Attributes
    ----------
    sections
        The sections, in a row.
    groups
        (G,) groups, lane by lane, each lane of those sections only that have so many, in the order `order`.
    lanes
        How many sections have a first lane, a second ...
    order, back
        (S,) sections with most lanes first, and the way back.
    idle
        (G,) what it is worth to leave a group idle: 0, or -inf where work was decided.
    cover
        (G,) what it is worth that a group alone works in its section: 0, or -inf where it runs through a part of it.
    """

    sections: slice
    groups: Ints
    lanes: list[int]
    order: Ints
    back: Ints
    idle: Floats
    cover: Floats


def blocks(problem: Problem) -> list[Block]:
    """Return the sections of a problem in blocks, no chain in two."""
    chain, section = problem.sections.chain, problem.section
    if not len(chain):
        return []
    begins = np.flatnonzero(np.diff(chain, prepend=-1) != 0)
    cut = begins[np.unique(np.searchsorted(begins, np.arange(0, len(chain), _BLOCK)).clip(max=len(begins) - 1))]
    ends = np.append(cut[1:], len(chain))
    by_section = np.lexsort((np.arange(len(section)), section))
    count = np.bincount(section, minlength=len(chain))
    first = np.concatenate([[0], np.cumsum(count)])
    found = []
    for begin, end in zip(cut.tolist(), ends.tolist(), strict=True):
        own = count[begin:end]
        order = np.lexsort((np.arange(end - begin), -own))
        lanes = [int((own > lane).sum()) for lane in range(int(own.max(initial=0)))]
        places = [first[begin + order[:size]] + lane for lane, size in enumerate(lanes)]
        groups = by_section[np.concatenate(places)] if places else np.empty(0, dtype=np.int64)
        idle = np.where(problem.choices.forced[groups], NEVER, 0.0)
        cover = np.where(problem.whole[groups], 0.0, NEVER)
        found.append(Block(slice(begin, end), groups, lanes, order, np.argsort(order), idle, cover))
    return found


def in_one_year(block: Block, work: Floats, needed: Floats | None = None) -> Floats:
    """
    Return the value of each section for each way, (W, S), -inf where nothing can be done.

    Parameters
    ----------
    block
        The sections.
    work
        (W, G) value of the best work of each group.
    needed
        The same of the works that one group at least of each section must do; any of them when not given.
    """
    asked = work if needed is None else needed
    value = np.full((len(work), len(block.order)), NEVER)
    begin = 0
    free = np.zeros_like(value)
    for size in block.lanes:
        own = slice(begin, begin + size)
        begin += size
        some, rest = value[:, :size], free[:, :size]
        some += np.maximum(block.idle[own], work[:, own])
        np.maximum(some, rest + (asked[:, own] + block.cover[own]), out=some)
        rest += np.maximum(block.idle[own], work[:, own])
    return value[:, block.back]


def in_two_years(block: Block, first: Floats, second: Floats, both: Floats) -> Floats:
    """
    Return the value of each section for each way, (V, W, S), -inf where no work in both years can be done.

    Parameters
    ----------
    block
        The sections.
    first, second
        (V, G) and (W, G) value of the best work of each group in the first year alone, and in the second.
    both
        (V, W, G) of the best works in both.

    Notes
    -----
    Lane by lane, four values: of the lanes so far, without a need of work, with work in the first year on one at least,
    in the second, and in both.
    """
    value = np.full((*both.shape[:2], len(block.order)), NEVER)
    begin, free, early, late = 0, value, value, value
    for lane, size in enumerate(block.lanes):
        part = slice(begin, begin + size)
        begin += size
        work = _Lane(block.idle[part], block.cover[part], first[:, None, part], second[None, :, part], both[..., part])
        own = value[..., :size]
        if lane:
            own += work.any
            np.maximum(own, early[..., :size] + work.late, out=own)
            np.maximum(own, late[..., :size] + work.early, out=own)
            np.maximum(own, free[..., :size] + work.each, out=own)
        else:
            own[:] = work.each
        # only sections with more lanes need the rest
        more = block.lanes[lane + 1] if lane + 1 < len(block.lanes) else 0
        if more:
            free, early, late = _others(lane, [v[..., :more] for v in (free, early, late)], work, more)
    return value[..., block.back]


class _Lane:
    """What a lane is worth: at its best, and where its work in the first year, the second or each is needed."""

    def __init__(self, idle: Floats, cover: Floats, a: Floats, b: Floats, ab: Floats) -> None:
        self.any = np.maximum(np.maximum(idle, a), np.maximum(b, ab))
        self.early, self.late, self.each = np.maximum(a, ab) + cover, np.maximum(b, ab) + cover, ab + cover


def _others(lane: int, before: list[Floats], work: _Lane, more: int) -> tuple[Floats, Floats, Floats]:
    """Return the values of lanes so far that need no work, some in the first year, and some in the second."""
    best, early, late = work.any[..., :more], work.early[..., :more], work.late[..., :more]
    if not lane:
        return best, early, late
    free_before, early_before, late_before = before
    early = np.maximum(early + free_before, early_before + best)
    late = np.maximum(late + free_before, late_before + best)
    return best + free_before, early, late


def chosen_works(value: Floats, place: Ints, idle: Floats, need: Ints, whole: NDArray[np.bool_]) -> Ints:
    """
    Return what each lane does, so that sections are worth most: IDLE, FIRST, SECOND or BOTH.

    Parameters
    ----------
    value
        (N, 3) value of each lane worked on in the first year, the second, both; -inf where it cannot be.
    place
        (N,) number of its section, sorted.
    idle
        (N,) what it is worth to leave it idle: 0, or -inf where work was decided.
    need
        (K,) years in which each section needs work: FIRST or BOTH.
    whole
        (N,) lanes that run through their section; only their work answers a need.
    """
    if not len(place):
        return np.empty(0, dtype=np.int64)
    begins = np.searchsorted(place, np.arange(len(need)))
    lane = np.arange(len(place)) - begins[place]
    lanes, rows = int(lane.max()) + 1, np.arange(len(need))
    options = np.full((4, lanes, len(need)), NEVER)
    options[IDLE] = 0.0
    options[IDLE, lane, place] = idle
    options[FIRST:, lane, place] = value.T
    through = np.zeros((lanes, len(need)), dtype=bool)
    through[lane, place] = whole
    left = [np.where(through, ~work & BOTH, BOTH) for work in range(4)]
    best = np.full((lanes + 1, 4, len(need)), NEVER)
    best[0, IDLE] = 0.0
    for at in range(lanes):
        for asked in range(4):
            best[at + 1, asked] = np.max(
                [best[at, asked & left[work][at], rows] + options[work, at] for work in range(4)], axis=0
            )
    taken, asked_of = np.zeros((lanes, len(need)), dtype=np.int64), need.copy()
    for at in reversed(range(lanes)):
        each = [best[at, asked_of & left[work][at], rows] + options[work, at] for work in range(4)]
        taken[at] = np.argmax(each, axis=0)
        asked_of &= np.stack(left)[taken[at], at, rows]
    return taken[lane, place]
