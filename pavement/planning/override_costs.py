"""What decisions of people cost: the benefit lost and the money, against the plan without each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.errors import PlanError
from pavement.planning.answer_words import asks
from pavement.planning.basis import Basis, unit_weights
from pavement.planning.choices import choices
from pavement.planning.committed import Committed
from pavement.planning.economics import parameters
from pavement.planning.forbidden import barred_units
from pavement.planning.limit_rows import Rows, Works, with_rows
from pavement.planning.outlook import part
from pavement.planning.policy import Answer
from pavement.planning.slots import SLOTS, of_slots, slots
from pavement.planning.strategies import strategies

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
COLUMNS = ["unit", "lost", "lost_most", "cost", "free_cost", "free_first", "free_year", "free_second",
           "free_second_year", "solved_lost", "solved_most", "solved_cost"]  # fmt: skip


@dataclass(frozen=True)
class Again:
    """
    What can be asked of a basis again.

    Attributes
    ----------
    plan
        The plan made anew from it, as the plan was made.
    bound
        What no plan of projects made from it passes, at prices of one unit of each limit; None of single works.
    """

    plan: Callable[[Basis], Answer]
    bound: Callable[[Basis, Floats], float] | None = None


def override_costs(
    ready: Basis, answer: Answer, money: pd.Series, limits: pd.DataFrame, *, again: Again
) -> pd.DataFrame:
    """
    Return what the decisions on each unit cost: columns ``COLUMNS``, in long plans free_third and free_third_year too.

    Parameters
    ----------
    ready
        Basis of the plan, with committed and forbidden works.
    answer
        The plan.
    money, limits
        Budgets and limits that it holds.
    again
        What plans without a decision reach, and what they cannot pass.

    Returns
    -------
    frame
        One row a unit on which people decided; no loss is below 0. lost: net gain of the best free strategy less that
        of the best one allowed, at the prices of the plan; missing where works are joined to projects, which such a
        difference of one unit does not count, and where the decided work is none that the unit would have. lost_most:
        more than that cannot be lost, whatever the rest would do; of projects it is the bound at the prices of the
        plan, reckoned for up to ``override_bounds`` units, or that of the plan made anew; missing where none is known.
        cost and free_cost: money of the unit as planned and of its best free strategy [NT$], which free_first … name
        where lost may be told. solved_lost, solved_most, solved_cost: what a plan made anew without these decisions
        gains more, 0 where none better was found within the gap; the most that any such plan could gain; and what it
        costs more [NT$], missing where nothing better was found. All three are missing where there are more than
        ``override_solves`` such units, or more than ``override_units`` units in all. Benefits in points m2 year; at
        least cost in NT$.

    Notes
    -----
    Without the decision the bound of a plan of single works rises by ``lost`` and no more (weak duality), so what is
    lost is at most that and how far the plan lies below its bound at the same prices. Of projects that bound is summed
    anew over all of them. A plan made anew brings a bound of its own. At least cost solved_lost is no more than the
    decided works cost, where a plan made anew does nothing on the unit; what solved_cost saves beyond that is the gap
    of the search. The plan that was made is itself a plan without
    the decision, so the decision never gains anything.
    """
    rows = barred_units(ready.look.barred)
    if ready.committed is not None:
        rows = np.union1d(rows, ready.committed.unit)
    if not len(rows):
        return pd.DataFrame(columns=COLUMNS)
    free = free_strategies(ready, rows, pruned=limits.empty)
    whole = _without(ready, rows, free)
    frame = _at_prices(ready, whole, rows, answer, _rows(whole, money, limits, answer.objective))
    p = parameters()
    if len(rows) <= p["override_solves"] and len(ready.units) <= p["override_units"]:
        kept = _addable(ready, limits)
        told = [
            _solved(_without(ready, rows[[n]], free), answer, again.plan, unit=kept.get(int(rows[n])), money=money)
            for n in range(len(rows))
        ]
        frame[["solved_lost", "solved_most", "solved_cost"]] = told
        frame["lost_most"] = np.fmin(frame["lost_most"], frame["solved_most"])
    if again.bound is not None and len(rows) <= p["override_bounds"]:
        prices = answer.solution.prices / answer.rows.per
        for n in np.flatnonzero(frame["lost_most"].isna()):
            most = again.bound(_without(ready, rows[[n]], free), prices) - answer.solution.value
            frame.loc[n, "lost_most"] = max(0.0, most)
    third = [c for c in frame if c in (f"free_{SLOTS[2]}", f"free_{SLOTS[2]}_year")]
    at = COLUMNS.index("solved_lost")
    return frame[[*COLUMNS[:at], *third, *COLUMNS[at:]]]


def _addable(ready: Basis, limits: pd.DataFrame) -> dict[int, str]:
    """Return by row the units with decided works that a plan without them can take besides: nothing caps works."""
    if ready.committed is None or not asks(limits).all():
        return {}
    return {int(row): str(ready.units["unit"].iloc[row]) for row in np.unique(ready.committed.unit)}


def _solved(
    whole: Basis, answer: Answer, again: Callable[[Basis], Answer], *, unit: str | None, money: pd.Series
) -> tuple[float, float, float]:
    """
    Return what the plan made anew gains more, the most that it could, and what it costs more; NaN without a plan.

    At least cost a decision of works on `unit` loses no more than they cost, where the plan made anew does nothing
    there and money remains for them: with them it keeps the decision.
    """
    try:
        made = again(whole)
    except PlanError:
        # other works may fit the limits in parts only
        return (np.nan, np.nan, np.nan)
    sign = -1.0 if answer.objective == "cost" else 1.0
    more = max(0.0, sign * (made.value - answer.value))
    spent = float(made.works["cost"].sum()) - float(answer.works["cost"].sum())
    most = max(more, sign * (made.bound - answer.value))
    if answer.objective == "cost" and unit is not None:
        more = min(more, _added(answer.works, made.works, unit, money))
    return (more, most, spent if more > 0 else np.nan)


def _added(works: pd.DataFrame, other: pd.DataFrame, unit: str, money: pd.Series) -> float:
    """Return what the works on a unit cost besides another plan without any there; inf where they do not fit."""
    own = works[works["unit"] == unit]
    # a share in the mobilisation of a project is not what a work alone pays
    each = own["cost"] - own["mobilisation"] + own["own"] if "own" in own else own["cost"]
    spent = pd.concat([other["cost"], each]).groupby(pd.concat([other["year"], own["year"]]).to_numpy()).sum()
    over = spent > money.reindex(spent.index).fillna(0.0)
    return np.inf if (other["unit"] == unit).any() or over.any() else float(each.sum())


def free_strategies(ready: Basis, rows: Ints, *, pruned: bool) -> pd.DataFrame:
    """Return the strategies that units would have if nobody had decided on them."""
    table = strategies(
        replace(part(ready.look, rows), barred={}),
        area=ready.units["area_m2"].to_numpy(float)[rows],
        weight=unit_weights(ready.units)[rows],
        years=len(ready.years),
        catalogue=ready.catalogue,
        discount_rate=ready.discount_rate,
        pruned=pruned,
    )
    table = table.assign(unit=rows[table["unit"].to_numpy(np.int64)])
    if slots(table) == slots(ready.strategies):
        return table
    # a short plan has third works only where people decided them
    none = pd.Categorical([""] * len(table), categories=table["first"].cat.categories)
    third = {SLOTS[2]: none, "third_year": -1, "third_cost": 0.0, "third_committed": False}
    return table.assign(second_benefit=table["benefit"], **third)[ready.strategies.columns]


def _without(ready: Basis, rows: Ints, free: pd.DataFrame) -> Basis:
    """Return the basis without the decisions on some units."""
    kept = ready.strategies[~ready.strategies["unit"].isin(rows)]
    table = pd.concat([kept, free[free["unit"].isin(rows)]], ignore_index=True)
    works = slots(table)
    keys = ["unit", "cost", *of_slots(table, "year"), *works]
    order = np.lexsort([table[k].cat.codes if k in works else table[k] for k in reversed(keys)])
    table = table.iloc[order].reset_index(drop=True)
    barred = {name: np.where(np.isin(np.arange(len(v)), rows), 0, v) for name, v in ready.look.barred.items()}
    return replace(
        ready,
        strategies=table,
        choices=choices(table, years=len(ready.years)),
        look=replace(ready.look, barred=barred),
        committed=_others(ready.committed, rows),
    )


def _others(committed: Committed | None, rows: Ints) -> Committed | None:
    if committed is None:
        return None
    return committed.some(~np.isin(committed.unit, rows))


def _rows(whole: Basis, money: pd.Series, limits: pd.DataFrame, objective: str) -> Rows:
    from pavement.planning.objectives import least_cost

    made = with_rows(whole.choices, money, limits, Works(whole.units, whole.look, whole.strategies, whole.catalogue))
    return replace(made, choices=least_cost(made.choices, budgets=len(money))) if objective == "cost" else made


def _at_prices(ready: Basis, whole: Basis, rows: Ints, answer: Answer, free: Rows) -> pd.DataFrame:
    # a step of a limit may count otherwise beside other strategies
    prices = answer.solution.prices / answer.rows.per * free.per
    taken, top = free.choices.best(free.choices.reduced(prices))
    own = answer.rows.choices
    held, allowed = own.best(own.reduced(answer.solution.prices)) if own.groups else (np.empty(0), np.empty(0))
    best = pd.Series(taken, index=_units(whole))
    lost = pd.Series(top, index=_units(whole)).reindex(rows, fill_value=0.0)
    lost -= pd.Series(allowed, index=_units(ready)).reindex(rows, fill_value=0.0)
    # the bound at these prices: a search may have proved a closer one, which says nothing of the free strategies
    gap = max(0.0, own.bound(answer.solution.prices, answer.rows.limits) - answer.solution.value)
    spent = pd.Series(answer.chosen["cost"].to_numpy(float), index=answer.chosen["unit"].to_numpy(np.int64))
    at = best.reindex(rows, fill_value=-1).to_numpy(np.int64)
    named = whole.strategies.iloc[at]
    none, start = at < 0, whole.years[0]
    frame = pd.DataFrame(
        {
            "unit": ready.units["unit"].to_numpy(object)[rows],
            "lost": lost.to_numpy(float),
            "lost_most": np.maximum(0.0, lost.to_numpy(float) + gap),
            "cost": spent.reindex(rows, fill_value=0.0).to_numpy(float),
            "free_cost": np.where(none, 0.0, named["cost"].to_numpy(float)),
            "free_first": np.where(none, "", named["first"].astype(str)),
            "free_year": np.where(none, np.nan, named["first_year"].to_numpy(float) + start),
            **_later(named, none, start),
            "solved_lost": np.nan,
            "solved_most": np.nan,
            "solved_cost": np.nan,
        }
    )
    return _tellable(frame, projects=answer.projects is not None, slack=1e-9 * abs(answer.bound))


def _later(named: pd.DataFrame, none: NDArray[np.bool_], start: int) -> dict[str, NDArray[Any]]:
    """Return the works after the first of the best free strategies, and their calendar years."""
    found: dict[str, NDArray[Any]] = {}
    for slot in slots(named)[1:]:
        year = named[f"{slot}_year"].to_numpy(float)
        found |= {f"free_{slot}": np.where(none, "", named[slot].astype(str)),
                  f"free_{slot}_year": np.where(none | (year < 0), np.nan, year + start)}  # fmt: skip
    return found


def _tellable(frame: pd.DataFrame, *, projects: bool, slack: float) -> pd.DataFrame:
    """Leave out what prices do not tell: lengths alone say nothing of projects, and no decision gains anything."""
    blank = (frame["lost"] < -slack) | projects
    frame["lost"] = frame["lost"].clip(lower=0.0)
    years = [f"free_{slot}_year" for slot in SLOTS if f"free_{slot}_year" in frame]
    frame.loc[blank, ["lost", "free_cost", "free_year", *years]] = np.nan
    frame.loc[blank, [f"free_{slot}" for slot in SLOTS if f"free_{slot}" in frame]] = ""
    if projects:
        frame["lost_most"] = np.nan
    return frame


def _units(ready: Basis) -> Ints:
    """Return the row of the unit of each group of choices."""
    return np.asarray(ready.strategies["unit"].to_numpy(np.int64)[ready.choices.first])
