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
_LANE = ["route", "direction", "lane"]
_SAME = ["kind", "year", "before_year", "finding"]
# cells nearer than this are neighbours [m]
_TOUCH = 1e-3


@queries.kept
def changes(context: Context) -> pd.DataFrame:
    """
    Return unexplained changes of the network, neighbouring cells as one stretch, newest first.

    Columns route, direction, lane, from_m, to_m [m], kind, year, before_year, finding, before and value (means), cell
    (the first) and cells (how many).
    """
    found = unexplained_changes(queries.history(context), queries.table(context, "works"))
    places = queries.cells(context)[["cell", *_LANE, "from_m", "to_m"]]
    joined = found.merge(pd.DataFrame(places), on="cell", how="left").sort_values([*_LANE, *_SAME, "from_m"])
    keys = joined[[*_LANE, *_SAME]]
    apart = keys.ne(keys.shift()).any(axis=1) | (joined["from_m"] - joined["to_m"].shift()).abs().gt(_TOUCH)
    stretches = joined.groupby(apart.cumsum(), as_index=False).agg(
        **{c: (c, "first") for c in (*_LANE, *_SAME, "from_m", "cell")},
        to_m=("to_m", "last"),
        before=("before", "mean"),
        value=("value", "mean"),
        cells=("cell", "size"),
    )
    return stretches.sort_values(["year", *_LANE, "from_m"], ascending=[False, *[True] * 4])


def changes_card(context: Context) -> html.Section:
    """Return the list of unexplained changes, what follows from each and how it is settled."""
    found = changes(context)
    if found.empty:
        return ui.card(
            t("Changes that nothing on record explains"),
            ui.empty(t("Every change of condition is explained.")),
            wide=True,
        )
    unrecorded = int(found.loc[found["finding"] == UNRECORDED, "cells"].sum())
    counts = f"{_better(unrecorded)} {_idle(int(found['cells'].sum()) - unrecorded)}"
    settle = t(
        "Models do not learn from them. To settle one, send the missing work or the corrected record in a package, "
        "or have the survey repeated."
    )
    shown = found.head(_SHOWN)
    table = ui.table(
        [t("Stretch"), t("Cells"), t("Measure"), t("Before"), t("After"), t("What is odd")],
        [_line(row) for row in shown.to_dict("records")],
        numeric=[1, 3, 4],
    )
    more = t("The first {shown} of {all} are listed.", shown=len(shown), all=number(len(found)))
    return ui.card(
        t("Changes that nothing on record explains"),
        html.P(f"{counts} {settle}", className="reason"),
        ui.low(table),
        html.P(more, className="note") if len(found) > len(shown) else None,
        wide=True,
    )


def _better(count: int) -> str:
    if count == 1:
        return t("1 value got better without work on record;")
    return t("{count} values got better without work on record;", count=number(count))


def _idle(count: int) -> str:
    return t("{count} stayed bad in spite of one.", count=number(count))


def _line(row: dict[str, Any]) -> list[Any]:
    place = i18n.place(row["route"], row["direction"], row["lane"], row["from_m"], row["to_m"])
    odd = (
        t("Better, without work on record: unrecorded work or an error")
        if row["finding"] == UNRECORDED
        else t("Work on record, but no better: not carried out here, or an error")
    )
    return [
        ui.link(place, f"/segment/{row['cell']}"),
        number(row["cells"]),
        measure_label(row["kind"], unit=False),
        f"{measure_text(row['kind'], row['before'])} ({int(row['before_year'])})",
        f"{measure_text(row['kind'], row['value'])} ({int(row['year'])})",
        odd,
    ]
