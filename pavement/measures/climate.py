"""Climate from daily station records: yearly frost, heat and rain, evaporation and moisture."""

from __future__ import annotations

import calendar
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from pavement.measures.frost_season import freezing_seasons
from pavement.measures.limits import limit
from pavement.measures.moisture import daylight as daylight
from pavement.measures.moisture import moisture_index as moisture_index
from pavement.measures.moisture import potential_evaporation as potential_evaporation

Floats = NDArray[np.float64]

# that change with the height of a place
TEMPERATURE_KINDS = (
    *("temp_mean", "freezing_index", "freezing_season", "freeze_thaw", "heat_days"),
    *("evaporation", "moisture_index"),
)
KINDS = (*TEMPERATURE_KINDS, "rain_mm", "rain_days", "rain_heavy_days", "rain_max")
_KEYS = ["station", "year"]


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
        Columns temp_mean [degC], freezing_index [degC day], freeze_thaw, heat_days, rain_days, rain_heavy_days [day],
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
            "rain_heavy_days": (rain >= limit("rain_heavy")).astype(float).where(rain.notna()),
        },
        index=weather.index,
    )


def freezing_index(temp_mean: ArrayLike) -> float:
    """Return the sum of ``max(0, -T)`` over daily means [degC day], the LTPP definition (not the USACE season)."""
    return float(np.clip(-np.asarray(temp_mean, dtype=float), 0, None).sum())


def yearly(weather: pd.DataFrame, *, latitudes: Mapping[str, float] | None = None) -> pd.DataFrame:
    """
    Return yearly climate of each station.

    A missing day counts as the mean day of its month; a month without records as that month in the station's other
    years (T23).

    Parameters
    ----------
    weather
        Columns station, date, temp_max, temp_min [degC], precipitation_mm [mm]; a station's day that stands twice
        counts as its last row.
    latitudes
        Of stations, north positive; evaporation and moisture index need it. [deg]

    Returns
    -------
    climate
        Columns station, year, kind, value (unit of the kind), missing (share of days, 0 to 1), estimated (over 10 % of
        days missing, or a month taken from other years). Years with over half the days missing have no row.
        ``freezing_season`` is that of the winter that ends in the year, ``rain_max`` the wettest day on record, the
        moisture index of the variant ``moisture_variant``.
    """
    if weather.empty:
        return pd.DataFrame({c: [] for c in (*_KEYS, "kind", "value", "missing", "estimated")})
    weather = weather.drop_duplicates(["station", "date"], keep="last")
    date = pd.to_datetime(weather["date"])
    keys = [weather["station"], date.dt.year.rename("year"), date.dt.month.rename("month")]
    rates = daily_rates(weather)
    grouped = rates.groupby(keys)
    years = pd.MultiIndex.from_frame(pd.concat(keys[:2], axis=1).drop_duplicates())
    full = pd.MultiIndex.from_tuples([(s, y, m) for s, y in years for m in range(1, 13)], names=[*_KEYS, "month"])
    mean, count = grouped.mean().reindex(full), grouped.count().reindex(full, fill_value=0)
    days = pd.Series([calendar.monthrange(y, m)[1] for _, y, m in full], index=full, dtype=float)
    filled = mean.fillna(mean.groupby(level=["station", "month"]).transform("mean"))
    sums = filled.mul(days, axis=0)
    total = sums.groupby(level=_KEYS).sum(min_count=12)
    length = days.groupby(level=_KEYS).sum()
    total["temp_mean"] /= length
    missing = 1 - count.groupby(level=_KEYS).sum().div(length, axis=0)
    borrowed = mean.isna().groupby(level=_KEYS).any()
    _add_rain_max(total, missing, borrowed, rates["rain_mm"].groupby(keys[:2]).max())
    _add_moisture(total, missing, borrowed, filled["temp_mean"], sums["rain_mm"], latitudes or {})
    daily = rates["temp_mean"].set_axis(
        pd.MultiIndex.from_arrays([weather["station"], date], names=["station", "date"])
    )
    _add_season(total, missing, borrowed, freezing_seasons(daily))
    return _long(total, missing, borrowed)


def _add_rain_max(total: pd.DataFrame, missing: pd.DataFrame, borrowed: pd.DataFrame, most: pd.Series) -> None:
    total["rain_max"] = most.reindex(total.index).where(total["rain_mm"].notna())
    for frame in (missing, borrowed):
        frame["rain_max"] = frame["rain_mm"]


def _add_moisture(
    total: pd.DataFrame,
    missing: pd.DataFrame,
    borrowed: pd.DataFrame,
    temp: pd.Series,
    rain: pd.Series,
    latitudes: Mapping[str, float],
) -> None:
    """Add evaporation and moisture index of the years whose station has a latitude."""
    # twelve rows a station and year, in order
    index = temp.index[::12].droplevel("month")
    months, wet = temp.to_numpy(float).reshape(-1, 12), rain.to_numpy(float).reshape(-1, 12)
    latitude = index.get_level_values("station").map(latitudes).to_numpy(float)
    known = np.isfinite(latitude) & np.isfinite(months).all(axis=1)
    out = np.full(months.shape, np.nan)
    out[known] = potential_evaporation(months[known], latitude=latitude[known])
    variant = str(int(limit("moisture_variant")))
    found = {
        "evaporation": out.sum(axis=1),
        "moisture_index": moisture_index(wet, out, variant=variant),
    }
    for kind, values in found.items():
        total[kind] = pd.Series(values, index=index).reindex(total.index)
        missing[kind] = missing[["temp_mean", "rain_mm"]].max(axis=1)
        borrowed[kind] = borrowed[["temp_mean", "rain_mm"]].any(axis=1)


def _add_season(total: pd.DataFrame, missing: pd.DataFrame, borrowed: pd.DataFrame, seasons: pd.DataFrame) -> None:
    own = seasons.reindex(total.index)
    total["freezing_season"] = own["value"]
    missing["freezing_season"] = own["missing"].fillna(1.0)
    borrowed["freezing_season"] = own["borrowed"].eq(True)


def _long(total: pd.DataFrame, missing: pd.DataFrame, borrowed: pd.DataFrame) -> pd.DataFrame:
    parts = {"value": total, "missing": missing, "estimated": (missing > limit("weather_gap")) | borrowed}
    columns = {name: part[total.columns].melt(ignore_index=False)["value"].to_numpy() for name, part in parts.items()}
    index = total.melt(ignore_index=False, var_name="kind").reset_index()[[*_KEYS, "kind"]]
    found = index.assign(**columns)
    kept = found[(found["missing"] <= limit("weather_gap_max")) & found["value"].notna()]
    return kept.sort_values([*_KEYS, "kind"], ignore_index=True)


def station_weights(distance: ArrayLike) -> Floats:
    """
    Return the weights ``1/d^2`` of stations at `distance` [m], shape (places, stations); rows sum to 1.

    A station farther than ``station_far`` has no weight; a place with none in reach has NaN.
    """
    d = np.asarray(distance, dtype=float)
    raw = np.where(d <= limit("station_far"), 1.0 / np.maximum(d, 1.0) ** 2, 0.0)
    total = raw.sum(axis=1, keepdims=True)
    return np.where(total > 0, raw / np.where(total > 0, total, 1.0), np.nan)
