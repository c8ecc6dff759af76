"""Temperature of the asphalt under a deflection test, and what it does to the centre deflection."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pavement.measures.limits import limit
from pavement.schema import read_table

Floats = NDArray[np.float64]

# the method's outer sensor: 36 in
OUTER = 914.4
_CYCLE = 18.0


@cache
def _terms(model: str) -> dict[str, float]:
    table = read_table("temperature_terms")
    own = table[table["model"] == model]
    return dict(zip(own["term"], own["value"].astype(float), strict=True))


def mid_depth_temperature(surface: ArrayLike, *, depth: ArrayLike, hour: ArrayLike, air_before: ArrayLike) -> Floats:
    """
    Return the temperature within the asphalt by BELLS3. [degC]

    Parameters
    ----------
    surface
        Temperature of the surface by infrared, shaded for less than a minute as in routine tests. [degC]
    depth
        Depth asked for, usually half the thickness of the asphalt. [mm]
    hour
        Local time of day. [h]
    air_before
        Mean air temperature of the day before. [degC]

    Notes
    -----
    ``T = a + b IR + (log10 d - 1.25) (c IR + e Tair + f sin18(h - 15.5)) + g IR sin18(h - 13.5)``, where sin18 goes
    round in 18 hours and stays at -1 between 5:00 and 11:00 (first) and between 3:00 and 9:00 (second).

    References
    ----------
    .. [1] Lukanen, Stubstad, Briggs: Temperature Predictions and Adjustment Factors for Asphalt Pavement,
       FHWA-RD-98-085, 2000; ASTM D7228. Coefficients in ``tables/temperature_terms.csv``, to confirm.
    """
    p = _terms("bells3")
    infrared, air = np.asarray(surface, dtype=float), np.asarray(air_before, dtype=float)
    time = np.asarray(hour, dtype=float)
    late, early = _skewed_sine(time, peak=15.5, rest=(5.0, 11.0)), _skewed_sine(time, peak=13.5, rest=(3.0, 9.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        deep = np.log10(np.asarray(depth, dtype=float)) - 1.25
    below = p["depth_surface"] * infrared + p["depth_air"] * air + p["depth_hour"] * late
    return p["constant"] + p["surface"] * infrared + deep * below + p["surface_hour"] * infrared * early


def _skewed_sine(hour: Floats, *, peak: float, rest: tuple[float, float]) -> Floats:
    """Return the sine of an 18 h clock; at rest, -1, in the hours of the morning that it has no room for."""
    time = np.where(hour < rest[0], hour + 24, hour)
    wave = np.sin(2 * np.pi * (time - peak) / _CYCLE)
    return np.where((hour >= rest[0]) & (hour <= rest[1]), -1.0, np.where(np.isfinite(hour), wave, np.nan))


def centre_factor(
    temperature: ArrayLike, *, asphalt: ArrayLike, latitude: ArrayLike, outer: ArrayLike, reference: float | None = None
) -> Floats:
    """
    Return the factor that brings a centre deflection to the reference temperature. [-]

    Parameters
    ----------
    temperature
        At half the depth of the asphalt. [degC]
    asphalt
        Thickness of the asphalt. [mm]
    latitude
        Of the site; the data of the method lie between about 26 and 51 degrees. [deg]
    outer
        Deflection at 914 mm under 40 kN. [um]
    reference
        Temperature wanted; ``fwd_temperature`` of the limits when not given. [degC]

    Returns
    -------
    factor
        ``(d914 + Delta36(reference)) / (d914 + Delta36(temperature))``; missing outside the temperatures and
        thicknesses of the limits, or where anything is unknown: nothing is guessed.

    References
    ----------
    .. [1] FHWA-RD-98-085, LTPP Guide to Asphalt Temperature Prediction and Correction, deflection under the load plate.
       Coefficients of Delta36 in ``tables/temperature_terms.csv``, to confirm.
    """
    warm, thick = np.asarray(temperature, dtype=float), np.asarray(asphalt, dtype=float)
    far, at = np.asarray(outer, dtype=float), np.asarray(latitude, dtype=float)
    wanted = limit("fwd_temperature") if reference is None else reference
    with np.errstate(divide="ignore", invalid="ignore"):
        known = (warm >= limit("fwd_temperature_low")) & (warm <= limit("fwd_temperature_high"))
        known &= (thick >= limit("fwd_asphalt_least")) & (thick <= limit("fwd_asphalt_most"))
        factor = (far + _delta36(wanted, thick, at, far)) / (far + _delta36(warm, thick, at, far))
    return np.where(known, factor, np.nan)


def _delta36(temperature: ArrayLike, asphalt: Floats, latitude: Floats, outer: Floats) -> Floats:
    """Return the difference of centre and outer deflection that the method expects at a temperature. [um]"""
    p = _terms("delta36")
    thick, at, far = np.log10(asphalt), np.log10(np.abs(latitude)), np.log10(outer)
    slope = p["temperature_latitude_outer"] * at * far + p["temperature_asphalt_latitude"] * thick * at
    power = p["constant"] + p["asphalt"] * thick + p["latitude_outer"] * at * far + np.asarray(temperature) * slope
    return np.asarray(10.0**power, dtype=float)
