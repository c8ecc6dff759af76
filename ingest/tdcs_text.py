"""Files of the freeway traffic archive (TDCS) as columns of codes, with the place in its file of every row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pc
from numpy.typing import NDArray

from ingest.formats import limit
from ingest.package import PackageFile, shown
from ingest.tars import Member, tar_members
from pavement.errors import Fault, SurveyError
from pavement.settings import Settings

Ints = NDArray[np.int64]
# the columns of the sets, which have no header row (TDCS in docs/sources.md)
COLUMNS = {
    "M03A": ("time", "gantry", "direction", "vehicle_class", "volume"),
    "M05A": ("time", "gantry", "gantry_to", "vehicle_class", "speed", "volume"),
    "M06A": ("vehicle_class", "time", "gantry", "time_to", "gantry_to", "length", "ended", "information"),
}
_UNREAD = {"information"}
_SET = re.compile(r"M0[356]A")
_DATE = re.compile(r"(?<!\d)(20\d{2}[01]\d[0-3]\d)(?!\d)")
_TIME = re.compile(r"(\d{4})([/-])(\d{1,2})\2(\d{1,2})[ T](\d{1,2}):(\d{2})(?::(\d{2}))?")
_PACKED = (".tar.gz", ".tgz", ".tar")


@dataclass(frozen=True)
class Group:
    """Files that are read together: the set they are of, and the files of the package they come from."""

    kind: str
    files: list[PackageFile]

    def members(self, settings: Settings) -> Iterator[Member]:
        """Yield the files of the group, those of archives one by one."""
        for file in self.files:
            if file.name.lower().endswith(_PACKED):
                inner = (m for m in tar_members(file.path, settings=settings, name=shown(file.name)))
                yield from (m for m in inner if m.content)
            else:
                yield Member(file.name, file.path.read_bytes())


def groups(files: Sequence[PackageFile], *, said: str) -> list[Group]:
    """
    Return the files of an entry in groups: an archive by itself, loose files of one set and date together.

    Parameters
    ----------
    files
        Files of the entry, sorted by name.
    said
        Set that the manifest names for files whose name tells none; empty where it names none.

    Raises
    ------
    SurveyError
        A name tells no set, and the manifest neither.
    """
    found: dict[tuple[str, str], Group] = {}
    for file in files:
        match = _SET.search(file.name)
        kind = said or (match.group() if match else "")
        if kind not in COLUMNS:
            raise SurveyError(
                f"{shown(file.name)}: its name tells none of the sets {', '.join(COLUMNS)}.",
                cure='Keep the names of the archive, or say options = { set = "M03A" }.',
            )
        date = _DATE.search(file.name)
        alone = file.name.lower().endswith(_PACKED) or date is None
        key = (kind, file.name if alone else str(date.group() if date else ""))
        found.setdefault(key, Group(kind, [])).files.append(file)
    return list(found.values())


@dataclass
class Told:
    """What is wrong with many rows, each rule and value told once with its count; not frozen because it is a tally."""

    found: dict[tuple[str, str, str], list[object]] = field(default_factory=dict)
    more: int = 0

    def add(self, rule: str, column: str, value: str, *, count: int, file: str, row: int | None) -> None:
        """Count rows under a rule, a column and the value that stands there."""
        key = (rule, column, value[:80])
        if key not in self.found and len(self.found) >= limit("tdcs_faults"):
            self.more += count
            return
        first = self.found.setdefault(key, [0, file, row])
        first[0] = int(str(first[0])) + count

    def join(self, other: Told) -> None:
        """Add what another tally holds."""
        for (rule, column, value), (count, file, row) in other.found.items():
            place = None if row is None else int(str(row))
            self.add(rule, column, value, count=int(str(count)), file=str(file), row=place)
        self.more += other.more

    def faults(self, cure: Callable[[str, str], str]) -> list[Fault]:
        """Return one fault a rule, column and value; `cure` gives what to do from rule and value."""
        listed = [
            Fault(
                str(file), None if row is None else int(str(row)), column, value, rule,
                f"{column} = {shown(value)!r} in {int(str(count)):,} row(s), first here.", cure(rule, value),
            )
            for (rule, column, value), (count, file, row) in self.found.items()
        ]  # fmt: skip
        if self.more:
            message = f"{self.more:,} further rows have other faults."
            listed.append(Fault("", None, "", "", "further", message, "Correct these first."))
        return listed


class Rows:
    """
    Rows of some files: a code for each cell into the texts of its column, and where each row stands.

    A class because every column is asked for its texts and its faults by the same places.

    Parameters
    ----------
    kind
        Set, a key of :data:`COLUMNS`.
    members
        Files without header row.
    told
        Takes rows with too few or too many fields.
    """

    def __init__(self, kind: str, members: Sequence[Member], told: Told) -> None:
        self.told = told
        self._names = [shown(m.name) for m in members]
        self._bodies = [_body(m.content) for m in members]
        self._skipped: list[int] = []
        self._table = _table(kind, b"".join(self._bodies), self._skipped)
        if self._skipped:
            self._tell(self._skipped[0], "fields", "row", f"not {len(COLUMNS[kind])} fields", len(self._skipped))

    def __len__(self) -> int:
        return self._table.num_rows

    def codes(self, column: str) -> tuple[Ints, list[str]]:
        """Return the code of each row and the texts they stand for."""
        data = self._table[column].chunk(0) if len(self) else pa.array([], pa.binary()).dictionary_encode()
        raw = data.fill_null(b"") if data.null_count else data
        texts = [t.decode("utf-8", "replace").strip() for t in raw.dictionary.to_pylist()]
        return raw.indices.to_numpy(zero_copy_only=False).astype(np.int64), texts

    def tell(self, wrong: NDArray[np.bool_], column: str, rule: str) -> None:
        """Tell of rows whose cell of a column is wrong, once for each text."""
        if not wrong.any():
            return
        codes, texts = self.codes(column)
        at = np.flatnonzero(wrong)
        values, first, counts = np.unique(codes[at], return_index=True, return_counts=True)
        for value, where, count in zip(values[:200], at[first][:200], counts[:200], strict=True):
            self._tell(int(self._lines[where]), rule, column, texts[value], int(count))
        self.told.more += int(counts[200:].sum())

    def tell_together(self, wrong: NDArray[np.bool_], value: str, rule: str) -> None:
        """Tell of whole rows that are wrong, in one count under a value."""
        if wrong.any():
            self._tell(int(self._lines[int(np.argmax(wrong))]), rule, "row", value, int(wrong.sum()))

    @cached_property
    def _lines(self) -> Ints:
        """Line of each row among all lines, counted only once something is wrong."""
        return np.delete(np.arange(self._starts[-1]), self._skipped)

    @cached_property
    def _starts(self) -> Ints:
        return np.cumsum([0, *(b.count(b"\n") for b in self._bodies)])

    def _tell(self, line: int, rule: str, column: str, value: str, count: int) -> None:
        member = min(int(np.searchsorted(self._starts, line, side="right")) - 1, len(self._names) - 1)
        row = line - int(self._starts[member]) + 1
        self.told.add(rule, column, value, count=count, file=self._names[member], row=row)


def _body(content: bytes) -> bytes:
    """Return the lines of a file without byte order mark, each ended by one sign; blank lines count as rows too few."""
    plain = content.removeprefix(b"\xef\xbb\xbf")
    if b"\r" in plain:
        plain = plain.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if not plain.isascii():  # the parser cannot tell of a row that is no UTF-8
        plain = plain.decode("utf-8", "replace").encode()
    plain = plain.rstrip(b"\n")
    return plain + b"\n" if plain else b""


def _table(kind: str, body: bytes, skipped: list[int]) -> pa.Table:
    names = COLUMNS[kind]
    read = [n for n in names if n not in _UNREAD]
    # every column as codes: times, gantries and classes repeat, and a text is then looked at once
    code = pa.dictionary(pa.int32(), pa.binary())
    if not body:
        return pa.table({n: pa.array([], pa.binary()).dictionary_encode() for n in read})

    def skip(row: pc.InvalidRow) -> str:
        skipped.append(int(row.number) - 1)
        return "skip"

    try:
        found = pc.read_csv(
            pa.BufferReader(body),
            read_options=pc.ReadOptions(column_names=list(names), use_threads=False, block_size=len(body) + 1),
            parse_options=pc.ParseOptions(quote_char=False, invalid_row_handler=skip, ignore_empty_lines=False),
            convert_options=pc.ConvertOptions(
                column_types=dict.fromkeys(read, code), include_columns=read, null_values=[], check_utf8=False
            ),
        )
    except (pa.ArrowException, ValueError, MemoryError) as error:
        message = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise SurveyError(f"The rows cannot be read ({message}).", cure="Send the file again.") from error
    return found.unify_dictionaries().combine_chunks()


def moments(texts: Sequence[str], *, minutes: int = 1) -> tuple[Ints, Ints]:
    """
    Return day (since 1970) and interval of the day of times in both writings; -1 where one cannot be read.

    Parameters
    ----------
    texts
        ``2024/03/01 00:05`` or ``2024-03-01 00:05``, seconds allowed.
    minutes
        Length of an interval; a time that is not at the start of one cannot be read. [min]
    """
    read = [_moment(text) for text in texts]
    day = np.array([d for d, _ in read], dtype=np.int64)
    minute = np.array([m for _, m in read], dtype=np.int64)
    wrong = (day < 0) | (minute % minutes != 0)
    return np.where(wrong, -1, day), np.where(wrong, -1, minute // minutes)


def _moment(text: str) -> tuple[int, int]:
    match = _TIME.fullmatch(text)
    if not match:
        return -1, 0
    year, _, month, day, hour, minute, second = match.groups()
    try:
        date = np.datetime64(f"{year}-{int(month):02d}-{int(day):02d}", "D")
    except ValueError:
        return -1, 0
    if int(hour) > 23 or int(minute) > 59 or int(second or 0) > 59:
        return -1, 0
    return int(date.astype(np.int64)), int(hour) * 60 + int(minute)


def numbers(texts: Sequence[str]) -> NDArray[np.float64]:
    """Return plain numbers, NaN for what is none or empty."""
    plain = pd.Series(texts, dtype=object)
    usable = plain.str.fullmatch(r"\d{1,9}(\.\d{1,6})?").astype(bool)
    return pd.to_numeric(plain.where(usable), errors="coerce").to_numpy(float)
