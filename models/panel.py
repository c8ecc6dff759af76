"""The panel: survey histories of units in one shape, and the pairs of surveys that models learn from."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from models.campaigns import DEVICE, LATER_DEVICE, device_columns
from models.history import SUSPECTS, with_history
from models.parameters import parameter
from models.targets import TARGETS, known_to, target_of
from pavement.condition.cell_history import cell_works
from pavement.condition.change_evidence import change_evidence
from pavement.condition.quality import UNRECORDED, WITHOUT_EFFECT
from pavement.condition.settled_changes import unsettled, without_errors
from pavement.condition.surface_types import ASPHALT, surface_types
from pavement.condition.survey_day import survey_day
from pavement.schema import read_table, schema

CONTEXT = tuple(f for f in read_table("features")["feature"] if f != "horizon")


def panel_from_segments(
    segments: pd.DataFrame,
    works: pd.DataFrame,
    *,
    settled: pd.DataFrame | None = None,
    devices: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """
    Return the panel of a network.

    Parameters
    ----------
    segments
        Segment table.
    works
        Table ``works``; a survey before a work belongs to the epoch before it, to the day of its own kind: a profiler
        may have passed before the work and the camera after it.
    settled
        Table ``settlements``: what people said of changes that no record explains.
    devices
        What each run was surveyed with; without it no device is told.

    Returns
    -------
    panel
        Table ``panel``, one row a cell and day of survey with what was measured on it; block = route, direction and
        kilometre, all lanes together. A target counts only on the surface families that it exists on.
    """
    settled = _NOBODY if settled is None else settled
    segments = without_errors(segments, settled)
    targets = [t for t in TARGETS if t in segments]
    segments = segments.assign(**_on_its_families(segments, targets))
    surveys = _surveys(segments, targets)
    seen = segments.iloc[surveys["row"]].reset_index(drop=True)
    kilometre = (seen["from_m"] // 1000).astype(int).astype(str)
    frame = pd.DataFrame(
        {
            "unit": seen["cell"].astype(str),
            "block": seen["route"].astype(str) + "-" + seen["direction"].astype(str) + "-" + kilometre,
            "family": _family(seen),
            "time": surveys["time"],
        }
    )
    cells = segments.drop_duplicates("cell").reset_index(drop=True)
    frame["epoch"], since = _epochs(frame, cells, works)
    frame = frame.assign(**{c: seen[c].astype(float) for c in CONTEXT if c in seen}, **surveys[targets])
    told = {f"{t}{DEVICE}": _device(seen, surveys, t, devices) for t in targets} if devices else {}
    frame = frame.assign(**told)
    changes = unsettled(change_evidence(segments, works), settled)
    frame["fell"] = _fell(frame, changes)
    if len(works):
        frame["age"] = since
        frame["doubted"] = _doubted(frame, changes)
    wanted = [c for c in schema("panel").index if c in frame]
    return frame[wanted].sort_values(["unit", "time"], ignore_index=True)


def _family(seen: pd.DataFrame) -> pd.Series:
    """Return AC, JPCP or CRCP by the surface on record."""
    if "surface_material" not in seen:
        return pd.Series("AC", index=seen.index)
    return surface_types(seen["surface_material"]).map({ASPHALT: "AC", "jointed": "JPCP", "continuous": "CRCP"})


def _on_its_families(segments: pd.DataFrame, targets: list[str]) -> dict[str, pd.Series]:
    """Return the targets that do not exist on every surface, without their values on the others."""
    some = [t for t in targets if target_of(t).families]
    family = _family(segments) if some else None
    return {t: segments[t].where(family.isin(target_of(t).families)) for t in some if family is not None}


def _surveys(segments: pd.DataFrame, targets: list[str]) -> pd.DataFrame:
    """Return row (position), time [year] and the targets measured then, one row a cell and day of survey."""
    parts = []
    for target in targets:
        at = np.flatnonzero(segments[target].notna())
        days = survey_day(segments.iloc[at], target, undated=0.5)
        parts.append(pd.DataFrame({"row": at, "time": days, target: segments[target].to_numpy(float)[at]}))
    if not parts:
        return pd.DataFrame({"row": np.empty(0, dtype=int), "time": np.empty(0)})
    return pd.concat(parts, ignore_index=True).groupby(["row", "time"], as_index=False).first()


def _device(seen: pd.DataFrame, surveys: pd.DataFrame, target: str, devices: Mapping[str, str]) -> pd.Series:
    """Return what each value of a target was measured with, missing where it is not told."""
    if (run := f"{target}_run") not in seen:
        return pd.Series(None, index=seen.index, dtype="str")
    named = {name: device.strip() for name, device in devices.items() if device.strip()}
    return seen[run].map(named).astype("str").where(surveys[target].notna())


_NOBODY = pd.DataFrame(columns=list(schema("settlements").index))


def _fell(frame: pd.DataFrame, changes: pd.DataFrame) -> pd.Series:
    """Return whether a likely but unsettled work lies just before each survey (P9)."""
    likely = changes[(changes["finding"] == UNRECORDED) & changes["likely"].astype(bool)]
    keys = frame.assign(year=np.floor(frame["time"]).astype(int))
    found = pd.Series(False, index=frame.index)
    for kind, own in likely.groupby("kind"):
        cells = pd.MultiIndex.from_arrays([own["cell"].astype(str), own["year"].astype(int)])
        found |= pd.MultiIndex.from_frame(keys[["unit", "year"]]).isin(cells) & frame[kind].notna()
    return found


def _doubted(frame: pd.DataFrame, changes: pd.DataFrame) -> pd.Series:
    """Return whether each survey belongs to an epoch whose work had no effect (P10)."""
    idle = changes[changes["finding"] == WITHOUT_EFFECT]
    seen = frame.assign(year=np.floor(frame["time"]).astype(int))[["unit", "year", "epoch"]]
    epochs = (
        idle[["cell", "year"]].astype({"cell": str}).merge(seen, left_on=["cell", "year"], right_on=["unit", "year"])
    )
    # a year with surveys on both sides of the work belongs to the epoch after it
    epochs = epochs.groupby(["unit", "year"], as_index=False)["epoch"].max()
    keys = ["unit", "epoch"]
    return pd.Series(pd.MultiIndex.from_frame(frame[keys]).isin(pd.MultiIndex.from_frame(epochs[keys])), frame.index)


def _epochs(frame: pd.DataFrame, cells: pd.DataFrame, works: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return works before each survey and the years since the last of them; missing where there is none."""
    if works.empty:
        return np.zeros(len(frame), int), np.full(len(frame), np.nan)
    done = cell_works(cells, works).sort_values(["cell", "completed"])
    position = pd.Series(np.arange(len(cells)), index=cells["cell"].astype(str)).reindex(frame["unit"]).to_numpy()
    apart = 10_000.0
    keys = done["cell"].to_numpy() * apart + done["completed"].to_numpy()
    at = np.searchsorted(keys, position * apart + frame["time"].to_numpy(), side="right")
    first = np.searchsorted(keys, position * apart, side="left")
    last = done["completed"].to_numpy()[np.clip(at - 1, 0, None)] if len(done) else np.zeros(len(frame))
    return at - first, np.where(at > first, frame["time"].to_numpy() - last, np.nan)


