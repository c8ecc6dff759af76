"""Roughness of drives: events of stretches and places of localised roughness, and what is doubtful about them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ingest.readers.profile_faults import dead_stretches, doubts, no_roughness, one_path, slow_stretches
from ingest.readers.reading import Context, events_frame
from pavement.errors import Fault, SurveyError
from pavement.measures.iri import rectified_tracks, stretch_roughness
from pavement.measures.limits import limit
from pavement.measures.local_roughness import rough_places, running_roughness, stretch_peaks
from pavement.measures.profile_doubts import dead_heights
from pavement.measures.profile_speed import too_slow
from pavement.schema import schema

_LANE = ["route", "direction", "lane"]
# kind → what its method says of the profile that it was told from
_KINDS = {
    "iri": "MRI of two wheel paths, quarter car of ASTM E1926",
    "iri_left": "left wheel path, quarter car of ASTM E1926",
    "iri_right": "right wheel path, quarter car of ASTM E1926",
    "hri": "average of two wheel paths (half car), quarter car of ASTM E1926",
}
_PATHS = {"left": "elevation_left", "right": "elevation_right"}


@dataclass(frozen=True)
class Roughness:
    """Events, rows of table ``rough_places``, and faults."""

    events: pd.DataFrame
    places: pd.DataFrame
    faults: list[Fault]


def profile_roughness(frame: pd.DataFrame, context: Context, *, file: str) -> Roughness:
    """
    Return the roughness of samples in the order of travel.

    Parameters
    ----------
    frame
        route, direction, lane, measure_m, elevation_left, elevation_right [m], ``_row``, and speed_kmh where known.
    file
        Name shown in faults.

    Notes
    -----
    Heights where the profiler was too slow (P5), or where they stand still, are left out before the filter runs. What
    else is doubtful is published as measured and told with the roughness with and without it (P3).
    """
    stretches: list[pd.DataFrame] = []
    peaks: list[pd.DataFrame] = []
    places: list[pd.DataFrame] = []
    faults: list[Fault] = []
    groups = list(frame.groupby(_LANE, sort=False, observed=True))
    for done, (lane, drive) in enumerate(groups, start=1):
        named = dict(zip(_LANE, map(str, lane), strict=True))
        sound, slow = _fast_enough(drive, " ".join(named.values()), file=file)
        sound, dead = _alive(sound, " ".join(named.values()), file=file)
        faults += slow + dead
        try:
            found = _of_drive(sound, context)
        except SurveyError as error:
            faults.append(no_roughness(file, drive, f"{' '.join(named.values())}: {error.message}", error.cure))
            continue
        faults += _doubts(file, sound, found[0], " ".join(named.values()), context)
        for rows, kept in zip(found, (stretches, peaks, places), strict=True):
            kept.append(rows.assign(**named))
        context.progress(done, len(groups), "roughness")
    return Roughness(_events(stretches, peaks, context), _places(places, context), faults)


def _averaged(context: Context) -> bool:
    return bool(context.data.options.get("averaged", False))


def _fast_enough(drive: pd.DataFrame, name: str, *, file: str) -> tuple[pd.DataFrame, list[Fault]]:
    """Return a drive with heights missing where it was too slow, and a fault for each such stretch (P5)."""
    if "speed_kmh" not in drive:
        return drive, []
    slow = too_slow(drive["measure_m"].to_numpy(float), drive["speed_kmh"].to_numpy(float))
    if not slow.any():
        return drive, []
    missing = {path: drive[path].where(~slow) for path in _PATHS.values()}
    return drive.assign(**missing), slow_stretches(file, drive, name, slow)


def _alive(drive: pd.DataFrame, name: str, *, file: str) -> tuple[pd.DataFrame, list[Fault]]:
    """Return a drive with heights missing where a wheel path stands still, and a fault for each such stretch (P3)."""
    at = drive["measure_m"].to_numpy(float)
    if len(at) < 2:
        return drive, []
    spacing = float(np.median(np.abs(np.diff(at))))
    dead = {path: dead_heights(drive[path], spacing=spacing) for path in _PATHS.values()}
    listed = [fault for path in dead for fault in dead_stretches(file, drive, name, path, dead[path])]
    return drive.assign(**{path: drive[path].where(~dead[path]) for path in dead}), listed


def _of_drive(drive: pd.DataFrame, context: Context) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return stretches, peaks of running roughness by stretch, and rough places of one drive over one lane."""
    length = float(context.settings["cell_length"])
    tracks = rectified_tracks(drive, averaged=_averaged(context))
    running = running_roughness(tracks)
    return stretch_roughness(tracks, length=length), stretch_peaks(running, length=length), rough_places(running)


def _doubts(file: str, drive: pd.DataFrame, stretches: pd.DataFrame, name: str, context: Context) -> list[Fault]:
    known = {side: bool(stretches[f"iri_{side}"].notna().any()) for side in _PATHS}
    listed = []
    if stretches["iri"].notna().sum() == 0:
        if any(known.values()):
            listed.append(one_path(file, drive, name, next(side for side, there in known.items() if there)))
        else:
            message = f"{name}: no unbroken piece with both wheel paths is long enough for an IRI."
            listed.append(no_roughness(file, drive, message, "Survey a longer stretch without gaps."))
    return listed + doubts(file, drive, name, averaged=_averaged(context))


def _events(stretches: list[pd.DataFrame], peaks: list[pd.DataFrame], context: Context) -> pd.DataFrame:
    told = {"quality": context.quality("measured"), "surveyed_on": context.survey_date}
    before = ", profile averaged before" if _averaged(context) else ""
    made = []
    if stretches:
        rows = pd.concat(stretches, ignore_index=True)
        made += [events_frame(rows, kind, rows[kind], method=said + before, **told) for kind, said in _KINDS.items()]
    if peaks:
        rows = pd.concat(peaks, ignore_index=True)
        made.append(events_frame(rows, "iri_local", rows["iri_local"], method=_running() + before, **told))
    filled = [part for part in made if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=["value"])


def _running() -> str:
    return f"running MRI over {limit('local_base'):g} m"


def _places(found: list[pd.DataFrame], context: Context) -> pd.DataFrame:
    columns = list(schema("rough_places").index)
    filled = [part for part in found if len(part)]
    if not filled:
        return pd.DataFrame(columns=columns)
    ceiling = limit("local_limit")
    rows = pd.concat(filled, ignore_index=True).assign(
        base_m=limit("local_base"),
        limit_iri=ceiling,
        method=f"{_running()} above {ceiling:g} m/km",
        quality=context.quality("measured"),
        surveyed_on=context.survey_date,
    )
    bounds = np.isfinite(rows["iri_peak"].to_numpy(float)) & (rows["from_m"] >= 0)
    return rows.loc[bounds, columns].reset_index(drop=True)
