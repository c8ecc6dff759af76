"""A condition indicator (RCI) in the manner of the UK's SCANNER surveys: points between limits, added up."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from pavement.schema import measures, read_table
from pavement.units import convert

# without them the indicator says too little to be shown
NEEDED = ("rut", "crack_percent")


@cache
def rci_limits() -> pd.DataFrame:
    """Return the limits by kind: part, lower, upper (unit of the kind), points, source, status."""
    table = read_table("rci_limits").set_index("kind")
    units = measures()["unit"]
    for column in ("lower", "upper"):
        table[column] = [
            convert(float(value), source=unit, target=units[kind])
            for kind, value, unit in zip(table.index, table[column], table["unit"], strict=True)
        ]
    return table


def condition_indicator(frame: pd.DataFrame) -> pd.Series:
    """
    Return the condition indicator: 0 at best; amber from 40, red from 100; to confirm. [-]

    Parameters
    ----------
    frame
        Columns rut [mm] and crack_percent [%], and where measured lpv_3m, lpv_10m [mm2], mpd [mm].

    Notes
    -----
    Each measure scores 0 at its lower limit and its points at the upper one, straight between; of one part (the two
    profile variances) the higher score counts. A part that was not measured adds nothing, so that the indicator is a
    lower bound; without ruts or cracks there is none. It says where to look, not where to work.

    References
    ----------
    .. [1] UK Department for Transport, SCANNER road condition indicator, A roads; limits from memory.
    """
    limits = rci_limits()
    missing = pd.Series(np.nan, index=frame.index)
    scores = {}
    for kind, row in limits.iterrows():
        value = frame.get(str(kind), missing).astype(float)
        share = (value - row["lower"]) / (row["upper"] - row["lower"])
        scores[str(kind)] = share.clip(0, 1) * row["points"]
    parts = pd.DataFrame(scores, index=frame.index).T.groupby(limits["part"]).max().T
    known = frame.reindex(columns=list(NEEDED)).notna().all(axis=1)
    return parts.sum(axis=1).where(known).rename("rci")
