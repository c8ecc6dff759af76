"""Ruts of a cell by wheel path and method, as a small table."""

from __future__ import annotations

import pandas as pd
from dash import html

from dashboard import places, ui
from dashboard.context import Context
from dashboard.crack_zones import word
from dashboard.i18n import number, t

_SIDES = {"left": "wheel_path_left", "right": "wheel_path_right"}


def card(context: Context, row: pd.Series) -> html.Section | None:
    """Return the newest rut depth of both wheel paths by each method; nothing where no survey has told it."""
    found = places.ruts_on(context, row)
    if found.empty:
        return None
    depth = found.set_index(["method", "side"])["rut_mm"]
    newest = found.groupby("method")["surveyed_on"].max()
    lines = [
        [method_text(method), *(number(depth.get((method, side)), digits=1) for side in _SIDES), str(day)[:10]]
        for method, day in newest.items()
    ]
    heads = [t("Method"), *(f"{word('zone', zone)} [mm]" for zone in _SIDES.values()), t("Surveyed on")]
    basis = t(
        "Depths by different methods must not be compared. The rut depth of the cell is by the agency's straightedge."
    )
    table = html.Div(ui.table(heads, lines, numeric=[1, 2]), className="wrap-heads")
    return ui.card(t("Ruts by wheel path and method"), table, html.P(basis, className="note"))


def method_text(method: str) -> str:
    """Return the method of a rut depth in the present language."""
    if method.startswith("straightedge "):
        return t("straightedge {length}", length=method.removeprefix("straightedge "))
    words = {
        "wire over the lane": t("wire over the lane"),
        "five_point": t("five points"),
        "LCMS, method not told": t("LCMS, method not told"),
    }
    return words.get(method, method)
