"""Scenarios: budgets and policies side by side on one outlook, the frontier of budgets, and what a goal costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pavement.errors import PlanError
from pavement.planning.answer_words import unasked_words
from pavement.planning.backlog import backlog
from pavement.planning.bands import Edges, banded
from pavement.planning.basis import Basis, checked_budgets
from pavement.planning.course import network_condition
from pavement.planning.frontier import Told, never_less
from pavement.planning.policy import Answer, Policy
from pavement.planning.project_answer import Joined, best_answer
from pavement.planning.rollout import Course, untreated
from pavement.planning.treatments import Catalogue
from pavement.planning.user_cost import IRI, growing, user_cost
from pavement.progress import Progress, silent

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
        A row a scenario or goal: scenario, kind (``scenario`` / ``frontier`` / ``goal``), objective, budget, spent and
        of it decided works [NT$], value, bound, gap, works, projects (missing where each work stands by itself), carbon
        [kgCO2e], plan_of (scenario of less money whose better plan it is, else ""), why (not answered, else "").
    years
        scenario, year, budget, spent, backlog [NT$], carbon [kgCO2e], user_cost [NT$], user_known, user_grown [-].
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


def money_alone(scenarios: list[Scenario], goals: list[Goal]) -> bool:
    """Return whether budgets are all that limits: then the basis may be pruned, as that of a plan without limits is."""
    return not goals and all(s.policy.limits is None or s.policy.limits.empty for s in scenarios)


def compared(
    ready: Basis,
    scenarios: list[Scenario],
    goals: list[Goal],
    *,
    ends: Edges | None = None,
    joined: Joined | None = None,
    progress: Progress = silent,
) -> Compared:
    """
    Return scenarios and goals, answered on one outlook.

    Parameters
    ----------
    ready
        From :func:`pavement.planning.basis.basis`, pruned only where :func:`money_alone`; of projects, of units and
        treatments :func:`pavement.planning.project_answer.ready_to_join`. Its units have the growth of their traffic
        where it is known, from :func:`pavement.condition.cell_traffic.stretch_growth`.
    scenarios, goals
        What is asked.
    ends
        Outlook at the edges of the forecast, for bands; None for none.
    joined
        How works join into projects; None where each stands by itself.
    progress
        Told after each of them.

    Notes
    -----
    A scenario whose limits cannot be met says so in ``why``; the others go on. The value of a goal is its cost, the
    bound the proven least cost of any plan made of the strategies. With as much money in every year and the same policy
    none is worth less than another: :func:`pavement.planning.frontier.never_less`.
    """
    asked = [(s, "frontier" if s.frontier else "scenario") for s in scenarios]
    asked += [(Scenario(g.name, g.budgets, Policy(g.limits, "cost", file=g.name)), "goal") for g in goals]
    told = []
    for number, (scenario, kind) in enumerate(asked, start=1):
        told.append(_told(ready, scenario, kind, ends, joined))
        progress(number, len(asked), "scenarios")
    none = pd.DataFrame()
    years, condition = _without(ready, untreated(ready.look), ends, joined)
    parts = [(none, years, condition, none, none)]
    parts += [(one.summary, one.years, one.condition, one.mix, one.limits) for one in never_less(told)]
    return Compared(*(_joined([part[n] for part in parts]) for n in range(5)))


def unasked_by_name(
    summary: pd.DataFrame, limits: pd.DataFrame, years: pd.DataFrame, *, language: str
) -> dict[str, str]:
    """Return by name of each question at least cost the warning that its last years asked for nothing, if they did."""
    calendar = range(int(years["year"].min()), int(years["year"].max()) + 1)
    rows = summary[(summary["objective"] == "cost") & (summary["why"].fillna("") == "")]
    told = {
        str(name): unasked_words(
            limits[limits["scenario"] == name] if len(limits) else limits, calendar, objective="cost", language=language
        )
        for name in rows["scenario"]
    }
    return {name: text for name, text in told.items() if text}


def _joined(frames: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else frames[0]


def _without(
    ready: Basis, plain: Course, ends: Edges | None, joined: Joined | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows by year and of the condition without work."""
    area = ready.units["area_m2"].to_numpy(float)
    condition = network_condition({NOTHING: plain}, area, first_year=ready.years[0], years=len(ready.years))
    zero = pd.Series(0.0, index=list(ready.years))
    money = pd.DataFrame({"budget": zero, "spent": zero, "carbon": zero})
    return _years(ready, plain, NOTHING, money, joined), banded(condition, ready, None, ends)


