"""The answer to a policy by projects: what they take, with their mobilisation in the costs, and the table of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.planning.basis import Basis
from pavement.planning.choices import choices
from pavement.planning.course import chosen_course, network_condition
from pavement.planning.economics import parameters
from pavement.planning.limit_check import checked
from pavement.planning.limit_rows import Rows, with_rows
from pavement.planning.objectives import least_cost
from pavement.planning.over_budget import refuse_over_budget
from pavement.planning.policy import Answer, answered, check_objective
from pavement.planning.project_check import refuse_unsound
from pavement.planning.project_columns import Pricing
from pavement.planning.project_master import Found, solved_projects
from pavement.planning.project_problem import ProjectRules, alone, mobilisations, project_problem, without_mobilisation
from pavement.planning.project_words import best_alone
from pavement.planning.projects import Problem, mobilisation_shares
from pavement.planning.sections import in_one_office
from pavement.planning.slots import of_slots, slots
from pavement.planning.solution import Solution
from pavement.planning.treatments import Catalogue
from pavement.planning.worklist import actions

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Joined:
    """
    How works join into projects.

    Attributes
    ----------
    rules
        Rules of projects.
    catalogue
        Treatments with their mobilisation, which the basis of such a plan is made without.
    """

    rules: ProjectRules
    catalogue: Catalogue


def ready_to_join(units: pd.DataFrame, catalogue: Catalogue, joined: Joined | None) -> tuple[pd.DataFrame, Catalogue]:
    """Return units and treatments that a basis is made of: as they are where each work stands by itself."""
    if joined is None:
        return units, catalogue
    return in_one_office(units), without_mobilisation(catalogue)


def best_answer(
    basis: Basis,
    money: pd.Series,
    limits: pd.DataFrame,
    joined: Joined | None,
    *,
    objective: str = "benefit",
    within: float | None = None,
) -> Answer:
    """Return the best choice of projects, or of single works where none are asked for."""
    if joined is None:
        return answered(basis, money, limits, objective=objective, within=within)
    return answered_by_projects(
        basis, money, limits, joined.rules, catalogue=joined.catalogue, objective=objective, within=within
    )


def answered_by_projects(
    basis: Basis,
    money: pd.Series,
    limits: pd.DataFrame,
    rules: ProjectRules,
    *,
    catalogue: Catalogue,
    objective: str = "benefit",
    within: float | None = None,
) -> Answer:
    """
    Return the best choice of projects for budgets and limits.

    Parameters
    ----------
    basis
        From :func:`pavement.planning.basis.basis`, not pruned where there are limits, of treatments without
        mobilisation.
    money, limits, objective
        As of :func:`pavement.planning.policy.answered`.
    rules
        Rules of projects.
    catalogue
        Treatments with mobilisation.
    within
        Proven gap at which the search stops; that of the parameters when not given.

    Raises
    ------
    PlanError
        Limits cannot be met, or nothing is asked for at least cost.
    """
    check_objective(limits, objective)
    refuse_over_budget(basis, money)
    first, years = int(money.index[0]), len(money)
    rows, problem = _problem(basis, money, limits, Joined(rules, catalogue), objective)
    p = parameters() | ({} if within is None else {"project_gap": within})
    found = solved_projects(problem, parameters=p, names=rows.names, per=rows.per)
    answer = _solution(problem, found)
    chosen, works = project_works(basis, problem, found, catalogue, money)
    course = chosen_course(basis.look, chosen, catalogue=basis.catalogue)
    area = basis.units["area_m2"].to_numpy(float)
    condition = network_condition({"plan": course}, area, first_year=first, years=years)
    held = checked(limits, works, condition, basis.units, basis.catalogue, money)
    row_prices = answer.prices[years:] / rows.per[years:]
    held = held.assign(price=row_prices, binding=(row_prices > 0) | (held["used"] == held["limit"]).to_numpy())
    table = project_table(works, basis.units, catalogue)
    decided = set(basis.units["unit"][alone(basis.units, basis.committed)])
    decided |= set() if basis.committed is None else set(basis.units["unit"].iloc[basis.committed.unit])
    refuse_unsound(works, table, basis.units, rules, catalogue, decided=decided)
    sign = -1.0 if objective == "cost" else 1.0
    return Answer(
        rows, answer, chosen, works, course, condition, held, objective, sign * answer.value + 0.0,
        sign * answer.bound + 0.0, table, problem, _alone(problem, answer, basis, first),
    )  # fmt: skip


def _problem(
    basis: Basis, money: pd.Series, limits: pd.DataFrame, joined: Joined, objective: str
) -> tuple[Rows, Problem]:
    rows = with_rows(basis.choices, money.clip(0.0, 1e15), limits, basis.works)
    if objective == "cost":
        rows = replace(rows, choices=least_cost(rows.choices, budgets=len(money)))
    worth = -1.0 if objective == "cost" else 0.0
    return rows, project_problem(rows, limits, basis, joined.catalogue, joined.rules, worth=worth)


def bound_at(
    basis: Basis, prices: Floats, *, money: pd.Series, limits: pd.DataFrame, joined: Joined, objective: str
) -> float:
    """
    Return what no plan of projects made from a basis can pass, whatever the prices are (weak duality).

    Parameters
    ----------
    prices
        (R,) of one unit of each limit, 0 or more.
    basis, money, limits, joined, objective
        As of :func:`best_answer`.
    """
    rows, problem = _problem(basis, money, limits, joined, objective)
    return Pricing(problem).priced(np.maximum(0.0, prices * rows.per)).bound


def _solution(problem: Problem, found: Found) -> Solution:
    taken = np.full(problem.choices.groups, -1, dtype=np.int64)
    strategy = found.projects.strategy
    taken[problem.choices.group[strategy]] = strategy
    return Solution(taken, found.prices, found.value, found.bound, found.status)


def project_works(
    basis: Basis, problem: Problem, found: Found, catalogue: Catalogue, money: pd.Series
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Return strategies taken by unit, and works, named by project, with their shares in its mobilisation.

    Parameters
    ----------
    basis, problem, found
        As the projects were found.
    catalogue
        Treatments with mobilisation.
    money
        Budgets by calendar year. [NT$]
    """
    chosen, shares = _chosen(basis, problem, found, catalogue)
    prices = pd.Series(found.prices[: len(money)], index=money.index, name="price")
    return chosen, _named(actions(basis.units, chosen, prices), chosen, shares, found, problem)


