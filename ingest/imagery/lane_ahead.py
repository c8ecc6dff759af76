"""The second line of a lane, where it is broken beside the vehicle: from the next dash further ahead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from ingest.imagery.camera import Camera, TopView, top_view
from ingest.imagery.lane import Lane, Line, beside, bright_strips, find_lane, line_components


def road_ahead(image: np.ndarray, camera: Camera, *, values: Mapping[str, float]) -> TopView | None:
    """
    Return the road from above from the camera's window on to where dashes are still looked for; None looking down.

    Parameters
    ----------
    image
        BGR frame as the camera made it, shape (height, width, 3).
    camera
        Camera of the frame.
    values
        Image parameters.
    """
    if camera.kind != "forward" or camera.far_m >= values["lane_ahead"]:
        return None
    return top_view(image, replace(camera, far_m=values["lane_ahead"], mm_per_pixel=values["coarse_mm"]))


def lane_of(
    coarse: np.ndarray,
    seen: np.ndarray,
    *,
    ahead: Callable[[], TopView | None],
    mm_per_pixel: float,
    values: Mapping[str, float],
) -> Lane:
    """
    Return the lane of a coarse view; where one of its lines is missing, it is looked for further ahead.

    Parameters
    ----------
    coarse, seen
        BGR view from above and where it shows the road.
    ahead
        Gives the road further ahead, if there is such a view.
    mm_per_pixel
        Scale of the view.
    values
        Image parameters.
    """
    lane = find_lane(coarse, seen, mm_per_pixel=mm_per_pixel, values=values)
    further = ahead() if lane.lines == 1 else None
    return lane if further is None else with_line_ahead(lane, seen, further, values=values)


def with_line_ahead(lane: Lane, valid: np.ndarray, ahead: TopView, *, values: Mapping[str, float]) -> Lane:
    """
    Return a lane with both its lines, where one was found and a dash of the other is seen ahead; else as it is.

    Where the dash lies, its distance to the line that was found is the width of the lane, however the road bends;
    beside the vehicle the lane is taken to be as wide.

    Parameters
    ----------
    lane
        With one line, at the coarse scale.
    valid
        Where the road is seen, of the same shape.
    ahead
        The road further ahead, its lower edge the same, at the same scale.
    values
        Image parameters.
    """
    left, right = lane.sides
    known = right if left is None else left
    if known is None or (left is not None and right is not None):
        return lane
    width = _width_ahead(known, ahead, side=1 if left is None else -1, height=lane.inside.shape[0], values=values)
    if np.isnan(width):
        return lane
    across = width * 1000.0 / ahead.mm_per_pixel
    if left is None:
        left = (known[0] - across, known[1], known[2])
    else:
        right = (known[0] + across, known[1], known[2])
    inside = lane.inside & beside(left, right, lane.inside.shape)
    return Lane(lane.paint, inside & valid, width, 2, (left, right))


def _width_ahead(known: Line, ahead: TopView, *, side: int, height: int, values: Mapping[str, float]) -> float:
    """Return the least distance [m] in the limits of a lane from a known line to another; `side` 1: it is the right."""
    mm = ahead.mm_per_pixel
    bright = bright_strips(ahead.image.max(axis=2), ahead.valid, mm_per_pixel=mm, values=values)
    label, lines = line_components(bright, mm_per_pixel=mm, values=values)
    rows, columns = np.nonzero(label)
    if not len(lines):
        return float("nan")
    painted = np.isin(label[rows, columns], lines[:, 3].astype(int))
    rows, columns, number = rows[painted], columns[painted], label[rows, columns][painted]
    straight = known[0] + known[1] * (np.arange(bright.shape[0]) - (bright.shape[0] - height / 2))
    known_at = _followed(rows, columns, straight, side=side, mm_per_pixel=mm, values=values)
    metres = (known_at[rows] - columns) * side * mm / 1000.0
    count = np.bincount(number, minlength=label.max() + 1)
    mean = np.bincount(number, metres, minlength=len(count)) / np.maximum(count, 1)
    fit = (mean >= values["lane_width_min"]) & (mean <= values["lane_width_max"]) & (count > 0)
    return float(mean[fit].min()) if fit.any() else float("nan")


def _followed(
    rows: np.ndarray,
    columns: np.ndarray,
    straight: np.ndarray,
    *,
    side: int,
    mm_per_pixel: float,
    values: Mapping[str, float],
) -> np.ndarray:
    """
    Return the column of the known line in each row: where paint near it lies, and straight on where there is none.

    Of a double line it is the one beside the lane.
    """
    own = np.abs(columns - straight[rows]) <= values["lane_ahead_bend"] * 1000.0 / mm_per_pixel
    rows, inward = rows[own], -side * (columns[own] - straight[rows[own]])
    inner = np.full(len(straight), -np.inf)
    np.maximum.at(inner, rows, inward)
    one = inner[rows] - inward <= values["marking_single"] / mm_per_pixel
    seen = np.bincount(rows[one], minlength=len(straight))
    mean = np.bincount(rows[one], inward[one], minlength=len(straight)) / np.maximum(seen, 1)
    return np.asarray(straight - side * mean, float)
