"""The form that puts a candidate beside the live model, makes it live with a reason, or goes back to the former."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import dash
import dash_mantine_components as dmc
import pandas as pd
from dash import Input, Output, State, dcc, html
from flask_login import current_user

from dashboard import guard, i18n, ui
from dashboard.context import Context
from dashboard.fault_words import fault_words
from dashboard.i18n import t
from dashboard.model_words import comparison, notes
from models.promotion import Review, promote, review
from pavement.errors import ModelError, StoreError
from pavement.store import registry

_MOST = 12


def form(target: str, own: pd.DataFrame, *, timezone: str) -> html.Div:
    """
    Return the form of one measure.

    Parameters
    ----------
    own
        Registered versions of the measure, newest first, as of :func:`pavement.store.registry.versions`.
    """
    name = f"promote-{target}"
    choices = [
        {"label": f"{row['model']} · {i18n.moment(row['created_at'], timezone)}", "value": row["model"]}
        for row in own[~own["live"]].head(_MOST).to_dict("records")
    ]
    return html.Div(
        [
            html.H3(t("Approve a candidate, or go back")),
            # what is live as the page shows it: whoever decides later than somebody else is told
            dcc.Store(id=f"{name}-seen", data=next(iter(own.loc[own["live"], "model"]), "")),
            dmc.Select(id=f"{name}-model", data=choices, placeholder=t("Choose a candidate"), clearable=True),
            html.Div(id=f"{name}-beside", **ui.LIVE),
            html.Div(
                [
                    dcc.Input(id=f"{name}-reason", placeholder=t("Reason"), maxLength=300, className="reason-input"),
                    dmc.Checkbox(
                        id=f"{name}-confirm",
                        label=t("Make it live even if it forecasts worse"),
                        checked=False,
                        size="xs",
                    ),
                    _button(f"{name}-go", t("Approve and make live")),
                    _button(f"rollback-{target}-go", t("Back to the former model")),
                ],
                className="spaced",
            ),
            html.P("", id=f"{name}-said", className="error", role="alert"),
        ]
    )


def _button(name: str, text: str) -> html.Button:
    return html.Button(text, id=name, className="button", type="button", n_clicks=0)


def beside(found: Review) -> html.Div:
    """Return a candidate beside the live model as a table, and what limits the comparison."""
    language = i18n.language()
    frame = comparison(found, language=language)
    told = [html.P(fault_words(note), className="reason") for note in notes(found, language=language)]
    rows = ui.table(
        [head[:1].upper() + head[1:] for head in frame.columns],
        frame.to_numpy().tolist(),
        numeric=[0, *range(2, frame.shape[1])],
    )
    return html.Div([rows if len(frame) else None, *told])


def register(app: dash.Dash, context: Context, targets: Sequence[str], layout: Callable[[Context, str], Any]) -> None:
    """Register the callbacks of the form of each measure; `layout` makes the page again after a change."""
    for target in targets:
        _register_beside(app, context, target)
        _register_promote(app, context, target, layout)
        _register_rollback(app, context, target, layout)


def _candidate(context: Context, target: str, model: Any) -> str:
    return str(guard.one_of(model, set(registry.versions(context.store, target)["model"])))


def _register_beside(app: dash.Dash, context: Context, target: str) -> None:
    name = f"promote-{target}"

    @guard.callback(
        app,
        Output(f"{name}-beside", "children"),
        Input(f"{name}-model", "value"),
        permission="promote",
        prevent_initial_call=True,
    )
    def compare(model: Any) -> Any:
        if not model:
            return None
        try:
            return beside(review(context.store, _candidate(context, target, model), settings=context.settings))
        except (ModelError, StoreError) as error:
            return html.P(fault_words(str(error)), className="error")


def _register_promote(app: dash.Dash, context: Context, target: str, layout: Callable[[Context, str], Any]) -> None:
    name = f"promote-{target}"

    @guard.callback(
        app,
        Output("page", "children", allow_duplicate=True),
        Output(f"{name}-said", "children"),
        Input(f"{name}-go", "n_clicks"),
        State(f"{name}-model", "value"),
        State(f"{name}-reason", "value"),
        State(f"{name}-confirm", "checked"),
        State(f"{name}-seen", "data"),
        permission="promote",
        prevent_initial_call=True,
    )
    def approve(clicks: int | None, model: Any, reason: Any, confirm: Any, seen: Any) -> Any:
        if not clicks:
            return (dash.no_update,) * 2
        if not model:
            return dash.no_update, t("Choose a candidate")
        try:
            promote(
                context.store,
                _candidate(context, target, model),
                user=current_user.name,
                reason=str(reason or ""),
                settings=context.settings,
                confirm_worse=bool(confirm),
                replaces=str(seen or ""),
            )
        except (ModelError, StoreError) as error:
            return dash.no_update, fault_words(str(error))
        return layout(context, target), ""


def _register_rollback(app: dash.Dash, context: Context, target: str, layout: Callable[[Context, str], Any]) -> None:
    name = f"promote-{target}"

    @guard.callback(
        app,
        Output("page", "children", allow_duplicate=True),
        Output(f"{name}-said", "children", allow_duplicate=True),
        Input(f"rollback-{target}-go", "n_clicks"),
        State(f"{name}-reason", "value"),
        State(f"{name}-seen", "data"),
        permission="promote",
        prevent_initial_call=True,
    )
    def back(clicks: int | None, reason: Any, seen: Any) -> Any:
        if not clicks:
            return (dash.no_update,) * 2
        try:
            said = {"reason": str(reason or ""), "replaces": str(seen or "")}
            registry.rollback(context.store, target, user=current_user.name, **said)
        except (ModelError, StoreError) as error:
            return dash.no_update, fault_words(str(error))
        return layout(context, target), ""
