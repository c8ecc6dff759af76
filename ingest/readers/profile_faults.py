"""What is said of doubtful longitudinal profiles: faults with their place, and roughness with and without."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pavement.errors import Fault
from pavement.measures.iri import unbroken
from pavement.measures.limits import limit
from pavement.measures.profile_doubts import ProfileDoubts, profile_doubts, tracks_apart
from pavement.measures.profile_speed import runs_of

_PATHS = ("elevation_left", "elevation_right")
# stretches told one by one; of more the rest is counted
_TOLD = 20
_DEAD = "Check the height sensor, and drive it again."
_CURE = "Published as measured; check the sensor and joints there."


def doubts(file: str, drive: pd.DataFrame, name: str, *, averaged: bool) -> list[Fault]:
    """
    Return a note for each wheel path with spikes, jumps, drift or a stuck sensor, and where both come apart (P3).

    Parameters
    ----------
    drive
        measure_m, elevation_left, elevation_right [m] in the order of travel, and ``_row``.
    name
        Lane as shown.
    averaged
        See :func:`pavement.measures.iri.rectified_slope`.
    """
    at = drive["measure_m"].to_numpy(float)
    notes: list[Fault] = []
    if len(at) < 2:
        return notes
    spacing = float(np.median(np.abs(np.diff(at))))
    if not 0 < spacing <= limit("iri_spacing_max") + 1e-9:
        return notes
    for path in _PATHS:
        pieces = unbroken(at, drive[path].to_numpy(float), spacing=spacing)
        long = [(m, h) for m, h in pieces if abs(m[-1] - m[0]) > limit("iri_run_in") + spacing]
        for measure, heights in long:
            step = abs(measure[-1] - measure[0]) / (len(measure) - 1)
            found = profile_doubts(heights, spacing=step, averaged=averaged)
            if found.doubtful:
                notes.append(_doubt(file, drive, f"{name} {path}", measure, found, step))
    return notes + _apart(file, drive, name)


def _doubt(file: str, drive: pd.DataFrame, name: str, measure: np.ndarray, found: ProfileDoubts, step: float) -> Fault:
    first = measure[np.argmax(found.any)]
    message = (
        f"{name} from {measure.min():.0f} to {measure.max():.0f} m: {int(found.spikes.sum())} spikes, "
        f"{int(found.steps.sum())} steps, {found.stuck.sum() * step:.1f} m of one height and "
        f"{found.drift.sum() * step:.0f} m of drift, first at {first:.1f} m; "
        f"IRI {found.iri:.2f} m/km, "
        + (f"{found.iri_without:.2f} without them." if np.isfinite(found.iri_without) else "none is left without them.")
    )
    return Fault(file, _row_at(drive, first), "", "", "doubtful", message, _CURE)


def _apart(file: str, drive: pd.DataFrame, name: str) -> list[Fault]:
    apart = tracks_apart(drive["elevation_left"], drive["elevation_right"])
    if not apart.any():
        return []
    measure = drive["measure_m"].to_numpy(float)[apart]
    message = (
        f"{name}: the wheel paths come apart by more than {limit('profile_apart'):g} m "
        f"between {measure.min():.0f} and {measure.max():.0f} m; one of the sensors drifts."
    )
    first = float(drive["measure_m"].to_numpy(float)[np.argmax(apart)])
    return [Fault(file, _row_at(drive, first), "", "", "doubtful", message, _CURE)]


def dead_stretches(file: str, drive: pd.DataFrame, name: str, path: str, dead: np.ndarray) -> list[Fault]:
    """Return a fault for each stretch where a wheel path stands at one height, so that no roughness is told (P3)."""
    at, heights = drive["measure_m"].to_numpy(float), drive[path].to_numpy(float)
    listed = []
    runs = runs_of(dead)
    for first, last in runs[:_TOLD]:
        low, high = sorted((at[first], at[last]))
        message = (
            f"{name} {path} from {low:.0f} to {high:.0f} m: one height, {heights[first]:g} m, over more than "
            f"{limit('profile_dead'):g} m, as no road has; no roughness there."
        )
        row = int(drive["_row"].iloc[first])
        listed.append(Fault(file, row, path, f"{heights[first]:g}", "stuck sensor", message, _DEAD))
    if len(runs) > _TOLD:
        more = f"{name} {path}: {len(runs) - _TOLD} more stretches of one height."
        listed.append(Fault(file, int(drive["_row"].iloc[runs[_TOLD][0]]), path, "", "stuck sensor", more, _DEAD))
    return listed


def slow_stretches(file: str, drive: pd.DataFrame, name: str, slow: np.ndarray) -> list[Fault]:
    """Return a fault for each stretch whose roughness is not told because the profiler was too slow (P5)."""
    at, speed = drive["measure_m"].to_numpy(float), drive["speed_kmh"].to_numpy(float)
    listed = []
    runs = runs_of(slow)
    for first, last in runs[:_TOLD]:
        low, high = sorted((at[first], at[last]))
        least = float(np.nanmin(speed[first : last + 1]))
        message = (
            f"{name} from {low:.0f} to {high:.0f} m: driven at {least:.0f} km/h, under "
            f"{limit('profile_speed_min'):g} km/h; no roughness there."
        )
        row = int(drive["_row"].iloc[first])
        listed.append(
            Fault(file, row, "speed_kmh", f"{least:g}", "too slow", message, "Drive it again without a stop.")
        )
    if len(runs) > _TOLD:
        more = f"{name}: {len(runs) - _TOLD} more stretches were driven too slowly."
        row = int(drive["_row"].iloc[runs[_TOLD][0]])
        listed.append(Fault(file, row, "speed_kmh", "", "too slow", more, "Drive it again without a stop."))
    return listed


def one_path(file: str, drive: pd.DataFrame, name: str, side: str) -> Fault:
    """Return the note on a drive of which one wheel path only is known (P4)."""
    message = f"{name}: only the {side} wheel path has heights; its roughness is told as iri_{side}, no mean is formed."
    return Fault(
        file, int(drive["_row"].iloc[0]), "", side, "one wheel path", message, "Give both wheel paths for a mean."
    )


def no_roughness(file: str, drive: pd.DataFrame, message: str, cure: str) -> Fault:
    """Return the fault of a drive that gives no roughness."""
    return Fault(file, int(drive["_row"].iloc[0]), "measure_m", "", "no roughness", message, cure)


def _row_at(drive: pd.DataFrame, measure: float) -> int:
    return int(drive["_row"].iloc[int(np.argmin(np.abs(drive["measure_m"].to_numpy(float) - measure)))])
