"""Units: conversion through a table of factors, exact and checked by quantity."""

from __future__ import annotations

from functools import cache
from typing import TypeVar

import numpy as np
import pandas as pd

from pavement.errors import UnitError
from pavement.schema import read_table

Values = TypeVar("Values", float, np.ndarray, pd.Series)


def convert(values: Values, *, source: str, target: str) -> Values:
    """
    Return values given in `source` units in `target` units; the kind of array is kept.

    Raises
    ------
    UnitError
        A unit is not in ``tables/units.csv``, or the two measure different quantities.
    """
    if source == target:
        return values
    table = read_table("units").set_index("unit")
    for unit in (source, target):
        if unit not in table.index:
            raise UnitError(f"Unit {unit!r} is not known.", cure=f"Known units: {', '.join(table.index)}.")
    a, b = table.loc[source], table.loc[target]
    if a["quantity"] != b["quantity"]:
        raise UnitError(f"{source!r} is a {a['quantity']}, {target!r} a {b['quantity']}.")
    in_si = values * float(a["factor"]) + float(a["offset"])
    return (in_si - float(b["offset"])) / float(b["factor"])


def unit_sign(unit: str, *, language: str) -> str:
    """Return a unit as people write it in a language (``zh…`` or ``en``): ``kN/µm`` for ``kN/um``, empty for ``-``."""
    return _signs("zh" if language.startswith("zh") else "en").get(unit, unit)


@cache
def _signs(column: str) -> dict[str, str]:
    """Return the written form of the units that differ from their names, read once: every shown value asks for it."""
    table = read_table("unit_signs").fillna("")
    return dict(zip(table["unit"].astype(str), table[column].astype(str), strict=True))
