"""Moratoria of works on record: from when on a place may be worked on again."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.condition.joins import overlaps

FREE_YEAR = "free_year"


def moratorium_years(treatments: pd.DataFrame) -> pd.Series:
    """Return the years in which no work may follow a treatment, 0 where the table does not tell. [year]"""
    return treatments.set_index("treatment")["moratorium"].astype(float).fillna(0.0)


def free_years(units: pd.DataFrame, works: pd.DataFrame, treatments: pd.DataFrame) -> pd.Series:
    """
    Return the first calendar year in which a unit may be worked on again, NaN where no moratorium holds it.

    Parameters
    ----------
    units
        Columns route, direction, lane, from_m, to_m. [m]
    works
        Table ``works``: those without a day count for nothing, since they may be of any year.
    treatments
        As ``treatments.csv``, with those that are never planned.

    Returns
    -------
    series
        ``free_year``, in the order of units. A unit waits for all of its places, as the check list asks.
    """
    years = np.full(len(units), -np.inf)
    wait = works["treatment"].map(moratorium_years(treatments)).fillna(0.0)
    held = works[works["completed_on"].notna() & (wait > 0)].reset_index(drop=True)
    if len(held):
        done = pd.to_datetime(held["completed_on"]).dt.year.to_numpy(float)
        until = done + np.ceil(held["treatment"].map(moratorium_years(treatments)).to_numpy(float))
        joined = overlaps(held, units)
        np.maximum.at(years, joined["cell"].to_numpy(np.int64), until[joined["stretch"].to_numpy(np.int64)])
    return pd.Series(np.where(np.isinf(years), np.nan, years), index=units.index, name=FREE_YEAR)


def free_steps(units: pd.DataFrame, *, first_year: int) -> NDArray[np.int64]:
    """Return the plan year, 0 for the first, from which on each unit may be worked on; 0 where nothing holds it."""
    if FREE_YEAR not in units:
        return np.zeros(len(units), dtype=np.int64)
    return np.maximum(0, units[FREE_YEAR].fillna(first_year).to_numpy(np.int64) - first_year)
