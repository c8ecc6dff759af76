"""Height of cells above sea level, from the calibration points of their route."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def cell_heights(cells: pd.DataFrame, calibration: pd.DataFrame | None) -> Floats:
    """
    Return the height of the middle of each cell, missing where the network has none. [m]

    Parameters
    ----------
    cells
        Table ``cells``.
    calibration
        Table ``calibration``; heights lie on straight lines between points with ``elevation_m`` and end with them.
    """
    heights = np.full(len(cells), np.nan)
    if calibration is None or "elevation_m" not in calibration:
        return heights
    known = calibration[calibration["elevation_m"].notna()].sort_values("measure_m")
    points = dict(iter(known.groupby(["route", "direction"])))
    middle = ((cells["from_m"] + cells["to_m"]) / 2).to_numpy(float)
    for key, at in cells.groupby(["route", "direction"], sort=False).indices.items():
        if key in points:
            measure, height = (points[key][c].to_numpy(float) for c in ("measure_m", "elevation_m"))
            heights[at] = np.interp(middle[at], measure, height, left=np.nan, right=np.nan)
    return heights
