"""Strategies of each unit: one treatment in any year, or two in turn, with their gain and cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.errors import PlanError
from pavement.planning.economics import discount_factors, treatment_cost
from pavement.planning.outlook import Outlook, part
from pavement.planning.rollout import Course, course_penalty, treated, untreated
from pavement.planning.treatments import Catalogue, lies_on, triggered
from pavement.schema import read_table

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Piece = dict[str, NDArray[Any]]
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
# units rolled out together: their arrays then stay in the processor's cache
_BLOCK = 4_000


@dataclass(frozen=True)
class Committed:
    """Work that is decided: row of the unit, year of the plan, treatment, cost [NT$], and whether that was given."""

    unit: Ints
    step: Ints
    treatment: NDArray[np.object_]
    cost: Floats
    given: NDArray[np.bool_]


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
        Leave out what costs more and gains no more than another; not where more than money is limited.

    Returns
    -------
    frame
        Columns unit (row number), first, second (treatment id, "" for none), first_year, second_year (0 … years - 1, -1
        for none), first_cost, second_cost [NT$], first_benefit and benefit: discounted penalty saved x area x weight
        [points m2 year]. Strategies that gain nothing, or cost more and gain no more than another of the same unit and
        year, are left out, the latter where `pruned`.
    """
    count = len(area)
    pieces: list[Piece] = []
    pairs = _pairs(catalogue)
    for start in range(0, count, _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, count))
        block = _Block(part(look, rows), area[rows], weight[rows], years, catalogue, discount_rate, start, pairs)
        free = np.ones(len(rows), dtype=bool)
        if committed is not None:
            free[committed.unit[np.isin(committed.unit, rows)] - start] = False
            pieces += _of_committed(block, committed, rows)
        pieces += _of_free(block, free)
    joined = _joined(pieces)
    kept = _worth_considering(joined, pruned=pruned)
    keys = ("second", "first", "second_year", "first_year", "cost", "unit")
    order = np.lexsort([joined[k] for k in keys])
    order = order[kept[order]]
    names = ["", *catalogue.treatments.index]
    text = {c: pd.Categorical.from_codes(joined[c][order] + 1, categories=names) for c in ("first", "second")}
    return pd.DataFrame({c: text.get(c, joined[c][order]) for c in [*COLUMNS, "committed", "cost"]})


def _pairs(catalogue: Catalogue) -> dict[str, list[tuple[str, int]]]:
    """Return for each treatment those that may follow it, with the years between."""
    table = read_table("strategy_pairs")
    known = table[table["second"].isin(catalogue.treatments.index)]
    return {
        str(first): [(str(second), int(gap)) for second, gap in zip(rows["second"], rows["gap"], strict=True)]
        for first, rows in known.groupby("first", sort=False)
    }


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
    pairs: dict[str, list[tuple[str, int]]]

    def gain(self, rows: Ints, course: Course, basis: Floats, *, after: int) -> Floats:
        """Return the benefit of a course of some units against the untreated penalty."""
        factors = discount_factors(self.look.steps, rate=self.rate)[after:]
        saved = (basis[rows, after:] - course_penalty(course, after=after)) @ factors
        return saved * self.area[rows] * self.weight[rows]

    def cost(self, rows: Ints, treatment: pd.Series) -> Floats:
        """Return the cost of a treatment on some units. [NT$]"""
        return treatment_cost(
            self.area[rows], unit_cost=float(treatment["cost_mid"]), mobilisation=float(treatment["mobilisation"])
        )

    def eligible(self, rows: Ints, course: Course, treatment: pd.Series, *, step: int) -> NDArray[np.bool_]:
        """Return where a treatment is triggered at the start of a year on a surface for it, old enough and free."""
        values = {kind: path[:, step] for kind, path in course.condition.items()}
        static = {kind: known[rows] for kind, known in self.look.static.items()}
        able = lies_on(static, treatment, count=len(rows)) & ~(course.age[:, step] < float(treatment["least_age"]))
        able &= self.look.earliest[rows] <= step
        for name in ("", str(treatment.name)):
            if name in self.look.barred:
                able &= self.look.barred[name][rows] <= step
        return triggered(values | static, self.catalogue.rules[str(treatment.name)]) & able


def _of_free(block: _Block, free: NDArray[np.bool_]) -> list[Piece]:
    plain = untreated(block.look)
    basis = course_penalty(plain)
    known = free & ~np.isnan(basis).any(axis=1)
    everyone = np.arange(len(free))
    found = []
    for _, treatment in block.catalogue.treatments.iterrows():
        for step in range(block.years):
            rows = np.flatnonzero(block.eligible(everyone, plain, treatment, step=step) & known)
            if len(rows):
                found += _from_first(block, rows, plain, basis, treatment, step=step, cost=block.cost(rows, treatment))
    return found


def _of_committed(block: _Block, committed: Committed, rows: Ints) -> list[Piece]:
    plain = untreated(block.look)
    basis = course_penalty(plain)
    found = []
    here = np.isin(committed.unit, rows)
    keys = pd.DataFrame({"treatment": committed.treatment, "step": committed.step})[here]
    for (name, step), group in keys.groupby(["treatment", "step"]):
        at = group.index.to_numpy()
        own = committed.unit[at] - block.offset
        treatment = block.catalogue.treatments.loc[name]
        found += _from_first(block, own, plain, basis, treatment, step=int(step), cost=committed.cost[at])
    # decided work on a unit without a forecast is carried out all the same; its gain is unknown and counts as none
    unknown = ("benefit", "first_benefit")
    return [p | {c: np.nan_to_num(p[c]) for c in unknown} | {"committed": np.ones(len(p["unit"]), bool)} for p in found]


