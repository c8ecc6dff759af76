"""Changes of condition that the records do not explain, and the form by which people settle them (P9, P10)."""

from __future__ import annotations

from typing import Any

import dash
import dash_mantine_components as dmc
import pandas as pd
from dash import Input, Output, State, dcc, html
from flask_login import current_user

from dashboard import guard, i18n, queries, ui
from dashboard.context import Context
from dashboard.fault_words import fault_words
from dashboard.i18n import measure_label, measure_text, number, t
from pavement.condition.change_evidence import GONE, LASTS, change_evidence, fall_rates
from pavement.condition.quality import UNRECORDED
from pavement.condition.settled_changes import with_answers
from pavement.dates import parse_date
from pavement.errors import PavementError
from pavement.schema import read_table
from pavement.store.settlements import answers, settle

_SHOWN = 100
_LANE = ["route", "direction", "lane"]
_SAME = ["kind", "year", "before_year", "finding"]
_NOTHING = (dash.no_update,) * 3


@queries.kept
def evidence(context: Context) -> pd.DataFrame:
    """Return unexplained changes of the network, a row a cell, with what speaks for work and the answer to each."""
    found = change_evidence(queries.history(context), queries.table(context, "works"))
    return with_answers(found, queries.table(context, "settlements"))


@queries.kept
def changes(context: Context) -> pd.DataFrame:
    """
    Return unexplained changes of the network, neighbouring cells as one stretch, newest first, answered ones last.

    Columns route, direction, lane, from_m, to_m [m], kind, year, before_year, finding, before and value (means), cell
    (the first), cells (how many), and the evidence and answer of the first cell.
    """
    first = (
        *_LANE, *_SAME, "from_m", "cell", "beyond_noise", "others", "later", "likely", "work", "moved_to",
        "answer", "answer_reason", "answered_by",
    )  # fmt: skip
    stretches = evidence(context).groupby("stretch", as_index=False).agg(
        **{c: (c, "first") for c in first},
        to_m=("to_m", "last"),
        before=("before", "mean"),
        value=("value", "mean"),
        cells=("cell", "size"),
    )  # fmt: skip
    order = stretches.assign(told=stretches["answer"] != "").sort_values(
        ["told", "year", *_LANE, "from_m"], ascending=[True, False, *[True] * 4]
    )
    return order.drop(columns="told")


def changes_card(context: Context) -> html.Section:
    """Return the list of unexplained changes, what speaks for work in each, and how it is settled."""
    found = changes(context)
    title = t("Changes that nothing on record explains")
    if found.empty:
        return ui.card(title, ui.empty(t("Every change of condition is explained.")), _rates(context), wide=True)
    unrecorded = int(found.loc[found["finding"] == UNRECORDED, "cells"].sum())
    counts = f"{_better(unrecorded)} {_idle(int(found['cells'].sum()) - unrecorded)}"
    settles = t(
        "Models do not learn from those that look like work until somebody settles them below; falls that look like "
        "noise stay, for leaving them out would make roads age too fast. A missing work or a corrected record may "
        "also be sent in a package."
    )
    shown = found.head(_SHOWN)
    table = ui.table(
        [
            t("Stretch"), t("Cells"), t("Measure"), t("Before"), t("After"), t("What is odd"), t("What speaks for it"),
            t("Answer"),
        ],
        [_line(row) for row in shown.to_dict("records")],
        numeric=[1, 3, 4],
    )  # fmt: skip
    more = t("The first {shown} of {all} are listed.", shown=len(shown), all=number(len(found)))
    return ui.card(
        title,
        html.P(f"{counts} {settles}", className="reason"),
        _rates(context),
        ui.low(table),
        html.P(more, className="note") if len(found) > len(shown) else None,
        _form(shown) if guard.allowed("settle") else None,
        wide=True,
    )


def _better(count: int) -> str:
    if count == 1:
        return t("1 value got better without work on record;")
    return t("{count} values got better without work on record;", count=number(count))


def _idle(count: int) -> str:
    return t("{count} stayed bad in spite of one.", count=number(count))


def _rates(context: Context) -> html.Div:
    """Say how often condition falls without work on record, here and on other networks."""
    rates = fall_rates(queries.history(context), queries.table(context, "works"))
    lines = [
        t(
            "{kind}: of {count} pairs of surveys without work between, {share} fell by more than {fall}; in real "
            "histories elsewhere {elsewhere} of {others} did.",
            kind=measure_label(row["kind"], unit=False),
            count=number(row["surveys"]),
            share=f"{100 * row['share']:.1f} %",
            fall=measure_text(row["kind"], row["fall"]),
            elsewhere=f"{100 * row['elsewhere']:.1f} %",
            others=number(row["elsewhere_surveys"]),
        )
        for row in rates[rates["surveys"] > 0].to_dict("records")
    ]
    return html.Div([html.P(line, className="note") for line in lines])


def _place(row: dict[str, Any]) -> str:
    return i18n.place(row["route"], row["direction"], row["lane"], row["from_m"], row["to_m"])


