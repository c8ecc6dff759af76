"""A button that asks for long work, and the line that follows it; shared by the pages that start work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dash
from dash import Input, Output, State, dcc, html
from flask_login import current_user

from dashboard import guard, jobs, missed_limits, ui
from dashboard.context import Context
from dashboard.fault_words import fault_words
from dashboard.i18n import t


def panel(context: Context, name: str, text: str, fields: list[Any], *, kind: str) -> html.Div:
    """Return the fields, the button and the line of one kind of work; work under way is followed at once."""
    going = jobs.running(context.store, kind)
    return html.Div(
        [
            html.Div(
                [
                    *fields,
                    html.Button(text, id=f"{name}-go", className="button main", n_clicks=0),
                    html.Button(t("Stop"), id=f"{name}-stop", className="button", n_clicks=0, hidden=going is None),
                ],
                className="task",
            ),
            html.Div(id=f"{name}-line", className="task-line", **ui.LIVE),
            dcc.Store(id=f"{name}-job", data=going),
            dcc.Interval(id=f"{name}-tick", interval=1000, disabled=going is None),
        ]
    )


def register(
    app: dash.Dash,
    context: Context,
    name: str,
    *,
    kind: str,
    permission: str,
    fields: list[str | tuple[str, str]],
    arguments: Callable[..., dict[str, Any]],
) -> None:
    """
    Register the callbacks of a panel.

    Parameters
    ----------
    fields
        Ids of the fields whose values go to `arguments`; where it is not ``value`` that holds it, id and property.
    arguments
        Checks the values and returns the arguments of the job.
    """

    @guard.callback(
        app,
        Output(f"{name}-job", "data"),
        Output(f"{name}-tick", "disabled"),
        Input(f"{name}-go", "n_clicks"),
        *[State(field, "value") if isinstance(field, str) else State(*field) for field in fields],
        permission=permission,
        prevent_initial_call=True,
    )
    def begin(clicks: int, *values: Any) -> tuple[Any, bool]:
        if not clicks:
            return dash.no_update, True
        going = jobs.running(context.store, kind)
        if going is None:
            going = jobs.ask(context.store, kind, arguments(*values), user=current_user.name)
        return going, False

    @guard.callback(
        app,
        Output(f"{name}-line", "children"),
        Output(f"{name}-tick", "disabled", allow_duplicate=True),
        Output(f"{name}-go", "disabled"),
        Output(f"{name}-stop", "hidden"),
        Input(f"{name}-tick", "n_intervals"),
        Input(f"{name}-job", "data"),
        permission=permission,
        prevent_initial_call="initial_duplicate",
    )
    def follow(_: int | None, number: Any) -> tuple[Any, bool, bool, bool]:
        job = jobs.view(context.store, number)
        if job is None or job.kind != kind:
            return None, True, False, True
        return line(job), job.over, not job.over, job.over

    @guard.callback(
        app,
        Output(f"{name}-stop", "disabled"),
        Input(f"{name}-stop", "n_clicks"),
        Input(f"{name}-job", "data"),
        permission=permission,
        prevent_initial_call=True,
    )
    def stop(clicks: int, number: Any) -> bool:
        """Ask the job to stop, and take no second click; the next job can be stopped again."""
        job = jobs.view(context.store, number)
        if dash.ctx.triggered_id != f"{name}-stop" or not clicks or job is None or job.kind != kind:
            return False
        jobs.stop(context.store, job.id, user=current_user.name)
        return True


def line(job: jobs.JobView) -> list[Any]:
    """Return where a job stands: a bar while it runs, its last words when it is over."""
    if not job.over:
        share = 100 * job.done / job.total if job.total else 0
        return [
            html.Div(html.Div(style={"width": f"{share:.1f}%"}), className="bar"),
            html.P(jobs.progress_line(job), className="note"),
        ]
    if job.state == "done":
        told = "\n".join(fault_words(text) for text in job.message.splitlines())
        again = html.A(t("Load the page again"), href="", className="link")
        return [html.P([f"{t('Ready.')} {told} ", again], className="state-done")]
    return [html.Div(missed_limits.said(text), className="state-failed") for text in job.message.splitlines()]
