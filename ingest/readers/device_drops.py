"""Deflection drops of a device's own file, placed by station or by its satellite receiver, as the table fwd."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from ingest.columns import refuse_other_unit
from ingest.content import checked as checked_content
from ingest.package import PackageFile, shown
from ingest.position import located
from ingest.readers.f25 import is_f25, read_f25
from ingest.readers.pddx import is_pddx, read_pddx
from ingest.readers.reading import Context, joined
from ingest.readers.records import checked
from ingest.sheets import text_lines
from pavement.errors import Fault, LocationError, SurveyError
from pavement.measures.basin import packed
from pavement.measures.deflection import plate_load
from pavement.units import convert

# formats by name; what a sheet is, the reader of sheets knows
FORMATS = ("sheet", "f25", "pddx")
_SUFFIXES = (".f25", ".pddx", ".f20", ".fwd", ".txt")
_UNREAD = ("f20", "fwd")
_GPS = "EPSG:4326"
_PLACES = ("both", "station", "gps")
_CURE = "F25, PDDX and sheets (csv, xlsx, parquet) are read. Export F20 and other fixed-column files as F25 or PDDX."


def format_of(file: PackageFile, context: Context) -> str:
    """
    Return the format of a deflection file: ``sheet``, ``f25`` or ``pddx``.

    It is what ``options.format`` says, else what the name ends with, else, of a ``.txt``, what it begins with.

    Raises
    ------
    SurveyError
        The format is not read, and which ones are.
    """
    name = file.name.lower()
    ending = name.rsplit(".", 1)[-1]
    said = str(context.data.options.get("format", "")).lower()
    if said in _UNREAD or (not said and ending in _UNREAD):
        raise SurveyError(f"{shown(file.name)} is of a fixed-column format, which is not read.", cure=_CURE)
    if said and said not in FORMATS:
        raise SurveyError(f"{shown(file.name)}: options.format = {shown(said)!r} is not known.", cure=_CURE)
    if said or ending in FORMATS:
        return said or ending
    if ending == "txt":
        with file.path.open("rb") as stream:
            head = stream.read(400).decode("utf-8", errors="replace")
        return "f25" if is_f25(head) else "pddx" if is_pddx(head) else "sheet"
    return "sheet"


def device_drops(file: PackageFile, kind: str, context: Context) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Return the drops of an F25 or PDDX file as rows of the table fwd with ``_row``, and all faults.

    Parameters
    ----------
    file
        File of the package.
    kind
        ``f25`` or ``pddx``.
    context
        Its data entry: ``options.route`` and ``direction``; ``options.lane``, or ``options.lanes`` from the lane of the
        device to ours; ``options.place`` = ``station``, ``gps`` or ``both`` (the station is checked with the fix);
        ``units.station`` (m when not given).

    Raises
    ------
    SurveyError
        The content is of another format, or the entry does not say where the survey was.
    LocationError
        Most fixes lie off the network.
    """
    name = shown(file.name)
    checked_content(file, _SUFFIXES)
    text = "".join(text_lines(file.path, context.data.encoding, name=name))
    if kind == "f25":
        drops, faults = read_f25(text, file=name)
    else:
        drops, faults = read_pddx(text, file=name, units=context.data.units)
    if drops.empty:
        note = Fault(
            name, None, "", "", "no rows", f"{name} has no drops that can be read.", "Nothing was read from it."
        )
        return pd.DataFrame(), joined(faults, [note])
    table, untimed = _as_table(drops, context, file=name, metres=kind == "pddx")
    for column, unit in (("load_kn", "kN"), ("d0", "um")):
        if column in table:
            refuse_other_unit(table[column], column, unit, file=name)
    placed, lost = _located(table, context, file=name)
    good, wrong = checked(placed, "fwd", lost, context, file=name)
    return good, joined(faults, untimed, lost, wrong)


