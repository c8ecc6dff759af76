"""Distresses of a sample unit as the PCI takes them: names, severities, quantities and sizes, checked."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from pavement.condition.pci_curves import SEVERITIES
from pavement.errors import SurveyError
from pavement.schema import read_table

PAVEMENTS = ("asphalt", "concrete")
_COLUMNS = ("unit", "distress", "severity", "quantity")
_LETTERS = {severity[0]: severity for severity in SEVERITIES} | {"none": "", "nan": "", "<na>": ""}


@cache
def known_distresses(pavement: str) -> pd.DataFrame:
    """
    Return the distresses of a pavement by name: number, measured (area, length, count, slabs), unit, graded, zh, en.

    Raises
    ------
    SurveyError
        `pavement` is neither asphalt nor concrete.
    """
    if pavement not in PAVEMENTS:
        raise SurveyError(f"There is no PCI of {pavement!r} pavement.", cure=f"Use one of {list(PAVEMENTS)}.")
    table = read_table("pci_distresses")
    return table[table["pavement"] == pavement].set_index("distress")


def distress_names(given: pd.Series, known: pd.DataFrame) -> pd.Series:
    """Return distresses by their names in `known`, given by name or number in any writing; others as they stand."""
    text = given.astype(object).fillna("").astype(str).str.strip().str.removesuffix(".0")
    names = {str(int(number)): str(name) for name, number in known["number"].items()}
    names |= {str(name): str(name) for name in known.index}
    plain = text.str.casefold().str.replace(r"[\W_]+", "_", regex=True).str.strip("_")
    return plain.map(names).fillna(text)


def severity_words(given: pd.Series) -> pd.Series:
    """Return severities as low, medium or high, empty where there is none; what is none of them as it stands."""
    text = given.astype(object).fillna("").astype(str).str.strip()
    plain = text.str.casefold()
    plain = plain.map(_LETTERS).fillna(plain)
    return plain.where(plain.isin(["", *SEVERITIES]), text)


def ungraded(known: pd.DataFrame) -> list[str]:
    """Return the distresses that have no grades of severity."""
    return [str(name) for name in known.index[known["graded"] == "no"].unique()]


def checked_distresses(found: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Return unit, distress, severity and quantity of each row, or raise SurveyError with all that is wrong."""
    missing = [column for column in _COLUMNS if column not in found]
    if missing:
        raise SurveyError(
            f"A table of distresses has no column {', '.join(missing)}.",
            cure="It needs distress, severity and quantity.",
        )
    names, severity = distress_names(found["distress"], known), severity_words(found["severity"])
    without = names.isin(ungraded(known))
    quantity = pd.to_numeric(found["quantity"], errors="coerce").astype(float)
    # the curves of a distress without grades are all the same
    rows = pd.DataFrame(
        {"unit": found["unit"], "distress": names, "severity": severity.mask(without, "low"), "quantity": quantity}
    )
    _refuse(found, rows, known)
    return rows


def _refuse(found: pd.DataFrame, rows: pd.DataFrame, known: pd.DataFrame) -> None:
    wrong = {
        "distress": ~rows["distress"].isin(known.index),
        "severity": ~rows["severity"].isin(SEVERITIES),
        "quantity": ~(np.isfinite(rows["quantity"]) & (rows["quantity"] >= 0)),
    }
    cures = {
        "distress": f"Known: {', '.join(known.index)}.",
        "severity": f"Use low, medium or high; only {', '.join(ungraded(known))} may go without.",
        "quantity": "Give a number of 0 or more.",
    }
    faults = [
        f"{column} {found.loc[bad, column].iloc[0]!r} of {found.loc[bad, 'distress'].iloc[0]!r}"
        for column, bad in wrong.items()
        if bad.any()
    ]
    if faults:
        cure = " ".join(cures[column] for column, bad in wrong.items() if bad.any())
        raise SurveyError(f"Distresses hold what the PCI does not know: {', '.join(faults)}.", cure=cure)


def checked_sizes(areas: pd.Series) -> pd.Series:
    """Return sizes of sample units as numbers above 0, or raise SurveyError naming the first that is none."""
    sizes = pd.to_numeric(areas, errors="coerce").astype(float)
    wrong = ~(np.isfinite(sizes) & (sizes > 0))
    if wrong.any():
        raise SurveyError(
            f"A sample unit has an area of {areas[wrong].iloc[0]}.",
            cure="Give its m2, or of concrete its slabs, as a number above 0.",
        )
    return sizes


def beyond_all(rows: pd.DataFrame, sizes: pd.Series) -> pd.Series:
    """Return which rows (unit, distress, quantity) are of a distress on more slabs than their unit has (`sizes`)."""
    return rows.groupby(["unit", "distress"], sort=False)["quantity"].transform("sum") > sizes + 1e-9


def refuse_more_than_all(rows: pd.DataFrame, sizes: pd.Series) -> None:
    """Raise SurveyError where a distress of concrete is on more slabs than its unit has."""
    size = rows["unit"].map(sizes)
    beyond = beyond_all(rows, size)
    if beyond.any():
        first = rows[beyond].iloc[0]
        raise SurveyError(
            f"{first['distress']} is on more slabs than the {size[beyond].iloc[0]:g} of its sample unit.",
            cure="Of concrete, quantities and the area are numbers of slabs; a slab counts once for each distress.",
        )
