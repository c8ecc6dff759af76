"""Sheets as they are written: CSV, xlsx and Parquet read strictly, cell by cell, nothing guessed."""

from __future__ import annotations

import csv
import re
import warnings
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl.utils.exceptions import InvalidFileException
from pandas.api.types import union_categoricals

from ingest.content import checked
from ingest.manifest import Data
from ingest.package import PackageFile, shown
from ingest.zips import opened_zip, safe_entries
from pavement.errors import Fault, PackageError, SchemaError, SurveyError
from pavement.settings import Settings
from pavement.store.files import original_text

SUFFIXES = (".csv", ".txt", ".tsv", ".xlsx", ".parquet")
_CELL_LIMIT = 1 << 20
_COLUMNS_LIMIT = 2000
_DELIMITERS = ",;\t|"
# tables of many millions of rows: what is packed there takes 8 bytes a number and 1 to 4 a word
_DENSE = ("longitudinal_profile", "transverse_profile")
_PIECE = 1 << 16
# a leading zero or a bare 1E5 may be part of a name, so such a column stays text
_PLAIN = r"[+-]?(0|[1-9]\d*|0?\.\d+|0\.\d*|[1-9]\d*\.\d*)(e-\d{1,3}|E-\d{1,3})?"
_MACRO = re.compile(r"vbaProject|externalLinks/|embeddings/|activeX/", re.I)


@dataclass(frozen=True)
class Sheet:
    """A sheet as written: cells under its own headers, the row number of each row in the file, and faults."""

    frame: pd.DataFrame
    rows: np.ndarray
    faults: list[Fault]


def sheet(file: PackageFile, data: Data, *, settings: Settings) -> Sheet:
    """
    Return the cells of a CSV, xlsx or Parquet file; rows that do not fit the header are listed and left out.

    Raises
    ------
    PackageError
        The content is not what the name says, or is unsafe (F12, T12, T13).
    SurveyError
        It cannot be read with the encoding and dialect of the manifest (T1, T2), or a header stands twice (T4).
    """
    suffix = checked(file, SUFFIXES)
    read = {".xlsx": _xlsx, ".parquet": _parquet}.get(suffix, _csv)
    found = read(file, data, settings)
    if found.frame.empty and not found.faults:
        name = shown(file.name)
        note = Fault(name, None, "", "", "no rows", f"{name} has a header and no rows.", "Nothing was read from it.")
        return Sheet(found.frame, found.rows, [note])
    if len(found.frame) > settings["rows_limit"]:
        raise SurveyError(
            f"{shown(file.name)} has {len(found.frame):,} rows.",
            cure=f"The limit is {settings['rows_limit']:,}; raise the setting rows_limit or split the file.",
        )
    return found


def _csv(file: PackageFile, data: Data, settings: Settings) -> Sheet:
    name = shown(file.name)
    csv.field_size_limit(_CELL_LIMIT)
    text = text_lines(file.path, data.encoding, name=name)
    reader = csv.reader(text, delimiter=data.delimiter, strict=True)
    lines = _numbered(reader, name)
    _, header = next(lines, (0, []))
    header = _header(header, name=name)
    _refuse_other_dialect(header, data.delimiter, name=name)
    found = _gathered(lines, header, name, limit=int(settings["rows_limit"]), dense=data.kind in _DENSE)
    # our own export puts a sign before what a spreadsheet could take for a formula, and says so
    return replace(found, frame=found.frame.map(original_text)) if data.options.get("disarmed") is True else found


def text_lines(path: Path, encoding: str, *, name: str) -> Iterator[str]:
    """
    Yield the lines of a file one by one, read strictly, so that no file is ever held whole (T17).

    Raises
    ------
    SurveyError
        It is no text in that encoding (T1).
    """
    codec = "utf-8-sig" if encoding.lower().replace("-", "").replace("_", "") == "utf8" else encoding
    before = 0
    try:
        with path.open(encoding=codec, newline="") as stream:
            for line in stream:
                if "\0" in line:
                    raise SurveyError(
                        f"{name} has a NUL at character {before + line.index(chr(0))}: it is no {encoding} text.",
                        cure='Say its encoding in the manifest, such as encoding = "utf-16".',
                    )
                before += len(line)
                yield line
    except UnicodeDecodeError as error:
        raise SurveyError(
            f"{name} is not {encoding} text at byte {_wrong_byte(path, codec, error)}.",
            cure='Say its encoding in the manifest, such as encoding = "big5" or "utf-16".',
        ) from error
    except (LookupError, UnicodeError) as error:
        raise SurveyError(f"{name} cannot be decoded as {encoding} ({error}).") from error


def _wrong_byte(path: Path, codec: str, error: UnicodeDecodeError) -> int:
    """Return where in the whole file the first wrong byte is; a stream tells its place in a piece only."""
    try:
        path.read_bytes().decode(codec)
    except UnicodeDecodeError as whole:
        return whole.start
    return error.start


