"""One treatment length of the plan: its work, why, what would change it, and what people decide about it."""

from __future__ import annotations

from typing import Any

import dash
import pandas as pd
from dash import dcc, html
from flask import abort

from dashboard import decision_form, i18n, length_why, plan_list, plan_view, queries, ui
from dashboard.context import Context
from dashboard.decision_words import code_text, status_line, what_text
from dashboard.i18n import number, t
from dashboard.pages import worklist
from pavement.store import plan_decisions, plans
from pavement.store.completed_works import work_id

PATH, TITLE, ICON, MENU, PERMISSION = "/length/", "Treatment length", "worklist", False, "view"
OF_PLAN = True
_PLACE = ("route", "direction", "lane", "from_m", "to_m")


def layout(context: Context, unit: str, of: str = "") -> html.Div:
    """Return the page of one treatment length of the plan of that name, else of the newest; an older one is to read."""
    plan = plan_view.chosen(context, of)
    found = pd.DataFrame() if plan is None else plan.units[plan.units["unit"] == unit]
    if plan is None or found.empty:
        abort(404)
    row = found.iloc[0]
    saved = plans.named(context.store, plan.id)
    newest = plan_view.is_newest(context, plan)
    form = decision_form.form(context, plan, unit) if newest else None
    return ui.page(
        i18n.place(*(row[c] for c in _PLACE)),
        None if newest else _older(context, plan, unit),
        _works(context, plan, unit),
        html.Div(length_why.cards(context, saved, row), className="halves"),
        ui.card(t("Decide"), *_standing(context, row), form) if form else None,
        note=t("Treatment length of {plan}, {length} m, {area} m²", plan=plan.id,
               length=number(row["to_m"] - row["from_m"]), area=number(row["area_m2"])),
        actions=_beside(context, plan, row),
    )  # fmt: skip


def _older(context: Context, plan: plan_view.PlanView, unit: str) -> html.P | None:
    """Return the way to the newest plan: to this length, or to the list where it is cut otherwise there."""
    found = plan_view.newest(context)
    known = found is not None and unit in set(found.units["unit"])
    return plan_list.older(context, plan, f"{PATH}{unit}" if known else worklist.PATH)


def _works(context: Context, plan: plan_view.PlanView, unit: str) -> html.Section:
    works = plan.actions[plan.actions["unit"] == unit].sort_values("year")
    if works.empty:
        why = plan_view.why_left(plan, unit)
        text = "" if why is None else i18n.pick(why["reason_zh"], why["reason_en"])
        return ui.card(t("No work in the plan"), html.P(text, className="reason"))
    known = set(queries.table(context, "works")["work"].astype(str))
    lines = [
        [
            number(a["rank"]),
            i18n.year_text(int(a["year"])),
            i18n.treatment_text(a["treatment"]),
            number(a["cost"]),
            t("done, on record") if work_id(plan.id, unit, int(a["year"])) in known else status_line(a),
            i18n.pick(a["reason_zh"], a["reason_en"]),
        ]
        for a in works.to_dict("records")
    ]
    heads = [t("Rank"), t("Year"), t("Treatment"), t("Cost [NT$]"), t("Status"), t("Reason")]
    return ui.card(t("Work in the plan"), ui.table(heads, lines, numeric=[0, 3]), note=t("Example prices, to confirm"))


def _standing(context: Context, row: pd.Series) -> list[Any]:
    """Return the decisions that stand on the place, whatever plan they were given in."""
    held = plan_decisions.standing(context.store)
    same = (held[["route", "direction", "lane"]].astype(str) == [str(row[c]) for c in _PLACE[:3]]).all(axis=1)
    own = held[same & (held["from_m"] < row["to_m"]) & (held["to_m"] > row["from_m"])]
    if own.empty:
        return []
    lines = [
        [
            number(one["decision"]),
            what_text(one),
            i18n.place(*(one[c] for c in _PLACE)),
            code_text(str(one["code"])),
            one["reason"],
            one["decided_by"],
            i18n.moment(one["decided_at"], context.settings["timezone"]),
        ]
        for one in own.to_dict("records")
    ]
    heads = [t("No."), t("Decision"), t("Place"), t("Kind of reason"), t("Reason"), t("By"), t("When")]
    stands = t("These stand for the plans to come, until they are taken back: make the plan again to see them in it.")
    return [html.P(stands, className="note basis"), ui.table(heads, lines, numeric=[0]), html.Br()]


def _beside(context: Context, plan: plan_view.PlanView, row: pd.Series) -> list[Any]:
    """Return the ways to the neighbours, to the cells and back to the list."""
    lane = plan.units[(plan.units[list(_PLACE[:3])].astype(str) == [str(row[c]) for c in _PLACE[:3]]).all(axis=1)]
    lane = lane.sort_values("from_m").reset_index(drop=True)
    at = int(lane.index[lane["unit"] == row["unit"]][0])
    steps = [(at - 1, "back", t("Length before")), (at + 1, "next", t("Length after"))]
    links = [
        dcc.Link([ui.icon(icon), text], href=plan_list.length_path(context, plan, lane["unit"].iloc[n]),
                 className="button")
        for n, icon, text in steps
        if 0 <= n < len(lane)
    ]  # fmt: skip
    cells = queries.cells(context).set_index(["route", "direction", "lane", "from_m"])["cell"]
    cell = cells.get((row["route"], row["direction"], row["lane"], row["from_m"]))
    if isinstance(cell, str):
        links.append(dcc.Link(t("First cell"), href=f"/segment/{cell}", className="button"))
    home = worklist.PATH if plan_view.is_newest(context, plan) else f"{worklist.PATH}/{plan.id}"
    return [dcc.Link([ui.icon("worklist"), t("Work list")], href=home, className="button"), *links]


def register(app: dash.Dash, context: Context) -> None:
    """Register the callbacks of the page, which are those of the form on the work list too."""
    decision_form.register(app, context, {False: worklist.layout, True: layout})
