"""All projects that there are, where they are few."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from pavement.planning.projects import Columns, Problem, columns_of
from pavement.planning.slots import SLOTS

Ints = NDArray[np.int64]


def all_projects(problem: Problem, *, most: int) -> Columns | None:
    """
    Return every possible project, or None where there are more than `most`.

    Parameters
    ----------
    problem
        Strategies, sections and the rules of a crew.
    most
        Projects, those that leave a section without work counted too.
    """
    c = problem.choices
    year = problem.years
    pairs = sorted({tuple(own) for own in year.tolist()})
    stretches = [(int(s), int(n) + 1) for s, n in np.argwhere(problem.allowed())]
    asked = [(first, length, pair) for first, length in stretches for pair in pairs]
    if len(asked) > most:
        return None
    ways = [_ways(problem, first, length, _able(year, pair)) for first, length, pair in asked]
    if sum(float(np.prod([float(len(w)) for w in own])) for own in ways) > most:
        return None
    first: list[int] = []
    size: list[int] = []
    strategy: list[int] = []
    project: list[int] = []
    for (begin, length, pair), own in zip(asked, ways, strict=True):
        for way in itertools.product(*own):
            works = [w for w in way if w >= 0]
            worked = {
                (int(problem.section[g]), int(y))
                for w in works
                if problem.whole[g := c.group[w]]
                for y in year[w]
                if y >= 0
            }
            if len(worked) == length * sum(y >= 0 for y in pair) and _led(problem, works, year, length):
                project += [len(first)] * len(works)
                first.append(begin)
                size.append(length)
                strategy += works
    numbers = [np.array(v, dtype=np.int64) for v in (first, size, strategy, project)]
    return columns_of(problem, *numbers)


def _led(problem: Problem, works: list[int], year: Ints, length: int) -> bool:
    """Return whether in a project of three years a lane of each section works in all of them."""
    years = {y for w in works for y in year[w].tolist() if y >= 0}
    leads = [w for w in works if (year[w] >= 0).sum() == len(years) and problem.whole[problem.choices.group[w]]]
    return len(years) < len(SLOTS) or len({int(problem.section[problem.choices.group[w]]) for w in leads}) == length


def _able(year: Ints, of_project: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return strategies that work in no other years than those of a project."""
    return np.asarray(((year < 0) | np.isin(year, [y for y in of_project if y >= 0])).all(axis=1))


def _ways(problem: Problem, first: int, length: int, able: NDArray[np.bool_]) -> list[list[int]]:
    """Return what each unit of a stretch can do: a strategy, or -1 for none where nothing was decided."""
    c = problem.choices
    inside = np.flatnonzero((problem.section >= first) & (problem.section < first + length))
    ends = np.append(c.first, len(c.group))
    found = []
    for group in inside.tolist():
        own = (np.flatnonzero(able[ends[group] : ends[group + 1]]) + ends[group]).tolist()
        found.append(own if c.forced[group] else [-1, *own])
    return found
