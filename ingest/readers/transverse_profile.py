"""Transverse profiles: heights across the lane, and the ruts of its two halves."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ingest.columns import columns, unused_fault
from ingest.package import shown
from ingest.readers.dense import number_faults, plain_names, repeated, samples
from ingest.readers.reading import Context, Reading, believed, events_frame, joined, plausible_events
from ingest.sheets import sheet
from pavement.errors import Fault, SchemaError, SurveyError
from pavement.measures.cross_slope import cross_slopes
from pavement.measures.limits import limit
from pavement.measures.rut_width import rut_widths
from pavement.measures.rutting import cleaned, rut_depths, rut_method
from pavement.measures.water import water_depths
from pavement.schema import schema
from pavement.units import convert

TABLE = "transverse_profile"
_LANE = ["route", "direction", "lane"]
_FAR = 1e9
# no lane falls more [%]
_STEEP = 20.0


def read(context: Context) -> Reading:
    """
    Return the profiles, and rut events on the stretch that each profile stands for.

    A profile stands for the road half-way to its neighbours; ``rut`` is the mean and ``rut_max`` the larger of the
    left and right half of the lane, which the table ``wheel_path_ruts`` keeps each with its width. Where the entry says
    ``levelled = true`` (heights against the horizontal) or ``crossfall`` [%, falling to the right], water in ruts is
    told too, and the cross slope of levelled profiles.
    """
    file = context.one("file")
    name = shown(file.name)
    written = sheet(file, context.data, settings=context.settings)
    found = columns(written, TABLE, context.data, file=name, keep_numbers=True)
    offsets = sorted((c for c in found.frame.columns if _offset(c) is not None), key=float)
    if len(offsets) < 3:
        raise SchemaError(
            f"{name}: a {TABLE} table needs columns named by their offset in m, such as -1.75 … 1.75; "
            f"{len(offsets)} were found.",
            cure="Name each height column by its distance from the lane centre, left negative.",
        )
    frame, bad = _heights(found.frame, offsets, context, file=name)
    placed, lost = samples(frame, context, file=name)
    placed, twice = repeated(placed, file=name)
    placed = plain_names(placed).sort_values([*_LANE, "measure_m"], ignore_index=True)
    ruts, events, unseen = _ruts(placed, offsets, context, file=name)
    fine, odd = plausible_events(events, works=context.known("works"), today=context.today, file=name)
    table = placed[[*_LANE, "measure_m", *offsets]]
    faults = joined(written.faults, unused_fault(found.unused, file=name), bad, lost, twice, unseen, odd)
    return Reading({TABLE: table, "events": fine, "wheel_path_ruts": believed(ruts, fine)}, faults)


def _offset(column: str) -> float | None:
    try:
        return float(column)
    except ValueError:
        return None


def _heights(
    frame: pd.DataFrame, offsets: list[str], context: Context, *, file: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return profiles with heights in mm; a point that is no number is missing and supports nothing."""
    unit = next((u for k, u in context.data.units.items() if k in ("height", "heights")), "mm")
    listed = []
    floats = all(pd.api.types.is_float_dtype(frame[c].dtype) for c in offsets)
    if floats and not np.isinf(frame[offsets].to_numpy()).any():
        values = frame[offsets].astype(float)
    else:
        columns_of = {}
        for column in offsets:
            given = frame[[column, "_row"]]
            columns_of[column], faults = number_faults(
                given, column, low=-1e9, high=1e9, unit=unit, required=False, file=file
            )
            listed.append(faults)
        values = pd.DataFrame(columns_of)
    values = pd.DataFrame(convert(values.to_numpy(), source=unit, target="mm"), columns=offsets, index=frame.index)
    # far beyond any height, and far below what overflows
    values = values.clip(-_FAR, _FAR)
    centred = values.sub(values.median(axis=1), axis=0).abs().max(axis=1)
    wrong = centred > limit("height_spread")
    rows = [int(r) for r in frame.loc[wrong, "_row"]]
    message = f"Heights of this profile spread over more than {limit('height_spread'):g} mm."
    spread = [Fault(file, r, "", "", "range", message, 'Check units = { heights = "…" }.') for r in rows]
    rest = frame.drop(columns=offsets)
    if "measure_m" in rest:
        measure = pd.to_numeric(rest["measure_m"], errors="coerce")
        rest = rest.assign(measure_m=measure.astype(float)) if measure.notna().all() else rest
    return pd.concat([rest, values], axis=1)[~wrong].reset_index(drop=True), joined(*listed, spread)


