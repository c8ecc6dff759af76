"""Cracks of a cell by zone of the lane and type, as a small table."""

from __future__ import annotations

from functools import cache

import pandas as pd
from dash import html

from dashboard import i18n, places, ui
from dashboard.context import Context
from dashboard.i18n import number, t
from pavement.measures.cracking import LANE, TYPES, ZONES
from pavement.schema import read_table

_NONE = "–"


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
    heads = [t("Zone")]
    for kind in TYPES:
        heads += [f"{word('type', kind)} [m/100 m]", f"{word('type', kind)} [mm]"]
    lines = [
        [word("zone", zone), *(text for kind in TYPES for text in _cell(cells, zone, kind))] for zone in (*ZONES, LANE)
    ]
    basis = t(
        "{date}: {seen} m of {length} m seen with both lane lines; length per 100 m and mean width with its severity",
        date=str(first["surveyed_on"])[:10],
        seen=number(first["seen_m"]),
        length=number(row["to_m"] - row["from_m"]),
    )
    table = html.Div(ui.table(heads, lines, numeric=range(1, 2 * len(TYPES) + 1)), className="wrap-heads")
    links = html.P(ui.download(t("All cells (CSV)"), "/export/zones.csv"))
    return ui.card(t("Cracks by zone of the lane"), table, html.P(basis, className="note basis"), links)


def _cell(cells: pd.DataFrame, zone: str, kind: str) -> tuple[str, str]:
    """Return length per 100 m and width of a zone and type as texts; transverse cracks stand for the whole lane."""
    if (zone == LANE) != (kind == "transverse"):
        return "", ""
    if (zone, kind) not in cells.index or not cells.loc[(zone, kind), "length_m"]:
        return number(0.0, digits=1), _NONE
    value = cells.loc[(zone, kind)]
    if pd.isna(value["width_mm"]):
        return number(value["per_100_m"], digits=1), _NONE
    return number(value["per_100_m"], digits=1), f"{value['width_mm']:.1f} {word('severity', value['severity'])}"
