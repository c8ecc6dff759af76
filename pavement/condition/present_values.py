"""Values that stand today: of each cell and kind the newest, and the condition indices formed from those together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pavement.condition.cell_history import decimal_year
from pavement.condition.cell_indices import index_values
from pavement.condition.latest_values import renewals
from pavement.condition.standing_values import index_kinds

_TEXTS = ("cell", "kind", "quality", "method", "run")


def present_values(
    cells: pd.DataFrame,
    values: Sequence[pd.DataFrame],
    *,
    indices: pd.DataFrame,
    works: pd.DataFrame,
    lanes: pd.DataFrame | None = None,
    materials: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """
    Return what stands today of each cell, rows of ``cell_values``, one for each kind.

    Parameters
    ----------
    cells
        Table ``cells``.
    values
        Frames of the form of ``cell_values`` as given: measured, recorded, or of the context of cells.
    indices
        Condition indices by year, from :func:`pavement.condition.cell_indices.index_values`.
    works
        Table ``works``; a value that a later work renewed does not stand.
    lanes, materials
        As of :func:`pavement.condition.cell_indices.index_values`.

    Returns
    -------
    standing
        Of each kind the value of its newest year, within a year the rule of the segment table. Indices rest on the
        newest value of each of their measures, though these be of several surveys: an index of the last year in
        which all were measured would contradict the values beside it. An index on record stands until one can be
        formed from a later year.
    """
    given = _newest([*values, indices])
    of_index = given["kind"].isin(index_kinds())
    measured = _standing(given[~of_index], cells, works)
    if measured.empty:
        return given[of_index & _on_record(given, values)].reset_index(drop=True)
    now = int(measured["year"].max())
    formed = index_values(cells, [measured.assign(year=now)], lanes=lanes, materials=_last(materials, now))
    formed = formed.astype(dict.fromkeys(_TEXTS, "str")).assign(surveyed_on=pd.to_datetime(formed["surveyed_on"]))
    kept = given[of_index & _on_record(given, values)]
    again = _pairs(formed).isin(_pairs(kept))
    parts = [part for part in (measured, kept, formed[~again]) if len(part)]
    return pd.concat(parts, ignore_index=True)


def _newest(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    plain = [f.astype(dict.fromkeys(_TEXTS, "str")) for f in frames if len(f)]
    if not plain:
        return pd.DataFrame(columns=[*_TEXTS, "year", "value", "coverage", "surveyed_on"])
    found = pd.concat(plain, ignore_index=True).assign(
        surveyed_on=lambda f: pd.to_datetime(f["surveyed_on"]), year=lambda f: f["year"].astype(np.int64)
    )
    order = found.sort_values(["year", "coverage", "surveyed_on"], kind="stable", na_position="first")
    return order.drop_duplicates(["cell", "kind"], keep="last").reset_index(drop=True)


def _standing(values: pd.DataFrame, cells: pd.DataFrame, works: pd.DataFrame) -> pd.DataFrame:
    """Return the values that no later work has renewed; of a value without a day a work of its year counts as later."""
    if works.empty or values.empty:
        return values
    days = pd.Series(decimal_year(values["surveyed_on"]), index=values.index).fillna(values["year"].astype(float))
    since = pd.Series(np.nan, index=values.index)
    when = renewals(cells, works, kinds=[str(kind) for kind in values["kind"].unique()])
    for kind, rows in values.groupby("kind"):
        since[rows.index] = rows["cell"].map(when[str(kind)]).astype(float)
    return values[~(since >= days)]


def _on_record(given: pd.DataFrame, values: Sequence[pd.DataFrame]) -> pd.Series:
    """Return which of the newest rows were given as they are, by cell, kind and year."""
    frames = [f[f["kind"].isin(index_kinds())] for f in values if len(f)]
    known = {
        (str(cell), str(kind), int(year))
        for f in frames
        for cell, kind, year in zip(f["cell"], f["kind"], f["year"], strict=True)
    }
    keys = zip(given["cell"], given["kind"], given["year"], strict=True)
    return pd.Series([(c, k, int(y)) in known for c, k, y in keys], index=given.index, dtype=bool)


def _last(materials: pd.DataFrame | None, year: int) -> pd.DataFrame | None:
    if materials is None or materials.empty:
        return None
    return materials.sort_values("year").drop_duplicates("cell", keep="last").assign(year=year)


def _pairs(frame: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(frame[["cell", "kind"]])
