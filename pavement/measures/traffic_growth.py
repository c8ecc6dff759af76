"""Growth of traffic: rates of counting places from their years of counts, and sums of years that grow."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from pavement.measures.limits import limit
from pavement.measures.traffic import class_name, truck_factors
from pavement.schema import read_table

Floats = NDArray[np.float64]

LIGHT, HEAVY = "light", "heavy"
_PLACE = ["counter", "route", "direction", "vehicles"]


def default_rates() -> dict[str, float]:
    """Return the growth of light and heavy vehicles where nothing better is known, ``traffic_growth.csv``. [1/year]"""
    table = read_table("traffic_growth")
    return dict(zip(table["vehicles"], table["rate"].astype(float), strict=True))


def growth_rates(traffic: pd.DataFrame) -> pd.DataFrame:
    """
    Return the yearly growth of light and heavy vehicles at each counting place.

    Parameters
    ----------
    traffic
        Table ``traffic``.

    Returns
    -------
    rates
        Columns counter, route, direction, vehicles (``light`` or ``heavy``), rate [1/year], years (how many were
        counted), estimated: whether the rate is the place's own; else it is the default.

    Notes
    -----
    ``log AADT`` is a line over the years, its slope the median of the slopes of all pairs of years: a year of works or
    of a pandemic moves it little. Under ``growth_years_min`` years, or beyond ``growth_rate_max``, the default stands.

    References
    ----------
    .. [1] Sen, "Estimates of the regression coefficient based on Kendall's tau", Journal of the American Statistical
       Association 63, 1968.
    """
    heavy = traffic["vehicle_class"].map(class_name).map(truck_factors()["heavy"]).eq(True)
    work = traffic[["counter", "route", "direction", "year", "aadt"]].assign(
        vehicles=np.where(heavy, HEAVY, LIGHT), counter=traffic["counter"].astype(str)
    )
    # two sections of one counter in a year are one place: their mean says how it grows
    classes = work.assign(vehicle_class=traffic["vehicle_class"].map(class_name))
    means = classes.groupby([*_PLACE, "year", "vehicle_class"], as_index=False, observed=True)["aadt"].mean()
    totals = means.groupby([*_PLACE, "year"], as_index=False, observed=True)["aadt"].sum()
    counted = totals[totals["aadt"] > 0].assign(log=lambda f: np.log(f["aadt"]))
    years = counted.groupby(_PLACE, observed=True)["year"].nunique().rename("years").reset_index()
    rates = totals[_PLACE].drop_duplicates().merge(years, on=_PLACE, how="left").fillna({"years": 0})
    rates = rates.merge(_slopes(counted), on=_PLACE, how="left")
    own = np.expm1(rates["slope"].astype(float))
    estimated = (rates["years"] >= limit("growth_years_min")) & (own.abs() <= limit("growth_rate_max"))
    rate = own.where(estimated, rates["vehicles"].map(default_rates()))
    return rates.drop(columns="slope").assign(rate=rate.astype(float), years=rates["years"].astype(int),
                                              estimated=estimated)  # fmt: skip


def _slopes(counted: pd.DataFrame) -> pd.DataFrame:
    """Return the median slope of the logarithms of all pairs of years of each place. [1/year]"""
    series = counted[[*_PLACE, "year", "log"]]
    pairs = series.merge(series, on=_PLACE, suffixes=("", "_later"))
    pairs = pairs[pairs["year_later"] > pairs["year"]]
    slope = (pairs["log_later"] - pairs["log"]) / (pairs["year_later"] - pairs["year"])
    return pairs.assign(slope=slope).groupby(_PLACE, as_index=False, observed=True)["slope"].median()


def grown(steps: ArrayLike, rate: ArrayLike) -> Floats:
    """
    Return what traffic is of that counted `steps` years before (or, below 0, after) at a yearly growth. [-]

    Parameters
    ----------
    steps
        Years from the count; those beyond ``growth_carry_max`` hold what is reached there. [year]
    rate
        Yearly growth. [1/year]
    """
    most = limit("growth_carry_max")
    return np.asarray((1.0 + np.asarray(rate, dtype=float)) ** np.clip(np.asarray(steps, dtype=float), -most, most))


def years_before(length: ArrayLike, rate: ArrayLike, *, allowed: ArrayLike) -> Floats:
    """
    Return the sum of the `length` years before a year, in loads of that year. [year]

    Parameters
    ----------
    length
        Years, with a fraction for the first one; below 0 there is none. [year]
    rate
        Yearly growth, so that earlier years carried less. [1/year]
    allowed
        Years back for which traffic still shrinks; earlier ones hold. [year]

    Notes
    -----
    ``sum_{k=1..n} (1+g)^-k = ((1+g)^n - 1) / (g (1+g)^n)``, the usual growth factor brought back by n years.
    """
    span, growth = np.maximum(np.asarray(length, dtype=float), 0.0), np.asarray(rate, dtype=float)
    whole = np.floor(span)
    most = np.maximum(np.asarray(allowed, dtype=float), 0.0)
    shrinking = np.minimum(whole, most)
    flat = np.abs(growth) < 1e-12
    back = (1.0 + growth) ** -shrinking
    summed = np.where(flat, shrinking, (1.0 - back) / np.where(flat, 1.0, growth))
    partial = (span - whole) * (1.0 + growth) ** -np.minimum(whole + 1, most)
    return np.asarray(summed + (whole - shrinking) * back + partial)
