"""Dynatest F25: text of numbered records, a station with its temperatures followed by its drops."""

from __future__ import annotations

import csv
import io

import numpy as np
import pandas as pd

from ingest.fault_list import Marks
from ingest.package import shown
from pavement.errors import SurveyError

# numbers of records, and where their fields stand (the first field is the number itself)
_SENSORS, _FIX, _STATION, _WARMTH = 5020, 5280, 5301, 5303
_FIRST_OF_DEVICE = 5000
_NOTHING = "N0"
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)"
_FAHRENHEIT = 1


def is_f25(text: str) -> bool:
    """Return whether a text begins as an F25 file does, with its record 5001."""
    return text.lstrip("\ufeff \t\r\n").startswith("5001,")


def read_f25(text: str, *, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Return the drops of an F25 file.

    Parameters
    ----------
    text
        Content of the file.
    file
        Name shown in faults.

    Returns
    -------
    drops, faults
        One row a drop: _row, station (as written), lane (of the device), latitude, longitude [deg] (missing where the
        receiver had no fix), tested (local time), temp_asphalt, temp_surface, temp_air [degC], drop, pressure_kpa
        [kPa], plate_radius_mm [mm] and a column ``d<distance in mm>`` for each sensor [um]; N0 is missing. A drop that
        cannot be read is listed and left out.

    Raises
    ------
    SurveyError
        It does not begin with record 5001, or has no drops, no sensors or no stations; or its sensor distances do not
        rise to the first N0.

    References
    ----------
    .. [1] Comments of an open reader of Dutch deflection files, as told in the notes on measures, section 4.1.
    """
    if not is_f25(text):
        raise SurveyError(
            f"{file} does not begin with the record 5001 of an F25 file.",
            cure="F20 and other fixed-column files are not read: export the survey as F25 or PDDX.",
        )
    records = _records(text, file=file)
    number = records["number"]
    for needed, what in ((_SENSORS, "sensors (5020)"), (_STATION, "stations (5301)")):
        if not (number == needed).any():
            raise SurveyError(f"{file} has no record of {what}.", cure="Export the survey again as F25.")
    is_drop = number < _FIRST_OF_DEVICE
    if not is_drop.any():
        raise SurveyError(f"{file} has no drops.", cure="Export the survey again with its drops.")
    place = (number == _STATION).cumsum()
    drops = records[is_drop].assign(place=place[is_drop], setting=(number == _SENSORS).cumsum()[is_drop])
    stations = _stations(records, place)
    marks = Marks(drops.rename(columns={"row": "_row"}), file=file)
    frame = _with_sensors(drops, records[number == _SENSORS], marks)
    frame = frame.join(stations.reindex(drops["place"]).set_axis(drops.index))
    marks.add(
        frame["tested"].isna(), "5301", "station", "This drop has no station with a date before it.", "Export again."
    )
    return frame[~marks.any].reset_index(drop=True), marks.frame()


def _records(text: str, *, file: str) -> pd.DataFrame:
    """Return the lines that begin with a number: row in the file, number, fields."""
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), skipinitialspace=True)
    kept = []
    try:
        for fields in reader:
            head = fields[0].strip() if fields else ""
            if head.isascii() and head.isdigit() and len(head) <= 4:
                kept.append((reader.line_num, int(head), [f.strip() for f in fields]))
    except csv.Error as error:
        raise SurveyError(f"{file}: line {reader.line_num} cannot be read ({error}).", cure="Export again.") from error
    return pd.DataFrame(kept, columns=["row", "number", "fields"])


def _field(records: pd.DataFrame, at: int) -> pd.Series:
    found = records["fields"].map(lambda fields: fields[at] if at < len(fields) else "")
    return found.astype(str)


def _numbers(text: pd.Series) -> pd.Series:
    """Return text as numbers; what is none, N0 among it, becomes missing."""
    return pd.to_numeric(text.where(text.str.fullmatch(_NUMBER), None), errors="coerce").astype(float)


def _stations(records: pd.DataFrame, place: pd.Series) -> pd.DataFrame:
    """Return what is told of each station, by its number in the file."""
    number = records["number"]
    own = records[number == _STATION]
    frame = pd.DataFrame(
        {
            "station": _numbers(_field(own, 5)),
            "lane": _field(own, 7),
            "tested": _moments(own),
        }
    ).set_index(place[own.index].to_numpy())
    warm = records[number == _WARMTH]
    fahrenheit = _numbers(_field(warm, 1)) == _FAHRENHEIT
    for at, name in ((2, "temp_asphalt"), (3, "temp_surface"), (4, "temp_air")):
        value = _numbers(_field(warm, at))
        celsius = value.where(~fahrenheit, (value - 32) / 1.8)
        frame[name] = celsius.groupby(place[warm.index]).last().reindex(frame.index)
    fixes = records[number == _FIX]
    fixed = _numbers(_field(fixes, 1)) == 0
    for at, name in ((3, "latitude"), (4, "longitude")):
        # a fix precedes the station that it belongs to
        value = _numbers(_field(fixes, at)).where(fixed)
        frame[name] = value.groupby(place[fixes.index] + 1).last().reindex(frame.index)
    return frame


def _moments(stations: pd.DataFrame) -> pd.Series:
    parts = {
        name: _numbers(_field(stations, 9 + k)) for k, name in enumerate(("year", "month", "day", "hour", "minute"))
    }
    whole = pd.DataFrame(parts).assign(second=_numbers(_field(stations, 14)).fillna(0))
    text = whole.map(lambda v: f"{v:02.0f}" if np.isfinite(v) else "")
    written = text["year"] + "-" + text["month"] + "-" + text["day"] + " "
    written += text["hour"] + ":" + text["minute"] + ":" + text["second"]
    return pd.to_datetime(written, format="%Y-%m-%d %H:%M:%S", errors="coerce")


def _with_sensors(drops: pd.DataFrame, sensors: pd.DataFrame, marks: Marks) -> pd.DataFrame:
    """Return drops with their pressure and a column for each sensor, by the 5020 record in force."""
    parts = []
    radii, distances = zip(
        *(_setting(f, int(r), file=marks.file) for f, r in zip(sensors["fields"], sensors["row"], strict=True)),
        strict=True,
    )
    for setting, own in drops.groupby("setting"):
        radius, offsets = (radii[int(setting) - 1], distances[int(setting) - 1]) if setting else (np.nan, [])
        values = {f"d{offset:g}": _field(own, 2 + k) for k, offset in enumerate(offsets)}
        plain = pd.DataFrame({"drop": _field(own, 0), "pressure_kpa": _field(own, 1)} | values, index=own.index)
        numbers = plain.apply(_numbers)
        marks.add(
            pd.Series(not len(offsets), index=own.index).reindex(drops.index, fill_value=False),
            "5020", "sensors", "No record of sensors stands before this drop.", "Export again.",
        )  # fmt: skip
        wrong = (numbers.isna() & ~plain.isin([_NOTHING, ""])).any(axis=1).reindex(drops.index, fill_value=False)
        marks.add(wrong, "d0", "type", "A field of this drop is no number: {value}.", "N0 says that nothing is known.",
                  drops["fields"].str.join(","))  # fmt: skip
        parts.append(numbers.assign(plate_radius_mm=radius, _row=own["row"]))
    return pd.concat(parts).reindex(drops.index)


def _setting(fields: list[str], row: int, *, file: str) -> tuple[float, list[float]]:
    """
    Return plate radius and sensor distances [mm] of a 5020 record; the distances end at the first ``N0``.

    Deflections stand in the order of the distances, so one that is wrong would give all behind it to other sensors.
    """
    told = pd.Series(fields[2:], dtype=object).astype(str)
    offsets = _numbers(told)
    blank = told.isin([_NOTHING, ""])
    count = int(np.argmax(blank)) if blank.any() else len(told)
    own = offsets.iloc[:count]
    if own.isna().any() or not blank.iloc[count:].all() or (own.diff().iloc[1:] <= 0).any():
        raise SurveyError(
            f"{file}: row {row}: the sensor distances {shown(','.join(told))!r} do not rise to the first N0.",
            cure="Write each distance in mm once in the record 5020, from the plate outwards, then N0.",
        )
    radius = _numbers(pd.Series(fields[1:2], dtype=object).astype(str))
    return float(radius.iloc[0]) if len(radius) else float("nan"), own.tolist()
