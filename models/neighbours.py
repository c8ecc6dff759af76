"""What other surveys of the same season said: how far the neighbours and the whole campaign stand off their trends."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.parameters import parameter

Floats = NDArray[np.float64]


def stands_off(frame: pd.DataFrame, gap: Floats, *, target: str) -> dict[str, Floats]:
    """
    Return how far the surveys beside each row stand off their own trends; nothing later than the row is used.

    A device or a season moves every value of a campaign alike. What one unit alone cannot tell from damage, the others
    of the same year can: they all jump at once.

    Parameters
    ----------
    frame
        Panel: unit, block, time.
    gap
        Last value of each row less what the filter of its former ones expected; missing where nothing was measured.
    target
        What was measured, for the fall at which a gap is cut.

    Returns
    -------
    columns
        ``<target>_beside``, the mean gap of the other units of the block in that calendar year; missing without any.
        ``<target>_campaign``, that of all other blocks, shrunk towards none by ``campaign_pull`` surveys.
    """
    limit = parameter(f"drop_{target}")
    rows = pd.DataFrame({"gap": np.clip(np.nan_to_num(gap), -limit, limit), "known": np.isfinite(gap).astype(float)})
    rows = rows.assign(unit=frame["unit"].to_numpy(), block=frame["block"].to_numpy(), time=frame["time"].to_numpy())
    rows["year"] = np.floor(rows["time"])
    order = rows.sort_values("time", kind="stable")
    year, block = _so_far(order, ["year"]), _so_far(order, ["block", "year"])
    unit = _so_far(order, ["unit", "year"])
    beside, campaign = (block - unit).reindex(rows.index), (year - block).reindex(rows.index)
    mean = beside["gap"] / beside["known"].where(beside["known"] > 0)
    return {
        f"{target}_beside": mean.to_numpy(float),
        f"{target}_campaign": (campaign["gap"] / (campaign["known"] + parameter("campaign_pull"))).to_numpy(float),
    }


def _so_far(order: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return the sums of gaps and of known ones by each row's time, those of the very same time with them."""
    sums = order.groupby(keys)[["gap", "known"]].cumsum()
    return sums.groupby([order[k] for k in (*keys, "time")]).transform("last")
