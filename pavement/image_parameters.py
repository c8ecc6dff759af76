"""Thresholds of the image work that an agency may set, checked against ``pavement/tables/image_thresholds.csv``."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from pavement.errors import SettingsError
from pavement.schema import read_table


def thresholds() -> pd.DataFrame:
    """
    Return the thresholds that may be set, by name.

    Returns
    -------
    thresholds
        Columns value (in force unless set), min, max, unit, below (threshold that it must not exceed, or empty), higher
        (what a higher value does) and note.
    """
    known = read_table("imagery").set_index("parameter")[["value", "unit", "note"]]
    return read_table("image_thresholds").set_index("parameter").join(known)


def checked_parameters(given: Mapping[str, Any], *, where: str) -> dict[str, float]:
    """
    Return thresholds set by somebody, in the units of the table.

    Parameters
    ----------
    given
        Name → value.
    where
        Where they stand, for the message.

    Raises
    ------
    SettingsError
        An unknown name, a value that is no number or outside its limits, or above the threshold it has to stay below.
    """
    table = thresholds()
    values = {name: _within(name, value, table, where) for name, value in given.items()}
    now = table["value"].to_dict() | values
    for name, above in table.loc[table["below"] != "", "below"].items():
        if now[name] > now[above] and {name, above} & set(values):
            raise SettingsError(
                f"{where}: image_parameters.{name} = {now[name]:g} is above {above} = {now[above]:g}.",
                cure=f"Set both, {name} at most as high as {above}.",
            )
    return values


def _within(name: str, value: Any, table: pd.DataFrame, where: str) -> float:
    if name not in table.index:
        near = difflib.get_close_matches(name, list(table.index), n=1, cutoff=0.0)[0]
        raise SettingsError(
            f"{where}: image_parameters has no threshold named {name!r}.",
            cure=f"The nearest is {near}. All stand in docs/imagery.md.",
        )
    rule = table.loc[name]
    number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
    # written so that "not a number" is refused too
    if not rule["min"] <= number <= rule["max"]:
        unit = "" if rule["unit"] == "-" else f" {rule['unit']}"
        raise SettingsError(
            f"{where}: image_parameters.{name} = {value!r} is not {rule['min']:g} to {rule['max']:g}{unit}.",
            cure=f"Without it {rule['value']:g}{unit} is in force; higher: {rule['higher']}.",
        )
    return number
