"""Types of cracks as AASHTO R 85 sums them: by direction to travel, with a class between along and across."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.measures.limits import limit

R85_TYPES = ("longitudinal", "transverse", "pattern", "other")


def r85_types(parts: pd.DataFrame) -> NDArray[np.object_]:
    """
    Return the type of each part as R 85 sums it: what is pattern stays so, the rest goes by the direction of its piece.

    Parameters
    ----------
    parts
        Columns as :data:`pavement.measures.crack_parts.PARTS`; a piece may be pattern in a part of it.

    Notes
    -----
    The direction is the length-weighted mean of the parts' directions, each angle doubled so that both ways along a
    line are one: a crack that wanders about a straight line has the direction of that line.

    References
    ----------
    .. [1] AASHTO R 85-18, section 7: longitudinal, transverse, pattern and other cracks. The angles, ``r85_along`` and
       ``r85_across`` of ``tables/measure_limits.csv``, are from memory: to confirm.
    """
    kind = parts["type"].to_numpy(dtype=object)
    single = kind != "pattern"
    dx, dy = ((parts[f"{a}1"] - parts[f"{a}0"]).to_numpy(float)[single] for a in "xy")
    turn, weight = 2 * np.arctan2(dx, dy), parts["length"].to_numpy(float)[single]
    _, piece = np.unique(parts["piece"].to_numpy()[single], return_inverse=True)
    along, across = (np.bincount(piece, weight * of) for of in (np.cos(turn), np.sin(turn)))
    # rounding must not move a crack that lies exactly at a limit
    angle = np.round(np.degrees(np.abs(np.arctan2(across, along))) / 2, 6)
    words = np.select([angle <= limit("r85_along"), angle >= limit("r85_across")], R85_TYPES[:2], R85_TYPES[3])
    result = kind.copy()
    result[single] = words.astype(object)[piece]
    return result