def _from_first(
    block: _Block, rows: Ints, plain: Course, basis: Floats, treatment: pd.Series, *, step: int, cost: Floats
) -> list[Piece]:
    """Return the strategies that begin with a treatment in a year, alone and followed by another."""
    look = part(block.look, rows)
    course = treated(plain.rows(rows), look, treatment, step=step)
    gain = block.gain(rows, course, basis, after=step)
    number = {name: code for code, name in enumerate(block.catalogue.treatments.index)}

    def piece(which: Ints, benefit: Floats, second: int, year: int, second_cost: Floats) -> Piece:
        same = {"first": number[str(treatment.name)], "first_year": step, "second": second, "second_year": year}
        return {
            "unit": rows[which] + block.offset,
            "first_cost": cost[which],
            "first_benefit": gain[which],
            "second_cost": second_cost,
            "benefit": benefit,
            "committed": np.zeros(len(which), dtype=bool),
            **{name: np.full(len(which), value, dtype=np.int64) for name, value in same.items()},
        }

    found = [piece(np.arange(len(rows)), gain, -1, -1, np.zeros(len(rows)))]
    for second, gap in block.pairs.get(str(treatment.name), []):
        later = step + max(gap, int(np.ceil(treatment["moratorium"])))
        follower = block.catalogue.treatments.loc[second]
        twice = second == treatment.name and follower["most"] < 2
        if later >= block.years or twice:
            continue
        which = np.flatnonzero(block.eligible(rows, course, follower, step=later))
        if len(which):
            chosen = rows[which]
            again = treated(course.rows(which), part(look, which), follower, step=later)
            benefit = block.gain(chosen, again, basis, after=step)
            found.append(piece(which, benefit, number[second], later, block.cost(chosen, follower)))
    return found


def _joined(found: list[Piece]) -> Piece:
    """Return pieces end to end, with the cost of both works."""
    empty = {c: np.empty(0, dtype=np.float64 if "cost" in c or "benefit" in c else np.int64) for c in COLUMNS}
    first = empty | {"committed": np.empty(0, dtype=bool)}
    joined = {name: np.concatenate([values, *[p[name] for p in found]]) for name, values in first.items()}
    return joined | {"cost": joined["first_cost"] + joined["second_cost"]}


def _worth_considering(p: Piece, *, pruned: bool) -> NDArray[np.bool_]:
    """Return which strategies are left without those that gain nothing or are beaten by a cheaper one."""
    worth = (p["benefit"] > 0) | p["committed"]
    if not pruned:
        return worth
    keys = ("unit", "first_year", "second_year")
    # by unit and years, cheapest first: each must gain more than all cheaper ones
    order = np.lexsort((p["second"], p["first"], -p["benefit"], p["cost"], *[p[k] for k in reversed(keys)]))
    order = order[worth[order]]
    change = np.any([np.diff(p[k][order], prepend=-2) != 0 for k in keys], axis=0)
    gain = pd.Series(p["benefit"][order]).groupby(np.cumsum(change))
    beaten = p["benefit"][order] <= gain.cummax().groupby(np.cumsum(change)).shift(fill_value=-np.inf).to_numpy()
    single = p["second"] < 0
    # costs of a pair fall in two years, so a dearer first may be the better deal: only single ones are pruned
    worth[order] &= ~(beaten & single[order] & ~p["committed"][order])
    return worth & (single | (p["benefit"] > p["first_benefit"]))


def committed_rows(
    committed: pd.DataFrame, units: pd.DataFrame, *, first_year: int, years: int, catalogue: Catalogue
) -> Committed:
    """
    Return decided work by row of its unit.

    Parameters
    ----------
    committed
        Columns unit, year (calendar), treatment and, optionally, cost [NT$]; the catalogue's price counts elsewhere.
        ``mobilisation`` is the share in that of a project which the cost holds: it is reckoned anew.
    units, first_year, years, catalogue
        As the plan has them.

    Raises
    ------
    PlanError
        A unit, year or treatment is not the plan's, or a unit stands twice.
    """
    row = pd.Series(np.arange(len(units)), index=units["unit"]).reindex(committed["unit"])
    step = committed["year"].to_numpy(int) - first_year
    known = committed["treatment"].isin(catalogue.treatments.index).to_numpy()
    bad = (
        row.isna().to_numpy()
        | (step < 0)
        | (step >= years)
        | ~known
        | committed["unit"].duplicated(keep=False).to_numpy()
    )
    if bad.any():
        wrong = committed[bad].iloc[0]
        raise PlanError(
            f"Committed work {wrong['treatment']!r} on {wrong['unit']!r} in {wrong['year']} does not fit the plan.",
            cure=f"One work a unit, a treatment of the catalogue, {first_year} to {first_year + years - 1}.",
        )
    rows = row.to_numpy(np.int64)
    prices = catalogue.treatments.loc[committed["treatment"], ["cost_mid", "mobilisation"]].to_numpy(float)
    priced = np.ceil(units["area_m2"].to_numpy(float)[rows] * prices[:, 0] + prices[:, 1] - 1e-6)
    given = committed["cost"].to_numpy(float) if "cost" in committed else np.full(len(rows), np.nan)
    share = committed["mobilisation"].to_numpy(float) if "mobilisation" in committed else np.full(len(rows), np.nan)
    # of a work out of a project its share in the mobilisation is reckoned anew; what people typed stands
    bare = ~np.isnan(share)
    cost = np.where(np.isnan(given), priced, np.ceil(given + np.where(bare, prices[:, 1] - share, 0.0) - 1e-6))
    typed = ~np.isnan(given) & ~bare
    return Committed(rows, step.astype(np.int64), committed["treatment"].to_numpy(object), cost, typed)
