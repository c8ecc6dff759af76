"""Falling weight deflectometer: drops at places, and the indices of each place."""

from __future__ import annotations

import pandas as pd

from ingest.fault_list import Marks
from ingest.package import shown
from ingest.readers.performance import with_date
from ingest.readers.reading import Context, Reading, events_frame, joined, plausible_events
from ingest.readers.records import rows_of
from pavement.errors import Fault
from pavement.measures.deflection import PLACE, drop_faults, place_values
from pavement.measures.limits import limit

KINDS = ("ism", "d0", "sci")


def read(context: Context) -> Reading:
    """Return drops, and events ism, d0 and sci of each place from its drops near the standard load."""
    file = context.one("file")
    name = shown(file.name)
    good, faults = rows_of(file, "fwd", context, change=with_date)
    marks = Marks(good, file=name)
    reason = drop_faults(good) if len(good) else pd.Series("", index=good.index)
    cure = "Check the order of the sensors and that none is dead."
    marks.add(reason != "", "d0", "drop", "This drop is not sound: " + reason + ".", cure, reason)
    sound = good[~marks.any].reset_index(drop=True)
    places = place_values(sound) if len(sound) else pd.DataFrame(columns=[*PLACE, *KINDS, "method"])
    fine, odd = plausible_events(_events(places, context), works=context.known("works"), today=context.today, file=name)
    left_out = _without_index(sound, places, file=name)
    listed = joined(faults, marks.frame(), left_out, odd, _without_temperature(sound, file=name))
    return Reading({"fwd": sound.drop(columns="_row"), "events": fine}, listed)


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
        for kind in KINDS
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
    """Return one note on the drops without a surface temperature; the method of their indices says so too (T20)."""
    cold = drops["temp_surface"].isna() if "temp_surface" in drops else pd.Series(True, index=drops.index)
    if not cold.any():
        return []
    message = f"{int(cold.sum())} of {len(drops)} drops have no surface temperature: no index is corrected for it."
    cure = "Give temp_surface where it was measured: asphalt is softer when warm, so surveys compare badly without."
    return [Fault(file, int(drops.loc[cold, "_row"].iloc[0]), "temp_surface", "", "no temperature", message, cure)]
