"""Longitudinal profiles: elevations of two wheel paths, and their roughness."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ingest.columns import columns, in_table_units, unused_fault
from ingest.package import shown
from ingest.readers.dense import number_faults, plain_names, repeated, samples
from ingest.readers.reading import Context, Reading, events_frame, joined, plausible_events
from ingest.sheets import sheet
from pavement.errors import Fault, SurveyError
from pavement.measures.iri import segment_roughness, unbroken
from pavement.measures.limits import limit
from pavement.measures.profile_doubts import ProfileDoubts, profile_doubts
from pavement.schema import schema

TABLE = "longitudinal_profile"
_PATHS = ("elevation_left", "elevation_right")
_LANE = ["route", "direction", "lane"]


def read(context: Context) -> Reading:
    """
    Return the samples of profiles and one roughness event for each stretch of cell length.

    The quarter car runs once over each drive in the direction of travel; stretches take their part of that run.
    """
    file = context.one("file")
    name = shown(file.name)
    written = sheet(file, context.data, settings=context.settings)
    found = columns(written, TABLE, context.data, file=name)
    frame, bad = _numbers(in_table_units(found, TABLE, context.data, file=name), file=name)
    placed, lost = samples(frame, context, file=name)
    placed, twice = repeated(placed, file=name)
    placed = _in_order_of_travel(placed, context)
    events, short = _roughness(placed, context, file=name)
    fine, odd = plausible_events(events, works=context.known("works"), today=context.today, file=name)
    table = plain_names(placed[[*schema(TABLE).index]])
    faults = joined(written.faults, unused_fault(found.unused, file=name), bad, lost, twice, short, odd)
    return Reading({TABLE: table, "events": fine}, faults)


def _numbers(frame: pd.DataFrame, *, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return samples whose elevations are numbers within limits; a gap stays a gap (P4)."""
    spec = schema(TABLE)
    listed = []
    for column in _PATHS:
        low, high = float(spec.loc[column, "min"]), float(spec.loc[column, "max"])
        amount, faults = number_faults(frame, column, low=low, high=high, unit="m", required=False, file=file)
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


def _roughness(frame: pd.DataFrame, context: Context, *, file: str) -> tuple[pd.DataFrame, list[Fault]]:
    averaged = bool(context.data.options.get("averaged", False))
    length = float(context.settings["cell_length"])
    parts, faults = [], []
    groups = list(frame.groupby(_LANE, sort=False, observed=True))
    for done, ((route, direction, lane), drive) in enumerate(groups, start=1):
        try:
            stretches = segment_roughness(drive, length=length, averaged=averaged)
        except SurveyError as error:
            faults.append(_no_roughness(file, drive, f"{route} {direction} {lane}: {error.message}", error.cure))
            continue
        if stretches["iri"].notna().sum() == 0:
            message = f"{route} {direction} {lane}: no unbroken piece with both wheel paths is long enough for an IRI."
            faults.append(_no_roughness(file, drive, message, "Survey a longer stretch without gaps."))
        faults += _doubts(file, drive, f"{route} {direction} {lane}", averaged=averaged)
        parts.append(stretches.assign(route=route, direction=direction, lane=lane))
        context.progress(done, len(groups), "roughness")
    if not parts:
        return pd.DataFrame(columns=["value"]), faults
    all_parts = pd.concat(parts, ignore_index=True)
    events = events_frame(
        all_parts,
        "iri",
        all_parts["iri"],
        method="MRI of two wheel paths, quarter car of ASTM E1926" + (", profile averaged before" if averaged else ""),
        quality=context.quality("measured"),
        surveyed_on=context.survey_date,
    )
    return events, faults


def _doubts(file: str, drive: pd.DataFrame, name: str, *, averaged: bool) -> list[Fault]:
    """Return a note for each wheel path with spikes or a stuck sensor, with IRI as measured and without spikes (P3)."""
    at = drive["measure_m"].to_numpy(float)
    notes: list[Fault] = []
    if len(at) < 2:
        return notes
    spacing = float(np.median(np.abs(np.diff(at))))
    for path in _PATHS:
        pieces = unbroken(at, drive[path].to_numpy(float), spacing=spacing)
        long = [(m, h) for m, h in pieces if abs(m[-1] - m[0]) > limit("iri_run_in") + spacing]
        for measure, heights in long:
            step = abs(measure[-1] - measure[0]) / (len(measure) - 1)
            found = profile_doubts(heights, spacing=step, averaged=averaged)
            if found.doubtful:
                notes.append(_doubt(file, drive, f"{name} {path}", measure, found, step))
    return notes


def _doubt(file: str, drive: pd.DataFrame, name: str, measure: np.ndarray, found: ProfileDoubts, step: float) -> Fault:
    first = measure[np.argmax(found.spikes | found.stuck)]
    row = int(drive["_row"].iloc[int(np.argmin(np.abs(drive["measure_m"].to_numpy(float) - first)))])
    message = (
        f"{name} from {measure.min():.0f} to {measure.max():.0f} m: {int(found.spikes.sum())} spikes and "
        f"{found.stuck.sum() * step:.1f} m of one height, first at {first:.1f} m; "
        f"IRI {found.iri:.2f} m/km, {found.iri_without:.2f} without spikes."
    )
    return Fault(file, row, "", "", "doubtful", message, "Published as measured; check the sensor and joints there.")


def _no_roughness(file: str, drive: pd.DataFrame, message: str, cure: str) -> Fault:
    return Fault(file, int(drive["_row"].iloc[0]), "measure_m", "", "no roughness", message, cure)
