"""Evaporation and moisture by Thornthwaite from monthly temperature and rain."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pavement.errors import SurveyError

Floats = NDArray[np.float64]

VARIANTS = ("1948", "1955", "2006")
MONTH_DAYS: Floats = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=float)


def daylight(latitude: ArrayLike) -> Floats:
    """
    Return the hours from sunrise to sunset in the middle of each month, shape (..., 12). [h]

    Parameters
    ----------
    latitude
        North positive, within the polar circles. [deg]

    References
    ----------
    .. [1] FAO Irrigation and Drainage Paper 56, equations 24, 25 and 34.
    """
    at = np.asarray(latitude, dtype=float)
    if (np.abs(at) > 66.5).any():
        raise SurveyError(
            f"Latitude {np.abs(at).max():g} lies beyond the polar circle.", cure="Give degrees, north positive."
        )
    middle = np.cumsum(MONTH_DAYS) - MONTH_DAYS / 2
    declination = 0.409 * np.sin(2 * np.pi * middle / 365 - 1.39)
    return 24 / np.pi * np.arccos(-np.tan(np.radians(at))[..., None] * np.tan(declination))


def potential_evaporation(temp_mean: ArrayLike, *, latitude: ArrayLike) -> Floats:
    """
    Return Thornthwaite's potential evaporation of each month, shape (..., 12). [mm]

    Parameters
    ----------
    temp_mean
        Mean temperature of each month, shape (..., 12). [degC]
    latitude
        North positive, one for each year. [deg]

    References
    ----------
    .. [1] Thornthwaite, "An approach toward a rational classification of climate", 1948; Willmott for T >= 26.5.
    """
    t = np.asarray(temp_mean, dtype=float)
    warm = np.clip(t, 0, None)
    index = ((warm / 5) ** 1.514).sum(axis=-1, keepdims=True)
    a = 6.75e-7 * index**3 - 7.71e-5 * index**2 + 1.792e-2 * index + 0.49239
    # a year without a month above freezing has an index of 0 and evaporates nothing
    usual = 16 * (10 * warm / np.where(index > 0, index, 1.0)) ** a
    hot = -415.85 + 32.24 * t - 0.43 * t**2
    return np.where(t >= 26.5, hot, usual) * (daylight(latitude) / 12) * (MONTH_DAYS / 30)


def moisture_index(
    precipitation: ArrayLike, evaporation: ArrayLike, *, variant: str, storage: float = 100.0
) -> float | Floats:
    """
    Return Thornthwaite's moisture index of a year; the variants differ widely, so store which one. [-]

    Parameters
    ----------
    precipitation, evaporation
        Of each month, shape (..., 12). [mm]
    variant
        ``1948`` (100 S - 60 D)/PE, ``1955`` 100 (S - D)/PE, or ``2006`` 75 (P/PE - 1) + 10 (Witczak).
    storage
        Water the soil holds, full at the start. [mm]

    Returns
    -------
    index
        A number for one year, an array for several; missing where nothing evaporates.

    References
    ----------
    .. [1] Thornthwaite 1948; Thornthwaite and Mather 1955; Witczak et al. 2006 (to confirm).
    """
    if variant not in VARIANTS:
        raise SurveyError(f"There is no variant {variant!r} of the moisture index.", cure=f"Use one of {[*VARIANTS]}.")
    rain, out = np.asarray(precipitation, dtype=float), np.asarray(evaporation, dtype=float)
    surplus, deficit = _balance(rain - out, storage)
    total = out.sum(axis=-1)
    total = np.where(total > 0, total, np.nan)
    if variant == "2006":
        index = 75 * (rain.sum(axis=-1) / total - 1) + 10
    else:
        index = (100 * surplus - (60 if variant == "1948" else 100) * deficit) / total
    return float(index) if np.ndim(index) == 0 else index


def _balance(gains: Floats, storage: float) -> tuple[Floats, Floats]:
    """Return what runs off and what is lacking in a year, from what each month brings. [mm]"""
    surplus, deficit = np.zeros(gains.shape[:-1]), np.zeros(gains.shape[:-1])
    held = np.full(gains.shape[:-1], storage)
    for month in range(gains.shape[-1]):
        level = held + gains[..., month]
        held = np.clip(level, 0.0, storage)
        surplus = surplus + np.clip(level - storage, 0.0, None)
        deficit = deficit + np.clip(-level, 0.0, None)
    return surplus, deficit
