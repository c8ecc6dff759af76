"""Units: conversion through a table of factors, exact and checked by quantity."""

from __future__ import annotations

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
