"""The formats that longitudinal profiles come in, told by content, as one sheet."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from ingest.columns import column_of
from ingest.content import kind_of
from ingest.manifest import Data
from ingest.package import PackageFile, shown
from ingest.readers.drive_place import drive_place
from ingest.readers.erd import MAGIC, ErdProfile, agreed_unit, erd_profile
from ingest.readers.reading import Context
from ingest.sheets import Sheet, sheet
from pavement.errors import PackageError, SchemaError, SurveyError
from pavement.units import convert

FORMATS = ("table", "erd")
_TABLE = "longitudinal_profile"
_LIMIT_TEXT = "the setting entry_limit"


def profile_sheet(context: Context) -> tuple[Sheet, Data]:
    """
    Return a file of profiles as a sheet with a place in each row, and how it is to be understood.

    ``options.format`` says the format where the agency wants it checked: ``table`` (CSV, xlsx, Parquet) or ``erd``.

    Raises
    ------
    PackageError
        The content is of another format than the options say, or of one that is not read.
    SurveyError
        It cannot be read, or does not say where it lies.
    """
    file = context.one("file")
    found = _format(file, context)
    if found == "table":
        return sheet(file, context.data, settings=context.settings), context.data
    return _erd_sheet(file, context)


def _format(file: PackageFile, context: Context) -> str:
    name = shown(file.name)
    asked = context.data.options.get("format")
    if asked is not None and asked not in FORMATS:
        raise PackageError(
            f"{name}: format = {shown(str(asked))!r} is not known.", cure=f"Formats here: {', '.join(FORMATS)}."
        )
    with file.path.open("rb") as stream:
        head = stream.read(4096)
    _refuse_others(file.name.lower(), head, name=name)
    found = "erd" if head.lstrip(b"\xef\xbb\xbf").startswith(MAGIC) else "table"
    if asked not in (None, found) or (file.name.lower().endswith(".erd") and found != "erd"):
        raise PackageError(
            f"{name} is said to be {asked or 'erd'}; its content is not.",
            cure="An ERD file begins with ERDFILEV. Correct options.format, or export it again.",
        )
    return found


def _refuse_others(low: str, head: bytes, *, name: str) -> None:
    if low.endswith(".ppf"):
        raise PackageError(f"{name} is a PPF file, which is not read.", cure="Export it to ERD from ProVAL.")
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"<") or (low.endswith((".acdx", ".xml")) or kind_of(head) == "gzip"):
        raise PackageError(
            f"{name} is no profile; it looks like results of a laser crack measurement system.",
            cure='Give it an entry of kind = "lcms", files = "…/*.xml".',
        )


def _erd_sheet(file: PackageFile, context: Context) -> tuple[Sheet, Data]:
    name = shown(file.name)
    if file.size > context.settings["entry_limit"]:
        raise SurveyError(f"{name} has {file.size:,} bytes.", cure=f"Raise {_LIMIT_TEXT}, or split it.")
    beside = context.files.get("binary") or []
    order = str(context.data.options.get("byte_order", "little"))
    found = erd_profile(
        file.path.read_bytes(),
        binary=beside[0].path.read_bytes() if beside else None,
        name=name,
        byte_order=order,
    )
    if len(found.numbers) > context.settings["rows_limit"]:
        raise SurveyError(f"{name} has {len(found.numbers):,} samples.", cure="Raise the setting rows_limit.")
    place = drive_place(context, file=name)
    data = context.data
    spacing = found.spacing(unit=data.units.get("measure_m", ""))
    names = _names(found, name)
    columns = {channel: _in_si(found, at, channel, data) for at, channel in enumerate(names)}
    frame = pd.DataFrame(columns)
    where = {"route": place.route, "direction": place.direction, "lane": place.lane}
    frame = frame.assign(**where, measure_m=place.measure(spacing * np.arange(len(frame), dtype=np.float64)).round(6))
    return Sheet(frame, found.rows, found.faults), replace(data, units={})


def _names(found: ErdProfile, name: str) -> list[str]:
    names = [n or f"channel {at}" for at, n in enumerate(found.header.names, start=1)]
    taken = {"route", "direction", "lane", "measure_m"}
    twice = sorted({n for n in names if names.count(n) > 1 or n.casefold() in taken})
    if twice:
        raise SchemaError(
            f"{name}: channels named {', '.join(map(shown, twice))} cannot be told apart.",
            cure="Export it with a name of its own for each channel.",
        )
    return names


def _in_si(found: ErdProfile, at: int, channel: str, data: Data) -> np.ndarray:
    """Return a channel in the unit of the column that it means; one that means none as it is."""
    values = found.numbers[:, at]
    column = column_of(channel, _TABLE, data)
    target = {"elevation_left": "m", "elevation_right": "m", "speed_kmh": "km/h"}.get(column or "")
    if target is None:
        return values
    said = data.units.get(channel, data.units.get(str(column), ""))
    unit = agreed_unit(found.header.units[at], said, of=f"unit of {shown(channel)}")
    return np.asarray(convert(values, source=unit, target=target))
