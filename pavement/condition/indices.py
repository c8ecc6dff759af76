"""Condition indices of other agencies, for comparison; each says how far its formula is confirmed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pavement.errors import SurveyError
from pavement.schema import read_table
from pavement.units import convert


def index_status(index: str) -> str:
    """Return ``verified`` when every coefficient of an index is, else ``to confirm``."""
    table = read_table("index_terms")
    return "verified" if (table.loc[table["index"] == index, "status"] == "verified").all() else "to confirm"


def maintenance_control_index(frame: pd.DataFrame) -> pd.Series:
    """
    Return the Maintenance Control Index (MCI) of Japan, 10 at best; to confirm. [-]

    Parameters
    ----------
    frame
        Columns crack_percent [%], rut [mm] and, where measured, flatness: standard deviation of the 3 m profilometer
        [mm]. Forms whose measures are missing are left out; without cracks or ruts there is no index.

    Notes
    -----
    The lowest of the forms ``10 - sum(coefficient x measure^exponent)`` in ``tables/index_terms.csv``.

    References
    ----------
    .. [1] Ministry of Construction of Japan, 1981; coefficients recalled, see the status column.
    """
    terms = read_table("index_terms").query("index == 'mci'")
    forms = {}
    for form, rows in terms.groupby("form", sort=False):
        lost = [
            coefficient * frame.get(kind, pd.Series(np.nan, index=frame.index)).astype(float) ** exponent
            for kind, coefficient, exponent in zip(rows["kind"], rows["coefficient"], rows["exponent"], strict=True)
        ]
        forms[form] = 10 - pd.concat(lost, axis=1).sum(axis=1, skipna=False)
    table = pd.DataFrame(forms, index=frame.index)
    known = table[["mci1", "mci2"]].notna().all(axis=1)
    return table.min(axis=1).where(known).rename("mci")


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
    at = np.clip(np.searchsorted(grades["from"].to_numpy(float), values.to_numpy(float), side="left") - 1, 0, None)
    return pd.Series(np.where(values.notna(), words[at], ""), index=values.index, dtype=str)


def serviceability(iri: pd.Series) -> pd.Series:
    """
    Return present serviceability ``5 exp(-0.0041 IRI)``, IRI in in/mi [-], from roughness [m/km]; to confirm.

    References
    ----------
    .. [1] Al-Omari and Darter, TRR 1435, 1994 (to confirm).
    """
    return (5 * np.exp(-0.0041 * convert(iri, source="m/km", target="in/mi"))).rename("psi")


def taipei_index(frame: pd.DataFrame) -> pd.Series:
    """
    Return Taipei's pavement quality index ``5 - 0.612 ln(IRI) - 0.127 sqrt(crack) - 0.253 ln(rut)``. [-]

    Act below 3.2. Roughness [m/km] and rut depth [mm] under 1 count as 1, so that a smooth lane gains nothing.

    References
    ----------
    .. [1] National Central University thesis 88961 (read second hand, to confirm).
    """
    loss = (
        0.612 * np.log(frame["iri"].clip(lower=1))
        + 0.127 * np.sqrt(frame["crack_percent"])
        + 0.253 * np.log(frame["rut"].clip(lower=1))
    )
    return (5 - loss).rename("tpqi")