def _chosen(basis: Basis, problem: Problem, found: Found, catalogue: Catalogue) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return strategies taken, with mobilisation in their costs, by unit, and the project and shares of each."""
    p = found.projects
    share = mobilisation_shares(problem, p.strategy, p.project)
    own = mobilisations(basis.strategies, catalogue, basis.committed)[p.strategy]
    table = basis.strategies.iloc[p.strategy].reset_index(drop=True)
    order = np.argsort(table["unit"].to_numpy(), kind="stable")
    table = _dearer(table, share)
    shares = pd.DataFrame({"number": p.project})
    for slot, name in enumerate(slots(table)):
        shares[[name, f"{name}_own"]] = np.column_stack([share[:, slot], own[:, slot]])
    return table.iloc[order].reset_index(drop=True), shares.iloc[order].reset_index(drop=True)


def _dearer(table: pd.DataFrame, more: Floats) -> pd.DataFrame:
    """Return strategies whose works cost more each, `more` (C, K). [NT$]"""
    costs = {c: table[c] + more[:, slot] for slot, c in enumerate(of_slots(table, "cost"))}
    return table.assign(**costs, cost=sum(costs.values()))


def _named(
    works: pd.DataFrame, chosen: pd.DataFrame, shares: pd.DataFrame, found: Found, problem: Problem
) -> pd.DataFrame:
    """Return works with name and extent of their project, their share in its mobilisation, and what their own were."""
    names = slots(chosen)
    by_unit = pd.concat([chosen[["unit", *of_slots(chosen, "year")]], shares], axis=1).set_index("unit")
    own = by_unit.loc[works["row"].to_numpy(np.int64)].reset_index(drop=True)
    # which work of its unit each is
    slot = (own[of_slots(chosen, "year")].to_numpy() == works["step"].to_numpy(np.int64)[:, None]).argmax(axis=1)
    at = np.arange(len(own))
    number = own["number"].to_numpy(np.int64)
    p, s = found.projects, problem.sections
    begin, end = s.from_m[p.first], s.to_m[p.first + p.length - 1]
    table = pd.DataFrame({"number": number, "year": works["year"], "place": works["route"] + works["direction"]})
    leads = table.groupby("number").agg(year=("year", "min"), place=("place", "first"))
    leads = leads.assign(at=begin[leads.index.to_numpy()]).reset_index().sort_values(["year", "place", "at", "number"])
    turn = leads.groupby(["year", "place"]).cumcount() + 1
    told = "P-" + leads["year"].astype(str) + "-" + leads["place"] + "-" + turn.astype(str).str.zfill(2)
    name = pd.Series(told.to_numpy(object), index=leads["number"])
    return works.assign(
        project=pd.Series(name.reindex(number).to_numpy(object), index=works.index, dtype=str),
        mobilisation=own[list(names)].to_numpy(float)[at, slot],
        own=own[[f"{c}_own" for c in names]].to_numpy(float)[at, slot],
        project_from_m=begin[number],
        project_to_m=end[number],
    )


def _alone(problem: Problem, answer: Solution, basis: Basis, first: int) -> pd.Series:
    """Return the year in which work on each unit would be best alone, 0 for none."""
    crew, c = problem.crew, problem.choices
    price = (crew.money @ answer.prices - crew.worth)[crew.kind]
    units = basis.units["unit"].iloc[basis.strategies["unit"].to_numpy(np.int64)[c.first]]
    return best_alone(c, answer.prices, crew.mobilisation, price, units, first)


def project_table(works: pd.DataFrame, units: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """Return the table ``plan_projects`` of works named by project: a row a project and year of work."""
    keys = ["project", "year"]
    nights = works["treatment"].map(catalogue.treatments["nights_per_km"].astype(float))
    nights = nights * (works["to_m"] - works["from_m"]) / 1000
    office = units.set_index("unit")["office"] if "office" in units else pd.Series("", index=units["unit"])
    table = works.assign(nights=nights, office=office.reindex(works["unit"]).to_numpy(object))
    grouped = table.groupby(keys, sort=True)
    lanes = grouped["lane"].agg(lambda lane: ", ".join(sorted(set(lane.astype(str)))))
    found = grouped.agg(
        route=("route", "first"), direction=("direction", "first"), office=("office", "first"),
        from_m=("project_from_m", "first"), to_m=("project_to_m", "first"), works=("unit", "size"),
        area_m2=("area_m2", "sum"), cost=("cost", "sum"), mobilisation=("mobilisation", "sum"),
        saved=("own", "sum"), nights=("nights", "sum"),
    )  # fmt: skip
    found = found.assign(lanes=lanes, saved=found["saved"] - found["mobilisation"], plan="").reset_index()
    order = ["plan", "project", "year", "route", "direction", "office", "from_m", "to_m", "lanes", "works", "area_m2",
             "cost", "mobilisation", "saved", "nights"]  # fmt: skip
    return found[order].sort_values(["year", "route", "direction", "from_m", "project"], ignore_index=True)


def each_alone(basis: Basis, catalogue: Catalogue) -> Basis:
    """Return the basis of works done each by itself, with a mobilisation of its own: for usual ways to plan."""
    own = mobilisations(basis.strategies, catalogue, basis.committed)
    table = _dearer(basis.strategies, own)
    return replace(basis, strategies=table, choices=choices(table, years=len(basis.years)))
