"""One report of distress: what was seen, photos before and after, its life, and what frames show there."""

from __future__ import annotations

from typing import Any

import dash
import pandas as pd
from dash import Input, Output, State, ctx, dcc, html
from flask import abort

from dashboard import guard, i18n, link_card, media, photo_uploads, report_form, ui
from dashboard.context import Context
from dashboard.fault_words import fault_words
from dashboard.i18n import t
from dashboard.pages.reports import listed, place
from pavement.condition.distress_life import PLANNED, REPAIRED
from pavement.errors import LocationError, PavementError
from pavement.network.chainage import Chainage, parse, posted_measure
from pavement.schema import labels
from pavement.store import reports

PATH, TITLE, ICON, MENU, PERMISSION = "/report/", "Report of distress", "reports", False, "view"

_FACTS = (
    *("record", "reported_on", "description", "position", "source", "planned_on", "planned_method"),
    *("repaired_on", "contractor", "repair_method", "repair_note"),
)
_FIELDS = {
    PLANNED: ("planned_on", "planned_method"),
    REPAIRED: ("repaired_on", "contractor", "repair_method"),
}


def layout(context: Context, key: str) -> html.Div:
    """Return the page of one report."""
    found = listed(context)
    found = found[found["id"] == key]
    if not len(found):
        abort(404)
    row = found.iloc[0]
    words = labels("distress", language=i18n.language())
    told = {c: _text(row[c]) for c in _FACTS} | {"position": position_text(_text(row["position"]))}
    shown = [(words[c], text) for c, text in told.items() if text]
    return ui.page(
        place(row),
        html.Div(
            [
                ui.card(t("On record"), ui.facts([*shown, (t("State"), report_form.state_badge(row["state"]))])),
                ui.card(t("Before and after"), _photos(context, row)),
                ui.card(t("What frames show here"), link_card.content(context, row)),
                ui.card(t("Steps"), _life(context, row)),
                ui.card(t("Next step"), report_form.step_form(row), wide=True) if guard.allowed("report") else None,
            ],
            className="halves",
        ),
        note=t("A report of distress on the road"),
        actions=[dcc.Link([ui.icon("back"), t("All reports")], href="/reports", className="button")],
    )


def _text(value: Any) -> str:
    return "" if pd.isna(value) else str(value)[:10] if isinstance(value, pd.Timestamp) else str(value)


def position_text(position: str) -> str:
    """Return a position on record in the present language; one that says more than a place stays as it was written."""
    try:
        return posted_place_of(parse(position))
    except LocationError:
        return position


def posted_place_of(found: Chainage) -> str:
    """Return a place as posted, with route and direction."""
    sign = posted_measure(found.measure, found.piece)
    return f"{i18n.route_label(found.route)} {sign} {i18n.direction_text(found.direction)}".strip()


def _photos(context: Context, row: pd.Series) -> html.Div:
    texts = {"photo": t("Reported"), "repair_photo": t("After the repair")}
    parts = [
        html.Figure(
            [
                html.A(html.Img(src=f"/image/{row[c]}", alt=text), href=f"/image/{row[c]}", target="_blank"),
                html.Figcaption(text),
            ]
        )
        for c, text in texts.items()
        if row[c]
    ]
    if not parts:
        return ui.empty(t("No photo was sent."))
    blurred = t("Photos are blurred for your role: people and number plates may be on them.")
    note = html.P(blurred, className="note") if media.photos_blurred(context) else None
    return html.Div([html.Div(parts, className="before-after"), note])


def _life(context: Context, row: pd.Series) -> html.Div:
    """Return who said what on these pages, and when."""
    told = reports.life(context.store, row)
    if not len(told):
        return ui.empty(t("It came in with a package of records."), t("Steps taken on this page are listed here."))
    lines = [
        [
            html.Span(i18n.moment(step["at"], context.settings["timezone"]), className="date"),
            step["user"],
            report_form.state_badge(step["state"]),
            step["reason"],
        ]
        for step in told.to_dict("records")
    ]
    return ui.table([t("When"), t("By"), t("State"), t("Note")], lines)


def register(app: dash.Dash, context: Context) -> None:
    """Register the callbacks of the page."""
    link_card.register(app, context, layout)
    app.clientside_callback(
        dash.ClientsideFunction("pavement_report", "wait"),
        Output("step-planned", "disabled"),
        Output("step-repaired", "disabled"),
        Input("step-reason", "value"),
    )
    names = [f"step-{name.replace('_', '-')}" for fields in _FIELDS.values() for name in fields]

    @guard.callback(
        app,
        Output("page", "children", allow_duplicate=True),
        Output("step-fault", "children"),
        Input("step-planned", "n_clicks"),
        Input("step-repaired", "n_clicks"),
        State("step-record", "data"),
        State("step-reason", "value"),
        State("report-photo", "data"),
        *[State(name, "value") for name in names],
        permission="report",
        prevent_initial_call=True,
    )
    def step(planned: int | None, repaired: int | None, about: Any, reason: Any, photo: Any, *values: Any) -> Any:
        if not (planned or repaired):
            return dash.no_update, dash.no_update
        texts = [reason, photo, *values]
        if not isinstance(about, dict) or not all(text is None or isinstance(text, str) for text in texts):
            abort(400)
        state = str(guard.one_of(str(ctx.triggered_id).removeprefix("step-"), _FIELDS))
        key = guard.checked_id(about.get("id"))
        columns = [name for fields in _FIELDS.values() for name in fields]
        fields = dict(zip(columns, values, strict=True))
        try:
            content = photo_uploads.taken(context, photo or "") if state == REPAIRED else None
            reports.step(
                context.store,
                key,
                state,
                fields | ({"repair_note": reason} if state == REPAIRED else {}),
                seen=str(about.get("seen")),
                reason=reason or "",
                by=report_form.author(context),
                photo=content,
            )
        except PavementError as error:
            return dash.no_update, fault_words(str(error))
        return layout(context, key), ""
