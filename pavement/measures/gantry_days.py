"""Volumes of counters by day from counts of short intervals; what was not seen is coverage, never zero traffic."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def daily_volumes(counts: pd.DataFrame, *, slots: int = 288) -> pd.DataFrame:
    """
    Return the volumes of one day by counter and vehicle class.

    Parameters
    ----------
    counts
        Counts of one day: categorical ``counter`` and ``vehicle_class``, ``slot`` (interval of the day, from 0) and
        ``volume`` [veh]; NaN where the record could not be used.
    slots
        Intervals in a day.

    Returns
    -------
    days
        Columns counter, vehicle_class, volume [veh] of the intervals seen, coverage: their share of the day [-], and
        repeated, contradicted: records that say again, or otherwise, what another said.

    Notes
    -----
    An interval counts as seen by a counter when it has a record of some class and none that could not be used; a class
    that is not listed in such an interval had no vehicle. A record that stands twice is taken once; where two differ,
    the interval is not seen.
    """
    counters, classes = counts["counter"].cat.categories, counts["vehicle_class"].cat.categories
    shape = (slots, len(counters), len(classes))
    key = np.ravel_multi_index(
        (
            counts["slot"].to_numpy(np.int64),
            counts["counter"].cat.codes.to_numpy(np.int64),
            counts["vehicle_class"].cat.codes.to_numpy(np.int64),
        ),
        shape,
    )
    volume = counts["volume"].to_numpy(float)
    records: NDArray[np.int64] = np.bincount(key, minlength=np.prod(shape)).reshape(shape)
    usable = np.isfinite(volume)
    amount = np.where(usable, volume, 0.0)
    mean = np.asarray(np.bincount(key, weights=amount, minlength=np.prod(shape)).reshape(shape), dtype=float)
    differ = lost = np.zeros(shape, dtype=bool)
    if not usable.all():
        lost = np.bincount(key[~usable], minlength=np.prod(shape)).reshape(shape) > 0
    if records.max(initial=0) > 1:
        mean = np.asarray(mean / np.maximum(records, 1))
        spread = np.bincount(key, weights=np.abs(amount - mean.ravel()[key]), minlength=np.prod(shape)).reshape(shape)
        differ = (spread > 1e-6) & ~lost
    seen: NDArray[np.bool_] = np.any(records > 0, axis=2) & ~np.any(lost | differ, axis=2)
    return _rows(counters, classes, np.where(seen[:, :, None], mean, 0.0).sum(axis=0), seen, records, differ)


def _rows(
    counters: pd.Index,
    classes: pd.Index,
    volume: Floats,
    seen: NDArray[np.bool_],
    records: NDArray[np.int64],
    differ: NDArray[np.bool_],
) -> pd.DataFrame:
    again, against = np.clip(records - 1, 0, None).sum(axis=0), differ.sum(axis=0)
    told = records.sum(axis=(0, 2)) > 0
    at, of = np.nonzero(np.broadcast_to(told[:, None], volume.shape))
    return pd.DataFrame(
        {
            "counter": counters.to_numpy(dtype=object)[at],
            "vehicle_class": classes.to_numpy(dtype=object)[of],
            "volume": volume[at, of],
            "coverage": seen.mean(axis=0)[at],
            "repeated": again[at, of],
            "contradicted": against[at, of],
        }
    )


def usable_days(days: pd.DataFrame, *, least: float) -> pd.DataFrame:
    """
    Return the days that stand for a whole day, their volume brought from the share seen to the day.

    Parameters
    ----------
    days
        Columns counter, day, vehicle_class, volume [veh], coverage [-].
    least
        Smallest coverage of a day that is used. [-]

    Returns
    -------
    days
        Without days of less coverage, and without days on which a counter saw no vehicle of any class: on a freeway
        that is a counter that was off, or a closed road, and neither is an average day.
    """
    total = days.groupby(["counter", "day"], observed=True)["volume"].transform("sum")
    kept = days[(days["coverage"] >= least) & (days["coverage"] > 0) & (total > 0)]
    return kept.assign(volume=kept["volume"] / kept["coverage"]).reset_index(drop=True)
