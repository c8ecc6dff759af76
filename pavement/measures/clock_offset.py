"""Clocks of one drive held against each other: how far satellite places lag the odometer, and where a clock jumps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.measures.limits import limit

Floats = NDArray[np.float64]
# of a normal law, the standard deviation by the median of what departs from the median
_NORMAL = 1.4826
_TRIMS = 3
# a slope over a window weighs its records by a parabola; a mean over this share of it is as smooth: sqrt(3/5)
_BOX = 0.7746


@dataclass(frozen=True)
class ClockOffset:
    """
    What two clocks of one drive tell of each other.

    Attributes
    ----------
    offset_s
        Time by which the places run ahead of the odometer; missing where it cannot be told. [s]
    error_s
        Its standard error. [s]
    count
        Records that it rests on.
    """

    offset_s: float
    error_s: float
    count: int

    @property
    def told(self) -> bool:
        """Whether the speed varied enough for the offset to be told."""
        return bool(np.isfinite(self.offset_s) and self.error_s <= limit("clock_error_max"))


def travelled(time: Floats, odometer: Floats) -> Floats:
    """
    Return the speed of a drive at each record, over ``clock_window`` about it. [m/s]

    Parameters
    ----------
    time
        Moments in the order of the drive. [s]
    odometer
        Distance driven, growing. [m]

    Notes
    -----
    The slope of a least squares line through the records within half a window on either side: times that are written
    in whole seconds would make the speed between two frames nonsense. Where no time passes, speed is missing.
    """
    wide = 2 * _reach(time) + 1
    clock, along = pd.Series(time - time.mean()), pd.Series(odometer - odometer.mean())
    both = along.rolling(wide, center=True, min_periods=min(3, wide))
    # of time on distance, since the distance of a frame is exact and its time is rounded
    pace = (both.cov(clock) / both.var()).to_numpy(float)
    return 1.0 / np.where(pace > 0, pace, np.nan)


def _reach(time: Floats) -> int:
    """Return how many records half a window holds."""
    usual = np.median(np.diff(time)) if len(time) > 1 else 0.0
    mean = (time[-1] - time[0]) / (len(time) - 1) if len(time) > 1 else 0.0
    spacing = max(float(usual), float(mean), 1e-3)
    return max(1, round(limit("clock_window") / 2 / spacing))


def clock_offset(time: Floats, odometer: Floats, place: Floats) -> ClockOffset:
    """
    Return how far the clock of the places stands from that of the odometer.

    Parameters
    ----------
    time
        Moment of each record, in the order of the drive. [s]
    odometer
        Distance driven at that moment. [m]
    place
        Distance along the road of the fix that was given to the record, growing with the drive. [m]

    Notes
    -----
    A clock that is off by ``tau`` gives a record the place of another moment: ``place = c + odometer + tau v``. So the
    difference of both follows the speed, and ``tau`` is the slope of a least squares line; what a drive at one speed
    cannot tell. The constant ``c`` (where antenna and odometer begin) and the slow drift of an odometer go with the
    mean over ``clock_detrend`` that both sides are freed of. Records beyond three standard deviations are left out.
    The standard error takes in that neighbouring fixes err alike [2]_.

    References
    ----------
    .. [1] Skog, Haendel, "Time synchronization errors in loosely coupled GPS-aided inertial navigation systems", IEEE
       Transactions on Intelligent Transportation Systems 12, 2011 (from memory): the error of place is speed x delay.
    .. [2] Newey, West, Econometrica 55, 1987 (from memory): products of residual and speed, summed over lags with
       falling weights.
    """
    speed = travelled(time, odometer)
    ahead = _averaged(place - odometer, reach=round(_reach(time) * _BOX))
    wide = max(3, round(limit("clock_detrend") / max(float(np.median(np.diff(odometer))), 0.1)) | 1)
    x, y = (_freed(values, wide) for values in (speed, ahead))
    kept = np.isfinite(x) & np.isfinite(y)
    slope = np.nan
    for _ in range(_TRIMS):
        varied = float(np.sqrt((x[kept] ** 2).mean())) if kept.any() else 0.0
        if kept.sum() < limit("clock_records_min") or varied < limit("clock_speed_spread"):
            return ClockOffset(np.nan, np.nan, int(kept.sum()))
        slope = float((x[kept] * y[kept]).sum() / (x[kept] ** 2).sum())
        left = y - slope * x
        spread = _NORMAL * np.median(np.abs(left[kept] - np.median(left[kept])))
        kept &= np.abs(left - np.median(left[kept])) <= 3 * spread + 1e-9
    error = _error(x[kept], y[kept] - slope * x[kept], lags=4 * _reach(time))
    return ClockOffset(slope, error, int(kept.sum()))


def _averaged(values: Floats, *, reach: int) -> Floats:
    series = pd.Series(values).rolling(2 * reach + 1, center=True, min_periods=1)
    return series.mean().to_numpy(float)


def _freed(values: Floats, wide: int) -> Floats:
    mean = pd.Series(values).rolling(wide, center=True, min_periods=1).mean().to_numpy(float)
    return values - mean


def _error(x: Floats, left: Floats, *, lags: int) -> float:
    """Return the standard error of a slope whose residuals are like those up to `lags` records away."""
    product = x * left
    lags = min(lags, len(product) - 1)
    size = 2 ** int(np.ceil(np.log2(2 * len(product))))
    alike = np.fft.irfft(np.abs(np.fft.rfft(product, size)) ** 2, size)[: lags + 1]
    weights = 1.0 - np.arange(lags + 1) / (lags + 1)
    total = float(alike[0] + 2 * (weights[1:] * alike[1:]).sum())
    return float(np.sqrt(max(total, 0.0)) / (x**2).sum())


def clock_steps(time: Floats, odometer: Floats, place: Floats, *, offset: float = 0.0) -> Floats:
    """
    Return by how much the clock of the places jumps against the odometer at each record. [s]

    Parameters
    ----------
    time, odometer, place
        As of :func:`clock_offset`.
    offset
        What the places run ahead by on the whole. [s]

    Returns
    -------
    steps
        Difference of the medians of ``clock_step_records`` records after and before, divided by the speed; missing at
        the ends and where the vehicle crept. A constant offset and noise of fixes leave it near zero.

    Notes
    -----
    Fixes that jump along the road and stay there, as under a viaduct, look the same: what is told is that either the
    clock or the places jumped.
    """
    size = int(limit("clock_step_records"))
    speed = travelled(time, odometer)
    ahead = pd.Series(place - odometer - offset * np.nan_to_num(speed))
    before = ahead.rolling(size).median().shift(1)
    after = ahead[::-1].rolling(size).median()[::-1]
    slow = ~(speed >= limit("clock_speed_min"))
    return np.where(slow, np.nan, (after - before).to_numpy(float) / np.where(slow, 1.0, speed))


def time_steps(time: Floats, odometer: Floats) -> Floats:
    """
    Return by how much the clock of the records jumps from each one to the next. [s]

    Parameters
    ----------
    time, odometer
        As of :func:`clock_offset`.

    Returns
    -------
    steps
        Time that passed less the time that the distance takes at the speed about it; 0 where the vehicle may have
        stopped between the two: from the speed ``v`` it stops and starts within ``v^2/a`` with ``clock_braking`` a.
        A clock that runs backwards always jumps.
    """
    passed, driven = np.diff(time), np.diff(odometer)
    speed = pd.Series(driven / np.where(passed > 0, passed, np.nan))
    usual = speed.rolling(int(limit("clock_step_records")), center=True, min_periods=3).median().to_numpy(float)
    moving = usual >= limit("clock_speed_min")
    excess = passed - driven / np.where(moving, usual, np.inf)
    sure = moving & (driven < usual**2 / limit("clock_braking"))
    return np.where((passed < 0) | sure, np.nan_to_num(excess), 0.0)
