"""Falling weight deflectometer: drops at places, and the indices of each place."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ingest.columns import columns, in_table_units, numbers, plain, unused_fault
from ingest.fault_list import Marks
from ingest.package import PackageFile, shown
from ingest.position import located
from ingest.readers.device_drops import device_drops, format_of
from ingest.readers.performance import with_date
from ingest.readers.reading import Context, Reading, events_frame, joined, plausible_events
from ingest.readers.records import checked
from ingest.sheets import sheet
from pavement.errors import Fault
from pavement.measures.basin import basin, dead_sensors, is_sensor, packed, unreadable
from pavement.measures.deflection import INDICES, PLACE, drop_faults, known_temperature, place_values
from pavement.measures.limits import limit
from pavement.units import convert

_DEAD = "Check the sensor at that distance: its readings do not count."


def read(context: Context) -> Reading:
    """Return drops, and events of the indices of each place from its drops near the standard load."""
    file = context.one("file")
    name = shown(file.name)
    kind = format_of(file, context)
    good, faults = _sheet_drops(file, context) if kind == "sheet" else device_drops(file, kind, context)
    if good.empty:
        return Reading({"fwd": good.drop(columns="_row", errors="ignore")} if len(good.columns) else {}, faults)
    good, dead = _without_dead(good, file=name)
    marks = Marks(good, file=name)
    reason = drop_faults(good)
    marks.add(unreadable(good["other_sensors"]), "other_sensors", "type", "{value!r} are no pairs.", "As 203:240.7.")
    cure = "Check the order of the sensors and that none is dead."
    marks.add(reason != "", "d0", "drop", "This drop is not sound: " + reason + ".", cure, reason)
    sound = good[~marks.any].reset_index(drop=True)
    places = place_values(sound) if len(sound) else pd.DataFrame(columns=[*PLACE, *INDICES, "method"])
    fine, odd = plausible_events(_events(places, context), works=context.known("works"), today=context.today, file=name)
    left_out = _without_index(sound, places, file=name)
    listed = joined(faults, dead, marks.frame(), left_out, odd, _without_temperature(sound, file=name))
    return Reading({"fwd": sound.drop(columns="_row"), "events": fine}, listed)


def _sheet_drops(file: PackageFile, context: Context) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the good rows of a sheet of drops; columns such as d305 are sensors at that distance [mm]."""
    name, data = shown(file.name), context.data
    written = sheet(file, data, settings=context.settings)
    found = columns(written, "fwd", data, file=name)
    sensors = {h: plain(h) for h in found.unused if is_sensor(plain(h))}
    frame = in_table_units(found, "fwd", data, file=name)
    for header, column in sensors.items():
        unit = data.units.get(header, data.units.get("d0", "um"))
        frame[column] = convert(numbers(written.frame[header]), source=unit, target="um")
    unused = unused_fault([h for h in found.unused if h not in sensors], file=name)
    placed, lost = located(
        packed(frame),
        network=context.located_network(),
        crs=context.manifest.crs,
        span="place",
        lane="required",
        file=name,
    )
    placed, _ = with_date(placed, context, name)
    good, faults = checked(placed, "fwd", lost, context, file=name)
    return good, joined(written.faults, unused, lost, faults)


def _without_dead(drops: pd.DataFrame, *, file: str) -> tuple[pd.DataFrame, list[Fault]]:
    """Return drops without the readings of sensors that say the same of every place, and which these are (T19)."""
    still = [offset for offset in dead_sensors(basin(drops)) if f"d{offset:g}" in drops]
    names = [f"d{offset:g}" for offset in still]
    told = [
        Fault(file, None, n, f"{drops[n].iloc[0]:g}", "dead sensor", f"{n} reads the same in every drop.", _DEAD)
        for n in names
    ]
    return drops.assign(**dict.fromkeys(names, np.nan)), told


def _events(places: pd.DataFrame, context: Context) -> pd.DataFrame:
    # a drop is a place, not a stretch: nothing is said of the road between two drops
    points = places.assign(from_m=places["measure_m"], to_m=places["measure_m"])
    made = [
        events_frame(
            points,
            kind,
            places[kind],
            method=places["method"],
            quality=context.quality("measured"),
            surveyed_on=places["surveyed_on"],
        )
        for kind in INDICES
    ]
    return pd.concat(made, ignore_index=True)


def _without_index(drops: pd.DataFrame, places: pd.DataFrame, *, file: str) -> list[Fault]:
    """Return a fault for each place none of whose drops is near the standard load."""
    known = pd.MultiIndex.from_frame(places[PLACE])
    left = drops[~pd.MultiIndex.from_frame(drops[PLACE]).isin(known)]
    near = f"No drop here is within {limit('fwd_load_tolerance'):.0%} of {limit('fwd_load'):g} kN: no index is formed."
    return [
        Fault(file, int(r), "load_kn", f"{load:g}", "load", near, "The drop itself is kept.")
        for r, load in left.drop_duplicates(PLACE)[["_row", "load_kn"]].itertuples(index=False)
    ]


def _without_temperature(drops: pd.DataFrame, *, file: str) -> list[Fault]:
    """Return one note on the drops without a temperature; the method of their indices says so too (T20)."""
    cold = ~known_temperature(drops)
    if not cold.any():
        return []
    message = f"{int(cold.sum())} of {len(drops)} drops have no temperature: nothing of them is corrected for it."
    cure = "Give temp_asphalt or temp_surface: asphalt is softer when warm, so surveys compare badly without."
    return [Fault(file, int(drops.loc[cold, "_row"].iloc[0]), "temp_surface", "", "no temperature", message, cure)]
