"""A road surface from a line laser, split into its transverse shape, the sensor's motion, and what is local."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.imagery.relief_scale import ReliefScale

Heights = NDArray[np.float32]
# lines and columns that shape and motion are taken from, at most: a median of hundreds is exact enough
_MOST = 400


@dataclass(frozen=True)
class Relief:
    """
    A surface on square pixels, rows ahead at the top.

    Attributes
    ----------
    height
        Heights (rows, columns), NaN where not seen. [mm]
    seen
        Where they are known.
    local
        Heights less the usual shape across the lane and the usual height of each line, both without narrow grooves; 0
        where not seen. [mm]
    mm
        Side of a pixel. [mm]
    """

    height: Heights
    seen: NDArray[np.bool_]
    local: Heights
    mm: float


def relief(heights: Heights, scale: ReliefScale, *, values: Mapping[str, float]) -> Relief:
    """
    Return the surface of a range image on square pixels; what was not seen is not filled from its sides.

    Parameters
    ----------
    heights
        Shape (lines, points), NaN where not seen. [mm]
    scale
        Scale of the image.
    values
        Image parameters.
    """
    mm = scale.square_mm
    rows, columns = heights.shape
    size = (max(1, round(columns * scale.across_mm / mm)), max(1, round(rows * scale.along_mm / mm)))
    known = np.isfinite(heights)
    part = cv2.resize(known.astype(np.float32), size, interpolation=_way(heights.shape, size))
    total = cv2.resize(np.where(known, heights, np.float32(0)), size, interpolation=_way(heights.shape, size))
    # a pixel of which a part was not seen is not known: bridging would hide an edge
    seen = part > 0.999
    height = np.where(seen, total, np.float32(np.nan))
    nothing = np.zeros(height.shape, np.float32)
    return with_heights(Relief(height, seen, nothing, mm), height, values=values)


def with_heights(surface: Relief, height: Heights, *, values: Mapping[str, float]) -> Relief:
    """Return a surface with other heights of the same places [mm], split anew."""
    shape, motion = shape_and_motion(height)
    shape, motion = (without_grooves(line, mm=surface.mm, values=values) for line in (shape, motion))
    seen = np.isfinite(height)
    local = np.where(seen, height - shape[None, :] - motion[:, None], np.float32(0)).astype(np.float32)
    return replace(surface, height=height, seen=seen, local=local)


def shape_and_motion(height: Heights) -> tuple[Heights, Heights]:
    """Return the usual height of each column, shape (columns,), and of what is left of each line, (rows,). [mm]"""
    rows, columns = height.shape
    shape = usual(height[:: max(1, rows // _MOST)], axis=0)
    level = height[:, :: max(1, columns // _MOST)] - shape[None, :: max(1, columns // _MOST)]
    return shape, usual(level, axis=1)


def without_grooves(line: Heights, *, mm: float, values: Mapping[str, float]) -> Heights:
    """
    Return a line of heights with its narrow grooves filled to the lower of their sides.

    A crack or joint exactly along or across travel is a groove of the usual shape or height too, and would be taken
    out with it. What lies no deeper than the line's own jitter stays: bounce is smooth from line to line, and a sensor
    that shakes does so in all of them.

    Parameters
    ----------
    line
        Heights, shape (n,). [mm]
    mm
        Distance of the points. [mm]
    values
        Image parameters.
    """
    size = 2 * round(values["groove_window"] / mm / 2) + 1
    filled = cv2.morphologyEx(line[None, :], cv2.MORPH_CLOSE, np.ones((1, size), np.uint8))[0]
    lift = filled - line
    deep = lift > max(values["groove_depth"], values["groove_jitter"] * float(np.median(lift)))
    # its flanks too
    deep = cv2.dilate(deep.astype(np.uint8)[None, :], np.ones((1, 5), np.uint8))[0] > 0
    return np.where(deep, filled, line).astype(np.float32)


def _way(shape: tuple[int, ...], size: tuple[int, int]) -> int:
    return cv2.INTER_AREA if size[0] <= shape[1] and size[1] <= shape[0] else cv2.INTER_LINEAR


def usual(values: Heights, *, axis: int) -> Heights:
    """Return the median along an axis, 0 where nothing is known. [mm]"""
    known = np.isfinite(values)
    ordered = np.sort(np.where(known, values, np.inf), axis=axis)
    count = known.sum(axis=axis)
    low, high = ((np.maximum(count - 1, 0) + up) // 2 for up in (0, 1))
    pair = [np.take_along_axis(ordered, np.expand_dims(at, axis), axis=axis).squeeze(axis) for at in (low, high)]
    return np.where(count > 0, (pair[0] + pair[1]) / 2, 0.0).astype(np.float32)


def transverse_profiles(
    surface: Relief, *, middle_m: NDArray[np.float64], station_m: float, step_m: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Return median transverse profiles and their offsets from the lane's centre.

    Medians over a station along the road and 50 mm across take out stones, noise and spikes.

    Parameters
    ----------
    surface
        The surface.
    middle_m
        Where the lane's centre is in each row, right of the left edge. [m]
    station_m, step_m
        Road that a profile stands for, and distance of its points. [m]

    Returns
    -------
    heights, offsets
        Shape (profiles, points) [mm] and (points,) [m], left negative. A point of which under half was seen is NaN.
    """
    rows, columns = surface.height.shape
    per = max(1, round(station_m * 1000 / surface.mm))
    places = (np.arange(columns) + 0.5) * surface.mm / 1000.0
    reach = np.floor(max(places[-1] - middle_m.min(), middle_m.max() - places[0]) / step_m + 0.5)
    offsets = np.arange(-reach, reach + 1) * step_m
    profiles = []
    for start in range(0, max(rows - per // 2, 1), per):
        part = surface.height[start : start + per]
        across = np.round((places - middle_m[start : start + per].mean()) / step_m).astype(int)
        profiles.append([_known_median(part[:, across == round(o / step_m)]) for o in offsets])
    return np.array(profiles, float), offsets


def _known_median(part: Heights) -> float:
    known = part[np.isfinite(part)]
    return float(np.median(known)) if part.size and len(known) >= part.size / 2 else np.nan
