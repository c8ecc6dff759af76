"""The list of committed bridge works on the page of the plan: a CSV file takes the place of the list in force."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any

import dash
from dash import Input, Output, State, dcc, html
from flask import abort
from flask_login import current_user

from dashboard import guard, ui
from dashboard.context import Context
from dashboard.fault_words import fault_words
from dashboard.i18n import t
from dashboard.report_form import today
from pavement.errors import StoreError
from pavement.store import bridge_works

# characters that a callback may bring, less what else it holds
_LARGEST = 1_500_000
_NAMED = 120
_FAULTS = 5


def form() -> html.Div | None:
    """Return the field that takes a file, None for who may not."""
    if not guard.allowed("plan"):
        return None
    text = t("Give the list of committed bridge works (CSV): it takes the place of the one in force")
    button = html.Button([ui.icon("upload"), text], type="button", className="button")
    return html.Div(
        [
            dcc.Upload(button, id="bridges-file", accept=".csv,text/csv", max_size=_LARGEST, multiple=False),
            html.P("", id="bridges-said", className="error", role="alert"),
        ],
        style={"margin": "12px 0"},
    )


def keep(context: Context, content: Any, name: Any, *, user: str) -> str:
    """Keep the list of a file as a browser sends it and return "", or what is wrong; a forged request is a 400."""
    if not isinstance(content, str) or not isinstance(name, str) or len(content) > _LARGEST:
        abort(400)
    try:
        raw = base64.b64decode(content.partition(",")[2], validate=True)
    except (binascii.Error, ValueError):
        abort(400)
    try:
        works = bridge_works.parsed(context.store, raw, name=name[:_NAMED])
        bridge_works.keep(context.store, works, title=name[:_NAMED], user=user, today=today(context))
    except StoreError as error:
        rows = [f"{row.row}: {fault_words(str(row.message))}" for row in error.faults.head(_FAULTS).itertuples()]
        return " ".join([fault_words(str(error)), *rows])
    return ""


def register(app: dash.Dash, context: Context, layout: Callable[[Context], Any]) -> None:
    """Register the callback of the field; `layout` makes the page again."""

    @guard.callback(
        app,
        Output("page", "children", allow_duplicate=True),
        Output("bridges-said", "children"),
        Input("bridges-file", "contents"),
        State("bridges-file", "filename"),
        permission="plan",
        prevent_initial_call=True,
    )
    def take(content: Any, name: Any) -> Any:
        if content is None:
            return (dash.no_update,) * 2
        said = keep(context, content, name, user=current_user.name)
        return (dash.no_update, said) if said else (layout(context), "")
