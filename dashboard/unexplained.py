"""Changes of condition that the records do not explain, for the people who can settle them (P9, P10)."""

from __future__ import annotations

from typing import Any

import pandas as pd
from dash import html

from dashboard import i18n, queries, ui
from dashboard.context import Context
from dashboard.i18n import measure_label, measure_text, number, t
from pavement.condition.quality import UNRECORDED, unexplained_changes

_SHOWN = 100


@queries.kept
def changes(context: Context) -> pd.DataFrame:
    """Return unexplained changes of the network with the place of each cell, newest first."""
    found = unexplained_changes(queries.history(context), queries.table(context, "works"))
    places = queries.cells(context)[["cell", "route", "direction", "lane", "from_m", "to_m"]]
    joined = found.merge(pd.DataFrame(places), on="cell", how="left")
    return joined.sort_values(["year", "route", "direction", "from_m", "lane"], ascending=[False, *[True] * 4])


def changes_card(context: Context) -> html.Section:
    """Return the list of unexplained changes, what follows from each and how it is settled."""
    found = changes(context)
    if found.empty:
        return ui.card(
            t("Changes that nothing on record explains"),
            ui.empty(t("Every change of condition is explained.")),
            wide=True,
        )
    unrecorded = int((found["finding"] == UNRECORDED).sum())
    counts = t(
        "{better} values got better without work on record; {idle} stayed bad in spite of one.",
        better=number(unrecorded),
        idle=number(len(found) - unrecorded),
    )
    settle = t(
        "Models do not learn from them. To settle one, send the missing work or the corrected record in a package, "
        "or have the survey repeated."
    )
    shown = found.head(_SHOWN)
    table = ui.table(
        [t("Cell"), t("Measure"), t("Before"), t("After"), t("What is odd")],
        [_line(row) for row in shown.to_dict("records")],
        numeric=[2, 3],
    )
    more = t("The first {shown} of {all} are listed.", shown=len(shown), all=number(len(found)))
    return ui.card(
        t("Changes that nothing on record explains"),
        html.P(f"{counts} {settle}", className="reason"),
        table,
        html.P(more, className="note") if len(found) > len(shown) else None,
        wide=True,
    )


def _line(row: dict[str, Any]) -> list[Any]:
    place = i18n.place(row["route"], row["direction"], row["lane"], row["from_m"], row["to_m"])
    odd = (
        t("Better, without work on record: unrecorded work or an error")
        if row["finding"] == UNRECORDED
        else t("Work on record, but no better: not carried out here, or an error")
    )
    return [
        ui.link(place, f"/segment/{row['cell']}"),
        measure_label(row["kind"], unit=False),
        f"{measure_text(row['kind'], row['before'])} ({int(row['before_year'])})",
        f"{measure_text(row['kind'], row['value'])} ({int(row['year'])})",
        odd,
    ]
