"""Special marks of CODiS among its numbers: trace, accumulated later, and the many ways of saying nothing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from ingest.formats import format_table, limit

TRACE, ACCUMULATED = "trace", "accumulated"


@dataclass(frozen=True)
class Marked:
    """
    A column of CODiS as numbers.

    Attributes
    ----------
    value
        Numbers; a trace as ``rain_trace``, missing where a mark says so or nothing can be read.
    trace, accumulated, unreadable
        Where the mark of a trace, of rain accumulated later, or something that is neither number nor mark stands.
    """

    value: pd.Series
    trace: pd.Series
    accumulated: pd.Series
    unreadable: pd.Series


@cache
def _rules() -> dict[str, str]:
    table = format_table("codis_marks")
    return dict(zip(table["mark"], table["rule"], strict=True))


def marked(text: pd.Series) -> Marked:
    """Return the numbers and marks of a column of text cells."""
    cells = text.fillna("").astype(str).str.strip()
    # -9991 and -9991.0 are one mark
    rule = cells.map(_rules()).fillna(cells.str.removesuffix(".0").map(_rules())).fillna("")
    number = pd.to_numeric(cells.where(rule == ""), errors="coerce").astype(float)
    number = number.where(np.isfinite(number))
    trace, later = rule == TRACE, rule == ACCUMULATED
    value = number.mask(trace, limit("rain_trace"))
    return Marked(value, trace, later, (rule == "") & number.isna())


def spread(value: pd.Series, accumulated: pd.Series, *, block_ends: pd.Series) -> tuple[pd.Series, pd.Series]:
    """
    Return rain with accumulated amounts spread evenly, and where that was done.

    Parameters
    ----------
    value
        Rain in order of time; missing where it was accumulated into a later value. [mm]
    accumulated
        Where it was.
    block_ends
        Where the next row belongs to another station or does not follow in time: nothing is carried over it.

    Notes
    -----
    The value after a run of marks holds the rain of all of them. A run that no value ends stays missing: it is never 0.
    """
    # a block is a run of marks and the one row that ends it
    ends = ~accumulated | block_ends
    block = ends.shift(fill_value=False).cumsum()
    size, summed = block.groupby(block).transform("size"), value.groupby(block).transform("last")
    closed = (~accumulated).groupby(block).transform("last")
    shared = closed & (size > 1)
    return (summed / size).where(shared, value), shared & summed.notna()
