"""What frames show near a report: the findings that it may mean, and whether people say that it does."""

from __future__ import annotations

from typing import Any

import dash
import pandas as pd
from dash import Input, Output, State, ctx, html

from dashboard import guard, i18n, queries, ui
from dashboard.context import Context
from dashboard.fault_words import fault_words
from dashboard.i18n import number, t
from dashboard.report_form import author
from dashboard.signs import posted_place
from pavement.condition.distress_links import CONFIRMED, PROPOSED, REJECTED
from pavement.errors import PavementError
from pavement.store import link_decisions, reports


@queries.kept
def links(context: Context) -> pd.DataFrame:
    """Return the findings in frames that reports may mean."""
    return reports.links(context.store)


@queries.kept
def decided(context: Context) -> pd.DataFrame:
    """Return what people decided on pairs of report and finding."""
    return link_decisions.decided(context.store)


def first_text(first: str) -> str:
    """Return who found a distress first in the present language."""
    words = {"survey": t("a survey"), "report": t("people"), "same day": t("both on one day")}
    return words.get(first, "–")


def content(context: Context, row: pd.Series) -> html.Div:
    """Return the findings in frames that a report may mean, by day, each with a link to its cell; and the refused."""
    known = links(context)
    mine = known[
        (known["record"] == row["record"]) & (known["route"] == row["route"]) & (known["direction"] == row["direction"])
    ]
    refused = _refused(context, row)
    fault = html.P("", id="link-fault", className="error", role="alert")
    if not len(mine):
        nothing = ui.empty(
            t("No frame shows anything of that kind near it."),
            t("Kind by the words of the report; distance and days by the table report_matching."),
        )
        return html.Div([nothing, refused, fault])
    cells = queries.cells(context)
    lines = [
        [
            html.Span(str(link["seen_on"])[:10], className="date"),
            i18n.finding_text(link["kind"]),
            _cell_link(cells, link),
            f"{number(link['distance_m'])} m",
            i18n.change(link["days"]),
            number(link["findings"]),
            _decision(link),
        ]
        for link in mine.to_dict("records")
    ]
    heads = [t("Frames of"), t("Kind"), t("Nearest finding"), t("Distance"), t("Days after the report"), t("Findings")]
    first = t("Found first by: {who}", who=first_text(mine["found_first"].iloc[0]))
    table = ui.table([*heads, t("The same?")], lines, numeric=[3, 4, 5])
    return html.Div([html.P(first), table, refused, fault])


def _decision(link: dict[str, Any]) -> html.Div:
    """Return what was decided of a pair, and to whom may decide the buttons for it."""
    confirmed = link["decision"] == CONFIRMED
    said = ui.badge(t("confirmed by {user}", user=link["decided_by"]), "good") if confirmed else None
    ways = [PROPOSED] if confirmed else [CONFIRMED, REJECTED]
    return html.Div([said, *_buttons(str(link["finding"]), ways)], className="decision")


def _buttons(finding: str, ways: list[str]) -> list[html.Button]:
    if not guard.allowed("report"):
        return []
    words = {CONFIRMED: t("Yes"), REJECTED: t("No"), PROPOSED: t("Take back")}
    return [
        html.Button(words[way], id={"type": "link", "index": f"{way} {finding}"}, className="button", n_clicks=0)
        for way in ways
    ]


def _refused(context: Context, row: pd.Series) -> html.Div | None:
    """Return the findings that people say the report is not."""
    rows = decided(context)
    mine = rows[(rows["record"] == row["record"]) & (rows["decision"] == REJECTED)]
    if not len(mine):
        return None
    lines = [
        [
            one["finding"],
            one["decided_by"],
            str(one["decided_on"])[:10],
            html.Div(_buttons(str(one["finding"]), [PROPOSED])),
        ]
        for one in mine.to_dict("records")
    ]
    return html.Div([html.H3(t("Not this report")), ui.table([t("Finding"), t("Decided by"), t("When"), ""], lines)])


def _cell_link(cells: pd.DataFrame, link: dict[str, Any]) -> Any:
    on = (cells["route"] == link["route"]) & (cells["direction"] == link["direction"])
    on &= (cells["from_m"] <= link["finding_m"]) & (cells["to_m"] > link["finding_m"])
    cell = cells.loc[on & (cells["lane"] == link["finding_lane"]), "cell"]
    place = posted_place(link["route"], link["direction"], link["finding_m"])
    text = f"{place} {i18n.lane_text(link['finding_lane'])}"
    return ui.link(text, f"/segment/{cell.iloc[0]}") if len(cell) else text


def register(app: dash.Dash, context: Context, layout: Any) -> None:
    """Register the callback of the buttons; `layout` makes the page of a report anew."""

    @guard.callback(
        app,
        Output("page", "children", allow_duplicate=True),
        Output("link-fault", "children"),
        Input({"type": "link", "index": dash.ALL}, "n_clicks"),
        State("url", "pathname"),
        permission="report",
        prevent_initial_call=True,
    )
    def decide(clicks: list[int | None], path: str) -> Any:
        if not ctx.triggered_id or not any(clicks):
            return dash.no_update, dash.no_update
        way, _, finding = str(ctx.triggered_id["index"]).partition(" ")
        guard.one_of(way, link_decisions.ACTIONS)
        key = guard.checked_id(str(path).removeprefix("/report/"))
        try:
            link_decisions.decide(context.store, key, finding, way, by=author(context))
        except PavementError as error:
            return dash.no_update, fault_words(str(error))
        return layout(context, key), ""
