"""Layer thickness by ground-penetrating radar: travel time, permittivity from cores, and layers that cannot be."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from pavement.measures.limits import limit

Floats = NDArray[np.float64]

# light in a vacuum [mm/ns]
_LIGHT = 299.792458
PLACE = ["route", "direction", "lane", "from_m", "to_m", "surveyed_on"]
_WAY = ["route", "direction", "layer"]


def radar_thickness(travel_time: ArrayLike, permittivity: ArrayLike) -> Floats:
    """
    Return the thickness [mm] of layers, ``c t / (2 sqrt(eps))``.

    Parameters
    ----------
    travel_time
        Time down and up again within the layer. [ns]
    permittivity
        Relative permittivity of the layer. [-]

    Examples
    --------
    >>> round(float(radar_thickness(2.0, 6.0)), 1)
    122.4

    References
    ----------
    .. [1] ASTM D4748; formula as in the notes on measures, section 4.4.
    """
    return _LIGHT * np.asarray(travel_time, dtype=float) / (2 * np.sqrt(np.asarray(permittivity, dtype=float)))


def core_permittivity(travel_time: ArrayLike, thickness: ArrayLike) -> Floats:
    """Return the relative permittivity [-] at which a travel time [ns] gives the thickness of a core [mm]."""
    thick = np.asarray(thickness, dtype=float)
    return (_LIGHT * np.asarray(travel_time, dtype=float) / (2 * np.where(thick > 0, thick, np.nan))) ** 2


def calibrated(layers: pd.DataFrame, cores: pd.DataFrame) -> pd.DataFrame:
    """
    Return radar layers with their thickness, cores first.

    Parameters
    ----------
    layers
        Table ``gpr``: layer, top_mm, bottom_mm [mm], travel_time_ns [ns], permittivity [-], confidence [-]; an empty
        lane stands for every lane.
    cores
        Table ``cores``: route, direction, lane, measure_m [m], layer, thickness_mm [mm].

    Returns
    -------
    layers
        With thickness_mm, permittivity as used, method and quality. Where cores stand in layers of that number on the
        route and direction, the median of what they say of the permittivity is used for all of them; else a row keeps
        its top and bottom; where these are empty its own permittivity is used. ``measured`` where cores calibrate,
        ``estimated`` where they do not or the confidence is low.
    """
    by_core = _core_permittivities(layers, cores)
    time = layers["travel_time_ns"].to_numpy(float)
    written = layers["bottom_mm"].to_numpy(float) - layers["top_mm"].to_numpy(float)
    count = by_core["count"].to_numpy()
    told = (count >= limit("radar_cores")) & np.isfinite(time)
    own = layers["permittivity"].to_numpy(float)
    used = np.where(told, by_core["permittivity"].to_numpy(float), own)
    timed = np.isfinite(time) & np.isfinite(used) & (told | ~np.isfinite(written))
    thickness = np.where(timed, radar_thickness(time, used), written)
    words = "radar, permittivity " + pd.Series(used, index=layers.index).map("{:.2f}".format).astype(str)
    cored = words + " from " + pd.Series(count, index=layers.index).astype(str) + " core(s)"
    method = cored.where(told, (words + " of the file").where(timed, "radar, depths of the file"))
    sure = layers["confidence"].fillna(1.0).to_numpy(float) >= limit("radar_confidence")
    return layers.assign(
        thickness_mm=thickness,
        permittivity=np.where(timed, used, own),
        method=method,
        quality=np.where(told & sure, "measured", "estimated"),
    )


def _core_permittivities(layers: pd.DataFrame, cores: pd.DataFrame) -> pd.DataFrame:
    """Return for each row the permittivity that cores give its layer on its route and direction, and how many do."""
    met = _met(layers, cores)
    met = met[met["travel_time_ns"].notna()]
    said = met.assign(permittivity=core_permittivity(met["travel_time_ns"], met["core_mm"]))
    found = said.groupby(_WAY)["permittivity"].agg(permittivity="median", count="count")
    keys = pd.MultiIndex.from_frame(layers[_WAY])
    return found.reindex(keys).fillna({"count": 0}).astype({"count": int}).reset_index(drop=True)


def _met(layers: pd.DataFrame, cores: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each core that stands in a radar layer of its number: the layer's columns, row, core_mm."""
    named = layers.assign(row=np.arange(len(layers)))
    given = cores.reindex(columns=[*_WAY, "lane", "measure_m", "thickness_mm"])
    given = given.rename(columns={"thickness_mm": "core_mm", "lane": "core_lane"})
    pairs = named.merge(given.astype({"layer": named["layer"].dtype}), on=_WAY)
    lane, core_lane = pairs["lane"].fillna("").astype(str), pairs["core_lane"].fillna("").astype(str)
    same = (lane == core_lane) | (lane == "") | (core_lane == "")
    inside = (pairs["measure_m"] >= pairs["from_m"]) & (pairs["measure_m"] < pairs["to_m"])
    return pairs[same & inside]


