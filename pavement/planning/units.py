"""Units of a plan: the state of treatment lengths from the state of their cells."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pavement.errors import PlanError
from pavement.schema import measures, schema

_PLACE = ["route", "direction", "lane"]


def treatment_length_table(cells: pd.DataFrame, lengths: pd.DataFrame) -> pd.DataFrame:
    """
    Return the table ``treatment_lengths``: one row a unit with its place, number of cells and area.

    Parameters
    ----------
    cells
        Columns cell, route, direction, lane, from_m, to_m [m], width_m [m].
    lengths
        Columns cell, unit, from :func:`pavement.network.treatment_lengths.treatment_lengths`.

    Raises
    ------
    PlanError
        A cell has no width.
    """
    joined = cells.merge(lengths, on="cell", how="inner", validate="one_to_one")
    if joined["width_m"].isna().any():
        cell = joined.loc[joined["width_m"].isna(), "cell"].iloc[0]
        raise PlanError(f"Cell {cell!r} has no width.", cure="Give each lane its width in the table of lanes.")
    joined = joined.assign(area_m2=(joined["to_m"] - joined["from_m"]) * joined["width_m"])
    grouped = joined.groupby("unit", sort=False)
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
    frame = frame.reset_index().sort_values([*_PLACE, "from_m"], ignore_index=True)
    return frame[list(schema("treatment_lengths").index)]


def units(cells: pd.DataFrame, lengths: pd.DataFrame) -> pd.DataFrame:
    """
    Return the units of a plan with their state: means of their cells weighted by length.

    Parameters
    ----------
    cells
        One row a cell with its newest state: cell, route, direction, lane, from_m, to_m [m], width_m [m], and any
        measured kinds.
    lengths
        Columns cell, unit.

    Returns
    -------
    frame
        Table ``treatment_lengths`` and every measured kind of `cells`. Kinds that ``measures.csv`` gathers by ``max``
        are the largest of the cells; all others are means over the length that is known, sums a cell (potholes) too, so
        that a long unit does not look worse than a short one. Missing where no cell is known.
    """
    table = treatment_length_table(cells, lengths)
    kinds = measures()
    known = [k for k in kinds.index if k in cells.columns]
    joined = cells[["cell", "from_m", "to_m", *known]].merge(lengths, on="cell", how="inner")
    length = joined["to_m"] - joined["from_m"]
    values = joined[known].astype(float)
    weight = values.notna().mul(length, axis=0).groupby(joined["unit"]).sum()
    mean = values.mul(length, axis=0).groupby(joined["unit"]).sum() / weight.where(weight > 0, np.nan)
    largest = [k for k in known if kinds.loc[k, "gather"] == "max"]
    mean[largest] = values[largest].groupby(joined["unit"]).max()
    return table.merge(mean[known].reset_index(), on="unit", how="left")
