"""Falling weight deflectometer: drops at places, and the indices of each place."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ingest.fault_list import Marks
from ingest.package import shown
from ingest.readers.performance import with_date
from ingest.readers.reading import Context, Reading, events_frame, joined, plausible_events
from ingest.readers.records import rows_of
from pavement.errors import Fault
from pavement.measures.limits import limit

_PLACE = ["route", "direction", "lane", "measure_m", "surveyed_on"]
SENSORS = ("d0", "d200", "d300", "d450", "d600", "d900", "d1200")


def read(context: Context) -> Reading:
    """Return drops, and events ism, d0 and sci of each place from its drops near the standard load."""
    file = context.one("file")
    name = shown(file.name)
    good, faults = rows_of(file, "fwd", context, change=with_date)
    good, odd_basins = believable(good, file=name)
    events, unused = _events(good, context, file=name)
    fine, odd = plausible_events(events, works=context.known("works"), today=context.today, file=name)
    return Reading({"fwd": good.drop(columns="_row"), "events": fine}, joined(faults, odd_basins, unused, odd))


def believable(drops: pd.DataFrame, *, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return drops whose deflections fall outwards within the tolerance, and faults (T19)."""
    marks = Marks(drops, file=file)
    allowed = 1 + limit("fwd_basin_tolerance")
    nearest = drops["d0"].astype(float)
    for sensor in SENSORS[1:]:
        value = drops[sensor].astype(float)
        message = f"{sensor} = {{value}} um is larger than the deflection nearer to the load."
        marks.add(
            value > nearest * allowed, sensor, "basin", message, "Check the order of sensors, and that none is dead."
        )
        nearest = value.fillna(nearest)
    return drops[~marks.any].reset_index(drop=True), marks.frame()


def _events(drops: pd.DataFrame, context: Context, *, file: str) -> tuple[pd.DataFrame, list[Fault]]:
    load = limit("fwd_load")
    used = (drops["load_kn"] / load - 1).abs() <= limit("fwd_load_tolerance")
    faults = [
        Fault(
            file,
            int(rows["_row"].iloc[0]),
            "load_kn",
            ", ".join(rows["load_kn"].astype(str))[:200],
            "load",
            f"No drop here is within {limit('fwd_load_tolerance'):.0%} of {load:g} kN: no index is formed.",
            "The drops themselves are kept.",
        )
        for _, rows in drops[~drops.set_index(_PLACE).index.isin(drops[used].set_index(_PLACE).index)].groupby(_PLACE)
    ]
    near = drops[used]
    factor = load / near["load_kn"]
    values = near[_PLACE].assign(
        ism=near["load_kn"] / near["d0"], d0=near["d0"] * factor, sci=(near["d0"] - near["d300"]) * factor
    )
    places = values.groupby(_PLACE, as_index=False, sort=False)[["ism", "d0", "sci"]].mean()
    stretches = places.assign(from_m=places["measure_m"], to_m=places["measure_m"])
    method = f"mean of drops within {limit('fwd_load_tolerance'):.0%} of {load:g} kN, normalised to it"
    made = [
        events_frame(
            stretches,
            kind,
            np.asarray(places[kind], dtype=float),
            method=method,
            quality=context.quality("measured"),
            surveyed_on=places["surveyed_on"],
        )
        for kind in ("ism", "d0", "sci")
    ]
    return pd.concat(made, ignore_index=True), faults
