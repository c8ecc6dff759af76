"""Tables described by tables: reading, checking and labelling from ``tables/*.csv``."""

from __future__ import annotations

import datetime as dt
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd

from pavement.dates import date_cure, parse_date
from pavement.errors import FAULT_COLUMNS, PavementError, SchemaError, no_faults

_ROOT = files("pavement").joinpath("tables")
# what each column is called and what it means, in both languages
_WORDS = ("zh", "en", "description_zh", "description")
_TRUE, _FALSE = {"true", "yes", "1", "y", "是"}, {"false", "no", "0", "n", "否"}


@cache
def _table(path: str) -> pd.DataFrame:
    file = _ROOT.joinpath(path)
    if not file.is_file():
        raise SchemaError(f"There is no table {path!r} in pavement/tables.")
    with file.open(encoding="utf-8") as stream:
        return pd.read_csv(stream, dtype=str, keep_default_na=False)


def read_table(name: str) -> pd.DataFrame:
    """
    Return a table of ``pavement/tables`` by name; columns whose every cell is a number become numbers.

    Empty cells become missing in number columns and stay empty text elsewhere.
    """
    return _with_numbers(f"{name}.csv").copy()


@cache
def _with_numbers(path: str) -> pd.DataFrame:
    # tables are asked for hundreds of times in one piece of work
    return numbered(_table(path))


