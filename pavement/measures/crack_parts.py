"""Cracks as short straight parts: the one form in which lines of vendors and centrelines of frames are measured."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# x across the lane from its centre, to the right, and y along it [m]; length [m]; width [mm]
PARTS = ("stretch", "piece", "x0", "y0", "x1", "y1", "length", "width_mm", "type")


def parts_of_lines(pieces: pd.DataFrame) -> pd.DataFrame:
    """
    Return the straight parts of crack lines, columns as :data:`PARTS`, all of stretch 0.

    Parameters
    ----------
    pieces
        Columns geometry (lines, x across the lane from its centre, y along it [m]), type and width_mm [mm].
    """
    lines, of = shapely.get_parts(pieces["geometry"].to_numpy(), return_index=True)
    xy, line = shapely.get_coordinates(lines, return_index=True)
    same = line[1:] == line[:-1]
    (x0, y0), (x1, y1) = xy[:-1][same].T, xy[1:][same].T
    piece = of[line[1:][same]]
    return pd.DataFrame(
        {
            "stretch": 0,
            "piece": piece,
            "x0": x0,
            "y0": y0,
            "x1": x1,
            "y1": y1,
            "length": np.hypot(x1 - x0, y1 - y0),
            "width_mm": pieces["width_mm"].to_numpy(float)[piece],
            "type": pieces["type"].to_numpy(dtype=object)[piece],
        }
    )


def middles(parts: pd.DataFrame) -> tuple[Floats, Floats]:
    """Return the middle of each part: x and y. [m]"""
    x, y = ((parts[f"{a}0"] + parts[f"{a}1"]).to_numpy(float) / 2 for a in "xy")
    return x, y


def cut(parts: pd.DataFrame, axis: str, border: Floats | float) -> pd.DataFrame:
    """
    Return the parts with those that cross a border cut in two there; each half takes its share of the length.

    Parameters
    ----------
    axis
        ``x`` or ``y``.
    border
        Where to cut, one value or one a part. [m]
    """
    first, last = (parts[f"{axis}{end}"].to_numpy(float) for end in (0, 1))
    border = np.broadcast_to(border, first.shape)
    crossing = (first - border) * (last - border) < 0
    if not crossing.any():
        return parts
    crossed = parts[crossing]
    share = (border - first)[crossing] / (last - first)[crossing]
    x, y = (crossed[f"{a}0"] + share * (crossed[f"{a}1"] - crossed[f"{a}0"]) for a in "xy")
    length = crossed["length"].to_numpy(float)
    head = crossed.assign(x1=x, y1=y, length=length * share)
    tail = crossed.assign(x0=x, y0=y, length=length * (1 - share))
    return pd.concat([parts[~crossing], head, tail], ignore_index=True)


def finer(parts: pd.DataFrame, *, step: float) -> pd.DataFrame:
    """Return the parts divided evenly so that none is longer than `step`. [m]"""
    count = np.maximum(1, np.ceil(parts["length"].to_numpy(float) / step - 1e-9)).astype(np.int64)
    if (count == 1).all():
        return parts
    row = np.repeat(np.arange(len(parts)), count)
    number = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    low, high = number / count[row], (number + 1) / count[row]
    whole = parts.iloc[row].reset_index(drop=True)
    ends = {
        f"{a}{end}": whole[f"{a}0"] + share * (whole[f"{a}1"] - whole[f"{a}0"])
        for a in "xy"
        for end, share in ((0, low), (1, high))
    }
    return whole.assign(**ends, length=whole["length"] / count[row])
