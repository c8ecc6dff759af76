"""The map: every cell coloured by a measure, in a year of the past or the future."""

from __future__ import annotations

from typing import Any

import dash
import dash_mantine_components as dmc
from dash import Input, Output, State, dcc, html

from dashboard import grade_map, guard, i18n, queries, ui
from dashboard.context import Context
from dashboard.i18n import measure_label, t
from pavement.network.chainage import DIRECTION_NAMES

PATH, TITLE, ICON, MENU, PERMISSION = "/", "Map", "map", True, "view"


def layout(context: Context) -> html.Div:
    """Return the page."""
    known = queries.kinds(context)
    if not known:
        return ui.page(
            t("Map"), ui.empty(t("No survey has been published yet."), t("Upload a survey package to begin."))
        )
    kind = known[0]
    cells = queries.cells(context)
    return html.Div(
        [
            html.Div(id="map-canvas", className="map-canvas"),
            html.Div(
                [
                    _choices(context, known, kind, cells),
                    html.Div(id="map-legend", className="legend", **ui.LIVE),
                ],
                className="map-panel",
            ),
            html.Div(id="map-tip", className="map-tip", hidden=True),
            html.Div(t("Loading the map …"), id="map-message", className="map-message"),
            dcc.Store(id="map-setup", data=_setup(context)),
        ],
        className="map-page",
    )


def _setup(context: Context) -> dict[str, Any]:
    return {
        "version": queries.version(context),
        "language": i18n.language(),
        "texts": {
            "no_value": t("No value"),
            "band": t("90 % interval"),
            "quality": t("Quality"),
            "surveyed": t("Date"),
            "loading": t("Loading the map …"),
            "failed": t("The map could not be loaded. Load the page again."),
            "no_webgl": t("This browser cannot draw the map (no WebGL). Use the segment table instead."),
            "north": t("North is up"),
            "north_sign": t("N"),
            "title": t("Map"),
            "zoom_in": t("Zoom in"),
            "zoom_out": t("Zoom out"),
        },
    }


def _choices(context: Context, known: list[str], kind: str, cells: Any) -> html.Div:
    names = DIRECTION_NAMES[i18n.language()]
    return html.Div(
        [
            dmc.Select(
                id="map-kind",
                label=t("Measure"),
                data=kind_options(known, graded=bool(grade_map.years(context))),
                value=kind,
                searchable=True,
                allowDeselect=False,
                persistence=True,
                persistence_type="session",
                size="xs",
            ),
            dmc.Select(
                id="map-year",
                label=t("Year or forecast year"),
                data=year_options(context, kind),
                value=str(queries.NEWEST),
                allowDeselect=False,
                persistence=True,
                persistence_type="session",
                size="xs",
                maxDropdownHeight=420,
            ),
            html.Div(
                [
                    _filter("map-route", t("Route"), [(r, i18n.route_label(r)) for r in cells["route"].unique()]),
                    _filter("map-direction", t("Direction"), [(d, names[d]) for d in cells["direction"].unique()]),
                    _filter("map-lane", t("Lane"), [(v, i18n.lane_text(v)) for v in sorted(cells["lane"].unique())]),
                ],
                className="map-filters",
            ),
        ],
        className="map-choices",
    )


def _filter(name: str, label: str, options: list[tuple[str, str]]) -> dmc.MultiSelect:
    return dmc.MultiSelect(
        id=name,
        label=label,
        placeholder=t("All"),
        data=[{"value": value, "label": text} for value, text in options],
        size="xs",
        clearable=True,
        persistence=True,
        persistence_type="session",
    )


def kind_options(known: list[str], *, graded: bool = False) -> list[dict[str, Any]]:
    """Return the kinds in groups, for a dropdown; where cells are graded, their grade stands first."""
    groups = i18n.measures()["group"]
    names = i18n.group_labels()
    grade = {"group": t("Grade"), "items": [{"value": grade_map.KIND, "label": grade_map.label()}]}
    return [grade] * graded + [
        {"group": text, "items": [{"value": k, "label": measure_label(k)} for k in known if groups[k] == group]}
        for group, text in names.items()
        if any(groups[k] == group for k in known)
    ]


def year_options(context: Context, kind: str) -> list[dict[str, Any]]:
    """Return what is known best, the years with forecasts, and the years with values, newest survey first."""
    newest = [{"value": str(queries.NEWEST), "label": t("Newest value of each cell")}]
    known = grade_map.years(context) if kind == grade_map.KIND else queries.years(context, kind)
    past = [{"value": str(y), "label": i18n.year_text(y)} for y in reversed(known)]
    ahead = [{"value": str(y), "label": i18n.year_text(y)} for y in queries.forecast_years(context, kind)]
    groups = [{"group": t("Forecast"), "items": ahead}] if ahead else []
    return [{"group": t("Known today"), "items": newest}, {"group": t("Surveyed"), "items": past}, *groups]


def register(app: dash.Dash, context: Context) -> None:
    """Register the callbacks of the page."""

    @guard.callback(
        app,
        Output("map-year", "data"),
        Output("map-year", "value"),
        Input("map-kind", "value"),
        State("map-year", "value"),
        permission="view",
    )
    def offer_years(kind: str, year: str) -> tuple[list[dict[str, Any]], str]:
        guard.one_of(kind, [*queries.kinds(context), grade_map.KIND])
        options = year_options(context, kind)
        offered = [item["value"] for group in options for item in group["items"]]
        return options, year if year in offered else offered[0]

    app.clientside_callback(
        dash.ClientsideFunction("pavement_map", "draw"),
        Output("map-legend", "title"),
        Input("map-kind", "value"),
        Input("map-year", "value"),
        Input("map-route", "value"),
        Input("map-direction", "value"),
        Input("map-lane", "value"),
        Input("map-setup", "data"),
    )
