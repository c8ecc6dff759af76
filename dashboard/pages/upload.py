"""Upload of a survey package: progress, the report of its ingest, and what was ingested before."""

from __future__ import annotations

import re
from typing import Any

import dash
from dash import Input, Output, ctx, dcc, html

from dashboard import guard, i18n, jobs, queries, ui
from dashboard.context import Context
from dashboard.fault_words import fault_words
from dashboard.i18n import number, t
from dashboard.pages.quality import fault_table, run_table

PATH, TITLE, ICON, MENU, PERMISSION = "/upload", "Upload", "upload", True, "upload"


_LISTED = 20
_HASH = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")


def layout(context: Context) -> html.Div:
    """Return the page."""
    limit = context.settings["upload_limit"]
    drop = html.Div(
        [
            html.P(t("Drop a survey package (.zip with manifest.toml) here, or")),
            html.Button([ui.icon("upload"), t("Choose a file")], id="upload-choose", className="button main"),
            html.P(
                t("Largest package: {size} MB. A fault stops a record, not the survey.", size=number(limit / 2**20)),
                className="note",
            ),
        ],
        id="upload-drop",
        className="drop",
    )
    bar = html.Div(
        [
            html.Div(html.Div(id="upload-fill"), className="bar"),
            html.Span(id="upload-line"),
            html.Button(t("Stop"), id="upload-stop", className="button", hidden=True),
        ],
        id="upload-bar",
        hidden=True,
    )
    return ui.page(
        t(TITLE),
        ui.card("", drop, bar),
        html.Div(id="upload-report", **ui.LIVE),
        html.Div(past(context), id="upload-past"),
        dcc.Store(id="upload-setup", data=_setup(limit)),
        dcc.Store(id="upload-job", storage_type="session"),
        dcc.Interval(id="upload-tick", interval=1000),
        note=t("As received → read and checked → published in one step. Nothing is published from a refused package."),
    )


def _setup(limit: int) -> dict[str, Any]:
    """Return what the script of the page needs: the largest package [byte] and its words."""
    too_large = t("The package is larger than the limit of {limit} MB (setting upload_limit).", limit=limit // 2**20)
    texts = {
        "too_large": too_large,
        "received": t("received; waiting to be read"),
        "network": t("The connection broke and did not come back."),
        "stopped": t("stopped"),
    }
    return {"limit": limit, "texts": texts}


def past(context: Context) -> list[html.Section | None]:
    """Return the packages that were refused lately, and the runs so far."""
    return [_refused(context), ui.card(t("Packages in the store"), run_table(context))]


def _refused(context: Context) -> html.Section | None:
    """Return what was sent and not published, each with a button for its report; nothing of it is in the store."""
    rows = [
        [
            html.Span(i18n.moment(job.ended_at, context.settings["timezone"]), className="date"),
            job.name,
            job.user,
            said(job),
            html.Button(t("Report"), id={"type": "upload-again", "index": job.id}, className="button", n_clicks=0),
        ]
        for job in jobs.unpublished(context.store, limit=_LISTED)
    ]
    heads = [t("When"), t("Package"), t("By"), t("Why it was not published"), ""]
    return ui.card(t("Sent and not published"), ui.table(heads, rows)) if rows else None


def said(job: jobs.JobView) -> str:
    """Return the last words of a job; hashes by their start, whole they stand in the list of faults."""
    return _HASH.sub(r"\1…", fault_words(job.message))


def report(job: jobs.JobView) -> list[Any]:
    """Return how far an ingest is, or its report."""
    if not job.over:
        share = 100 * job.done / job.total if job.total else 0
        line = jobs.progress_line(job)
        bar = html.Div(html.Div(style={"width": f"{share:.1f}%"}), className="bar")
        return [ui.card(t("Reading {name}", name=job.name), bar, html.P(line, className="note"))]
    if job.state != "done" or job.outcome == "refused":
        parts = [
            html.P(said(job), className="state-failed"),
            html.P(t("The store is as it was before.")),
        ]
        return [ui.card(t("{name} was refused", name=job.name), *parts, *_faults(job))]
    if job.outcome == "held":
        told: list[Any] = [said(job), " ", ui.link(t("See the run"), f"/run/{job.run}")]
        return [ui.card(t("{name} is held", name=job.name), html.P(told, className="state-failed"), *_faults(job))]
    if job.outcome == "unchanged":
        return [ui.card(t("{name} is already here", name=job.name), html.P(said(job), className="state-done"))]
    rows = [[queries.table_label(name), number(count)] for name, count in job.counts.items()]
    return [
        ui.card(
            t("{name} was published", name=job.name),
            html.P([said(job), " ", ui.link(t("See the run"), f"/run/{job.run}")], className="state-done"),
            ui.table([t("Table"), t("Rows")], rows, numeric=[1]) if rows else None,
            *_faults(job),
        )
    ]


def _faults(job: jobs.JobView) -> list[Any]:
    if not job.fault_count:
        # what was refused as a whole has its one fault in the message
        return [] if job.outcome != "published" else [html.P(t("No faults."), className="note")]
    return [html.H3(t("Refused records: {count}", count=number(job.fault_count))), fault_table(job.faults)]


def register(app: dash.Dash, context: Context) -> None:
    """Register the callbacks of the page."""
    app.clientside_callback(
        dash.ClientsideFunction("pavement_upload", "mount"),
        Output("upload-drop", "title"),
        Input("upload-setup", "data"),
    )

    @guard.callback(
        app,
        Output("upload-report", "children"),
        Output("upload-past", "children"),
        Output("upload-tick", "disabled"),
        Output("data-version", "children"),
        Input("upload-tick", "n_intervals"),
        Input("upload-job", "data"),
        permission="upload",
    )
    def follow(_: int | None, job: Any) -> tuple[Any, Any, Any, Any]:
        if job is None:
            return None, dash.no_update, True, dash.no_update
        found = jobs.view(context.store, job)
        if found is None:
            return None, dash.no_update, True, dash.no_update
        over = found.over
        number_now = t("Data version {number}", number=queries.version(context)) if over else dash.no_update
        return report(found), past(context) if over else dash.no_update, over, number_now

    @guard.callback(
        app,
        Output("upload-job", "data"),
        Input({"type": "upload-again", "index": dash.ALL}, "n_clicks"),
        permission="upload",
        prevent_initial_call=True,
    )
    def show_again(clicks: list[int]) -> Any:
        if not ctx.triggered_id or not any(clicks):
            return dash.no_update
        known = {job.id for job in jobs.unpublished(context.store, limit=_LISTED)}
        return guard.one_of(ctx.triggered_id.get("index"), known)
