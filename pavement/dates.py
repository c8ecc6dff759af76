"""Dates as the agency writes them: ROC years at the faces, ISO dates inside."""

from __future__ import annotations

import datetime as dt
import re

from pavement.errors import SurveyError

ROC_OFFSET = 1911
_SEPARATED = re.compile(r"^(\d{2,4})\s*[./\-年]\s*(\d{1,2})\s*[./\-月]\s*(\d{1,2})\s*日?$")
_PACKED = re.compile(r"^(\d{7,8})$")
# one digit behind a point or a dash may be a tenth: a workbook shows October, 112.10, as 112.1
_MONTH = re.compile(r"^(\d{2,4})\s*(?:[./\-]\s*(\d{2})|/\s*(\d)|年\s*(\d{1,2})\s*月)$")
_TENTH = re.compile(r"^(\d{2,4})\s*[.\-]\s*([1-9])$")
_YEAR = re.compile(r"^(\d{2,4})\s*年?$")
_YEAR_LIMITS = (1950, 2100)


def parse_date(text: str) -> dt.date:
    """
    Return a date read from ``2024-03-02``, ``113/3/2``, ``113.03.02``, ``1130302`` or ``113年3月2日``.

    Years of two or three digits are ROC years (AD = ROC + 1911); day-first dates are not accepted.

    Raises
    ------
    SurveyError
        The text is no date, or the year lies outside 1950-2100.
    """
    stripped = text.strip().removeprefix("民國").strip()
    if match := _SEPARATED.match(stripped):
        year, month, day = match.groups()
    elif match := _PACKED.match(stripped):
        year, month, day = stripped[:-4], stripped[-4:-2], stripped[-2:]
    else:
        raise SurveyError(f"{text!r} is not a date.", cure="Write 2024-03-02 or ROC 113/03/02.")
    return _date(text, int(year) + (ROC_OFFSET if len(year) < 4 else 0), int(month), int(day))


def month_start(text: str) -> dt.date | None:
    """
    Return the first day of a month written alone, ``112.08``, ``112/8``, ``112年8月`` or ``2023-08``; else None.

    ``112.1`` is none: it may be January or October.
    """
    match = _MONTH.match(text.strip().removeprefix("民國").strip())
    if not match:
        return None
    year, *months = match.groups()
    try:
        return _date(text, int(year) + (ROC_OFFSET if len(year) < 4 else 0), int(next(m for m in months if m)), 1)
    except SurveyError:
        return None


def date_cure(text: str) -> str:
    """Return what to write in place of a text that is no date; of a month alone, why it is none."""
    match = _TENTH.match(text.strip().removeprefix("民國").strip())
    if match is None:
        return "Write 2024-03-02 or ROC 113/03/02."
    year, month = match.groups()
    if month == "1":
        return (
            f"It may be January or October, since a workbook shows {year}.10 as {year}.1: "
            f"write {year}/01/01 or {year}/10/01."
        )
    return f"Write the month with two digits, {year}.0{month}, or the day, {year}/0{month}/01."


def _date(text: str, year: int, month: int, day: int) -> dt.date:
    try:
        date = dt.date(year, month, day)
    except ValueError as error:
        raise SurveyError(f"{text!r} is not a date: {error}.", cure="Check month and day.") from error
    if not _YEAR_LIMITS[0] <= date.year <= _YEAR_LIMITS[1]:
        raise SurveyError(f"{text!r} is the year {date.year}.", cure="Years 1950 to 2100 are accepted.")
    return date


def calendar_year(text: str) -> int:
    """
    Return the calendar year of ``2022``, ``111``, ``111年`` or ``民國111年``; two or three digits are an ROC year.

    Raises
    ------
    SurveyError
        The text is no year, or lies outside 1950-2100.
    """
    match = _YEAR.match(text.strip().removeprefix("民國").strip())
    if not match:
        raise SurveyError(f"{text!r} is not a year.", cure="Write 2024 or ROC 113.")
    year = int(match[1]) + (ROC_OFFSET if len(match[1]) < 4 else 0)
    if not _YEAR_LIMITS[0] <= year <= _YEAR_LIMITS[1]:
        raise SurveyError(f"{text!r} is the year {year}.", cure="Years 1950 to 2100 are accepted.")
    return year


def roc_date(date: dt.date) -> str:
    """Return a date as the agency writes it, ``113/03/02``."""
    return f"{roc_year(date.year)}/{date.month:02d}/{date.day:02d}"


def roc_year(year: int) -> int:
    """Return the ROC year of an AD year [year]."""
    return year - ROC_OFFSET
