"""Dates of records that name a month alone, as the agency writes them (112.08)."""

from __future__ import annotations

import pandas as pd

from ingest.columns import text_of
from pavement.dates import month_start
from pavement.errors import Fault
from pavement.schema import schema


def whole_months(frame: pd.DataFrame, table: str, *, file: str) -> tuple[pd.DataFrame, list[Fault]]:
    """
    Return records whose dates that name a month alone are its first day, and a note for each column that has some.

    What may be two months (112.1, as a workbook shows 112.10) stays as it is written and is refused by the check.
    """
    spec = schema(table)
    notes: list[Fault] = []
    changed: dict[str, pd.Series] = {}
    for column in [c for c in spec.index[spec["type"] == "date"] if c in frame]:
        text = text_of(frame, column)
        first = text.map({t: month_start(t) for t in text.unique()})
        month = first.notna()
        if not month.any():
            continue
        changed[column] = frame[column].astype(object).where(~month, first.map(str))
        message = f"Dates of {column} that name a month alone: {int(month.sum()):,}; its first day stands for it."
        notes.append(Fault(file, None, column, "", "month", message, "Give the day if it is known."))
    return frame.assign(**changed), notes
