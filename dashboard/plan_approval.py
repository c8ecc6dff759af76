"""The check list of the plan on its page, and the form that approves it with the list in view."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dash
import dash_mantine_components as dmc
import pandas as pd
from dash import Input, Output, State, dcc, html
from flask_login import current_user

from dashboard import guard, i18n, kept_list_field, plan_view, queries, ui
from dashboard.context import Context
from dashboard.fault_words import fault_words
from dashboard.i18n import number, t
from pavement.errors import StoreError
from pavement.store import plans
from pavement.store.kept_lists import BRIDGES
from pavement.store.plan_review import review

_MOST_LISTED = 100
_PLACE = ("route", "direction", "lane", "from_m", "to_m")


def card(context: Context, plan: plan_view.PlanView) -> html.Section:
    """Return what is to be looked at in a plan, and its approval or the form for it."""
    found = review(context.store, plans.named(context.store, plan.id))
    held = plans.approval(context.store, plan.id)
    counts = severity_counts(found)
    said = t("{stop} to be solved before approval, {doubt} to be judged, {look} for information.", **counts)
    note = t("{count} committed bridge works are in force.", count=number(len(BRIDGES.kept(context.store))))
    return ui.card(
        t("Check list before approval"),
        html.P(said),
        _list(context, found),
        kept_list_field.form(BRIDGES),
        _approved(held, context) if held else _form(plan, counts) if plan_view.is_newest(context, plan) else None,
        note=note,
        wide=True,
    )


def severity_counts(found: pd.DataFrame) -> dict[str, int]:
    """Return how many findings there are of each severity."""
    count = found["severity"].value_counts()
    return {name: int(count.get(name, 0)) for name in ("stop", "doubt", "look")}


def _list(context: Context, found: pd.DataFrame) -> Any:
    if found.empty:
        return None
    words = {"stop": t("to be solved"), "doubt": t("to be judged"), "look": t("for information")}
    shown = found.head(_MOST_LISTED)
    cells = queries.cells(context).set_index(["route", "direction", "lane", "from_m"])["cell"]
    lines = [
        [
            html.Span(words[row["severity"]], className="unbroken"),
            "–" if pd.isna(row["year"]) else str(int(row["year"])),
            _link(row, cells),
            i18n.pick(row["zh"], row["en"]),
        ]
        for row in shown.to_dict("records")
    ]
    more = t("The first {shown} of {all} are listed.", shown=len(shown), all=number(len(found)))
    heads = [t("Severity"), t("Year"), t("Treatment length"), t("What was found")]
    # a long list scrolls within the card, so that the decision below stays in reach
    listed = ui.low(ui.table(heads, lines))
    return html.Div([listed, html.P(more, className="note") if len(found) > len(shown) else None])


def _link(row: dict[Any, Any], cells: pd.Series) -> Any:
    text = i18n.place(*(row[c] for c in _PLACE))
    cell = cells.get(tuple(row[c] for c in _PLACE[:4]))
    return ui.link(text, f"/segment/{cell}") if isinstance(cell, str) else text


def _approved(held: plans.Approval, context: Context) -> html.P:
    at = i18n.moment(held.approved_at, context.settings["timezone"])
    text = t("Approved by {name} on {at}: {reason}", name=held.approved_by, at=at, reason=held.reason)
    return html.P(text, className="state-done")


def _form(plan: plan_view.PlanView, counts: dict[str, int]) -> html.Div | None:
    if not guard.allowed("plan"):
        return None
    fields = [
        # what the person has before the eyes: somebody who decides on another plan or list is told
        dcc.Store(id="approve-seen", data={"plan": plan.id, **counts}),
        dcc.Input(id="approve-reason", placeholder=t("Reason"), maxLength=300, className="reason-input"),
        dmc.Checkbox(id="approve-confirm", label=t("I have read the check list"), checked=False, size="xs"),
        html.Button(t("Approve and freeze the plan"), id="approve-go", className="button", type="button", n_clicks=0),
        html.P("", id="approve-said", className="error", role="alert"),
    ]
    return html.Div(fields, className="spaced")


def approve(context: Context, seen: Any, reason: Any, confirm: Any, *, user: str) -> str:
    """Approve the plan that a person saw and return "", or what is in the way; a forged request is a 400."""
    wanted = guard.one_of(seen.get("plan") if isinstance(seen, dict) else None, set(plan_view.ids(context)))
    if confirm is not True:
        return t("Confirm that you have read the check list.")
    counts = severity_counts(review(context.store, plans.named(context.store, wanted)))
    if counts != {name: seen.get(name) for name in counts}:
        return t("The check list has changed meanwhile: load the page again.")
    try:
        plans.approve(context.store, wanted, reason=str(reason or ""), checks=counts, user=user)
    except StoreError as error:
        return fault_words(str(error))
    return ""


def register(app: dash.Dash, context: Context, layout: Callable[[Context], Any]) -> None:
    """Register the callbacks of the forms; `layout` makes the page again after an approval."""
    kept_list_field.register(app, context, layout)

    @guard.callback(
        app,
        Output("page", "children", allow_duplicate=True),
        Output("approve-said", "children"),
        Input("approve-go", "n_clicks"),
        State("approve-seen", "data"),
        State("approve-reason", "value"),
        State("approve-confirm", "checked"),
        permission="plan",
        prevent_initial_call=True,
    )
    def go(clicks: int | None, seen: Any, reason: Any, confirm: Any) -> Any:
        if not clicks:
            return (dash.no_update,) * 2
        said = approve(context, seen, reason, confirm, user=current_user.name)
        return (dash.no_update, said) if said else (layout(context), "")
