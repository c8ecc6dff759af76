"""Daily and hourly station files of CODiS and of the e-service before it, as days of the table ``weather``."""

from __future__ import annotations

import re
from functools import cache
from pathlib import PurePosixPath

import numpy as np
import pandas as pd

from ingest.columns import plain, unused_fault
from ingest.fault_list import Marks
from ingest.formats import format_table, limit
from ingest.package import PackageFile, shown
from ingest.readers.codis_marks import ACCUMULATED, TRACE, Marked, marked, spread
from ingest.readers.reading import Context
from ingest.sheets import Sheet, sheet
from pavement.errors import Fault, SchemaError, SurveyError

# station, then the year and month (a row a day), or the day too (a row an hour)
_NAME = re.compile(r"^(?P<station>[0-9A-Za-z]+)[-_](?P<month>\d{4}-\d{2})(?:-(?P<day>\d{2}))?(?!\d)")
_NUMBERS = ("temp", "temp_max", "temp_min", "precipitation_mm")
_HOUR = pd.Timedelta(hours=1)
_DAY = pd.Timedelta(days=1)


@cache
def _columns() -> dict[str, str]:
    table = format_table("codis_columns")
    return {plain(h): c for h, c in zip(table["header"], table["column"], strict=True)}


def days(file: PackageFile, context: Context) -> tuple[pd.DataFrame, list[Fault]]:
    """
    Return the days of a CODiS file under the columns of ``weather``, with ``_row``, and what is wrong with it.

    A trace counts as ``rain_trace`` and is flagged; rain accumulated into a later value is spread evenly over the days
    or hours it fell in and flagged, or left out (``options = { accumulated = "missing" }``); every other mark is a
    missing value, never 0. Hours become a day where ``codis_hours`` of them were observed. An hour is named by its end.

    Raises
    ------
    SchemaError
        No time, or no column of temperature or rain.
    SurveyError
        No station or month is known from the file or its name.
    """
    name = shown(file.name)
    frame, faults = _renamed(sheet(file, context.data, settings=context.settings), name=name)
    place = _NAME.match(PurePosixPath(file.name).name)
    frame["station"] = _stations(frame, context, place, name=name)
    time, hourly = _times(frame["time"].fillna("").astype(str).str.strip(), place, name=name)
    frame = frame.assign(time=time)
    marks = Marks(frame, file=name)
    written = frame["time_text"]
    marks.add(time.isna(), "date", "type", "Time {value!r} cannot be read.", "Write 2024-01-05.", written)
    read = {c: marked(frame[c]) for c in _NUMBERS if c in frame}
    for column, found in read.items():
        marks.add(found.unreadable, column, "type", "{value!r} is no number and no mark of CODiS.", "Correct it.")
    good = frame[~marks.any]
    table = _daily(_values(good, read, context, step=_HOUR if hourly else _DAY), hourly=hourly)
    notes = _notes(good, read, name=name) + _thin(table, hourly=hourly, name=name)
    return table.drop(columns="hours", errors="ignore"), [*faults, *_listed(marks), *notes]


def _listed(marks: Marks) -> list[Fault]:
    return [Fault(**row) for row in marks.frame().to_dict("records")]


def _renamed(written: Sheet, *, name: str) -> tuple[pd.DataFrame, list[Fault]]:
    """Return the sheet under our names; a second line of headers is dropped."""
    cells = written.frame.reset_index(drop=True)
    names = [_columns().get(plain(str(c))) for c in cells.columns]
    rows = np.asarray(written.rows)
    if len(cells) and plain(str(cells.iloc[0, 0])) in _columns():
        second = [_columns().get(plain(str(c))) for c in cells.iloc[0]]
        names = [a if a is not None else b for a, b in zip(names, second, strict=True)]
        cells, rows = cells.iloc[1:].reset_index(drop=True), rows[1:]
    unused = [str(c) for c, n in zip(cells.columns, names, strict=True) if n is None]
    kept = [i for i, n in enumerate(names) if n]
    found = [str(names[i]) for i in kept]
    if twice := sorted({n for n in found if found.count(n) > 1}):
        raise SchemaError(f"{name}: more than one column means {', '.join(twice)}.", cure="Keep one of them.")
    if "time" not in found or not set(found) & set(_NUMBERS):
        listed = ", ".join(shown(str(c)) for c in cells.columns[:20])
        raise SchemaError(
            f"{name}: no file of CODiS; it has {listed}.", cure="It needs ObsTime, and Temperature or Precp."
        )
    frame = cells.iloc[:, kept].set_axis(found, axis=1).assign(_row=rows)
    return frame.assign(time_text=frame["time"]), written.faults + unused_fault(unused, file=name)


def _stations(frame: pd.DataFrame, context: Context, place: re.Match[str] | None, *, name: str) -> pd.Series:
    if "station" in frame:
        return frame["station"].fillna("").astype(str).str.strip()
    given = context.data.options.get("station", place["station"] if place else "")
    if not str(given):
        raise SurveyError(
            f"{name}: the file does not say its station.",
            cure='Name it 466920-2024-01.csv, or say options = { station = "466920" }.',
        )
    return pd.Series(str(given), index=frame.index)


