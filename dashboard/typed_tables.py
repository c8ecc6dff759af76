"""Tables that people type, paste or upload on a page: text to rows, from a spreadsheet or a CSV."""

from __future__ import annotations

import base64
import binascii
import csv
import io

import pandas as pd

from pavement.dates import calendar_year
from pavement.errors import PlanError, SurveyError
from pavement.written_text import cut_of, text_of

# a table of limits or budgets has some hundred rows
LARGEST = 200_000


def decoded(content: object, *, file: str) -> str:
    """
    Return the text of an uploaded file, from the data address that a browser makes of it.

    Raises
    ------
    PlanError
        It is too large, or no text in UTF-8, UTF-16 or Big5.
    """
    _, comma, data = content.partition(",") if isinstance(content, str) else ("", "", "")
    try:
        raw = base64.b64decode(data, validate=True) if comma else b""
    except binascii.Error:
        raw = b""
    if not raw or len(raw) > LARGEST:
        raise PlanError(
            f"{file} is empty or larger than {LARGEST // 1000} kB.", cure="Give a CSV file of the table alone."
        )
    try:
        return text_of(raw)
    except ValueError as error:
        raise PlanError(f"{file} is no text.", cure="Save the table as CSV in UTF-8, or paste its rows.") from error


def rows(text: str, *, file: str) -> pd.DataFrame:
    """
    Return typed or pasted rows as text, columns by number; cut at tabs, semicolons or commas, empty rows left out.

    Raises
    ------
    PlanError
        The rows are no table.
    """
    if len(text) > LARGEST:
        raise PlanError(f"{file} is larger than {LARGEST // 1000} kB.", cure="Give the table alone.")
    try:
        found = [
            [cell.strip() for cell in row] for row in csv.reader(io.StringIO(text.strip("\n")), delimiter=cut_of(text))
        ]
    except csv.Error as error:
        raise PlanError(f"{file} is no table: {error}.", cure="Write one row a line, cut by commas or tabs.") from error
    filled = [row for row in found if any(row)]
    width = max((len(row) for row in filled), default=0)
    return pd.DataFrame([row + [""] * (width - len(row)) for row in filled], dtype=object)


def table(text: str, *, file: str) -> pd.DataFrame:
    """Return typed or pasted rows under their heading, as text, years of the ROC as calendar years."""
    found = rows(text, file=file)
    if not len(found):
        return pd.DataFrame()
    heading = [str(cell).strip().lower() for cell in found.iloc[0]]
    return in_calendar_years(found.iloc[1:].set_axis(heading, axis=1).reset_index(drop=True))


def in_calendar_years(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table of text whose column ``year`` is in calendar years; what is no year stays, to be told of."""
    return frame.assign(year=frame["year"].map(_calendar)) if "year" in frame and frame.columns.is_unique else frame


def _calendar(text: object) -> str:
    try:
        return str(calendar_year(str(text)))
    except SurveyError:
        return str(text)
