"""One cell: where it lies, what it is like, how it came to be so, what is expected and what is planned."""

from __future__ import annotations

import re
from typing import Any

import dash
import pandas as pd
from dash import dcc, html
from flask import abort

from dashboard import (
    charts,
    crack_zones,
    forecast_card,
    frame_gallery,
    i18n,
    index_card,
    layer_card,
    place_history,
    places,
    plan_view,
    queries,
    records,
    rough_places,
    ui,
    wheel_path_ruts,
)
from dashboard.context import Context
from dashboard.i18n import measure_label, measure_meaning, measure_text, number, t
from dashboard.method_words import method_words
from pavement.condition.cell_history import mix

PATH, TITLE, ICON, MENU, PERMISSION = "/segment/", "Segment", "segment", False, "view"
CHARTED = (
    *("rut_max", "friction_sn", "prqi", "aari", "ism"),
    *("pci", "pothole_area", "patch_area", "ravelling_percent"),
)


def layout(context: Context, cell: str) -> html.Div:
    """Return the page of one cell."""
    found = queries.cells(context)
    found = found[found["cell"] == cell]
    if not len(found):
        abort(404)
    row = found.iloc[0]
    name = i18n.place(row["route"], row["direction"], row["lane"], row["from_m"], row["to_m"])
    return ui.page(
        name,
        _action(context, row),
        _works(context, row),
        records.distress_card(context, row),
        forecast_card.card(context, row),
        html.Div(
            [
                _values(context, row),
                index_card.card(context, row),
                layer_card.card(context, row),
                crack_zones.card(context, row),
                wheel_path_ruts.card(context, row),
                rough_places.card(context, row),
                records.road_card(context, row),
                _charts(context, row),
            ],
            className="balanced",
        ),
        frame_gallery.gallery(context, row),
        place_history.card(context, row),
        note=_note(context, row),
        actions=_neighbours(context, row),
    )


def _note(context: Context, row: pd.Series) -> str:
    """Return id and length of a cell, and where it lies by the other numbers of its road."""
    said = t("Cell {cell}, {length} m long", cell=row["cell"], length=int(row["to_m"] - row["from_m"]))
    also = places.also_on(context, row)
    return f"{said}{t(', ')}{t('also {places}', places=also)}" if also else said


def _neighbours(context: Context, row: pd.Series) -> list[Any]:
    frame = queries.cells(context)
    lane = frame[
        (frame["route"] == row["route"]) & (frame["direction"] == row["direction"]) & (frame["lane"] == row["lane"])
    ].reset_index(drop=True)
    at = int(lane.index[lane["cell"] == row["cell"]][0])
    before = lane["cell"].iloc[at - 1] if at > 0 else None
    after = lane["cell"].iloc[at + 1] if at + 1 < len(lane) else None
    steps = [(before, "back", t("Previous cell")), (after, "next", t("Next cell"))]
    return [dcc.Link([ui.icon(icon), text], href=f"/segment/{c}", className="button") for c, icon, text in steps if c]


def _action(context: Context, row: pd.Series) -> html.Section:
    plan = plan_view.newest(context)
    actions = pd.DataFrame() if plan is None else plan_view.actions_on(plan, row)
    if not len(actions):
        return ui.card(t("Current plan"), html.P(_no_action(context, row), className="reason"), _why(plan, row))
    lines = [
        (
            i18n.year_text(int(a["year"])),
            i18n.treatment_text(a["treatment"]),
            i18n.place(a["route"], a["direction"], a["lane"], a["from_m"], a["to_m"]),
            f"NT$ {i18n.number(a['cost'])}",
            i18n.pick(a["reason_zh"], a["reason_en"]),
        )
        for a in actions.to_dict("records")
    ]
    heads = [t("Year"), t("Treatment"), t("Treatment length"), t("Cost"), t("Reason of the treatment length")]
    table = html.Div(ui.table(heads, lines, numeric=[3]), className="planned")
    basis = html.P(whole_length_text(plan, row), className="note basis")
    return ui.card(t("Current plan"), basis, table, _why(plan, row), note=t("Example prices, to confirm"))


