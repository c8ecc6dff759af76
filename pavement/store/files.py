"""Files for other programs: CSV, xlsx and GeoPackage, whole or not at all, and safe to open in a spreadsheet."""

from __future__ import annotations

import io
import os
import re
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import xlsxwriter

from pavement.errors import StoreError
from pavement.store.print_sheet import PrintSheet, add_print_sheet

FORMATS = (".csv", ".xlsx", ".gpkg")
_FORMULA = re.compile(r"^[\s'\"]*[=+\-@|%]|^[\t\r\n]")
_PLAIN_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_XLSX_ROWS, _XLSX_COLUMNS, _XLSX_TEXT = 1_048_576, 16_384, 32_767


def checked_format(out: Path) -> str:
    """Return the format that a file's suffix names, or refuse it."""
    if out.suffix.lower() not in FORMATS:
        raise StoreError(f"{out.name}: unknown format.", cure=f"Use one of {', '.join(FORMATS)}.")
    return out.suffix.lower()


def safe_text(value: Any) -> Any:
    """Return a cell that a spreadsheet cannot take for a formula; numbers stay as they are."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def original_text(value: Any) -> Any:
    """Return the cell that :func:`safe_text` made this one of."""
    armed = isinstance(value, str) and value.startswith("'") and _FORMULA.match(value[1:])
    return value[1:] if armed else value


@contextmanager
def whole(out: Path) -> Iterator[Path]:
    """Give a file beside the wanted one to write to; it takes the name only when it is complete."""
    try:
        handle, name = tempfile.mkstemp(dir=out.parent, prefix=".part-", suffix=out.suffix.lower())
    except OSError as error:
        why = error.strerror or error
        raise StoreError(
            f"No file can be written to {out.parent}: {why}.", cure="Name a file in a folder that exists."
        ) from error
    os.close(handle)
    part = Path(name)
    try:
        yield part
        part.chmod(0o644)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def write_csv(frame: pd.DataFrame, out: Path, *, notes: Mapping[str, Any]) -> Path:
    """
    Write UTF-8 with a byte order mark, so that a spreadsheet shows Chinese; notes go into ``<name>.csv.txt`` beside it.

    Text that a spreadsheet could take for a formula gets a leading ``'``, in headers too; numbers are written so that
    they come back equal.
    """
    return write_csv_parts([frame], out, notes=notes)


def write_csv_parts(frames: Iterable[pd.DataFrame], out: Path, *, notes: Mapping[str, Any]) -> Path:
    """Write frames of the same columns and types one behind the other, as :func:`write_csv` writes one."""
    beside = out.with_name(f"{out.name}.txt")
    with whole(beside) as part, part.open("w", encoding="utf-8") as stream:
        stream.writelines(f"{name}: {value}\n" for name, value in notes.items())
    with whole(out) as part, part.open("w", encoding="utf-8-sig", newline="") as stream:
        for number, frame in enumerate(frames):
            _safe(frame).to_csv(stream, index=False, header=number == 0, lineterminator="\r\n")
    return out


def _safe(frame: pd.DataFrame) -> pd.DataFrame:
    safe = frame.copy()
    for column in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[column]):
            safe[column] = _mapped(safe[column], safe_text)
    safe.columns = [safe_text(str(c)) for c in safe.columns]
    return safe


def _mapped(column: pd.Series, change: Callable[[Any], Any]) -> pd.Series:
    """Return text changed cell by cell; of a category each word is changed once."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        words = np.array([*map(change, column.cat.categories), None], dtype=object)
        return pd.Series(words[column.cat.codes.to_numpy()], index=column.index, dtype=object)
    return _as_text(column).map(change)


def _as_text(column: pd.Series) -> pd.Series:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return _mapped(column, str)
    if pd.api.types.is_datetime64_any_dtype(column):
        whole_days = column.dropna().eq(column.dropna().dt.normalize()).all()
        column = column.dt.strftime("%Y-%m-%d" if whole_days else "%Y-%m-%dT%H:%M:%S%z")
    return column.astype(object)


def write_xlsx(
    frame: pd.DataFrame,
    out: Path,
    *,
    notes: Mapping[str, Any],
    title: str,
    heads: tuple[str, str] = ("basis", "value"),
    printed: PrintSheet | None = None,
    more: Mapping[str, pd.DataFrame] | None = None,
) -> Path:
    """
    Write a workbook of two sheets, the table and what it rests on; text is typed text, numbers are numbers.

    Parameters
    ----------
    heads
        Headers of the second sheet; the first of them is its name too.
    printed
        A last sheet, to print.
    more
        Further tables by title, behind the first.

    Raises
    ------
    StoreError
        More rows, columns or text in a cell than a sheet takes.
    """
    tables = {title: frame} | dict(more or {})
    for table in tables.values():
        _refuse_beyond_sheet(table, out.name)
    with whole(out) as part, xlsxwriter.Workbook(str(part), _PLAIN_TEXT | {"in_memory": False}) as book:
        book.set_properties({"title": title, "comments": "; ".join(f"{k}: {v}" for k, v in notes.items())[:2000]})
        for name, table in tables.items():
            _write_sheet(book, table, name)
        basis = pd.DataFrame({heads[0]: list(notes), heads[1]: [str(v) for v in notes.values()]})
        _write_sheet(book, basis, heads[0])
        if printed is not None:
            add_print_sheet(book, printed)
    return out


