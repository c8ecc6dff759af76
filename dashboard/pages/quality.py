"""Quality of the data: what came in, what was refused, how much of the network each survey covers, how old it is."""

from __future__ import annotations

from typing import Any

import dash
import pandas as pd
from dash import dcc, html

from dashboard import guard, i18n, queries, ui
from dashboard.context import Context
from dashboard.fault_words import fault_words
from dashboard.i18n import column_label, measure_label, number, t
from dashboard.unexplained import changes_card
from dashboard.unexplained import register as register_changes
from ingest.report import NOTES

PATH, TITLE, ICON, MENU, PERMISSION = "/quality", "Data quality", "quality", True, "view"
_SHOWN_FAULTS = 200


def layout(context: Context) -> html.Div:
    """Return the page."""
    frame = queries.run_list(context)
    if not len(frame):
        return ui.page(
            t(TITLE), ui.empty(t("No survey has been published yet."), t("Upload a survey package to begin."))
        )
    faults = queries.faults(context)
    packages = faults["run"].nunique()
    return ui.page(
        t(TITLE),
        ui.figures(
            [
                (t("Packages in force"), number(int((frame["state"] == "published").sum())), ""),
                (t("Packages held"), number(int((frame["state"] == "held").sum())), _held(frame)),
                (t("Records refused"), number(len(faults)), t("in {count} packages", count=packages)),
                (t("Network"), f"{queries.lane_km(context):,.1f} km", t("lane-kilometres in cells")),
                (t("Newest survey"), queries.last_survey(context), ""),
            ]
        ),
        html.Div(
            [
                ui.card(t("Packages"), ui.low(run_table(context)), wide=True),
                ui.card(t("Refused records by rule"), rule_table(faults)),
                ui.card(t("Age of the newest value"), ui.low(age_table(context))),
                ui.card(t("Refused records"), ui.low(fault_table(faults)), wide=True) if len(faults) else None,
                changes_card(context),
                ui.card(
                    t("Coverage by year: share of lane length with a value [%]"),
                    ui.low(coverage_table(context)),
                    wide=True,
                ),
            ],
            className="halves",
        ),
        note=t("What came in, what was refused, how much is covered and how old it is."),
        actions=_downloads(),
    )


def _held(frame: pd.DataFrame) -> html.Span:
    """Return links to the runs that wait for somebody to release or reject them."""
    held = frame[frame["state"] == "held"]
    links = [ui.link(t("Run {number}", number=row["number"]), f"/run/{row['run']}") for row in held.to_dict("records")]
    parts = [part for link in links for part in (" ", link)]
    return html.Span([t("wait to be released"), *parts])


def _downloads() -> list[Any]:
    # the photos of the records go out sharp
    if not guard.allowed("photos"):
        return []
    return [
        ui.download(t("Records of the agency (zip of CSV)"), "/export/records.zip"),
        ui.download(t("Records of the agency (zip of Excel)"), "/export/records.zip?sheets=xlsx"),
    ]


def coverage_table(context: Context) -> html.Div:
    """Return kind × year: share of lane length that has a value. [%]"""
    share = queries.coverage(context)
    years = [str(y) for y in share.columns]
    lines = [
        [measure_label(kind, unit=False), *[_shade(v) for v in row]]
        for kind, row in zip(share.index, share.to_numpy(), strict=True)
    ]
    return ui.table([t("Measure"), *years], lines, numeric=range(1, len(years) + 1))


def _shade(value: float) -> html.Span:
    text = "–" if value == 0 else f"{value:.0f}"
    level = min(int(value // 20), 5) if value > 0 else 0
    return html.Span(text, className=f"share share-{level}")


def age_table(context: Context) -> html.Div:
    """Return how many years ago each condition measure was last surveyed, by lane length."""
    ages = queries.value_ages(context)
    heads = [t("Measure"), t("0–1 year"), t("2–3 years"), t("4 years and more"), t("Never")]
    lines = [[measure_label(kind, unit=False), *[f"{v:,.1f} km" for v in row]] for kind, row in ages.items()]
    return ui.table(heads, lines, numeric=range(1, 5))


def rule_table(faults: pd.DataFrame) -> html.Div:
    """Return the number of faults by rule and column."""
    if not len(faults):
        return ui.empty(t("No record was refused."))
    counts = faults.groupby(["rule", "column"]).size().sort_values(ascending=False).head(12)
    lines = [
        [fault_words(str(rule)), column_label(str(column)), number(count)] for (rule, column), count in counts.items()
    ]
    return ui.table([t("Rule"), t("Column"), t("Records")], lines, numeric=[2])


def run_table(context: Context) -> html.Div:
    """Return the runs, newest first."""
    frame = queries.run_list(context)
    if not len(frame):
        return ui.empty(t("No package has been ingested yet."))
    listed = queries.listed(context)
    refused = listed.loc[~listed["rule"].isin(NOTES), "run"].value_counts()
    lines = [
        [
            number(row["number"]),
            [dcc.Link(row["title"], href=f"/run/{row['run']}", className="link"), " ", html.Code(row["run"][:8])],
            t(", ").join(queries.table_label(kind) for kind in row["kinds"]),
            html.Span(str(row["surveyed_on"])[:10], className="date"),
            row["operator"],
            html.Span(i18n.moment(row["published_at"], context.settings["timezone"]), className="date"),
            row["published_by"],
            number(refused.get(row["run"], 0)),
            html.Span(state_text(row["state"]), className="date"),
        ]
        for row in frame.to_dict("records")
    ]
    heads = [
        t("No."), t("Package"), t("Data"), t("Surveyed on"), t("Operator"), t("Published"), t("By"), t("Refused"),
        t("State"),
    ]  # fmt: skip
    return ui.table(heads, lines, numeric=[0, 7])


def state_text(state: str) -> str:
    """Return the state of a run in the present language."""
    words = {
        "published": t("in force"),
        "superseded": t("superseded"),
        "withdrawn": t("withdrawn"),
        "held": t("held"),
        "rejected": t("rejected"),
    }
    return words.get(state, state)


def fault_table(faults: pd.DataFrame) -> html.Div:
    """Return faults with their cure."""
    shown = faults.head(_SHOWN_FAULTS)
    lines = [
        [
            row["file"],
            "" if pd.isna(row["row"]) else str(int(row["row"])),
            # the label is read, the name is what a sheet has
            html.Span(column_label(row["column"]), title=row["column"]),
            str(row["value"])[:60],
            fault_words(row["rule"]),
            fault_words(row["message"]),
            fault_words(row["cure"]),
        ]
        for row in shown.to_dict("records")
    ]
    heads = [t("File"), t("Row"), t("Column"), t("Value"), t("Rule"), t("What is wrong"), t("Cure")]
    more = t("The first {shown} of {all} are listed.", shown=len(shown), all=number(len(faults)))
    return html.Div(
        [ui.table(heads, lines, numeric=[1]), html.P(more, className="note") if len(faults) > len(shown) else None]
    )


def register(app: dash.Dash, context: Context) -> None:
    """Register the answers on unexplained changes."""
    register_changes(app, context, layout)
