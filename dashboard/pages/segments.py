"""The segment table: each cell with its newest values, to filter, sort and take away."""

from __future__ import annotations

import dash
import pandas as pd
from dash import Input, Output, State, dcc, html

from dashboard import grids, guard, i18n, queries, ui
from dashboard.context import Context
from dashboard.i18n import measure_label, measure_meaning, number, t
from dashboard.signs import posted_column
from pavement.network.chainage import DIRECTION_NAMES

PATH, TITLE, ICON, MENU, PERMISSION = "/segments", "Segment table", "segments", True, "view"


def layout(context: Context) -> html.Div:
    """Return the page."""
    frame = queries.newest(context)
    if not len(frame):
        return ui.page(
            t(TITLE), ui.empty(t("No survey has been published yet."), t("Upload a survey package to begin."))
        )
    note = t(
        "{cells} cells, {km} lane-km. Each value is the newest known one; click a row for its history and source.",
        cells=number(len(frame)),
        km=number(float((frame["to_m"] - frame["from_m"]).sum()) / 1000, 1),
    )
    grid = grids.grid("segments-grid", columns(context), rows(frame), row_id="cell", height="calc(100vh - 180px)")
    return ui.page(t(TITLE), _sum(len(frame)), grid, note=note, actions=[_exports()])


def _sum(count: int) -> html.Div:
    """Return the line that says how many cells pass the filters, filled in by the browser."""
    words = t("Shown: {count} of {all} cells.", count="{count}", all=number(count))
    if guard.allowed("export"):
        words += " " + t("Exports hold the cells shown, in this order, with all their years.")
    shown = dcc.Store(id="segments-words", data={"shown": words})
    return html.Div([html.Span(id="segments-sum", **ui.LIVE), shown], className="sum")


def _exports() -> html.Form:
    """Return the form that sends the cells shown in the grid and gets their table as a file."""
    formats = {"CSV": "csv", "GeoPackage": "gpkg"} if guard.allowed("export") else {}
    buttons = [ui.submit(text, f"/export/segments.{suffix}") for text, suffix in formats.items()]
    return html.Form(
        [
            dcc.Input(type="hidden", id="segments-cells", name="cells", value=""),
            html.Fieldset(buttons, id="segments-exports", className="actions"),
        ],
        method="POST",
    )


def rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows as the grid shows them: directions and lanes in words, chainage as posted, numbers rounded."""
    digits = i18n.measures()["digits"].astype(int)
    plain = pd.DataFrame(frame.drop(columns="geometry"))
    known = [k for k in digits.index if k in plain]
    names = DIRECTION_NAMES[i18n.language()]
    return plain.assign(
        place=posted_column(plain, "from_m"),
        route=plain["route"].map(i18n.route_label),
        direction=plain["direction"].map(lambda d: names.get(d, d)),
        lane=plain["lane"].map(i18n.lane_text),
        **{k: plain[k].astype(float).round(digits[k]) for k in known},
    ).drop(columns=["to_m"])


def columns(context: Context) -> list[dict[str, object]]:
    """Return the columns of the grid: place, then kinds in groups."""
    table = i18n.measures()
    fixed: dict[str, object] = {"pinned": "left"}
    posted = {"function": "params.data.place"}
    place = [
        grids.text_column("route", t("Route"), width=92, **fixed),
        # in the order of the road, not of the text: 9k before 10k
        grids.text_column("from_m", t("Chainage"), width=100, valueFormatter=posted, filterValueGetter=posted, **fixed),
        grids.text_column("direction", t("Direction"), width=100, **fixed),
        grids.text_column("lane", t("Lane"), width=92, **fixed),
        {
            **grids.number_column("surveyed_year", t("Surveyed in"), 0, width=92, filterParams=grids.EQUAL),
            "valueFormatter": None,
        },
    ]
    groups = i18n.group_labels()
    known = queries.kinds(context)
    return [
        {k: v for k, v in column.items() if v is not None} for column in place
    ] + [
        {
            "headerName": text,
            "children": [
                grids.number_column(
                    k, measure_label(k), int(table.loc[k, "digits"]), width=132, headerTooltip=_hint(k), **coloured(k)
                )
                for k in known
                if table.loc[k, "group"] == group
            ],
        }
        for group, text in groups.items()
        if any(table.loc[k, "group"] == group for k in known)
    ]  # fmt: skip


def _hint(kind: str) -> str:
    """Return the whole name of a kind and what it means, for the narrow head of its column."""
    return "\n".join((measure_label(kind), measure_meaning(kind)))


def coloured(kind: str) -> dict[str, object]:
    """Return the rule that marks a cell good, fair or poor by its limits."""
    limit = queries.limits_in_force(kind)
    if limit is None:
        return {}
    return _marked(limit["good"], limit["poor"], better="<" if limit["worse"] == "high" else ">")


def _marked(good: float, poor: float, *, better: str) -> dict[str, object]:
    worse = {"<": ">", ">": "<"}[better]
    known = "params.value != null"
    return {
        "cellClassRules": {
            "grade-good": f"{known} && params.value {better} {float(good)}",
            "grade-fair": f"{known} && params.value {worse}= {float(good)} && params.value {better}= {float(poor)}",
            "grade-poor": f"{known} && params.value {worse} {float(poor)}",
        }
    }


def register(app: dash.Dash, context: Context) -> None:
    """Register the callbacks of the page."""
    app.clientside_callback(
        dash.ClientsideFunction("pavement_shell", "shownCells"),
        Output("segments-cells", "value"),
        Output("segments-exports", "disabled"),
        Output("segments-sum", "children"),
        Input("segments-grid", "virtualRowData"),
        State("segments-words", "data"),
    )

    @guard.callback(
        app,
        Output("url", "pathname", allow_duplicate=True),
        Input("segments-grid", "cellClicked"),
        permission="view",
        prevent_initial_call=True,
    )
    def open_cell(clicked: dict[str, object] | None) -> object:
        if not clicked:
            return dash.no_update
        cell = guard.checked_id(clicked.get("rowId"))
        guard.one_of(cell, set(queries.cells(context)["cell"]))
        return f"/segment/{cell}"
