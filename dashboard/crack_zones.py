"""Cracks of a cell by zone of the lane and type, as a small table."""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd
from dash import html

from dashboard import i18n, places, ui
from dashboard.context import Context
from dashboard.i18n import number, t
from pavement.measures.cracking import LANE, ZONES
from pavement.measures.r85 import R85_TYPES
from pavement.schema import read_table


@cache
def _words(group: str, language: str) -> dict[str, str]:
    rows = read_table("crack_words")
    rows = rows[rows["group"] == group]
    return dict(zip(rows["word"], rows["zh" if language.startswith("zh") else "en"], strict=True))


def word(group: str, name: str) -> str:
    """Return a zone, type, subtype or severity in the present language."""
    return _words(group, i18n.language()).get(name, name)


def card(context: Context, row: pd.Series) -> html.Section | None:
    """Return extent and severity of cracks by zone and type in a cell; nothing where no zones are known."""
    found = places.zones_on(context, row)
    if found.empty:
        return None
    first = found.iloc[0]
    cells = found.set_index(["zone", "type"])
    heads = [t("Zone"), *(word("type", kind) for kind in R85_TYPES)]
    lines = [[word("zone", zone), *(_cell(cells, zone, kind) for kind in R85_TYPES)] for zone in (*ZONES, LANE)]
    basis = t(
        "{date}: {seen} m of {length} m seen with both lane lines; length [m] per 100 m, mean width with its severity",
        date=str(first["surveyed_on"])[:10],
        seen=number(first["seen_m"]),
        length=number(row["to_m"] - row["from_m"]),
    )
    table = html.Div(ui.table(heads, lines, numeric=range(1, len(R85_TYPES) + 1)), className="wrap-heads zones")
    links = html.P(ui.download(t("All cells (CSV)"), "/export/zones.csv"))
    return ui.card(t("Cracks by zone of the lane"), table, html.P(basis, className="note"), links)


def _cell(cells: pd.DataFrame, zone: str, kind: str) -> Any:
    """Return length, and below it width and severity; transverse cracks stand for the whole lane."""
    if (zone == LANE) != (kind == "transverse"):
        return ""
    if (zone, kind) not in cells.index or not cells.loc[(zone, kind), "length_m"]:
        return number(0.0, digits=1)
    value = cells.loc[(zone, kind)]
    length = number(value["per_100_m"], digits=1)
    if pd.isna(value["width_mm"]):
        return length
    width = f"{value['width_mm']:.1f} mm {word('severity', value['severity'])}"
    return [length, html.Br(), html.Span(width, className="note")]
