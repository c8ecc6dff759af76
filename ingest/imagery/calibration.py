"""The camera of forward frames from what is known of the road: lane width, broken line, way between frames, marks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ingest.imagery.forward_lines import Perspective
from pavement.errors import ImageError

# rows of the road drawn evenly in distance, and columns over ± the metres beside it, when frames are compared
_EVEN_ROWS, _EVEN_COLUMNS, _EVEN_HALF = 900, 220, 2.2
# rows of the nearer frame that are looked for in the further one, and the least and largest of their marks
_PIECE, _EDGE, _SHIFT_MIN, _ALIKE, _SHIFT_SPREAD = (10, 260), 20, 60, 0.4, 0.4
MARKS_MIN = 4


@dataclass(frozen=True)
class Road:
    """
    A flat road as a forward camera sees it.

    Attributes
    ----------
    lane
        How its lane lies in the frames.
    lane_width_m
        Width of the lane between the middles of its lines. [m]
    distance
        A of distance ahead = A / (row - horizon) - A / (lowest row - horizon). [m px]
    size
        Width and height of the frames. [px]
    """

    lane: Perspective
    lane_width_m: float
    distance: float
    size: tuple[int, int]

    @property
    def bottom(self) -> float:
        """Distance from the horizon to the lowest row. [px]"""
        return self.size[1] - 1 - self.lane.horizon

    def in_frame(self, right: np.ndarray, ahead: np.ndarray) -> np.ndarray:
        """Return pixels of places right of the camera and ahead of the lowest row [m], shape (places, 2)."""
        below = 1 / (1 / self.bottom + np.asarray(ahead) / self.distance)
        per_metre = self.lane.growth / self.lane_width_m
        x = self.lane.vanishing + np.asarray(right) * per_metre * below
        return np.column_stack([x, self.lane.horizon + below])


def distance_by_spacing(
    pairs: Iterable[tuple[np.ndarray, np.ndarray]],
    lane: Perspective,
    *,
    lane_width_m: float,
    spacing_m: float,
    rows: tuple[float, float],
) -> tuple[float, int]:
    """
    Return A [m px] of distance = A / (row - horizon) + constant, and the number of pairs of frames it rests on.

    Both frames of a pair are drawn with rows even in 1 / (row - horizon); their shift is spacing / A.

    Parameters
    ----------
    pairs
        Grey frames, each with the next one, `spacing_m` further on.
    lane
        How the lane lies in them.
    lane_width_m
        Its width. [m]
    spacing_m
        Way between the frames of a pair. [m]
    rows
        Rows that are compared, nearest and furthest, below the horizon. [px]

    Raises
    ------
    ImageError
        No pair shows the same road.
    """
    inverse = np.linspace(1 / rows[0], 1 / rows[1], _EVEN_ROWS)
    found = [_shift(*(_even(grey, lane, inverse, lane_width_m) for grey in pair)) for pair in pairs]
    shifts = np.array(found).reshape(-1, 2)
    shift = shifts[shifts[:, 1] > _ALIKE, 0]
    shift = shift[np.abs(shift / np.median(shift) - 1) < _SHIFT_SPREAD] if len(shift) else shift
    if not len(shift):
        raise ImageError(
            f"Of {len(shifts)} pair(s) of frames that follow each other none shows the same road twice.",
            cure="Give frames in the order of travel, and their spacing in metres; or use the broken line or marks.",
        )
    return float(spacing_m / (shift.mean() * (inverse[1] - inverse[0]))), len(shift)


def _shift(far: np.ndarray, near: np.ndarray) -> tuple[float, float]:
    piece = near[_PIECE[0] : _PIECE[1], _EDGE:-_EDGE]
    score = cv2.matchTemplate(far, piece, cv2.TM_CCOEFF_NORMED)[_SHIFT_MIN:]
    _, best, _, place = cv2.minMaxLoc(score)
    return place[1] + float(_SHIFT_MIN - _PIECE[0]), best


def _even(grey: np.ndarray, lane: Perspective, inverse: np.ndarray, lane_width_m: float) -> np.ndarray:
    below = (1 / inverse)[:, None]
    across = np.linspace(-_EVEN_HALF, _EVEN_HALF, _EVEN_COLUMNS)[None, :]
    x = lane.vanishing + across * lane.growth / lane_width_m * below
    y = np.broadcast_to(lane.horizon + below, x.shape)
    drawn = cv2.remap(grey.astype(np.float32), x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR)
    drawn = drawn - cv2.GaussianBlur(drawn, (0, 0), 12)
    return np.asarray(drawn / np.sqrt(cv2.GaussianBlur(drawn * drawn, (0, 0), 20) + 4), np.float32)


def camera_table(road: Road, *, ahead_m: float, mm_per_pixel: float, half_m: float = 2.5) -> dict[str, Any]:
    """
    Return the ``[camera]`` table: four image points, their place on the road, and the window nearest the vehicle.

    Parameters
    ----------
    road
        The road seen.
    ahead_m
        Length of the window. [m]
    mm_per_pixel
        Scale of the view from above.
    half_m
        Half its width, around the middle of the lane. [m]
    """
    places = np.array([(x, y) for y in (0.0, 2 * ahead_m) for x in (-1.5, 1.5)])
    image = road.in_frame(places[:, 0], places[:, 1])
    centre = (road.lane.left + road.lane.right) / 2 / (road.lane.growth / road.lane_width_m)
    window = (float(centre) - half_m, float(centre) + half_m)
    return _table(image, places, size=road.size, ahead=(0.0, ahead_m), window=window, mm_per_pixel=mm_per_pixel)


def _table(
    image: np.ndarray,
    places: np.ndarray,
    *,
    size: tuple[int, int],
    ahead: tuple[float, float],
    window: tuple[float, float],
    mm_per_pixel: float,
) -> dict[str, Any]:
    return {
        "kind": "forward",
        "mm_per_pixel": mm_per_pixel,
        "width": size[0],
        "height": size[1],
        "image_points": np.round(image, 2).tolist(),
        "road_points": np.round(places, 4).tolist(),
        "near_m": round(ahead[0], 3),
        "far_m": round(ahead[1], 3),
        "left_m": round(window[0], 3),
        "right_m": round(window[1], 3),
    }


def camera_by_marks(
    marks: Sequence[tuple[float, float, float, float]], *, size: tuple[int, int], mm_per_pixel: float
) -> tuple[dict[str, Any], float]:
    """
    Return the ``[camera]`` table from known marks, and how far off the worst of them lies [m].

    Its window is what the marks enclose, since beyond them nothing is known.

    Parameters
    ----------
    marks
        Column and row in the frame [px], metres right of the camera and ahead of it [m].
    size
        Width and height of the frames. [px]
    mm_per_pixel
        Scale of the view from above.

    Raises
    ------
    ImageError
        Fewer than four, or all in a line.
    """
    given = np.array(marks, float).reshape(-1, 4)
    cure = f"Give at least {MARKS_MIN} marks as --mark x,y=X,Y, no three of them in a line."
    if len(given) < MARKS_MIN:
        raise ImageError(f"{len(given)} mark(s) tell no camera.", cure=cure)
    back, _ = cv2.findHomography(given[:, 2:], given[:, :2], 0)
    low, high = given[:, 2:].min(axis=0), given[:, 2:].max(axis=0)
    corners = np.array([(x, y) for y in (low[1], high[1]) for x in (low[0], high[0])])
    image = _moved(back, corners) if back is not None else corners * np.nan
    if not np.isfinite(image).all() or (high - low).min() < 1.0 or np.linalg.cond(back) > 1e12:
        raise ImageError("The marks lie in a line, or within a metre.", cure=cure)
    off = float(np.hypot(*(_moved(np.linalg.inv(back), given[:, :2]) - given[:, 2:]).T).max())
    table = _table(
        image, corners, size=size, ahead=(low[1], high[1]), window=(low[0], high[0]), mm_per_pixel=mm_per_pixel
    )
    return table, off


def _moved(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    return np.asarray(cv2.perspectiveTransform(points[None].astype(float), matrix)[0])


def agreed(found: np.ndarray, values: Mapping[str, float]) -> np.ndarray:
    """
    Return which of several measurements of one thing agree with most others, and of two such groups the lesser.

    A frame in which a line of the lane is missing shows that of the next lane: too much, never too little.
    """
    near = np.abs(found[:, None] / found[None, :] - 1) <= values["calibrate_agree"]
    count = near.sum(axis=0)
    likely = np.flatnonzero(count == count.max())
    return np.asarray(near[:, likely[np.argmin(found[likely])]])
