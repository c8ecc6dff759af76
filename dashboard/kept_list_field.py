"""Lists that are kept, on the page of the plan: a CSV file takes the place of the list in force."""

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
from dashboard.policy_files import offices
from dashboard.report_form import today
from pavement.errors import StoreError
from pavement.store.kept_lists import BRIDGES, OFFICES, KeptList

# characters that a callback may bring, less what else it holds
_LARGEST = 1_500_000
_NAMED = 120
_FAULTS = 5


def form(kept: KeptList) -> html.Div | None:
    """Return the field that takes a file, None for who may not."""
    if not guard.allowed("plan"):
        return None
    text = (
        t("Give the list of committed bridge works (CSV): it takes the place of the one in force")
        if kept is BRIDGES
        else t("Give the stretches of section offices (CSV): they take the place of those in force")
    )
    name = _ids()[kept]
    button = html.Button([ui.icon("upload"), text], type="button", className="button")
    return html.Div(
        [
            dcc.Upload(button, id=f"{name}-file", accept=".csv,text/csv", max_size=_LARGEST, multiple=False),
            html.P("", id=f"{name}-said", className="error", role="alert"),
        ],
        style={"margin": "12px 0"},
    )


def offices_words(context: Context) -> str:
    """Return which section offices are known, in words."""
    table, _ = offices(context.store, context.settings)
    names = sorted(set(table["office"]) - {""}) if "office" in table else []
    if not names:
        return t("No section offices are known: limits by office need their stretches (route, from_m, to_m, office).")
    return t("Section offices: {names}", names=", ".join(names))


def _ids() -> dict[KeptList, str]:
    return {BRIDGES: "bridges", OFFICES: "offices"}


def keep(context: Context, kept: KeptList, content: Any, name: Any, *, user: str) -> str:
    """Keep the list of a file as a browser sends it and return "", or what is wrong; a forged request is a 400."""
    if not isinstance(content, str) or not isinstance(name, str) or len(content) > _LARGEST:
        abort(400)
    try:
        raw = base64.b64decode(content.partition(",")[2], validate=True)
    except (binascii.Error, ValueError):
        abort(400)
    try:
        rows = kept.parsed(context.store, raw, name=name[:_NAMED])
        kept.keep(context.store, rows, title=name[:_NAMED], user=user, today=today(context))
    except StoreError as error:
        listed = [f"{row.row}: {fault_words(str(row.message))}" for row in error.faults.head(_FAULTS).itertuples()]
        return " ".join([fault_words(str(error)), *listed])
    return ""


def register(app: dash.Dash, context: Context, layout: Callable[[Context], Any]) -> None:
    """Register the callbacks of the fields; `layout` makes the page again."""
    for kept, name in _ids().items():
        _register(app, context, layout, kept, name)


def _register(app: dash.Dash, context: Context, layout: Callable[[Context], Any], kept: KeptList, name: str) -> None:
    # a new list of bridges changes what is found on the page; what is typed beside that of offices must stay
    shown = Output("page", "children", allow_duplicate=True) if kept is BRIDGES else Output(f"{name}-now", "children")

    @guard.callback(
        app,
        shown,
        Output(f"{name}-said", "children"),
        Input(f"{name}-file", "contents"),
        State(f"{name}-file", "filename"),
        permission="plan",
        prevent_initial_call=True,
    )
    def take(content: Any, file: Any) -> Any:
        if content is None:
            return (dash.no_update,) * 2
        said = keep(context, kept, content, file, user=current_user.name)
        return (dash.no_update, said) if said else (layout(context) if kept is BRIDGES else offices_words(context), "")
