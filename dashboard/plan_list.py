"""The plans that were made, with who approved which and why, and a way to look at each."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard import i18n, plan_view, ui
from dashboard.context import Context
from dashboard.i18n import number, t
from pavement.store import plans

_MOST_LISTED = 50


def card(context: Context, shown: plan_view.PlanView) -> html.Section:
    """Return the newest plans, the one on the page marked."""
    found, zone = plans.listing(context.store, limit=_MOST_LISTED), context.settings["timezone"]
    lines = [
        [
            row["plan"] if row["plan"] == shown.id else ui.link(row["plan"], f"/plan/{row['plan']}"),
            f"{i18n.moment(row['made_at'], zone)} {row['made_by']}",
            _state(row, zone),
            number(row["budget"]),
            ui.link(number(row["works"]), f"/worklist/{row['plan']}"),
            f"{100 * row['gap']:.3f} %",
        ]
        for row in found.to_dict("records")
    ]
    heads = [t("Plan name"), t("Made"), t("Status"), t("Budget [NT$]"), t("Actions"), t("Gap")]
    return ui.card(t("Plans"), ui.low(ui.table(heads, lines, numeric=[3, 4, 5])), wide=True)


def _state(row: dict[Any, Any], zone: str) -> str:
    if not row["approved_at"]:
        return t("not approved")
    at = i18n.moment(row["approved_at"], zone)
    return t("Approved by {name} on {at}: {reason}", name=row["approved_by"], at=at, reason=row["approval_reason"])


def older(context: Context, plan: plan_view.PlanView, path: str) -> html.P | None:
    """Return the line that says that a newer plan was made, with a link to it; None on the newest."""
    if plan_view.is_newest(context, plan):
        return None
    newest = ui.link(plan_view.ids(context)[0], path)
    return html.P([t("This is an older plan, {plan}, to be read only. The newest: ", plan=plan.id), newest])


def length_path(context: Context, plan: plan_view.PlanView, unit: str) -> str:
    """Return the path of the page of a treatment length, which names the plan where that is an older one."""
    return f"/length/{unit}" if plan_view.is_newest(context, plan) else f"/length/{plan.id}/{unit}"
