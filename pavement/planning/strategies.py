"""Strategies of each unit: one treatment in any year, or two in turn, with their gain and cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.planning.committed import Committed
from pavement.planning.dominance import Piece, worth_considering
from pavement.planning.economics import discount_factors, treatment_cost
from pavement.planning.outlook import Outlook, part
from pavement.planning.rollout import Course, course_penalty, treated, untreated
from pavement.planning.treatments import Catalogue, lies_on, triggered

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# mobilisation of a treatment that its project pays, where the costs of the catalogue do not hold it
OF_PROJECT = "project_mobilisation"
COLUMNS = [
    "unit",
    "first",
    "first_year",
    "first_cost",
    "first_benefit",
    "second",
    "second_year",
    "second_cost",
    "benefit",
]
_HELD = ["committed", "second_committed"]
# units rolled out together, each in all its years: their arrays then stay in the processor's cache
_BLOCK = 256


class Follower(NamedTuple):
    """A treatment that may follow another, and the fewest and most years between."""

    treatment: str
    least: int
    most: int


def strategies(
    look: Outlook,
    *,
    area: Floats,
    weight: Floats,
    years: int,
    catalogue: Catalogue,
    discount_rate: float,
    committed: Committed | None = None,
    pruned: bool = True,
) -> pd.DataFrame:
    """
    Return the strategies worth considering, in the order of units.

    Parameters
    ----------
    look
        Outlook of the units. No work but what is committed starts before ``earliest``, or before people allow it.
    area, weight
        Area [m2] and traffic weight of each unit.
    years
        Years in which work may start.
    catalogue
        Treatments with triggers and prices.
    discount_rate
        Real rate of a year.
    committed
        Work that every strategy of its unit holds.
    pruned
        Leave out what another strategy of the unit beats, and what gains nothing; not where more than money is limited.

    Returns
    -------
    frame
        Columns unit (row number), first, second (treatment id, "" for none), first_year, second_year (0 … years - 1, -1
        for none), first_cost, second_cost [NT$], first_benefit and benefit: discounted penalty saved x area x weight
        [points m2 year], committed and second_committed: whether people decided the work. What is left out tells
        :func:`pavement.planning.dominance.worth_considering`.
    """
    count = len(area)
    of_project = None
    if OF_PROJECT in catalogue.treatments:
        of_project = catalogue.treatments[OF_PROJECT].to_numpy(np.float64)
    kept = [_joined([])]
    for start in range(0, count, _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, count))
        block = _Block(part(look, rows), area[rows], weight[rows], years, catalogue, discount_rate, start)
        free = np.ones(len(rows), dtype=bool)
        pieces: list[Piece] = []
        if committed is not None:
            own = committed.some(np.isin(committed.unit, rows))
            free[own.unit - start] = False
            pieces = _of_committed(block, own)
        joined = _joined(pieces + _of_free(block, free))
        worth = worth_considering(joined, pruned=pruned, mobilisation=of_project)
        keys = ("second", "first", "second_year", "first_year", "cost", "unit")
        order = np.lexsort([joined[k] for k in keys])
        order = order[worth[order]]
        kept.append({name: values[order] for name, values in joined.items()})
    found = {name: np.concatenate([k[name] for k in kept]) for name in kept[0]}
    names = ["", *catalogue.treatments.index]
    text = {c: pd.Categorical.from_codes(found[c] + 1, categories=names) for c in ("first", "second")}
    return pd.DataFrame({c: text.get(c, found[c]) for c in [*COLUMNS, *_HELD, "cost"]})


def followers(catalogue: Catalogue, *, years: int) -> dict[str, list[Follower]]:
    """
    Return for each treatment those that may follow it within a plan of some years, from the pairs of the catalogue.

    No work follows within the moratorium of the first, and none twice that may be done once.
    """
    known, table = catalogue.treatments, catalogue.pairs
    found: dict[str, list[Follower]] = {str(name): [] for name in known.index}
    table = table[table["first"].isin(known.index) & table["second"].isin(known.index)]
    most = pd.to_numeric(table["gap_most"]).fillna(years - 1).clip(upper=years - 1)
    least = np.maximum(table["gap_least"], np.ceil(known["moratorium"].reindex(table["first"]).to_numpy(float)))
    for first, second, begin, end in zip(table["first"], table["second"], least, most, strict=True):
        twice = first == second and known.loc[second, "most"] < 2
        if begin <= end and not twice:
            found[str(first)].append(Follower(str(second), int(begin), int(end)))
    return found


@dataclass(frozen=True)
class _Block:
    """Some units with all that their strategies are reckoned from."""

    look: Outlook
    area: Floats
    weight: Floats
    years: int
    catalogue: Catalogue
    rate: float
    offset: int

    def gain(self, rows: Ints, course: Course, basis: Floats) -> Floats:
        """Return the benefit of courses of some units against the untreated penalty."""
        factors = discount_factors(self.look.steps, rate=self.rate)
        return (basis[rows] - course_penalty(course)) @ factors * self.area[rows] * self.weight[rows]

    def cost(self, rows: Ints, treatment: pd.Series) -> Floats:
        """Return the cost of a treatment on some units. [NT$]"""
        return treatment_cost(
            self.area[rows], unit_cost=float(treatment["cost_mid"]), mobilisation=float(treatment["mobilisation"])
        )

    def eligible(self, rows: Ints, course: Course, treatment: pd.Series, *, at: Ints, step: Ints) -> NDArray[np.bool_]:
        """Return where a treatment is triggered at the start of years `step`, on a surface for it, old enough and free.

        `rows` are the units, and `at` the rows of the course, that the years are of.
        """
        static = {kind: known[rows] for kind, known in self.look.static.items()}
        able = lies_on(static, treatment, count=len(rows)) & (self.look.earliest[rows] <= step)
        able &= ~(course.age[at, step] < float(treatment["least_age"]))
        for name in ("", str(treatment.name)):
            if name in self.look.barred:
                able &= self.look.barred[name][rows] <= step
        left = np.flatnonzero(able)
        rules = self.catalogue.rules[str(treatment.name)]
        asked = {trigger.kind for rule in rules for trigger in rule}
        values = {kind: path[at[left], step[left]] for kind, path in course.condition.items() if kind in asked}
        values |= {kind: known[left] for kind, known in static.items() if kind in asked or not values}
        able[left] = triggered(values, rules) if values else False
        return able


def _of_free(block: _Block, free: NDArray[np.bool_]) -> list[Piece]:
    plain = untreated(block.look)
    basis = course_penalty(plain)
    known = np.flatnonzero(free & ~np.isnan(basis).any(axis=1))
    unit = np.repeat(known, block.years)
    year = np.tile(np.arange(block.years), len(known))
    pairs = followers(block.catalogue, years=block.years)
    found: list[Piece] = []
    for _, treatment in block.catalogue.treatments.iterrows():
        able = block.eligible(unit, plain, treatment, at=unit, step=year)
        rows, step = unit[able], year[able]
        if len(rows):
            begun = _begun(block, rows, plain, basis, treatment, step=step, cost=block.cost(rows, treatment))
            found += [begun.alone(), *begun.followed(pairs[str(treatment.name)])]
    return found


def _of_committed(block: _Block, committed: Committed) -> list[Piece]:
    """Return the strategies of units with decided work: the pair alone, or the one work and what may follow it."""
    plain = untreated(block.look)
    basis = course_penalty(plain)
    pairs = followers(block.catalogue, years=block.years)
    found: list[Piece] = []
    for name in pd.unique(committed.treatment):
        own = committed.some(committed.treatment == name)
        treatment = block.catalogue.treatments.loc[name]
        for second in pd.unique(own.second):
            some = own.some(own.second == second)
            begun = _begun(
                block, some.unit - block.offset, plain, basis, treatment, step=some.step, cost=some.cost
            )  # fmt: skip
            if second:
                every = np.arange(len(some.unit))
                pieces = [begun.with_second(second, every, some.second_step, some.second_cost)]
            else:
                pieces = [begun.alone(), *begun.followed(pairs[str(name)])]
            found += [p | {"second_committed": np.full(len(p["unit"]), bool(second))} for p in pieces]
    # decided work on a unit without a forecast is carried out all the same; its gain is unknown and counts as none
    unknown = ("benefit", "first_benefit")
    return [p | {c: np.nan_to_num(p[c]) for c in unknown} | {"committed": np.ones(len(p["unit"]), bool)} for p in found]


@dataclass(frozen=True)
class _Begun:
    """Units after their first work, each as often as it may begin with it: rows, years, courses, gains and costs."""

    block: _Block
    rows: Ints
    step: Ints
    course: Course
    basis: Floats
    treatment: str
    gain: Floats
    cost: Floats

    def alone(self) -> Piece:
        """Return the first works without any other."""
        count = len(self.rows)
        return self._piece(np.arange(count), self.gain, -1, np.full(count, -1), np.zeros(count))

    def followed(self, after: list[Follower]) -> list[Piece]:
        """Return the pairs: each treatment that may follow, in each year in which it may."""
        found = []
        for second, least, most in after:
            later = self.step[:, None] + np.arange(least, most + 1)
            at, gap = np.nonzero(later < self.block.years)
            step = later[at, gap]
            treatment = self.block.catalogue.treatments.loc[second]
            able = self.block.eligible(self.rows[at], self.course, treatment, at=at, step=step)
            if able.any():
                which = at[able]
                found.append(
                    self.with_second(second, which, step[able], self.block.cost(self.rows[which], treatment))
                )  # fmt: skip
        return found

    def with_second(self, name: str, which: Ints, step: Ints, cost: Floats) -> Piece:
        """Return some of the first works, each with a second one."""
        treatments = self.block.catalogue.treatments
        rows = self.rows[which]
        again = treated(self.course.rows(which), self.block.look, treatments.loc[name], step=step, rows=rows)
        gain = self.block.gain(rows, again, self.basis)
        return self._piece(which, gain, int(treatments.index.get_loc(name)), step, cost)

    def _piece(self, which: Ints, benefit: Floats, second: int, year: Ints, second_cost: Floats) -> Piece:
        first = int(self.block.catalogue.treatments.index.get_loc(self.treatment))
        return {
            "unit": self.rows[which] + self.block.offset,
            "first": np.full(len(which), first, dtype=np.int64),
            "first_year": self.step[which],
            "first_cost": self.cost[which],
            "first_benefit": self.gain[which],
            "second": np.full(len(which), second, dtype=np.int64),
            "second_year": year,
            "second_cost": second_cost,
            "benefit": benefit,
            **{name: np.zeros(len(which), dtype=bool) for name in _HELD},
        }


def _begun(  # noqa: PLR0913
    block: _Block, rows: Ints, plain: Course, basis: Floats, treatment: pd.Series, *, step: Ints, cost: Floats
) -> _Begun:
    course = treated(plain.rows(rows), block.look, treatment, step=step, rows=rows)
    gain = block.gain(rows, course, basis)
    return _Begun(block, rows, step, course, basis, str(treatment.name), gain, cost)


def _joined(found: list[Piece]) -> Piece:
    """Return pieces end to end, with the cost of both works."""
    empty: dict[str, NDArray[Any]] = {
        c: np.empty(0, dtype=np.float64 if "cost" in c or "benefit" in c else np.int64) for c in COLUMNS
    }
    first = empty | {c: np.empty(0, dtype=bool) for c in _HELD}
    joined = {name: np.concatenate([values, *[p[name] for p in found]]) for name, values in first.items()}
    return joined | {"cost": joined["first_cost"] + joined["second_cost"]}
