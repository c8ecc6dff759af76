"""The linear programme of projects: each section in one of them at most, all limits kept; it grows column by column."""

from __future__ import annotations

from typing import NamedTuple

import highspy
import numpy as np
from numpy.typing import NDArray

from pavement.errors import PlanError
from pavement.planning.programme import solver
from pavement.planning.projects import Columns, Problem, no_columns, together

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Duals(NamedTuple):
    """Prices (R,), value of each section (S,), optimum, share of each project, and what limits are missed by (R,)."""

    prices: Floats
    sections: Floats
    value: float
    share: Floats
    short: Floats


class Programme:
    """
    The programme on the projects found so far; a class because the solver keeps its basis from round to round.

    Parameters
    ----------
    problem
        Sections and limits.
    scale
        (R,) what amounts of each row are divided by.
    unit
        What benefits are divided by.
    """

    def __init__(self, problem: Problem, *, scale: Floats, unit: float) -> None:
        self._problem, self._scale, self._unit = problem, scale, unit
        self.columns: Columns = no_columns(problem.choices.rows)
        self._known: set[bytes] = set()
        self._misses = problem.choices.rows
        self._highs = solver()
        self._highs.changeObjectiveSense(highspy.ObjSense.kMaximize)
        sections, rows = problem.sections.count, problem.choices.rows
        lower = np.concatenate([np.where(problem.forced, 1.0, -highspy.kHighsInf), np.full(rows, -highspy.kHighsInf)])
        upper = np.concatenate([np.ones(sections), problem.limits / scale])
        none = np.empty(0, dtype=np.int32)
        self._highs.addRows(sections + rows, lower, upper, 0, none, none, np.empty(0))
        index = np.arange(sections, sections + rows, dtype=np.int32)
        zero, start = np.zeros(rows), np.arange(rows, dtype=np.int32)
        self._highs.addCols(rows, zero, zero, zero, rows, start, index, -np.ones(rows))

    def phase(self, *, elastic: bool) -> None:
        """Let limits be missed at a price, benefits not counted; or the other way round."""
        misses = np.arange(self._misses, dtype=np.int32)
        cost = -np.ones(self._misses) if elastic else np.zeros(self._misses)
        most = np.full(self._misses, highspy.kHighsInf) if elastic else np.zeros(self._misses)
        self._highs.changeColsCost(self._misses, misses, cost)
        self._highs.changeColsBounds(self._misses, misses, np.zeros(self._misses), most)
        self._elastic = elastic
        count = self.columns.count
        if count:
            own = np.arange(self._misses, self._misses + count, dtype=np.int32)
            value = np.zeros(count) if elastic else self.columns.value / self._unit
            self._highs.changeColsCost(count, own, value)

    def add(self, found: Columns) -> int:
        """Add projects that are not held yet; return how many."""
        # of equal ones the first
        first = {key: n for n, key in reversed(list(enumerate(found.keys())))}
        new = sorted(n for key, n in first.items() if key not in self._known)
        self._known.update(first)
        if not new:
            return 0
        found = found.some(np.array(new))
        start, index, value = entries(found, self._problem.sections.count, self._scale)
        cost = np.zeros(found.count) if self._elastic else found.value / self._unit
        self._highs.addCols(
            found.count, cost, np.zeros(found.count), np.full(found.count, highspy.kHighsInf), len(index),
            start[:-1].astype(np.int32), index, value,
        )  # fmt: skip
        self.columns = together([self.columns, found])
        return found.count

    def solved(self) -> Duals:
        """Return the optimum."""
        self._highs.run()
        status = self._highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            raise PlanError(
                f"The prices of the limits could not be found: {self._highs.modelStatusToString(status)}.",
                cure="Ease the tightest limits a little.",
            )
        solution = self._highs.getSolution()
        unit = 1.0 if self._elastic else self._unit
        dual = np.array(solution.row_dual) * unit
        values = np.array(solution.col_value)
        count = self._problem.sections.count
        return Duals(
            np.maximum(dual[count:], 0.0) / self._scale,
            dual[:count],
            self._highs.getInfo().objective_function_value * unit,
            values[self._misses :],
            values[: self._misses] * self._scale,
        )


def entries(found: Columns, sections: int, scale: Floats) -> tuple[Ints, NDArray[np.int32], Floats]:
    """Return the matrix of projects by column: starts, rows, values; sections first, then limits."""
    used = found.amount / scale
    project, row = np.nonzero(used)
    of_section = np.repeat(np.arange(found.count), found.length)
    within = np.arange(len(of_section)) - np.repeat(np.cumsum(found.length) - found.length, found.length)
    column = np.concatenate([of_section, project])
    index = np.concatenate([np.repeat(found.first, found.length) + within, sections + row])
    value = np.concatenate([np.ones(len(of_section)), used[project, row]])
    order = np.argsort(column, kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(column, minlength=found.count))])
    return start, index[order].astype(np.int32), value[order]
