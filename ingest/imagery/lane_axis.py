"""The lane's centre line in a frame, from its painted lines: where on the road a pixel lies across the lane."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.imagery.lane import Lane

Floats = NDArray[np.float64]
# shares of a line's rows that have to agree on it
_AGREE = 0.5


@dataclass(frozen=True)
class LaneAxis:
    """
    Centre line of a lane over the view from above.

    Attributes
    ----------
    middle_m, lean
        Place right of the left edge of the view, at its lower edge [m], and its change with the way ahead [-].
    width_m
        Width of the lane between the middles of its lines [m]; NaN where they were not both found: the axis is then
        the middle of the view, and no zones are known.
    """

    middle_m: float
    lean: float
    width_m: float

    def offset(self, right: Floats, ahead: Floats) -> Floats:
        """Return the offset from the axis, right of it positive, of places right and ahead of the lower left. [m]"""
        return np.asarray(right - (self.middle_m + self.lean * ahead), float)


def lane_axis(lane: Lane, valid: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]) -> LaneAxis:
    """
    Return the centre line between the two lines of a lane.

    Parameters
    ----------
    lane
        As :func:`ingest.imagery.lane.find_lane` returns.
    valid
        Where the road is seen, of the same shape.
    mm_per_pixel
        Scale of the lane's masks.
    values
        Image parameters.
    """
    height, width = lane.inside.shape
    metre = mm_per_pixel / 1000.0
    nothing = LaneAxis(width * metre / 2, 0.0, np.nan)
    if lane.lines < 2:
        return nothing
    reach = values["lane_line_slack"] / mm_per_pixel
    left = _line(lane.inside, lane.paint, valid, reach=reach)
    mirrored = [np.ascontiguousarray(mask[:, ::-1]) for mask in (lane.inside, lane.paint, valid)]
    right = _line(*mirrored, reach=reach)
    if left is None or right is None:
        return nothing
    # the lower edge of the lowest row is where the view begins
    row = height - 0.5
    low_left, low_right = left[0] + left[1] * row, width - 1 - (right[0] + right[1] * row)
    slope = (left[1] - right[1]) / 2
    middle = height / 2
    across = width - 1 - (right[0] + right[1] * middle) - (left[0] + left[1] * middle)
    metres = float(across * metre)
    if not values["lane_width_min"] <= metres <= values["lane_width_max"]:
        return nothing
    return LaneAxis(((low_left + low_right) / 2 + 0.5) * metre, float(-slope), metres)


def _line(inside: np.ndarray, paint: np.ndarray, valid: np.ndarray, *, reach: float) -> tuple[float, float] | None:
    """
    Return place at the top row and slope of the left border of a lane [px], or None where its rows do not agree.

    In rows with paint the line is the middle of the paint that the lane begins beside, in others where it begins.
    """
    rows = np.flatnonzero(inside.any(axis=1))
    if len(rows) < 2:
        return None
    first = np.argmax(inside[rows], axis=1)
    # what lies beyond is not asked for
    columns = np.arange(max(int(first.max()), 1), dtype=np.int32)
    bare = np.maximum.accumulate(np.where(paint[rows, : len(columns)], np.int32(-1), columns), axis=1)
    before = np.maximum(first - 1, 0)
    run = np.where(first > 0, before - bare[np.arange(len(rows)), before], 0)
    outside = first - 1 - run
    # without paint, a border at which the view ends is the view's and not the line's; of paint that the view cuts off
    # the middle of what is seen is within half its width
    known = (run > 0) | ((outside >= 0) & valid[rows, np.maximum(outside, 0)])
    place, rows = (first - 0.5 - run / 2)[known], rows[known]
    if len(rows) < _AGREE * len(known) or len(rows) < 2:
        return None
    return _agreed(rows.astype(float), place, reach=reach)


def _agreed(rows: Floats, place: Floats, *, reach: float) -> tuple[float, float] | None:
    """Return the line through most places: fitted again to those within reach of the first fit."""
    quarter = max(1, len(rows) // 4)
    slope = (np.median(place[-quarter:]) - np.median(place[:quarter])) / max(
        np.median(rows[-quarter:]) - np.median(rows[:quarter]), 1.0
    )
    start = np.median(place - slope * rows)
    near = np.abs(place - start - slope * rows) <= reach
    if near.sum() < max(2, _AGREE * len(rows)):
        return None
    slope, start = np.polyfit(rows[near], place[near], 1)
    return float(start), float(slope)
