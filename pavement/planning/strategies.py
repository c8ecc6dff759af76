"""Strategies of each unit: one treatment in any year, or two or three in turn, with their gain and cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.planning.committed import Committed
from pavement.planning.dominance import Piece, worth_considering
from pavement.planning.economics import discount_factors, parameters, treatment_cost
from pavement.planning.outlook import Outlook, part
from pavement.planning.rollout import Course, course_penalty, treated, untreated
from pavement.planning.slots import SLOTS
from pavement.planning.treatments import Catalogue, lies_on, triggered

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# mobilisation of a treatment that its project pays, where the costs of the catalogue do not hold it
OF_PROJECT = "project_mobilisation"
_HELD = ["committed", "second_committed", "third_committed"]
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
        [points m2 year], committed and second_committed: whether people decided the work. Where the plan has more
        than ``third_years`` years, or people decided a third work, the same of a third, and second_benefit. What is
        left out tells :func:`pavement.planning.dominance.worth_considering`.

    Notes
    -----
    A third work follows those pairs only that are kept. That is not exact: the dearer of two pairs in the same years
    may leave the better ground for a third. On made networks the bound of all plans lost nothing by it.
    """
    count = len(area)
    of_project = None
    if OF_PROJECT in catalogue.treatments:
        of_project = catalogue.treatments[OF_PROJECT].to_numpy(np.float64)
    long = years > parameters()["third_years"]
    held = committed is not None and bool((committed.third != "").any())
    works = SLOTS if long or held else SLOTS[:2]
    kept = [_joined([], works)]
    for start in range(0, count, _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, count))
        block = _Block(part(look, rows), area[rows], weight[rows], years, catalogue, discount_rate, start, works)
        free = np.ones(len(rows), dtype=bool)
        pieces: list[Piece] = []
        if committed is not None:
            own = committed.some(np.isin(committed.unit, rows))
            free[own.unit - start] = False
            pieces = _of_committed(block, own)
        joined = _joined(pieces + _of_free(block, free), works)
        worth = worth_considering(joined, pruned=pruned, mobilisation=of_project)
        if long:
            thirds = _joined(_of_thirds(block, joined, worth), works)
            worth = np.append(worth, worth_considering(thirds, pruned=pruned, mobilisation=of_project))
            joined = {name: np.concatenate([values, thirds[name]]) for name, values in joined.items()}
        keys = (*works[::-1], *[f"{slot}_year" for slot in works[::-1]], "cost", "unit")
        order = np.lexsort([joined[k] for k in keys])
        order = order[worth[order]]
        kept.append({name: values[order] for name, values in joined.items()})
    found = {name: np.concatenate([k[name] for k in kept]) for name in kept[0]}
    names = ["", *catalogue.treatments.index]
    text = {slot: pd.Categorical.from_codes(found[slot] + 1, categories=names) for slot in works}
    return pd.DataFrame({c: text.get(c, values) for c, values in found.items()})


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
    slots: tuple[str, ...]

    def code(self, treatment: str) -> int:
        """Return the number of a treatment in the catalogue."""
        return int(self.catalogue.treatments.index.get_loc(treatment))

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
    after = followers(block.catalogue, years=block.years)
    found: list[Piece] = []
    for _, treatment in block.catalogue.treatments.iterrows():
        able = block.eligible(unit, plain, treatment, at=unit, step=year)
        rows, step = unit[able], year[able]
        if len(rows):
            begun = _begun(block, rows, plain, basis, str(treatment.name), step=step, cost=block.cost(rows, treatment))
            found += [begun.piece(), *[pair.piece() for pair in begun.followed(after[str(treatment.name)])]]
    return found


def _of_committed(block: _Block, committed: Committed) -> list[Piece]:
    """Return the strategies of units with decided work: all decided works, or the one work and what may follow it."""
    plain = untreated(block.look)
    basis = course_penalty(plain)
    after = followers(block.catalogue, years=block.years)
    found: list[Piece] = []
    alike = pd.DataFrame({slot: getattr(committed, slot) for slot in ("treatment", *SLOTS[1:])})
    for (name, second, third), at in alike.groupby(["treatment", "second", "third"], sort=False).indices.items():
        own = committed.some(np.isin(np.arange(len(alike)), at))
        every = np.arange(len(at))
        chain = _begun(block, own.unit - block.offset, plain, basis, str(name), step=own.step, cost=own.cost, held=True)
        if second:
            chain = chain.with_next(str(second), every, own.second_step, own.second_cost, held=True)
        if third:
            chain = chain.with_next(str(third), every, own.third_step, own.third_cost, held=True)
        found += [chain.piece(), *([] if second else [pair.piece() for pair in chain.followed(after[str(name)])])]
    return [_counted(p) for p in found]


def _counted(piece: Piece) -> Piece:
    """Return strategies of decided work, that is carried out all the same where its gain is unknown: as none."""
    return {c: np.nan_to_num(v) if "benefit" in c else v for c, v in piece.items()}


