"""Works that people forbid: none, or none of a treatment, on a unit before a year or in the whole plan."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.errors import PlanError
from pavement.planning.treatments import Catalogue

Ints = NDArray[np.int64]
# any treatment
ANY = ""


def barred_steps(
    forbidden: pd.DataFrame | None, units: pd.DataFrame, *, years: range, catalogue: Catalogue
) -> dict[str, Ints]:
    """
    Return by treatment, "" for any, the plan year from which on each unit may have it, (N,); 0 where nobody forbids it.

    Parameters
    ----------
    forbidden
        Columns unit, treatment ("" for any) and before: calendar year before which it may not be, missing for the whole
        plan. None where nothing is forbidden.
    units, years, catalogue
        As the plan has them.

    Raises
    ------
    PlanError
        A unit or treatment is not the plan's.
    """
    if forbidden is None or forbidden.empty:
        return {}
    row = pd.Series(np.arange(len(units)), index=units["unit"]).reindex(forbidden["unit"]).to_numpy(float)
    bad = np.isnan(row) | ~forbidden["treatment"].isin([ANY, *catalogue.treatments.index]).to_numpy()
    if bad.any():
        wrong = forbidden[bad].iloc[0]
        raise PlanError(
            f"Forbidden work {wrong['treatment']!r} on {wrong['unit']!r} does not fit the plan.",
            cure="Name a unit of the plan and a treatment of the catalogue.",
        )
    until = forbidden["before"].astype(float).fillna(years.stop).to_numpy(float)
    step = np.clip(until - years[0], 0, len(years)).astype(np.int64)
    barred: dict[str, Ints] = {}
    for name in sorted(set(forbidden["treatment"])):
        own = (forbidden["treatment"] == name).to_numpy()
        barred[name] = np.zeros(len(units), dtype=np.int64)
        np.maximum.at(barred[name], row[own].astype(np.int64), step[own])
    return barred


def barred_units(barred: dict[str, Ints]) -> Ints:
    """Return the rows of units on which anything is forbidden."""
    if not barred:
        return np.empty(0, dtype=np.int64)
    return np.flatnonzero(np.any([steps > 0 for steps in barred.values()], axis=0))