def numbered(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of text whose columns of nothing but numbers are numbers, as :func:`read_table` gives it."""
    return table.apply(_as_numbers)


def _as_numbers(column: pd.Series) -> pd.Series:
    filled = column[column != ""]
    numbers = pd.to_numeric(filled, errors="coerce")
    if filled.empty or numbers.isna().any():
        return column
    return numbers.reindex(column.index).astype(float)


def table_names() -> list[str]:
    """Return the names of all described tables."""
    return _table("tables.csv")["table"].tolist()


def record_keys(name: str) -> list[str]:
    """
    Return the columns that tell records of a table apart across surveys, their road among them.

    Empty for tables whose rows do not replace each other: measured values, of which each survey keeps its own.
    """
    return list(_record_keys(name))


@cache
def _record_keys(name: str) -> tuple[str, ...]:
    tables = _table("tables.csv").set_index("table")["later_stands"]
    if tables.get(name, "no") != "yes":
        return ()
    spec = schema(name)
    road = spec.index.isin(["route", "direction"])
    return tuple(spec.index[road | (spec["key"] == "yes")])


def schema(name: str) -> pd.DataFrame:
    """
    Return the description of a table: one row a column, as text, indexed by column name.

    Raises
    ------
    SchemaError
        There is no such table, or one of its columns has no label or no meaning in one of the languages.
    """
    return _described(f"schema/{name}.csv").copy()


@cache
def _described(path: str) -> pd.DataFrame:
    frame = _table(path).set_index("column")
    words = frame.reindex(columns=list(_WORDS)).fillna("")
    if silent := [f"{column}.{word}" for word in _WORDS for column in frame.index[words[word] == ""]]:
        raise SchemaError(
            f"pavement/tables/{path} does not say {silent}.",
            cure="Name each column in zh and en, and say what it means in description and description_zh.",
        )
    return frame


def measures() -> pd.DataFrame:
    """Return the table of measured kinds, indexed by kind."""
    return _measures().copy()


@cache
def _measures() -> pd.DataFrame:
    return read_table("measures").set_index("kind")


@cache
def measured_kinds() -> tuple[str, ...]:
    """Return the measured kinds in the order of their table; costs nothing where only their names are asked for."""
    return tuple(str(kind) for kind in _measures().index)


def labels(name: str, *, language: str) -> dict[str, str]:
    """Return column → label in ``zh_TW`` or ``en``, with the unit in brackets where there is one."""
    frame = schema(name)
    words = frame["zh" if language.startswith("zh") else "en"]
    return {column: with_unit(words[column], unit) for column, unit in frame["unit"].items()}


def meanings(name: str, *, language: str) -> dict[str, str]:
    """Return column → what it means in ``zh_TW`` or ``en``."""
    words = schema(name)["description_zh" if language.startswith("zh") else "description"]
    return {str(column): str(text) for column, text in words.items()}


def with_unit(word: str, unit: str) -> str:
    """Return a label with its unit in brackets; numbers without unit and calendar years need none."""
    return f"{word} [{unit}]" if unit not in ("", "-", "year") else word


def check(frame: pd.DataFrame, name: str, *, file: str, first_row: int = 2) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Split a table of text into good typed rows and faults.

    Parameters
    ----------
    frame
        Table as read, cells as text or already typed; a column ``_row`` gives the row in the file when
        rows were dropped before.
    name
        Table in ``pavement/tables/schema``.
    file
        Name shown in faults.
    first_row
        Row number of the first data row in the file.

    Returns
    -------
    good, faults
        Rows without a fault, columns of the schema in its order (further columns dropped), and one row a
        fault with the columns of :data:`pavement.errors.FAULT_COLUMNS`.

    Raises
    ------
    SchemaError
        A required column is missing or a column stands twice.
    """
    spec = schema(name)
    _require_columns(frame, spec, file=file, name=name)
    rows = frame["_row"] if "_row" in frame else pd.Series(np.arange(first_row, first_row + len(frame)))
    rows = pd.Series(rows.to_numpy(), index=frame.index, dtype="int64")
    typed, faults = {}, []
    for column, rule in spec.iterrows():
        given = frame[column] if column in frame else pd.Series("", index=frame.index, dtype=object)
        typed[column], found = _check_column(given, str(column), rule)
        faults.append(found)
    result = pd.DataFrame(typed, index=frame.index)
    faults.append(_duplicates(result, spec))
    listed = pd.concat([f for f in faults if len(f)] or [_no_found()])
    bad = result.index.isin(listed.index)
    listed = listed.assign(file=file, row=rows.reindex(listed.index).astype("Int64"))
    return result[~bad], listed[list(FAULT_COLUMNS)].sort_values(["row"], kind="stable").reset_index(drop=True)


@cache
def _no_found() -> pd.DataFrame:
    # the answer for nearly every column of every sheet; nobody writes into it
    return no_faults().drop(columns=["file", "row"])


def check_heading(frame: pd.DataFrame, name: str, *, file: str) -> None:
    """
    Refuse a table that people type with its heading, and that no manifest maps, where columns are missing from it.

    Raises
    ------
    SchemaError
        Required columns are missing; with those that are unknown, and the heading that is needed.
    """
    spec = schema(name)
    given = [str(column) for column in frame.columns]
    missing = [str(column) for column in spec.index[spec["required"] == "yes"] if column not in given]
    if not missing:
        return
    odd = [column or "–" for column in given if column not in spec.index]
    unknown = f" Unknown there: {', '.join(odd)}." if odd else ""
    raise SchemaError(
        f"{file}: the heading, its first row, lacks {', '.join(missing)}.{unknown}",
        cure=f"Write as first row: {','.join(str(column) for column in spec.index)}",
    )


def _require_columns(frame: pd.DataFrame, spec: pd.DataFrame, *, file: str, name: str) -> None:
    twice = frame.columns[frame.columns.astype(str).str.strip().str.casefold().duplicated()].tolist()
    if twice:
        raise SchemaError(f"{file}: column {twice} stands more than once.", cure="Keep one of them.")
    missing = sorted(set(spec.index[spec["required"] == "yes"]) - set(frame.columns))
    if missing:
        raise SchemaError(
            f"{file}: a {name} table needs the columns {missing}; the file has {[str(c) for c in frame.columns]}.",
            cure='Rename them, or map them in the manifest under columns = { "name in file" = "name needed" }.',
        )


def _check_column(given: pd.Series, column: str, rule: pd.Series) -> tuple[pd.Series, pd.DataFrame]:
    if rule["type"] in ("geometry", "json"):
        return given, _no_found()
    text = given.map(_as_text).astype(object)
    empty = text.isin(["", *[m for m in rule["missing"].split("|") if m]])
    values, unreadable = _parse(text, given, rule["type"], ~empty)
    said, cure = _words_of_type(rule["type"])
    found = [_found(text[unreadable], column, "type", said, cure)]
    if rule["type"] == "date" and len(found[0]):
        found[0]["cure"] = [date_cure(t) for t in text[unreadable]]
    if rule["required"] == "yes":
        found.append(_found(text[empty], column, "required", "is empty", "Fill it in; this column is required."))
    found.append(_out_of_range(values, text, column, rule))
    if allowed := rule["allowed"]:
        wrong = ~empty & ~unreadable & ~text.isin(allowed.split("|"))
        found.append(_found(text[wrong], column, "allowed", "is not in the list", f"Use one of {allowed}."))
    return values, pd.concat([f for f in found if len(f)] or [_no_found()])


def _as_text(value: Any) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)) or value is pd.NaT or value is pd.NA:
        return ""
    if isinstance(value, dt.datetime | pd.Timestamp):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value).strip()


