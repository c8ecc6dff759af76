"""Limits as rows of the choices: what each strategy adds to each limit, in whole steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.condition.good_fair_poor import condition_limits
from pavement.errors import PlanError
from pavement.planning.choices import Choices
from pavement.planning.limited import amount_text
from pavement.planning.limits import LEAST, PENALTY, limit_kinds
from pavement.planning.outlook import Outlook
from pavement.planning.penalty import penalty
from pavement.planning.rollout import Course, treated, untreated
from pavement.planning.slots import of_slots, slots
from pavement.planning.treatments import Catalogue

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# steps that the largest amount of a row is counted in, at least; money is counted in whole NT$
_STEPS = 1e8
# a share of a step that rounding may be off by
_HAIR = 1e-6
# courses reckoned at a time, so that they stay in the processor's cache
_TOGETHER = 4_096
CONDITION = ("poor_share", "mean_condition")


@dataclass(frozen=True)
class Rows:
    """
    Choices with all rows, and what the rows are.

    Attributes
    ----------
    choices, limits
        Budgets first, then a row for each row of the table of limits.
    per
        (R,) what one step of a row is in the unit of its limit.
    names
        What each row is called.
    """

    choices: Choices
    limits: Floats
    per: Floats
    names: list[str]


@dataclass(frozen=True)
class Works:
    """What limits are reckoned from: units, their outlook, the table of strategies, and the catalogue."""

    units: pd.DataFrame
    look: Outlook
    strategies: pd.DataFrame
    catalogue: Catalogue


def with_rows(choices: Choices, money: pd.Series, limits: pd.DataFrame, works: Works) -> Rows:
    """
    Return choices and limits with a row for each limit beside the budgets.

    Parameters
    ----------
    choices
        Strategies with the budgets of the years as rows.
    money
        Budgets by calendar year. [NT$]
    limits
        From :func:`pavement.planning.limits.plan_limits`.
    works
        What amounts are reckoned from.

    Raises
    ------
    PlanError
        A limit cannot be met even if every unit did all it can for it; each is named with how far it is missed.

    Notes
    -----
    Amounts are rounded against the plan, up for what may not be passed, so that a limit is truly kept.
    """
    years = len(money)
    slots = _Slots(choices, years, limits.reset_index(drop=True))
    first = int(money.index[0])
    of_works = slots.limits[~slots.limits["kind"].isin(CONDITION)]
    kinds = limit_kinds()
    for (kind, side, _), rows in of_works.groupby(["kind", "side", of_works["scope"] == ""], sort=True):
        amounts = _of_works(str(kind), works)
        scopes = _scopes(str(kinds.loc[kind, "scope"]), rows, works)
        slots.add_works(rows, amounts, scopes, first, sign=-1.0 if side == LEAST else 1.0, money=_is_money(str(kind)))
    of_condition = slots.limits[slots.limits["kind"].isin(CONDITION)]
    if len(of_condition):
        _add_condition(slots, of_condition, works, first)
    made = slots.joined(money)
    _refuse_beyond_reach(made, years)
    return made


def _is_money(kind: str) -> bool:
    return str(limit_kinds().loc[kind, "unit"]) == "NT$"


class _Slots:
    """Slots of the strategies as they come; a class because every limit adds its own."""

    def __init__(self, choices: Choices, years: int, limits: pd.DataFrame) -> None:
        self.choices, self.years, self.limits = choices, years, limits
        self.rows = years + len(limits)
        self.row: list[NDArray[Any]] = []
        self.amount: list[Floats] = []
        self.most = np.zeros(len(limits))
        self.per = np.ones(len(limits))

    def add_works(
        self, rows: pd.DataFrame, amounts: Floats, scopes: Ints, first: int, *, sign: float, money: bool
    ) -> None:
        """Add limits of one kind on what works use; `scopes` (C, K) holds the scope of each work, -1 for none."""
        step = 1.0 if money else _step(amounts)
        own = rows["scope_number"].to_numpy(int) if "scope_number" in rows else np.zeros(len(rows), dtype=int)
        at = np.full((int(own.max()) + 2, self.years + 1), self.rows, dtype=np.int64)
        at[own, rows["year"].to_numpy(int) - first] = self.years + rows.index.to_numpy()
        year = self._year()
        # the last column and the last line stand for none
        within = np.where((scopes < 0) | (scopes > own.max()), at.shape[0] - 1, scopes)
        for slot in range(year.shape[1]):
            row = at[within[:, slot], np.where(year[:, slot] < 0, self.years, year[:, slot])]
            self._add(row, _counted(sign * amounts[:, slot], step))
        self._limit(rows, sign * rows["limit"].to_numpy(float), step, per=step)

    def add_change(self, number: int, change: Floats, room: float, *, share: float) -> None:
        """Add one limit on the condition: `change` (C,) that strategies make, `room` up to the limit."""
        step = _step(change)
        self._add(np.full(len(change), self.years + number), _counted(change, step))
        self._limit(self.limits.loc[[number]], np.array([room]), step, per=step * share)

    def _add(self, row: NDArray[Any], amount: Floats) -> None:
        self.row.append(np.where(amount == 0, self.rows, row))
        self.amount.append(np.where(row == self.rows, 0.0, amount))

    def _limit(self, rows: pd.DataFrame, limit: Floats, step: float, *, per: float) -> None:
        self.most[rows.index] = np.floor(limit / step + _HAIR)
        self.per[rows.index] = per

    def _year(self) -> Ints:
        # budgets are the first slots, one a work: their row is the year of the work
        year = self.choices.row.astype(np.int64)
        return np.where(year == self.years, -1, year)

    def joined(self, money: pd.Series) -> Rows:
        """Return choices and limits with all rows."""
        c = self.choices
        own = np.where(c.row == c.rows, self.rows, c.row.astype(np.int64))
        made = replace(
            c,
            row=np.column_stack([own, *self.row]),
            amount=np.column_stack([c.amount, *self.amount]).astype(np.float64),
            rows=self.rows,
        )
        names = [f"budget {year} [NT$]" for year in money.index]
        names += [_name(row) for row in self.limits.to_dict("records")]
        per = np.concatenate([np.ones(self.years), self.per])
        return Rows(made, np.concatenate([money.to_numpy(np.float64), self.most]), per, names)


def _name(row: dict[Any, Any]) -> str:
    scope = f" {row['scope']}" if row["scope"] else ""
    return f"{row['id']} ({row['kind']}{scope} {row['year']}) [{row['unit']}]"


def _step(amounts: Floats) -> float:
    """Return the step that amounts are counted in: a power of ten."""
    most = float(np.abs(amounts).max(initial=0.0))
    return float(10.0 ** np.floor(np.log10(most / _STEPS))) if most > 0 else 1.0


def _counted(amounts: Floats, step: float) -> Floats:
    return np.ceil(amounts / step - _HAIR) + 0.0


def _of_works(kind: str, works: Works) -> Floats:
    """Return what each work of each strategy uses, (C, K) of K works."""
    table = works.strategies
    if _is_money(kind):
        return table[of_slots(table, "cost")].to_numpy(np.float64)
    column = str(limit_kinds().loc[kind, "per_work"])
    size = (works.units["to_m"] - works.units["from_m"]) / 1000 if column.endswith("_km") else works.units["area_m2"]
    each = works.catalogue.treatments[column].astype(float)
    own = size.to_numpy(np.float64)[table["unit"].to_numpy(np.int64)]
    return np.column_stack([own * _by_treatment(table[c], each, 0.0).astype(np.float64) for c in slots(table)])


def _by_treatment(names: pd.Series, values: pd.Series, none: Any) -> NDArray[Any]:
    """Return the value of each treatment named, `none` where there is none."""
    known = values.to_dict()
    of_category = np.array([known.get(name, none) for name in names.cat.categories])
    return of_category[names.cat.codes.to_numpy()]


def _scopes(scope: str, rows: pd.DataFrame, works: Works) -> Ints:
    """Return the number of the scope of each work, (C, K), -1 where no limit holds for it; rows get their numbers."""
    table = works.strategies
    rows["scope_number"] = 0
    if not scope or (rows["scope"] == "").all():
        return np.zeros((len(table), len(slots(table))), dtype=np.int64)
    names = sorted(rows["scope"].unique())
    number = {name: n for n, name in enumerate(names)}
    rows["scope_number"] = rows["scope"].map(number)
    if scope == "office":
        of_unit = works.units["office"].map(number).fillna(-1).to_numpy(np.int64)
        own = of_unit[table["unit"].to_numpy(np.int64)]
        return np.column_stack([own] * len(slots(table)))
    category = works.catalogue.treatments["category"].map(number).fillna(-1).astype(int)
    return np.column_stack([_by_treatment(table[c], category, -1).astype(np.int64) for c in slots(table)])


def _add_condition(slots: _Slots, limits: pd.DataFrame, works: Works, first: int) -> None:
    """Add limits on the condition at the end of years: what strategies change, and the room without any work."""
    area = works.units["area_m2"].to_numpy(np.float64)
    keys = sorted({(str(k), str(s)) for k, s in zip(limits["kind"], limits["scope"], strict=True)})
    if unknown := sorted({scope for _, scope in keys} - {*works.look.untreated, PENALTY}):
        raise PlanError(
            f"Limits stand on {unknown}, which nothing forecasts.",
            cure="Train and promote a model of it, or leave the limit out.",
        )
    plain = {key: _measured(untreated(works.look), *key) for key in keys}
    steps = {key: sorted(limits.loc[_of(limits, key), "year"].astype(int) - first) for key in keys}
    change = {key: np.zeros((len(works.strategies), len(steps[key]))) for key in keys}
    for at, rows, course in courses(works):
        for key in keys:
            ends = np.array(steps[key]) + 1
            saved = _measured(course, *key)[:, ends] - plain[key][rows][:, ends]
            change[key][at] = np.nan_to_num(saved) * area[rows, None]
    for key in keys:
        for column, step in enumerate(steps[key]):
            number = int(limits.index[_of(limits, key) & (limits["year"] == first + step)][0])
            now = plain[key][:, step + 1]
            known = area[~np.isnan(now)].sum()
            scale = 0.01 if key[0] == "poor_share" else 1.0
            room = known * float(limits.loc[number, "limit"]) * scale - float(np.nansum(now * area))
            share = 1.0 / (max(float(known), 1e-12) * scale)
            slots.add_change(number, change[key][:, column], room, share=share)


def _of(limits: pd.DataFrame, key: tuple[str, str]) -> pd.Series:
    return (limits["kind"] == key[0]) & (limits["scope"] == key[1])


def _measured(course: Course, kind: str, scope: str) -> Floats:
    """Return what a limit counts of each unit by year: its value, or 1 where it is poor; NaN where not known."""
    values = penalty(course.condition, course.curves) if scope == PENALTY else course.condition[scope]
    if kind == "mean_condition":
        return values
    poor = (values > float(condition_limits().loc[scope, "poor_above"])).astype(np.float64)
    return np.where(np.isnan(values), np.nan, poor)


def courses(works: Works) -> Iterator[tuple[Ints, Ints, Course]]:
    """Yield strategies that are alike in treatments: their places, the rows of their units, their courses."""
    plain, treatments = untreated(works.look), works.catalogue.treatments
    table = works.strategies.reset_index(drop=True)
    works_of = list(slots(table))
    for names, group in table.groupby(works_of, observed=True, sort=True):
        for start in range(0, len(group), _TOGETHER):
            some = group.iloc[start : start + _TOGETHER]
            rows = some["unit"].to_numpy(np.int64)
            course = plain.rows(rows)
            for slot, name in zip(works_of, names, strict=True):
                if name:
                    step = some[f"{slot}_year"].to_numpy(np.int64)
                    course = treated(course, works.look, treatments.loc[name], step=step, rows=rows)
            yield some.index.to_numpy(), rows, course


def _refuse_beyond_reach(made: Rows, years: int) -> None:
    """Refuse limits below 0 that the strategies cannot reach, whatever else they do."""
    c = made.choices
    missed = []
    for number in range(years, c.rows):
        if made.limits[number] >= 0:
            continue
        least = 0.0
        if c.groups:
            used = np.where(c.row == number, c.amount, 0.0).sum(axis=1)
            lowest = np.minimum.reduceat(used, c.first)
            least = float(np.where(c.forced, lowest, np.minimum(lowest, 0.0)).sum())
        short = least - made.limits[number]
        if short > 0:
            missed.append(f"{made.names[number]} by {amount_text(short, made.per[number])}")
    if missed:
        raise PlanError(
            f"Not all limits can be met, whatever is chosen. Missed at least: {'; '.join(missed)}.",
            cure="Ease these limits, or allow other works.",
        )
