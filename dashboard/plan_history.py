"""Programme sanity on the page of the plan: what it spends beside what the agency spent in former years."""

from __future__ import annotations

from typing import Any

import dash
import pandas as pd
from dash import Input, Output, State, html
from flask_login import current_user

from dashboard import guard, i18n, table_fields, ui
from dashboard.context import Context
from dashboard.i18n import number, pick, t
from dashboard.plan_view import PlanView, newest
from dashboard.typed_tables import table
from pavement.planning.budget_history import beside_history, budget_history, example_history, lane_km
from pavement.schema import read_table
from pavement.store import budget_history as kept

_FIELD = "history"
_FILE = "budget_history"


def card(context: Context, plan: PlanView) -> html.Section:
    """Return the comparison, the history and, for those who may, the form to enter it."""
    parts: list[Any] = [html.Div(_told(context, plan), id="history-told")]
    if guard.allowed("plan"):
        parts.append(_form(context))
    note = t("money of each year at its own prices; neither is brought to one price level")
    return ui.card(t("Beside the budgets of former years"), *parts, note=note, wide=True)


def spent_by_year(plan: PlanView) -> pd.Series:
    """Return the cost of a plan by year, 0 where nothing is done. [NT$]"""
    return plan.actions.groupby("year")["cost"].sum().reindex(plan.budgets.index).fillna(0.0)


def _told(context: Context, plan: PlanView) -> list[Any]:
    history, spent, length = kept.history(context.store), spent_by_year(plan), lane_km(plan.units)
    mine = t("This plan spends NT$ {amount} a year on {length} lane-km: NT$ {each} a lane-km.",
             amount=number(spent.mean()), length=number(length, 1),
             each=number(spent.mean() / length if length else None))  # fmt: skip
    if not len(history):
        hint = t("No budgets of former years are entered, so nothing is compared.")
        return [html.P(mine), html.P(hint, className="note")]
    years = [i18n.year_text(int(year)) for year in (history["year"].min(), history["year"].max())]
    theirs = t("{first} to {last} the agency spent NT$ {amount} a year.", first=years[0], last=years[1],
               amount=number(history["amount"].mean()))  # fmt: skip
    return [html.P(f"{mine} {theirs}"), _compared(spent, length, history), _history(context, history)]


def _compared(spent: pd.Series, length: float, history: pd.DataFrame) -> Any:
    found = beside_history(spent, length, history)
    if (found["verdict"] == "unknown").all():
        text = t(
            "They cannot be compared: the lane length of the network that the money was spent on is not known. Fill in "
            "the column lane_km under Enter budgets of former years, below; the totals of two networks say nothing of "
            "each other."
        )
        return html.P(text, className="state-failed")
    words = read_table("budget_range").set_index("measure")
    verdicts = {
        "within": ui.badge(t("within the range")),
        "below": ui.badge(t("below the range"), "poor"),
        "above": ui.badge(t("above the range"), "poor"),
        "unknown": ui.badge(t("not known")),
    }
    lines = [
        [
            pick(str(words.loc[row.measure, "zh"]), str(words.loc[row.measure, "en"])),
            number(row.plan, 1 if row.measure == "whole_network" else 0),
            number(row.history, 1 if row.measure == "whole_network" else 0),
            number(row.ratio, 2),
            f"{row.low:g} – {row.high:g}",
            verdicts[str(row.verdict)],
        ]
        for row in found.itertuples()
    ]
    heads = [t("Compared [NT$/km, km]"), t("This plan"), t("Former years"), t("Ratio"), t("Range (example)"), ""]
    return ui.table(heads, lines, numeric=[1, 2, 3, 4])


def _history(context: Context, history: pd.DataFrame) -> html.Details:
    zone = context.settings["timezone"]
    lines = [
        [
            i18n.year_text(int(row.year)), number(row.amount), number(row.lane_km, 1), str(row.source),
            t(str(row.status)), f"{i18n.moment(str(row.entered_at), zone)} {row.entered_by}",
        ]
        for row in history.itertuples()
    ]  # fmt: skip
    heads = [t("Year"), t("Spent [NT$]"), t("Lane length [km]"), t("Source"), t("Status"), t("Entered")]
    return html.Details([html.Summary(t("Budgets of former years")), ui.table(heads, lines, numeric=[1, 2])])


def _form(context: Context) -> html.Details:
    rows = as_text(kept.history(context.store))
    offered = t(
        "The template holds the figures that were found in public, with their source; nothing is taken from it before "
        "you enter it. Its column lane_km is empty: fill in the lane length [km] that each year's money was spent on, "
        "for without it nothing can be compared."
    )
    field = table_fields.field(
        _FIELD, t("Budgets of former years"), value=rows, template=_FILE, rows=4,
        help_text=t("heading and columns: year (ROC or calendar), amount, unit (NT$ or million NT$), lane_km, source, "
                    "status (verified, to confirm or example); only lane_km may be empty"),
    )  # fmt: skip
    enter = html.Button(
        t("Enter in the place of the former ones"), id="history-go", className="button main", n_clicks=0
    )
    summary = html.Summary(t("Enter budgets of former years"))
    return html.Details([summary, html.P(offered, className="note"), field, enter,
                         html.Div(id="history-line", **ui.LIVE)])  # fmt: skip


def as_text(history: pd.DataFrame) -> str:
    """Return a kept history as the rows of its table, "" for none."""
    if not len(history):
        return ""
    rows = history.assign(unit="NT$")[["year", "amount", "unit", "lane_km", "source", "status"]]
    return rows.to_csv(index=False, lineterminator="\n")


def template() -> str:
    """Return the figures that were found in public, as the table to enter."""
    return example_history().to_csv(index=False, lineterminator="\n")


def words(text: str) -> str:
    """Return what a typed history holds, in words; raises with its faults."""
    found = budget_history(table(text, file=_FILE), file=_FILE)
    return t("{count} years, no fault; mean NT$ {amount}", count=len(found), amount=number(found["amount"].mean()))


def enter(context: Context, text: Any, *, user: str) -> str:
    """Enter a typed history in the place of the former one, an empty one to take it out; return what was done."""
    rows = table_fields.checked_text(text)
    if not rows:
        kept.enter(context.store, kept.history(context.store).iloc[:0], user=user)
        return t("The budgets of former years were taken out.")
    found = budget_history(table(rows, file=_FILE), file=_FILE)
    kept.enter(context.store, found, user=user)
    return t("{count} years entered.", count=len(found))


def register(app: dash.Dash, context: Context) -> None:
    """Register the callbacks of the card."""
    table_fields.register(app, _FIELD, permission="plan", check=words, fields=[])

    @guard.callback(
        app,
        Output("history-line", "children"),
        Output("history-told", "children"),
        Input("history-go", "n_clicks"),
        State(f"{_FIELD}-text", "value"),
        permission="plan",
        prevent_initial_call=True,
    )
    def entered(clicks: int, text: Any) -> tuple[Any, Any]:
        plan = newest(context)
        if not clicks or plan is None:
            return dash.no_update, dash.no_update
        said = enter(context, text, user=current_user.name)
        return html.P(said, className="state-done"), _told(context, plan)
