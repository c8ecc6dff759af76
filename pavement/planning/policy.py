"""The answer to a policy: budgets, limits and what is sought, chosen among the strategies of one basis."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.errors import PlanError
from pavement.planning.answer_words import asks
from pavement.planning.basis import Basis
from pavement.planning.course import chosen_course, network_condition
from pavement.planning.economics import parameters
from pavement.planning.limit_check import checked
from pavement.planning.limit_rows import Rows, with_rows
from pavement.planning.limits import no_limits, plan_limits
from pavement.planning.objectives import least_cost
from pavement.planning.over_budget import refuse_over_budget
from pavement.planning.project_problem import ProjectRules
from pavement.planning.projects import Problem
from pavement.planning.rollout import Course
from pavement.planning.solution import Solution, solved
from pavement.planning.treatments import Catalogue
from pavement.planning.worklist import actions

Floats = NDArray[np.float64]
OBJECTIVES = ("benefit", "cost")


@dataclass(frozen=True)
class Policy:
    """
    What a plan must hold beside its budgets, and what it seeks.

    Attributes
    ----------
    limits
        Table ``plan_limits`` as text, or None; those of section offices need the column ``office`` of units.
    objective
        ``benefit``: the most of it; ``cost``: the least that holds the limits.
    edge
        Edge of the forecast that the plan is made on: ``mean``, or ``high`` for the pessimistic one.
    file
        Name of the table of limits in faults.
    projects
        Rules of projects that works are joined to, or None: each work stands by itself.
    """

    limits: pd.DataFrame | None = None
    objective: str = "benefit"
    edge: str = "mean"
    file: str = "plan_limits"
    projects: ProjectRules | None = None

    def checked(self, units: pd.DataFrame, *, years: range, catalogue: Catalogue) -> pd.DataFrame:
        """Return the limits by year, checked against the plan."""
        if self.limits is None or self.limits.empty:
            return no_limits()
        offices = set(units["office"].dropna()) if "office" in units else set()
        return plan_limits(self.limits, file=self.file, years=years, catalogue=catalogue, offices=offices)


@dataclass(frozen=True)
class Answer:
    """
    What is chosen for a policy, and its proof.

    Attributes
    ----------
    rows, solution
        Choices with every limit, valued as the objective does, and the choice.
    chosen
        Strategies taken.
    works
        Actions without reasons, ranked.
    course
        Condition of the units with them.
    condition
        Of the network by year, scenario ``plan``.
    limits
        id, kind, scope, year, side, limit, unit, used, price, binding; re-checked from works and condition.
    objective
        ``benefit`` or ``cost``.
    value, bound
        Benefit and the most that is possible; for ``cost`` the cost and the least that is possible. [NT$]
    projects
        Table ``plan_projects``, or None where each work stands by itself.
    problem
        The problem of projects, None where each work stands by itself.
    alone
        With projects: by unit the calendar year in which work would be best on it alone, 0 for none.
    """

    rows: Rows
    solution: Solution
    chosen: pd.DataFrame
    works: pd.DataFrame
    course: Course
    condition: pd.DataFrame
    limits: pd.DataFrame
    objective: str
    value: float
    bound: float
    projects: pd.DataFrame | None = None
    problem: Problem | None = None
    alone: pd.Series | None = None

    @property
    def gap(self) -> float:
        """How far the value may lie from the best, as a share of the bound."""
        return abs(self.bound - self.value) / abs(self.bound) if self.bound else 0.0


def answered(
    basis: Basis, money: pd.Series, limits: pd.DataFrame, *, objective: str = "benefit", within: float | None = None
) -> Answer:
    """
    Return the best choice for budgets and limits.

    Parameters
    ----------
    basis
        From :func:`pavement.planning.basis.basis`, not pruned where there are limits.
    money
        Budgets by calendar year. [NT$]
    limits
        From :func:`pavement.planning.limits.plan_limits`.
    objective
        ``benefit``: the most of it. ``cost``: the least that holds the limits.
    within
        Proven gap at which the search stops; that of the parameters when not given.

    Raises
    ------
    PlanError
        Limits cannot be met, or nothing is asked for at least cost.
    """
    check_objective(limits, objective)
    refuse_over_budget(basis, money)
    rows = with_rows(basis.choices, money, limits, basis.works)
    if objective == "cost":
        rows = replace(rows, choices=least_cost(rows.choices, budgets=len(money)))
    p = parameters() | ({} if within is None else {"gap": within})
    answer = solved(rows.choices, rows.limits, parameters=p, names=rows.names, per=rows.per)
    chosen = basis.strategies.iloc[answer.taken[answer.taken >= 0]]
    works = actions(basis.units, chosen, pd.Series(answer.prices[: len(money)], index=money.index, name="price"))
    course = chosen_course(basis.look, chosen, catalogue=basis.catalogue)
    area = basis.units["area_m2"].to_numpy(float)
    condition = network_condition({"plan": course}, area, first_year=int(money.index[0]), years=len(money))
    held = checked(limits, works, condition, basis.units, basis.catalogue, money)
    prices = answer.prices[len(money) :] / rows.per[len(money) :]
    held = held.assign(price=prices, binding=(prices > 0) | (held["used"] == held["limit"]).to_numpy())
    sign = -1.0 if objective == "cost" else 1.0
    return Answer(
        rows, answer, chosen, works, course, condition, held, objective, sign * answer.value + 0.0,
        sign * answer.bound + 0.0,
    )  # fmt: skip


def check_objective(limits: pd.DataFrame, objective: str) -> None:
    """Refuse an objective that is not known, or the least cost of nothing."""
    if objective not in OBJECTIVES:
        raise PlanError(f"{objective!r} is no objective.", cure=f"Use one of {', '.join(OBJECTIVES)}.")
    if objective == "cost" and not asks(limits).any():
        raise PlanError(
            "At least cost nothing would be done: no limit asks for anything.",
            cure="Give a limit on the condition, as poor_share, or a floor.",
        )
