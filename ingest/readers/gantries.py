"""Lists of toll gantries: where each stood from when to when, and the road that each counts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ingest.columns import columns, in_table_units, numbers, text_of, unused_fault
from ingest.fault_list import Marks
from ingest.formats import limit
from ingest.package import shown
from ingest.position import located, written_places
from ingest.readers.reading import Context, Reading, joined
from ingest.readers.records import checked
from ingest.sheets import Sheet, sheet
from pavement.measures.gantry_sections import gantry_parts, gantry_sections, valid_gantries

_FROM_ID = ("route", "variant", "direction")
_BORDERS = ("from_m", "to_m", "from_chainage", "to_chainage")


def read(context: Context) -> Reading:
    """
    Return the gantries of a list.

    Route, variant, direction and, where none is written, mileage are taken from the id; the day from which the list
    holds from the column valid_from or from the manifest: ``options = { valid_from = "2024-01-01" }``.
    """
    file = context.one("file")
    name = shown(file.name)
    written = _dated(sheet(file, context.data, settings=context.settings), context)
    found = columns(written, "gantries", context.data, file=name)
    frame = in_table_units(found, "gantries", context.data, file=name)
    marks = Marks(frame, file=name)
    frame = _with_borders(_with_parts(frame, marks), marks)[~marks.any]
    place, lost = located(
        frame.drop(columns=["x", "y", "from_m", "to_m"], errors="ignore"),
        network=context.located_network(),
        crs=context.manifest.crs,
        span="place",
        lane="none",
        file=name,
    )
    points = _points(frame, context)
    place = place.join(frame[["from_m", "to_m"]]).join(points)
    doubted = _doubted(place, context, file=name)
    good, faults = checked(place, "gantries", lost, context, file=name)
    listed = joined(written.faults, unused_fault(found.unused, file=name), marks.frame(), lost, doubted, faults)
    return Reading({"gantries": good.drop(columns="_row")}, listed)


def _dated(written: Sheet, context: Context) -> Sheet:
    """Return a list whose gantries all hold from the manifest's date where it has no column for that."""
    frame = written.frame
    mapped = {context.data.columns.get(str(c), str(c)) for c in frame.columns}
    given = context.data.options.get("valid_from")
    if given is None or "valid_from" in mapped:
        return written
    return Sheet(frame.assign(valid_from=str(given)), written.rows, written.faults)


def _with_parts(frame: pd.DataFrame, marks: Marks) -> pd.DataFrame:
    ids = text_of(frame, "gantry")
    parts = gantry_parts(ids).set_axis(frame.index)
    cure = "Write it like 01F0339N: route, kind F, H or A, R for ramps, mileage in 0.1 km, direction."
    marks.add(parts["route"].isna(), "gantry", "gantry", "{value!r} is not the id of a gantry.", cure, ids)
    result = frame.assign(gantry=ids)
    for column in _FROM_ID:
        said = text_of(frame, column)
        result[column] = said.where(said != "", parts[column].fillna(""))
    if not {"measure_m", "chainage", "location"} & set(frame.columns):
        result["measure_m"] = parts["measure_m"]
    return result


def _with_borders(frame: pd.DataFrame, marks: Marks) -> pd.DataFrame:
    """Return the list with the borders of sections where it has them, as measures. [m]"""
    rest = frame.drop(columns=[c for c in _BORDERS if c in frame])
    if not {*_BORDERS} & set(frame.columns):
        return rest.assign(from_m=np.nan, to_m=np.nan)
    ends = written_places(frame, ["from_m", "to_m"], marks)[["from_m", "to_m"]]
    half = ends.isna().any(axis=1) & ends.notna().any(axis=1) | (ends["from_m"] >= ends["to_m"])
    both = ends["from_m"].astype(str) + " to " + ends["to_m"].astype(str)
    cure = "Give both ends in growing measure, or neither."
    marks.add(half, "from_m+to_m", "order", "The section {value} m has no two ends in order.", cure, both)
    return rest.join(ends)


def _doubted(place: pd.DataFrame, context: Context, *, file: str) -> pd.DataFrame:
    """Return notes on gantries whose position lies far from their mileage; the mileage stands. Ramps are not judged."""
    apart = pd.Series(np.nan, index=place.index)
    judged = place[(place["variant"] != "ramp") & place[["measure_m", "x", "y"]].notna().all(axis=1)]
    for key, rows in judged.groupby(["route", "direction"], sort=False):
        known = context.located_network().calibrations[(str(key[0]), str(key[1]))]
        measure, _ = known.measure(rows["x"].to_numpy(float), rows["y"].to_numpy(float))
        apart.loc[rows.index] = np.abs(measure - rows["measure_m"])
    marks = Marks(place, file=file)
    said = place["gantry"].astype(str) + ", " + apart.map("{:,.0f}".format).astype(str)
    message = "{value} m apart are the position of the gantry and its mileage on the network."
    cure = "The mileage stands; check the position, or the calibration of the route there."
    marks.add(apart > limit("gantry_mismatch"), "x", "doubtful", message, cure, said)
    return marks.frame()


def _points(frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Return x and y in the working frame, missing where none is given. [m]"""
    if not {"x", "y"} <= set(frame.columns):
        return pd.DataFrame({"x": np.nan, "y": np.nan}, index=frame.index)
    network = context.located_network()
    xy = network.projected(numbers(frame["x"]), numbers(frame["y"]), crs=context.manifest.crs)
    kept = np.where(network.inside(xy)[:, None], xy, np.nan)
    return pd.DataFrame(kept, columns=["x", "y"], index=frame.index)


def sections_of_day(context: Context, *, on: pd.Timestamp) -> pd.DataFrame:
    """Return the section of each gantry that stood on a day; none where no list holds then."""
    standing = valid_gantries(context.known("gantries"), on=on)
    return gantry_sections(standing, limits=context.located_network().limits)
