"""A table that is typed, pasted or uploaded on a page: nothing of it is lost, and all its faults are told at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dash
import dash_mantine_components as dmc
import pandas as pd
from dash import Input, Output, State, dcc, html
from flask import abort

from dashboard import guard, ui
from dashboard.fault_words import fault_words
from dashboard.i18n import column_label, number, t
from dashboard.typed_tables import LARGEST, decoded
from pavement.errors import PavementError

# waits for a pause in typing before the table is looked at [ms]
_PAUSE = 700
_LISTED = 100
# heading and a row of each template, shown while the field is empty
EXAMPLES = {
    "plan_limits": "id,kind,scope,year,at_least,at_most,unit\ncap,carbon,,,,800,tCO2e",
    "plan_budgets": "year,budget\n2027,60000000",
    "budget_history": "year,amount,unit,lane_km,source,status\n113,2293.94,million NT$,,audit office,to confirm",
}


def field(
    name: str, label: str, *, value: str = "", template: str = "", rows: int = 5, help_text: str = ""
) -> html.Div:
    """
    Return a field for a table: upload, template to fetch, and the rows as text that can be changed.

    Parameters
    ----------
    name
        Id; the rows are the value of ``name-text``.
    label
        What the table is.
    value
        Rows at first.
    template
        Name of the template under ``/export/templates``; empty for none.
    help_text
        Line below the label.
    """
    chosen = dcc.Upload(
        html.Button([ui.icon("upload"), t("Upload a CSV")], className="button", type="button"),
        id=f"{name}-file", max_size=LARGEST, accept=".csv,.tsv,.txt",
    )  # fmt: skip
    fetched = ui.download(t("Template"), f"/export/templates/{template}.csv") if template else None
    text = dmc.Textarea(
        id=f"{name}-text", value=value, minRows=rows, maxRows=16, autosize=True, debounce=_PAUSE, size="xs",
        label=label, description=help_text or None, className="typed", placeholder=EXAMPLES.get(template),
    )  # fmt: skip
    return html.Div(
        [text, html.Div([chosen, fetched], className="typed-head"), html.Div(id=f"{name}-faults", **ui.LIVE)]
    )


def checked_text(value: Any) -> str:
    """Return the text of a field, "" for an empty one, else stop with 400."""
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > LARGEST:
        abort(400)
    return value.strip("\n") if value.strip() else ""


def register(app: dash.Dash, name: str, *, permission: str, check: Callable[..., str], fields: list[str]) -> None:
    """
    Register the callbacks of a field.

    Parameters
    ----------
    check
        Takes the text and the values of `fields`; returns what the table holds in words, or raises with its faults.
    fields
        Ids of further fields that the check depends on.
    """

    @guard.callback(
        app,
        Output(f"{name}-text", "value"),
        Input(f"{name}-file", "contents"),
        State(f"{name}-file", "filename"),
        permission=permission,
        prevent_initial_call=True,
    )
    def received(contents: Any, file: Any) -> Any:
        if not contents:
            return dash.no_update
        # a file that cannot be read leaves what stands there
        return decoded(contents, file=str(file or "")[:200])

    @guard.callback(
        app,
        Output(f"{name}-faults", "children"),
        Input(f"{name}-text", "value"),
        *[Input(other, "value") for other in fields],
        permission=permission,
    )
    def told(text: Any, *others: Any) -> Any:
        rows = checked_text(text)
        if not rows:
            return None
        try:
            return html.P(check(rows, *others), className="note")
        except PavementError as error:
            return faults(error)


def faults(error: PavementError) -> html.Div:
    """Return what is wrong with a table: every fault with its row and cure, or the one sentence there is."""
    frame: pd.DataFrame | None = error.faults
    if frame is None or not len(frame):
        said = " ".join(part for part in (error.message, error.cure) if part)
        return html.Div(html.P(fault_words(said), className="state-failed"))
    lines = [
        [
            "–" if pd.isna(row["row"]) else str(int(row["row"])),
            column_label(str(row["column"])),
            str(row["value"]),
            fault_words(str(row["message"])),
            fault_words(str(row["cure"])),
        ]
        for row in frame.head(_LISTED).to_dict("records")
    ]
    heads = [t("Row"), t("Column"), t("Value"), t("Fault"), t("Cure")]
    said = t("{count} faults; nothing is made before they are mended. Row 1 is the heading.", count=number(len(frame)))
    return html.Div([html.P(said, className="state-failed"), ui.table(heads, lines, numeric=[0])])
