"""Bearing of places by the two-layer method: subgrade and pavement modulus, effective structural number, flags."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.measures.asphalt_temperature import OUTER, centre_factor, mid_depth_temperature
from pavement.measures.basin import basin, deflection_at
from pavement.measures.deflection import (
    PLACE,
    EffectiveModulus,
    drop_faults,
    effective_modulus,
    effective_structural_number,
    normalised,
)
from pavement.measures.limits import limit
from pavement.schema import measures, read_table

Floats = NDArray[np.float64]
Flags = dict[str, NDArray[np.bool_]]

KINDS = ("d0_corrected", "subgrade_modulus", "pavement_modulus", "sn_effective")
_METHOD = "AASHTO 1993 two-layer method"
_MEANS = ("temp_asphalt", "temp_surface", "temp_air_before", "plate_radius_mm")
_HOURS_A_DEGREE = 24 / 360


@cache
def flag_words() -> dict[str, str]:
    """Return the English words of each flag (``tables/bearing_flags.csv``)."""
    table = read_table("bearing_flags")
    return dict(zip(table["flag"], table["en"], strict=True))


def place_basins(drops: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Return the mean basin of each place from its sound drops near the standard load.

    Parameters
    ----------
    drops
        Table ``fwd``; a column ``run`` is carried.

    Returns
    -------
    places, basins
        Columns of :data:`pavement.measures.deflection.PLACE`, run, drops used, temperatures [degC], plate_radius_mm,
        hour of day in UTC [h]; and for the same rows the deflections at the standard load by distance. [um]
    """
    keys = [*PLACE, "run"]
    given = drops if "run" in drops else drops.assign(run="")
    sound = given[(drop_faults(given) == "").to_numpy()]
    raw = basin(sound)
    load = sound["load_kn"].to_numpy(float)[:, None]
    measured = pd.DataFrame(normalised(raw, load=load), index=raw.index, columns=raw.columns)
    near = measured[0.0].notna() if 0.0 in measured else pd.Series(False, index=sound.index)
    sound, measured = sound[near], measured[near]
    grouped = sound.reindex(columns=[*keys, *_MEANS]).assign(hour=_utc_hour(sound)).groupby(keys, sort=True)
    places = grouped[[*_MEANS, "hour"]].mean().assign(drops=grouped.size())
    basins = measured.groupby([sound[k] for k in keys], sort=True).mean()
    return places.reset_index(), basins.reset_index(drop=True)


def _utc_hour(drops: pd.DataFrame) -> pd.Series:
    if "tested_at" not in drops:
        return pd.Series(np.nan, index=drops.index)
    moment = pd.to_datetime(drops["tested_at"], utc=True)
    return moment.dt.hour + moment.dt.minute / 60


def bearing(places: pd.DataFrame, basins: pd.DataFrame, ground: pd.DataFrame) -> pd.DataFrame:
    """
    Return what the basins of places say of the ground and of the layers above it.

    Parameters
    ----------
    places, basins
        From :func:`place_basins`.
    ground
        For the same rows: thickness_mm of all layers above the subgrade, asphalt_mm and concrete_mm of them on the day
        of the test [mm], missing where not known; latitude, longitude. [deg]

    Returns
    -------
    bearing
        d0_corrected [um], subgrade_modulus [MPa] (as measured, not that of design), pavement_modulus [MPa] and
        sn_effective [-], missing where they cannot be had or lie outside the limits of their kinds; method, which names
        the sensor and says every flag of ``tables/bearing_flags.csv``. The outer sensor is the nearest that stands at
        0.7 of the equivalent radius or more, else the outermost one, flagged. A deflection that cannot be corrected for
        temperature counts as measured, flagged.
    """
    factor, flags = _temperature_factor(places, basins, ground)
    centre = basins[0.0].to_numpy(float)
    at_reference = centre * np.where(np.isfinite(factor), factor, 1.0)
    radius = places["plate_radius_mm"].to_numpy(float)
    thick = ground["thickness_mm"].to_numpy(float)
    rigid = ground["concrete_mm"].fillna(0).to_numpy(float) > 0
    found, distance = _with_sensor(basins, at_reference, radius, np.where(rigid, np.nan, thick))
    none = ~np.isfinite(found.pavement)
    flags |= {
        "too_near": np.isfinite(found.pavement) & ~found.far_enough,
        "no_layers": ~np.isfinite(thick),
        "concrete": rigid,
        "few_drops": places["drops"].to_numpy() < limit("fwd_drops_min"),
        "no_modulus": none & np.isfinite(thick) & ~rigid,
    }
    corrected = np.isfinite(factor)
    values = pd.DataFrame(
        {
            "d0_corrected": np.where(corrected, at_reference, np.nan),
            "subgrade_modulus": found.subgrade,
            "pavement_modulus": found.pavement,
            "sn_effective": effective_structural_number(thickness=thick, modulus=found.pavement),
        },
        index=places.index,
    )
    inside = _inside(values)
    flags["out_of_limits"] = (values.notna() & ~inside).any(axis=1).to_numpy()
    method = pd.Series(f"{_METHOD}, sensor at ", index=places.index)
    method = method + pd.Series(distance).map("{:.0f} mm".format).astype(str)
    note = f", d0 at {limit('fwd_temperature'):.0f} degC by FHWA-RD-98-085 (to confirm)"
    said = method + np.where(corrected, note, "") + _said(flags, len(places))
    return values.where(inside).assign(method=said)


