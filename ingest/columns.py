"""Headers as people write them, mapped to the columns of a table, and their units to the table's."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from ingest.formats import format_table
from ingest.manifest import Data
from ingest.package import shown
from ingest.sheets import Sheet
from pavement.errors import Fault, SchemaError, SurveyError, UnitError
from pavement.schema import read_table, schema
from pavement.units import convert

PLACES = (
    ("from_chainage", "from_m"),
    ("to_chainage", "to_m"),
    ("chainage", "measure_m"),
)
# filled in by the reader where a sheet has no column for them
_FILLED = ("surveyed_on", "quality", "frame", "planned_on", "treatment")
# ids that the agency's own sheets do not hold; the reader makes them
OWN_ID = {"distress": "record", "works": "work"}
LOCATION = (
    "route",
    "direction",
    "lane",
    "from_m",
    "to_m",
    "measure_m",
    "location",
    "x",
    "y",
    "heading",
    *(p[0] for p in PLACES),
)
_UNIT = re.compile(r"^(.*?)\s*[(\[]\s*([^()\[\]]+?)\s*[)\]]$")
# ways of writing units of the table
_UNIT_WORDS = {
    "公里": "km",
    "公尺": "m",
    "公分": "cm",
    "毫米": "mm",
    "µm": "um",
    "μm": "um",
    "feet": "ft",
    "inch": "in",
    "inches": "in",
    "metre": "m",
    "metres": "m",
    "meter": "m",
    "meters": "m",
    "kph": "km/h",
    "mph": "mi/h",
    "℃": "degC",
    "°c": "degC",
    "度": "deg",
}


@dataclass(frozen=True)
class Columns:
    """A sheet under the table's own column names, with ``_row``; the unit each header declares; headers not used."""

    frame: pd.DataFrame
    units: dict[str, str]
    unused: list[str]


def plain(header: str) -> str:
    """Return a header without width, case, spaces and underscores, for comparing."""
    return re.sub(r"[\s_]+", "", unicodedata.normalize("NFKC", header)).casefold()


def columns(sheet: Sheet, table: str, data: Data, *, file: str, keep_numbers: bool = False) -> Columns:
    """
    Return a sheet with the columns of a table.

    Names are tried in this order: the manifest's ``columns``, the table's own names, the agency's headers
    (``formats/pms_records.csv``), the table's labels in both languages. A unit in brackets behind a header counts as
    declared.

    Parameters
    ----------
    keep_numbers
        Keep headers that are plain numbers (offsets of transverse profiles).

    Raises
    ------
    SchemaError
        Two headers mean one column (T4), the manifest maps a header that is not there, or a required column is
        missing (T5).
    """
    given = [str(c) for c in sheet.frame.columns]
    if absent := sorted(set(data.columns) - set(given)):
        raise SchemaError(
            f"{file}: the manifest maps {_listed(absent)}; the file has {_listed(given)}.",
            cure="Correct columns there.",
        )
    known = _known(table)
    names: dict[str, str] = {}
    units: dict[str, str] = {}
    unused = []
    for header in given:
        name, unit = _meaning(header, data, known)
        if name is None and keep_numbers and _is_number(header):
            name = header
        if name is None:
            unused.append(header)
            continue
        if name in names.values():
            other = next(h for h, n in names.items() if n == name)
            raise SchemaError(f"{file}: {other!r} and {header!r} both mean {name}.", cure="Keep one of them.")
        names[header] = name
        if unit:
            units[name] = unit
    _require(set(names.values()), table, given, file=file)
    frame = sheet.frame[list(names)].rename(columns=names)
    frame["_row"] = sheet.rows
    return Columns(frame, units, unused)


def column_of(header: str, table: str, data: Data) -> str | None:
    """Return the column of a table that a header means, by the manifest first; nothing when it means none."""
    return _meaning(header, data, _known(table))[0]


def _listed(names: list[str]) -> str:
    return ", ".join(names)


def _require(have: set[str], table: str, given: list[str], *, file: str) -> None:
    spec = schema(table)
    needed = set(spec.index[(spec["required"] == "yes") & (spec["type"] != "geometry")]) - {
        *LOCATION,
        *_FILLED,
        OWN_ID.get(table, ""),
    }
    if missing := sorted(needed - have):
        raise SchemaError(
            f"{file}: the table {table} needs the columns {_listed(missing)}; the file has {_listed(given)}.",
            cure='Map them in the manifest under columns = { "name in file" = "name needed" }.',
        )


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[+-]?\d+(\.\d+)?", text) is not None


def _meaning(header: str, data: Data, known: dict[str, str]) -> tuple[str | None, str]:
    if header in data.columns:
        return data.columns[header], ""
    whole = known.get(plain(header))
    if whole is not None:
        return whole, ""
    match = _UNIT.match(unicodedata.normalize("NFKC", header).strip())
    if not match:
        return None, ""
    name, unit = known.get(plain(match.group(1))), unit_of(match.group(2))
    if name is None or unit is None:
        return None, ""
    # posted chainage has no unit: a header with one tells of a number
    return (dict(PLACES).get(name, name) if unit in ("m", "km") else name), unit


