"""The day on which a value of the segment table was measured, each kind its own."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.condition.cell_history import decimal_year

ENDING = "_surveyed_on"


def survey_day(segments: pd.DataFrame, kind: str, *, undated: float) -> NDArray[np.float64]:
    """
    Return when each value of a kind was measured, as a decimal year [year].

    Parameters
    ----------
    segments
        Segment table; ``<kind>_surveyed_on`` where it has that column, else ``surveyed_on``.
    kind
        A measured kind.
    undated
        What is added to the year of values without a day: 0 for its start, 1 for its end. [year]
    """
    column = f"{kind}{ENDING}" if f"{kind}{ENDING}" in segments else "surveyed_on"
    days = decimal_year(pd.to_datetime(segments[column]))
    return np.where(np.isfinite(days), days, segments["year"].to_numpy(float) + undated)
