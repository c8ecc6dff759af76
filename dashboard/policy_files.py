"""Files of a policy: budgets by year, limits, stretches of section offices, and scenarios side by side."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dashboard.instance_files import budgets, told
from pavement.errors import PlanError
from pavement.planning.limits import with_offices
from pavement.planning.outlook import EDGES
from pavement.planning.policy import OBJECTIVES, Policy
from pavement.planning.project_problem import ProjectRules
from pavement.planning.scenarios import Goal, Scenario
from pavement.settings import Settings

_PROJECTS = ("yes", "no")
_SCENARIO = {"name", "annual_budget", "budgets", "limits", "objective"}
_GOAL = {"name", "kind", "scope", "year", "at_least", "at_most", "unit", "annual_budget", "budgets"}


def text_table(path: Path) -> pd.DataFrame:
    """Return a CSV as text; its numbers are read where they are checked."""
    with told(path):
        return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def plan_budgets(settings: Settings, years: range) -> pd.Series:
    """Return the budget of each plan year, from the file of the settings or the same for every year. [NT$]"""
    if not settings["plan_budgets"]:
        return pd.Series(float(settings["annual_budget"]), index=years)
    return _budgets(Path(settings["plan_budgets"]), years)


def _budgets(path: Path, years: range) -> pd.Series:
    money = budgets(path, years=len(years))
    if money.index[0] == 1:
        return money.set_axis(list(years))
    if money.index[0] != years[0]:
        raise PlanError(
            f"{path.name} begins in {money.index[0]}, the plan in {years[0]}.",
            cure=f"Give budgets for {years[0]} to {years[-1]}.",
        )
    return money


def plan_policy(settings: Settings) -> Policy:
    """Return limits, objective and edge of the settings."""
    objective, edge = str(settings["plan_objective"]), str(settings["plan_edge"])
    for name, given, allowed in (("plan_objective", objective, OBJECTIVES), ("plan_edge", edge, EDGES)):
        if given not in allowed:
            raise PlanError(f"The setting {name} is {given!r}.", cure=f"Use one of {', '.join(allowed)}.")
    rules = project_rules(settings)
    if not settings["plan_limits"]:
        return Policy(None, objective, edge, projects=rules)
    path = Path(settings["plan_limits"])
    return Policy(text_table(path), objective, edge, path.name, rules)


def project_rules(settings: Settings) -> ProjectRules | None:
    """Return the rules of projects of the settings, None where each work stands by itself."""
    asked = str(settings["plan_projects"])
    if asked not in _PROJECTS:
        raise PlanError(f"The setting plan_projects is {asked!r}.", cure=f"Use one of {', '.join(_PROJECTS)}.")
    least, most = float(settings["project_length_min"]), float(settings["project_length_max"])
    if least > most:
        raise PlanError(
            f"Projects of {least:g} to {most:g} m cannot be made.", cure="Set project_length_max to the larger one."
        )
    return ProjectRules(least, most) if asked == "yes" else None


def in_offices(lengths: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Return treatment lengths with their section offices, where the settings name their table."""
    if not settings["plan_offices"]:
        return lengths
    path = Path(settings["plan_offices"])
    return with_offices(lengths, text_table(path), file=path.name)


def scenario_file(path: Path, *, years: range, usual: pd.Series) -> tuple[list[Scenario], list[Goal]]:
    """
    Return the scenarios and goals of a TOML file.

    Parameters
    ----------
    path
        ``[[scenario]]`` with name and any of annual_budget [NT$], budgets (CSV), limits (CSV), objective;
        ``[frontier]`` with annual_budgets, a list [NT$]; ``[[goal]]`` with name, kind, scope, year, at_least or
        at_most, unit, and a budget if the money of a year is limited. Files are named from the folder of the TOML.
    years
        Calendar years of the plan.
    usual
        Budgets where a scenario gives none.

    Raises
    ------
    PlanError
        The file is not what it must be.
    """
    with told(path):
        try:
            given = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except tomllib.TOMLDecodeError as error:
            raise PlanError(f"{path.name} is no TOML: {error}.", cure="See docs/plans.md for an example.") from error
    _only(given, {"scenario", "frontier", "goal"}, path.name)
    found = [_scenario(row, path, years, usual) for row in _rows(given, "scenario", path)]
    levels = given.get("frontier", {}).get("annual_budgets", [])
    base = found[0] if found else Scenario("", usual)
    for level in levels:
        money = pd.Series(_amount(level, "annual_budgets", path), index=years)
        found.append(replace(base, name=f"{base.name} NT$ {level:,.0f}".strip(), budgets=money, frontier=True))
    goals = [_goal(row, path, years) for row in _rows(given, "goal", path)]
    names = [s.name for s in found] + [g.name for g in goals]
    if not names or len(set(names)) < len(names):
        raise PlanError(f"{path.name} has no scenario, or two of one name.", cure="Give each scenario a name.")
    return found, goals


def _rows(given: dict[str, Any], key: str, path: Path) -> list[dict[str, Any]]:
    rows = given.get(key, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) and row.get("name") for row in rows):
        raise PlanError(f"{path.name}: {key} is no list of named tables.", cure=f'Write [[{key}]] and name = "…".')
    return rows


def _only(given: dict[str, Any], allowed: set[str], where: str) -> None:
    if odd := sorted(set(given) - allowed):
        raise PlanError(f"{where} has the unknown keys {odd}.", cure=f"Use {', '.join(sorted(allowed))}.")


def _amount(given: Any, name: str, path: Path) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given < np.inf:
        raise PlanError(f"{path.name}: {name} is {given!r}.", cure="Write an amount in NT$, 0 or more.")
    return float(given)


def _money(row: dict[str, Any], path: Path, years: range, usual: pd.Series) -> pd.Series:
    if "budgets" in row:
        return _budgets(path.parent / str(row["budgets"]), years)
    if "annual_budget" in row:
        return pd.Series(_amount(row["annual_budget"], "annual_budget", path), index=years)
    return usual


def _scenario(row: dict[str, Any], path: Path, years: range, usual: pd.Series) -> Scenario:
    _only(row, _SCENARIO, f"{path.name}, scenario {row['name']}")
    limits = text_table(path.parent / str(row["limits"])) if "limits" in row else None
    policy = Policy(limits, str(row.get("objective", "benefit")), file=str(row.get("limits", "")))
    return Scenario(str(row["name"]), _money(row, path, years, usual), policy)


def _goal(row: dict[str, Any], path: Path, years: range) -> Goal:
    _only(row, _GOAL, f"{path.name}, goal {row['name']}")
    limit = {c: str(row.get(c, "")) for c in ("kind", "scope", "year", "at_least", "at_most", "unit")}
    free = pd.Series(np.inf, index=years)
    return Goal(str(row["name"]), pd.DataFrame([{"id": str(row["name"]), **limit}]), _money(row, path, years, free))
