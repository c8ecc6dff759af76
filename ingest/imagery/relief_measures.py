"""What a surface says besides its cracks and potholes: ruts, water in them, drop-off, faulting, macrotexture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ingest.imagery.joints import Joint
from ingest.imagery.lane_axis import LaneAxis
from ingest.imagery.line_events import line_events
from ingest.imagery.relief_joints import joint_steps, wheel_path
from ingest.imagery.relief_scale import ReliefScale
from ingest.imagery.relief_shape import Heights, Relief, transverse_profiles
from pavement.measures.limits import limit
from pavement.measures.rutting import cleaned, rut_depths
from pavement.measures.texture import mean_profile_depth
from pavement.measures.water import water_depths

Floats = NDArray[np.float64]
STRAIGHTEDGES = tuple(
    sorted(limit(name) for name in ("straightedge", "straightedge_short", "straightedge_middle", "straightedge_long"))
)


def relief_measures(
    surface: Relief,
    raw: Heights,
    scale: ReliefScale,
    axis: LaneAxis,
    *,
    slabs: Relief,
    joints: Sequence[Joint],
    values: Mapping[str, float],
) -> pd.DataFrame:
    """
    Return what the lines of a range image measure, one row a kind, wheel path and method.

    Parameters
    ----------
    surface
        The surface on square pixels, without potholes and with slabs level with each other.
    raw
        Heights as the sensor gave them, shape (lines, points). [mm]
    scale
        Scale of `raw`.
    axis
        Centre line of the lane; the middle of the view where its lines were not found.
    slabs, joints
        The surface as it is, and its joints at that scale.
    values
        Image parameters.

    Returns
    -------
    measured
        kind (as in the table of measures), side (left, right or ""), value, unit, method. What cannot be measured has
        no row.
    """
    middle = axis.middle_m + axis.lean * _ahead(surface)
    profiles, offsets = transverse_profiles(
        surface, middle_m=middle, station_m=values["rut_station"], step_m=values["rut_step"]
    )
    width = min(np.nan_to_num(axis.width_m, nan=np.inf), limit("rut_profile_width"))
    lane, _ = cleaned(without_edges(profiles, offsets, step=values["edge_step"]), offsets, width=width)
    rows = [*_ruts(lane, offsets)]
    if np.isfinite(scale.crossfall_percent):
        halves = water_depths(lane, offsets, crossfall=scale.crossfall_percent)
        rows += _halves("rut_water", halves, f"level water at a crossfall of {scale.crossfall_percent:g} %")
    rows += _drop_off(profiles, offsets, axis.width_m, values)
    rows += _faulting(slabs, joints, middle)
    rows += _texture(raw, scale, middle)
    return pd.DataFrame(rows, columns=["kind", "side", "value", "unit", "method"]).dropna(subset=["value"])


def _ahead(surface: Relief) -> Floats:
    rows = surface.height.shape[0]
    return (rows - np.arange(rows) - 0.5) * surface.mm / 1000.0


def without_edges(profiles: Floats, offsets: Floats, *, step: float) -> Floats:
    """Return profiles without what lies beyond a step of the outer lane: kerb, gutter, drop-off. [mm]"""
    kept = profiles.copy()
    for side in (1, -1):
        outward = kept[:, ::side]
        x = side * offsets[::side]
        jump = np.abs(np.diff(outward, axis=1, prepend=outward[:, :1])) > step
        # a hollow in a wheel path is no edge of the lane
        jump &= x > limit("wheel_path_offset") + limit("wheel_path_width") / 2
        outward[np.maximum.accumulate(jump, axis=1)] = np.nan
    return kept


def _ruts(lane: Floats, offsets: Floats) -> list[tuple[str, str, float, str, str]]:
    rows = []
    for length in STRAIGHTEDGES:
        rows += _halves("rut", rut_depths(lane, offsets, length=length), f"straightedge {length:g} m")
    return rows + _halves("rut", rut_depths(lane, offsets, method="wire"), "wire over the lane")


def _halves(kind: str, halves: tuple[Floats, Floats], method: str) -> list[tuple[str, str, float, str, str]]:
    return [
        (kind, side, float(np.nanmean(half)) if np.isfinite(half).any() else np.nan, "mm", method)
        for side, half in zip(("left", "right"), halves, strict=True)
    ]


def _drop_off(
    profiles: Floats, offsets: Floats, width: float, values: Mapping[str, float]
) -> list[tuple[str, str, float, str, str]]:
    """Return how far each edge of the lane stands above what lies beyond it, where both are seen."""
    if not np.isfinite(width):
        return []
    rows = []
    reach = values["edge_reach"]
    for side, sign in (("left", -1.0), ("right", 1.0)):
        beyond = sign * offsets - width / 2
        inner, outer = (
            profiles[:, a]
            for a in (
                (beyond > -reach) & (beyond < -values["edge_inner"]),
                (beyond > values["edge_outer"]) & (beyond < reach),
            )
        )
        seen = [part[np.isfinite(part)] for part in (inner, outer)]
        if min(len(part) for part in seen) == 0:
            continue
        drop = float(np.median(seen[0]) - np.median(seen[1]))
        rows.append(
            ("drop_off", side, max(drop, 0.0), "mm", f"medians of {reach:g} m on both sides of the lane's edge")
        )
    return rows


def _faulting(slabs: Relief, joints: Sequence[Joint], middle: Floats) -> list[tuple[str, str, float, str, str]]:
    """Return the mean size of the faults of all joints in each wheel path; no row where there is no joint."""
    if not any(joint.across for joint in joints):
        return []
    told = []
    for side, sign in (("left", -1.0), ("right", 1.0)):
        faults = joint_steps(slabs, joints, wheel_path(slabs, middle, sign))
        size = np.abs(faults[np.isfinite(faults)])
        told.append(("faulting", side, float(size.mean()) if len(size) else np.nan, "mm", f"{len(size)} joints"))
    return told


def _texture(raw: Heights, scale: ReliefScale, middle: Floats) -> list[tuple[str, str, float, str, str]]:
    if scale.along_mm > limit("texture_spacing_max"):
        return []
    places = (np.arange(raw.shape[1]) + 0.5) * scale.across_mm / 1000.0
    rows = []
    for side, sign in (("left", -1.0), ("right", 1.0)):
        inside = np.abs(sign * (places - middle.mean()) - limit("wheel_path_offset")) <= limit("wheel_path_width") / 2
        columns = np.flatnonzero(inside)[:: max(1, inside.sum() // 20)]
        depth = mean_profile_depth(raw[:, columns].T.astype(float), spacing=scale.along_mm)
        known = depth[np.isfinite(depth)]
        rows.append(("mpd", side, float(known.mean()) if len(known) else np.nan, "mm", f"{len(known)} segments"))
    return rows


def stored(measured: pd.DataFrame) -> dict[str, float]:
    """Return kind → value of the table of measures; see :func:`ingest.imagery.line_events.line_events`."""
    found = line_events(measured.assign(frame=""))
    return dict(zip(found["kind"], found["value"], strict=True))
