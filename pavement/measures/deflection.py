"""Deflection under a falling weight: stiffness, basin indices and the soundness of drops."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from pavement.errors import SurveyError
from pavement.measures.limits import limit

Floats = NDArray[np.float64]

OFFSETS = ("d0", "d200", "d300", "d450", "d600", "d900", "d1200")
PLACE = ["route", "direction", "lane", "measure_m", "surveyed_on"]


def plate_load(pressure: ArrayLike, *, radius: float) -> Floats:
    """Return the load [kN] of a pressure [kPa] under a plate of `radius` [mm]."""
    return np.asarray(pressure, dtype=float) * np.pi * (radius / 1000) ** 2


def normalised(deflection: ArrayLike, *, load: ArrayLike, target: float | None = None) -> Floats:
    """
    Return deflections [um] brought in proportion to the standard load.

    Drops farther than 20 % from it are missing, because the pavement is not linear over more.

    Parameters
    ----------
    deflection
        Shape (n,). [um]
    load
        Shape (n,). [kN]
    target
        Standard load; 50 kN when not given. [kN]
    """
    standard = limit("fwd_load") if target is None else target
    force = np.asarray(load, dtype=float)
    near = np.abs(force - standard) <= limit("fwd_load_tolerance") * standard
    return np.where(near, np.asarray(deflection, dtype=float) * standard / np.where(force > 0, force, np.nan), np.nan)


def impulse_stiffness(load: ArrayLike, deflection: ArrayLike) -> Floats:
    """Return the impulse stiffness ISM, load [kN] over centre deflection [um]. [kN/um]"""
    centre = np.asarray(deflection, dtype=float)
    return np.asarray(load, dtype=float) / np.where(centre > 0, centre, np.nan)


def basin_area(drops: pd.DataFrame) -> pd.Series:
    """Return the AREA of basins, ``150 (d0 + 2 d300 + 2 d600 + d900) / d0`` [mm]; over 25 it is the form in inches."""
    total = drops["d0"] + 2 * drops["d300"] + 2 * drops["d600"] + drops["d900"]
    return (150 * total / drops["d0"]).rename("area")


def basin_indices(drops: pd.DataFrame, *, target: float | None = None) -> pd.DataFrame:
    """
    Return the indices of each drop.

    Parameters
    ----------
    drops
        Columns of the table ``fwd``: load_kn [kN], d0 … d1200 [um].
    target
        Load to which deflections are brought; 50 kN when not given, 0 to leave them as measured. [kN]

    Returns
    -------
    indices
        d0, sci (d0 - d300), bdi (d300 - d600), bci (d600 - d900) [um], area [mm], ism [kN/um].

    References
    ----------
    .. [1] AASHTO 1993; Huang, Pavement Analysis and Design, chapter 13.
    """
    brought = {
        name: drops[name].to_numpy(float)
        if target == 0
        else normalised(drops[name], load=drops["load_kn"], target=target)
        for name in ("d0", "d300", "d600", "d900")
    }
    basin = pd.DataFrame(brought, index=drops.index)
    return pd.DataFrame(
        {
            "d0": basin["d0"],
            "sci": basin["d0"] - basin["d300"],
            "bdi": basin["d300"] - basin["d600"],
            "bci": basin["d600"] - basin["d900"],
            "area": basin_area(drops),
            "ism": impulse_stiffness(drops["load_kn"], drops["d0"]),
        }
    )


def drop_faults(drops: pd.DataFrame) -> pd.Series:
    """
    Return why each drop is unsound, empty text where it is sound (T19).

    A drop is refused with no load or a load that is missing, without centre deflection, with a deflection that is not
    positive, or with a basin that rises outwards by more than 2 %. Missing outer sensors (seven or nine may be fitted)
    are no fault.
    """
    names = [name for name in OFFSETS if name in drops]
    basin = drops[names].to_numpy(float)
    reason = np.full(len(drops), "", dtype=object)
    reason[_rises(basin)] = "the basin rises outwards"
    reason[(basin <= 0).any(axis=1)] = "a deflection is zero or negative"
    reason[~np.isfinite(drops["d0"].to_numpy(float))] = "no centre deflection"
    reason[~(drops["load_kn"].to_numpy(float) > 0)] = "no load"
    return pd.Series(reason, index=drops.index, name="fault", dtype=str)


def _rises(basin: Floats) -> NDArray[np.bool_]:
    """Return whether any sensor reads more than the lowest one inside it allows."""
    inner = np.minimum.accumulate(np.where(np.isfinite(basin), basin, np.inf), axis=1)[:, :-1]
    return np.asarray((basin[:, 1:] > inner * (1 + limit("fwd_basin_tolerance"))).any(axis=1))


def place_values(drops: pd.DataFrame) -> pd.DataFrame:
    """
    Return the mean indices of each place from its sound drops near the standard load.

    Parameters
    ----------
    drops
        Table ``fwd``; drops in any order.

    Returns
    -------
    places
        route, direction, lane, measure_m [m], surveyed_on, d0, sci, bdi, bci [um], area [mm], ism [kN/um], drops used,
        spread (largest over smallest ISM less 1 [-]), method. Deflections are not corrected for temperature, and the
        method says when the temperature is not even on record (T20).
    """
    sound = drops[drop_faults(drops) == ""]
    indices = basin_indices(sound)
    used = sound[PLACE].join(indices)[indices["d0"].notna()]
    warm = sound["temp_surface"].reindex(used.index) if "temp_surface" in sound else used["d0"] * np.nan
    grouped = used.assign(warm=warm).groupby(PLACE, sort=True)
    result = grouped[["d0", "sci", "bdi", "bci", "area", "ism"]].mean()
    result["drops"] = grouped.size()
    result["spread"] = grouped["ism"].max() / grouped["ism"].min() - 1
    load = f"mean of drops at {limit('fwd_load'):.0f} kN, not corrected for temperature"
    known = grouped["warm"].count() > 0
    result["method"] = np.where(known, load, f"{load}; temperature not recorded")
    return result.reset_index()


def surface_modulus(pressure: ArrayLike, deflection: ArrayLike, *, radius: float, poisson: float = 0.35) -> Floats:
    """Return the surface modulus ``2 (1 - nu^2) p a / d0`` [MPa] from kPa, um and a plate radius in mm."""
    p, d = np.asarray(pressure, dtype=float) / 1000, np.asarray(deflection, dtype=float) / 1000
    return 2 * (1 - poisson**2) * p * radius / d


def back_calculated(
    *, load: float, radius: float, thickness: float, centre: float, outer: float, distance: float
) -> dict[str, float]:
    """
    Return subgrade and pavement modulus of the two-layer method, and the effective structural number.

    Parameters
    ----------
    load
        Load of the drop. [lbf]
    radius, thickness, distance
        Plate radius, pavement above the subgrade, and distance of the outer sensor. [in]
    centre, outer
        Deflection under the plate, corrected to 68 degF, and of the outer sensor. [in]

    Returns
    -------
    moduli
        ``subgrade``, ``pavement`` [psi], ``sn_effective`` [-], ``distance_min`` [in]: an outer sensor nearer than that
        still feels the pavement, and the result must be flagged.

    Raises
    ------
    SurveyError
        No pavement modulus gives the centre deflection.

    References
    ----------
    .. [1] AASHTO Guide 1993, part III, section 5.4.5, in its own units.
    """
    subgrade = 0.24 * load / (outer * distance)
    pressure = load / (np.pi * radius**2)

    def miss(log_ratio: float) -> float:
        ratio = 10.0**log_ratio
        reach = np.sqrt(1 + (thickness / radius * np.cbrt(ratio)) ** 2)
        top = (1 - 1 / np.sqrt(1 + (thickness / radius) ** 2)) / ratio
        return float(1.5 * pressure * radius / subgrade * (1 / reach + top) - centre)

    if miss(-2.0) * miss(5.0) > 0:
        raise SurveyError(
            f"No pavement modulus gives {centre:g} in under {load:g} lbf with {outer:g} in at {distance:g} in.",
            cure="Check the units: this method takes lbf and inches.",
        )
    ratio = 10 ** float(brentq(miss, -2.0, 5.0, xtol=1e-12))
    equivalent = np.sqrt(radius**2 + (thickness * np.cbrt(ratio)) ** 2)
    return {
        "subgrade": subgrade,
        "pavement": ratio * subgrade,
        "sn_effective": 0.0045 * thickness * float(np.cbrt(ratio * subgrade)),
        "distance_min": 0.7 * float(equivalent),
    }