def _inside(values: pd.DataFrame) -> pd.DataFrame:
    """Return which values lie within the limits of their kinds."""
    limits = measures().loc[list(values.columns)]
    inside = values.ge(limits["min"], axis=1) & values.le(limits["max"], axis=1)
    # the number rests on the modulus
    return inside.assign(sn_effective=inside["sn_effective"] & inside["pavement_modulus"])


def _said(flags: Flags, count: int) -> pd.Series:
    """Return the words of the flags that are set in each row, each after a semicolon."""
    text = pd.Series("", index=range(count))
    for name, is_set in flags.items():
        text = text + np.where(is_set, f"; {flag_words()[name]}", "")
    return text


def _temperature_factor(places: pd.DataFrame, basins: pd.DataFrame, ground: pd.DataFrame) -> tuple[Floats, Flags]:
    """Return the factor of the centre deflection, missing where it cannot be had, and flags that say why."""
    asphalt = ground["asphalt_mm"].to_numpy(float)
    hour = (places["hour"].to_numpy(float) + ground["longitude"].to_numpy(float) * _HOURS_A_DEGREE) % 24
    surface = places["temp_surface"].to_numpy(float)
    bells = mid_depth_temperature(
        surface, depth=asphalt / 2, hour=hour, air_before=places["temp_air_before"].to_numpy(float)
    )
    hole = places["temp_asphalt"].to_numpy(float)
    warm = np.where(np.isfinite(hole), hole, bells)
    outer = deflection_at(basins, OUTER)[0] * limit("fwd_temperature_load") / limit("fwd_load")
    factor = centre_factor(warm, asphalt=asphalt, latitude=ground["latitude"].to_numpy(float), outer=outer)
    unknown = ~np.isfinite(hole) & ~np.isfinite(surface)
    deep = ~np.isfinite(warm) & ~unknown
    return factor, {
        "temperature_unknown": unknown,
        "temperature_depth": deep,
        "temperature_range": ~np.isfinite(factor) & ~unknown & ~deep & (asphalt > 0),
    }


def _with_sensor(
    basins: pd.DataFrame, centre: Floats, radius: Floats, thickness: Floats
) -> tuple[EffectiveModulus, Floats]:
    """Return the moduli by the nearest sensor that stands far enough, else by the outermost, and its distance [mm]."""
    missing = np.full(len(basins), np.nan)
    kept = EffectiveModulus(missing, missing, missing, np.zeros(len(basins), dtype=bool))
    distance = missing
    for offset in [o for o in basins if o > 0]:
        outer = basins[offset].to_numpy(float)
        new = effective_modulus(
            load=limit("fwd_load") * 1000,
            radius=radius,
            thickness=thickness,
            centre=centre / 1000,
            outer=outer / 1000,
            distance=offset,
        )
        # a pavement softer than its ground is no pavement: such an answer is that of a sensor too near
        far = new.far_enough & (new.pavement >= new.subgrade)
        take = np.isfinite(outer) & ~kept.far_enough
        kept = EffectiveModulus(
            np.where(take, new.subgrade, kept.subgrade),
            np.where(take, new.pavement, kept.pavement),
            np.where(take, new.equivalent_radius, kept.equivalent_radius),
            np.where(take, far, kept.far_enough),
        )
        distance = np.where(take, float(offset), distance)
    return kept, distance
