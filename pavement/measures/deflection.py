"""Deflection under a falling weight: stiffness, basin indices, moduli and the soundness of drops."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from pavement.measures.basin import basin, deflection_at
from pavement.measures.limits import limit

Floats = NDArray[np.float64]

PLACE = ["route", "direction", "lane", "measure_m", "surveyed_on"]
INDICES = ("d0", "sci", "bdi", "bci", "basin_area", "ism", "surface_modulus")
_AT = (300, 600, 900)


def plate_load(pressure: ArrayLike, *, radius: ArrayLike) -> Floats:
    """Return the load [kN] of a pressure [kPa] under a plate of `radius` [mm]."""
    return np.asarray(pressure, dtype=float) * np.pi * (np.asarray(radius, dtype=float) / 1000) ** 2


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
        Standard load, such as 40 or 50; ``fwd_load`` of the limits when not given. [kN]
    """
    standard = limit("fwd_load") if target is None else target
    force = np.asarray(load, dtype=float)
    near = np.abs(force - standard) <= limit("fwd_load_tolerance") * standard
    return np.where(near, np.asarray(deflection, dtype=float) * standard / np.where(force > 0, force, np.nan), np.nan)


def impulse_stiffness(load: ArrayLike, deflection: ArrayLike) -> Floats:
    """Return the impulse stiffness ISM, load [kN] over centre deflection [um]. [kN/um]"""
    centre = np.asarray(deflection, dtype=float)
    return np.asarray(load, dtype=float) / np.where(centre > 0, centre, np.nan)


def basin_indices(drops: pd.DataFrame, *, target: float | None = None) -> pd.DataFrame:
    """
    Return the indices of each drop.

    Parameters
    ----------
    drops
        Columns of the table ``fwd``: load_kn [kN], plate_radius_mm [mm], d0 … d1800 [um], other_sensors.
    target
        Load to which deflections are brought; ``fwd_load`` when not given, 0 to leave them as measured. [kN]

    Returns
    -------
    indices
        d0, sci (d0 - d300), bdi (d300 - d600), bci (d600 - d900) [um], basin_area, ``150 (d0 + 2 d300 + 2 d600 + d900)
        / d0`` [mm] (over 25 it is AREA in inches), ism [kN/um], surface_modulus [MPa], between: which of d300, d600 and
        d900 no sensor measured there, so that they lie between two sensors.

    References
    ----------
    .. [1] AASHTO 1993; Huang, Pavement Analysis and Design, chapter 13.
    """
    measured = basin(drops)
    load = drops["load_kn"].to_numpy(float)
    given = {0: (deflection_at(measured, 0.0)[0], np.zeros(len(drops), dtype=bool))}
    given |= {at: deflection_at(measured, at) for at in _AT}
    d0, d300, d600, d900 = (
        values if target == 0 else normalised(values, load=load, target=target) for values, _ in given.values()
    )
    centre, radius = given[0][0], drops["plate_radius_mm"].to_numpy(float)
    frame = pd.DataFrame(
        {
            "d0": d0,
            "sci": d0 - d300,
            "bdi": d300 - d600,
            "bci": d600 - d900,
            "basin_area": 150 * (d0 + 2 * d300 + 2 * d600 + d900) / np.where(d0 > 0, d0, np.nan),
            "ism": impulse_stiffness(load, centre),
            "surface_modulus": surface_modulus(load / (np.pi * (radius / 1000) ** 2), centre, radius=radius),
        },
        index=drops.index,
    )
    words = [pd.Series(np.where(given[at][1], f"d{at} ", ""), index=drops.index) for at in _AT]
    return frame.assign(between=(words[0] + words[1] + words[2]).str.strip())


