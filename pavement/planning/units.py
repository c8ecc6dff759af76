"""Units of a plan: treatment lengths with the state of their cells."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pavement.errors import PlanError
from pavement.network.aligned_lengths import aligned_lengths
from pavement.network.treatment_lengths import treatment_lengths
from pavement.planning.decided_stretches import kept_apart, owners
from pavement.planning.penalty import Curves, condition_penalty, penalty_curves
from pavement.schema import measures, schema

_PLACE = ["route", "direction", "lane"]


def units(  # noqa: PLR0913
    cells: pd.DataFrame,
    states: pd.DataFrame,
    lanes: pd.DataFrame,
    *,
    minimum: float,
    maximum: float,
    method: str = "likeness",
    decided: pd.DataFrame | None = None,
    aligned: bool = False,
    curves: Curves | None = None,
) -> pd.DataFrame:
    """
    Return the treatment lengths of a network with their state now.

    Parameters
    ----------
    cells
        Table ``cells``.
    states
        State of the cells, indexed by cell: measured kinds and whatever else the forecast asks for, as numbers.
    lanes
        Table ``lanes``, for the widths.
    minimum, maximum
        Shortest and longest treatment length; neighbours join by the likeness of their condition penalty. [m]
    method
        How borders are found, of :func:`pavement.network.treatment_lengths.treatment_lengths`.
    decided
        Stretches that people decided on, from :func:`pavement.planning.decided_stretches.stretches`: each is a unit of
        its own, however short or long.
    aligned
        Whether all lanes of a route and direction are cut at one place; else each lane by itself.
    curves
        What condition counts for where lengths are cut; those that come with the product where not given.

    Returns
    -------
    units
        Table ``treatment_lengths`` and one column for each column of `states`: the mean of the cells weighted by
        length, for kinds that ``measures.csv`` gathers by ``max`` the largest. A sum over a cell (potholes) becomes a
        mean a cell, so that a long unit does not look worse than a short one. Missing where no cell is known.

    Raises
    ------
    PlanError
        A cell lies on no lane, or the limits exclude each other.
    """
    state = states.reindex(cells["cell"]).select_dtypes(["number", "bool"]).astype(float)
    state = state.drop(columns=[c for c in (*cells.columns, "area_m2", "cells") if c in state])
    placed = pd.DataFrame(cells[["cell", *_PLACE, "from_m", "to_m"]]).reset_index(drop=True)
    placed = placed.assign(
        penalty=condition_penalty(state, penalty_curves() if curves is None else curves).to_numpy(),
        width_m=_widths(placed, lanes).to_numpy(),
    )
    cut = aligned_lengths if aligned else treatment_lengths
    unit = cut(placed, minimum=minimum, maximum=maximum, key="penalty", method=method)["unit"]
    if decided is not None and len(decided):
        unit = kept_apart(placed, unit, owners(decided, placed)[0])
    table = _table(placed, unit)
    means = _state(state.reset_index(drop=True), placed["to_m"] - placed["from_m"], unit)
    return table.merge(means.rename_axis("unit").reset_index(), on="unit", how="left", validate="one_to_one")


def unit_forecast(lengths: pd.DataFrame, cells: pd.DataFrame, ahead: pd.DataFrame) -> pd.DataFrame:
    """
    Return the forecast of treatment lengths as the mean of their cells, weighted by length.

    Parameters
    ----------
    lengths
        From :func:`units`.
    cells
        Table ``cells``.
    ahead
        cell, step, kind, value and, if wanted, low and high: cells without a forecast do not count.

    Returns
    -------
    frame
        unit, step, kind, value, and low and high where given: those of a unit all of whose cells come out so together.
    """
    own = unit_of_cells(lengths, cells)
    rows = ahead.merge(own, on="cell")
    ends = [c for c in ("value", "low", "high") if c in rows]
    rows = rows.assign(**{c: rows[c] * rows["length"] for c in ends})
    sums = rows.groupby(["unit", "step", "kind"], as_index=False)[[*ends, "length"]].sum()
    return sums.assign(**{c: sums[c] / sums["length"] for c in ends}).drop(columns="length")


def unit_of_cells(lengths: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Return cell, unit and length [m] of cells by the treatment lengths that they lie in."""
    keys = ["direction", "lane", "route"]
    order = ["from_m", *keys]
    placed = cells[["cell", *keys, "from_m", "to_m"]].sort_values(order)
    own = pd.merge_asof(placed, lengths[["unit", *order]].sort_values(order), on="from_m", by=keys)
    return own.assign(length=own["to_m"] - own["from_m"])[["cell", "unit", "length"]]


def unit_family(lengths: pd.DataFrame, cells: pd.DataFrame, family: pd.Series) -> pd.Series:
    """
    Return the surface family of most of each treatment length, in their order; missing where no cell has one.

    Parameters
    ----------
    lengths, cells
        As of :func:`unit_forecast`.
    family
        Family of cells, indexed by cell.
    """
    own = unit_of_cells(lengths, cells).assign(family=lambda f: f["cell"].map(family))
    sums = own.groupby(["unit", "family"], as_index=False)["length"].sum()
    most = sums.sort_values(["length", "family"], ascending=[False, True]).drop_duplicates("unit")
    return most.set_index("unit")["family"].reindex(lengths["unit"]).set_axis(lengths.index)


def _widths(cells: pd.DataFrame, lanes: pd.DataFrame) -> pd.Series:
    """Return the lane width of each cell, at its middle. [m]"""
    middle = cells.assign(row=np.arange(len(cells)), middle=(cells["from_m"] + cells["to_m"]) / 2)
    joined = middle[["row", "middle", *_PLACE]].merge(lanes[[*_PLACE, "from_m", "to_m", "width_m"]], on=_PLACE)
    on = joined[(joined["from_m"] <= joined["middle"]) & (joined["middle"] < joined["to_m"])]
    width = on.groupby("row")["width_m"].first().reindex(middle["row"])
    if width.isna().any():
        cell = cells["cell"].iloc[int(np.flatnonzero(width.isna())[0])]
        raise PlanError(
            f"Cell {cell!r} lies on no lane.", cure="Give the table of lanes with the network of the cells."
        )
    return width.astype(float)


def _table(cells: pd.DataFrame, unit: pd.Series) -> pd.DataFrame:
    grouped = cells.assign(area_m2=(cells["to_m"] - cells["from_m"]) * cells["width_m"]).groupby(unit, sort=False)
    frame = (
        grouped[_PLACE]
        .first()
        .assign(
            from_m=grouped["from_m"].min(),
            to_m=grouped["to_m"].max(),
            cells=grouped.size(),
            area_m2=grouped["area_m2"].sum(),
        )
    )
    frame = frame.rename_axis("unit").reset_index().sort_values([*_PLACE, "from_m"], ignore_index=True)
    return frame[list(schema("treatment_lengths").index)]


def _state(values: pd.DataFrame, length: pd.Series, unit: pd.Series) -> pd.DataFrame:
    known = values.notna().mul(length, axis=0).groupby(unit).sum()
    mean = values.mul(length, axis=0).groupby(unit).sum() / known.where(known > 0, np.nan)
    kinds = measures()["gather"]
    largest = [c for c in values if kinds.get(c) == "max"]
    mean[largest] = values[largest].groupby(unit).max()
    return mean
