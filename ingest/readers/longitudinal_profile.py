"""Longitudinal profiles: elevations of two wheel paths, and their roughness."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ingest.columns import columns, in_table_units, unused_fault
from ingest.package import shown
from ingest.readers.dense import number_faults, plain_names, repeated, samples
from ingest.readers.profile_formats import profile_sheet
from ingest.readers.profile_roughness import profile_roughness
from ingest.readers.reading import Context, Reading, joined, plausible_events
from pavement.schema import schema

TABLE = "longitudinal_profile"
_NUMBERS = ("elevation_left", "elevation_right", "speed_kmh")
_LANE = ["route", "direction", "lane"]


def read(context: Context) -> Reading:
    """
    Return the samples of profiles, roughness events for each stretch of cell length, and places of localised roughness.

    The quarter car runs once over each drive in the direction of travel; stretches take their part of that run.
    """
    name = shown(context.one("file").name)
    written, data = profile_sheet(context)
    found = columns(written, TABLE, data, file=name)
    frame, bad = _numbers(in_table_units(found, TABLE, data, file=name), file=name)
    placed, lost = samples(frame, context, file=name)
    placed, twice = repeated(placed, file=name)
    placed = _in_order_of_travel(placed, context)
    told = profile_roughness(placed, context, file=name)
    fine, odd = plausible_events(told.events, works=context.known("works"), today=context.today, file=name)
    table = plain_names(placed[[c for c in schema(TABLE).index if c in placed]])
    faults = joined(written.faults, unused_fault(found.unused, file=name), bad, lost, twice, told.faults, odd)
    tables = {TABLE: table, "events": fine}
    return Reading(tables | ({"rough_places": told.places} if len(told.places) else {}), faults)


def _numbers(frame: pd.DataFrame, *, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return samples whose elevations and speeds are numbers within limits; a gap stays a gap (P4)."""
    spec = schema(TABLE)
    listed = []
    for column in [c for c in _NUMBERS if c in frame]:
        low, high = float(spec.loc[column, "min"]), float(spec.loc[column, "max"])
        unit = str(spec.loc[column, "unit"])
        amount, faults = number_faults(frame, column, low=low, high=high, unit=unit, required=False, file=file)
        frame = frame.assign(**{column: amount})
        listed.append(faults)
    if "measure_m" in frame:
        measure = pd.to_numeric(frame["measure_m"], errors="coerce")
        if measure.notna().all():
            frame = frame.assign(measure_m=measure.astype(float))
    return frame, joined(*listed)


def _in_order_of_travel(frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    senses = context.located_network().senses
    keys = frame[_LANE].drop_duplicates().astype(str)
    group = frame.groupby(_LANE, sort=False, observed=True).ngroup().to_numpy()
    sense = np.array([senses[(r, d)] for r, d in zip(keys["route"], keys["direction"], strict=True)], dtype=float)
    along = frame["measure_m"].to_numpy(float) * (sense[group] if len(group) else 1.0)
    return frame.iloc[np.lexsort((along, group))].reset_index(drop=True)