def write_tables(frames: Mapping[str, pd.DataFrame], out: Path) -> Path:
    """
    Write a workbook with a sheet for each table, named by its title; text is typed text, numbers are numbers.

    Raises
    ------
    StoreError
        More rows, columns or text in a cell than a sheet takes.
    """
    for frame in frames.values():
        _refuse_beyond_sheet(frame, out.name)
    with whole(out) as part, xlsxwriter.Workbook(str(part), _PLAIN_TEXT | {"in_memory": False}) as book:
        for title, frame in frames.items():
            _write_sheet(book, frame, title)
    return out


def workbook(frame: pd.DataFrame) -> bytes:
    """Return a workbook of one sheet, for programs to read; text is typed text, numbers are numbers."""
    _refuse_beyond_sheet(frame, ".xlsx")
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, _PLAIN_TEXT | {"in_memory": True}) as book:
        _write_sheet(book, frame, "Sheet1")
    return stream.getvalue()


def _refuse_beyond_sheet(frame: pd.DataFrame, name: str) -> None:
    longest = max((_longest(frame[c]) for c in frame), default=0)
    if len(frame) >= _XLSX_ROWS or len(frame.columns) > _XLSX_COLUMNS or longest > _XLSX_TEXT:
        found = f"{len(frame):,} rows, {len(frame.columns):,} columns, texts of up to {longest:,} signs"
        raise StoreError(f"{name}: {found} do not fit into a sheet.", cure="Write .csv or .gpkg instead.")


def _longest(column: pd.Series) -> int:
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = pd.Series(column.cat.categories)
    if pd.api.types.is_numeric_dtype(column) or not len(column):
        return 0
    return int(column.astype(object).map(lambda v: len(v) if isinstance(v, str) else 0).max())


def _write_sheet(book: xlsxwriter.Workbook, frame: pd.DataFrame, name: str) -> None:
    sheet = book.add_worksheet(name[:31])
    bold, day = book.add_format({"bold": True, "text_wrap": True}), book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.freeze_panes(1, 0)
    for at, column in enumerate(frame.columns):
        sheet.write_string(0, at, str(column), bold)
        sheet.set_column(at, at, 14)
        _write_column(sheet, frame[column], at, day)
    if len(frame):
        sheet.autofilter(0, 0, len(frame), len(frame.columns) - 1)


def _write_column(sheet: Any, column: pd.Series, at: int, day: Any) -> None:
    """Write the cells of a column by what they are, so that no text is ever taken for something else."""
    filled = column.notna().to_numpy()
    if pd.api.types.is_bool_dtype(column):
        for row in np.flatnonzero(filled):
            sheet.write_boolean(row + 1, at, bool(column.iloc[row]))
    elif pd.api.types.is_numeric_dtype(column):
        numbers = column.to_numpy(float, na_value=np.nan)
        for row in np.flatnonzero(np.isfinite(numbers)):
            sheet.write_number(row + 1, at, numbers[row])
    elif column.dtype.kind == "M" and column.dt.tz is None:
        moments = column.astype(object).tolist()
        for row in np.flatnonzero(filled):
            sheet.write_datetime(row + 1, at, moments[row], day)
    else:
        texts = _as_text(column).tolist()
        for row in np.flatnonzero(filled):
            sheet.write_string(row + 1, at, str(texts[row]))


def write_geopackage(layers: Mapping[str, pd.DataFrame], out: Path, *, notes: Mapping[str, Any]) -> Path:
    """
    Write frames as layers, those with geometry in their CRS, and what they rest on as the layer ``basis``.

    Raises
    ------
    StoreError
        The file cannot be written.
    """
    basis = pd.DataFrame({"basis": list(notes), "value": [str(v) for v in notes.values()]})
    with whole(out) as part:
        part.unlink()
        try:
            for name, frame in {**layers, "basis": basis}.items():
                _write_layer(frame, part, name)
        except pyogrio.errors.DataSourceError as error:
            raise StoreError(f"{out} cannot be written: {error}.", cure="Check disk space and rights.") from error
        _describe(part, notes)
    return out


def _write_layer(frame: pd.DataFrame, file: Path, name: str) -> None:
    texts = {c: _as_text(frame[c]) for c in frame.select_dtypes("category").columns}
    plain = frame.assign(**texts)
    shape = "Unknown" if isinstance(frame, gpd.GeoDataFrame) and frame.geometry.notna().sum() == 0 else None
    pyogrio.write_dataframe(plain, file, layer=name, driver="GPKG", geometry_type=shape, append=file.exists())


def _describe(file: Path, notes: Mapping[str, Any]) -> None:
    """Put the notes where GIS programs show them: the description of each layer."""
    text = "; ".join(f"{name}: {value}" for name, value in notes.items())
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE gpkg_contents SET description = ?", (text,))
