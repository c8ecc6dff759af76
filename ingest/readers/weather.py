"""Daily weather and the stations that took it."""

from __future__ import annotations

import pandas as pd

from ingest.columns import numbers, text_of
from ingest.fault_list import Marks
from ingest.formats import limit
from ingest.network import projected
from ingest.package import PackageFile, shown
from ingest.position import refuse_wrong_crs
from ingest.readers.reading import Context, Reading, joined
from ingest.readers.records import cells_of, checked
from pavement.errors import no_faults


def read(context: Context) -> Reading:
    """Return daily weather, with the stations when the entry brings them."""
    tables: dict[str, pd.DataFrame] = {}
    faults = no_faults()
    if "stations" in context.data.files:
        tables["stations"], faults = stations(context.one("stations"), context)
    known = tables.get("stations", context.known("stations"))
    tables["weather"], found = _days(context.one("file"), known, context)
    return Reading(tables, joined(faults, found))


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
        rain = frame["precipitation_mm"]
        frame["precipitation_mm"] = rain.astype(object).where(
            text_of(frame, "precipitation_mm") != "T", limit("rain_trace")
        )
    marks = Marks(frame, file=name)
    if "station" in frame:
        ids = sorted(set(known["station"].astype(str))) if len(known) else []
        unknown = ~text_of(frame, "station").isin(ids)
        cure = f"Known stations: {', '.join(ids[:20]) or 'none'}; bring the table stations first."
        marks.add(unknown, "station", "unknown station", "Station {value!r} is not known.", cure)
    if {"temp_max", "temp_min"} <= set(frame.columns):
        crossed = numbers(frame["temp_max"]) < numbers(frame["temp_min"])
        marks.add(crossed, "temp_max", "order", "The maximum {value} is below the minimum.", "Check the two columns.")
    good, faults = checked(frame[~marks.any], "weather", marks.frame(), context, file=name)
    return good.drop(columns="_row"), joined(listed, marks.frame(), faults)