def pairs(panel: pd.DataFrame, *, target: str) -> pd.DataFrame:
    """
    Return every pair of surveys of one unit inside one epoch.

    Parameters
    ----------
    panel
        Panel with histories, from :func:`models.history.with_history`.
    target
        One of :data:`models.targets.TARGETS`.

    Returns
    -------
    pairs
        What was known at the first survey of each pair (panel columns, of the targets those that it learns from),
        ``horizon`` [year], ``later`` (time of the second survey), where devices are told ``later_device``, ``present``
        (the damage at the first), ``increment`` (its growth: a fall where less is worse) and ``suspected``, whether an
        unexplained improvement lies between or the work before them had no effect (judged on, but not learned from);
        sorted by unit, time and horizon.
    """
    suspects = next(c for c in (f"{target}_{SUSPECTS}", SUSPECTS) if c in panel)
    known = panel.loc[panel[f"{target}_fresh"], _known_columns(panel, target, suspects)]
    device = f"{target}{DEVICE}"
    later = known[[c for c in ("unit", "epoch", "time", target, suspects, device) if c in known]]
    names = {"time": "later", target: "_after", suspects: "_suspects", device: LATER_DEVICE}
    later = later.rename(columns=names)
    joined = known.merge(later, on=["unit", "epoch"])
    horizon, damage = joined["later"] - joined["time"], target_of(target).damage
    present, after = (damage(joined[c].to_numpy(float)) for c in (target, "_after"))
    joined = joined.assign(
        horizon=horizon,
        present=present,
        increment=after - present,
        suspected=(joined["_suspects"] != joined[suspects]) | joined.get("doubted", False),
    )
    keep = (horizon >= parameter("horizon_min")) & (horizon <= parameter("horizon_max"))
    joined = joined[keep].drop(columns=["_after", "_suspects", suspects])
    return joined.sort_values(["unit", "time", "horizon"], ignore_index=True)


def _known_columns(panel: pd.DataFrame, target: str, suspects: str) -> list[str]:
    """Return the columns of a panel that a forecast of a target knows, and those that choose its pairs."""
    others = tuple(t for t in TARGETS if t not in known_to(target))
    hidden = [c for c in panel if c in others or (str(c).startswith(tuple(f"{t}_" for t in others)))]
    beside = [c for c in panel if str(c).endswith((SUSPECTS, "_fresh")) and c != suspects]
    return [str(c) for c in panel if c not in {*hidden, *beside}]


def last_states(panel: pd.DataFrame) -> pd.DataFrame:
    """
    Return what is known of each unit now: its last survey, older targets of the same epoch filled in.

    One row a unit, with histories; ``time`` is the time of the last survey of any target, ``<target>_time`` of its own.
    """
    frame = with_history(panel).drop(columns=["part", "doubted", "fell"], errors="ignore")
    frame = frame.drop(columns=[*device_columns(frame), *(c for c in frame if c.endswith(("_fresh", SUSPECTS)))])
    context = [c for c in CONTEXT if c in frame and c != "age"]
    filled = frame.assign(**{c: frame.groupby(["unit", "epoch"])[c].ffill() for c in context})
    return filled.groupby("unit", as_index=False).tail(1).reset_index(drop=True)
