"""Joints in a surface: the lines they run along, the step at each, and the surface as if there were none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.imagery.joints import Joint, find_joints
from ingest.imagery.parameters import of_kind
from ingest.imagery.relief_shape import Relief, usual, with_heights
from ingest.imagery.ridges import working_image
from pavement.measures.faulting import joint_faults
from pavement.measures.limits import limit

Floats = NDArray[np.float64]
# columns whose heights are laid over one another at a joint, at most
_MOST = 200


def depth_as_grey(surface: Relief, *, values: Mapping[str, float]) -> np.ndarray:
    """Return the depth of a surface as 8-bit grey, the darker the deeper, shape of its heights."""
    return np.clip(values["relief_road_tone"] + values["relief_grey"] * surface.local, 0, 255).astype(np.uint8)


def inner_road(seen: np.ndarray) -> np.ndarray:
    """Return what is seen without its rim: what the laser did not see must not look like a line."""
    return np.asarray(cv2.erode(seen.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)


def depth_joints(surface: Relief, *, values: Mapping[str, float]) -> list[Joint]:
    """
    Return the joints that the depth shows, at the scale of the surface.

    Parameters
    ----------
    surface
        The surface.
    values
        Image parameters.
    """
    work = working_image(
        depth_as_grey(surface, values=values), mm_per_pixel=surface.mm, working_mm=values["working_mm"]
    )
    road = working_image(surface.seen.astype(np.float32), mm_per_pixel=surface.mm, working_mm=values["working_mm"])
    ratio = surface.seen.shape[1] / work.shape[1]
    found = find_joints(
        work, inner_road(road > 0.999), mm_per_pixel=surface.mm * ratio, values=of_kind(values, "range")
    )
    return [Joint((j.line + 0.5) * ratio - 0.5, j.width_mm, j.across, j.confidence) for j in found]


def joint_steps(surface: Relief, joints: Sequence[Joint], inside: NDArray[np.bool_]) -> Floats:
    """
    Return the fault at each joint across the lane. [mm]

    Each column is moved so that its joint lies in one place, whatever the skew; the median of the columns is then a
    profile along travel, and its fault that of :func:`pavement.measures.faulting.joint_faults`.

    Parameters
    ----------
    surface
        The surface.
    joints
        Joints at the scale of the surface; those along the lane are left out.
    inside
        Places whose heights count, shape of the surface.

    Returns
    -------
    fault
        One a joint across the lane, positive where the slab ahead lies lower; NaN where too little is seen.
    """
    faults = [_step(surface, place_of(joint, surface.height.shape[1]), inside) for joint in joints if joint.across]
    return np.array(faults, float)


def place_of(joint: Joint, columns: int) -> Floats:
    """Return the row of a joint across the lane in each column, on along its ends. [px]"""
    x, y = joint.line[np.argsort(joint.line[:, 0])].T
    place = np.interp(np.arange(columns), x, y)
    slope = (y[-1] - y[0]) / max(x[-1] - x[0], 1.0)
    at = np.arange(columns)
    beyond = np.minimum(at - x[0], 0.0) + np.maximum(at - x[-1], 0.0)
    return np.asarray(place + slope * beyond)


def _step(surface: Relief, place: Floats, inside: NDArray[np.bool_]) -> float:
    rows, columns = surface.height.shape
    within = np.clip(np.rint(place).astype(int), 0, rows - 1)
    chosen = np.flatnonzero(inside[within, np.arange(columns)])
    chosen = chosen[:: max(1, len(chosen) // _MOST)]
    if len(chosen) == 0:
        return float("nan")
    metre = surface.mm / 1000.0
    ahead = np.arange(-round(limit("fault_window_far") / metre) - 1, round(limit("fault_window_far") / metre) + 2)
    row = np.rint(place[chosen][None, :] - ahead[:, None]).astype(int)
    heights = np.where(
        (row >= 0) & (row < rows), surface.height[np.clip(row, 0, rows - 1), chosen[None, :]], np.float32(np.nan)
    )
    profile = usual(heights - usual(heights, axis=0)[None, :], axis=1).astype(float)
    profile[np.isfinite(heights).mean(axis=1) < 0.5] = np.nan
    return float(joint_faults(profile, ahead * metre, [0.0])[0])


def without_steps(surface: Relief, joints: Sequence[Joint], *, values: Mapping[str, float]) -> Relief:
    """
    Return a surface whose slabs are level with each other at joints across the lane.

    A step that runs askew is no part of a usual line, and would leave wedges as high as itself beside the joint.

    Parameters
    ----------
    surface
        The surface.
    joints
        Joints at its scale.
    values
        Image parameters.
    """
    across = [joint for joint in joints if joint.across]
    if not across:
        return surface
    height, row = surface.height.copy(), np.arange(surface.height.shape[0])
    for joint, fault in zip(across, joint_steps(surface, across, surface.seen), strict=True):
        ahead = row[:, None] < place_of(joint, height.shape[1])[None, :]
        height += np.where(ahead, np.float32(np.nan_to_num(fault)), np.float32(0))
    return with_heights(surface, height, values=values)


def wheel_path(surface: Relief, middle_m: Floats, sign: float) -> NDArray[np.bool_]:
    """
    Return where a wheel path is, shape of the surface.

    Parameters
    ----------
    surface
        The surface.
    middle_m
        Where the lane's centre is in each row, right of the left edge. [m]
    sign
        -1 for the left, 1 for the right.
    """
    places = (np.arange(surface.height.shape[1]) + 0.5) * surface.mm / 1000.0
    offset = sign * (places[None, :] - middle_m[:, None])
    return np.asarray(np.abs(offset - limit("wheel_path_offset")) <= limit("wheel_path_width") / 2) & surface.seen
