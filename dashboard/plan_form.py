"""The form on the page of the plan that asks for a new one: money, limits by year, objective and edge."""

from __future__ import annotations

from typing import Any

import dash
import dash_mantine_components as dmc
from dash import Input, Output, html
from flask import abort

from dashboard import guard, kept_list_field, policy_form, table_fields, tasks, ui
from dashboard.context import Context
from dashboard.i18n import number, pick, t
from pavement.errors import PlanError
from pavement.planning.limits import limit_kinds
from pavement.store.kept_lists import OFFICES

CARD = "new-plan"
_BUDGETS, _LIMITS = "plan-budgets", "plan-limits"


def card(context: Context) -> html.Section:
    """Return the form."""
    settings = context.settings
    fields = [
        dmc.NumberInput(
            id="plan-budget", label=t("Budget of each year [million NT$]"), value=settings["annual_budget"] / 1e6,
            min=0, max=1e6, decimalScale=6, thousandSeparator=",", size="xs", w=230,
        ),
        dmc.NumberInput(
            id="plan-years", label=t("Years"), value=settings["plan_years"], min=1, max=policy_form.MOST_YEARS,
            allowDecimal=False, size="xs", w=110,
        ),
        policy_form.objective_field("plan-objective", str(settings["plan_objective"])),
        policy_form.edge_field("plan-edge", str(settings["plan_edge"])),
        html.Span(id="plan-budget-full", className="note full-amount", **ui.LIVE),
        dmc.Checkbox(
            id="plan-keep-empty", label=t("Keep the plan even if it holds no works"), checked=False, size="xs",
            className="beside",
        ),
    ]  # fmt: skip
    note = t("uses the newest forecast; prices are examples, to confirm")
    return ui.card(
        t("Make a new plan"),
        tasks.panel(context, "plan", t("Make the plan"), fields, kind="plan"),
        _tables(context),
        note=note,
        anchor=CARD,
    )


def link() -> html.A:
    """Return the link at the head of the page that leads to the form, further down."""
    return html.A(t("Make a new plan"), href=f"#{CARD}", className="button main")


def _tables(context: Context) -> html.Details:
    """Return the tables of limits and budgets by year; what the settings hold stands there and can be changed."""
    limits, odd_limits = policy_form.in_force(context.settings, "plan_limits")
    budgets, odd_budgets = policy_form.in_force(context.settings, "plan_budgets")
    odd = [html.P(text, className="state-failed") for text in (odd_limits, odd_budgets) if text]
    fields = [
        table_fields.field(
            _LIMITS, t("Limits"), value=limits, template="plan_limits",
            help_text=t("One limit a row; paste from a spreadsheet, or type. An empty year means every year; ROC years "
                        "are understood."),
        ),
        table_fields.field(
            _BUDGETS, t("Budgets by year"), value=budgets, template="plan_budgets",
            help_text=t("A row a year, in NT$; stands before the budget of each year above."),
        ),
    ]  # fmt: skip
    summary = html.Summary(t("Limits and budgets by year"))
    known = html.P(kept_list_field.offices_words(context), id="offices-now", className="note")
    parts = [
        summary,
        *odd,
        html.Div(fields, className="halves"),
        kinds_table(),
        known,
        kept_list_field.form(OFFICES),
    ]
    return html.Details(parts, open=bool(limits or budgets or odd))


def kinds_table() -> html.Details:
    """Return what can be limited, as the table of limits writes it."""
    rows = [
        [
            kind,
            pick(str(row["zh"]), str(row["en"])),
            _scope_text(str(row["scope"]), needed=row["scope_needed"] == "yes"),
            str(row["sides"]).replace("|", ", "),
            str(row["unit"]) or t("unit of the measure"),
        ]
        for kind, row in limit_kinds().iterrows()
    ]
    heads = ["kind", t("What is limited"), "scope", t("Side"), t("Unit")]
    return html.Details([html.Summary(t("What can be limited")), ui.table(heads, rows)])