def core_thickness(layers: pd.DataFrame, cores: pd.DataFrame) -> pd.Series:
    """Return for each radar layer the thickness [mm] of the core in it that differs most; missing without a core."""
    met = _met(layers, cores)
    met = met.assign(apart=(met["thickness_mm"].astype(float) - met["core_mm"].astype(float)).abs())
    worst = met.sort_values("apart").drop_duplicates("row", keep="last").set_index("row")["core_mm"].astype(float)
    return worst.reindex(np.arange(len(layers))).set_axis(layers.index)


def radar_faults(layers: pd.DataFrame, cores: pd.DataFrame) -> pd.Series:
    """
    Return why radar layers must not be used for structure, empty text where they may (T21).

    Parameters
    ----------
    layers
        From :func:`calibrated`.
    cores
        Table ``cores``.

    Returns
    -------
    reasons
        A thickness that is not known, zero or negative; borders that cross or leave a gap wider than
        ``layer_crossing``, so that the layers do not add up to their depth; a core that differs by more than
        ``layer_core_difference``. With one layer all layers of its stack are refused: a sum without it would be wrong.
    """
    thick = layers["thickness_mm"].to_numpy(float)
    reason = np.full(len(layers), "", dtype=object)
    met = _met(layers, cores)
    core = met["core_mm"].to_numpy(float)
    apart = np.abs(met["thickness_mm"].to_numpy(float) - core) > limit("layer_core_difference") * core
    reason[np.unique(met["row"].to_numpy()[apart])] = "a core disagrees"
    reason[_stack_crossed(layers)] = "layers cross or leave a gap"
    reason[np.nan_to_num(thick, nan=1.0) <= 0] = "the thickness is zero or negative"
    reason[~np.isfinite(thick)] = "no thickness and no permittivity"
    flagged = pd.Series(reason != "", index=layers.index)
    whole = flagged.groupby([layers[c] for c in PLACE], dropna=False).transform("any").to_numpy(bool)
    reason[whole & (reason == "")] = "another layer here is flagged"
    return pd.Series(reason, index=layers.index, name="flag", dtype=str)


def _stack_crossed(layers: pd.DataFrame) -> NDArray[np.bool_]:
    """Return the layers of stacks in which a layer does not begin where the one above it ends."""
    order = layers.reset_index(drop=True).sort_values([*PLACE, "layer"])
    stack = order.groupby(PLACE, dropna=False, sort=False).ngroup()
    above = order["bottom_mm"].groupby(stack).shift()
    first = ~stack.duplicated()
    start = above.where(~first, 0.0)
    crossed = ((order["top_mm"] - start).abs() > limit("layer_crossing")).astype(int)
    return np.asarray(crossed.groupby(stack).transform("max").sort_index().to_numpy(bool))
