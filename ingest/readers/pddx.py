"""PDDX: sections of named values, one for each place of a deflection survey, with the units they are in."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ingest.formats import format_table
from ingest.package import shown
from pavement.dates import parse_date
from pavement.errors import Fault, PavementError, SurveyError, UnitError, fault_frame
from pavement.schema import schema
from pavement.units import convert

_HEAD = "[Pavement Deflection Data Exchange"
_SECTION = re.compile(r"^\[(.{1,80})\]$")
_PLACE = re.compile(r"^Test Location \d{1,6}$", re.I)
_DROP = re.compile(r"^DropData_(\d{1,4})$", re.I)
_TIME = re.compile(r"^(\d{1,2}):(\d{2})(?::(\d{2}))?$")
_DATE = re.compile(r"^(\d{1,2})-([A-Za-z]{3})-(\d{4})$")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
# words for the sensors of temperature, in the order of the file
_WARMTH = {"air": "temp_air", "surface": "temp_surface", "manual": "temp_asphalt", "asphalt": "temp_asphalt",
           "pavement": "temp_asphalt"}  # fmt: skip


# what every drop needs of the device
_DEVICE = ("LoadPlateRadius", "DeflectionSensorXAxisDistances")


@dataclass(frozen=True)
class _Value:
    row: int
    text: str


_Section = dict[str, _Value]


def is_pddx(text: str) -> bool:
    """Return whether a text begins as a PDDX file does."""
    return text.lstrip("\ufeff \t\r\n").lower().startswith(_HEAD.lower())


def read_pddx(text: str, *, file: str, units: dict[str, str] | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Return the drops of a PDDX file.

    Parameters
    ----------
    text
        Content of the file.
    file
        Name shown in faults.
    units
        Units that the manifest gives for ``load``, ``deflection``, ``temperature``, ``sensors``, ``radius`` or
        ``station``; they count more than those of the file.

    Returns
    -------
    drops, faults
        As of :func:`ingest.readers.f25.read_f25`, station in [m], with load_kn [kN] or pressure_kpa [kPa] by the unit
        of the load, and timed: whether the time of day is written; where it is not, tested is the start of its day. A
        place or drop that cannot be read is listed and left out.

    Raises
    ------
    SurveyError
        It is no PDDX file, or a section that all drops need is missing.
    UnitError
        A unit is not known, or the loads cannot be in the unit that the file gives.
    """
    if not is_pddx(text):
        raise SurveyError(
            f"{file} does not begin with {_HEAD} File].",
            cure="F20 and other fixed-column files are not read: export the survey as F25 or PDDX.",
        )
    sections = _sections(text)
    signs = _Signs(_text(sections, "", "DelimiterSymbol") or ",", _text(sections, "", "DecimalSymbol") or ".")
    device = _section(sections, "Device Configuration")
    given = {key: signs.numbers(device.get(key)) for key in _DEVICE}
    unsaid = [f"[Device Configuration] {key}" for key, n in given.items() if not (len(n) and np.isfinite(n).all())]
    measured = _Units(_section(sections, "Units"), units or {}, file, unsaid)
    radius = measured.changed("radius", given["LoadPlateRadius"][:1])
    offsets = measured.changed("sensors", given["DeflectionSensorXAxisDistances"])
    reading = _Places(signs, measured, sections, np.asarray(offsets), file)
    rows = [row for name, own in sections if _PLACE.match(name) for row in reading.rows(own)]
    frame = pd.DataFrame(rows).assign(plate_radius_mm=float(radius[0])) if rows else pd.DataFrame()
    if "load_kn" in frame and float(frame["load_kn"].median()) > float(schema("fwd").loc["load_kn", "max"]):
        raise UnitError(
            f"{file}: loads have a median of {frame['load_kn'].median():.0f} kN by its [Units]: that is a pressure.",
            cure='Say units = { load = "kPa" } in the manifest if it is the pressure under the plate.',
        )
    return frame, fault_frame(reading.faults)


def _sections(text: str) -> list[tuple[str, _Section]]:
    """Return sections in order with their values; keys before the first heading of a section stand under its name."""
    found: list[tuple[str, _Section]] = [("", {})]
    for row, raw in enumerate(text.lstrip("\ufeff").splitlines(), start=1):
        line = raw.strip()
        if match := _SECTION.match(line):
            # what stands under the title of the file belongs to the file
            found.append(("" if line.lower().startswith(_HEAD.lower()) else match.group(1).strip(), {}))
        elif "=" in line:
            key, value = line.split("=", 1)
            found[-1][1][key.strip()] = _Value(row, value.strip())
    return found


