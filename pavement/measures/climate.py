"""Climate from daily station records: yearly frost, heat and rain, evaporation and moisture."""

from __future__ import annotations

import calendar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from pavement.errors import SurveyError
from pavement.measures.limits import limit

Floats = NDArray[np.float64]

KINDS = ("temp_mean", "freezing_index", "freeze_thaw", "heat_days", "rain_mm", "rain_days")
_MONTH_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=float)


def daily_rates(weather: pd.DataFrame) -> pd.DataFrame:
    """
    Return what each day adds to the yearly kinds; missing where the day's record is missing.

    Parameters
    ----------
    weather
        Columns temp_max, temp_min [degC], precipitation_mm [mm], one row a station and day.

    Returns
    -------
    rates
        Columns :data:`KINDS`: temp_mean [degC], freezing_index [degC day], freeze_thaw, heat_days, rain_days [day],
        rain_mm [mm].

    References
    ----------
    .. [1] LTPP: mean of daily extremes; annual sum of negative daily means; days above 32.2 degC (90 degF).
    """
    high, low, rain = (weather[c].astype(float) for c in ("temp_max", "temp_min", "precipitation_mm"))
    mean = (high + low) / 2
    return pd.DataFrame(
        {
            "temp_mean": mean,
            "freezing_index": (-mean).clip(lower=0),
            "freeze_thaw": ((low < 0) & (high > 0)).astype(float).where(mean.notna()),
            "heat_days": (high > limit("heat_day")).astype(float).where(high.notna()),
            "rain_mm": rain,
            "rain_days": (rain >= limit("rain_day")).astype(float).where(rain.notna()),
        },
        index=weather.index,
    )


def freezing_index(temp_mean: ArrayLike) -> float:
    """Return the sum of ``max(0, -T)`` over daily means [degC day], the LTPP definition (not the USACE season)."""
    return float(np.clip(-np.asarray(temp_mean, dtype=float), 0, None).sum())


def yearly(weather: pd.DataFrame) -> pd.DataFrame:
    """
    Return yearly climate of each station.

    A missing day counts as the mean day of its month; a month without records as that month in the station's other
    years (T23).

    Parameters
    ----------
    weather
        Columns station, date, temp_max, temp_min [degC], precipitation_mm [mm]; a station's day that stands twice
        counts as its last row.

    Returns
    -------
    climate
        Columns station, year, kind, value (unit of the kind), missing (share of days, 0 to 1), estimated (over 10 % of
        days missing, or a month taken from other years). Years with over half the days missing have no row.
    """
    if weather.empty:
        return pd.DataFrame({c: [] for c in ("station", "year", "kind", "value", "missing", "estimated")})
    weather = weather.drop_duplicates(["station", "date"], keep="last")
    date = pd.to_datetime(weather["date"])
    keys = [weather["station"], date.dt.year.rename("year"), date.dt.month.rename("month")]
    grouped = daily_rates(weather).groupby(keys)
    years = pd.MultiIndex.from_frame(pd.concat(keys[:2], axis=1).drop_duplicates())
    full = pd.MultiIndex.from_tuples(
        [(s, y, m) for s, y in years for m in range(1, 13)], names=["station", "year", "month"]
    )
    mean, count = grouped.mean().reindex(full), grouped.count().reindex(full, fill_value=0)
    days = pd.Series([calendar.monthrange(y, m)[1] for _, y, m in full], index=full, dtype=float)
    usual = mean.groupby(level=["station", "month"]).transform("mean")
    total = mean.fillna(usual).mul(days, axis=0).groupby(level=["station", "year"]).sum(min_count=12)
    length = days.groupby(level=["station", "year"]).sum()
    total["temp_mean"] /= length
    missing = 1 - count.groupby(level=["station", "year"]).sum().div(length, axis=0)
    borrowed = mean.isna().groupby(level=["station", "year"]).any()
    return _long(total, missing, borrowed)


