"""What is asked of scenarios: a TOML file, or the form of a page, as scenarios and goals."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dashboard.instance_files import told
from dashboard.policy_files import file_budgets, text_table
from dashboard.typed_tables import table
from pavement.errors import PlanError
from pavement.planning.policy import Policy
from pavement.planning.scenarios import NOTHING, Goal, Scenario

_SCENARIO = {"name", "annual_budget", "budgets", "limits", "objective"}
_GOAL = {"name", "kind", "scope", "year", "at_least", "at_most", "unit", "annual_budget", "budgets"}


@dataclass(frozen=True)
class Source:
    """
    Where what is asked comes from.

    Attributes
    ----------
    name
        Name shown in faults.
    years
        Calendar years of the plan.
    limits, budgets
        Return the table of limits, and the budgets by year, of what a row says.
    """

    name: str
    years: range
    limits: Callable[[str], pd.DataFrame]
    budgets: Callable[[Any], pd.Series]


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
    given = scenario_toml(path)
    source = Source(
        path.name,
        years,
        lambda name: text_table(path.parent / name),
        lambda name: file_budgets(path.parent / str(name), years),
    )
    return asked(given, source, usual=usual)


def scenario_toml(path: Path) -> dict[str, Any]:
    """Return what a TOML file of scenarios says."""
    with told(path):
        try:
            return tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except tomllib.TOMLDecodeError as error:
            raise PlanError(f"{path.name} is no TOML: {error}.", cure="See docs/plans.md for an example.") from error


def scenario_form(given: dict[str, Any], *, years: range, usual: pd.Series) -> tuple[list[Scenario], list[Goal]]:
    """
    Return what a form asks: as a file has it, but ``limits`` holds the rows and ``budgets`` the amounts themselves.

    Raises
    ------
    PlanError
        The form is not what it must be; with every fault of the limits.
    """
    return asked(given, Source("form", years, lambda text: table(text, file="limits"), _listed(years)), usual=usual)


def _listed(years: range) -> Callable[[Any], pd.Series]:
    def money(amounts: Any) -> pd.Series:
        if len(amounts) != len(years):
            raise PlanError(
                f"{len(amounts)} budgets for {len(years)} plan years.",
                cure=f"Give one amount, or one for each of {years[0]} to {years[-1]}.",
            )
        return pd.Series([float(amount) for amount in amounts], index=list(years))

    return money


def frontier_name(level: float) -> str:
    """Return the name of a point of the frontier, in no language: its budget a year [NT$]."""
    return f"NT$ {level:,.0f}"


def asked(given: dict[str, Any], source: Source, *, usual: pd.Series) -> tuple[list[Scenario], list[Goal]]:
    """Return the scenarios, the points of the frontier among them, and the goals."""
    _only(given, {"scenario", "frontier", "goal"}, source.name)
    found = [_scenario(row, source, usual) for row in _named(given, "scenario", source)]
    levels = given.get("frontier", {}).get("annual_budgets", [])
    base = found[0] if found else Scenario("", usual)
    for level in levels:
        money = pd.Series(_amount(level, "annual_budgets", source), index=source.years)
        found.append(replace(base, name=frontier_name(float(level)), budgets=money, frontier=True))
    goals = [_goal(row, source) for row in _named(given, "goal", source)]
    names = [s.name for s in found] + [g.name for g in goals]
    if not names or len({*names, NOTHING}) <= len(names):
        raise PlanError(
            f"{source.name} has no scenario, or two of one name, or one named {NOTHING}.",
            cure="Give each scenario a name.",
        )
    return found, goals


def _named(given: dict[str, Any], key: str, source: Source) -> list[dict[str, Any]]:
    found = given.get(key, [])
    if not isinstance(found, list) or not all(isinstance(row, dict) and row.get("name") for row in found):
        raise PlanError(f"{source.name}: {key} is no list of named tables.", cure=f'Write [[{key}]] and name = "…".')
    return found


def _only(given: dict[str, Any], allowed: set[str], where: str) -> None:
    if odd := sorted(set(given) - allowed):
        raise PlanError(f"{where} has the unknown keys {odd}.", cure=f"Use {', '.join(sorted(allowed))}.")


def _amount(given: Any, name: str, source: Source) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given < np.inf:
        raise PlanError(f"{source.name}: {name} is {given!r}.", cure="Write an amount in NT$, 0 or more.")
    return float(given)


def _money(row: dict[str, Any], source: Source, usual: pd.Series) -> pd.Series:
    if "budgets" in row:
        return source.budgets(row["budgets"])
    if "annual_budget" in row:
        return pd.Series(_amount(row["annual_budget"], "annual_budget", source), index=source.years)
    return usual


def _scenario(row: dict[str, Any], source: Source, usual: pd.Series) -> Scenario:
    _only(row, _SCENARIO, f"{source.name}, scenario {row['name']}")
    limits = source.limits(str(row["limits"])) if "limits" in row else None
    file = f"limits of {row['name']}" if source.name == "form" else str(row.get("limits", ""))
    policy = Policy(limits, str(row.get("objective", "benefit")), file=file)
    return Scenario(str(row["name"]), _money(row, source, usual), policy)


def _goal(row: dict[str, Any], source: Source) -> Goal:
    _only(row, _GOAL, f"{source.name}, goal {row['name']}")
    limit = {c: str(row.get(c, "")) for c in ("kind", "scope", "year", "at_least", "at_most", "unit")}
    free = pd.Series(np.inf, index=source.years)
    return Goal(str(row["name"]), pd.DataFrame([{"id": str(row["name"]), **limit}]), _money(row, source, free))