def _numbered(reader: Any, name: str) -> Iterator[tuple[int, list[str]]]:
    """Yield line number and fields of each line that is not blank."""
    before = 0
    try:
        for fields in reader:
            first, before = before + 1, reader.line_num
            if any(f.strip() for f in fields):
                yield first, fields
    except csv.Error as error:
        raise SurveyError(
            f"{name}: line {reader.line_num} cannot be read ({error}).", cure="Check quotes and delimiter there."
        ) from error


def _header(fields: Iterable[Any], *, name: str) -> list[str]:
    header = ["" if f is None else str(f).strip() for f in fields]
    while header and not header[-1]:
        header.pop()
    if not header:
        raise SurveyError(f"{name} has no header.", cure="The first line must name the columns.")
    if len(header) > _COLUMNS_LIMIT:
        raise SurveyError(f"{name} has {len(header):,} columns.", cure=f"At most {_COLUMNS_LIMIT:,} are read.")
    if "" in header:
        raise SchemaError(f"{name}: column {header.index('') + 1} has no name.", cure="Name it or remove it.")
    folded = [h.casefold() for h in header]
    if twice := sorted({h for h in header if folded.count(h.casefold()) > 1}):
        raise SchemaError(f"{name}: column {', '.join(twice)} stands more than once.", cure="Keep one of them.")
    return header


def _refuse_other_dialect(header: list[str], delimiter: str, *, name: str) -> None:
    if len(header) == 1:
        others = [d for d in _DELIMITERS if d != delimiter and d in header[0]]
        if others:
            raise SurveyError(
                f"{name} has one column, {header[0][:80]!r}: it is not delimited by {delimiter!r}.",
                cure=f"Say delimiter = {others[0]!r} for it in the manifest.",
            )


def _gathered(
    lines: Iterable[tuple[int, list[Any]]], header: list[str], name: str, *, limit: int, dense: bool = False
) -> Sheet:
    """Return the lines that fit the header as a frame, the others as faults; rows of dense tables are packed."""
    kept: list[list[Any]] = []
    packed: list[dict[str, pd.Series]] = []
    rows = array("q")
    faults: list[Fault] = []
    width = len(header)
    for row, fields in lines:
        extra = fields[width:]
        if len(fields) < width or any(f is not None and str(f).strip() for f in extra):
            message = f"Row {row} has {len(fields)} fields; the header has {width}."
            value = data_shown(fields)
            faults.append(Fault(name, row, "", value, "fields", message, "Complete the row; nothing was shifted."))
        elif [str(f).strip() for f in fields[:width]] == header:
            message = f"Row {row} repeats the header."
            faults.append(Fault(name, row, "", data_shown(fields), "header", message, "Remove it."))
        else:
            kept.append(fields[:width])
            rows.append(row)
        if dense and len(kept) >= _PIECE:
            packed.append(_packed(pd.DataFrame(kept, columns=header, dtype=object)))
            kept = []
        if len(rows) > limit:
            break
    frame = pd.DataFrame(kept, columns=header, dtype=object)
    if packed:
        frame = _joined_pieces([*packed, _packed(frame)] if len(frame) else packed, header)
    return Sheet(frame, np.frombuffer(rows, dtype="int64") if len(rows) else np.zeros(0, dtype="int64"), faults)


def _packed(frame: pd.DataFrame) -> dict[str, pd.Series]:
    """Return cells of text as numbers where a whole column is plain numbers or gaps, else as categories."""
    columns: dict[str, pd.Series] = {}
    for column in map(str, frame):
        text = frame[column].astype("str").str.strip()
        gap = text == ""
        if (gap | text.str.fullmatch(_PLAIN)).all() and not gap.all():
            columns[column] = pd.to_numeric(text.where(~gap), errors="coerce").astype(float)
        else:
            columns[column] = pd.Series(pd.Categorical(frame[column]))
    return columns


def _joined_pieces(pieces: list[dict[str, pd.Series]], header: list[str]) -> pd.DataFrame:
    """Return pieces as one frame, column by column; a column that is packed in two ways is text again."""
    columns = {}
    for column in header:
        parts = [piece.pop(column) for piece in pieces]
        kinds = {isinstance(part.dtype, pd.CategoricalDtype) for part in parts}
        if kinds == {True}:
            columns[column] = pd.Series(union_categoricals(parts))
        elif kinds == {False}:
            columns[column] = pd.concat(parts, ignore_index=True)
        else:
            columns[column] = pd.concat([part.astype(object) for part in parts], ignore_index=True)
    return pd.DataFrame(columns, copy=False)


def data_shown(fields: Iterable[Any]) -> str:
    """Return the beginning of a row as one text."""
    return shown(",".join("" if f is None else str(f) for f in fields))


