"""Doubts about a longitudinal profile: spikes, a stuck sensor, and roughness with and without them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pavement.measures.iri import roughness
from pavement.measures.limits import limit

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ProfileDoubts:
    """
    What is doubtful in one profile (P3).

    Attributes
    ----------
    spikes
        Samples off the median of themselves and their neighbours by more than ``profile_spike``.
    stuck
        Samples in runs of one and the same height over ``profile_stuck`` or more.
    iri, iri_without
        Roughness as measured, and with spikes set on the line between their neighbours. [m/km]
    """

    spikes: NDArray[np.bool_]
    stuck: NDArray[np.bool_]
    iri: float
    iri_without: float

    @property
    def doubtful(self) -> bool:
        """Whether anything was found."""
        return bool(self.spikes.any() or self.stuck.any())


def profile_doubts(elevation: ArrayLike, *, spacing: float, averaged: bool = False) -> ProfileDoubts:
    """Return what is doubtful in a profile of heights [m] every `spacing` [m]; see :class:`ProfileDoubts`."""
    heights = np.asarray(elevation, dtype=float)
    spikes = np.zeros(len(heights), dtype=bool)
    middle = np.median(np.stack([heights[:-2], heights[1:-1], heights[2:]]), axis=0)
    spikes[1:-1] = np.abs(heights[1:-1] - middle) > limit("profile_spike")
    places = np.arange(len(heights))
    mended = np.interp(places, places[~spikes], heights[~spikes])
    return ProfileDoubts(
        spikes,
        _stuck(heights, spacing),
        roughness(heights, spacing=spacing, averaged=averaged),
        roughness(mended, spacing=spacing, averaged=averaged),
    )


def _stuck(heights: Floats, spacing: float) -> NDArray[np.bool_]:
    starts = np.flatnonzero(np.concatenate([[True], np.diff(heights) != 0]))
    lengths = np.diff(np.append(starts, len(heights)))
    return np.repeat(lengths * spacing >= limit("profile_stuck"), lengths)
