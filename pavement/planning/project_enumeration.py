"""All projects that there are, where they are few."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from pavement.planning.projects import Columns, Problem, columns_of

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
    year = np.where(c.row[:, :2] >= c.rows, -1, c.row[:, :2]).astype(np.int64)
    pairs = sorted({(int(a), int(b)) for a, b in year})
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
            if len(worked) == length * sum(y >= 0 for y in pair):
                project += [len(first)] * len(works)
                first.append(begin)
                size.append(length)
                strategy += works
    numbers = [np.array(v, dtype=np.int64) for v in (first, size, strategy, project)]
    return columns_of(problem, *numbers)


def _able(year: Ints, pair: tuple[int, int]) -> NDArray[np.bool_]:
    """Return strategies that work in no other years than those of a project."""
    return np.isin(year[:, 0], pair) & ((year[:, 1] < 0) | ((year[:, 0] == pair[0]) & (year[:, 1] == pair[1])))


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
