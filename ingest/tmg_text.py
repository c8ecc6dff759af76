"""Class records ("C") of the FHWA Traffic Monitoring Guide: fixed columns of 2001 and later, or delimited."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ingest.fault_list import Marks

_WIDE = 5
# ends of the fields before the classes: type, state, station, direction, lane, year, month, day, hour, total
_HEAD = {2: (1, 3, 9, 10, 11, 13, 15, 17, 19, 24), 4: (1, 3, 9, 10, 11, 15, 17, 19, 21, 26)}
_NAMES = ("type", "state", "station", "direction", "lane", "year", "month", "day", "hour", "total")
CLASSES = tuple(range(1, 16))
_COUNTS = [f"class_{n}" for n in CLASSES]
LETTERS = {"1": "N", "3": "E", "5": "S", "7": "W"}


def class_records(text: str, *, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Return class records, and a fault for each line that is none.

    Parameters
    ----------
    text
        Lines of one file.
    file
        Name shown in faults.

    Returns
    -------
    records, faults
        Columns state, station, direction (compass letter), lane, day, hour, total [veh], class_1 … class_15 [veh]
        (missing behind the last one written) and ``_row``.

    Notes
    -----
    The layout is told from each line: with ``|`` the delimited one of 2022; of fixed columns 89, 94 or 99 letters are
    13 to 15 classes behind a year of two digits (2001), 91, 96 or 101 behind one of four (2013). Only the layout of
    2001 was checked against a published table; the other two are to confirm.
    """
    lines = text.splitlines()
    cells = [_cells(line.rstrip("\r\n")) for line in lines]
    frame = pd.DataFrame(cells, columns=[*_NAMES, *_COUNTS], dtype=object)
    frame["_row"] = np.arange(1, len(frame) + 1)
    frame = frame[[line.strip() != "" for line in lines]].reset_index(drop=True)
    return _typed(frame, file=file) if len(frame) else (_typed_columns(frame), Marks(frame, file=file).frame())


def _cells(line: str) -> Sequence[str | None]:
    if "|" in line:
        parts: list[str | None] = [p.strip() for p in line.split("|")]
        known = line[:1] == "C" and len(_NAMES) + 13 <= len(parts) <= len(_NAMES) + 15
        return [*parts, *[None] * 15][: len(_NAMES) + 15] if known else [line[:1], *[None] * (len(_NAMES) + 14)]
    for digits, ends in _HEAD.items():
        count = (len(line) - ends[-1]) // _WIDE
        if line[:1] == "C" and len(line) in [ends[-1] + _WIDE * n for n in (13, 14, 15)]:
            starts = (0, *ends[:-1])
            head = [line[a:b].strip() for a, b in zip(starts, ends, strict=True)]
            counts = [line[ends[-1] + _WIDE * n : ends[-1] + _WIDE * (n + 1)].strip() for n in range(count)]
            head[5] = head[5] if digits == 4 else _century(head[5])
            return [*head, *counts, *[None] * (15 - count)]
    return [line[:1], *[None] * (len(_NAMES) + 14)]


def _century(digits: str) -> str:
    return digits if not digits.isdigit() else f"{'20' if int(digits) < 50 else '19'}{int(digits):02d}"


def _typed(frame: pd.DataFrame, *, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    marks = Marks(frame, file=file)
    other = (frame["type"] != "C") | frame["station"].isna()
    cure = "Class records are C with 89, 94 or 99 letters (2001), 91, 96 or 101 (2013), or delimited by |."
    marks.add(other, "type", "layout", "The line is no class record of a known layout.", cure, frame["type"])
    numbers = frame[["year", "month", "day", "hour", "total", *_COUNTS]].apply(_whole)
    written = frame[numbers.columns].notna() & (frame[numbers.columns] != "")
    wrong = (written & numbers.isna()).any(axis=1) | numbers[["year", "hour", "total", *_COUNTS[:13]]].isna().any(
        axis=1
    )
    marks.add(wrong, "total", "type", "A number of the record cannot be read.", "Write whole numbers.", frame["total"])
    day = pd.to_datetime(numbers[["year", "month", "day"]], errors="coerce")
    dated = frame["year"].astype(str) + "-" + frame["month"].astype(str) + "-" + frame["day"].astype(str)
    marks.add(day.isna() | ~numbers["hour"].between(0, 23), "day", "date", "{value} or its hour is none.", "", dated)
    letter = frame["direction"].map(LETTERS)
    cure = "Directions between two compass letters, and both together, are not used."
    marks.add(letter.isna(), "direction", "direction", "Direction {value!r} is not 1, 3, 5 or 7.", cure)
    total = numbers[_COUNTS].sum(axis=1)
    said = total.map("{:.0f}".format) + " against a total of " + numbers["total"].map("{:.0f}".format)
    message = "The classes make {value}."
    marks.add(total != numbers["total"], "total", "traffic share", message, "Correct the record.", said)
    found = frame[["state", "station", "lane", "_row"]].assign(direction=letter, day=day)
    return _typed_columns(found.join(numbers[["hour", "total", *_COUNTS]])[~marks.any]), marks.frame()


def _typed_columns(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.reindex(columns=["state", "station", "direction", "lane", "day", "hour", "total", *_COUNTS, "_row"])


def _whole(values: pd.Series) -> pd.Series:
    text = values.astype(object).where(values.notna(), "").astype(str)
    return pd.to_numeric(text.where(text.str.fullmatch(r"\d{1,9}")), errors="coerce").astype(float)
