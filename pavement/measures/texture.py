"""Macrotexture: mean profile depth."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pavement.errors import SurveyError
from pavement.measures.limits import limit

Floats = NDArray[np.float64]


def mean_profile_depth(height: ArrayLike, *, spacing: float) -> Floats:
    """
    Return the mean segment depth of each 100 mm of profiles. [mm]

    Parameters
    ----------
    height
        Heights along travel, shape (m,) or (n, m), upward positive; NaN where not known. [mm]
    spacing
        Distance of points. [mm]

    Returns
    -------
    depth
        Shape (n, segments): the mean of the peaks of both halves over the mean level, the slope taken out. NaN where a
        point of the segment is not known. Their mean is the mean profile depth (MPD).

    Raises
    ------
    SurveyError
        Points lie too far apart to see texture.

    References
    ----------
    .. [1] ISO 13473-1:2019, from memory: 100 mm segments, slope suppression, mean of two half peaks.
    """
    if not 0 < spacing <= limit("texture_spacing_max"):
        raise SurveyError(
            f"Points {spacing:g} mm apart do not show macrotexture.",
            cure=f"Measure it along profiles of at most {limit('texture_spacing_max'):g} mm.",
        )
    heights = np.atleast_2d(np.asarray(height, dtype=float))
    points = int(limit("texture_segment") / spacing + 1e-9)
    count = heights.shape[1] // points
    parts = heights[:, : count * points].reshape(len(heights), count, points)
    along = np.arange(points) - (points - 1) / 2
    slope = (parts * along).sum(axis=2, keepdims=True) / (along**2).sum()
    level = parts - parts.mean(axis=2, keepdims=True) - slope * along
    half = points // 2
    return np.asarray((level[:, :, :half].max(axis=2) + level[:, :, half:].max(axis=2)) / 2)