def _of_thirds(block: _Block, pairs: Piece, worth: NDArray[np.bool_]) -> Iterator[Piece]:
    """Yield chains of three works: what may follow each pair worth considering, by the years since its second."""
    plain = untreated(block.look)
    basis = course_penalty(plain)
    after = followers(block.catalogue, years=block.years)
    treatments = block.catalogue.treatments
    alike = np.flatnonzero(worth & (pairs["second"] >= 0) & (pairs["third"] < 0))
    codes, number = np.unique(np.stack([pairs[c][alike] for c in SLOTS[:2]]), axis=1, return_inverse=True)
    for at, names in enumerate(treatments.index.to_numpy(object)[codes.T].tolist()):
        own = alike[number.ravel() == at]
        one, other = ({c: pairs[f"{slot}_{c}"][own] for c in ("year", "cost")} for slot in SLOTS[:2])
        rows = pairs["unit"][own] - block.offset
        chain = _begun(block, rows, plain, basis, names[0], step=one["year"], cost=one["cost"])
        chain = chain.with_next(names[1], np.arange(len(own)), other["year"], other["cost"])
        chain.done.update({c: pairs[c][own] for c in _HELD})
        left = [one for one in after[names[1]] if names.count(one.treatment) < treatments.loc[one.treatment, "most"]]
        for found in chain.followed(left):
            yield found.piece() if not found.done["committed"].any() else _counted(found.piece())


@dataclass(frozen=True)
class _Chain:
    """Units after some works, each as often as these may be done: rows, last years, courses, gains, what was done."""

    block: _Block
    rows: Ints
    step: Ints
    course: Course
    basis: Floats
    gain: Floats
    works: int
    done: Piece

    def followed(self, after: list[Follower]) -> Iterator[_Chain]:
        """Yield the chains with one work more: each treatment that may follow, in each year in which it may."""
        for name, least, most in after:
            later = self.step[:, None] + np.arange(least, most + 1)
            at, gap = np.nonzero(later < self.block.years)
            step = later[at, gap]
            treatment = self.block.catalogue.treatments.loc[name]
            able = self.block.eligible(self.rows[at], self.course, treatment, at=at, step=step)
            if able.any():
                which = at[able]
                yield self.with_next(name, which, step[able], self.block.cost(self.rows[which], treatment))

    def with_next(self, name: str, which: Ints, step: Ints, cost: Floats, *, held: bool = False) -> _Chain:
        """Return some of the chains, each with one work more."""
        done = {c: v[which] for c, v in self.done.items()}
        return _worked(self.block, self.rows[which], self.course.rows(which), self.basis, name, step, cost,
                       works=self.works, done=done, held=held)  # fmt: skip

    def piece(self) -> Piece:
        """Return the strategies; of works that a chain does not have, -1 and no cost."""
        count, block = len(self.rows), self.block
        none = np.full(count, -1)
        found: Piece = {"unit": self.rows + block.offset} | self.done
        for slot in block.slots[self.works :]:
            found |= {slot: none, f"{slot}_year": none, f"{slot}_cost": np.zeros(count), f"{slot}_benefit": self.gain}
        return found | {"benefit": self.gain}


def _begun(  # noqa: PLR0913
    block: _Block, rows: Ints, plain: Course, basis: Floats, name: str, *, step: Ints, cost: Floats, held: bool = False
) -> _Chain:
    none = {c: np.zeros(len(rows), dtype=bool) for c in _HELD}
    return _worked(block, rows, plain.rows(rows), basis, name, step, cost, works=0, done=none, held=held)


def _worked(  # noqa: PLR0913
    block: _Block,
    rows: Ints,
    course: Course,
    basis: Floats,
    name: str,
    step: Ints,
    cost: Floats,
    *,
    works: int,
    done: Piece,
    held: bool,
) -> _Chain:
    """Return chains after one work more on each of the units of a course."""
    course = treated(course, block.look, block.catalogue.treatments.loc[name], step=step, rows=rows)
    gain, slot = block.gain(rows, course, basis), SLOTS[works]
    own: Piece = {slot: np.full(len(rows), block.code(name), dtype=np.int64), f"{slot}_year": step}
    told: Piece = {f"{slot}_cost": cost, f"{slot}_benefit": gain, _HELD[works]: np.full(len(rows), held)}
    return _Chain(block, rows, step, course, basis, gain, works + 1, done | own | told)


def _joined(found: list[Piece] | Iterator[Piece], works: tuple[str, ...]) -> Piece:
    """Return pieces end to end, with the cost of all works."""
    columns = ["unit"]
    for slot in works:
        columns += [slot, f"{slot}_year", f"{slot}_cost", f"{slot}_benefit"]
    # what a strategy gains by all its works is its benefit
    columns = [*columns[:-1], "benefit"]
    empty: dict[str, NDArray[Any]] = {
        c: np.empty(0, dtype=np.float64 if "cost" in c or "benefit" in c else np.int64) for c in columns
    }
    none = empty | {c: np.empty(0, dtype=bool) for c in _HELD[: len(works)]}
    parts = list(found)
    joined = {name: np.concatenate([values, *[p[name] for p in parts]]) for name, values in none.items()}
    return joined | {"cost": np.sum([joined[f"{slot}_cost"] for slot in works], axis=0)}
