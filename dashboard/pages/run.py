"""One run: what a survey package brought, by whom, and what of it was refused."""

from __future__ import annotations

from typing import Any

import dash
from dash import Input, Output, State, dcc, html
from flask import abort
from flask_login import current_user

from dashboard import guard, i18n, queries, ui
from dashboard.context import Context
from dashboard.fault_words import fault_words
from dashboard.i18n import number, t
from dashboard.pages.quality import fault_table
from pavement.errors import StoreError
from pavement.store.withdrawal import withdraw

PATH, TITLE, ICON, MENU, PERMISSION = "/run/", "Run", "run", False, "view"


def layout(context: Context, run: str) -> html.Div:
    """Return the page of one run."""
    frame = queries.run_list(context)
    found = frame[frame["run"] == run]
    if not len(found):
        abort(404)
    row = found.iloc[0]
    faults = queries.faults(context)
    faults = faults[faults["run"] == run]
    notes = queries.notes(context)
    notes = notes[notes["run"] == run]
    states = {"published": t("in force"), "superseded": t("superseded"), "withdrawn": t("withdrawn")}
    about = [
        (t("Survey"), row["survey"]),
        (t("Operator"), row["operator"]),
        (t("Vehicle"), row["vehicle"] or "–"),
        (t("Surveyed on"), str(row["surveyed_on"])[:10]),
        (t("Published"), f"{i18n.moment(row['published_at'], context.settings['timezone'])} · {row['published_by']}"),
        (t("State"), states.get(row["state"], row["state"])),
        (t("Run"), html.Code(run)),
    ]
    rows = [[queries.table_label(name), number(count)] for name, count in row["counts"].items()]
    return ui.page(
        row["title"],
        html.Div(
            [
                ui.card(t("Package"), ui.facts(about)),
                ui.card(t("Rows published"), ui.table([t("Table"), t("Rows")], rows, numeric=[1])),
                ui.card(
                    t("Refused records"),
                    fault_table(faults) if len(faults) else html.P(t("No faults."), className="note"),
                    wide=True,
                ),
                ui.card(t("Noted; nothing was left out"), fault_table(notes), wide=True) if len(notes) else None,
                _withdrawal(run) if row["state"] == "published" and guard.allowed("upload") else None,
            ],
            className="halves",
        ),
    )


def _withdrawal(run: str, said: str = "") -> html.Section:
    """Return the box that takes the run out of force."""
    text = t("Readers no longer see its data, and what it had replaced is in force again. Nothing is deleted.")
    return ui.card(
        t("Withdraw this run"),
        html.P(text, className="reason"),
        html.Div(
            [
                dcc.Input(id="withdraw-reason", placeholder=t("Reason"), maxLength=300, className="reason-input"),
                html.Button(t("Withdraw"), id="withdraw", className="button", type="button"),
                dcc.Store(id="withdraw-run", data=run),
            ],
            className="row",
        ),
        html.P(said, id="withdraw-said", className="error", role="alert"),
        wide=True,
    )


def register(app: dash.Dash, context: Context) -> None:
    """Register the callback of the page."""

    @guard.callback(
        app,
        Output("page", "children", allow_duplicate=True),
        Output("withdraw-said", "children"),
        Input("withdraw", "n_clicks"),
        State("withdraw-reason", "value"),
        State("withdraw-run", "data"),
        permission="upload",
        prevent_initial_call=True,
    )
    def withdrawn(clicks: int | None, reason: str | None, run: str) -> Any:
        if not clicks:
            return dash.no_update, dash.no_update
        try:
            withdraw(context.store, guard.one_of(run, _in_force(context)), user=current_user.name, reason=reason or "")
        except StoreError as error:
            return dash.no_update, fault_words(str(error))
        return layout(context, run), ""


def _in_force(context: Context) -> set[str]:
    frame = queries.run_list(context)
    return set(frame.loc[frame["state"] == "published", "run"])