def _why(plan: plan_view.PlanView | None, row: pd.Series) -> Any:
    """Return the way to all that was considered for the treatment length of a cell."""
    unit = None if plan is None else plan_view.unit_on(plan, row)
    text = t("What was considered, and what would change it")
    return None if unit is None else ui.link(text, f"/length/{unit['unit']}")


def whole_length_text(plan: plan_view.PlanView | None, row: pd.Series) -> str:
    """Say that cost and reason of a work are those of the treatment length that a cell lies in."""
    unit = None if plan is None else plan_view.unit_on(plan, row)
    if unit is None:
        return t("Cost and reason are those of the whole treatment length, not of this cell alone.")
    return t(
        "This cell lies in the treatment length {place} ({length} m). Cost, values and reason below are those of the "
        "whole length, not of this cell alone.",
        place=i18n.place(unit["route"], unit["direction"], unit["lane"], unit["from_m"], unit["to_m"]),
        length=number(unit["to_m"] - unit["from_m"]),
    )


def _no_action(context: Context, row: pd.Series) -> str:
    """Say why a cell has no action, as far as the plan on record tells."""
    plan = plan_view.newest(context)
    if plan is None:
        return t("No plan has been made yet.")
    unit = plan_view.unit_on(plan, row)
    if unit is None:
        return t("{plan}: this cell belongs to no treatment length, so nothing was considered for it.", plan=plan.id)
    place = i18n.place(unit["route"], unit["direction"], unit["lane"], unit["from_m"], unit["to_m"])
    text = t("{plan}: no work here within its budgets. Treatment length: {place}.", plan=plan.id, place=place)
    text = f"{text} {t('Reason of the whole length, not of this cell alone:')}"
    why = plan_view.why_left(plan, unit["unit"])
    return text if why is None else f"{text} {i18n.pick(why['reason_zh'], why['reason_en'])}"


def _values(context: Context, row: pd.Series) -> html.Section:
    cell, length = row["cell"], row["to_m"] - row["from_m"]
    frame, newer = places.provenance(context, cell), places.newer(context, cell)
    if not len(frame):
        return ui.card(t("Current values"), ui.empty(t("Nothing has been measured here yet.")))
    table = i18n.measures()
    groups = {
        "condition": t("Condition"),
        "structure": t("Structure"),
        "traffic": t("Traffic"),
        "climate": t("Climate"),
        "history": t("History"),
    }
    lines: list[Any] = []
    for group, text in groups.items():
        chosen = [k for k in table.index if table.loc[k, "group"] == group and k in frame.index]
        rows = [line for k in chosen for line in _value_rows(context, k, frame, newer, length=length)]
        rows += _material_rows(context, cell) if group == "structure" else []
        if rows:
            lines += [html.Tr(html.Th(text, colSpan=5), className="group"), *rows]
    heads = [t("Measure"), t("Value"), t("Date"), t("Quality"), t("Source")]
    head = html.Thead(html.Tr([html.Th(h, className="num" if i == 1 else "") for i, h in enumerate(heads)]))
    whole = html.Table([head, html.Tbody(lines)], className="plain values")
    rule = t("newest year of each measure; within a year the value that was measured over most of the cell")
    return ui.card(t("Current values"), html.Div(whole, className="table-wrap"), note=rule)


def _material_rows(context: Context, cell: str) -> list[html.Tr]:
    rows = []
    for label, text, year, run in places.materials_on(context, cell):
        cells = [html.Td(label), html.Td(text, className="num words"), html.Td(str(year))]
        rows.append(html.Tr([*cells, html.Td(ui.quality_text("recorded")), html.Td(_source(context, run, ""))]))
    return rows


