"""Good, fair, poor: the grades of 23 CFR 490 from roughness, rut depth or faulting, and area cracked."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from pavement.errors import SurveyError
from pavement.schema import measures, read_table
from pavement.units import convert

GRADES = ("good", "fair", "poor")


def graded_kinds() -> list[str]:
    """Return every kind that the grade of some surface rests on."""
    return read_table("condition_limits")["kind"].unique().tolist()


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


def section_grade(frame: pd.DataFrame, *, surface: str | pd.Series = "asphalt") -> pd.Series:
    """
    Return good, fair, poor or empty for each row.

    Parameters
    ----------
    frame
        Columns iri [m/km], crack_percent [%], and rut [mm] (asphalt) or faulting [mm] (jointed concrete).
    surface
        asphalt, jointed or continuous, of all rows or of each.

    Notes
    -----
    Good when all measures are good, poor when two or more are poor (of two measures both), else fair. With measures
    missing a row is graded only where they could not change the grade. The rule asks for the share of cracked slabs of
    jointed pavement, and without transverse cracks for continuous; the area cracked stands for both, to confirm.

    References
    ----------
    .. [1] 23 CFR 490.309-313; limits of rut depth and faulting and the rule of two to confirm.
    """
    words = pd.Series("", index=frame.index, name="condition", dtype=str)
    for name, rows in _of_surfaces(frame, surface):
        kinds = condition_limits(surface=name).index
        nothing = pd.Series(np.nan, index=rows.index)
        grades = np.column_stack([metric_grade(rows.get(k, nothing), kind=k, surface=name) for k in kinds])
        missing = np.isnan(grades).sum(axis=1)
        poor, good = (grades == 2).sum(axis=1), (grades == 0).sum(axis=1)
        sure_poor, sure_good = poor >= 2, good == len(kinds)
        sure_fair = (poor + missing < 2) & (good + missing < len(kinds))
        words[rows.index] = np.select([sure_poor, sure_good, sure_fair], ["poor", "good", "fair"], default="")
    return words


def _of_surfaces(frame: pd.DataFrame, surface: str | pd.Series) -> list[tuple[str, pd.DataFrame]]:
    if isinstance(surface, str):
        return [(surface, frame)]
    return [(str(name), frame[surface == name]) for name in sorted(surface.unique())]


def grade_basis(frame: pd.DataFrame, coverage: pd.DataFrame, *, surface: str | pd.Series = "asphalt") -> pd.DataFrame:
    """
    Return what the grades of :func:`section_grade` rest on.

    Parameters
    ----------
    frame, surface
        As there; ``<kind>_surveyed_on`` where a kind is dated.
    coverage
        Share of the cell seen, a column a kind. [-]

    Returns
    -------
    basis
        condition_surveyed_on (oldest day among the measures used) and condition_coverage (least share among them [-]);
        missing where there is no grade to speak of because nothing was measured.
    """
    day = pd.Series(np.datetime64("NaT", "s"), index=frame.index)
    least = pd.Series(np.nan, index=frame.index)
    for name, rows in _of_surfaces(frame, surface):
        kinds = [k for k in condition_limits(surface=name).index if k in frame]
        used = rows[kinds].notna()
        days = {k: rows[f"{k}_surveyed_on"] for k in kinds if f"{k}_surveyed_on" in rows}
        if days:
            dated = pd.DataFrame(days)
            day[rows.index] = dated.where(used[dated.columns]).min(axis=1)
        least[rows.index] = coverage.reindex(columns=kinds).loc[rows.index].where(used).min(axis=1)
    return pd.DataFrame({"condition_surveyed_on": day, "condition_coverage": least})
