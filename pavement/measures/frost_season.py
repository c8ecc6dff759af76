"""Freezing index of a winter: the fall of cumulative degree-days, which is not the annual sum of frost."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

# a winter runs from July to June
_FIRST_MONTH = 7


def season_freezing_index(temp_mean: ArrayLike) -> float:
    """
    Return the air freezing index of a season: the largest fall of cumulative degree-days. [degC day]

    Parameters
    ----------
    temp_mean
        Daily mean air temperature from July to June, in order, without gaps. [degC]

    References
    ----------
    .. [1] US Army Corps of Engineers: highest minus the lowest point after it of the cumulative curve;
       text not read.
    """
    curve = np.concatenate([[0.0], np.cumsum(np.asarray(temp_mean, dtype=float))])
    return float((np.maximum.accumulate(curve) - curve).max())


def freezing_seasons(temp_mean: pd.Series) -> pd.DataFrame:
    """
    Return the freezing index of each station's winters.

    Parameters
    ----------
    temp_mean
        Daily mean temperature, indexed by station and date. [degC]

    Returns
    -------
    seasons
        Indexed by station and year (in which the winter ends): value [degC day], missing (share of days, 0 to 1) and
        borrowed (a whole month without records was taken from other years). Missing days count as the mean day of
        their month; a winter with a month that no year tells of has no value.
    """
    days = _every_day(temp_mean)
    station = days.index.get_level_values("station")
    date = pd.DatetimeIndex(days.index.get_level_values("date"))
    month = days.groupby([station, date.year, date.month]).transform("mean")
    usual = days.groupby([station, date.month]).transform("mean")
    filled = days.fillna(month).fillna(usual)
    season = [station, pd.Index(date.year + (date.month >= _FIRST_MONTH), name="year")]
    curve = filled.groupby(season).cumsum()
    fall = curve.groupby(season).cummax().clip(lower=0) - curve
    # a sum of what is missing is missing: no winter from half a curve
    known = filled.notna().groupby(season).all()
    return pd.DataFrame(
        {
            "value": fall.groupby(season).max().where(known),
            "missing": days.isna().groupby(season).mean(),
            "borrowed": month.isna().groupby(season).any(),
        }
    )


def _every_day(temp_mean: pd.Series) -> pd.Series:
    """Return the series with a row for every day of every winter that it touches."""
    dates = pd.DatetimeIndex(temp_mean.index.get_level_values("date"))
    first = dates.min().year - (dates.min().month < _FIRST_MONTH)
    last = dates.max().year + (dates.max().month >= _FIRST_MONTH)
    span = pd.date_range(f"{first}-07-01", f"{last}-06-30")
    stations = temp_mean.index.get_level_values("station").unique()
    return temp_mean.reindex(pd.MultiIndex.from_product([stations, span], names=["station", "date"]))
