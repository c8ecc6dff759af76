"""Files of a policy: budgets by year, limits, and stretches of section offices."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from dashboard.instance_files import budget_rows, budgets, told
from dashboard.typed_tables import in_calendar_years, rows
from pavement.dates import ROC_OFFSET
from pavement.errors import PlanError
from pavement.planning.limits import with_offices
from pavement.planning.outlook import EDGES
from pavement.planning.policy import OBJECTIVES, Policy
from pavement.planning.project_problem import ProjectRules
from pavement.settings import Settings
from pavement.store.database import Store
from pavement.store.kept_lists import OFFICES
from pavement.written_text import csv_table

_PROJECTS = ("yes", "no")


def text_table(path: Path) -> pd.DataFrame:
    """Return a CSV as text, years of the ROC as calendar years; its numbers are read where they are checked."""
    with told(path):
        return in_calendar_years(csv_table(path.read_bytes()))


def plan_budgets(settings: Settings, years: range) -> pd.Series:
    """Return the budget of each plan year, from the file of the settings or the same for every year. [NT$]"""
    if not settings["plan_budgets"]:
        return pd.Series(float(settings["annual_budget"]), index=years)
    return file_budgets(Path(settings["plan_budgets"]), years)


def typed_budgets(text: str, years: range, *, file: str) -> pd.Series:
    """
    Return the budget of each plan year from rows that were typed, as a file of budgets has them. [NT$]

    Raises
    ------
    PlanError
        They are not one amount for each year; with every fault.
    """
    return _in_plan_years(budget_rows(rows(text, file=file), file=file, years=len(years)), years, file=file)


def file_budgets(path: Path, years: range) -> pd.Series:
    """Return the budget of each plan year from a CSV. [NT$]"""
    return _in_plan_years(budgets(path, years=len(years)), years, file=path.name)


def _in_plan_years(money: pd.Series, years: range, *, file: str) -> pd.Series:
    first = int(money.index[0])
    if first == 1 or first + ROC_OFFSET == years[0]:
        # no years are named, or ROC years
        return money.set_axis(list(years))
    if first != years[0]:
        raise PlanError(
            f"{file} begins in {first}, the plan in {years[0]}.",
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


def offices(store: Store, settings: Settings) -> tuple[pd.DataFrame, str]:
    """Return the stretches of section offices as text and their name: a file of the settings, else those kept."""
    if settings["plan_offices"]:
        path = Path(settings["plan_offices"])
        return text_table(path), path.name
    return OFFICES.kept(store).fillna("").astype(str), "plan_offices"


def in_offices(lengths: pd.DataFrame, store: Store, settings: Settings) -> pd.DataFrame:
    """Return treatment lengths with their section offices, where there are any."""
    table, name = offices(store, settings)
    return lengths if table.empty else with_offices(lengths, table, file=name)
