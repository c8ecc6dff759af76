"""The fields of a report of distress and of its steps, for phone and desk; photos go ahead of them on their own."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import dash_mantine_components as dmc
import pandas as pd
from dash import dcc, html
from flask_login import current_user

from dashboard import i18n, queries, ui
from dashboard.context import Context
from dashboard.i18n import t
from dashboard.photo_uploads import network
from ingest.main_route import placed_on_main
from ingest.position import located
from pavement.condition.distress_life import PLANNED, REPAIRED, REPORTED
from pavement.errors import StoreError
from pavement.store.reports import Author


def state_text(state: str) -> str:
    """Return the state of a distress in the present language."""
    return {REPORTED: t("reported"), PLANNED: t("repair planned"), REPAIRED: t("repaired")}.get(state, state)


def state_badge(state: str) -> html.Span:
    """Return the state of a distress as a short word."""
    return ui.badge(state_text(state), {REPORTED: "poor", PLANNED: "fair", REPAIRED: "good"}.get(state, ""))


def today(context: Context) -> dt.date:
    """Return the day in the agency's time zone."""
    return dt.datetime.now(ZoneInfo(str(context.settings["timezone"]))).date()


def author(context: Context) -> Author:
    """Return the person of this request and today in the agency's time zone."""
    return Author(current_user.name, today(context))


def photo_field(label: str) -> html.Div:
    """Return the button that takes or chooses a photo, its picture and what it tells."""
    texts = {
        "sending": t("Sending the photo …"),
        "failed": t("The connection broke and did not come back."),
    }
    return html.Div(
        [
            html.Button([ui.icon("photo"), label], id="report-choose", className="button big", type="button"),
            html.Div(id="report-preview", className="report-preview"),
            html.P("", id="report-said", className="note", **ui.LIVE),
            dcc.Store(id="report-photo", data=""),
            dcc.Store(id="report-setup", data=texts),
        ],
        id="report-drop",
        className="report-photo",
    )


def field(label: str, part: Any) -> html.Label:
    """Return a field under its label."""
    return html.Label([html.Span(label), part], className="field")


def _day(name: str, value: str = "") -> dcc.Input:
    # as text, for the agency writes ROC years
    return dcc.Input(id=name, value=value, placeholder="2024-03-02, 113/03/02", maxLength=20)


def new_report(context: Context) -> html.Div:
    """Return the form of a new report."""
    routes = queries.routes(context)
    ways = sorted(set(zip(routes["route"].astype(str), routes["direction"].astype(str), strict=True)))
    lanes = sorted(set(queries.cells(context)["lane"].astype(str)))
    choices = [{"value": f"{r} {d}", "label": f"{i18n.route_label(r)} {i18n.direction_text(d)}"} for r, d in ways]
    of_lanes = [{"value": lane, "label": i18n.lane_text(lane)} for lane in lanes]
    return html.Div(
        [
            photo_field(t("Take or choose a photo")),
            field(t("Route and direction"), dmc.Select(id="report-way", data=choices, searchable=True)),
            field(t("Chainage"), dcc.Input(id="report-chainage", placeholder="25k+300", maxLength=40)),
            field(t("Lane (if known)"), dmc.Select(id="report-lane", data=of_lanes, clearable=True)),
            field(t("Distress seen"), dcc.Textarea(id="report-words", maxLength=500, rows=3)),
            field(t("Seen on"), _day("report-day", author(context).today.isoformat())),
            field(t("Source of report"), dcc.Input(id="report-source", value=t("patrol"), maxLength=80)),
            html.Button(t("Send the report"), id="report-send", className="button main big", type="button"),
            html.P("", id="report-fault", className="error", role="alert"),
        ],
        className="report-form",
    )


def step_form(record: pd.Series) -> Any:
    """Return the forms that say that a repair is planned or done; folded away once it is done."""
    forms = html.Div([_note_field(record), _plan_form(), _repair_form()], className="steps")
    if record["state"] != REPAIRED:
        return forms
    return html.Details([html.Summary(t("The repair is done. Correct what is on record")), forms])


def _note_field(record: pd.Series) -> html.Div:
    """Return the field that both steps need: it stands before their buttons, which wait for it."""
    label = t("Note, needed for each step; it is kept with your name")
    return html.Div(
        [
            field(label, dcc.Textarea(id="step-reason", maxLength=500, rows=2)),
            dcc.Store(id="step-record", data={"id": record["id"], "seen": record["run"]}),
            html.P("", id="step-fault", className="error", role="alert"),
        ],
        className="report-form wide",
    )


def _plan_form() -> html.Div:
    return html.Div(
        [
            html.H3(t("Plan the repair")),
            field(t("Planned on"), _day("step-planned-on")),
            field(t("Method"), dcc.Input(id="step-planned-method", maxLength=200)),
            _step_button("step-planned", t("Mark as planned")),
        ],
        className="report-form",
    )


def _repair_form() -> html.Div:
    return html.Div(
        [
            html.H3(t("Record the repair")),
            photo_field(t("Photo after the repair")),
            field(t("Repaired on"), _day("step-repaired-on")),
            field(t("Contractor"), dcc.Input(id="step-contractor", maxLength=200)),
            field(t("Method"), dcc.Input(id="step-repair-method", maxLength=200)),
            _step_button("step-repaired", t("Mark as repaired")),
        ],
        className="report-form",
    )


def _step_button(name: str, text: str) -> html.Button:
    hint = t("Write a note first.")
    return html.Button(text, id=name, className="button big", type="button", disabled=True, title=hint)


def placed(context: Context, way: str, chainage: str, lane: str) -> dict[str, Any]:
    """
    Return route, direction, lane, measure_m and position of a place as a person wrote it.

    Raises
    ------
    StoreError
        It lies nowhere on the network; the message says why.
    """
    route, _, direction = way.partition(" ")
    if not direction:
        raise StoreError("Route and direction are not chosen.", cure="Choose them.")
    written = {"route": route, "direction": direction, "lane": lane or "", "chainage": chainage.strip(), "_row": 1}
    frame = pd.DataFrame([written], dtype=object)
    crs = context.store.crs
    known = network(context)
    found, faults = located(frame, network=known, crs=crs, span="place", lane="optional", file="form")
    if len(faults):
        raise StoreError(faults["message"].iloc[0], cure=faults["cure"].iloc[0])
    row = placed_on_main(found, "distress", known).iloc[0]
    position = f"{i18n.route_label(route)} {chainage.strip()} {i18n.direction_text(direction)}"
    return {c: row[c] for c in ("route", "direction", "lane", "measure_m")} | {"position": position}
