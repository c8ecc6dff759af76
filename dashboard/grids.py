"""AG Grid tables with columns described by the schema tables."""

from __future__ import annotations

from typing import Any

import dash_ag_grid as dag
import pandas as pd

from dashboard.i18n import t

THEME = (
    "themeQuartz.withParams({accentColor: '#1f5f99', fontFamily: 'inherit', fontSize: 12.5, spacing: 5, "
    "headerBackgroundColor: '#f1f4f6', borderColor: '#dfe4e8', wrapperBorderRadius: 4, foregroundColor: '#1d2b3a'})"
)
_WRAPPED = {"wrapHeaderText": True, "autoHeaderHeight": True}

# the first of the choices is the one that typing a number into the field below the header means
AT_LEAST = {"defaultOption": "greaterThanOrEqual"}
EQUAL = {"defaultOption": "equals"}


def number_column(field: str, title: str, digits: int, **more: Any) -> dict[str, Any]:
    """Return a column of numbers with fixed digits and a filter that asks for at least a number unless told else."""
    return {
        "field": field,
        "headerName": title,
        "type": "rightAligned",
        "filter": "agNumberColumnFilter",
        "filterParams": AT_LEAST,
        "valueFormatter": {"function": f"params.value == null ? '–' : d3.format(',.{digits}f')(params.value)"},
        **more,
    }


def text_column(field: str, title: str, **more: Any) -> dict[str, Any]:
    """Return a column of text with a text filter."""
    return {"field": field, "headerName": title, "filter": "agTextColumnFilter", **more}


def wrapped(column: dict[str, Any]) -> dict[str, Any]:
    """Return a column whose text takes as many lines as it needs."""
    return {**column, "wrapText": True, "autoHeight": True}


def grid(name: str, columns: list[dict[str, Any]], rows: pd.DataFrame, *, row_id: str, height: str) -> dag.AgGrid:
    """Return a grid over rows; missing values are sent as null."""
    plain = rows.astype(object).where(rows.notna(), None)
    return dag.AgGrid(
        id=name,
        columnDefs=columns,
        rowData=plain.to_dict("records"),
        getRowId=f"params.data.{row_id} + ''",
        defaultColDef={"sortable": True, "resizable": True, "floatingFilter": True, "minWidth": 44, **_WRAPPED},
        dashGridOptions={
            "rowHeight": 30,
            "headerHeight": 34,
            "floatingFiltersHeight": 34,
            "animateRows": False,
            "localeText": locale_text(),
            "theme": {"function": THEME},
            "tooltipShowDelay": 300,
            "enableCellTextSelection": True,
            "suppressColumnVirtualisation": False,
        },
        style={"height": height, "width": "100%"},
    )


def locale_text() -> dict[str, str]:
    """Return the grid's own words in the present language."""
    return {
        "contains": t("contains"),
        "notContains": t("does not contain"),
        "equals": t("equals"),
        "notEqual": t("does not equal"),
        "startsWith": t("begins with"),
        "endsWith": t("ends with"),
        "blank": t("is empty"),
        "notBlank": t("is not empty"),
        "lessThan": t("less than"),
        "lessThanOrEqual": t("at most"),
        "greaterThan": t("greater than"),
        "greaterThanOrEqual": t("at least"),
        "inRange": t("between"),
        "filterOoo": t("Filter …"),
        "searchOoo": t("Search …"),
        "andCondition": t("and"),
        "orCondition": t("or"),
        "noRowsToShow": t("No rows"),
        "noMatchingRows": t("No rows pass the filters"),
        "loadingOoo": t("Loading …"),
        "inRangeStart": t("from"),
        "inRangeEnd": t("to"),
        "ariaFilterInput": t("Filter …"),
        "ariaFilterMenuOpen": t("Open the filter"),
    }
