"""Limits of recorded measures that an agency sets itself, since none could be confirmed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from pavement.errors import SettingsError
from pavement.schema import measures, read_table


def grade_limits(given: Mapping[str, Any]) -> pd.DataFrame:
    """
    Return the limits in force of measures that are graded by limits of their own, by kind.

    Parameters
    ----------
    given
        Kind → good and poor, which stand before those of ``tables/grade_limits.csv``.

    Returns
    -------
    limits
        Columns good and poor (unit of the kind), worse (high or low), source, status. Kinds without limits are left
        out.
    """
    table = read_table("grade_limits").set_index("kind")[["good", "poor", "source", "status"]]
    table = table.astype({"good": object, "poor": object})
    for kind, limits in given.items():
        table.loc[kind] = [limits["good"], limits["poor"], "setting grade_limits", "set by the agency"]
    table = table.assign(good=pd.to_numeric(table["good"]), poor=pd.to_numeric(table["poor"]))
    return table.assign(worse=measures()["worse"].reindex(table.index)).dropna(subset=["good", "poor"])


def limit_grade(value: float, *, limits: pd.Series) -> str:
    """Return good, fair or poor of a value by limits of :func:`grade_limits`; the limits themselves are fair."""
    sign = 1.0 if limits["worse"] == "high" else -1.0
    if sign * value < sign * float(limits["good"]):
        return "good"
    return "poor" if sign * value > sign * float(limits["poor"]) else "fair"


def checked_limits(given: Mapping[str, Any], *, where: str) -> dict[str, dict[str, float]]:
    """
    Return limits set by somebody, as kind → good and poor.

    Raises
    ------
    SettingsError
        A kind that is not in ``tables/grade_limits.csv``, limits that are no numbers, or a good limit on the worse side
        of the poor one.
    """
    table = read_table("grade_limits")
    return {kind: _checked(kind, limits, table["kind"].tolist(), where) for kind, limits in given.items()}


def _checked(kind: str, limits: Any, known: list[str], where: str) -> dict[str, float]:
    if kind not in known:
        raise SettingsError(f"{where}: grade_limits has no measure named {kind!r}.", cure=f"It has {', '.join(known)}.")
    values = limits if isinstance(limits, Mapping) and set(limits) == {"good", "poor"} else {}
    numbers = {name: float(v) for name, v in values.items() if isinstance(v, int | float) and math.isfinite(v)}
    if len(numbers) != 2:
        raise SettingsError(
            f"{where}: grade_limits.{kind} = {limits!r} is not two numbers.", cure="Write { good = 40, poor = 30 }."
        )
    low_is_worse = measures().loc[kind, "worse"] == "low"
    if (numbers["good"] < numbers["poor"]) == low_is_worse and numbers["good"] != numbers["poor"]:
        worse = "lower" if low_is_worse else "higher"
        raise SettingsError(
            f"{where}: grade_limits.{kind} has its good limit beyond the poor one.", cure=f"The {worse} value is worse."
        )
    return numbers
