"""The lanes of a network."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from ingest.columns import numbers, text_of
from ingest.fault_list import Marks
from ingest.formats import format_table
from ingest.lanes import lane_counts
from ingest.package import PackageFile, shown
from ingest.readers.network_sheet import measured_rows, network_sheet, route_keys, unknown_routes
from ingest.readers.reading import Context, joined
from pavement.schema import check


def read_lanes(
    file: PackageFile, routes: gpd.GeoDataFrame, equations: pd.DataFrame, context: Context
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Return lanes of usable routes; pieces of one lane must not overlap (G7).

    Options of the entry (G12): ``lanes_from = "outside"`` where the file numbers them so; ``traffic = "left"`` where it
    drives on the left, so that ``offset_m`` counts to the left of the route line.
    """
    name = shown(file.name)
    frame, lost = network_sheet(file, "lanes", context)
    marks = Marks(frame, file=name)
    frame = measured_rows(frame, ["from_m", "to_m"], equations, marks).assign(lane=_lane_ids(frame, marks))
    unknown_routes(frame, routes, marks)
    limits = routes.set_index(route_keys(routes))[["from_m", "to_m"]].astype(float)
    low, high = (route_keys(frame).map(limits[c].to_dict()).astype(float) for c in ("from_m", "to_m"))
    beyond = (frame["from_m"] < low - 1e-6) | (frame["to_m"] > high + 1e-6) | ~(frame["from_m"] < frame["to_m"])
    text = frame["from_m"].astype(str) + " to " + frame["to_m"].astype(str)
    marks.add(beyond, "from_m+to_m", "order", "The lane from {value} m does not lie on its route.", "", text)
    ordered = frame.sort_values(["route", "direction", "lane", "from_m"])
    before = ordered.groupby(["route", "direction", "lane"])["to_m"].shift()
    overlap = (ordered["from_m"] < before - 1e-6).reindex(frame.index)
    marks.add(overlap, "from_m", "overlap", "The lane at {value} m overlaps the piece before it.", "Cut them apart.")
    if context.lanes_from == "outside":
        frame = frame.assign(lane=_from_inside(frame, marks))
    if context.choice("traffic", ("right", "left")) == "left" and "offset_m" in frame:
        frame = frame.assign(offset_m=-numbers(frame["offset_m"]))
    good, faults = check(frame[~marks.any], "lanes", file=name)
    return good.reset_index(drop=True), joined(lost, marks.frame(), faults)


def _lane_ids(frame: pd.DataFrame, marks: Marks) -> pd.Series:
    named = format_table("lane_names")
    names = dict(zip(named["name"].str.casefold(), named["lane"], strict=True))
    lane = text_of(frame, "lane").map(lambda t: names.get(t.casefold(), t.lower()))
    wrong = ~lane.str.fullmatch(r"\d{1,2}|aux|shoulder_in|shoulder_out")
    marks.add(wrong, "lane", "lane", "{value!r} is not a lane.", "Write 1, 2, …, aux, shoulder_in or shoulder_out.")
    return lane


def _from_inside(frame: pd.DataFrame, marks: Marks) -> pd.Series:
    """Return lanes numbered from the inside where the file counts them from the outside."""
    sound = frame[~marks.any]
    count = lane_counts(sound, ["from_m", "to_m"], sound).reindex(frame.index)
    number = pd.to_numeric(frame["lane"], errors="coerce")
    turned = count + 1 - number
    unclear = ~marks.any & number.notna() & ~(turned >= 1)
    cure = "Cut the lanes of the route where a lane begins or ends, so that all pieces there have the same ends."
    marks.add(unclear, "lane", "lane", "Lane {value}: the number of lanes changes along it.", cure)
    known = number.notna() & (turned >= 1)
    return frame["lane"].where(~known, turned.where(known, 0.0).astype(int).astype(str))
