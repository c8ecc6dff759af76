"""Annual average daily traffic from volumes of days, balanced over days of the week and months."""

from __future__ import annotations

import pandas as pd

from pavement.measures.limits import limit

MONTHS, WEEKDAYS = 12, 7
METHOD = "AASHTO average of days of the week and months"


def annual_average(days: pd.DataFrame) -> pd.DataFrame:
    """
    Return AADT by counter, year and vehicle class.

    Parameters
    ----------
    days
        Whole days: columns counter, day (date), vehicle_class, volume [veh].

    Returns
    -------
    averages
        Columns counter, year, vehicle_class, aadt [veh/day], days, months, weekdays (how many of each were counted),
        coverage: share of the days of the year [-], and complete: whether every month and day of the week was counted.

    Notes
    -----
    ``AADT = 1/7 sum_d 1/12 sum_m mean(VOL_dm)`` over days of the week d and months m, so that neither more counts in
    one month nor a missing Sunday shifts it. Where a month has no such day the mean of the months that have it stands,
    which is why an average of few months is an estimate: it holds no correction for the season.

    References
    ----------
    .. [1] AASHTO Guidelines for Traffic Data Programs, 1992: average of averages; as in FHWA Traffic Monitoring Guide.
    """
    day = pd.to_datetime(days["day"])
    work = days.assign(year=day.dt.year, month=day.dt.month, weekday=day.dt.day_of_week)
    keys = ["counter", "year", "vehicle_class"]
    cells = work.groupby([*keys, "weekday", "month"], observed=True)["volume"].mean()
    weekly = cells.groupby([*keys, "weekday"], observed=True).mean()
    average = weekly.groupby(keys, observed=True).mean().rename("aadt").reset_index()
    counted = work.groupby(["counter", "year"], observed=True).agg(
        days=("day", "nunique"), months=("month", "nunique"), weekdays=("weekday", "nunique")
    )
    cellwise = work.groupby(["counter", "year"], observed=True)[["weekday", "month"]].apply(
        lambda part: len(part.drop_duplicates())
    )
    counted["complete"] = cellwise == MONTHS * WEEKDAYS
    found = average.merge(counted.reset_index(), on=["counter", "year"])
    length = pd.to_datetime(found["year"].astype(str) + "-12-31").dt.day_of_year
    return found.assign(coverage=found["days"] / length)


def enough(averages: pd.DataFrame) -> pd.Series:
    """Return whether enough days were counted for an average: at least ``aadt_days_min``, each day of the week once."""
    return (averages["days"] >= limit("aadt_days_min")) & (averages["weekdays"] == WEEKDAYS)


def quality_of(averages: pd.DataFrame) -> pd.Series:
    """Return ``measured`` where every month and day of the week was counted, else ``estimated``."""
    return pd.Series("measured", index=averages.index).where(averages["complete"], "estimated")


def method_of(averages: pd.DataFrame) -> pd.Series:
    """Return how each average was made, with the days, months and days of the week that it rests on."""
    counts = averages[["days", "months", "weekdays"]].astype(str)
    said = METHOD + ", " + counts["days"] + " days in " + counts["months"] + " months"
    return said.where(averages["complete"], said + ", no correction for the season")
