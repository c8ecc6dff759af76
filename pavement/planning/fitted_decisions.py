"""Decisions of people fitted to the lengths of a plan: what is committed, what is forbidden, and what does not fit."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from pavement.planning.committed import FIRST, SECOND, THIRD
from pavement.planning.decided_stretches import NO_LANE, OTHER_ENDS, stretches, units_of
from pavement.planning.economics import parameters
from pavement.planning.treatments import Catalogue

_WAY = ["route", "direction", "lane"]
_WORK = ("commit", "lock", "replace")
_RULE = ("defer", "forbid")
WHY = {
    NO_LANE: ("此處已無該車道之路段", "no cell of the lane lies there"),
    OTHER_ENDS: ("較晚之決定已改變此處之起訖", "a later decision has other ends there"),
    "over": ("所定年度已過", "its year is over"),
    "beyond": ("所定年度在本計畫之後", "its year lies beyond the plan"),
    "treatment": ("工法表已無此工法", "the catalogue has no such treatment"),
    "later": ("較晚之決定已取代", "a later decision holds there"),
    "gap": ("區間內路段不連續", "its cells do not touch"),
}


@dataclass(frozen=True)
class Fitted:
    """
    Decisions in a plan.

    Attributes
    ----------
    table
        The decisions with unit (the first that each binds), fits (``yes`` or ``no``), why_zh and why_en.
    committed
        Works that must be: unit, year, treatment, cost, mobilisation (the share in a project that the cost holds),
        what follows it in the columns ``SECOND`` and, where there is a third, ``THIRD``, kind, code, reason,
        decided_by; one row a unit.
    forbidden
        Works that must not be: unit, treatment ("" for any), before (calendar year, missing for the whole plan).
    binding
        Which decision (row of `table`) binds which unit.
    """

    table: pd.DataFrame
    committed: pd.DataFrame
    forbidden: pd.DataFrame
    binding: pd.DataFrame


def fitted(
    asked: pd.DataFrame,
    why: pd.Series,
    cells: pd.DataFrame,
    lengths: pd.DataFrame,
    *,
    years: range,
    rules: Catalogue,
) -> Fitted:
    """
    Return decisions as the plan of some lengths holds them.

    Parameters
    ----------
    asked
        Columns decision, kind, route, direction, lane, from_m, to_m, at_m, year, treatment, cost, code, reason,
        decided_by, the oldest first; where several works were decided, those after the first in the columns
        ``SECOND`` and ``THIRD``.
    why
        Why stretches found no place, from :func:`pavement.planning.decided_stretches.owners`.
    cells, lengths
        Cells, and lengths made from them with the stretches of the decisions.
    years, rules
        Of the plan.

    Notes
    -----
    A work binds the length that has its ends. Of several those are held whose years are neither over nor beyond the
    plan. That nothing, or nothing of a treatment, be done binds each length that
    lies in its stretch for the larger part, whatever its ends.
    """
    asked = _of_years(asked, years)
    wanted = stretches(asked)
    own = wanted.assign(unit=units_of(wanted, lengths, cells), why=why.to_numpy(object))
    own.loc[(own["why"] == "") & (own["unit"] == ""), "why"] = "gap"
    fault = own[own["why"] != ""].groupby("decision")["why"].first().reindex(asked.index, fill_value="")
    unit = own[own["unit"] != ""].groupby("decision")["unit"].first().reindex(asked.index, fill_value="")
    inside = _inside(asked[asked["kind"].isin(_RULE)], lengths)
    first = inside.groupby("row")["unit"].first()
    unit = unit.where(~asked["kind"].isin(_RULE), first.reindex(asked.index, fill_value=""))
    # a rule holds by place, so that other ends are no fault of it
    fault = fault.where(~asked["kind"].isin(_RULE), np.where(unit == "", NO_LANE, ""))
    fault = _timely(asked, fault, years, rules)
    works = asked["kind"].isin(_WORK) & (fault == "")
    beaten = unit[works].duplicated(keep="last")
    fault.loc[beaten[beaten].index] = "later"
    unit = unit.where(fault == "", "")
    table = asked.assign(
        unit=unit,
        fits=np.where(fault == "", "yes", "no"),
        why_zh=[WHY[w][0] if w else "" for w in fault],
        why_en=[WHY[w][1] if w else "" for w in fault],
    )
    held = table[table["kind"].isin(_WORK) & (table["fits"] == "yes")]
    inside = inside[(fault.loc[inside["row"]] == "").to_numpy()]
    forbidden = inside.assign(
        treatment=np.where(inside["kind"] == "forbid", inside["treatment"], ""),
        before=inside["year"].astype(float).where(inside["kind"] == "defer"),
    )
    works_of = [*FIRST, *[c for names in _later_works(asked) for c in names]]
    columns = ["unit", *works_of, "kind", "code", "reason", "decided_by"]
    numbers = {c: float for c in works_of if c.endswith(("cost", "mobilisation"))}
    return Fitted(
        table,
        held.reindex(columns=columns).astype({"year": int, **numbers}).reset_index(drop=True),
        forbidden[["unit", "treatment", "before"]].reset_index(drop=True),
        pd.concat([held[["unit"]].assign(row=held.index), inside[["unit", "row"]]], ignore_index=True),
    )


def _later_works(asked: pd.DataFrame) -> tuple[tuple[str, ...], ...]:
    """Return the columns of the works after the first one: a third only where decisions know of one."""
    return (SECOND, THIRD) if THIRD[1] in asked else (SECOND,)


def _of_years(asked: pd.DataFrame, years: range) -> pd.DataFrame:
    """Return decisions with several works as far as they lie in the years of a plan: all works, or those that do."""
    later = _later_works(asked)
    missing = [c for names in (FIRST, *later) for c in names if c not in asked]
    table = asked.reindex(columns=[*asked.columns, *missing]).reset_index(drop=True)
    for _, name, *_ in later:
        table[name] = table[name].astype(object).where(table[name].notna(), "")
    for _ in later:
        table = _moved_up(table, (FIRST, *later), first_year=years[0])
    for names in later:
        table = _left_out(table, names, table[names[0]].astype(float) > years[-1])
    return table


def _moved_up(table: pd.DataFrame, works: tuple[tuple[str, ...], ...], *, first_year: int) -> pd.DataFrame:
    """Return decisions whose first work is over, and a later one is not, without that work."""
    year = table[[names[0] for names in works]].astype(float)
    over = (year["year"] < first_year) & (year.max(axis=1) >= first_year)
    moved = {own: table[next_].where(over, table[own])
             for one, other in pairwise(works) for own, next_ in zip(one, other, strict=True)}  # fmt: skip
    moved |= {names[0]: moved[names[0]].astype("Int64") for names in works[:-1]}
    return _left_out(table.assign(**moved), works[-1], over)


def _left_out(table: pd.DataFrame, names: tuple[str, ...], where: pd.Series) -> pd.DataFrame:
    """Return decisions without one of their works where it is not held."""
    year, treatment, *_ = names
    left = {c: table[c].where(~where, "" if c == treatment else np.nan) for c in names}
    return table.assign(**left | {year: left[year].astype("Int64")})


def _inside(rules: pd.DataFrame, lengths: pd.DataFrame) -> pd.DataFrame:
    """Return the lengths that lie in the stretch of each rule for the larger part: row, kind, treatment, year, unit."""
    told = rules.assign(row=rules.index)[["row", "kind", "treatment", "year", *_WAY, "from_m", "to_m"]]
    units = lengths[["unit", *_WAY, "from_m", "to_m"]]
    both = told.astype({"lane": str}).merge(units.astype({"lane": str}), on=_WAY, suffixes=("", "_unit"))
    shared = both[["to_m", "to_m_unit"]].min(axis=1) - both[["from_m", "from_m_unit"]].max(axis=1)
    return both[shared >= parameters()["decision_overlap"] * (both["to_m_unit"] - both["from_m_unit"])].reset_index(
        drop=True
    )


def _timely(asked: pd.DataFrame, fault: pd.Series, years: range, rules: Catalogue) -> pd.Series:
    """Return the faults with those of years that are over or beyond, and of treatments that are no more."""
    year = asked["year"].astype(float)
    works, put_off = asked["kind"].isin(_WORK), asked["kind"] == "defer"
    names = ["", *rules.treatments.index]
    known = asked["treatment"].isin(names) & asked[[n[1] for n in _later_works(asked)]].isin(names).all(axis=1)
    for bad, name in (
        ((works & (year < years[0])) | (put_off & (year <= years[0])), "over"),
        (works & (year > years[-1]), "beyond"),
        ((works | (asked["kind"] == "forbid")) & ~known, "treatment"),
    ):
        fault = fault.where(~bad | (fault != ""), name)
    return fault
