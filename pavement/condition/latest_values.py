"""Measured values of cells that still hold: the newest of each kind that no later work has renewed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pavement.condition.cell_history import decimal_year
from pavement.condition.joins import overlaps
from pavement.condition.survey_day import survey_day
from pavement.schema import read_table


def latest_values(segments: pd.DataFrame, works: pd.DataFrame, *, kinds: Sequence[str]) -> pd.DataFrame:
    """
    Return the newest value of each kind in each cell, unless a work has renewed it since.

    Parameters
    ----------
    segments
        Segment table, one row a cell and year.
    works
        Table ``works``; an empty lane counts for every lane.
    kinds
        Measured kinds; those that the segment table does not hold are passed over.

    Returns
    -------
    values
        Indexed by cell, a column a kind; missing where nothing was measured, or where a work that lays a new surface
        or resets the kind (``treatments.csv``) was done on the day of the measurement or later. Where a value has no
        day, a work of the same year counts as later: better unknown than outdated.
    """
    held = [k for k in kinds if k in segments]
    rows = segments.sort_values("year")
    cells = rows.drop_duplicates("cell").reset_index(drop=True)
    columns = {}
    when = renewals(cells, works, kinds=held)
    for kind in held:
        last = rows[rows[kind].notna()].drop_duplicates("cell", keep="last").set_index("cell")
        since = when[kind].reindex(last.index)
        columns[kind] = last[kind].astype(float).where(~(since >= survey_day(last, kind, undated=0.0)))
    return pd.DataFrame(columns).reindex(cells["cell"].rename("cell"))


def renewals(cells: pd.DataFrame, works: pd.DataFrame, *, kinds: Sequence[str]) -> dict[str, pd.Series]:
    """Return when each kind was last renewed, by cell, as a decimal year; cells without such work left out. [year]"""
    table = read_table("treatments")
    found: dict[tuple[str, ...], pd.Series] = {}
    result = {}
    for kind in kinds:
        reset = f"reset_{kind}"
        renews = table["resets_age"].eq("yes") | (table[reset].ne("same") if reset in table else False)
        # most kinds are renewed by the same treatments
        by = tuple(table.loc[renews, "treatment"])
        if by not in found:
            found[by] = _last_work(cells, works, by)
        result[kind] = found[by]
    return result


def _last_work(cells: pd.DataFrame, works: pd.DataFrame, treatments: tuple[str, ...]) -> pd.Series:
    done = works[works["treatment"].isin(treatments) & works["completed_on"].notna()]
    if done.empty:
        return pd.Series(dtype=float, index=pd.Index([], dtype=str))
    joined = overlaps(done, cells)
    when = decimal_year(pd.to_datetime(done["completed_on"]))[joined["stretch"].to_numpy()]
    days = pd.Series(when, index=cells["cell"].to_numpy()[joined["cell"].to_numpy(np.int64)])
    return days.groupby(level=0).max()
