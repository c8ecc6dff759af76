"""Templates of the tables that people enter on pages: rows to change, none of which is taken before it is sent."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from dashboard import plan_history
from dashboard.context import Context
from dashboard.policy_form import first_year

TEMPLATES = ("plan_limits", "plan_budgets", "budget_history")


def template_text(context: Context, name: str) -> str:
    """Return a template as CSV: limits and budgets for the years of a plan now, or the budgets found in public."""
    if name == "budget_history":
        return plan_history.template()
    # without a forecast nobody knows when a plan begins: the next year will do
    first = first_year(context.store) or dt.datetime.now(dt.UTC).year + 1
    years = range(first, first + int(context.settings["plan_years"]))
    if name == "plan_limits":
        return limits_template(years)
    return budgets_template(years, float(context.settings["annual_budget"]))


def limits_template(years: range) -> str:
    """Return a table of limits with a row for each kind, to be changed or taken out."""
    amounts = {
        "budget": ("", "", "60", "million NT$"),
        "category_budget": ("preservation", "5", "", "million NT$"),
        "night_shifts": ("", "", "120", "night"),
        "carbon": ("", "", "800", "tCO2e"),
        "poor_share": ("iri", "", "10", "%"),
        "mean_condition": ("penalty", "", "50", "-"),
    }
    last = {"poor_share", "mean_condition"}
    rows = [
        {"id": kind, "kind": kind, "scope": scope, "year": years[-1] if kind in last else "", "at_least": low,
         "at_most": high, "unit": unit}
        for kind, (scope, low, high, unit) in amounts.items()
    ]  # fmt: skip
    return pd.DataFrame(rows).to_csv(index=False, lineterminator="\n")


def budgets_template(years: range, amount: float) -> str:
    """Return a table with the same budget for each year, to be changed."""
    frame = pd.DataFrame({"year": list(years), "budget": np.full(len(years), round(amount))})
    return frame.to_csv(index=False, lineterminator="\n")