def _value_rows(
    context: Context, kind: str, frame: pd.DataFrame, newer: pd.DataFrame, *, length: float
) -> list[html.Tr]:
    """Return the row of a value, and below it one that is newer but was measured over less of the cell."""
    label = measure_label(kind, unit=not i18n.unit_text(str(i18n.measures().loc[kind, "unit"])))
    rows = [_value_row(context, kind, frame.loc[kind], html.Span(label, title=measure_meaning(kind)))]
    if kind in newer.index:
        value = newer.loc[kind]
        seen = number(value["coverage"] * length)
        said = t("newer, over {seen} m of {length} m", seen=seen, length=number(length))
        rows.append(_value_row(context, kind, value, html.Span(said, className="note newer")))
    return rows


def _value_row(context: Context, kind: str, value: pd.Series, label: Any) -> html.Tr:
    mark = queries.grade(kind, value["value"])
    shown: list[Any] = [measure_text(kind, value["value"])]
    if mark:
        shown.append(ui.badge({"good": t("Good"), "fair": t("Fair"), "poor": t("Poor")}[mark], mark))
    when = value.get("surveyed_on")
    date = str(when)[:10] if pd.notna(when) else str(int(value["year"]))
    run = str(value.get("run") or "")
    method = str(value.get("method") or "")
    return html.Tr(
        [
            html.Td(label),
            html.Td(shown, className="num"),
            html.Td(date),
            html.Td(ui.quality_text(str(value.get("quality") or ""))),
            html.Td(_source(context, run, method)),
        ]
    )


def _source(context: Context, run: str, method: str) -> Any:
    """Return a link to the run of a value by its number, or the number of runs it rests on."""
    known = queries.run_list(context).set_index("run")["number"]
    if run in known.index:
        title = " · ".join(part for part in (queries.run_title(context, run), method_words(method)) if part)
        return dcc.Link(t("Run {number}", number=known[run]), href=f"/run/{run}", title=title)
    parts = [part for part in re.split(r"[^0-9a-f]+", run) if part]
    return html.Span(t("{count} runs", count=len(parts)) if parts else "–", title=method_words(method))


def _works(context: Context, row: pd.Series) -> html.Section:
    works = places.works_on(context, row)
    if not len(works):
        return ui.card(t("Works on record"), ui.empty(t("No work is on record here.")))
    lines = [
        [
            number(work["number"]),
            "–" if pd.isna(work["completed_on"]) else str(work["completed_on"])[:10],
            work["label"],
            number(work["thickness_mm"]),
            work["mix"],
            work["contract"],
            work["contractor"],
        ]
        for work in works.assign(mix=mix(works)).to_dict("records")
    ]
    heads = [
        t("No."),
        t("Completed"),
        t("Treatment"),
        t("Thickness [mm]"),
        t("Material"),
        t("Contract"),
        t("Contractor"),
    ]
    return ui.card(t("Works on record"), ui.table(heads, lines, numeric=[0, 3]))


def _charts(context: Context, row: pd.Series) -> html.Section | None:
    frame = queries.history(context)
    past = frame[frame["cell"] == row["cell"]].sort_values("year")
    works = places.works_on(context, row)
    # one survey is no history: it stands in the table of values
    surveys = past.reindex(columns=list(CHARTED)).notna().sum()
    boxes = []
    for kind in (k for k in CHARTED if surveys[k] > 1):
        known = past[["year", kind]].rename(columns={kind: "value"}).dropna()
        chart = forecast_card.chart_or_zeros(kind, known, pd.DataFrame(columns=charts.AHEAD), works)
        boxes.append(html.Div([html.H3(measure_label(kind)), chart]))
    if not boxes:
        return None
    return ui.card(
        t("History of other measures"),
        html.Div(boxes, className="charts of-segment"),
        note=t("dotted lines: works on record by their number"),
    )


def register(app: dash.Dash, context: Context) -> None:
    """Register the callbacks of the page."""
    forecast_card.register(app, context)
    frame_gallery.register(app, context)
    place_history.register(app, context)
