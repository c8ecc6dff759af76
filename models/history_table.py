"""A plain table of histories (CSV, packed CSV, Parquet), read column by column; each wrong cell is listed."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pavement.dates import parse_date
from pavement.errors import FAULT_COLUMNS, SurveyError, no_faults

_ENDINGS = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".parquet", ".parquet.gz")
_BROKEN = (
    OSError,
    EOFError,
    zlib.error,
    UnicodeDecodeError,
    pd.errors.ParserError,
    pd.errors.EmptyDataError,
    pa.ArrowException,
)
_DATES = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")
_YEAR_LAST = ("%m/%d/%Y", "%d/%m/%Y")
_SHOWN = 80
# what spreadsheets and statistics programs write where nothing is known
_UNKNOWN = ("na", "n/a", "#n/a", "<na>", "nan", "null", "none")


class Cells:
    """
    The wanted columns of a table and the faults of its cells; a class because every column adds to the same list.

    Parameters
    ----------
    path
        CSV, CSV packed by gzip, tab-separated text or Parquet.
    columns
        Columns that are needed.
    optional
        Those among them that count as missing everywhere where the table lacks them; ``absent`` names them.

    Attributes
    ----------
    notes, warnings
        Which words counted as empty cells, and what is doubtful about the cells that were read.

    Raises
    ------
    SurveyError
        The file cannot be read, has no rows or lacks columns; all that are missing are named.
    """

    def __init__(self, path: Path, columns: list[str], *, optional: tuple[str, ...] = ()) -> None:
        self.file = path.name
        self.sha256 = _sha256(path)
        found = _read(path, columns, optional)
        self.absent = [c for c in columns if c not in found]
        self.frame = found.assign(**dict.fromkeys(self.absent))[columns]
        if self.frame.empty:
            raise SurveyError(f"{path.name} has no rows.", cure="Give a table with one row a unit and survey.")
        self.notes = self._emptied()
        self.warnings: list[str] = []
        self._found = [no_faults()]

    @property
    def faults(self) -> pd.DataFrame:
        """Return the faults found so far, by row."""
        found = pd.concat([f for f in self._found if len(f)] or self._found[:1])
        return found.sort_values("row", kind="stable").reset_index(drop=True)

    def _emptied(self) -> list[str]:
        """Empty the cells with a word for unknown, and return how many there are of each word and column."""
        found = []
        for column in self.frame.columns[self.frame.dtypes.eq(object) | self.frame.dtypes.eq("string")]:
            text = self.frame[column].astype(str).str.strip()
            said = text[text.str.lower().isin(_UNKNOWN) & self.frame[column].notna()]
            self.frame[column] = self.frame[column].where(~self.frame.index.isin(said.index), None)
            found += [f"Cells of {column} that say {word} count as empty: {n:,}." for word, n in _counted_words(said)]
        return found

    def lost(self, columns: list[str]) -> pd.Series:
        """Return how many rows a fault in each of some columns costs, without those that cost none."""
        own = self.faults[self.faults["column"].isin(columns)]
        return own.drop_duplicates("row").groupby("column", sort=False).size()

    def add(self, wrong: pd.Series, column: str, rule: str, message: str, cure: str) -> None:
        """List the cells of a column where `wrong`."""
        rows = wrong.index[wrong]
        if not len(rows):
            return
        shown = self.frame.loc[rows, column].astype(str).str.slice(0, _SHOWN)
        said = {"file": self.file, "column": column, "rule": rule, "message": message, "cure": cure}
        found = pd.DataFrame(said | {"row": rows, "value": shown.to_numpy()}, columns=list(FAULT_COLUMNS))
        self._found.append(found.astype({"row": "Int64"}))

    def numbers(self, column: str) -> pd.Series:
        """Return a column as numbers; cells that are no finite numbers are listed and become missing."""
        given = self.frame[column]
        found = pd.to_numeric(given, errors="coerce").astype(float)
        self.add(found.isna() & given.notna(), column, "number", "No number.", "Write 1.23; an unknown one is empty.")
        endless = pd.Series(np.isinf(found.to_numpy()), index=found.index)
        self.add(endless, column, "finite", "Infinite.", "Leave the cell empty where nothing is known.")
        return found.where(~endless)

    def texts(self, column: str) -> pd.Series:
        """Return a column as trimmed text, whole numbers without their point; missing stays missing."""
        given = self.frame[column]
        text = given.astype(str).str.strip().str.replace(r"^(-?\d+)\.0+$", r"\1", regex=True)
        return text.astype(object).where(given.notna() & (text != ""), None)

    def days(self, column: str, *, form: str) -> pd.Series:
        """Return a column of dates as decimal years; cells that are no dates are listed and become missing."""
        given = self.frame[column]
        if isinstance(given.dtype, pd.DatetimeTZDtype):
            given = given.dt.tz_convert("UTC").dt.tz_localize(None)
        if pd.api.types.is_datetime64_dtype(given.dtype):
            found = given
        else:
            text = given.astype(str).str.strip().where(given.notna())
            tried = [pd.to_datetime(text, format=f, errors="coerce") for f in ([form] if form else _DATES)]
            found = min(tried, key=lambda one: int(one.isna().sum()))
            if not form and (found.isna() & text.notna()).any():
                found = _behind_strokes(text, file=self.file, column=column).fillna(found)
                found = found.fillna(_agency_dates(text[found.isna()]))
            self.warnings += _two_orders(text, form=form, column=column)
        cure = 'Write 2004-07-31 in the whole column, or say how in the mapping: date_format = "%d/%m/%Y".'
        self.add(found.isna() & given.notna(), column, "date", "No date in the format of the column.", cure)
        length = np.where(found.dt.is_leap_year, 366.0, 365.0)
        return (found.dt.year + (found.dt.day_of_year - 1) / length).astype(float)


def _behind_strokes(text: pd.Series, *, file: str, column: str) -> pd.Series:
    """Return dates with the year last where only one order of day and month fits the whole column, else none."""
    tried = [pd.to_datetime(text, format=f, errors="coerce") for f in _YEAR_LAST]
    whole = [one for one in tried if one.notna().eq(text.notna()).all()]
    if len(whole) > 1:
        raise SurveyError(
            f"{file}: the dates in {column} may have the day or the month first.",
            cure='Say it in the mapping: date_format = "%m/%d/%Y" where the month stands first.',
        )
    return whole[0] if whole else pd.Series(pd.NaT, index=text.index)


def _two_orders(text: pd.Series, *, form: str, column: str) -> list[str]:
    """Return a warning where some dates can only have the day first and others only the month first."""
    month, day = (pd.to_datetime(text, format=f, errors="coerce").notna() for f in _YEAR_LAST)
    only_day, only_month, either = (int(one.sum()) for one in (day & ~month, month & ~day, day & month))
    if not (only_day and only_month):
        return []
    read = f"these were read as {form} and may be wrong" if form in _YEAR_LAST else "these were not read"
    told = f" {either:,} may be either: {read}." if either else ""
    return [
        f"{column} mixes dates with the day first ({only_day:,} rows) and with the month first ({only_month:,} rows)."
        f"{told} Write 2004-07-31 in the whole column."
    ]


def _counted_words(said: pd.Series) -> list[tuple[str, int]]:
    return [(str(word), int(n)) for word, n in said.value_counts(sort=False).sort_index().items()]


def _agency_dates(text: pd.Series) -> pd.Series:
    """Return the dates of texts as the agency writes them, ROC years among them; no date is missing."""
    found = {}
    for one in text.dropna().unique():
        with contextlib.suppress(SurveyError):
            found[one] = pd.Timestamp(parse_date(one))
    return pd.to_datetime(text.map(found))


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise SurveyError(f"{path} cannot be read: {error.strerror}.", cure="Check the path of the table.") from error


def _read(path: Path, columns: list[str], optional: tuple[str, ...]) -> pd.DataFrame:
    """Return the wanted columns that are there; the index is the row as a text editor or a Parquet viewer counts it."""
    name = path.name.lower()
    if not name.endswith(_ENDINGS):
        raise SurveyError(f"{path.name} is no table that can be read.", cure=f"Give one of {', '.join(_ENDINGS)}.")
    try:
        if ".parquet" in name:
            source = io.BytesIO(gzip.decompress(path.read_bytes())) if name.endswith(".gz") else path
            columns = _there(pq.read_schema(source).names, columns, optional, file=path.name)
            return _counted(pq.read_table(source, columns=columns).to_pandas(), first=1)
        sign = "," if ".csv" in name else "\t"
        packed = "gzip" if name.endswith(".gz") else None
        top = pd.read_csv(path, sep=sign, header=None, nrows=1, dtype=str, encoding="utf-8-sig", compression=packed)
        there = [str(c).strip() for c in top.iloc[0]]
        columns = _there(there, columns, optional, file=path.name)
        at = [there.index(c) for c in columns]
        read = pd.read_csv(
            path,
            sep=sign,
            header=None,
            skiprows=1,
            usecols=at,
            dtype=str,
            encoding="utf-8-sig",
            compression=packed,
            skip_blank_lines=False,
            keep_default_na=False,
            na_values=[""],
        )
        return _counted(read[at].set_axis(columns, axis=1), first=2).dropna(how="all")
    except pd.errors.EmptyDataError:
        return pd.DataFrame(columns=columns)
    except _BROKEN as error:
        raise SurveyError(
            f"{path.name} cannot be read: {str(error).strip()[:200]}.",
            cure="Copy the file again, as UTF-8 text with one separator, or as Parquet.",
        ) from error


def _counted(frame: pd.DataFrame, *, first: int) -> pd.DataFrame:
    return frame.set_axis(pd.RangeIndex(first, first + len(frame)), axis=0)


def _there(there: list[str], columns: list[str], optional: tuple[str, ...], *, file: str) -> list[str]:
    """Return the columns that are there; each other must be optional, and none may stand twice."""
    wrong = [f"no column {c!r}" for c in columns if c not in there and c not in optional]
    wrong += [f"column {c!r} stands {there.count(c)} times" for c in columns if there.count(c) > 1]
    if wrong:
        raise SurveyError(
            f"{file}: {'; '.join(wrong)}. It has {', '.join(there)}.", cure="Correct the mapping or the table."
        )
    return [c for c in columns if c in there]
