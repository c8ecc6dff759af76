"""Fixtures of the road: painted markings, road studs, manhole covers and rails."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from ingest.imagery.components import as_bytes, components
from ingest.imagery.lane import brightest
from ingest.imagery.paint_edges import within_edges
from ingest.imagery.rails import find_rails
from ingest.imagery.things import Thing, covered, thing


def find_fixtures(
    image: np.ndarray,
    seen: np.ndarray,
    paint: np.ndarray,
    *,
    mm_per_pixel: float,
    values: Mapping[str, float],
) -> list[Thing]:
    """
    Return markings, studs, manhole covers and rails.

    Parameters
    ----------
    image
        BGR at the coarse scale, shape (height, width, 3).
    seen, paint
        Where the road is seen, and where paint is; shape (height, width).
    mm_per_pixel
        Scale of the image.
    values
        Image parameters.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    rails = find_rails(grey, seen, mm_per_pixel=mm_per_pixel, values=values)
    # worn heads of steel are as bright as paint
    paint = paint & ~covered(rails, ("rail",), paint.shape) if rails else paint
    tone = brightest(image)
    return [
        *_markings(within_edges(paint, tone, mm_per_pixel=mm_per_pixel, values=values), mm=mm_per_pixel, values=values),
        *_studs(tone, seen, mm=mm_per_pixel, values=values),
        *_manholes(grey, seen, mm=mm_per_pixel, values=values),
        *rails,
    ]


def apart_from_rails(found: list[Thing], shape: tuple[int, ...]) -> list[Thing]:
    """Return things without the joints that lie on rails; `shape` is that of the view they are in."""
    if not any(kind == "rail" for kind, *_ in found):
        return found
    on_rails, last = covered(found, ("rail",), shape), np.array(shape[1::-1]) - 1

    def lies(outline: np.ndarray) -> bool:
        places = np.clip(np.rint(outline), 0, last).astype(int)
        return bool(on_rails[places[:, 1], places[:, 0]].mean() > 0.5)

    return [one for one in found if one[0] not in ("joint", "expansion_joint") or not lies(one[-1])]


def _markings(paint: np.ndarray, *, mm: float, values: Mapping[str, float]) -> list[Thing]:
    """Return painted bodies; worn pieces of one line that lie close together are one."""
    close = max(1, round(values["marking_gap"] / mm))
    joined = cv2.morphologyEx(as_bytes(paint), cv2.MORPH_CLOSE, np.ones((close, 3), np.uint8))
    count, label, stats, _ = components(joined)
    inked = np.bincount(label[paint], minlength=count)
    area = inked * (mm / 1000.0) ** 2
    filled = inked / np.maximum(stats[:, cv2.CC_STAT_AREA], 1)
    keep = area >= values["marking_area_min"]
    keep[0] = False
    return [
        thing("marking", _outline(label, stats, int(k)), confidence=float(filled[k]), mm_per_pixel=mm)
        for k in np.flatnonzero(keep)
    ]


def _outline(label: np.ndarray, stats: np.ndarray, number: int) -> np.ndarray:
    """Return the outline of a component, shape (points, 2)."""
    x, y, wide, high, _ = stats[number]
    part = (label[y : y + high, x : x + wide] == number).astype(np.uint8)
    lines, _ = cv2.findContours(part, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE, offset=(int(x), int(y)))
    return max(lines, key=len)[:, 0]


def _studs(tone: np.ndarray, seen: np.ndarray, *, mm: float, values: Mapping[str, float]) -> list[Thing]:
    """
    Return road studs: a small bright reflector that stands alone in a dark body.

    A body without a bright reflector is not told from a stain, and is left out.
    """
    smooth = cv2.blur(tone, (3, 3))
    usual = float(np.median(tone[seen][::8])) if seen.any() else 0.0
    bright = as_bytes((smooth > values["stud_edge"] * usual) & seen)
    _, label, stats, _ = components(bright)
    sides = np.sort(stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]], axis=1) * mm
    filled = stats[:, cv2.CC_STAT_AREA] / np.maximum(stats[:, cv2.CC_STAT_WIDTH] * stats[:, cv2.CC_STAT_HEIGHT], 1)
    keep = (sides[:, 1] <= values["stud_size_max"]) & (sides[:, 0] >= values["stud_size_min"])
    keep &= (filled >= values["stud_fill"]) & ~_at_border(stats, tone.shape)
    keep[0] = False
    found = []
    for number in np.flatnonzero(keep):
        body, alone = _around(stats[number], bright, reach=values["stud_body"] / mm, alone=values["stud_alone"] / mm)
        peak = float(smooth[body].max()) / max(usual, 1.0)
        low = float(smooth[body].min()) / max(usual, 1.0)
        if alone and peak >= values["stud_bright"] and low <= values["stud_dark"]:
            sure = 1.0 - np.exp(-2.0 * (peak - 1.0) * (1.0 - low) / (1.0 - values["stud_dark"]))
            found.append(thing("stud", _outline(label, stats, int(number)), confidence=float(sure), mm_per_pixel=mm))
    return found


