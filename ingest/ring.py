"""Rings: a route that ends where it begins, whose two ends only the order of travel tells apart (G11)."""

from __future__ import annotations

import pandas as pd

from ingest.formats import limit
from pavement.network.calibration import Calibration


def settled(measure: pd.Series, known: Calibration) -> tuple[pd.Series, pd.Series]:
    """
    Return measures along a ring, and which of them nothing settles.

    Parameters
    ----------
    measure
        Measures of coordinates on the ring, in the order of travel. [m]
    known
        Calibration of the ring; of any other route nothing is changed.

    Returns
    -------
    measure, open
        A place within ``ring_margin`` of the joint is of the end on which the drive goes on: of the last millimetre
        where the places about it lie before the end, of the start where they lie behind it, as it stands where the
        drive passes the joint. Without any other place it is open.
    """
    low, high = known.limits
    if not known.line.is_ring:
        return measure, pd.Series(False, index=measure.index)
    margin, middle = limit("ring_margin"), (low + high) / 2
    near = (measure - low <= margin) | (high - measure <= margin)
    away = measure.where(~near)
    sides = [s > middle for s in (away.ffill(), away.bfill())]
    told = [s.notna() for s in (away.ffill(), away.bfill())]
    at_end = near & (told[0] & sides[0] | ~told[0] & told[1] & sides[1]) & (~told[1] | sides[1])
    at_start = near & (told[0] & ~sides[0] | ~told[0] & told[1] & ~sides[1]) & (~told[1] | ~sides[1])
    result = measure.mask(at_end & (measure < middle), high - 1e-3).mask(at_start & (measure > middle), low)
    return result, near & ~told[0] & ~told[1]
