"""One run: what a survey package brought, by whom, and what of it was refused."""

from __future__ import annotations

import dash
from dash import html
from flask import abort

from dashboard import i18n, queries, ui
from dashboard.context import Context
from dashboard.i18n import number, t
from dashboard.pages.quality import fault_table

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
    about = [
        (t("Survey"), row["survey"]),
        (t("Operator"), row["operator"]),
        (t("Vehicle"), row["vehicle"] or "–"),
        (t("Surveyed"), str(row["surveyed_on"])[:10]),
        (t("Published"), f"{i18n.moment(row['published_at'], context.settings['timezone'])} · {row['published_by']}"),
        (t("State"), t("in force") if row["state"] == "published" else t("superseded")),
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
            ],
            className="halves",
        ),
    )


def register(app: dash.Dash, context: Context) -> None:  # noqa: ARG001
    """Register nothing: the page has no callbacks."""
