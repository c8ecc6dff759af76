"""Reports of distress: what people saw on the road, how far its repair is, who found it first; a form for new ones."""

from __future__ import annotations

from typing import Any

import dash
import dash_mantine_components as dmc
import pandas as pd
from dash import Input, Output, State, html
from flask import abort

from dashboard import guard, i18n, photo_uploads, queries, report_form, ui
from dashboard.context import Context
from dashboard.fault_words import fault_words
from dashboard.i18n import number, t
from dashboard.link_card import first_text, links
from pavement.condition.distress_life import STATES
from pavement.errors import PavementError
from pavement.store import reports

PATH, TITLE, ICON, MENU, PERMISSION = "/reports", "Reports", "reports", True, "view"
_SHOWN = 200
_ALL = "all"


@queries.kept
def listed(context: Context) -> pd.DataFrame:
    """Return every distress on record with its id and state."""
    return reports.reports(context.store)


def layout(context: Context) -> html.Div:
    """Return the page."""
    found = listed(context)
    may = guard.allowed("report") and len(queries.routes(context))
    counts = found["state"].value_counts()
    matched = _matched(context)
    first = matched["found_first"].value_counts()
    return ui.page(
        t(TITLE),
        ui.card(t("New report"), report_form.new_report(context)) if may else None,
        ui.figures(
            [
                *[(report_form.state_text(s), number(int(counts.get(s, 0))), t("reports")) for s in STATES],
                (t("Also found in frames"), number(len(matched)), t("of {count} reports", count=number(len(found)))),
                (
                    t("Found first"),
                    f"{number(int(first.get('survey', 0)))} / {number(int(first.get('report', 0)))}",
                    t("by a survey / by people"),
                ),
            ]
        ),
        ui.card(
            t("Distress on record"), _choice(counts), html.Div(table(found, matched), id="reports-table", **ui.LIVE)
        ),
        note=t("What people saw on the road, how far its repair is, and whether frames show it too."),
    )


def _matched(context: Context) -> pd.DataFrame:
    return links(context).drop_duplicates(["record", "route", "direction"])


def _choice(counts: pd.Series) -> dmc.SegmentedControl:
    """Return the choice of the states that are listed, each with its number of reports."""
    states = [(s, f"{report_form.state_text(s)} ({number(int(counts.get(s, 0)))})") for s in STATES]
    every = (_ALL, f"{t('All')} ({number(int(counts.sum()))})")
    data = [{"value": value, "label": text} for value, text in [every, *states]]
    return dmc.SegmentedControl(id="reports-state", data=data, value=_ALL, size="xs")


def chosen(found: pd.DataFrame, state: str) -> pd.DataFrame:
    """Return the reports of a state; of all of them those first of which least has been done."""
    if state != _ALL:
        return found[found["state"] == state]
    return found.sort_values("state", key=lambda s: s.map(STATES.index), kind="stable")


def table(found: pd.DataFrame, matched: pd.DataFrame, *, state: str = _ALL) -> html.Div:
    """Return the reports of a state or of all, open ones first, of each state the last one first."""
    if not len(found):
        return ui.empty(t("Nothing has been reported yet."))
    found = chosen(found, state)
    if not len(found):
        return ui.empty(t("No report is in this state."))
    first = matched.set_index(["record", "route", "direction"])["found_first"].to_dict()
    lines = [
        [
            html.Span("–" if pd.isna(row["reported_on"]) else str(row["reported_on"])[:10], className="date"),
            ui.link(place(row), f"/report/{row['id']}"),
            row["description"],
            row["source"],
            report_form.state_badge(row["state"]),
            first_text(first.get((row["record"], row["route"], row["direction"]), "")),
        ]
        for row in found.head(_SHOWN).to_dict("records")
    ]
    heads = [t("Reported on"), t("Place"), t("Distress seen"), t("Source"), t("State"), t("Found first")]
    more = t("The first {shown} of {all} are listed.", shown=_SHOWN, all=number(len(found)))
    return html.Div([ui.table(heads, lines), html.P(more, className="note") if len(found) > _SHOWN else None])


def place(row: Any) -> str:
    """Return where a report lies, as posted."""
    if row["lane"]:
        return i18n.place(row["route"], row["direction"], row["lane"], row["measure_m"])
    return i18n.place(row["route"], row["direction"], "", row["measure_m"]).removesuffix(i18n.lane_text("")).strip()


def register(app: dash.Dash, context: Context) -> None:
    """Register the callbacks of the page."""
    app.clientside_callback(
        dash.ClientsideFunction("pavement_report", "mount"),
        Output("report-drop", "title"),
        Input("report-setup", "data"),
    )

    @guard.callback(app, Output("reports-table", "children"), Input("reports-state", "value"), permission="view")
    def of_state(state: str) -> html.Div:
        guard.one_of(state, {_ALL, *STATES})
        return table(listed(context), _matched(context), state=state)

    @guard.callback(
        app,
        Output("url", "pathname", allow_duplicate=True),
        Output("report-fault", "children"),
        Input("report-send", "n_clicks"),
        *[State(f"report-{name}", "value") for name in ("way", "chainage", "lane", "words", "day", "source")],
        State("report-photo", "data"),
        permission="report",
        prevent_initial_call=True,
    )
    def send(clicks: int | None, *values: Any) -> tuple[Any, Any]:
        if not clicks:
            return dash.no_update, dash.no_update
        if not all(value is None or isinstance(value, str) for value in values):
            abort(400)
        way, chainage, lane, words, day, source, photo = (value or "" for value in values)
        try:
            where = report_form.placed(context, way, chainage, lane)
            fields = where | {"description": words.strip(), "source": source.strip(), "reported_on": day}
            content = photo_uploads.taken(context, photo)
            key = reports.report(context.store, fields, photo=content, by=report_form.author(context))
        except PavementError as error:
            return dash.no_update, fault_words(str(error))
        return f"/report/{key}", ""
