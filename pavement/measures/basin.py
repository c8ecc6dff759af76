"""Deflection basins: sensors at any distance from the load, and what they say of the distances between them."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.measures.limits import limit
from pavement.schema import schema

Floats = NDArray[np.float64]

_SENSOR = re.compile(r"^d(\d+(?:\.\d+)?)$")
_PAIR = r"^(?P<offset>\d+(?:\.\d+)?):(?P<value>[+-]?\d+(?:\.\d+)?)$"


def is_sensor(name: str) -> bool:
    """Return whether a column is a deflection: ``d`` and the distance from the load in mm, as in ``d305``."""
    return _SENSOR.match(name) is not None


def basin(drops: pd.DataFrame) -> pd.DataFrame:
    """
    Return the deflections of drops by distance from the load.

    Parameters
    ----------
    drops
        Table ``fwd``: a column for each common distance, further sensors as pairs of distance and deflection in the
        text ``other_sensors``.

    Returns
    -------
    basin
        One row a drop, one column a distance in growing order [mm]; deflections [um], missing where there is no sensor.
    """
    named = {float(str(c)[1:]): drops[c].astype(float) for c in drops if is_sensor(str(c))}
    frame = pd.DataFrame(named, index=drops.index)
    if "other_sensors" in drops:
        frame = frame.combine_first(_others(drops["other_sensors"]).reindex(drops.index))
    return frame.reindex(columns=sorted(frame.columns))


def _others(texts: pd.Series) -> pd.DataFrame:
    parts = texts.fillna("").astype(str).str.split().explode().dropna()
    pairs = parts.str.extract(_PAIR).astype(float).dropna()
    keyed = pairs.groupby([pairs.index, "offset"])["value"].first()
    return keyed.unstack()  # noqa: PD010


def unreadable(texts: pd.Series) -> pd.Series:
    """Return which texts of ``other_sensors`` are no pairs such as ``203:240.7 305:219.8``."""
    parts = texts.fillna("").astype(str).str.split().explode().dropna()
    wrong = ~parts.str.match(_PAIR)
    return wrong.groupby(level=0).any().reindex(texts.index, fill_value=False)


def packed(drops: pd.DataFrame) -> pd.DataFrame:
    """Return drops as the table ``fwd``: deflections at distances without a column stand in ``other_sensors``."""
    known = schema("fwd").index
    others = [c for c in drops if is_sensor(str(c)) and c not in known]
    if not others:
        return drops
    pairs = [
        (c[1:] + ":" + drops[c].astype(float).map("{:.10g}".format)).where(drops[c].notna(), "")
        for c in map(str, others)
    ]
    before = drops["other_sensors"].fillna("").astype(str) if "other_sensors" in drops else ""
    text = pd.concat(pairs, axis=1).agg(" ".join, axis=1) if len(drops) else pd.Series("", index=drops.index)
    whole = (text + " " + before).str.split().str.join(" ")
    return drops.drop(columns=others).assign(other_sensors=whole)


def deflection_at(deflections: pd.DataFrame, distance: float) -> tuple[Floats, NDArray[np.bool_]]:
    """
    Return the deflection of basins at a distance from the load.

    Parameters
    ----------
    deflections
        As of :func:`basin`. [um]
    distance
        Distance from the load. [mm]

    Returns
    -------
    value, between
        Deflection [um], that of a sensor which stands there, else between the two sensors on either side, straight in
        the logarithm because a basin falls nearly as an exponential; missing where the two stand farther apart than
        ``fwd_sensor_gap`` or none is on one side: nothing is extrapolated. Whether it lies between two sensors.
    """
    offsets = deflections.columns.to_numpy(dtype=float)
    values = deflections.to_numpy(dtype=float)
    if not values.size:
        return np.full(len(deflections), np.nan), np.zeros(len(deflections), dtype=bool)
    known = np.isfinite(values) & (values > 0)
    near = limit("fwd_offset_tolerance")
    inside, outside = known & (offsets <= distance + near), known & (offsets >= distance - near)
    inner = len(offsets) - 1 - np.argmax(inside[:, ::-1], axis=1)
    outer = np.argmax(outside, axis=1)
    rows = np.arange(len(values))
    both = inside.any(axis=1) & outside.any(axis=1)
    low, high = offsets[inner], offsets[outer]
    with np.errstate(invalid="ignore", divide="ignore"):
        first, last = np.log(values[rows, inner]), np.log(values[rows, outer])
        share = np.where(high > low, (distance - low) / np.where(high > low, high - low, 1.0), 0.0)
        found = np.exp(first + share * (last - first))
    usable = both & (high - low <= limit("fwd_sensor_gap"))
    exact = usable & (np.abs(low - distance) <= near) | (usable & (np.abs(high - distance) <= near))
    at = np.where(np.abs(low - distance) <= near, inner, outer)
    return np.where(usable, np.where(exact, values[rows, at], found), np.nan), usable & ~exact


def dead_sensors(deflections: pd.DataFrame) -> list[float]:
    """
    Return the distances [mm] of sensors that say the same whatever the road does (T19).

    A sensor is dead when it reads one value in at least ``fwd_dead_drops`` drops while the centre changes.
    """
    if (
        len(deflections) < limit("fwd_dead_drops")
        or 0.0 not in deflections
        or (deflections[0.0].max() <= deflections[0.0].min())
    ):
        return []
    counts = deflections.notna().sum()
    still = (
        (deflections.max() == deflections.min()) & (counts >= limit("fwd_dead_drops")) & (deflections.columns != 0.0)
    )
    return [float(offset) for offset in deflections.columns[still.to_numpy()]]