def drop_faults(drops: pd.DataFrame) -> pd.Series:
    """
    Return why each drop is unsound, empty text where it is sound (T19).

    A drop is refused with no load or a load that is missing, without centre deflection, with a deflection that is not
    positive, or with a basin that rises outwards by more than 2 %. Missing outer sensors (seven or nine may be fitted,
    at any distances) are no fault.
    """
    measured = basin(drops)
    values = measured.to_numpy(float)
    reason = np.full(len(drops), "", dtype=object)
    reason[_rises(values)] = "the basin rises outwards"
    reason[(values <= 0).any(axis=1)] = "a deflection is zero or negative"
    reason[~np.isfinite(drops["d0"].to_numpy(float))] = "no centre deflection"
    reason[~(drops["load_kn"].to_numpy(float) > 0)] = "no load"
    return pd.Series(reason, index=drops.index, name="fault", dtype=str)


def _rises(values: Floats) -> NDArray[np.bool_]:
    """Return whether any sensor reads more than the lowest one inside it allows."""
    inner = np.minimum.accumulate(np.where(np.isfinite(values), values, np.inf), axis=1)[:, :-1]
    return np.asarray((values[:, 1:] > inner * (1 + limit("fwd_basin_tolerance"))).any(axis=1))


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
        route, direction, lane, measure_m [m], surveyed_on, the indices of :func:`basin_indices`, drops used, spread
        (largest over smallest ISM less 1 [-]), method. Deflections are not corrected for temperature, and the method
        says when the temperature is not even on record (T20), and which deflections lie between two sensors.
    """
    sound = drops[drop_faults(drops) == ""]
    indices = basin_indices(sound)
    used = sound[PLACE].join(indices)[indices["d0"].notna()]
    grouped = used.assign(warm=known_temperature(sound).reindex(used.index)).groupby(PLACE, sort=True)
    result = grouped[list(INDICES)].mean()
    result["drops"] = grouped.size()
    result["spread"] = grouped["ism"].max() / grouped["ism"].min() - 1
    between = grouped["between"].max().str.replace(" ", ", ")
    load = f"mean of drops at {limit('fwd_load'):.0f} kN"
    said = np.where(between != "", load + ", " + between + " between two sensors", load)
    unknown = np.where(grouped["warm"].any(), "", "; temperature not recorded")
    result["method"] = pd.Series(said, index=result.index) + ", not corrected for temperature" + unknown
    return result.reset_index()


def known_temperature(drops: pd.DataFrame) -> pd.Series:
    """Return whether any temperature of the pavement is on record with each drop (T20)."""
    given = [drops[c].notna() for c in ("temp_asphalt", "temp_surface") if c in drops]
    return pd.concat(given, axis=1).any(axis=1) if given else pd.Series(False, index=drops.index)


def surface_modulus(
    pressure: ArrayLike,
    deflection: ArrayLike,
    *,
    radius: ArrayLike,
    distance: ArrayLike = 0.0,
    poisson: float | None = None,
) -> Floats:
    """
    Return the modulus of the even half-space that would deflect as much.

    Parameters
    ----------
    pressure, deflection
        Under the plate [kPa], and at `distance` from its centre [um].
    radius, distance
        Radius of the plate, distance of the sensor. [mm]
    poisson
        Poisson's ratio; ``fwd_poisson`` of the limits when not given. [-]

    Returns
    -------
    modulus
        ``2 (1 - nu^2) p a / d0`` under the plate, ``(1 - nu^2) p a^2 / (r dr)`` at a distance r. [MPa]

    References
    ----------
    .. [1] Ullidtz, Modelling Flexible Pavement Response and Performance, 1998, chapter 4 (Boussinesq).
    """
    ratio = limit("fwd_poisson") if poisson is None else poisson
    p, d = np.asarray(pressure, dtype=float) / 1000, np.asarray(deflection, dtype=float) / 1000
    a, r = np.asarray(radius, dtype=float), np.asarray(distance, dtype=float)
    shape = np.where(r > 0, a**2 / np.where(r > 0, r, 1.0), 2 * a)
    return (1 - ratio**2) * p * shape / np.where(d > 0, d, np.nan)


@dataclass(frozen=True)
class EffectiveModulus:
    """
    What the two-layer method says of drops.

    Attributes
    ----------
    subgrade, pavement
        Moduli of the subgrade and of all layers above it as one, in the unit of load over length squared.
    equivalent_radius
        Radius of the stress bulb where it meets the subgrade, in the unit of length.
    far_enough
        Whether the outer sensor stands at 0.7 of that radius or more; a nearer one still feels the pavement, and the
        result must be flagged.
    """

    subgrade: Floats
    pavement: Floats
    equivalent_radius: Floats
    far_enough: NDArray[np.bool_]


def effective_modulus(
    *,
    load: ArrayLike,
    radius: ArrayLike,
    thickness: ArrayLike,
    centre: ArrayLike,
    outer: ArrayLike,
    distance: ArrayLike,
) -> EffectiveModulus:
    """
    Return the moduli of subgrade and pavement of the two-layer method of AASHTO 1993.

    The equations have no constant with a unit, so any units that fit each other may be given: lbf and in give psi,
    N and mm give MPa.

    Parameters
    ----------
    load
        Load of the drop. [lbf or N]
    radius, thickness, distance
        Plate radius, all layers above the subgrade, and distance of the outer sensor. [in or mm]
    centre, outer
        Deflection under the plate, corrected to the reference temperature, and of the outer sensor. [in or mm]

    Returns
    -------
    moduli
        Subgrade ``0.24 P / (dr r)``, not multiplied by the C of design (:func:`design_subgrade_modulus`), and pavement
        [psi or MPa]; the latter missing where no modulus gives the centre deflection.

    Examples
    --------
    >>> got = effective_modulus(load=9000, radius=5.9, thickness=12, centre=0.022841954613506, outer=0.01, distance=36)
    >>> round(float(got.subgrade)), round(float(got.pavement))
    (6000, 150000)

    References
    ----------
    .. [1] AASHTO Guide for Design of Pavement Structures, 1993, part III, section 5.4.5.
    """
    force, a, depth, d0, dr, r = np.broadcast_arrays(
        *(np.asarray(v, dtype=float) for v in (load, radius, thickness, centre, outer, distance))
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        subgrade = 0.24 * force / (dr * r)
        wanted = d0 * subgrade * np.pi * a / (1.5 * force)
        ratio = _modular_ratio(depth / a, wanted)
        equivalent = np.sqrt(a**2 + (depth * np.cbrt(ratio)) ** 2)
        return EffectiveModulus(subgrade, ratio * subgrade, equivalent, r >= 0.7 * equivalent)


def _modular_ratio(slenderness: Floats, wanted: Floats) -> Floats:
    """Return Ep/Mr that gives the wanted centre deflection, as bisection on its logarithm; missing where none does."""

    def given(log_ratio: Floats) -> Floats:
        ratio = 10.0**log_ratio
        top = (1 - 1 / np.sqrt(1 + slenderness**2)) / ratio
        return 1 / np.sqrt(1 + (slenderness * np.cbrt(ratio)) ** 2) + top

    low, high = np.full(wanted.shape, -2.0), np.full(wanted.shape, 5.0)
    solvable = (given(low) >= wanted) & (given(high) <= wanted)
    for _ in range(60):
        middle = (low + high) / 2
        # a stiffer pavement deflects less
        above = given(middle) > wanted
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.where(solvable, 10.0 ** ((low + high) / 2), np.nan)


def design_subgrade_modulus(subgrade: ArrayLike) -> Floats:
    """Return the subgrade modulus for design: back-calculated times C (``fwd_design_factor``), in the same unit."""
    return limit("fwd_design_factor") * np.asarray(subgrade, dtype=float)


def effective_structural_number(*, thickness: ArrayLike, modulus: ArrayLike) -> Floats:
    """
    Return the effective structural number ``0.0045 D Ep^(1/3)`` with D in inches and Ep in psi. [-]

    Parameters
    ----------
    thickness
        All layers above the subgrade. [mm]
    modulus
        Effective modulus of the pavement, from a deflection at the reference temperature. [MPa]

    References
    ----------
    .. [1] AASHTO Guide for Design of Pavement Structures, 1993, part III, equation 5.12 (number from memory).
    """
    psi = np.asarray(modulus, dtype=float) * 1e6 / 6894.757293168
    return 0.0045 * np.asarray(thickness, dtype=float) / 25.4 * np.cbrt(psi)