def _times(text: pd.Series, place: re.Match[str] | None, *, name: str) -> tuple[pd.Series, bool]:
    """Return the end of what each row tells of, missing where it cannot be read, and whether rows are hours."""
    short = text.str.fullmatch(r"\d{1,2}")
    if len(text) and short.mean() > 0.5:
        if place is None:
            raise SurveyError(
                f"{name}: its times are days or hours only, and its name has no month.",
                cure="Name it 466920-2024-01.csv (days) or 466920-2024-01-05.csv (hours).",
            )
        count = pd.to_numeric(text.where(short), errors="coerce")
        begin = f"{place['month']}-{place['day'] or '01'}"
        start = pd.to_datetime(begin, errors="coerce")
        if pd.isna(start):
            raise SurveyError(
                f"{name}: its name tells of {place['month'] if place['day'] is None else begin}, which does not exist.",
                cure="Name it 466920-2024-01.csv (days) or 466920-2024-01-05.csv (hours).",
            )
        if place["day"] is None:
            return (start + pd.to_timedelta(count, unit="D")).where(count.between(1, start.days_in_month)), False
        return (start + pd.to_timedelta(count, unit="h")).where(count.between(1, 24)), True
    split = text.str.extract(r"^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ](\d{1,2})(?::00){0,2})?$")
    day = pd.to_datetime(split[0] + "-" + split[1] + "-" + split[2], format="%Y-%m-%d", errors="coerce")
    hours = pd.to_numeric(split[3], errors="coerce")
    hourly = bool(hours.notna().any())
    if hourly:
        return (day + pd.to_timedelta(hours, unit="h")).where(hours.between(0, 24)), True
    return day + _DAY, False


def _values(frame: pd.DataFrame, read: dict[str, Marked], context: Context, *, step: pd.Timedelta) -> pd.DataFrame:
    """Return rows in order of time as numbers with flags."""
    numbers = {c: found.value.reindex(frame.index) for c, found in read.items()}
    table = frame[["station", "time", "_row"]].assign(**numbers, flag="")
    if "precipitation_mm" not in read:
        return table.sort_values(["station", "time"], kind="stable")
    rain = read["precipitation_mm"]
    table = table.assign(trace=rain.trace, later=rain.accumulated).sort_values(["station", "time"], kind="stable")
    after, same = table["time"].shift(-1), table["station"].shift(-1) == table["station"]
    spent = table["later"]
    if context.data.options.get("accumulated", "spread") != "missing":
        breaks = ~same | (after - table["time"] != step)
        table["precipitation_mm"], spent = spread(table["precipitation_mm"], table["later"], block_ends=breaks)
    words = pd.Series(np.where(table["trace"], TRACE, ""), index=table.index)
    return table.assign(flag=words.where(~spent, words + " " + ACCUMULATED).str.strip())


def _daily(table: pd.DataFrame, *, hourly: bool) -> pd.DataFrame:
    """Return one row a station and day; a day of hours lasts from its first hour's start to its last one's end."""
    given = table.assign(date=(table["time"] - pd.Timedelta(seconds=1)).dt.normalize())
    extremes = {"temp_max": "max", "temp_min": "min"}
    for column in extremes:
        if column not in given:
            given[column] = given["temp"] if hourly and "temp" in given else np.nan
    if "precipitation_mm" not in given:
        given["precipitation_mm"] = np.nan
    kept = ["station", "date", *extremes, "precipitation_mm", "flag", "_row"]
    if not hourly:
        return given[kept]
    groups = given.groupby(["station", "date"], sort=True)
    found = groups.agg(temp_max=("temp_max", "max"), temp_min=("temp_min", "min"), _row=("_row", "min"))
    found["precipitation_mm"] = groups["precipitation_mm"].sum(min_count=1)
    counts = groups[[*extremes, "precipitation_mm"]].count()
    found = found.where((counts >= limit("codis_hours")).reindex(columns=found.columns, fill_value=True))
    found["flag"] = groups["flag"].agg(lambda f: " ".join(sorted({w for t in f for w in t.split()})))
    found["hours"] = counts.max(axis=1)
    return found.reset_index()[[*kept, "hours"]]


def _notes(frame: pd.DataFrame, read: dict[str, Marked], *, name: str) -> list[Fault]:
    if "precipitation_mm" not in read:
        return []
    rain = read["precipitation_mm"]
    trace, later = int(rain.trace.reindex(frame.index).sum()), int(rain.accumulated.reindex(frame.index).sum())
    if not trace + later:
        return []
    message = f"{name}: {trace:,} values are traces of rain, {later:,} were accumulated into a later one."
    cure = "Traces count as 0.05 mm; what was accumulated is spread evenly, and missing where no later value follows."
    return [Fault(name, None, "precipitation_mm", "", "special marks", message, cure)]


def _thin(table: pd.DataFrame, *, hourly: bool, name: str) -> list[Fault]:
    """Return a note on days with too few hours."""
    least = int(limit("codis_hours"))
    few = int((table["hours"] < least).sum()) if hourly else 0
    if not few:
        return []
    message = f"{name}: {few:,} days have fewer than {least} hours: they have no value."
    return [Fault(name, None, "date", "", "fewer", message, "Ask for the complete file.")]
