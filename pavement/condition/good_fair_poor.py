"""Good, fair, poor: the grades of 23 CFR 490 from roughness, rut depth and area cracked."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from pavement.errors import SurveyError
from pavement.schema import measures, read_table
from pavement.units import convert

GRADES = ("good", "fair", "poor")
_KINDS = ("iri", "rut", "crack_percent")


def condition_limits(*, surface: str = "asphalt") -> pd.DataFrame:
    """
    Return the limits of a surface by kind, in the unit of the kind: good_below, poor_above, source, status.

    Raises
    ------
    SurveyError
        There are no limits for `surface`.
    """
    table = read_table("condition_limits")
    found = table[table["surface"] == surface].set_index("kind")
    if found.empty:
        known = ", ".join(sorted(set(table["surface"])))
        raise SurveyError(f"There are no condition limits for surface {surface!r}.", cure=f"Known: {known}.")
    units = measures()["unit"]
    for column in ("good_below", "poor_above"):
        found[column] = [
            convert(float(value), source=unit, target=units[kind])
            for kind, value, unit in zip(found.index, found[column], found["unit"], strict=True)
        ]
    return found.assign(unit=units.reindex(found.index))


def metric_grade(values: ArrayLike, *, kind: str, surface: str = "asphalt") -> NDArray[np.float64]:
    """
    Return the grade of one measure: 0 good, 1 fair, 2 poor, NaN where it is missing.

    Good lies below the lower limit, poor above the upper one; the limits themselves are fair.
    """
    limits = condition_limits(surface=surface).loc[kind]
    given = np.asarray(values, dtype=float)
    grade = 1.0 - (given < limits["good_below"]) + (given > limits["poor_above"])
    return np.where(np.isnan(given), np.nan, grade)


def section_grade(frame: pd.DataFrame, *, surface: str = "asphalt") -> pd.Series:
    """
    Return good, fair, poor or empty for each row with columns iri [m/km], rut [mm], crack_percent [%].

    Good when all measures are good, poor when two or more are poor, else fair. With measures missing a row is graded
    only where they could not change the grade.

    References
    ----------
    .. [1] 23 CFR 490.309-313; limits of rut depth and the rule of two to confirm.
    """
    kinds = [k for k in _KINDS if k in condition_limits(surface=surface).index]
    nothing = pd.Series(np.nan, index=frame.index)
    grades = np.column_stack([metric_grade(frame.get(k, nothing), kind=k, surface=surface) for k in kinds])
    missing = np.isnan(grades).sum(axis=1)
    poor, good = (grades == 2).sum(axis=1), (grades == 0).sum(axis=1)
    sure_poor, sure_good = poor >= 2, good == len(kinds)
    sure_fair = (poor + missing < 2) & (good + missing < len(kinds))
    words = np.select([sure_poor, sure_good, sure_fair], ["poor", "good", "fair"], default="")
    return pd.Series(words, index=frame.index, name="condition", dtype=str)