def _line(row: dict[str, Any]) -> list[Any]:
    odd = (
        t("Better, without work on record: unrecorded work or an error")
        if row["finding"] == UNRECORDED
        else t("Work on record, but no better: not carried out here, or an error")
    )
    return [
        ui.link(_place(row), f"/segment/{row['cell']}"),
        number(row["cells"]),
        measure_label(row["kind"], unit=False),
        f"{measure_text(row['kind'], row['before'])} ({int(row['before_year'])})",
        f"{measure_text(row['kind'], row['value'])} ({int(row['year'])})",
        odd,
        _speaks(row),
        _answer(row),
    ]


def _speaks(row: dict[str, Any]) -> list[Any]:
    """Return the evidence in words, and a work on record that may be dated a year off."""
    if row["finding"] != UNRECORDED:
        return [t("held back from training")]
    later = {LASTS: t("still so at the next survey"), GONE: t("taken back at the next survey")}
    said = [
        t("beyond the noise of surveys") if row["beyond_noise"] else t("within the noise of surveys"),
        *([t("another measure too")] if row["others"] else []),
        later.get(row["later"], t("not surveyed since")),
    ]
    held = t("held back from training") if row["likely"] else t("taken for noise, learned from")
    parts: list[Any] = [t(", ").join(said), html.Br(), html.B(held)]
    if row["work"]:
        day = f"{row['moved_to']:%Y-%m-%d}"
        parts += [html.Br(), t("Work {work} would explain it if done on {day}.", work=row["work"], day=day)]
    return parts


def _answer(row: dict[str, Any]) -> Any:
    if not row["answer"]:
        return ui.badge(t("open"), "fair")
    return [
        html.B(_answer_text(row["answer"], row["finding"])),
        html.Br(),
        f"{row['answered_by']}: {row['answer_reason']}",
    ]


def _answer_text(answer: str, finding: str) -> str:
    table = answers(finding).set_index("answer")
    return i18n.pick(str(table.loc[answer, "zh"]), str(table.loc[answer, "en"])) if answer in table.index else answer


def key(row: dict[str, Any]) -> str:
    """Return the id of a stretch in the form: its first cell, kind and years."""
    return f"{row['cell']}|{row['kind']}|{int(row['year'])}|{int(row['before_year'])}|{row['finding']}"


def _form(shown: pd.DataFrame) -> html.Div:
    """Return the form of an answer."""
    stretches = [
        {"value": key(row), "label": f"{_place(row)} · {measure_label(row['kind'], unit=False)} {int(row['year'])}"}
        for row in shown.to_dict("records")
    ]
    table = read_table("settlement_answers").drop_duplicates("answer")
    choices = [{"value": row["answer"], "label": i18n.pick(row["zh"], row["en"])} for row in table.to_dict("records")]
    return html.Div(
        [
            html.H3(t("Settle a change")),
            _field(t("Stretch"), dmc.Select(id="settle-stretch", data=stretches, searchable=True)),
            _field(t("Answer"), dmc.Select(id="settle-answer", data=choices)),
            _field(
                t("Completed on (if known)"),
                dcc.Input(id="settle-day", placeholder="2024-03-02, 113/03/02", maxLength=20),
            ),
            _field(t("How it is known; kept with your name"), dcc.Textarea(id="settle-reason", maxLength=500, rows=2)),
            html.Button(t("Keep the answer"), id="settle-go", className="button main", type="button", n_clicks=0),
            html.P("", id="settle-said", className="error", role="alert"),
        ],
        className="report-form",
    )


def _field(label: str, part: Any) -> html.Label:
    return html.Label([html.Span(label), part], className="field")


def register(app: dash.Dash, context: Context, layout: Any) -> None:
    """Register the callback of the form; ``layout`` makes the page anew."""

    @guard.callback(
        app,
        Output("page", "children", allow_duplicate=True),
        Output("settle-said", "children"),
        Output("data-version", "children", allow_duplicate=True),
        Input("settle-go", "n_clicks"),
        State("settle-stretch", "value"),
        State("settle-answer", "value"),
        State("settle-day", "value"),
        State("settle-reason", "value"),
        permission="settle",
        prevent_initial_call=True,
    )
    def answered(clicks: int, stretch: str | None, answer: str | None, day: str | None, reason: str | None) -> Any:
        if not clicks:
            return _NOTHING
        if not stretch or not answer:
            return dash.no_update, t("Choose a stretch and an answer."), dash.no_update
        found = changes(context)
        known = {key(row): row["stretch"] for row in found.to_dict("records")}
        cells = evidence(context)
        rows = cells[cells["stretch"] == known[guard.one_of(stretch, known)]]
        try:
            completed = parse_date(day) if day and day.strip() else None
            settle(context.store, rows, answer=answer, reason=reason or "", user=current_user.name, day=completed)
        except PavementError as error:
            return dash.no_update, fault_words(str(error)), dash.no_update
        return layout(context), "", t("Data version {number}", number=queries.version(context))
