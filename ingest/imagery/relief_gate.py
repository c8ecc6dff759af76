"""Whether a range image can be judged: heights with the grain of a road, and an intensity that shows one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ingest.imagery.relief_shape import Heights
from ingest.imagery.scene import Scene
from ingest.imagery.usability import unusable_reason

# columns that the grain of a line is taken from, at most
_MOST = 800


def relief_reason(heights: Heights, scene: Scene | None, *, values: Mapping[str, float]) -> str:
    """
    Return why a range image cannot be judged, or empty text.

    A sensor that is stuck gives one height everywhere, or one line again and again: a perfect road. An intensity that
    no photograph would be accepted with is not left out quietly, for lane and zones rest on it.

    Parameters
    ----------
    heights
        As the sensor gave them, shape (lines, points), NaN where not seen. [mm]
    scene
        Scene of the intensity; None without one.
    values
        Image parameters.
    """
    if not np.isfinite(heights).any():
        return "surface not seen"
    if np.mean(line_grain(heights) >= values["relief_grain_min"]) < values["relief_seen_min"]:
        return "heights without grain"
    if scene is not None and unusable_reason(scene.grey, scene.road, values=values):
        return "intensity cannot be judged"
    return ""


def line_grain(heights: Heights) -> NDArray[np.float64]:
    """
    Return the grain of each line that holds any height, shape (m,). [mm]

    It is the mean difference from point to point or from line to line, whichever is less; what changes evenly, as a
    fall or the sensor's motion, is no grain.

    Parameters
    ----------
    heights
        Shape (lines, points), NaN where not seen. [mm]
    """
    # points beside each other, in blocks all over the line
    part = heights if heights.shape[1] <= _MOST else heights[:, _blocks(heights.shape[1])]
    part = part[np.isfinite(part).any(axis=1)]
    if len(part) < 2:
        return np.zeros(len(part))
    across, along = np.diff(part, n=2, axis=1), np.diff(part, axis=0)
    along = np.vstack([along[:1], along])
    return np.minimum(*(_mean_off(way) for way in (across, along)))


def _blocks(points: int) -> NDArray[np.int64]:
    starts = np.linspace(0, points - _MOST // 8, 8).astype(int)
    return (starts[:, None] + np.arange(_MOST // 8)).ravel()


def _mean_off(steps: Heights) -> NDArray[np.float64]:
    """Return the mean distance of the steps of each line from their mean; 0 where none is known."""
    known = np.isfinite(steps)
    count = np.maximum(known.sum(axis=1, keepdims=True), 1)
    mean = np.where(known, steps, 0.0).sum(axis=1, keepdims=True) / count
    return np.asarray((np.where(known, np.abs(steps - mean), 0.0)).sum(axis=1) / count[:, 0], float)
