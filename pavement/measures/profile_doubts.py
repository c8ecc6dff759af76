"""Doubts about a longitudinal profile: spikes, steps, a stuck sensor, drift, and roughness with and without them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import uniform_filter1d

from pavement.measures.iri import rectified_slope
from pavement.measures.limits import limit

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
# reach about a jump whose other steps tell the slope of the road there [m]
_AROUND = 1.0


@dataclass(frozen=True)
class ProfileDoubts:
    """
    What is doubtful in one profile (P3).

    Attributes
    ----------
    spikes
        Samples off the median of themselves and their neighbours by more than ``profile_spike``.
    steps
        Samples behind a jump over ``profile_step`` that does not come back, as at the joint of a bridge.
    stuck
        Samples in runs of one and the same height over ``profile_stuck`` or more.
    drift
        Samples on a slope over ``profile_drift_base`` that no road has (``profile_grade_max``).
    iri, iri_without
        Roughness as measured, and with spikes set on the line between their neighbours, jumps and drift taken out and
        the steps over stuck samples left out; NaN where nothing is left. [m/km]
    """

    spikes: Mask
    steps: Mask
    stuck: Mask
    drift: Mask
    iri: float
    iri_without: float

    @property
    def any(self) -> Mask:
        """Samples with any doubt."""
        return self.spikes | self.steps | self.stuck | self.drift

    @property
    def doubtful(self) -> bool:
        """Whether anything was found."""
        return bool(self.any.any())


def profile_doubts(elevation: ArrayLike, *, spacing: float, averaged: bool = False) -> ProfileDoubts:
    """Return what is doubtful in a profile of heights [m] every `spacing` [m]; see :class:`ProfileDoubts`."""
    heights = np.asarray(elevation, dtype=float)
    spikes = _spikes(heights)
    places = np.arange(len(heights))
    mended = np.interp(places, places[~spikes], heights[~spikes]) if spikes.any() else heights
    jumps = _jumps(mended, spacing)
    stuck = _of_one_height(heights, spacing, limit("profile_stuck"))
    drift = _drift(heights, spacing)
    slope = rectified_slope(heights, spacing=spacing, averaged=averaged)
    iri = without = float(slope.mean())
    steps = jumps != 0
    if (spikes | steps | stuck | drift).any():
        sound = mended - np.cumsum(jumps)
        if drift.any():
            sound = sound - uniform_filter1d(sound, _samples(limit("profile_drift_base"), spacing), mode="nearest")
        slope = rectified_slope(sound, spacing=spacing, averaged=averaged)[~stuck[: len(slope)]]
        without = float(slope.mean()) if len(slope) else np.nan
    return ProfileDoubts(spikes, steps, stuck, drift, iri, without)


def tracks_apart(left: ArrayLike, right: ArrayLike) -> Mask:
    """
    Return where two wheel paths have come apart farther than any crossfall holds them: one of the sensors drifts (P3).

    Parameters
    ----------
    left, right
        Heights of one drive, shape (n,). [m]
    """
    difference = np.asarray(left, dtype=float) - np.asarray(right, dtype=float)
    if not np.isfinite(difference).any():
        return np.zeros(len(difference), dtype=bool)
    return np.abs(difference - np.nanmedian(difference)) > limit("profile_apart")


def dead_heights(elevation: ArrayLike, *, spacing: float) -> Mask:
    """
    Return which samples stand at one and the same height over ``profile_dead`` or more: no road does so (P3).

    Parameters
    ----------
    elevation
        Heights of one wheel path every `spacing` [m], shape (n,). [m]
    """
    return _of_one_height(np.asarray(elevation, dtype=float), spacing, limit("profile_dead"))


def _samples(length: float, spacing: float) -> int:
    return max(1, int(length / spacing + 0.5))


def _spikes(heights: Floats) -> Mask:
    a, b, c = heights[:-2], heights[1:-1], heights[2:]
    middle = np.maximum(np.minimum(a, b), np.minimum(np.maximum(a, b), c))
    return np.concatenate([[False], np.abs(b - middle) > limit("profile_spike"), [False]])


def _jumps(heights: Floats, spacing: float) -> Floats:
    """Return by how much each sample jumps over the one before it beyond the slope of the road there; 0 elsewhere."""
    step = np.diff(heights)
    found = np.zeros(len(heights))
    suspect = np.flatnonzero(np.abs(step) > limit("profile_step"))
    if not len(suspect):
        return found
    reach = _samples(_AROUND, spacing)
    around = np.clip(suspect[:, None] + np.arange(-reach, reach + 1), 0, len(step) - 1)
    beyond = step[suspect] - np.median(step[around], axis=1)
    found[suspect + 1] = np.where(np.abs(beyond) > limit("profile_step"), beyond, 0.0)
    return found


def _of_one_height(heights: Floats, spacing: float, length: float) -> Mask:
    starts = np.flatnonzero(np.concatenate([[True], np.diff(heights) != 0]))
    lengths = np.diff(np.append(starts, len(heights)))
    return np.repeat(lengths * spacing >= length, lengths)


def _drift(heights: Floats, spacing: float) -> Mask:
    count = _samples(limit("profile_drift_base"), spacing)
    drift = np.zeros(len(heights), dtype=bool)
    if len(heights) <= count:
        return drift
    steep = np.abs(heights[count:] - heights[:-count]) > limit("profile_grade_max") * count * spacing
    # a sample drifts when it lies in any window that is too steep
    edge = np.zeros(len(heights) + 1, dtype=np.int64)
    edge[: len(steep)] += steep
    edge[count + 1 : count + 1 + len(steep)] -= steep
    return np.cumsum(edge[:-1]) > 0
