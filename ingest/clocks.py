"""Clocks of camera, satellite receiver and odometer compared, told, and allowed for where that is sound (D5)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ingest.formats import limit as format_limit
from ingest.odometer import COLUMN
from pavement.errors import Fault, fault_frame
from pavement.measures.clock_offset import ClockOffset, clock_offset, clock_steps, time_steps, travelled
from pavement.measures.limits import limit
from pavement.schema import read_table

NOTE = "clocks"
FIX = "fix_at"
# the odometer fires the camera, so that its reading needs no clock; else it was joined to the frame by time
WORDS = ("logged", "triggers")
_WAY = ["route", "direction", "lane"]
_MIXED = 0.05
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Compared:
    """
    Places as they stand after the clocks were compared.

    Attributes
    ----------
    places
        The records, ``measure_m`` [m] corrected where that is sound.
    checks
        check, kind, value [s], count, for :func:`pavement.condition.run_quality.run_quality`.
    faults
        What was found, or why nothing could be, as notes.
    """

    places: pd.DataFrame
    checks: pd.DataFrame
    faults: pd.DataFrame


@dataclass(frozen=True)
class _Drive:
    """What the clocks of one drive tell; times and steps in [s], places in [m]."""

    name: str
    records: int
    offset: ClockOffset
    step: float
    step_at: float
    jump: float
    jump_at: float
    moved: pd.Series
    mixed: bool = False


def compared(placed: pd.DataFrame, *, file: str, odometer: str = WORDS[0]) -> Compared:
    """
    Return records with their clocks compared.

    Parameters
    ----------
    placed
        Good rows of a drive: route, direction, lane, ``measure_m`` [m], ``taken_at`` (the camera's clock), and where
        known ``odometer_m`` [m] and ``fix_at`` (the receiver's clock).
    file
        Name shown in faults.
    odometer
        ``triggers``: the odometer fires the camera, so that what is off is the clock by which fixes were given to
        frames, and places are moved by speed x offset. ``logged``: which clock errs cannot be known, nothing is moved.
    """
    checks, notes = _differences(placed, file=file)
    if COLUMN not in placed or placed[COLUMN].isna().all():
        message = f"The clocks of camera, GPS and odometer are not compared: no {COLUMN}."
        notes.append(Fault(file, None, COLUMN, "", NOTE, message, "Give the odometer's reading of each frame."))
        return Compared(placed, _checks([_check("clock_offset", np.nan, 0), *checks]), fault_frame(notes))
    drives = [_drive(part, name) for name, part in _drives(placed)]
    measure = placed["measure_m"].astype(float).copy()
    for drive in drives:
        fixed = odometer == WORDS[1] and _sound(drive)
        notes += _notes(drive, file=file, fixed=fixed)
        if fixed:
            measure[drive.moved.index] -= drive.moved
    told = [abs(d.offset.offset_s) for d in drives if d.offset.told]
    count = sum(d.offset.count for d in drives)
    judged = [d for d in drives if not d.mixed and d.records >= limit("clock_records_min")]
    steps = [max(abs(d.step), abs(d.jump)) for d in judged]
    moments = sum(d.records for d in judged)
    offset = _check("clock_offset", max(told, default=np.nan), count)
    checks = [offset, _check("clock_step", max(steps, default=np.nan), moments), *checks]
    return Compared(placed.assign(measure_m=measure), _checks(checks), fault_frame(notes))


def _drives(placed: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Return the parts of each lane that were driven in one go, in the order of the odometer."""
    known = placed.dropna(subset=[COLUMN, "measure_m", "taken_at"])
    parts = []
    for way, rows in known.groupby(_WAY, sort=True):
        own = rows.sort_values(COLUMN, kind="stable").drop_duplicates(COLUMN)
        part = (own[COLUMN].diff() > format_limit("odometer_gap")).cumsum()
        route, direction, lane = way
        parts += [(f"{route} {direction} lane {lane}", found) for _, found in own.groupby(part)]
    return parts


def _drive(rows: pd.DataFrame, name: str) -> _Drive:
    odometer, measure = rows[COLUMN].to_numpy(float), rows["measure_m"].to_numpy(float)
    nothing = _Drive(name, len(rows), ClockOffset(np.nan, np.nan, 0), 0.0, np.nan, 0.0, np.nan, pd.Series(dtype=float))
    if len(rows) < limit("clock_records_min"):
        return nothing
    time = _seconds(rows["taken_at"])
    if (np.diff(time) < 0).mean() > _MIXED:
        return _Drive(**(vars(nothing) | {"mixed": True}))
    sense = float(np.sign(np.median(np.diff(measure)))) or 1.0
    place = sense * measure
    offset = clock_offset(time, odometer, place)
    whole = offset.offset_s if offset.told else 0.0
    step, at = _largest(clock_steps(time, odometer, place, offset=whole))
    jump, after = _largest(time_steps(time, odometer))
    if abs(step) > _rule("clock_step", "doubt"):
        sides = [clock_offset(time[cut], odometer[cut], place[cut]) for cut in (slice(at), slice(at, None))]
        offset = max((s for s in sides if s.told), key=lambda s: abs(s.offset_s), default=sides[0])
    speed = pd.Series(travelled(time, odometer), index=rows.index)
    moved = sense * (offset.offset_s if offset.told else 0.0) * speed.fillna(speed.median())
    return _Drive(name, len(rows), offset, step, measure[at], jump, measure[after], moved)


def _seconds(moments: pd.Series) -> Floats:
    time = pd.to_datetime(moments, utc=True)
    return (time - time.min()).dt.total_seconds().to_numpy(float)


def _largest(steps: Floats) -> tuple[float, int]:
    known = np.nan_to_num(steps)
    at = int(np.argmax(np.abs(known)))
    return float(known[at]), at


def _rule(check: str, column: str) -> float:
    rules = read_table("run_checks").set_index("check")
    return float(rules.loc[check, column])


def _sound(drive: _Drive) -> bool:
    """Return whether places may be moved: the offset is told, of some size, within its limit, and one for the drive."""
    size = abs(drive.offset.offset_s) if drive.offset.told else 0.0
    steady = max(abs(drive.step), abs(drive.jump)) <= _rule("clock_step", "doubt")
    large = max(limit("clock_corrected_min"), 2 * drive.offset.error_s)
    return steady and large <= size <= _rule("clock_offset", "hold")


def _notes(drive: _Drive, *, file: str, fixed: bool) -> list[Fault]:
    said = [*_of_offset(drive, fixed=fixed), *_of_steps(drive)]
    name = drive.name
    return [Fault(file, None, "taken_at", name, NOTE, f"{name}: {message}", cure) for message, cure in said]


def _of_offset(drive: _Drive, *, fixed: bool) -> list[tuple[str, str]]:
    """Return what is said of an offset, with what to do."""
    offset = drive.offset
    if drive.mixed:
        message = "the clocks are not compared: times run back and forth along the odometer."
        return [(message, "Give each drive an odometer that goes on, or a package of its own.")]
    if not offset.told:
        message = "the offset of the clocks cannot be told: too few records, or a speed that hardly varies."
        return [(message, "A drive with changes of speed tells it.")]
    if abs(offset.offset_s) < limit("clock_corrected_min"):
        return []
    size, error = f"{offset.offset_s:+.2f}", f"{offset.error_s:.2f}"
    if fixed:
        return [(f"places run {size} s (± {error} s) ahead of the odometer; corrected.", "Nothing to do.")]
    cure = 'Set the clocks; where the odometer fires the camera, say options = { odometer = "triggers" }.'
    return [(f"places run {size} s (± {error} s) ahead of the odometer; not corrected.", cure)]


def _of_steps(drive: _Drive) -> list[tuple[str, str]]:
    """Return what is said of jumps, with what to do."""
    least = _rule("clock_step", "doubt")
    cure = "Look at the log of the instruments; give the parts before and after it as packages of their own."
    places = f"the clock of the places, or they themselves, jump by {drive.step:+.2f} s at {drive.step_at:.0f} m."
    camera = f"the clock of the camera jumps by {drive.jump:+.2f} s at {drive.jump_at:.0f} m."
    steps = ((drive.step, places), (drive.jump, camera))
    return [(message, cure) for step, message in steps if abs(step) > least]


def _differences(placed: pd.DataFrame, *, file: str) -> tuple[list[dict[str, object]], list[Fault]]:
    """Return the check on the times of camera and receiver that stand beside each other, with what it found."""
    if FIX not in placed or placed[FIX].isna().all():
        return [], []
    known = placed.dropna(subset=[FIX, "taken_at"])
    apart = (pd.to_datetime(known["taken_at"], utc=True) - pd.to_datetime(known[FIX], utc=True)).dt.total_seconds()
    usual = float(apart.median())
    size = int(limit("clock_step_records"))
    level = apart.rolling(size).median()
    steps = (level.shift(-size) - level).dropna()
    step = float(steps.loc[steps.abs().idxmax()]) if len(steps) else 0.0
    checks = [
        _check("clock_difference", abs(usual), len(known)),
        _check("clock_difference_step", abs(step), len(known)),
    ]
    message = f"The clock of the camera stands {usual:+.2f} s from that of the GPS, with a step of {step:+.2f} s."
    off = max(abs(usual) - _rule("clock_difference", "doubt"), abs(step) - _rule("clock_difference_step", "doubt")) > 0
    note = Fault(file, None, FIX, "", NOTE, message, "Set the clocks; the places of the frames are as given.")
    return checks, [note] if off else []


def _check(check: str, value: float, count: int) -> dict[str, object]:
    return {"check": check, "kind": "", "value": value, "count": count}


def _checks(rows: list[dict[str, object]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["check", "kind", "value", "count"])