def _scope_text(scope: str, *, needed: bool) -> str:
    words = {"office": t("section office"), "category": t("category of treatments"), "measure": t("measure or penalty")}
    if not scope:
        return "–"
    return words[scope] if needed else t("{scope}, or empty for the network", scope=words[scope])


def full_amount(budget: Any, years: Any) -> str:
    """Return what a budget in millions is in NT$, a year and for all years, or which field is empty."""
    if empty := [text for value, text in _unfilled(budget, years) if value in ("", None)]:
        return " ".join(empty)
    if any(isinstance(value, bool) or not isinstance(value, int | float) for value in (budget, years)):
        return ""
    each = round(budget * 1e6)
    return t("= NT$ {each} a year, NT$ {all} in {years} years", each=number(each), all=number(each * years),
             years=number(years))  # fmt: skip


def _unfilled(budget: Any, years: Any) -> list[tuple[Any, str]]:
    return [
        (budget, t("Fill in the budget of each year; 0 for none.")),
        (years, t("Fill in the number of years.")),
    ]


def arguments(
    context: Context,
    budget: Any,
    years: Any,
    keep_empty: Any = False,
    objective: Any = "benefit",
    edge: Any = "mean",
    limits: Any = "",
    budgets: Any = "",
) -> dict[str, Any]:
    """
    Return the checked arguments of a plan; a value that the form cannot give is a 400.

    Parameters
    ----------
    budget, years
        Budget of each year [million NT$], and years.
    keep_empty
        Whether a plan without works is kept.
    objective, edge
        What is sought, and on which edge of the forecast.
    limits, budgets
        Rows as typed.

    Raises
    ------
    PlanError
        A field is empty, or limits or budgets are wrong; with every fault. What was typed stays in the form.
    """
    if budget in ("", None):
        raise PlanError("The budget of each year is empty.", cure="Fill in an amount in million NT$, 0 for none.")
    if isinstance(budget, bool) or not isinstance(budget, int | float) or not 0 <= budget <= 1e6:
        abort(400)
    count = policy_form.number_of_years(years)
    name = t("plan of {years} years with {budget} million NT$ a year", years=count, budget=budget)
    keep = guard.one_of(keep_empty, (False, True))
    typed = {
        "limits": policy_form.normal_limits(
            context, table_fields.checked_text(limits), years=count, file=t("limits")
        ),
        "budgets": policy_form.normal_budgets(
            context, table_fields.checked_text(budgets), years=count, file=t("budgets")
        ),
    }  # fmt: skip
    given = {"budget": float(budget) * 1e6, "years": count, "keep_empty": keep, "name": name}
    return given | policy_form.chosen(objective, edge) | typed


def register(app: dash.Dash, context: Context) -> None:
    """Register the callbacks of the form."""

    @guard.callback(
        app,
        Output("plan-budget-full", "children"),
        Input("plan-budget", "value"),
        Input("plan-years", "value"),
        permission="plan",
    )
    def show_full(budget: Any, years: Any) -> str:
        return full_amount(budget, years)

    def limits_words(text: str, years: Any) -> str:
        return policy_form.limits_words(context, text, years)

    def budgets_words(text: str, years: Any) -> str:
        return policy_form.budgets_words(context, text, years)

    for name, check in ((_LIMITS, limits_words), (_BUDGETS, budgets_words)):
        table_fields.register(app, name, permission="plan", check=check, fields=["plan-years"])

    def asked(*values: Any) -> dict[str, Any]:
        return arguments(context, *values)

    tasks.register(
        app,
        context,
        "plan",
        kind="plan",
        permission="plan",
        fields=[
            "plan-budget", "plan-years", ("plan-keep-empty", "checked"), "plan-objective", "plan-edge",
            f"{_LIMITS}-text", f"{_BUDGETS}-text",
        ],
        arguments=asked,
    )  # fmt: skip