def _long(total: pd.DataFrame, missing: pd.DataFrame, borrowed: pd.DataFrame) -> pd.DataFrame:
    parts = {"value": total, "missing": missing, "estimated": (missing > limit("weather_gap")) | borrowed}
    columns = {name: part.melt(ignore_index=False)["value"].to_numpy() for name, part in parts.items()}
    index = total.melt(ignore_index=False, var_name="kind").reset_index()[["station", "year", "kind"]]
    found = index.assign(**columns)
    kept = found[(found["missing"] <= limit("weather_gap_max")) & found["value"].notna()]
    return kept.sort_values(["station", "year", "kind"], ignore_index=True)


def station_weights(distance: ArrayLike) -> Floats:
    """
    Return the weights ``1/d^2`` of stations at `distance` [m], shape (places, stations); rows sum to 1.

    A station farther than ``station_far`` has no weight; a place with none in reach has NaN.
    """
    d = np.asarray(distance, dtype=float)
    raw = np.where(d <= limit("station_far"), 1.0 / np.maximum(d, 1.0) ** 2, 0.0)
    total = raw.sum(axis=1, keepdims=True)
    return np.where(total > 0, raw / np.where(total > 0, total, 1.0), np.nan)


def daylight(latitude: float) -> Floats:
    """
    Return the hours from sunrise to sunset in the middle of each month, shape (12,). [h]

    Parameters
    ----------
    latitude
        North positive, within the polar circles. [deg]

    References
    ----------
    .. [1] FAO Irrigation and Drainage Paper 56, equations 24, 25 and 34.
    """
    if abs(latitude) > 66.5:
        raise SurveyError(f"Latitude {latitude:g} lies beyond the polar circle.", cure="Give degrees, north positive.")
    middle = np.cumsum(_MONTH_DAYS) - _MONTH_DAYS / 2
    declination = 0.409 * np.sin(2 * np.pi * middle / 365 - 1.39)
    return 24 / np.pi * np.arccos(-np.tan(np.radians(latitude)) * np.tan(declination))


def potential_evaporation(temp_mean: ArrayLike, *, latitude: float) -> Floats:
    """
    Return Thornthwaite's potential evaporation of each month, shape (12,). [mm]

    Parameters
    ----------
    temp_mean
        Mean temperature of each month, shape (12,). [degC]
    latitude
        North positive. [deg]

    References
    ----------
    .. [1] Thornthwaite, "An approach toward a rational classification of climate", 1948; Willmott for T >= 26.5.
    """
    t = np.asarray(temp_mean, dtype=float)
    warm = np.clip(t, 0, None)
    index = float(((warm / 5) ** 1.514).sum())
    a = 6.75e-7 * index**3 - 7.71e-5 * index**2 + 1.792e-2 * index + 0.49239
    usual = 16 * (10 * warm / index) ** a if index > 0 else np.zeros_like(warm)
    hot = -415.85 + 32.24 * t - 0.43 * t**2
    return np.where(t >= 26.5, hot, usual) * (daylight(latitude) / 12) * (_MONTH_DAYS / 30)


def moisture_index(precipitation: ArrayLike, evaporation: ArrayLike, *, variant: str, storage: float = 100.0) -> float:
    """
    Return Thornthwaite's moisture index of a year; the variants differ widely, so store which one. [-]

    Parameters
    ----------
    precipitation, evaporation
        Of each month, shape (12,). [mm]
    variant
        ``1948`` (100 S - 60 D)/PE, ``1955`` 100 (S - D)/PE, or ``2006`` 75 (P/PE - 1) + 10 (Witczak).
    storage
        Water the soil holds, full at the start. [mm]

    References
    ----------
    .. [1] Thornthwaite 1948; Thornthwaite and Mather 1955; Witczak et al. 2006 (to confirm).
    """
    rain, out = np.asarray(precipitation, dtype=float), np.asarray(evaporation, dtype=float)
    surplus, deficit, held = 0.0, 0.0, storage
    for gain in rain - out:
        level = held + gain
        held = min(max(level, 0.0), storage)
        surplus += max(level - storage, 0.0)
        deficit += max(-level, 0.0)
    total = out.sum()
    values = {
        "1948": (100 * surplus - 60 * deficit) / total,
        "1955": 100 * (surplus - deficit) / total,
        "2006": 75 * (rain.sum() / total - 1) + 10,
    }
    if variant not in values:
        raise SurveyError(f"There is no variant {variant!r} of the moisture index.", cure=f"Use one of {[*values]}.")
    return float(values[variant])