def _as_table(drops: pd.DataFrame, context: Context, *, file: str, metres: bool) -> tuple[pd.DataFrame, list[Fault]]:
    """Return drops under the columns of the table, with their place in words, and notes on those without a moment."""
    options = context.data.options
    zone = ZoneInfo(str(context.manifest.timezone or context.settings["timezone"]))
    local = pd.to_datetime(drops["tested"])
    timed = drops["timed"] if "timed" in drops else pd.Series(True, index=drops.index)
    moment = local.where(timed).dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT").dt.tz_convert("UTC")
    frame = packed(drops.drop(columns=["station", "lane", "tested", "timed"], errors="ignore"))
    if "pressure_kpa" in frame:
        frame["load_kn"] = plate_load(frame["pressure_kpa"], radius=frame["plate_radius_mm"])
    frame = frame.drop(columns="pressure_kpa", errors="ignore").assign(
        route=_said(options, "route", file),
        direction=_said(options, "direction", file),
        lane=_lanes(drops["lane"], options, file),
        surveyed_on=local.dt.strftime("%Y-%m-%d"),
        tested_at=moment,
    )
    placed = frame.assign(**_places(drops, context, file=file, metres=metres)).drop(columns=["latitude", "longitude"])
    return placed, _without_time(drops, timed, moment, file=file)


def _without_time(drops: pd.DataFrame, timed: pd.Series, moment: pd.Series, *, file: str) -> list[Fault]:
    """Return notes on drops whose hour is not written (T20), and on those that the change of the clock hides (D4)."""
    notes = []
    cure = "Their day counts; what needs the hour, such as the temperature in the asphalt, is not told of them."
    if not timed.all():
        row = int(drops.loc[~timed, "_row"].iloc[0])
        message = f"{int((~timed).sum())} of {len(drops)} drops have no time of day."
        notes.append(Fault(file, row, "tested_at", "", "no time", message, cure))
    hidden = timed & moment.isna()
    if hidden.any():
        first = drops[hidden].iloc[0]
        message = (
            f"{int(hidden.sum())} of {len(drops)} drops lie in an hour that the change of the clock repeats or skips."
        )
        notes.append(Fault(file, int(first["_row"]), "tested_at", str(first["tested"]), "no time", message, cure))
    return notes


def _said(options: dict[str, object], key: str, file: str) -> str:
    value = options.get(key)
    if not isinstance(value, str) or not value:
        raise SurveyError(
            f"{file} does not know its road, and options.{key} does not say it.",
            cure='Say [data.options] route = "N1", direction = "S", lane = "2" (or lanes = { "1" = "2" }).',
        )
    return value


def _lanes(codes: pd.Series, options: dict[str, object], file: str) -> pd.Series:
    """Return the lane of each drop: that of the entry, else what its ``lanes`` make of the device's own."""
    given = options.get("lanes")
    if not isinstance(given, dict):
        return pd.Series(_said(options, "lane", file), index=codes.index)
    ours = {str(k): str(v) for k, v in given.items()}
    return codes.map(lambda code: ours.get(code, code))


def _places(drops: pd.DataFrame, context: Context, *, file: str, metres: bool) -> dict[str, object]:
    """Return measure_m from the stations and x, y from the fixes, as far as the entry wants them."""
    way = str(context.data.options.get("place", "both")).lower()
    if way not in _PLACES:
        raise SurveyError(f"{file}: options.place = {shown(way)!r}.", cure=f"It is one of {', '.join(_PLACES)}.")
    given: dict[str, object] = {}
    if way != "gps":
        unit = "m" if metres else context.data.units.get("station", "m")
        given["measure_m"] = convert(drops["station"], source=unit, target="m")
    if way != "station" and np.isfinite(drops["latitude"] + drops["longitude"]).any():
        given |= {"x": drops["longitude"], "y": drops["latitude"]}
    if not given:
        raise SurveyError(f"{file} has no fix to place its drops by.", cure='Say place = "station" in its options.')
    return given


def _located(table: pd.DataFrame, context: Context, *, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    try:
        return located(table, network=context.located_network(), crs=_GPS, span="place", lane="required", file=file)
    except LocationError as error:
        raise LocationError(
            error.message, cure='Check route and direction; place = "station" in the options leaves the fixes aside.'
        ) from error