@cache
def _unit_names() -> dict[str, str]:
    return {u.casefold(): u for u in read_table("units")["unit"]} | _UNIT_WORDS


def unit_of(text: str) -> str | None:
    """Return the unit of the table that a text means, or nothing."""
    return _unit_names().get(text) or _unit_names().get(text.casefold())


@cache
def _known(table: str) -> dict[str, str]:
    """Return comparable header → column for a table; earlier sources win."""
    spec = schema(table)
    records = format_table("pms_records")
    own = records[records["table"] == table]
    common = records[records["table"] == "*"]
    pairs = [(c, c) for c in [*spec.index, *LOCATION]]
    pairs += list(zip(own["header"], own["column"], strict=True))
    pairs += list(zip(common["header"], common["column"], strict=True))
    pairs += [(label, str(c)) for c, row in spec.iterrows() for label in (row["zh"], row["en"])]
    result: dict[str, str] = {}
    for header, column in pairs:
        result.setdefault(plain(header), column)
    return result


def unused_fault(unused: list[str], *, file: str) -> list[Fault]:
    """Return one fault that lists headers no column was found for, so that nothing is dropped unseen."""
    if not unused:
        return []
    listed = ", ".join(shown(h) for h in unused[:40])
    cure = 'Map them in the manifest under columns = { "name in file" = "name needed" } if they are needed.'
    return [Fault(file, None, listed[:200], "", "unused column", f"Columns not used: {listed}.", cure)]


def in_table_units(found: Columns, table: str, data: Data, *, file: str) -> pd.DataFrame:
    """
    Return the frame with every number in the unit of the table.

    Units come from the manifest or the header; where neither says anything the table's own is meant, and a median
    that only makes sense in another unit is refused (T9).

    Raises
    ------
    UnitError
        Manifest and header contradict each other, or a unit does not fit the quantity.
    SurveyError
        The values look like another unit.
    """
    spec = schema(table)
    said = {data.columns.get(k, k): u for k, u in data.units.items()}
    frame = found.frame.copy()
    for column in [c for c in frame.columns if c in spec.index and spec.loc[c, "type"] in ("float", "int")]:
        declared = _declared(column, said, found.units, file=file)
        target = str(spec.loc[column, "unit"])
        if declared and declared != target:
            frame[column] = _converted(frame[column], source=declared, target=target, column=column, file=file)
        elif not declared:
            refuse_other_unit(frame[column], column, target, file=file)
    return frame


def _declared(column: str, manifest: dict[str, str], headers: dict[str, str], *, file: str) -> str:
    a, b = manifest.get(column, ""), headers.get(column, "")
    if a and b and a != b:
        raise UnitError(f"{file}: the manifest says {column} is in {a}, the header says {b}.", cure="Correct one.")
    return a or b


def numbers(values: pd.Series) -> pd.Series:
    """Return a column as numbers; what is none becomes missing."""
    if pd.api.types.is_bool_dtype(values.dtype):
        return pd.Series(np.nan, index=values.index)
    return pd.to_numeric(values, errors="coerce").astype(float)


def _converted(values: pd.Series, *, source: str, target: str, column: str, file: str) -> pd.Series:
    amount = numbers(values)
    try:
        changed = convert(amount, source=source, target=target or "-")
    except UnitError as error:
        raise UnitError(f"{file}: {column} in {source}: {error.message}", cure=error.cure) from error
    # what is no number stays as it is written, so that its fault shows it
    return changed.round(9) if amount.notna().all() else changed.astype(object).where(amount.notna(), values)


def refuse_other_unit(values: pd.Series, column: str, unit: str, *, file: str) -> None:
    """Raise SurveyError when the median of a column only makes sense in a unit that it is often mistaken for."""
    checks = format_table("unit_checks")
    checks = checks[checks["column"] == column]
    if checks.empty:
        return
    middle = float(numbers(values).median())
    for check in checks.to_dict("records"):
        low, high = float(check["low"]), float(check["high"])
        if low <= middle <= high or not np.isfinite(middle) or middle == 0:
            return
        other = float(convert(middle, source=check["looks_like"], target=unit))
        if low <= other <= high:
            raise SurveyError(
                f"{file}: {column} has a median of {middle:.3g} {unit}, which looks like {check['looks_like']}.",
                cure=f'Say units = {{ {column} = "{check["looks_like"]}" }} in the manifest, '
                f'or units = {{ {column} = "{unit}" }} if it is right.',
            )


def text_of(frame: pd.DataFrame, column: str) -> pd.Series:
    """Return a column as stripped text; empty where it is missing or not there."""
    if column not in frame.columns:
        return pd.Series("", index=frame.index, dtype=object)
    values = frame[column].astype(object)
    return values.where(values.notna(), "").map(_text)


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
