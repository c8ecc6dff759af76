"""The scale along a forward frame from the dashes of a broken lane line of known lengths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from ingest.imagery.forward_lines import Perspective
from ingest.imagery.lane import brightest

_ROWS = 1200
# how far beside the middle of a line paint, and road for comparison, are looked at [m]
_PAINT, _BESIDE = (-0.05, 0.0, 0.05), (-0.45, -0.35, 0.35, 0.45)


def distances_by_dashes(
    images: Sequence[np.ndarray],
    lanes: Sequence[Perspective],
    *,
    lane_width_m: float,
    dash_m: float,
    gap_m: float,
    values: Mapping[str, float],
) -> np.ndarray:
    """
    Return A [m px] of distance = A / (row - horizon) + constant, one for each two dashes that follow each other.

    Parameters
    ----------
    images
        BGR frames.
    lanes
        How the lane lies in each.
    lane_width_m
        Its width. [m]
    dash_m, gap_m
        Lengths of a dash and of the gap after it. [m]
    values
        Image parameters.
    """
    found: list[float] = []
    for image, lane in zip(images, lanes, strict=True):
        tone = brightest(image)
        bottom = image.shape[0] - 1 - lane.horizon
        inverse = np.linspace(1 / bottom, 1 / (values["calibrate_far"] * bottom), _ROWS)
        for growth in (lane.left, lane.right):
            bright = _bright(tone, lane, growth, inverse, lane_width_m=lane_width_m, values=values)
            told = np.array(_periods(bright, inverse, dash_m=dash_m, gap_m=gap_m, values=values))
            # flicker of a worn line would need a lens that no camera has
            focal = told * lane.growth / lane_width_m / image.shape[1]
            fits = (focal >= values["calibrate_focal_min"]) & (focal <= values["calibrate_focal_max"])
            found += told[fits].tolist()
    return np.array(found)


def _bright(
    tone: np.ndarray,
    lane: Perspective,
    growth: float,
    inverse: np.ndarray,
    *,
    lane_width_m: float,
    values: Mapping[str, float],
) -> np.ndarray:
    """Return whether a line is painted at rows of the road, given as 1 / (row - horizon)."""
    below = (1 / inverse)[:, None]

    def at(offsets: tuple[float, ...]) -> np.ndarray:
        x = lane.vanishing + (growth + np.array(offsets)[None, :] * lane.growth / lane_width_m) * below
        y = np.broadcast_to(lane.horizon + below, x.shape)
        return np.asarray(cv2.remap(tone, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR), float)

    contrast = np.median(at(_PAINT), axis=1) - np.median(at(_BESIDE), axis=1)
    smooth = cv2.blur(contrast[:, None], (1, 9))[:, 0]
    # half of what paint has over road, since worn paint of one road is as bright everywhere
    least = max(values["calibrate_contrast"] * float(np.median(tone)), 0.5 * float(np.quantile(smooth, 0.9)))
    return np.asarray(smooth > least)


def _periods(
    bright: np.ndarray, inverse: np.ndarray, *, dash_m: float, gap_m: float, values: Mapping[str, float]
) -> list[float]:
    """Return A of each two edges of one kind that follow each other, where dash and gap are in proportion."""
    step = inverse[1] - inverse[0]
    edges = np.flatnonzero(np.diff(bright.astype(np.int8))) + 1
    found = []
    for start, turn, end in zip(edges, edges[1:], edges[2:], strict=False):
        period = end - start
        share = (turn - start if bright[start] else end - turn) / period
        if abs(share * (dash_m + gap_m) / dash_m - 1) <= values["calibrate_dash_share"]:
            found.append((dash_m + gap_m) / (period * step))
    return found