def _words_of_type(kind: str) -> tuple[str, str]:
    """Return what is said of a value that is not of a type, in words of people, and the cure."""
    return {
        "float": ("is not a number", "Write a plain number with a decimal point."),
        "int": ("is not a whole number", "Write a whole number."),
        "date": ("is not a date", ""),
        "datetime": ("is not a date with its time", "Write 2024-03-02T08:00:00+08:00."),
        "bool": ("is neither true nor false", "Write true or false."),
    }.get(kind, (f"is not a {kind}", ""))


def _parse(text: pd.Series, given: pd.Series, kind: str, filled: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return typed values and where a filled cell could not be read."""
    if kind == "text":
        return text.where(filled, ""), pd.Series(False, index=text.index)
    if kind in ("float", "int"):
        return _parse_numbers(text, given, kind, filled)
    if kind == "bool":
        lower = text.str.casefold()
        values = lower.isin(_TRUE).astype(object).where(filled, None)
        return values, filled & ~lower.isin(_TRUE | _FALSE)
    parse = _date_or_none if kind == "date" else _datetime_or_none
    seen = {t: parse(t) for t in text[filled].unique()}
    values = pd.to_datetime(text.map(seen), utc=kind == "datetime")
    return values, filled & values.isna()


def _parse_numbers(text: pd.Series, given: pd.Series, kind: str, filled: pd.Series) -> tuple[pd.Series, pd.Series]:
    if pd.api.types.is_numeric_dtype(given.dtype) and not pd.api.types.is_bool_dtype(given.dtype):
        numbers = given.astype(float)
    else:
        plain = text.str.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
        numbers = pd.to_numeric(text.where(filled & plain, None), errors="coerce").astype(float)
    numbers = numbers.where(filled)
    unreadable = filled & ~np.isfinite(numbers)
    if kind == "int":
        # beyond 2**53 a float no longer tells one whole number from the next
        unreadable |= filled & numbers.notna() & ((numbers % 1 != 0) | (numbers.abs() > 2**53))
        return numbers.where(~unreadable).astype("Int64"), unreadable
    return numbers.where(~unreadable), unreadable


def _date_or_none(text: str) -> dt.date | None:
    head = text.split("T")[0].split(" ")[0]
    try:
        return parse_date(head)
    except PavementError:
        return None


def _datetime_or_none(text: str) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _out_of_range(values: pd.Series, text: pd.Series, column: str, rule: pd.Series) -> pd.DataFrame:
    if rule["type"] not in ("float", "int"):
        return _no_found()
    low = float(rule["min"]) if rule["min"] else -np.inf
    high = float(rule["max"]) if rule["max"] else np.inf
    numbers = values.astype(float)
    outside = ((numbers < low) | (numbers > high)).fillna(False).astype(bool)
    limits = f"Accepted: {rule['min'] or 'any'} to {rule['max'] or 'any'} {rule['unit']}; check the unit."
    return _found(text[outside], column, "range", "is outside its limits", limits)


def _found(values: pd.Series, column: str, rule: str, message: str, cure: str) -> pd.DataFrame:
    if values.empty:
        return _no_found()
    return pd.DataFrame(
        {
            "column": column,
            "value": values.map(lambda v: v[:200]).to_numpy(dtype=object),
            "rule": rule,
            "message": [f"{column} = {v[:80]!r} {message}." for v in values],
            "cure": cure,
        },
        index=values.index,
    )


def _duplicates(frame: pd.DataFrame, spec: pd.DataFrame) -> pd.DataFrame:
    keys = spec.index[spec["key"] == "yes"].tolist()
    if not keys:
        return _no_found()
    again = frame.duplicated(keys, keep="first")
    shown = (
        frame.loc[again, keys].astype("string").fillna("").agg(" ".join, axis=1)
        if again.any()
        else pd.Series(dtype=object)
    )
    return _found(shown, "+".join(keys), "duplicate", "stands twice", "Keep one row for each key.")
