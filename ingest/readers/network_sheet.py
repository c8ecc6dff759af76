"""Sheets that come with a network: rows named by the ids of route and direction, posted places as measures."""

from __future__ import annotations

import pandas as pd

from ingest.columns import columns, in_table_units, text_of, unused_fault
from ingest.fault_list import Marks
from ingest.package import PackageFile, shown
from ingest.position import direction_letter, route_or_none, written_places
from ingest.readers.reading import Context, joined
from ingest.sheets import sheet
from ingest.signs import measured


def network_sheet(file: PackageFile, table: str, context: Context) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows of a sheet of the network under the names and units of a table, and what is wrong with others."""
    name = shown(file.name)
    written = sheet(file, context.data, settings=context.settings)
    found = columns(written, table, context.data, file=name)
    frame, lost = named_rows(in_table_units(found, table, context.data, file=name), file=name)
    return frame, joined(written.faults, unused_fault(found.unused, file=name), lost)


def named_rows(frame: pd.DataFrame, *, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return rows whose route and direction are read as ids."""
    marks = Marks(frame, file=file)
    result = frame.copy()
    ids = {t: route_or_none(t) for t in text_of(frame, "route").unique()}
    route = text_of(frame, "route").map(ids)
    marks.add(route.isna(), "route", "route", "{value!r} is not a route's name.", "Write 國道1號 or N1.")
    letters = text_of(frame, "direction").map(direction_letter)
    wrong = ~letters.isin(list("NSEW"))
    marks.add(wrong, "direction", "direction", "{value!r} is not a direction.", "Write N, S, E or W.")
    result["route"], result["direction"] = route, letters
    return result[~marks.any], marks.frame()


def measured_rows(frame: pd.DataFrame, targets: list[str], equations: pd.DataFrame, marks: Marks) -> pd.DataFrame:
    """Return named rows with the `targets` [m] as numbers, whether they were written as measures or as posted."""
    places = written_places(frame, targets, marks).assign(route=frame["route"], direction=frame["direction"])
    found = measured(places, targets, equations, marks)
    return frame.assign(**{t: found[t] for t in targets})


def unknown_routes(frame: pd.DataFrame, routes: pd.DataFrame, marks: Marks) -> None:
    """Mark rows of a route and direction that the network does not have."""
    keys = route_keys(frame)
    stray = ~keys.isin(set(route_keys(routes)))
    marks.add(stray, "route", "unknown route", "{value} is not among the usable routes.", "Add its line.", keys)


def route_keys(frame: pd.DataFrame) -> pd.Series:
    """Return route and direction as one text."""
    return frame["route"].astype(str) + " " + frame["direction"].astype(str)
