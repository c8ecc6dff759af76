"""Daily weather and the stations that took it."""

from __future__ import annotations

import pandas as pd

from ingest.columns import numbers, text_of
from ingest.fault_list import Marks
from ingest.formats import limit
from ingest.network import projected
from ingest.package import PackageFile, shown
from ingest.position import refuse_wrong_crs
from ingest.readers import codis
from ingest.readers.codis_marks import TRACE
from ingest.readers.reading import Context, Reading, joined
from ingest.readers.records import cells_of, checked
from pavement.errors import Fault, LocationError, PavementError, no_faults
from pavement.schema import schema


def read(context: Context) -> Reading:
    """Return daily weather, with the stations when the entry brings them."""
    tables: dict[str, pd.DataFrame] = {}
    faults = no_faults()
    if "stations" in context.data.files:
        tables["stations"], faults = stations(context.one("stations"), context)
    known = tables.get("stations", context.known("stations"))
    if context.data.options.get("format") == "codis":
        tables["weather"], found = _codis(known, context)
    else:
        tables["weather"], found = _days(context.one("file"), known, context)
    return Reading(tables, joined(faults, found))


def _codis(known: pd.DataFrame, context: Context) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the days of every file that the entry names; a file that cannot be read is a fault of its own."""
    parts, faults = [], []
    for file in context.files.get("file", []):
        name = shown(file.name)
        try:
            frame, listed = codis.days(file, context)
            good, found = _sound(frame, known, context, file=name)
        except LocationError:
            raise
        except PavementError as error:
            listed, found = [Fault(name, None, "", "", type(error).__name__, error.message, error.cure)], no_faults()
            good = None
        parts += [] if good is None else [good]
        faults += [joined(listed, found)]
    if not parts:
        return _no_days(), joined(*faults)
    rows = pd.concat(parts, ignore_index=True)
    again = rows.duplicated(["station", "date"])
    for station, date in zip(rows.loc[again, "station"], rows.loc[again, "date"], strict=True):
        message = f"weather {station} {str(date)[:10]} stands in two files."
        cure = "Keep one row for each key."
        faults.append(joined([Fault(shown(context.data.main), None, "station+date", "", "duplicate", message, cure)]))
    return rows[~again].reset_index(drop=True), joined(*faults)


def _no_days() -> pd.DataFrame:
    return pd.DataFrame(columns=schema("weather").index)


def read_stations(context: Context) -> Reading:
    """Return weather stations."""
    rows, faults = stations(context.one("file"), context)
    return Reading({"stations": rows}, faults)


def stations(file: PackageFile, context: Context) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return stations with their place in the working frame; those far from the network are faults (T23)."""
    name = shown(file.name)
    frame, listed = cells_of(file, "stations", context)
    marks = Marks(frame, file=name)
    if {"x", "y"} <= set(frame.columns) and len(frame):
        x, y = numbers(frame["x"]), numbers(frame["y"])
        network = context.located_network()
        xy = projected(x.to_numpy(float), y.to_numpy(float), source=context.manifest.crs, target=network.crs)
        near = network.inside(xy, margin=limit("station_margin"))
        given = (x.notna() & y.notna()).to_numpy()
        refuse_wrong_crs(near[given], crs=context.manifest.crs, file=name)
        far = pd.Series(given & ~near, index=frame.index)
        marks.add(far, "x", "far from the network", "Station at {value} is far from the network.", "Check x, y, CRS.")
        for number, column in enumerate(("x", "y")):
            moved = pd.Series(xy[:, number], index=frame.index).astype(object)
            frame[column] = moved.where(pd.Series(given, index=frame.index), frame[column])
    good, faults = checked(frame[~marks.any], "stations", marks.frame(), context, file=name)
    return good.drop(columns="_row"), joined(listed, marks.frame(), faults)


def _days(file: PackageFile, known: pd.DataFrame, context: Context) -> tuple[pd.DataFrame, pd.DataFrame]:
    name = shown(file.name)
    frame, listed = cells_of(file, "weather", context)
    if "precipitation_mm" in frame:
        trace = text_of(frame, "precipitation_mm") == "T"
        frame["precipitation_mm"] = frame["precipitation_mm"].astype(object).where(~trace, limit("rain_trace"))
        frame["flag"] = text_of(frame, "flag").where(~trace, TRACE)
    good, faults = _sound(frame, known, context, file=name)
    return good, joined(listed, faults)


def _sound(
    frame: pd.DataFrame, known: pd.DataFrame, context: Context, *, file: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return days of known stations whose extremes are in order, and faults."""
    marks = Marks(frame, file=file)
    if "station" in frame:
        ids = sorted(set(known["station"].astype(str))) if len(known) else []
        unknown = ~text_of(frame, "station").isin(ids)
        cure = f"Known stations: {', '.join(ids[:20]) or 'none'}; bring the table stations first."
        marks.add(unknown, "station", "unknown station", "Station {value!r} is not known.", cure)
    if {"temp_max", "temp_min"} <= set(frame.columns):
        crossed = numbers(frame["temp_max"]) < numbers(frame["temp_min"])
        marks.add(crossed, "temp_max", "order", "The maximum {value} is below the minimum.", "Check the two columns.")
    good, faults = checked(frame[~marks.any], "weather", marks.frame(), context, file=file)
    return good.drop(columns="_row"), joined(marks.frame(), faults)
