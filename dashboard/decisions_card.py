"""The decisions that a plan was made with and what each costs, and those that stand for the next one."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
from dash import html

from dashboard import guard, i18n, plan_list, plan_view, ui
from dashboard.context import Context
from dashboard.decision_words import code_text, cost_cells, what_text
from dashboard.i18n import number, t
from pavement.planning.economics import parameters
from pavement.store import plan_decisions, plan_why, plans

_PLACE = ("route", "direction", "lane", "from_m", "to_m")


def card(context: Context, plan: plan_view.PlanView) -> html.Section | None:
    """Return the decisions of a plan with their costs, and those that came in since; None where there are none."""
    told = plan_why.overrides_of(context.store, plans.named(context.store, plan.id))
    new = since(context, told)
    if told.empty and new.empty:
        return None
    unit = t("k NT$ of least cost") if plan.objective == "cost" else t("k points·m²·years")
    heads = [
        t("Place"), t("Decision"), t("Reason"), t("In this plan"), t("Lost [{unit}]", unit=unit), t("at most"),
        t("Money [NT$]"), t("Reckoned"),
    ]  # fmt: skip
    own = partial(_place, context, plan)
    lines = [[own(row), what_text(row), _reason(row), *cost_cells(row)] for row in told.to_dict("records")]
    lines += [
        [own(row), what_text(row), _reason(row), t("for the next plan"), "–", "–", "–", "–"]
        for row in new.to_dict("records")
    ]
    note = t(
        "Lost: what could be gained more without the decision; found by making the plan anew, or, where no works are "
        "joined into projects, at its prices. At most: more cannot be lost, whatever else would be done; it "
        "holds the gap of the plan. Money: what the decision costs more (+) or less (−). What is lost by less than the "
        "gap of the plan ({gap}) may be chance.",
        gap=number(abs(plan.bound - plan.value) / 1000, 1),
    )
    unknown = _unknown(told)
    table = ui.low(ui.table(heads, lines, numeric=[4, 5, 6]))
    links = [ui.download(s, f"/export/decisions/{plan.id}.{e}") for s, e in (("CSV", "csv"), ("Excel", "xlsx"))]
    files = html.Div(links, className="actions") if guard.allowed("export") and len(told) else None
    return ui.card(
        t("Decisions and what they cost"), html.P(note, className="note basis"), table, unknown, files, wide=True
    )


def _unknown(told: pd.DataFrame) -> html.P | None:
    """Return how to learn what a decision costs where only a bound is known, or nothing; None where all is told."""
    if told.empty or not (told["fits"].ne("no") & told["solved_lost"].isna() & ~(told["lost"] >= 0)).any():
        return None
    p = parameters()
    text = t(
        "Where Lost is –, only a plan made anew without the decision tells it; that is done by itself for up to "
        "{solves} decided lengths, in plans of up to {units} lengths. To learn it: on the page of the length take the "
        "decision back (or pavement undecide, pavement decide … propose), make the plan again, and compare the benefit "
        "of both plans; then decide again.",
        solves=number(p["override_solves"]), units=number(p["override_units"]),
    )  # fmt: skip
    return html.P(text, className="note")


def since(context: Context, told: pd.DataFrame) -> pd.DataFrame:
    """Return the decisions that stand and that the plan was not made with."""
    standing = plan_decisions.standing(context.store)
    known = set(told["decision"].astype(str)) if len(told) else set()
    return standing[~standing["decision"].astype(str).isin(known)]


def _place(context: Context, plan: plan_view.PlanView, row: dict[Any, Any]) -> Any:
    """Return a place, with the way to its length where the plan on the page has it."""
    text, unit = i18n.place(*(row[c] for c in _PLACE)), row.get("unit")
    return (
        ui.link(text, plan_list.length_path(context, plan, unit))
        if isinstance(unit, str) and unit in set(plan.units["unit"])
        else text
    )


def _reason(row: dict[Any, Any]) -> str:
    code = code_text(str(row["code"] or ""))
    said = f"{code}{t(': ')}{row['reason']}" if code else str(row["reason"])
    return f"{said} ({row['decided_by']})"
