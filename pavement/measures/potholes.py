"""Potholes, and what else has an area: which outlines of several frames are one thing, and its volume."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray


def joined_groups(shapes: NDArray[np.object_], *, gap: float) -> NDArray[np.int64]:
    """
    Return the number of the thing that each outline belongs to, counted from 0.

    Two frames that share a border or a strip of road show one hole twice (I13).

    Parameters
    ----------
    shapes
        Valid polygons that enclose something.
    gap
        Outlines that overlap or lie within it are one thing. [m]
    """
    grown = shapely.union_all(shapely.buffer(shapes, gap / 2)) if len(shapes) else None
    parts = shapely.get_parts(grown) if grown is not None else np.empty(0, dtype=object)
    found, part = shapely.STRtree(parts).query(shapely.point_on_surface(shapes), predicate="intersects")
    group = np.empty(len(shapes), dtype=np.int64)
    group[found] = part
    return group


def joined_volume(
    slices: Sequence[tuple[int, float, float, NDArray[np.float64]]], *, low: float = -np.inf, high: float = np.inf
) -> float:
    """
    Return the volume of one hole that several frames show, each place of it once. [m3]

    Where several frames show a place its volume is their mean; a frame that a border cuts tells of its part only.

    Parameters
    ----------
    slices
        Of each outline its frame, from where to where it reaches along the route [m], and the volume of equal slices
        between, in this order [m3].
    low, high
        The stretch asked for. [m]
    """
    told = [
        (frame, np.linspace(start, end, len(parts) + 1), parts) for frame, start, end, parts in slices if len(parts)
    ]
    if not told:
        return 0.0
    borders = np.unique(np.clip(np.concatenate([places[[0, -1]] for _, places, _ in told]), low, high))
    middle = (borders[1:] + borders[:-1]) / 2
    volume: dict[int, NDArray[np.float64]] = {}
    shown: dict[int, NDArray[np.bool_]] = {}
    for frame, places, parts in told:
        sums = np.interp(borders, places, np.concatenate([[0.0], np.cumsum(parts)]))
        volume[frame] = volume.get(frame, 0.0) + np.diff(sums)
        shown[frame] = shown.get(frame, np.zeros(len(middle), bool)) | ((middle > places[0]) & (middle < places[-1]))
    frames = np.sum(list(shown.values()), axis=0)
    return float((np.sum(list(volume.values()), axis=0) / np.maximum(frames, 1)).sum())
