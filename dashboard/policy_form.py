"""Limits, budgets, objective and edge of a plan as people give them on a page."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import dash_mantine_components as dmc
import pandas as pd
from flask import abort

from dashboard import guard
from dashboard.context import Context
from dashboard.i18n import number, pick, t
from dashboard.policy_files import offices, typed_budgets
from dashboard.typed_tables import table
from pavement.errors import PlanError
from pavement.planning.limits import limit_kinds, plan_limits
from pavement.planning.outlook import EDGES
from pavement.planning.policy import OBJECTIVES
from pavement.schema import schema
from pavement.settings import Settings
from pavement.store import catalogues, forecasts
from pavement.store.database import Store
from pavement.written_text import text_of

MOST_YEARS = 30
LIMITS, BUDGETS = "limits", "budgets"


def first_year(store: Store) -> int | None:
    """Return the first year of a plan of the newest forecast, None while there is no forecast."""
    newest = forecasts.newest(store)
    return None if newest is None else _first_year(store, newest.id)


@functools.lru_cache(maxsize=4)
def _first_year(store: Store, forecast_set: int) -> int:
    # a kept forecast never changes
    ahead = forecasts.frame(store, forecasts.named(store, forecast_set))
    return int(ahead["origin_year"].max()) + 1


def plan_years(context: Context, years: int) -> range:
    """
    Return the calendar years of a plan.

    Raises
    ------
    PlanError
        There is no forecast yet.
    """
    first = first_year(context.store)
    if first is None:
        raise PlanError("There is no forecast to plan from.", cure="Make one: pavement forecast.")
    return range(first, first + years)


def number_of_years(value: Any) -> int:
    """
    Return a number of plan years, else stop with 400.

    Raises
    ------
    PlanError
        The field is empty.
    """
    if value in ("", None):
        raise PlanError("The number of years is empty.", cure=f"Fill in 1 to {MOST_YEARS}.")
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        abort(400)
    if not 1 <= value <= MOST_YEARS:
        abort(400)
    return int(value)


def checked_limits(context: Context, text: str, *, years: int, file: str) -> pd.DataFrame:
    """
    Return typed limits by year, checked as a plan checks them.

    Raises
    ------
    PlanError
        There is no forecast, or rows are wrong; with every fault.
    """
    return checked_table(context, table(text, file=file), years=years, file=file)


def checked_table(context: Context, raw: pd.DataFrame, *, years: int, file: str) -> pd.DataFrame:
    """Return a table of limits as text by year, checked as a plan checks them; raises with every fault."""
    found, _ = offices(context.store, context.settings)
    known = set(found["office"].astype(str)) - {""} if "office" in found else set()
    rules = catalogues.current(context.store).rules()
    return plan_limits(raw, file=file, years=plan_years(context, years), catalogue=rules, offices=known)


def limits_words(context: Context, text: str, years: Any) -> str:
    """Return what typed limits hold, in words; raises with their faults."""
    raw = table(text, file=t("limits"))
    found = checked_table(context, raw, years=number_of_years(years), file=t("limits"))
    kinds = limit_kinds()
    words = [pick(str(kinds.loc[kind, "zh"]), str(kinds.loc[kind, "en"])) for kind in found["kind"].unique()]
    told = t("{count} limits of single years, no fault: {kinds}", count=number(len(found)), kinds=", ".join(words))
    odd = [str(column) for column in raw.columns if column and column not in schema("plan_limits").index]
    return f"{told} {t('Passed over, unknown columns: {names}.', names=', '.join(odd))}" if odd else told


def budgets_words(context: Context, text: str, years: Any) -> str:
    """Return what typed budgets hold, in words; raises with their faults."""
    span = plan_years(context, number_of_years(years))
    found = typed_budgets(text, span, file=t("budgets"))
    return t("NT$ {all} from {first} to {last}, no fault; stands before the budget above",
             all=number(float(found.sum())), first=span[0], last=span[-1])  # fmt: skip


def normal_limits(context: Context, text: str, *, years: int, file: str) -> str:
    """Return typed limits as the CSV that a plan reads, "" for none; raises with their faults."""
    if not text:
        return ""
    checked_limits(context, text, years=years, file=file)
    return table(text, file=file).to_csv(index=False, lineterminator="\n")


def normal_budgets(context: Context, text: str, *, years: int, file: str) -> str:
    """Return typed budgets as the CSV that a plan reads, "" for none; raises with their faults."""
    if not text:
        return ""
    found = typed_budgets(text, plan_years(context, years), file=file)
    frame = pd.DataFrame({"year": found.index, "budget": found.to_numpy()})
    return frame.to_csv(index=False, lineterminator="\n")


def objective_field(name: str, value: str) -> dmc.Select:
    """Return the choice of what a plan seeks."""
    words = {"benefit": t("Most benefit for the budget"), "cost": t("Least cost that holds the limits")}
    return dmc.Select(
        id=name, label=t("What is sought"), value=value if value in words else OBJECTIVES[0], size="xs", w=230,
        allowDeselect=False, data=[{"value": key, "label": words[key]} for key in OBJECTIVES],
    )  # fmt: skip


def edge_field(name: str, value: str) -> dmc.Select:
    """Return the choice of the edge of the forecast that a plan is made on."""
    words = {"mean": t("Mean of the forecast"), "high": t("Pessimistic edge")}
    return dmc.Select(
        id=name, label=t("Plan on"), value=value if value in words else EDGES[0], size="xs", w=170,
        allowDeselect=False, data=[{"value": key, "label": words[key]} for key in EDGES],
    )  # fmt: skip


def chosen(objective: Any, edge: Any) -> dict[str, str]:
    """Return objective and edge, else stop with 400."""
    return {"objective": guard.one_of(objective, OBJECTIVES), "edge": guard.one_of(edge, EDGES)}


def in_force(settings: Settings, name: str) -> tuple[str, str]:
    """Return the rows of a file that the settings name, and what is wrong with it; both "" without one."""
    if not settings[name]:
        return "", ""
    path = Path(settings[name])
    try:
        return text_of(path.read_bytes()), ""
    except (OSError, ValueError):
        return "", t("The file of the setting {name} cannot be read: {file}", name=name, file=path.name)
