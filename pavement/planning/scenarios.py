"""Scenarios: budgets and policies side by side on one outlook, the frontier of budgets, and what a goal costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.errors import PlanError
from pavement.planning.bands import Edges, banded
from pavement.planning.basis import Basis, checked_budgets
from pavement.planning.course import network_condition
from pavement.planning.economics import treatment_cost
from pavement.planning.penalty import penalty
from pavement.planning.policy import Answer, Policy, answered
from pavement.planning.rollout import Course, better, untreated
from pavement.planning.treatments import Catalogue, lies_on, reset_kinds, triggered
from pavement.planning.user_cost import IRI, user_cost
from pavement.progress import Progress, silent

Floats = NDArray[np.float64]
_USUAL = Policy()
NOTHING = "nothing"


@dataclass(frozen=True)
class Scenario:
    """
    Budgets and a policy under a name.

    Attributes
    ----------
    name
        Name that people give it.
    budgets
        By calendar year. [NT$]
    policy
        Limits and objective; the edge of the forecast is that of the basis.
    frontier
        Whether it is a point of the frontier of budgets.
    """

    name: str
    budgets: pd.Series
    policy: Policy = _USUAL
    frontier: bool = False


@dataclass(frozen=True)
class Goal:
    """A limit to be held at least cost, under a name: the table ``plan_limits`` as text, and budgets or none (inf)."""

    name: str
    limits: pd.DataFrame
    budgets: pd.Series


@dataclass(frozen=True)
class Compared:
    """
    Scenarios side by side.

    Attributes
    ----------
    summary
        A row a scenario or goal: scenario, kind (``scenario`` / ``frontier`` / ``goal``), objective, budget, spent
        [NT$], value, bound, gap, works, carbon [kgCO2e], why (not answered, else "").
    years
        scenario, year, budget, spent, backlog [NT$], carbon [kgCO2e], user_cost [NT$], user_known [-].
    condition
        year, scenario, kind, mean, good_share, poor_share, known_share, and the band of the three; scenario ``nothing``
        is no work.
    mix
        scenario, treatment, works, area_m2, cost.
    limits
        scenario, and the limits as :class:`pavement.planning.policy.Answer` tells them.
    """

    summary: pd.DataFrame
    years: pd.DataFrame
    condition: pd.DataFrame
    mix: pd.DataFrame
    limits: pd.DataFrame


def compared(
    ready: Basis,
    scenarios: list[Scenario],
    goals: list[Goal],
    *,
    ends: Edges | None = None,
    progress: Progress = silent,
) -> Compared:
    """
    Return scenarios and goals, answered on one outlook.

    Parameters
    ----------
    ready
        From :func:`pavement.planning.basis.basis`, not pruned.
    scenarios, goals
        What is asked.
    ends
        Outlook at the edges of the forecast, for bands; None for none.
    progress
        Told after each of them.

    Notes
    -----
    A scenario whose limits cannot be met says so in ``why``; the others go on. The value of a goal is its cost, the
    bound the proven least cost of any plan made of the strategies.
    """
    asked = [(s, "frontier" if s.frontier else "scenario") for s in scenarios]
    asked += [(Scenario(g.name, g.budgets, Policy(g.limits, "cost", file=g.name)), "goal") for g in goals]
    parts = [_without(ready, untreated(ready.look), ends)]
    for number, (scenario, kind) in enumerate(asked, start=1):
        parts.append(_told(ready, scenario, kind, ends))
        progress(number, len(asked), "scenarios")
    return Compared(*(_joined([part[n] for part in parts]) for n in range(5)))


Parts = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]


def _joined(frames: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else frames[0]


def _without(ready: Basis, plain: Course, ends: Edges | None) -> Parts:
    area = ready.units["area_m2"].to_numpy(float)
    condition = network_condition({NOTHING: plain}, area, first_year=ready.years[0], years=len(ready.years))
    none = pd.DataFrame()
    zero = pd.Series(0.0, index=list(ready.years))
    years = _years(ready, plain, NOTHING, budget=zero, spent=zero, carbon=zero)
    return none, years, banded(condition, ready, None, ends), none, none


def _years(
    ready: Basis, course: Course, name: str, *, budget: pd.Series, spent: pd.Series, carbon: pd.Series
) -> pd.DataFrame:
    steps = len(ready.years)
    unknown = np.full((len(ready.units), steps + 1), np.nan)
    users, known = user_cost(ready.units, course.condition.get(IRI, unknown)[:, 1 : steps + 1])
    return pd.DataFrame(
        {
            "scenario": name,
            "year": list(ready.years),
            "budget": budget.to_numpy(),
            "spent": spent.to_numpy(),
            "backlog": backlog(ready, course),
            "carbon": carbon.to_numpy(),
            "user_cost": users,
            "user_known": known,
        }
    )


def _told(ready: Basis, scenario: Scenario, kind: str, ends: Edges | None) -> Parts:
    money = checked_budgets(scenario.budgets)
    base = {"scenario": scenario.name, "kind": kind, "objective": scenario.policy.objective, "budget": money.sum()}
    none = pd.DataFrame()
    try:
        limits = scenario.policy.checked(ready.units, years=ready.years, catalogue=ready.catalogue)
        answer = answered(ready, money, limits, objective=scenario.policy.objective)
    except PlanError as error:
        if error.faults is not None and len(error.faults):
            raise
        return pd.DataFrame([{**base, "why": str(error)}]), none, none, none, none
    works = answer.works
    carbon = carbon_of(works, ready.catalogue)
    known = not carbon.isna().any()
    each = works.assign(carbon=carbon).groupby("year")[["cost", "carbon"]].sum().reindex(list(ready.years)).fillna(0.0)
    summary = {
        **base,
        "spent": float(works["cost"].sum()),
        "value": answer.value,
        "bound": answer.bound,
        "gap": answer.gap,
        "works": len(works),
        "carbon": float(carbon.sum()) if known else np.nan,
        "why": "",
    }
    gas = each["carbon"] if known else each["carbon"] * np.nan
    return (
        pd.DataFrame([summary]),
        _years(ready, answer.course, scenario.name, budget=money, spent=each["cost"], carbon=gas),
        banded(_condition(answer, scenario.name), ready, answer.chosen, ends),
        _mix(works, scenario.name),
        _limits(answer, scenario.name),
    )


def _condition(answer: Answer, name: str) -> pd.DataFrame:
    return answer.condition.assign(scenario=name)


def _mix(works: pd.DataFrame, name: str) -> pd.DataFrame:
    mix = works.assign(treatment=works["treatment"].astype(str)).groupby("treatment", as_index=False)
    found = mix.agg(works=("unit", "size"), area_m2=("area_m2", "sum"), cost=("cost", "sum"))
    return found.assign(scenario=name)[["scenario", "treatment", "works", "area_m2", "cost"]]


def _limits(answer: Answer, name: str) -> pd.DataFrame:
    return answer.limits.assign(scenario=name)


def carbon_of(works: pd.DataFrame, catalogue: Catalogue) -> pd.Series:
    """Return the greenhouse gas of each work, NaN where its treatment does not tell. [kgCO2e]"""
    if "kgco2e_m2" not in catalogue.treatments:
        return pd.Series(np.nan, index=works.index)
    each = works["treatment"].astype(str).map(catalogue.treatments["kgco2e_m2"].astype(float)).astype(float)
    return each * works["area_m2"]


def backlog(ready: Basis, course: Course) -> Floats:
    """
    Return the cost of all triggered work that is undone at the end of each year, (T,). [NT$]

    Parameters
    ----------
    ready
        Basis of the plan.
    course
        Condition of the units by year.

    Notes
    -----
    Of the treatments triggered on a unit that counts which takes most off the condition penalty at once, of equals the
    cheaper; with mobilisation, at the price of today. Units of unknown condition do not count.
    """
    area = ready.units["area_m2"].to_numpy(float)
    ends = slice(1, len(ready.years) + 1)
    shown = {kind: path[:, ends] for kind, path in course.condition.items()}
    values = shown | {kind: np.repeat(v[:, None], len(ready.years), axis=1) for kind, v in ready.look.static.items()}
    now, age = penalty(shown), course.age[:, ends]
    best, cost = np.zeros(now.shape), np.zeros(now.shape)
    for name, treatment in ready.catalogue.treatments.iterrows():
        young = age < float(treatment["least_age"])
        able = lies_on(ready.look.static, treatment, count=len(area))[:, None] & ~young
        due = triggered(values, ready.catalogue.rules[str(name)]) & able & ~np.isnan(now)
        price = treatment_cost(
            area, unit_cost=float(treatment["cost_mid"]), mobilisation=float(treatment["mobilisation"])
        )[:, None]
        # a treatment that resets nothing, as a seal, still is work to do
        gain = now - penalty(_after(shown, treatment)) + 1e-9
        taken = due & ((gain > best) | ((gain == best) & (price < cost)))
        best, cost = np.where(taken, gain, best), np.where(taken, price, cost)
    total: Floats = cost.sum(axis=0)
    return total


def _after(shown: dict[str, Floats], treatment: pd.Series) -> dict[str, Floats]:
    """Return condition at once after a treatment: its level, never worse than the value before."""
    found = dict(shown)
    for kind in reset_kinds():
        level = float(treatment[f"reset_{kind}"])
        if kind in shown and not np.isnan(level):
            found[kind] = better(shown[kind], level, kind)
    return found