def _years(ready: Basis, course: Course, name: str, money: pd.DataFrame, joined: Joined | None) -> pd.DataFrame:
    """Return the rows by year of a course; `money` has budget, spent and carbon of each."""
    steps = len(ready.years)
    unknown = np.full((len(ready.units), steps + 1), np.nan)
    users, known = user_cost(ready.units, course.condition.get(IRI, unknown)[:, 1 : steps + 1], ready.years)
    length = (ready.units["to_m"] - ready.units["from_m"]).to_numpy(float)
    return pd.DataFrame(
        {
            "scenario": name,
            "year": list(ready.years),
            "budget": money["budget"].to_numpy(),
            "spent": money["spent"].to_numpy(),
            "backlog": backlog(ready, course, joined=joined),
            "carbon": money["carbon"].to_numpy(),
            "user_cost": users,
            "user_known": known,
            "user_grown": (growing(ready.units) * length).sum() / max(float(length.sum()), 1e-9),
        }
    )


def _told(ready: Basis, scenario: Scenario, kind: str, ends: Edges | None, joined: Joined | None) -> Told:
    money, policy = checked_budgets(scenario.budgets), scenario.policy
    base = {"scenario": scenario.name, "kind": kind, "objective": policy.objective, "budget": money.sum()}
    none = pd.DataFrame()
    try:
        limits = policy.checked(ready.units, years=ready.years, catalogue=ready.catalogue)
        answer = best_answer(ready, money, limits, joined, objective=policy.objective)
    except PlanError as error:
        if error.faults is not None and len(error.faults):
            raise
        refused = pd.DataFrame([{**base, "plan_of": "", "why": str(error)}])
        return Told(scenario.name, policy, money, refused, none, none, none, none)
    works = answer.works
    carbon = carbon_of(works, ready.catalogue)
    each = works.assign(carbon=carbon).groupby("year")[["cost", "carbon"]].sum().reindex(list(ready.years)).fillna(0.0)
    if carbon.isna().any():
        each["carbon"] = np.nan
    by_year = pd.DataFrame({"budget": money, "spent": each["cost"], "carbon": each["carbon"]})
    return Told(
        scenario.name,
        policy,
        money,
        pd.DataFrame([base | _summary(answer, carbon)]),
        _years(ready, answer.course, scenario.name, by_year, joined),
        banded(answer.condition.assign(scenario=scenario.name), ready, answer.chosen, ends),
        _mix(works, scenario.name),
        answer.limits.assign(scenario=scenario.name),
    )


def _summary(answer: Answer, carbon: pd.Series) -> dict[str, object]:
    works = answer.works
    return {
        "spent": float(works["cost"].sum()),
        "decided": float(works.loc[works["status"] == "committed", "cost"].sum()),
        "value": answer.value,
        "bound": answer.bound,
        "gap": answer.gap,
        "works": len(works),
        "projects": np.nan if answer.projects is None else answer.projects["project"].nunique(),
        "carbon": np.nan if carbon.isna().any() else float(carbon.sum()),
        "plan_of": "",
        "why": "",
    }


def _mix(works: pd.DataFrame, name: str) -> pd.DataFrame:
    mix = works.assign(treatment=works["treatment"].astype(str)).groupby("treatment", as_index=False)
    found = mix.agg(works=("unit", "size"), area_m2=("area_m2", "sum"), cost=("cost", "sum"))
    return found.assign(scenario=name)[["scenario", "treatment", "works", "area_m2", "cost"]]


def carbon_of(works: pd.DataFrame, catalogue: Catalogue) -> pd.Series:
    """Return the greenhouse gas of each work, NaN where its treatment does not tell. [kgCO2e]"""
    if "kgco2e_m2" not in catalogue.treatments:
        return pd.Series(np.nan, index=works.index)
    each = works["treatment"].astype(str).map(catalogue.treatments["kgco2e_m2"].astype(float)).astype(float)
    return each * works["area_m2"]
