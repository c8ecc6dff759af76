"""Condition indices by formula tables: each says what it needs and how far its formula is confirmed."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from pavement.errors import SurveyError
from pavement.schema import measures, read_table
from pavement.units import convert

FUNCTIONS = ("power", "ln", "exp")


def table_indices() -> list[str]:
    """Return the indices that ``tables/indices.csv`` lists; a row there and its terms make a new one."""
    return read_table("indices")["index"].tolist()


def graded_indices() -> list[str]:
    """Return the indices that have words for their values, ``tables/index_grades.csv``."""
    return read_table("index_grades")["index"].unique().tolist()


def index_terms(index: str) -> pd.DataFrame:
    """
    Return the terms of an index, rows of ``tables/index_terms.csv``.

    Raises
    ------
    SurveyError
        The index is not known.
    """
    table = read_table("index_terms")
    found = table[table["index"] == index]
    if index not in table_indices() or found.empty:
        raise SurveyError(
            f"There is no formula of an index {index!r}.", cure="Add it to tables/indices.csv and index_terms.csv."
        )
    return found


def index_status(index: str) -> str:
    """Return ``verified`` when every coefficient of an index is, else ``to confirm``."""
    return "verified" if (index_terms(index)["status"] == "verified").all() else "to confirm"


def table_index(frame: pd.DataFrame, *, index: str) -> pd.Series:
    """
    Return an index by its formula table. [-]

    Parameters
    ----------
    frame
        A column for each kind, in the unit of the kind. What is missing counts as not measured.
    index
        An index of :func:`table_indices`.

    Notes
    -----
    The lowest of the forms ``start - sum(coefficient x f(value))``, where f is ``power`` value^exponent, ``ln``
    ln(max(value, least)), or ``exp`` e^(exponent x value), of the value in the unit of the term. Forms of which a
    value is missing are left out; where a form that the index needs is missing there is no index.
    """
    rule = read_table("indices").set_index("index").loc[index] if index in table_indices() else None
    forms = {
        str(form): float(rule["start"]) - _lost(frame, rows)
        for form, rows in index_terms(index).groupby("form", sort=False)
        if rule is not None
    }
    table = pd.DataFrame(forms, index=frame.index)
    needed = [] if rule is None else str(rule["needed"]).split("|")
    return table.min(axis=1).where(table[needed].notna().all(axis=1)).rename(index)


def _lost(frame: pd.DataFrame, terms: pd.DataFrame) -> pd.Series:
    """Return what the terms of one form take away."""
    parts = [_term(_values(frame, str(row["kind"]), str(row["unit"])), row) for _, row in terms.iterrows()]
    return pd.concat(parts, axis=1).sum(axis=1, skipna=False)


def _values(frame: pd.DataFrame, kind: str, unit: str) -> pd.Series:
    if kind not in frame:
        return pd.Series(np.nan, index=frame.index)
    own = measures()["unit"].get(kind, unit)
    return frame[kind].astype(float) * float(convert(1.0, source=str(own), target=unit))


def _term(values: pd.Series, row: pd.Series) -> pd.Series:
    coefficient, function = float(row["coefficient"]), str(row["function"])
    if function == "power":
        return coefficient * values ** float(row["exponent"])
    if function == "ln":
        return coefficient * np.log(values.clip(lower=float(row["least"])))
    if function == "exp":
        return coefficient * np.exp(float(row["exponent"]) * values)
    raise SurveyError(f"An index has the function {function!r}.", cure=f"Use one of {', '.join(FUNCTIONS)}.")


def maintenance_control_index(frame: pd.DataFrame) -> pd.Series:
    """
    Return the Maintenance Control Index (MCI) of Japan, 10 at best; to confirm. [-]

    Parameters
    ----------
    frame
        Columns crack_percent [%], rut [mm] and, where measured, flatness: standard deviation of the 3 m profilometer
        [mm]. Forms whose measures are missing are left out; without cracks or ruts there is no index.

    References
    ----------
    .. [1] Ministry of Construction of Japan, 1981; coefficients recalled, see the status column.
    """
    return table_index(frame, index="mci")


def serviceability(iri: pd.Series) -> pd.Series:
    """
    Return present serviceability ``5 exp(-0.0041 IRI)``, IRI in in/mi [-], from roughness [m/km]; to confirm.

    References
    ----------
    .. [1] Al-Omari and Darter, TRR 1435, 1994 (to confirm).
    """
    return table_index(iri.to_frame("iri"), index="psi")


def taipei_index(frame: pd.DataFrame) -> pd.Series:
    """
    Return Taipei's pavement quality index ``5 - 0.612 ln(IRI) - 0.127 sqrt(crack) - 0.253 ln(rut)``. [-]

    Act below 3.2. Roughness [m/km] and rut depth [mm] under 1 count as 1, so that a smooth lane gains nothing.

    References
    ----------
    .. [1] National Central University thesis 88961 (read second hand, to confirm).
    """
    return table_index(frame, index="tpqi")


def index_grade(values: pd.Series, *, index: str, language: str = "en") -> pd.Series:
    """
    Return the words for index values; empty where the value is missing.

    Raises
    ------
    SurveyError
        There are no grades for `index`.
    """
    grades = read_table("index_grades").query("index == @index").sort_values("from")
    if grades.empty:
        raise SurveyError(f"There are no grades for the index {index!r}.", cure="Add rows to tables/index_grades.csv.")
    words = grades["zh" if language.startswith("zh") else "en"].to_numpy(dtype=object)
    # a value on a limit belongs to the worse grade
    side: Literal["right", "left"] = "right" if measures()["worse"].get(index) == "high" else "left"
    borders = grades["from"].to_numpy(float)
    at = np.clip(np.searchsorted(borders, values.to_numpy(float), side=side) - 1, 0, len(borders) - 1)
    return pd.Series(np.where(values.notna(), words[at], ""), index=values.index, dtype=str)
