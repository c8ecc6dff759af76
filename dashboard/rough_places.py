"""Short rough places of a cell, which its mean roughness hides, as a small table."""

from __future__ import annotations

import pandas as pd
from dash import html

from dashboard import places, ui
from dashboard.context import Context
from dashboard.i18n import number, t
from pavement.network.chainage import posted_measure


def card(context: Context, row: pd.Series) -> html.Section | None:
    """Return the places of localised roughness in the newest survey of a cell; nothing where there are none."""
    found = places.rough_on(context, row)
    if found.empty:
        return None
    lines = [
        [
            _span(posted_measure(p["from_m"]), posted_measure(p["to_m"])),
            number(p["to_m"] - p["from_m"], digits=1),
            posted_measure(p["peak_m"]),
            number(p["iri_peak"], digits=2),
        ]
        for p in found.to_dict("records")
    ]
    heads = [t("Place"), t("Length [m]"), t("Worst at"), t("Worst roughness [m/km]")]
    first = found.iloc[0]
    basis = t(
        "Where the roughness of both wheel paths over {base} m lies above {limit} m/km; surveyed on {day}. "
        "Length and limit are to confirm.",
        base=number(first["base_m"], digits=2),
        limit=number(first["limit_iri"], digits=2),
        day=str(first["surveyed_on"])[:10],
    )
    table = html.Div(ui.table(heads, lines, numeric=[1, 3]), className="wrap-heads")
    return ui.card(t("Places of localised roughness"), table, html.P(basis, className="note"))


def _span(start: str, end: str) -> str:
    """Return a stretch as posted; a place that is too short for two numbers has one."""
    return start if start == end else f"{start} – {end}"
