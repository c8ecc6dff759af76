"""The form that asks for scenarios side by side: names, money, limits, a frontier of budgets, and goals."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import dash
import dash_mantine_components as dmc
import pandas as pd
from dash import html
from flask import abort

from dashboard import guard, policy_form, table_fields, tasks, ui
from dashboard.context import Context
from dashboard.i18n import measure_label, t
from dashboard.plan_form import kinds_table
from dashboard.scenario_files import scenario_form
from pavement.condition.good_fair_poor import condition_limits
from pavement.dates import calendar_year
from pavement.errors import PavementError, PlanError, SurveyError
from pavement.planning.limits import PENALTY, own_unit
from pavement.planning.penalty import penalty_curves
from pavement.planning.policy import OBJECTIVES

SCENARIOS, GOALS = 4, 2
_PARTS = ("name", "budget", "objective")
_GOAL_PARTS = ("name", "measure", "what", "year", "most")
_MILLION = 1e6
_NUMBER = re.compile(r"\d+(\.\d+)?")
_LARGEST = 1e6
_WHAT = ("poor_share", "mean_condition")
# what is typed stays in the browser until it is closed
_KEPT: dict[str, Any] = {"persistence": True, "persistence_type": "session", "size": "xs"}


def card(context: Context) -> html.Section:
    """Return the form."""
    usual = f"{context.settings['annual_budget'] / _MILLION:g}"
    first = policy_form.first_year(context.store)
    head = [
        dmc.NumberInput(id="scenarios-years", label=t("Years"), value=context.settings["plan_years"], min=1,
                        max=policy_form.MOST_YEARS, allowDecimal=False, w=110, **_KEPT),
        policy_form.edge_field("scenarios-edge", str(context.settings["plan_edge"])),
        dmc.TextInput(id="scenarios-frontier", label=t("Frontier: budgets a year [million NT$], cut by commas"),
                      value="", w=330, placeholder="30, 45, 60, 90", **_KEPT),
    ]  # fmt: skip
    asked = html.Div([_scenario(at, usual) for at in range(SCENARIOS)], className="asked")
    goals = html.Div([_goal(at, first) for at in range(GOALS)], className="asked")
    hint = t(
        "Rows without a name are passed over. The budget is one amount for every year, or one for each year, cut by "
        "commas. The frontier takes the limits of the first scenario. A goal asks for the least cost that holds it."
    )
    return ui.card(
        t("Ask for scenarios"),
        html.P(hint, className="note basis"),
        asked,
        goals,
        tasks.panel(context, "scenarios", t("Answer side by side"), head, kind="scenarios"),
        kinds_table(),
        note=t("uses the newest forecast; runs in the background and is kept"),
        wide=True,
    )


def _scenario(at: int, usual: str) -> html.Fieldset:
    first = at == 0
    objectives = {"benefit": t("Most benefit for the budget"), "cost": t("Least cost that holds the limits")}
    return html.Fieldset(
        [
            html.Legend(t("Scenario {number}", number=at + 1)),
            dmc.TextInput(id=f"scenarios-{at}-name", label=t("Name of the scenario"), value=t("usual") if first else "",
                          **_KEPT),
            dmc.TextInput(id=f"scenarios-{at}-budget", label=t("Budget [million NT$ a year]"),
                          value=usual if first else "", placeholder=usual, **_KEPT),
            dmc.Select(id=f"scenarios-{at}-objective", label=t("What is sought"), value="benefit", allowDeselect=False,
                       data=[{"value": k, "label": objectives[k]} for k in OBJECTIVES], **_KEPT),
            html.Details([html.Summary(t("Limits")),
                          table_fields.field(f"scenarios-{at}-limits", t("Limits"), template="plan_limits", rows=3)]),
        ]
    )  # fmt: skip


def _goal(at: int, first: int | None) -> html.Fieldset:
    measures = [kind for kind in penalty_curves() if kind in condition_limits().index]
    options = [{"value": kind, "label": measure_label(kind)} for kind in measures]
    options.append({"value": PENALTY, "label": t("condition penalty")})
    what = {"poor_share": t("Share of poor area, at most [%]"), "mean_condition": t("Mean, at most")}
    return html.Fieldset(
        [
            html.Legend(t("Goal {number}", number=at + 1)),
            dmc.TextInput(id=f"scenarios-goal-{at}-name", label=t("Name of the goal"), value="", **_KEPT),
            dmc.Select(id=f"scenarios-goal-{at}-measure", label=t("Measure"), value="iri", data=options,
                       allowDeselect=False, **_KEPT),
            dmc.Select(id=f"scenarios-goal-{at}-what", label=t("What is held"), value="poor_share",
                       data=[{"value": k, "label": what[k]} for k in _WHAT], allowDeselect=False, **_KEPT),
            html.Div([
                dmc.NumberInput(id=f"scenarios-goal-{at}-year", label=t("Year (empty: every year)"),
                                value=(first or 2030) + 5, allowDecimal=False, **_KEPT),
                dmc.NumberInput(id=f"scenarios-goal-{at}-most", label=t("At most"), value=3, min=0, **_KEPT),
            ], className="pair"),
        ]
    )  # fmt: skip


def field_ids() -> list[str]:
    """Return the ids of the fields, in the order in which :func:`arguments` takes their values."""
    found = ["scenarios-years", "scenarios-edge", "scenarios-frontier"]
    for at in range(SCENARIOS):
        found += [*(f"scenarios-{at}-{part}" for part in _PARTS), f"scenarios-{at}-limits-text"]
    return found + [f"scenarios-goal-{at}-{part}" for at in range(GOALS) for part in _GOAL_PARTS]


def arguments(context: Context, *values: Any) -> dict[str, Any]:
    """
    Return the checked arguments of a job; a value that the form cannot give is a 400.

    Parameters
    ----------
    values
        Values of :func:`field_ids`.

    Raises
    ------
    PlanError
        What was typed is wrong; with all that is. It stays in the form.
    """
    if len(values) != len(field_ids()):
        abort(400)
    years, edge, frontier = policy_form.number_of_years(values[0]), values[1], values[2]
    given: dict[str, Any] = {"scenario": [], "goal": []}
    wrong: list[str] = []
    width = len(_PARTS) + 1
    rest = list(values[3:])
    for _ in range(SCENARIOS):
        row, rest = rest[:width], rest[width:]
        given["scenario"] += _asked_scenario(row, years, wrong)
    for _ in range(GOALS):
        row, rest = rest[: len(_GOAL_PARTS)], rest[len(_GOAL_PARTS) :]
        given["goal"] += _noted(wrong, partial(_asked_goal, row)) or []
    levels = _noted(wrong, partial(amounts, _text(frontier), where=t("Frontier")))
    if levels:
        given["frontier"] = {"annual_budgets": levels}
    if given["scenario"] or not wrong:
        _noted(wrong, partial(_check, context, given, years, wrong))
    if wrong:
        raise PlanError(" ".join(wrong))
    name = t("{count} scenarios and {goals} goals", count=len(given["scenario"]), goals=len(given["goal"]))
    return {"years": years, "edge": policy_form.chosen("benefit", edge)["edge"], "asked": given, "name": name}


def _noted(wrong: list[str], asked: Callable[[], Any]) -> Any:
    """Return what is asked, or None and a note of what is wrong with it: all of it is told at once."""
    try:
        return asked()
    except PavementError as error:
        wrong.append(str(error))
        return None


def _check(context: Context, given: dict[str, Any], years: int, wrong: list[str]) -> None:
    """Note what the job would refuse, while the form is still open."""
    span = policy_form.plan_years(context, years)
    usual = pd.Series(float(context.settings["annual_budget"]), index=list(span))
    scenarios, goals = scenario_form(given, years=span, usual=usual)
    tables = [(t("limits of {name}", name=s.name), s.policy.limits) for s in scenarios if not s.frontier]
    tables += [(t("goal {name}", name=g.name), g.limits) for g in goals]
    for file, limits in tables:
        if limits is not None and len(limits):
            _noted(wrong, partial(policy_form.checked_table, context, limits, years=years, file=file))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > 2000:
        abort(400)
    return value.strip()


def amounts(text: str, *, where: str) -> list[float]:
    """
    Return amounts in million NT$, cut by commas or spaces, as NT$.

    Raises
    ------
    PlanError
        One of them is no amount.
    """
    parts = [part for part in re.split(r"[,，、;\s]+", text) if part]
    for part in parts:
        if not _NUMBER.fullmatch(part) or float(part) > _LARGEST:
            raise PlanError(f"{where}: {part!r} is no amount.", cure="Write amounts in million NT$, cut by commas.")
    return [float(part) * _MILLION for part in parts]


def _money(text: str, years: int, *, where: str) -> list[float]:
    money = amounts(text, where=where)
    if len(money) not in (0, 1, years):
        raise PlanError(f"{where}: {len(money)} budgets for {years} plan years.",
                        cure=f"Give one amount, or one for each of the {years} years.")  # fmt: skip
    return money


def _asked_scenario(row: list[Any], years: int, wrong: list[str]) -> list[dict[str, Any]]:
    name, budget, objective, limits = _text(row[0]), _text(row[1]), row[2], table_fields.checked_text(row[3])
    if not name:
        return []
    found: dict[str, Any] = {"name": name, "objective": guard.one_of(objective, OBJECTIVES)}
    money = _noted(wrong, partial(_money, budget, years, where=name)) or []
    if len(money) == 1:
        found["annual_budget"] = money[0]
    elif money:
        found["budgets"] = money
    if limits:
        found["limits"] = limits
    return [found]


def _asked_goal(row: list[Any]) -> list[dict[str, Any]]:
    name, measure, what, year, most = _text(row[0]), row[1], row[2], row[3], row[4]
    if not name:
        return []
    kind = str(guard.one_of(what, _WHAT))
    scope = str(guard.one_of(measure, (*penalty_curves(), PENALTY)))
    if isinstance(most, bool) or not isinstance(most, int | float) or most < 0:
        raise PlanError(f"The goal {name} has no amount.", cure="Fill in at most.")
    if year not in ("", None) and (isinstance(year, bool) or not isinstance(year, int | float)):
        abort(400)
    at = "" if year in ("", None) else _calendar(int(year), where=t("goal {name}", name=name))
    return [{"name": name, "kind": kind, "scope": scope, "year": at, "at_most": most, "unit": own_unit(kind, scope)}]


def _calendar(year: int, *, where: str) -> str:
    """Return a year as typed, ROC or calendar, as a calendar year."""
    try:
        return str(calendar_year(str(year)))
    except SurveyError as error:
        raise PlanError(f"{where}: {year} is no year.", cure="Write 2030 or ROC 119.") from error


def register(app: dash.Dash, context: Context) -> None:
    """Register the callbacks of the form."""

    def limits_words(text: str, years: Any) -> str:
        return policy_form.limits_words(context, text, years)

    for at in range(SCENARIOS):
        table_fields.register(
            app, f"scenarios-{at}-limits", permission="plan", check=limits_words, fields=["scenarios-years"]
        )

    def asked(*values: Any) -> dict[str, Any]:
        return arguments(context, *values)

    tasks.register(
        app, context, "scenarios", kind="scenarios", permission="plan", fields=list(field_ids()), arguments=asked
    )
