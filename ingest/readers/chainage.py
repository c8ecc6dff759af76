"""Chainage equations that come with a network: where posted chainage stands twice or jumps."""

from __future__ import annotations

import pandas as pd

from ingest.columns import numbers, text_of
from ingest.fault_list import Marks
from ingest.package import shown
from ingest.readers.network_sheet import network_sheet, unknown_routes
from ingest.readers.reading import Context, joined
from pavement.network.chainage import parse_many
from pavement.network.chainage_equations import equation_faults
from pavement.schema import check

_CURE = "Pieces follow each other from end to end of the route; give doubled ones the suffixes A, B or 前, 後."


def read_equations(context: Context, routes: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Return the table ``chainage`` and its faults.

    Parameters
    ----------
    context
        Entry with the file ``chainage``: route, direction, piece, from_m, to_m [m] and the chainage posted at the start
        of the piece, ``posted_m`` as a number of metres or as ``25k+300``.
    routes
        Table ``routes``, with the limits as the file of routes has them.
    """
    file = context.one("chainage")
    name = shown(file.name)
    frame, lost = network_sheet(file, "chainage", context)
    marks = Marks(frame, file=name)
    frame = frame.assign(piece=text_of(frame, "piece").str.upper())
    frame = frame.assign(posted_m=_metres(frame))
    for column in ("from_m", "to_m", "posted_m"):
        amount = numbers(frame[column]) if column in frame else pd.Series(float("nan"), index=frame.index)
        marks.add(amount.isna(), column, "type", "{value!r} is no number of metres.", "Write metres.")
        frame = frame.assign(**{column: amount})
    unknown_routes(frame, routes, marks)
    wrong = equation_faults(frame[~marks.any], routes[["route", "direction", "from_m", "to_m"]])
    for rule, rows in wrong.groupby("rule", sort=False):
        told = pd.Series(frame.index.isin(rows["row"]), index=frame.index)
        marks.add(told, "from_m", str(rule), rows["message"].iloc[0], _CURE)
    good, faults = check(frame[~marks.any], "chainage", file=name)
    return good.reset_index(drop=True), joined(lost, marks.frame(), faults)


def _metres(frame: pd.DataFrame) -> pd.Series:
    """Return the posted chainage at the start of the pieces, those written with a k or + read as such."""
    text = text_of(frame, "posted_m")
    return numbers(frame["posted_m"]).fillna(parse_many(text)["measure"])