def _ruts(
    frame: pd.DataFrame, offsets: list[str], context: Context, *, file: str
) -> tuple[pd.DataFrame, pd.DataFrame, list[Fault]]:
    """Return the ruts of each wheel path, the events of the lane, and what could not be told."""
    options = context.data.options
    method = str(options.get("method", "straightedge"))
    length = float(options.get("length", limit("straightedge")))
    if frame.empty:
        return pd.DataFrame(columns=list(schema("wheel_path_ruts").index)), pd.DataFrame(columns=["value"]), []
    start, end, width = _lane_piece(frame, context)
    # five points are measured at fixed offsets, wherever the lane ends
    kept = None if method == "five_point" else width
    heights, x, spikes = _of_the_lane(frame[offsets].to_numpy(float), np.array([float(c) for c in offsets]), kept)
    left, right = rut_depths(heights, x, method=method, length=length)
    wide_left, wide_right = rut_widths(heights, x, method=method, length=length)
    stretches = frame.drop(columns=offsets).assign(**_extents(frame, context, start, end))
    mean, deepest = (left + right) / 2, np.fmax(left, right)
    told = {
        "method": rut_method(method, length=length),
        "quality": context.quality("measured"),
        "surveyed_on": context.survey_date,
    }
    kinds = {"rut": mean, "rut_max": deepest, "rut_width": (wide_left + wide_right) / 2}
    made = [events_frame(stretches, kind, values, **told) for kind, values in kinds.items()]
    made += _across(stretches, heights, x, context)
    paths = [
        stretches[[*_LANE, "from_m", "to_m"]].assign(side=side, rut_mm=half, width_mm=width, **told)
        for side, half, width in (("left", left, wide_left), ("right", right, wide_right))
    ]
    ruts = pd.concat(paths).dropna(subset=["rut_mm"]).sort_values([*_LANE, "from_m"], kind="stable", ignore_index=True)
    blind = np.isnan(mean)
    message = "Too few points of a half lane are known for a rut depth."
    faults = [Fault(file, int(row), "", "", "no rut", message, "Check the sensor.") for row in frame.loc[blind, "_row"]]
    return ruts, pd.concat(made, ignore_index=True), [*faults, *_spiked(frame, spikes, file=file)]


def _across(stretches: pd.DataFrame, heights: np.ndarray, x: np.ndarray, context: Context) -> list[pd.DataFrame]:
    """Return cross slope and water in ruts, where the entry says how profiles lie to the horizontal."""
    options = context.data.options
    told = {"quality": context.quality("measured"), "surveyed_on": context.survey_date}
    if options.get("levelled") is True:
        slope, known, said = cross_slopes(heights, x), 0.0, "levelled profiles"
        made = [events_frame(stretches, "cross_slope", slope, method=said, **told)]
    elif "crossfall" not in options:
        return []
    elif isinstance(options["crossfall"], int | float) and abs(options["crossfall"]) <= _STEEP:
        known = float(options["crossfall"])
        made, said = [], f"crossfall {known:g} % given"
    else:
        raise SurveyError(f"crossfall = {options['crossfall']!r} is no fall.", cure="Write per cent, such as 2.0.")
    water = np.fmax(*water_depths(heights, x, crossfall=known))
    return [*made, events_frame(stretches, "rut_water", water, method=f"level surface, {said}", **told)]


def _of_the_lane(
    heights: np.ndarray, offsets: np.ndarray, width: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return heights without spikes and what lies beyond the lane, offsets, and which profiles had spikes (P7)."""
    clean, spikes = cleaned(heights, offsets, width=width)
    # columns that lie beyond every lane are no part of the share of points that must be known
    known = np.isfinite(heights).any(axis=0)
    kept = ~known | np.isfinite(clean).any(axis=0) | spikes.any(axis=0)
    return clean[:, kept], offsets[kept], np.asarray(spikes.any(axis=1))


def _spiked(frame: pd.DataFrame, spikes: np.ndarray, *, file: str) -> list[Fault]:
    """Return one note on the profiles that had spikes; what is measured without them is kept (P7)."""
    if not spikes.any():
        return []
    rows = frame.loc[spikes, "_row"]
    message = (
        f"{len(rows)} of {len(frame)} profiles have points more than {limit('rut_spike'):g} mm off both neighbours."
    )
    cure = "They were left out of the rut depth; check the sensor if there are many."
    return [Fault(file, int(rows.iloc[0]), "", "", "spikes", message, cure)]


def _extents(frame: pd.DataFrame, context: Context, start: np.ndarray, end: np.ndarray) -> dict[str, np.ndarray]:
    """Return from_m and to_m of the road that each profile stands for, within its lane; frame in order of measure."""
    at = frame["measure_m"].to_numpy(float)
    lane = frame.groupby(_LANE, sort=False).ngroup().to_numpy()
    step = np.diff(at)
    same = np.diff(lane) == 0
    usual = float(np.median(step[same])) if same.any() else float(context.settings["cell_length"]) / 10
    # across a gap a profile reaches no farther than usual: what was not seen is not measured
    half = np.where(same, np.minimum(step, 1.5 * usual), usual) / 2
    low = at - np.concatenate([[usual / 2], half])
    high = at + np.concatenate([half, [usual / 2]])
    return {"from_m": np.maximum(low, start), "to_m": np.minimum(high, end)}


def _lane_piece(frame: pd.DataFrame, context: Context) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return start, end and width of the piece of lane that holds each profile."""
    start, end = np.full(len(frame), -np.inf), np.full(len(frame), np.inf)
    width = np.full(len(frame), np.nan)
    lanes = context.located_network().lanes
    at = frame["measure_m"].to_numpy(float)
    for row in lanes.itertuples():
        on = (frame["route"] == row.route) & (frame["direction"] == row.direction) & (frame["lane"] == str(row.lane))
        held = on.to_numpy() & (at >= float(row.from_m) - 1e-6) & (at <= float(row.to_m) + 1e-6)
        start[held], end[held] = float(row.from_m), float(row.to_m)
        width[held] = float(row.width_m)
    return start, end, width