def _xlsx(file: PackageFile, data: Data, settings: Settings) -> Sheet:
    name = shown(file.name)
    _refuse_active(file, settings=settings)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            values = _worksheet_rows(file, data, name=name, values=True)
            formulas = _worksheet_rows(file, data, name=name, values=False)
    except SurveyError:
        raise
    # openpyxl passes on whatever its parsers raise on a malformed workbook
    except (BadZipFile, InvalidFileException, ParseError, OSError, LookupError, TypeError, ValueError) as error:
        raise SurveyError(f"{name} cannot be read as a workbook ({error}).", cure="Save it again as .xlsx.") from error
    except Exception as error:
        raise SurveyError(f"{name} cannot be read as a workbook ({type(error).__name__}).") from error
    lines = [(row, fields) for row, fields in enumerate(values, start=1) if any(f not in (None, "") for f in fields)]
    if not lines:
        raise SurveyError(f"{name} has no header.", cure="The first line must name the columns.")
    header = _header(lines[0][1], name=name)
    found = _gathered(_padded(lines[1:], len(header)), header, name, limit=int(settings["rows_limit"]))
    empty = _formulas_without_value(values, formulas, header, name)
    bad = [f.row for f in empty if f.row is not None]
    keep = ~np.isin(found.rows, bad) if bad else np.ones(len(found.rows), dtype=bool)
    return Sheet(found.frame[keep].reset_index(drop=True), found.rows[keep], found.faults + empty)


def _padded(lines: list[tuple[int, list[Any]]], width: int) -> Iterator[tuple[int, list[Any]]]:
    # a worksheet row ends at its last filled cell: what follows is empty, not missing
    return ((row, [*fields, *[None] * (width - len(fields))]) for row, fields in lines)


def _refuse_active(file: PackageFile, *, settings: Settings) -> None:
    name = shown(file.name)
    with opened_zip(file.path, settings=settings, name=name) as archive:
        for entry in safe_entries(archive, settings=settings, name=name):
            if _MACRO.search(entry.filename):
                raise PackageError(
                    f"{name} carries macros or links ({ascii(entry.filename[:80])}).",
                    cure="Save the values as plain .xlsx.",
                )


def _worksheet_rows(file: PackageFile, data: Data, *, name: str, values: bool) -> list[list[Any]]:
    book = openpyxl.load_workbook(file.path, read_only=True, data_only=values, keep_links=False)
    try:
        wanted = data.options.get("sheet")
        visible = [s.title for s in book.worksheets if s.sheet_state == "visible"]
        if wanted is None and len(visible) != 1:
            raise SurveyError(
                f"{name} has {len(visible)} visible sheets: {visible}.", cure='Say options = { sheet = "…" }.'
            )
        if wanted is not None and wanted not in book.sheetnames:
            raise SurveyError(f"{name} has no sheet {str(wanted)[:60]!r}; it has {visible}.")
        page = book[visible[0] if wanted is None else wanted]
        page.reset_dimensions()
        return [list(row) for row in page.iter_rows(values_only=True, max_col=_COLUMNS_LIMIT + 1)]
    finally:
        book.close()


def _formulas_without_value(
    values: list[list[Any]], formulas: list[list[Any]], header: list[str], name: str
) -> list[Fault]:
    faults = []
    for row, (shown_cells, written) in enumerate(zip(values, formulas, strict=False), start=1):
        for column, value, text in zip(header, shown_cells, written, strict=False):
            if value is None and isinstance(text, str) and text.startswith("="):
                message = f"{column} is the formula {text[:60]!r} without a stored value."
                faults.append(Fault(name, row, column, text[:200], "formula", message, "Save the sheet as values."))
    return faults


def _parquet(file: PackageFile, data: Data, settings: Settings) -> Sheet:  # noqa: ARG001
    name = shown(file.name)
    try:
        with pq.ParquetFile(file.path) as source:
            _refuse_large(source.metadata, name=name, settings=settings)
            table = source.read()
        header = _plain_columns(table, name=name)
        frame = table.to_pandas(ignore_metadata=True)
    except (SurveyError, SchemaError):
        raise
    except (pa.ArrowException, OSError, ValueError, TypeError, LookupError, MemoryError) as error:
        message = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise SurveyError(
            f"{name} cannot be read as Parquet ({message}).", cure="Write it again; it is damaged."
        ) from error
    frame.columns = pd.Index(header)
    return Sheet(frame, np.arange(1, len(frame) + 1), [])


def _refuse_large(meta: pq.FileMetaData, *, name: str, settings: Settings) -> None:
    size = sum(meta.row_group(i).total_byte_size for i in range(meta.num_row_groups))
    if meta.num_rows > settings["rows_limit"] or size > settings["entry_limit"]:
        raise SurveyError(
            f"{name} holds {meta.num_rows:,} rows, {size:,} bytes unpacked.",
            cure="Raise the settings rows_limit and entry_limit, or split the file.",
        )


def _plain_columns(table: pa.Table, *, name: str) -> list[str]:
    header = _header(table.column_names, name=name)
    nested = [f.name for f in table.schema if pa.types.is_nested(f.type) or pa.types.is_binary(f.type)]
    if nested:
        raise SchemaError(
            f"{name}: columns {', '.join(nested)} hold no plain values.", cure="Write numbers and text only."
        )
    return header
