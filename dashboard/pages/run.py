"""One run: what a survey package brought, by whom, and what of it was refused."""

from __future__ import annotations

from typing import Any

import dash
from dash import Input, Output, State, dcc, html
from flask import abort
from flask_login import current_user

from dashboard import frame_coverage, guard, i18n, queries, run_checks, run_frames, ui
from dashboard.context import Context
from dashboard.fault_words import fault_words
from dashboard.i18n import number, t
from dashboard.pages.quality import fault_table, state_text
from ingest.report import NOTES
from pavement.errors import StoreError
from pavement.store.runs import HELD
from pavement.store.withdrawal import IN_FORCE, REJECTED, WITHDRAWN, reinstate, withdraw

PATH, TITLE, ICON, MENU, PERMISSION = "/run/", "Run", "run", False, "view"

# what a person may do to a run, by its state
_CHANGES = {IN_FORCE: withdraw, WITHDRAWN: reinstate}


def layout(context: Context, run: str) -> html.Div:
    """Return the page of one run."""
    frame = queries.run_list(context)
    found = frame[frame["run"] == run]
    if not len(found):
        abort(404)
    row = found.iloc[0]
    listed = queries.listed(context)
    listed = listed[listed["run"] == run]
    faults, notes = listed[~listed["rule"].isin(NOTES)], listed[listed["rule"].isin(NOTES)]
    about = [
        (t("Survey"), row["survey"]),
        (t("Operator"), row["operator"]),
        (t("Vehicle"), row["vehicle"] or "–"),
        (t("Surveyed on"), str(row["surveyed_on"])[:10]),
        (
            t("Received") if row["state"] in (HELD, REJECTED) else t("Published"),
            f"{i18n.moment(row['published_at'], context.settings['timezone'])} · {row['published_by']}",
        ),
        (t("State"), _state(context, run, str(row["state"]))),
        (t("Run"), html.Code(run)),
    ]
    rows = [[queries.table_label(name), number(count)] for name, count in row["counts"].items()]
    return ui.page(
        row["title"],
        html.Div(
            [
                run_checks.gate(run, str(row["state"])),
                # red checks below stand in another light when a person has vouched for them
                _decided(context, run),
                ui.card(t("Package"), ui.facts(about)),
                ui.card(_rows_title(row["state"]), ui.table([t("Table"), t("Rows")], rows, numeric=[1])),
                run_checks.card(context, run),
                *run_frames.cards(context, run),
                ui.card(
                    t("Refused records"),
                    fault_table(faults) if len(faults) else html.P(t("No faults."), className="note"),
                    wide=True,
                ),
                ui.card(t("Noted; no record was refused for it"), fault_table(notes), wide=True)
                if len(notes)
                else None,
                frame_coverage.card(context, run),
                _change(run, str(row["state"])) if row["state"] in _CHANGES and guard.allowed("upload") else None,
            ],
            className="halves",
        ),
    )


def _state(context: Context, run: str, state: str) -> str:
    """Return the state of a run, and who released it in spite of its checks."""
    released = [d for d in queries.decisions(context, run) if d["action"] == "release"]
    if not released:
        return state_text(state)
    last = released[-1]
    when = i18n.moment(last["at"], context.settings["timezone"])
    said = t("released by {user}, {when}: {reason}", user=last["user"], when=when, reason=last["reason"])
    return f"{state_text(state)} · {said}"


def _rows_title(state: str) -> str:
    # what is held or rejected is shown nowhere, so it is not called published
    return t("Rows kept") if state in (HELD, REJECTED) else t("Rows published")


def _decided(context: Context, run: str) -> html.Section | None:
    """Return who took the run out of force or put it back, when and why."""
    words = {
        "withdraw": t("withdrawn"),
        "reinstate": t("put back in force"),
        "release": t("released"),
        "reject": t("rejected"),
    }
    rows = [
        [i18n.moment(d["at"], context.settings["timezone"]), d["user"], words[d["action"]], d["reason"]]
        for d in queries.decisions(context, run)
    ]
    heads = [t("When"), t("By"), t("What"), t("Reason")]
    return ui.card(t("What people decided"), ui.table(heads, rows), wide=True) if rows else None


def _change(run: str, state: str) -> html.Section:
    """Return the box that takes a run out of force, or puts it back."""
    title, act = t("Withdraw this run"), t("Withdraw")
    text = t("Readers no longer see its data, and what it had replaced is in force again. Nothing is deleted.")
    if state == WITHDRAWN:
        title, act = t("Put this run back in force"), t("Put back")
        text = t("Readers see its data again, in place of what the withdrawal had put back.")
    return ui.card(
        title,
        html.P(text, className="reason"),
        html.Div(
            [
                dcc.Input(id="withdraw-reason", placeholder=t("Reason"), maxLength=300, className="reason-input"),
                html.Button(act, id="withdraw", className="button", type="button"),
                dcc.Store(id="withdraw-run", data=run),
            ],
            className="spaced",
        ),
        html.P("", id="withdraw-said", className="error", role="alert"),
        wide=True,
    )


def register(app: dash.Dash, context: Context) -> None:
    """Register the callbacks of the page."""
    run_checks.register(app, context, layout)

    @guard.callback(
        app,
        Output("page", "children", allow_duplicate=True),
        Output("withdraw-said", "children"),
        Output("data-version", "children", allow_duplicate=True),
        Input("withdraw", "n_clicks"),
        State("withdraw-reason", "value"),
        State("withdraw-run", "data"),
        permission="upload",
        prevent_initial_call=True,
    )
    def changed(clicks: int | None, reason: str | None, run: str) -> Any:
        if not clicks:
            return (dash.no_update,) * 3
        states = queries.run_list(context).set_index("run")["state"]
        state = guard.one_of(states[guard.one_of(run, set(states.index))], _CHANGES)
        try:
            _CHANGES[state](context.store, run, user=current_user.name, reason=reason or "")
        except StoreError as error:
            return dash.no_update, fault_words(str(error)), dash.no_update
        return layout(context, run), "", t("Data version {number}", number=queries.version(context))