def _around(stat: np.ndarray, bright: np.ndarray, *, reach: float, alone: float) -> tuple[tuple[slice, slice], bool]:
    """Return the surroundings of a component within a reach [px], and whether hardly anything else near is bright."""
    x, y, wide, high, area = (int(v) for v in stat)
    body, near = (
        (slice(max(y - far, 0), y + high + far), slice(max(x - far, 0), x + wide + far))
        for far in (round(reach), round(alone))
    )
    return body, int(bright[near].sum()) <= 1.2 * area


def _at_border(stats: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return whether components touch the border of the view."""
    left, top = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_TOP]
    right, bottom = left + stats[:, cv2.CC_STAT_WIDTH], top + stats[:, cv2.CC_STAT_HEIGHT]
    return np.asarray((left == 0) | (top == 0) | (right == shape[1]) | (bottom == shape[0]))


def _manholes(grey: np.ndarray, seen: np.ndarray, *, mm: float, values: Mapping[str, float]) -> list[Thing]:
    """
    Return covers of manholes: circles of their size with an edge nearly all around.

    From above a round cover is a circle whatever the camera. Circles are proposed by the Hough transform of the image
    at half the scale; the edge is then looked for at full scale.
    """
    size = (max(1, grey.shape[1] // 2), max(1, grey.shape[0] // 2))
    half = cv2.blur(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), (3, 3))
    least, most = (values[f"manhole_diameter_{end}"] / 2 / mm for end in ("min", "max"))
    circles = cv2.HoughCircles(
        half,
        cv2.HOUGH_GRADIENT,
        dp=2,
        minDist=least,
        param1=values["manhole_canny"],
        param2=values["manhole_votes"],
        minRadius=int(least / 2),
        maxRadius=int(np.ceil(most / 2)),
    )
    if circles is None:
        return []
    found: list[Thing] = []
    tone = cv2.blur(grey, (3, 3)) / np.float32(max(float(np.median(half)), 1.0))
    tone[~seen] = np.nan
    for x, y, radius in circles[0, :8] * (grey.shape[1] / size[0]):
        share, radius = _edge_share(tone, (x, y), radius, least=values["manhole_edge"])
        if share >= values["manhole_edge_share"]:
            turn = np.arange(48) * 2 * np.pi / 48
            ring = np.column_stack([x + radius * np.cos(turn), y + radius * np.sin(turn)])
            found.append(thing("manhole", np.rint(ring).astype(np.int32), confidence=share, mm_per_pixel=mm))
    return found


def _edge_share(tone: np.ndarray, middle: tuple[float, float], radius: float, *, least: float) -> tuple[float, float]:
    """Return the share of directions in which tone steps near one radius, all the same way, and that radius [px]."""
    turn = np.arange(72) * 2 * np.pi / 72
    radii = np.linspace(0.85, 1.15, 13) * radius
    x = np.rint(middle[0] + radii[:, None] * np.cos(turn)).astype(int)
    y = np.rint(middle[1] + radii[:, None] * np.sin(turn)).astype(int)
    within = (x >= 0) & (y >= 0) & (x < tone.shape[1]) & (y < tone.shape[0])
    met = np.where(within, tone[np.clip(y, 0, tone.shape[0] - 1), np.clip(x, 0, tone.shape[1] - 1)], np.nan)
    step = met[3:] - met[:-3]
    share = np.stack([step > least, step < -least]).mean(axis=2)
    way, place = np.unravel_index(int(share.argmax()), share.shape)
    return float(share[way, place]), float(radii[place : place + 4].mean())
