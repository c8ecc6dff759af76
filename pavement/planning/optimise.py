"""The plan: which treatment, where and when, within the budget of each year, with a proven bound."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.errors import PlanError
from pavement.planning.choices import choices
from pavement.planning.course import chosen_course, network_condition
from pavement.planning.economics import parameters, traffic_weight
from pavement.planning.explain import Evidence, explained, left_alone
from pavement.planning.outlook import Forecast, outlook
from pavement.planning.penalty import penalty
from pavement.planning.rollout import untreated
from pavement.planning.solution import Solution, solved
from pavement.planning.strategies import Committed, committed_rows, strategies
from pavement.planning.treatments import Catalogue
from pavement.planning.worklist import actions
from pavement.progress import Progress, silent

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_NEEDED = ["unit", "route", "direction", "lane", "from_m", "to_m", "area_m2"]


@dataclass(frozen=True)
class Plan:
    """
    A plan with its proof.

    Attributes
    ----------
    actions
        Table ``actions``: one row a work, ranked; ``plan`` is empty until it is kept.
    condition
        year, scenario (``plan`` / ``nothing``), kind, mean, good_share, poor_share: by area, at the end of each year
        and, for the year before the first, at the start.
    budgets, spent, prices
        By year: money [NT$], money used [NT$], and the benefit one more NT$ would bring.
    value, bound, gap
        Benefit of the plan, proven upper bound of any plan, and ``(bound - value) / bound``.
    unplanned
        unit, reason_zh, reason_en: units that could not be planned, because their forecast is missing.
    left
        unit, reason_zh, reason_en: units for which no work was chosen, and why.
    reason_zh, reason_en
        Why the plan is empty; "" when it is not.
    method
        How the answer was found: units, strategies, solver status, gap asked for, discount rate.
    """

    actions: pd.DataFrame
    condition: pd.DataFrame
    budgets: pd.Series
    spent: pd.Series
    prices: pd.Series
    value: float
    bound: float
    gap: float
    unplanned: pd.DataFrame
    left: pd.DataFrame
    reason_zh: str
    reason_en: str
    method: dict[str, str | int | float]


def plan(
    units: pd.DataFrame,
    *,
    years: int,
    budgets: pd.Series,
    forecast: Forecast,
    catalogue: Catalogue,
    discount_rate: float,
    committed: pd.DataFrame | None = None,
    progress: Progress = silent,
) -> Plan:
    """
    Return the plan with the largest discounted, traffic-weighted gain in condition within yearly budgets.

    Parameters
    ----------
    units
        One row a treatment length: unit, route, direction, lane, from_m, to_m [m], area_m2 [m2], and its state now: any
        of iri, rut, crack_percent, pothole_area, ism, age, sn, asphalt_mm, esal, aadt … in the units of their kinds.
    years
        Years to plan.
    budgets
        Money of each plan year, indexed by calendar year. [NT$]
    forecast
        ``forecast(states, *, years)``: see :class:`pavement.planning.outlook.Forecast`.
    catalogue
        From :func:`pavement.planning.treatments.catalogue`.
    discount_rate
        Real rate. [1/year]
    committed
        Decided works: unit, year, treatment and optionally cost; they come off the top.
    progress
        Told how far the plan is.

    Raises
    ------
    PlanError
        Units, budgets or committed work are not what they must be, or committed work exceeds a budget.

    Notes
    -----
    Prices of money from the linear programme [1]_ choose a strategy for each unit; what is over budget is repaired,
    what is left is filled, and pairs are exchanged; up to ``exact_units`` units branch and bound finishes. The bound
    holds for every plan made of the strategies considered.

    References
    ----------
    .. [1] Karabakal, Bean, Lohmann (1994); Zhang, Fu, Gu, Ouyang, Hu (2017): Lagrangian duals for pavement programmes.
    """
    _check_units(units)
    money = _checked_budgets(budgets, years)
    p = parameters()
    units = units.reset_index(drop=True)
    progress(0, 4, "forecast")
    look = outlook(units, steps=years + int(p["tail_years"]), forecast=forecast, catalogue=catalogue)
    progress(1, 4, "strategies")
    table = strategies(
        look,
        area=units["area_m2"].to_numpy(float),
        weight=_weights(units),
        years=years,
        catalogue=catalogue,
        discount_rate=discount_rate,
        committed=_decided(committed, units, money, catalogue),
    )
    progress(2, 4, "prices")
    options = choices(table, years=years)
    answer = solved(options, money.to_numpy(float), parameters=p)
    progress(3, 4, "reasons")
    course = chosen_course(look, table.iloc[answer.taken[answer.taken >= 0]], catalogue=catalogue)
    prices = pd.Series(answer.prices, index=money.index, name="price")
    evidence = Evidence(look, course, table, options, answer.taken, prices, money, catalogue)
    made = _made(units, evidence, answer, discount_rate)
    progress(4, 4, "plan")
    return made


def _check_units(units: pd.DataFrame) -> None:
    if missing := sorted(set(_NEEDED) - set(units.columns)):
        raise PlanError(f"The units have no column {missing}.", cure="Make them with pavement.planning.units.units.")
    if units["unit"].duplicated().any():
        twice = units.loc[units["unit"].duplicated(), "unit"].iloc[0]
        raise PlanError(f"Unit {twice!r} stands twice.", cure="Give one row a unit: its newest state.")
    bad = ~(units["area_m2"] > 0)
    if bad.any():
        raise PlanError(f"Unit {units.loc[bad, 'unit'].iloc[0]!r} has no area.", cure="Give each unit its area in m2.")


def _checked_budgets(budgets: pd.Series, years: int) -> pd.Series:
    index = pd.Index(budgets.index)
    in_turn = len(index) == years >= 1 and (np.diff(index.to_numpy(int)) == 1).all()
    if not in_turn:
        raise PlanError(
            f"{len(index)} budgets do not fit {years} plan years.",
            cure="Give one budget for each calendar year in turn.",
        )
    money = budgets.astype(float)
    if money.isna().any():
        raise PlanError(f"The budget of {money.index[money.isna()][0]} is no number.", cure="Give an amount in NT$.")
    return money.rename("budget")


def _weights(units: pd.DataFrame) -> Floats:
    return traffic_weight(units["aadt"]).to_numpy(float) if "aadt" in units else np.ones(len(units))


def _decided(
    committed: pd.DataFrame | None, units: pd.DataFrame, money: pd.Series, catalogue: Catalogue
) -> Committed | None:
    """Return committed work by row, refused when it alone exceeds a budget."""
    if committed is None or committed.empty:
        return None
    years = len(money)
    decided = committed_rows(committed, units, first_year=int(money.index[0]), years=years, catalogue=catalogue)
    short = np.bincount(decided.step, decided.cost, minlength=years) - np.maximum(0.0, np.floor(money.to_numpy(float)))
    if (short > 0).any():
        year = int(money.index[int(np.argmax(short))])
        raise PlanError(
            f"Committed work exceeds the budget of {year} by {short.max():,.0f} NT$.",
            cure="Raise that budget, or move or release committed work.",
        )
    return decided


def _made(units: pd.DataFrame, evidence: Evidence, answer: Solution, discount_rate: float) -> Plan:
    """Return the plan as people see it."""
    money, table = evidence.budgets, evidence.strategies
    chosen = table.iloc[answer.taken[answer.taken >= 0]]
    listed = explained(actions(units, chosen, evidence.prices), evidence)
    missing = np.asarray(np.isnan(penalty(evidence.look.untreated)).any(axis=1))
    spent = pd.Series(evidence.choices.usage(answer.taken), index=money.index, name="spent")
    reason_zh, reason_en = ("", "") if len(listed) else _why_empty(units, table, money, missing)
    courses = {"plan": evidence.course, "nothing": untreated(evidence.look)}
    area = units["area_m2"].to_numpy(float)
    return Plan(
        actions=listed,
        condition=network_condition(courses, area, first_year=int(money.index[0]), years=len(money)),
        budgets=money,
        spent=spent,
        prices=evidence.prices,
        value=answer.value,
        bound=answer.bound,
        gap=(answer.bound - answer.value) / answer.bound if answer.bound > 0 else 0.0,
        unplanned=_unplanned(units, missing),
        left=left_alone(units, evidence, missing),
        reason_zh=reason_zh,
        reason_en=reason_en,
        method={
            "units": len(units),
            "strategies": len(table),
            "status": answer.status,
            "gap_asked": parameters()["gap"],
            "discount_rate": discount_rate,
        },
    )


def _unplanned(units: pd.DataFrame, missing: NDArray[np.bool_]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "unit": units["unit"].to_numpy(object)[missing],
            "reason_zh": "缺少現況或預測，未納入計畫；不代表狀況良好。",
            "reason_en": "Condition or forecast is missing, so it was not planned; this does not mean it is good.",
        }
    )


def _why_empty(
    units: pd.DataFrame, table: pd.DataFrame, money: pd.Series, missing: NDArray[np.bool_]
) -> tuple[str, str]:
    """Return why a plan holds no work, in both languages."""
    if units.empty:
        return "沒有處理單元。", "There are no treatment lengths."
    if missing.all():
        return "所有處理單元都缺少現況或預測。", "Condition or forecast is missing for every treatment length."
    if table.empty:
        return (
            "計畫期內沒有任何處理單元達到工法條件且有效益。",
            "No treatment is triggered with any gain on any treatment length in the plan years.",
        )
    most, least = max(0.0, float(money.max())), float(table["first_cost"].min())
    return (
        f"每年預算 {most:,.0f} 元容不下任何工作；最便宜者需 {least:,.0f} 元。",
        f"No work fits into a budget of NT$ {most:,.0f} a year; the cheapest costs NT$ {least:,.0f}.",
    )
