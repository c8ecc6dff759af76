"""The manifest of a survey package: read, checked as a whole, and every fault told at once."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pyproj import CRS
from pyproj.exceptions import CRSError

from pavement.errors import Fault, ManifestError, fault_frame
from pavement.schema import read_table

FILE = "manifest.toml"
FORMAT = 1
# the keys of a [[data]] entry that name files, by kind; the first is required
FILES_OF_KIND: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "network": (("file", "calibration", "lanes"), ("chainage", "crosswalk", "overlaps")),
    "frames": (("files", "positions"), ()),
    "transverse_profile": (("file",), ()),
    "longitudinal_profile": (("file",), ("binary",)),
    "lcms": (("files",), ("images",)),
    "fwd": (("file",), ()),
    "layers": (("file",), ()),
    "cores": (("file",), ()),
    "gpr": (("file",), ()),
    "traffic": (("file",), ()),
    "gantries": (("file",), ()),
    "tdcs": (("files",), ()),
    "tmg": (("files", "sites"), ()),
    "wim": (("file", "sites"), ()),
    "weather": (("file",), ("stations",)),
    "stations": (("file",), ()),
    "works": (("file",), ()),
    "distress": (("file",), ("photos",)),
    "sections": (("file",), ()),
    "distress_survey": (("file",), ()),
    "references": (("file",), ()),
    "performance": (("file",), ()),
    "events": (("file",), ()),
}
_TEXTS = ("id", "title", "operator", "vehicle", "crs")
_COMMON = {"kind", "units", "columns", "encoding", "delimiter", "options"}
_ID = re.compile(r"^[\w][\w.\-]{0,99}$")
_HASH = re.compile(r"^[0-9a-f]{64}$")


@dataclass(frozen=True)
class Data:
    """One ``[[data]]`` entry: what it is, its files by role, and how they are written."""

    kind: str
    files: dict[str, str]
    units: dict[str, str] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    encoding: str = "utf-8"
    delimiter: str = ","
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def main(self) -> str:
        """Name of the file that faults of the whole entry are told of."""
        return next((self.files[role] for role in ("positions", "file", "files") if role in self.files), "")


@dataclass(frozen=True)
class Manifest:
    """Who surveyed what, when, in which CRS, with which files."""

    survey: str
    title: str
    operator: str
    vehicle: str
    started: dt.datetime
    ended: dt.datetime
    crs: str
    timezone: str
    data: tuple[Data, ...]
    camera: dict[str, Any]
    sha256: dict[str, str]


def read_manifest(content: bytes, *, now: dt.datetime | None = None) -> Manifest:
    """
    Return the manifest that the bytes of a ``manifest.toml`` hold.

    Parameters
    ----------
    content
        UTF-8 TOML.
    now
        Moment after which a survey lies in the future (D3); the clock's when not given.

    Raises
    ------
    ManifestError
        It is no TOML, or keys are missing, unknown or wrong; ``faults`` lists every one of them.
    """
    given = _toml(content)
    faults: list[Fault] = []
    manifest = _Reader(given, faults).manifest(now or dt.datetime.now(dt.UTC))
    if faults or manifest is None:
        raise ManifestError(
            f"{FILE}: " + " ".join(f.message for f in faults[:20]),
            cure="The keys are described under 'Survey package' in docs/architecture.md.",
            faults=fault_frame(faults),
        )
    return manifest


def _toml(content: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ManifestError(f"{FILE} is not UTF-8 text at byte {error.start}.", cure="Save it as UTF-8.") from error
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise ManifestError(f"{FILE} is no TOML: {error}.", cure="Correct that line.") from error


class _Reader:
    """Walks a parsed manifest and collects faults; a class because every step adds to one list."""

    def __init__(self, given: dict[str, Any], faults: list[Fault]) -> None:
        self.given, self.faults = given, faults

    def fault(self, key: str, value: Any, rule: str, message: str, cure: str = "") -> None:
        self.faults.append(Fault(FILE, None, key, str(value)[:200], rule, message, cure))

    def manifest(self, now: dt.datetime) -> Manifest | None:
        self.known(self.given, {"format", "survey", "data", "camera", "sha256"}, "")
        if self.given.get("format") != FORMAT:
            found = self.given.get("format")
            self.fault("format", found, "format", f"format = {found!r}; this reader knows format = {FORMAT}.")
        survey = self.table("survey", self.given.get("survey"), required=True)
        texts = self.survey_texts(survey)
        started, ended = self.moments(survey, now)
        data = self.entries()
        camera = self.table("camera", self.given.get("camera", {}))
        hashes = self.hashes(self.table("sha256", self.given.get("sha256", {})))
        if self.faults or started is None or ended is None:
            return None
        return Manifest(
            texts["id"],
            texts["title"],
            texts["operator"],
            texts["vehicle"],
            started,
            ended,
            texts["crs"],
            str(survey.get("timezone", "")),
            data,
            camera,
            hashes,
        )

    def known(self, table: dict[str, Any], names: set[str], where: str) -> None:
        for key in sorted(set(table) - names):
            message = f"{where}{key!r} is not a key of a manifest."
            self.fault(f"{where}{key}", "", "unknown key", message, f"Keys here: {', '.join(sorted(names))}.")

    def table(self, name: str, value: Any, *, required: bool = False) -> dict[str, Any]:
        if isinstance(value, dict):
            return value
        if required or value is not None:
            self.fault(name, value, "required", f"The table [{name}] is missing.")
        return {}

    def survey_texts(self, survey: dict[str, Any]) -> dict[str, str]:
        if survey:
            self.known(survey, {*_TEXTS, "started", "ended", "timezone"}, "survey.")
        texts = {}
        for key in _TEXTS:
            value = survey.get(key)
            if not isinstance(value, str) or not value.strip():
                self.fault(f"survey.{key}", value, "required", f"survey.{key} is missing or no text.")
            texts[key] = str(value or "").strip()
        if texts["id"] and not _ID.match(texts["id"]):
            message = f"survey.id = {texts['id'][:100]!r} is no id."
            self.fault("survey.id", texts["id"], "id", message, "Use letters, digits, dots and hyphens.")
        self.crs(texts["crs"])
        self.zone(survey.get("timezone"))
        return texts

    def crs(self, text: str) -> None:
        # words such as "TWD97" name several frames; a code names one
        known = bool(re.match(r"^[A-Za-z]+:\w+$", text))
        try:
            CRS.from_user_input(text if known else "EPSG:4326")
        except CRSError:
            known = False
        if text and not known:
            message = f"survey.crs = {text[:80]!r} is not the code of a CRS."
            self.fault("survey.crs", text, "crs", message, 'Write a code: "EPSG:4326", "EPSG:3826".')

    def zone(self, zone: Any) -> None:
        try:
            if zone is not None:
                ZoneInfo(str(zone))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            message = f"survey.timezone = {zone!r} is not a time zone."
            self.fault("survey.timezone", zone, "timezone", message, 'Write "Asia/Taipei".')

    def moments(self, survey: dict[str, Any], now: dt.datetime) -> tuple[dt.datetime | None, dt.datetime | None]:
        found = [self.moment(f"survey.{key}", survey.get(key), now) for key in ("started", "ended")]
        started, ended = found
        if started and ended and ended < started:
            self.fault("survey.ended", ended, "order", "The survey ended before it started.")
        return started, ended

    def moment(self, key: str, value: Any, now: dt.datetime) -> dt.datetime | None:
        if not isinstance(value, dt.datetime) or value.tzinfo is None:
            message = f"{key} is missing, or has no time or no zone."
            self.fault(key, value, "datetime", message, "Write 2024-03-02T08:00:00+08:00.")
            return None
        if value > now:
            self.fault(key, value, "future", f"{key} = {value.isoformat()} lies in the future.", "Check the date.")
        if value.year < 1950:
            self.fault(key, value, "date", f"{key} = {value.isoformat()} lies before 1950.", "Check the date.")
        return value

    def entries(self) -> tuple[Data, ...]:
        given = self.given.get("data")
        if not isinstance(given, list) or not given:
            self.fault("data", "", "empty", "No [[data]] entry: there is nothing to ingest.")
            return ()
        found = [self.entry(entry, f"data[{i}].") for i, entry in enumerate(given, start=1)]
        return tuple(d for d in found if d is not None)

    def entry(self, entry: Any, where: str) -> Data | None:
        if not isinstance(entry, dict) or entry.get("kind") not in FILES_OF_KIND:
            kind = entry.get("kind") if isinstance(entry, dict) else entry
            message = f"{where}kind = {str(kind)[:80]!r} is not known."
            self.fault(f"{where}kind", kind, "kind", message, f"Kinds: {', '.join(FILES_OF_KIND)}.")
            return None
        needed, optional = FILES_OF_KIND[entry["kind"]]
        self.known(entry, _COMMON | {*needed, *optional}, where)
        files = {role: self.file_name(entry.get(role), where + role) for role in needed}
        files |= {role: self.file_name(entry[role], where + role) for role in optional if role in entry}
        units, columns = (self.words(entry.get(key, {}), where + key) for key in ("units", "columns"))
        for unit in sorted(set(units.values()) - set(read_table("units")["unit"])):
            self.fault(
                f"{where}units", unit, "unit", f"{where}units: {unit!r} is not a known unit.", "See tables/units.csv."
            )
        encoding, delimiter = str(entry.get("encoding", "utf-8")), str(entry.get("delimiter", ","))
        self.dialect(encoding, delimiter, where)
        options = self.table(f"{where}options", entry.get("options", {}))
        return Data(entry["kind"], files, units, columns, encoding, delimiter, options)

    def file_name(self, value: Any, key: str) -> str:
        if not isinstance(value, str) or not value:
            self.fault(key, value, "required", f"{key} is missing.", "Name the file inside the package.")
            return ""
        if value.startswith("/") or ".." in value.split("/") or "\\" in value or value[1:2] == ":":
            self.fault(key, value, "path", f"{key} = {value[:80]!r} points outside the package.")
        return value

    def words(self, value: Any, key: str) -> dict[str, str]:
        if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
            self.fault(key, value, "table", f'{key} must be a table such as {{ "a" = "b" }}.')
            return {}
        return dict(value)

    def dialect(self, encoding: str, delimiter: str, where: str) -> None:
        try:
            "".encode(encoding)
        except (LookupError, ValueError):
            self.fault(f"{where}encoding", encoding, "encoding", f"{where}encoding = {encoding[:40]!r} is not known.")
        if len(delimiter) != 1 or delimiter in '"\r\n\0':
            self.fault(f"{where}delimiter", delimiter, "delimiter", f"{where}delimiter must be one character.")

    def hashes(self, given: dict[str, Any]) -> dict[str, str]:
        hashes = {name: str(value).strip().lower() for name, value in given.items()}
        for name, value in hashes.items():
            if not _HASH.match(value):
                message = f"sha256 of {name[:80]!r} is not 64 hexadecimal digits."
                self.fault(f"sha256.{name[:80]}", value, "sha256", message)
        return hashes
