"""Projects: neighbouring sections of a chain worked on in the same years, one mobilisation for each year of work."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.planning.choices import Choices
from pavement.planning.sections import Sections
from pavement.planning.slots import slots

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_NONE = 1e-6


@dataclass(frozen=True)
class Crew:
    """
    What a crew needs: extents of a project, and its mobilisation.

    Attributes
    ----------
    least, most
        Extent of a project. [m]
    mobilisation
        (C, K) of the K works of each strategy, two or in long plans three. [NT$]
    money
        How often one NT$ of a work counts in each row, (kinds of work, R).
    kind
        (C, K) kind of each work of each strategy, the last (a line of zeros) for none.
    area
        (G,) area of the groups' units, that mobilisation is shared out by. [m2]
    worth
        Benefit of one NT$ of mobilisation: 0, or -1 where the least cost is sought.
    """

    least: float
    most: float
    mobilisation: Floats
    money: Floats
    kind: Ints
    area: Floats
    worth: float = 0.0


@dataclass(frozen=True)
class Problem:
    """
    Strategies of units, without mobilisation in their costs, in sections and chains, with the rules of a crew.

    Attributes
    ----------
    choices, limits
        Strategies and whole limits of the rows.
    sections
        Sections of all units.
    section
        (G,) section of each group.
    crew
        Rules of projects.
    whole
        (G,) groups that run through their section: one of them at least works in each year of a project.
    """

    choices: Choices
    limits: Floats
    sections: Sections
    section: Ints
    crew: Crew
    whole: NDArray[np.bool_]

    @cached_property
    def years(self) -> Ints:
        """(C, K) plan years of the works of each strategy, -1 for none."""
        year = self.choices.row[:, : self.crew.mobilisation.shape[1]].astype(np.int64)
        return np.where(year >= self.choices.rows, -1, year)

    @property
    def forced(self) -> NDArray[np.bool_]:
        """(S,) sections that hold decided work."""
        found = np.zeros(self.sections.count, dtype=bool)
        found[self.section[self.choices.forced]] = True
        return found

    def allowed(self) -> NDArray[np.bool_]:
        """
        Return (S, L) whether 1 ... L sections from each one on may be a project.

        The extent must be at least the shortest, unless the whole chain is shorter or people decided a work in it, and
        no longer than the longest, unless one section alone is.
        """
        s, left, forced = self.sections, self.sections.left, self.forced
        starts = np.concatenate([[True], np.diff(s.chain) != 0])[: s.count]
        count = np.concatenate([[0], np.cumsum(forced)])
        kept: list[NDArray[np.bool_]] = []
        length = 1
        while length == 1 or (length <= left.max(initial=0) and kept[-1].any()):
            at = np.minimum(np.arange(s.count) + length, s.count)
            extent = s.to_m[at - 1] - s.from_m if s.count else np.empty(0)
            fits = (length <= left) & ((extent <= self.crew.most + _NONE) | (length == 1))
            kept.append(fits)
            length += 1
        found = np.column_stack(kept)
        for number in range(found.shape[1]):
            at = np.minimum(np.arange(s.count) + number + 1, s.count)
            extent = s.to_m[at - 1] - s.from_m if s.count else np.empty(0)
            decided = count[at] > count[np.arange(s.count)]
            whole = starts & (left == number + 1)
            found[:, number] &= (extent >= self.crew.least - _NONE) | decided | whole
        return found


@dataclass(frozen=True)
class Columns:
    """
    P projects, each with a strategy for some of its units.

    Attributes
    ----------
    first, length
        (P,) first section and number of sections.
    strategy, project
        (M,) strategies taken and the project of each, in the order of projects.
    value
        (P,) benefit, with what mobilisation is worth.
    amount
        (P, R) whole amounts of the rows, mobilisation with them.
    """

    first: Ints
    length: Ints
    strategy: Ints
    project: Ints
    value: Floats
    amount: Floats

    @property
    def count(self) -> int:
        """Number of projects, P."""
        return len(self.first)

    def some(self, which: Ints) -> Columns:
        """Return some of the projects, in the order given."""
        bounds = np.searchsorted(self.project, np.arange(self.count + 1))
        sizes = np.diff(bounds)[which]
        project = np.repeat(np.arange(len(which)), sizes)
        within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        strategy = self.strategy[np.repeat(bounds[:-1][which], sizes) + within]
        return Columns(
            self.first[which], self.length[which], strategy, project, self.value[which], self.amount[which]
        )  # fmt: skip

    def keys(self) -> list[bytes]:
        """Return what tells projects apart."""
        bounds = np.searchsorted(self.project, np.arange(self.count + 1)).tolist()
        place = np.column_stack([self.first, self.length])
        return [place[n].tobytes() + self.strategy[bounds[n] : bounds[n + 1]].tobytes() for n in range(self.count)]


def no_columns(rows: int) -> Columns:
    """Return no projects."""
    none = np.empty(0, dtype=np.int64)
    return Columns(none, none, none, none, np.empty(0), np.empty((0, rows)))


def together(parts: list[Columns]) -> Columns:
    """Return projects of several tables in one."""
    before = np.cumsum([0, *[p.count for p in parts[:-1]]])
    return Columns(
        np.concatenate([p.first for p in parts]),
        np.concatenate([p.length for p in parts]),
        np.concatenate([p.strategy for p in parts]),
        np.concatenate([p.project + n for p, n in zip(parts, before, strict=True)]),
        np.concatenate([p.value for p in parts]),
        np.concatenate([p.amount for p in parts]),
    )


def shared(total: Floats, size: Floats, group: Ints) -> Floats:
    """
    Return whole shares of whole totals, by size; what rounding leaves goes to the largest remainders.

    Parameters
    ----------
    total
        (P,) whole number of each group.
    size
        (M,) sizes above 0.
    group
        (M,) group of each, sorted.
    """
    if not len(size):
        return np.empty(0)
    exact = total[group] * size / np.bincount(group, size, minlength=len(total))[group]
    whole = np.floor(exact + 1e-9)
    rest = np.round(total - np.bincount(group, whole, minlength=len(total)))
    order = np.lexsort((np.arange(len(size)), -np.round(exact - whole, 9), group))
    begins = np.concatenate([[True], np.diff(group[order]) != 0])
    place = np.arange(len(size)) - np.maximum.accumulate(np.where(begins, np.arange(len(size)), 0))
    whole[order] += place < rest[group[order]]
    return np.asarray(whole)


def mobilisation_shares(problem: Problem, strategy: Ints, project: Ints) -> Floats:
    """
    Return the share of each work in the mobilisation of its project, (M, K). [NT$]

    The mobilisation of a project in a year is the largest of its works of that year; works share it by area.
    """
    crew, area = problem.crew, problem.crew.area[problem.choices.group[strategy]]
    own = crew.mobilisation[strategy]
    found = np.zeros(own.shape)
    if not len(strategy):
        return found
    years = problem.choices.row[strategy][:, : own.shape[1]].astype(np.int64)
    # a cost that people gave holds its mobilisation: such a work takes no share
    work, slot = np.nonzero((years < problem.choices.rows) & (own > 0))
    # a later work of one unit may stand beside the first of another
    turn = np.unique(project[work] * problem.choices.rows + years[work, slot], return_inverse=True)[1]
    order = np.argsort(turn, kind="stable")
    work, slot, turn = work[order], slot[order], turn[order]
    largest = np.zeros(turn.max(initial=-1) + 1)
    np.maximum.at(largest, turn, own[work, slot])
    found[work, slot] = shared(largest, area[work], turn)
    return found


def columns_of(problem: Problem, first: Ints, length: Ints, strategy: Ints, project: Ints) -> Columns:
    """Return projects with their value and amounts added up exactly from their strategies and mobilisation."""
    c, crew, count = problem.choices, problem.crew, len(first)
    amount = np.zeros((count, c.rows))
    value = np.bincount(project, c.benefit[strategy], minlength=count).astype(np.float64)
    share = mobilisation_shares(problem, strategy, project)
    for begin in range(0, len(strategy), 1 << 15):
        part = slice(begin, begin + (1 << 15))
        used = c.dense(strategy[part])
        for slot in range(share.shape[1]):
            used += crew.money[crew.kind[strategy[part], slot]] * share[part, slot, None]
        np.add.at(amount, project[part], used)
    value = value + crew.worth * np.bincount(project, share.sum(axis=1), minlength=count)
    return Columns(first, length, strategy, project, value, amount)


def money_rows(
    limits: pd.DataFrame, strategies: pd.DataFrame, units: pd.DataFrame, categories: pd.Series, *, years: range
) -> tuple[Floats, Ints]:
    """
    Return the rows that one NT$ of a work counts in, by kind of work, and the kind of all works of each strategy.

    Parameters
    ----------
    limits
        From :func:`pavement.planning.limits.plan_limits`: row ``years + n`` of the choices is its row n.
    strategies, units
        Of the plan; ``office`` of units where limits stand on offices.
    categories
        Category by treatment.
    years
        Calendar years of the plan.
    """
    count = len(years)
    office, offices = pd.factorize(units["office"].fillna("") if "office" in units else np.zeros(len(units)), sort=True)
    category, names = pd.factorize(categories.fillna("").astype(str), sort=True)
    of_treatment = dict(zip(categories.index, category.tolist(), strict=True))
    shape = (len(offices), max(1, len(names)), count)
    money = np.zeros((int(np.prod(shape)) + 1, count + len(limits)))
    at = np.arange(int(np.prod(shape))).reshape(shape)
    for step in range(count):
        money[at[:, :, step].ravel(), step] = 1.0
    asked = {"budget": None, "office_floor": 0, "office_cap": 0, "category_budget": 1}
    for number, row in enumerate(limits.to_dict("records")):
        if row["kind"] not in asked:
            continue
        which = at[:, :, int(row["year"]) - years[0]]
        if asked[row["kind"]] == 0:
            which = which[np.asarray(offices) == row["scope"]]
        elif asked[row["kind"]] == 1:
            which = which[:, np.asarray(names) == row["scope"]]
        money[which.ravel(), count + number] = -1.0 if row["side"] == "at_least" else 1.0
    kind = []
    of_unit = office[strategies["unit"].to_numpy(np.int64)]
    for slot in slots(strategies):
        own = strategies[slot].map(of_treatment).astype(float).fillna(0).to_numpy(np.int64)
        step = strategies[f"{slot}_year"].to_numpy(np.int64)
        kind.append(np.where(step < 0, len(money) - 1, at[of_unit, own, np.maximum(step, 0)]))
    return money, np.column_stack(kind).astype(np.int64)
