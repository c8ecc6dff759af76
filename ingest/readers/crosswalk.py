"""The crosswalk that comes with a network: where places of former versions of its routes lie now."""

from __future__ import annotations

import pandas as pd

from ingest.columns import columns, in_table_units, numbers, text_of, unused_fault
from ingest.fault_list import Marks
from ingest.package import shown
from ingest.position import direction_letter, route_or_none
from ingest.readers.reading import Context, joined
from ingest.sheets import sheet
from pavement.schema import check

_OLD = ["old_route", "old_direction", "old_version"]


def read_crosswalk(context: Context, routes: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Return the table ``crosswalk`` and its faults.

    Parameters
    ----------
    context
        Entry with the file ``crosswalk``; it grows over the years and leads step by step to the routes of the package.
    routes
        Table ``routes``.
    """
    file = context.one("crosswalk")
    name = shown(file.name)
    written = sheet(file, context.data, settings=context.settings)
    found = columns(written, "crosswalk", context.data, file=name)
    frame = in_table_units(found, "crosswalk", context.data, file=name)
    marks = Marks(frame, file=name)
    for column in ("old_route", "route"):
        ids = text_of(frame, column).map({t: route_or_none(t) for t in text_of(frame, column).unique()})
        marks.add(ids.isna(), column, "route", "{value!r} is not a route's name.", "Write 國道1號 or N1.")
        frame = frame.assign(**{column: ids})
    for column in ("old_direction", "direction"):
        letters = text_of(frame, column).map(direction_letter)
        marks.add(
            ~letters.isin(list("NSEW")), column, "direction", "{value!r} is not a direction.", "Write N, S, E or W."
        )
        frame = frame.assign(**{column: letters})
    for column in ("old_from_m", "old_to_m", "from_m", "to_m"):
        amount = numbers(frame[column]) if column in frame else pd.Series(float("nan"), index=frame.index)
        marks.add(amount.isna(), column, "type", "{value!r} is no number of metres.", "Write metres.")
        frame = frame.assign(**{column: amount})
    frame = frame.assign(turned=text_of(frame, "turned").replace("", "no"))
    _in_order(frame, routes, marks)
    good, faults = check(frame[~marks.any], "crosswalk", file=name)
    listed = joined(written.faults, unused_fault(found.unused, file=name), marks.frame(), faults)
    return good.reset_index(drop=True), listed


def _in_order(frame: pd.DataFrame, routes: pd.DataFrame, marks: Marks) -> None:
    """Mark stretches without length, former places that lead to two, and places beyond the routes of the package."""
    wrong = ~(frame["old_from_m"] < frame["old_to_m"]) | ~(frame["from_m"] < frame["to_m"])
    cure = "Give start and end in growing measure on both sides; turned = yes tells that they run against each other."
    marks.add(wrong, "from_m+to_m", "order", "The stretch does not run from a smaller to a larger measure.", cure)
    line = frame.sort_values([*_OLD, "old_from_m"])
    before = line.groupby(_OLD, sort=False)["old_to_m"].shift()
    doubled = (line["old_from_m"] < before - 1e-6).reindex(frame.index)
    marks.add(
        doubled, "old_from_m", "overlap", "The stretch at {value} m overlaps the one before it.", "Cut them apart."
    )
    limits = routes[["route", "direction", "version", "from_m", "to_m"]].astype({"version": "str"})
    own = frame[["route", "direction", "version"]].astype("str").merge(limits, how="left")
    own.index = frame.index
    beyond = (frame["from_m"] < own["from_m"] - 1.0) | (frame["to_m"] > own["to_m"] + 1.0)
    marks.add(
        beyond, "from_m", "beyond the route", "The stretch at {value} m lies beyond its route.", "See the routes."
    )
