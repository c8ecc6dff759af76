"""Rails of level crossings and tramways: two straight grooves at a gauge, each with a head of steel on its outside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.imagery.things import Thing, thing

Floats = NDArray[np.float64]
GAUGES = ("gauge_metre", "gauge_cape", "gauge_standard")


def find_rails(grey: np.ndarray, seen: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]) -> list[Thing]:
    """
    Return rails as rows of things, two for each track, at any angle to the lane.

    Lines are proposed by the Hough transform of what is dark and narrow at half the scale; a pair of them has to lie
    at one of the gauges, and each has to be a groove throughout with a head beside it that is no road.

    Parameters
    ----------
    grey
        8-bit grey at the coarse scale, shape (height, width).
    seen
        Where the road is seen.
    mm_per_pixel
        Scale of `grey`.
    values
        Image parameters.
    """
    lines = _lines(grey, seen, mm=mm_per_pixel, values=values)
    found: list[Thing] = []
    for first, second in _pairs(lines, mm_per_pixel, values):
        rails = [
            _rail(grey, seen, line, outside, mm=mm_per_pixel, values=values)
            for line, outside in ((first, -1.0), (second, 1.0))
        ]
        if all(rail is not None for rail in rails):
            found += [rail for rail in rails if rail is not None]
            break
    return found


def _lines(grey: np.ndarray, seen: np.ndarray, *, mm: float, values: Mapping[str, float]) -> Floats:
    """Return distance from the corner [px of `grey`] and angle of the normal of straight dark lines, best first."""
    size = (max(1, grey.shape[1] // 2), max(1, grey.shape[0] // 2))
    ratio = grey.shape[1] / size[0]
    tone = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    wide = 2 * round(values["groove_width_max"] / mm / ratio / 2) + 3
    lifted = cv2.morphologyEx(tone, cv2.MORPH_CLOSE, np.ones((wide, wide), np.uint8))
    road = cv2.resize(seen.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    dark = np.asarray((cv2.subtract(lifted, tone) > values["groove_dark"] * lifted) & road, np.uint8)
    votes = round(values["rail_votes"] * values["rail_length_min"] / mm / ratio)
    if cv2.countNonZero(dark) < 2 * votes:
        return np.empty((0, 2))
    lines = cv2.HoughLines(dark, 1.0, np.pi / 360, votes)
    if lines is None:
        return np.empty((0, 2))
    best = lines[: int(values["rail_lines_max"]), 0].astype(float)
    # the middle of a small pixel is not that of the large one it lies in
    shift = (ratio - 1.0) / 2.0 * (np.cos(best[:, 1]) + np.sin(best[:, 1]))
    return np.column_stack([best[:, 0] * ratio + shift, best[:, 1]])


def _pairs(lines: Floats, mm: float, values: Mapping[str, float]) -> Iterator[tuple[Floats, Floats]]:
    """Yield pairs of parallel lines whose grooves lie at a gauge, that nearer to the corner first."""
    if not len(lines):
        return
    apart = (lines[:, 0] - lines[:, :1]) * mm
    turn = np.abs(lines[:, 1] - lines[:, 1:])
    # the middles of the grooves lie half a groove within the heads
    gauges = np.array([values[name] for name in GAUGES]) - values["groove_width"]
    fits = (np.abs(apart[..., None] - gauges) <= values["gauge_slack"]).any(axis=2)
    for near, far in np.argwhere(fits & (turn <= np.radians(values["rail_turn_max"]))):
        yield lines[near], lines[far]


def _rail(
    grey: np.ndarray,
    seen: np.ndarray,
    line: Floats,
    outside: float,
    *,
    mm: float,
    values: Mapping[str, float],
) -> Thing | None:
    """Return a line as a rail whose head lies on one side (1: away from the corner), or None when it is none."""
    places, normal = _along(line, grey.shape), np.array([np.cos(line[1]), np.sin(line[1])])
    offsets = np.arange(-values["rail_look"], values["rail_look"] + 1e-9, 10.0) / mm
    at = places[:, None] + outside * offsets[:, None] * normal
    x, y = np.rint(at).astype(int).transpose(2, 0, 1)
    within = (x >= 0) & (y >= 0) & (x < grey.shape[1]) & (y < grey.shape[0])
    x, y = np.clip(x, 0, grey.shape[1] - 1), np.clip(y, 0, grey.shape[0] - 1)
    use = (within & seen[y, x]).all(axis=1)
    if use.sum() * mm < values["rail_length_min"]:
        return None
    tone, reach = grey[y, x][use].astype(float), offsets * mm
    groove, head = _parts(reach, values)
    road = float(np.median(tone[:, np.abs(reach) > values["groove_width"] + values["head_width"]]))
    through = tone[:, groove].min(axis=1) < (1.0 - values["groove_dark"]) * road
    steel = np.abs(np.median(tone[:, head], axis=1) / max(road, 1.0) - 1.0) > values["head_contrast"]
    share = min(float(through.mean()), float(steel.mean()))
    if share < values["rail_share_min"]:
        return None
    ends = places[np.flatnonzero(use)[[0, -1]]]
    inner, outer = -values["groove_width"] / 2, values["groove_width"] / 2 + values["head_width"]
    ring = np.vstack([ends + outside * inner / mm * normal, (ends + outside * outer / mm * normal)[::-1]])
    return thing("rail", np.rint(ring).astype(np.int32), confidence=share, mm_per_pixel=mm)


def _parts(reach: Floats, values: Mapping[str, float]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which distances from the line, positive outside [mm], are the groove, and which the head."""
    half = values["groove_width"] / 2
    middle = half + values["head_width"] / 2
    return np.abs(reach) <= half, np.abs(reach - middle) <= values["head_width"] / 4


def _along(line: Floats, shape: tuple[int, ...]) -> Floats:
    """Return places a pixel apart along a line through an image, shape (places, 2) as x, y. [px]"""
    far = float(np.hypot(shape[0], shape[1]))
    normal, ahead = (np.array([np.cos(line[1] + turn), np.sin(line[1] + turn)]) for turn in (0.0, np.pi / 2))
    places = line[0] * normal + np.arange(-far, far)[:, None] * ahead
    inside = (places >= 0).all(axis=1) & (places[:, 0] < shape[1]) & (places[:, 1] < shape[0])
    return np.asarray(places[inside], float)