def _section(sections: list[tuple[str, _Section]], name: str) -> _Section:
    merged: _Section = {}
    for found, values in sections:
        if found.lower() == name.lower():
            merged |= values
    return merged


def _text(sections: list[tuple[str, _Section]], name: str, key: str) -> str:
    value = _section(sections, name).get(key)
    return value.text if value else ""


@dataclass(frozen=True)
class _Signs:
    """How the file writes lists and decimals."""

    delimiter: str
    decimal: str

    def numbers(self, value: _Value | None) -> np.ndarray:
        """Return a list of numbers, missing where a field is none; empty where the key is not there."""
        if value is None or not value.text:
            return np.empty(0)
        parts = [p.strip().replace(self.decimal, ".") for p in value.text.split(self.delimiter)]
        plain = [float(p) if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", p) and p.isascii() else np.nan for p in parts]
        return np.array(plain, dtype=float)


class _Units:
    """Units of the file and of the manifest; a class because every value asks for one by its role."""

    _KEYS = {
        "radius": ("LoadPlateRadiusUnits", "mm"),
        "load": ("LoadUnits", "kN"),
        "deflection": ("DeflectionUnits", "um"),
        "temperature": ("TemperatureUnits", "degC"),
        "sensors": ("SensorLocationUnits", "mm"),
        "station": ("TestLocationUnits", "m"),
    }

    def __init__(self, section: _Section, given: dict[str, str], file: str, unsaid: list[str]) -> None:
        words = format_table("pddx_units")
        known = dict(zip(map(_plain, words["word"]), words["unit"], strict=True))
        self.file = file
        self.units: dict[str, str] = {}
        missing, strange = [], {}
        for role, (key, _) in self._KEYS.items():
            word = section[key].text.split(",")[0].strip() if key in section else ""
            self.units[role] = given.get(role) or known.get(_plain(word), "")
            if not self.units[role] and word:
                strange[role] = f"{key} = {shown(word)!r}"
            elif not self.units[role]:
                missing.append(role)
        self._refuse(missing, strange, unsaid)

    def _refuse(self, missing: list[str], strange: dict[str, str], unsaid: list[str]) -> None:
        """Tell at once all that the file lacks and all words that are not known."""
        keys = [f"[Units] {self._KEYS[role][0]}" for role in missing]
        said = f"{self.file} lacks {', '.join([*keys, *unsaid])}." if keys or unsaid else ""
        told = f"{', '.join(strange.values())}: no unit known here." if strange else ""
        if not (said or told):
            return
        cures = []
        if roles := [*missing, *strange]:
            entry = ", ".join(f'{role} = "…"' for role in roles)
            signs = ", ".join(format_table("pddx_units")["unit"].unique())
            cures.append(f"Say units = {{ {entry} }} in the manifest, of {signs}.")
        if unsaid:
            cures.append("What the device is, the file itself must say: export it again with these keys.")
        kind = UnitError if roles else SurveyError
        raise kind(f"{said} {told}".strip() if said else f"{self.file}: {told}", cure=" ".join(cures))

    def changed(self, role: str, values: np.ndarray) -> np.ndarray:
        """Return values of a role in the unit of the table."""
        try:
            return np.asarray(convert(values, source=self.units[role], target=self._KEYS[role][1]))
        except UnitError as error:
            raise UnitError(f"{self.file}: {role} in {self.units[role]}: {error.message}", cure=error.cure) from error

    def load(self, value: float) -> dict[str, float]:
        """Return a load as force, or as pressure where the unit is one."""
        array = np.array([value])
        try:
            return {"load_kn": float(convert(array, source=self.units["load"], target="kN")[0])}
        except UnitError:
            return {"pressure_kpa": float(convert(array, source=self.units["load"], target="kPa")[0])}


class _Places:
    """Reads places one by one and collects faults; a class because every place adds to one list."""

    def __init__(
        self, signs: _Signs, units: _Units, sections: list[tuple[str, _Section]], offsets: np.ndarray, file: str
    ) -> None:
        self.signs, self.units, self.offsets, self.file = signs, units, offsets, file
        self.uses = [
            w.strip().lower() for w in _text(sections, "Device Configuration", "TemperatureSensorUse").split(",")
        ]
        self.start = _text(sections, "Operations Information", "StartDate")
        self.faults: list[Fault] = []

    def rows(self, own: _Section) -> list[dict[str, object]]:
        """Return the drops of a place as rows."""
        drops = sorted((int(m.group(1)), v) for k, v in own.items() if (m := _DROP.match(k)))
        first = min((v.row for v in own.values()), default=0)
        tested = self.moment(own, first)
        station = self.units.changed("station", self.signs.numbers(own.get("TestLocation"))[:1])
        if tested is None:
            return []
        told = self.signs.numbers(own.get("NumberOfDrops"))
        if len(told) and np.isfinite(told[0]) and int(told[0]) != len(drops):
            message = f"NumberOfDrops is {told[0]:g}, and {len(drops)} stand here."
            self.fault(own["NumberOfDrops"].row, "NumberOfDrops", own["NumberOfDrops"].text, "drops", message)
        gps = self.signs.numbers(own.get("GPSLocation"))
        common: dict[str, object] = {
            "station": float(station[0]) if len(station) else np.nan,
            "lane": own["TestLane"].text if "TestLane" in own else "",
            "tested": tested,
            "timed": _written_time(own) != "",
            "latitude": float(gps[0]) if len(gps) > 1 else np.nan,
            "longitude": float(gps[1]) if len(gps) > 1 else np.nan,
            **self.temperatures(own),
        }
        # the one exporter that could be read counts from 0, others from 1
        shift = 1 - drops[0][0] if drops and drops[0][0] == 0 else 0
        made = [self.drop(number + shift, value) for number, value in drops]
        return [common | row for row in made if row]

    def drop(self, number: int, value: _Value) -> dict[str, object]:
        numbers = self.signs.numbers(value)
        if len(numbers) != len(self.offsets) + 1:
            message = f"Drop {number} has {len(numbers)} numbers for a load and {len(self.offsets)} sensors."
            self.fault(value.row, "DropData", value.text, "fields", message)
            return {}
        if not np.isfinite(numbers[0]):
            self.fault(value.row, "DropData", value.text, "type", f"The load of drop {number} is no number.")
            return {}
        deflections = self.units.changed("deflection", numbers[1:])
        basin = {f"d{o:.10g}": float(d) for o, d in zip(self.offsets, deflections, strict=True)}
        return {"_row": value.row, "drop": number, **self.units.load(float(numbers[0])), **basin}

    def temperatures(self, own: _Section) -> dict[str, object]:
        given = self.units.changed("temperature", self.signs.numbers(own.get("TestTemperatures")))
        named = [_WARMTH.get(use, "") for use in self.uses]
        return {n: float(v) for n, v in zip(named, given, strict=False) if n}

    def moment(self, own: _Section, row: int) -> dt.datetime | None:
        """Return the local time of a place; a fault where date or time cannot be read."""
        written = own["TestDate"].text if "TestDate" in own else self.start
        # a place without a time has its day; `timed` tells that the hour is not known
        date, time = _date(written), _time(_written_time(own) or "00:00")
        if date is None or time is None:
            message = f"Date {shown(written)!r} and time of this place cannot be read: its drops are left out."
            self.fault(row, "TestTime", "", "type", message)
            return None
        return dt.datetime.combine(date, time)

    def fault(self, row: int, column: str, value: str, rule: str, message: str) -> None:
        self.faults.append(Fault(self.file, row, column, shown(value), rule, message, "Export the survey again."))


def _plain(word: str) -> str:
    return unicodedata.normalize("NFKC", word).strip().casefold()


def _written_time(own: _Section) -> str:
    return own["TestTime"].text if "TestTime" in own else ""


def _date(text: str) -> dt.date | None:
    """Return a date written 05-SEP-2012, or as parse_date reads it; None where it is neither."""
    try:
        if match := _DATE.match(text.strip()):
            day, month, year = match.groups()
            return dt.date(int(year), _MONTHS.index(month.upper()) + 1, int(day))
        return parse_date(text)
    except (PavementError, ValueError):
        return None


def _time(text: str) -> dt.time | None:
    match = _TIME.match(text.strip())
    hour, minute, second = (int(part or 0) for part in match.groups()) if match else (24, 0, 0)
    try:
        return dt.time(hour, minute, second)
    except ValueError:
        return None
