"""Units: treatment lengths with their area and their state, gathered from the cells they are made of."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pavement.network.treatment_lengths import treatment_lengths
from pavement.planning.penalty import condition_penalty

_PLACE = ["route", "direction", "lane"]


def units(
    cells: pd.DataFrame, states: pd.DataFrame, lanes: pd.DataFrame, *, minimum: float, maximum: float
) -> pd.DataFrame:
    """
    Return treatment lengths with their states.

    Parameters
    ----------
    cells
        Table ``cells``.
    states
        One row a surveyed cell, indexed by cell: what is known of it at the start of the plan, in the units of the
        kinds.
    lanes
        Table ``lanes``, for the width of each.
    minimum, maximum
        Shortest and longest treatment length. [m]

    Returns
    -------
    units
        unit, route, direction, lane, from_m, to_m [m], cells (count), area_m2 and the length-weighted mean of every
        state column; missing where no cell of the unit was surveyed. Neighbours are alike in their condition penalty.
    """
    frame = pd.DataFrame(cells[["cell", *_PLACE, "from_m", "to_m"]]).merge(
        states, left_on="cell", right_index=True, how="left"
    )
    frame["_penalty"] = condition_penalty(frame)
    grouped = treatment_lengths(frame, minimum=minimum, maximum=maximum, key="_penalty")
    frame["unit"] = grouped["unit"].to_numpy()
    frame["_area"] = (frame["to_m"] - frame["from_m"]) * _widths(frame, lanes)
    by_unit = frame.groupby("unit", sort=False)
    result = by_unit[_PLACE].first()
    result["from_m"], result["to_m"] = by_unit["from_m"].min(), by_unit["to_m"].max()
    result["cells"], result["area_m2"] = by_unit.size(), by_unit["_area"].sum()
    length = frame["to_m"] - frame["from_m"]
    values = frame[list(states.columns)].astype(float)
    known = values.notna().mul(length, axis=0)
    total = values.mul(length, axis=0).fillna(0).groupby(frame["unit"], sort=False).sum()
    weight = known.groupby(frame["unit"], sort=False).sum()
    means = total / weight.where(weight > 0)
    return pd.concat([result, means], axis=1).reset_index(names="unit")


def _widths(cells: pd.DataFrame, lanes: pd.DataFrame) -> np.ndarray:
    """Return the width of the lane that each cell lies in [m]; the widest where a lane's width changes."""
    width = lanes.groupby(_PLACE)["width_m"].max()
    return width.reindex(pd.MultiIndex.from_frame(cells[_PLACE])).to_numpy(float)
