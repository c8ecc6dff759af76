"""Bodies that the depth shows and that are no distress: covers of manholes by their rim, patches by their steps."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from ingest.imagery.components import as_bytes, components
from ingest.imagery.relief_shape import Relief, shape_and_motion
from ingest.imagery.ridges import working_image
from ingest.imagery.things import Thing, at_scale, pixels, sides, thing


def find_rims(lines: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]) -> list[Thing]:
    """
    Return covers of manholes: dark lines that run along a circle of the size of a cover for a third of it or more.

    Parameters
    ----------
    lines
        Where grooves or steps are, shape (height, width).
    mm_per_pixel
        Scale of `lines`.
    values
        Image parameters.
    """
    count, label, stats, _ = components(lines)
    wide = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1) * mm_per_pixel
    fitting = (wide >= values["manhole_diameter_min"] / 2) & (wide <= 1.2 * values["manhole_diameter_max"])
    turn = np.arange(48) * 2 * np.pi / 48
    found: list[Thing] = []
    for number in np.flatnonzero(fitting[1:count]) + 1:
        y, x = np.nonzero(label == number)
        middle, radius, share = _circle(x.astype(float), y.astype(float), slack=values["rim_slack"] / mm_per_pixel)
        diameter = 2 * radius * mm_per_pixel
        if (
            values["manhole_diameter_min"] <= diameter <= values["manhole_diameter_max"]
            and share >= values["rim_share"]
        ):
            ring = middle + radius * np.column_stack([np.cos(turn), np.sin(turn)])
            ring = np.clip(np.rint(ring), 0, np.array(lines.shape[::-1]) - 1).astype(np.int32)
            found.append(thing("manhole", ring, confidence=np.nan, mm_per_pixel=mm_per_pixel))
    return found


def _circle(x: np.ndarray, y: np.ndarray, *, slack: float) -> tuple[np.ndarray, float, float]:
    """
    Return middle, radius [px] and the share of its turn that places lie along, 0 where they lie along no circle.

    The circle is that of least squares after Kasa (1976).
    """
    design = np.column_stack([x, y, np.ones_like(x)])
    east, south, rest = np.linalg.lstsq(design, x**2 + y**2, rcond=None)[0]
    middle = np.array([east, south]) / 2
    radius = float(np.sqrt(max(rest + middle @ middle, 0.0)))
    if np.quantile(np.abs(np.hypot(x - middle[0], y - middle[1]) - radius), 0.9) > slack:
        return middle, radius, 0.0
    sector = ((np.arctan2(y - middle[1], x - middle[0]) / (2 * np.pi) + 0.5) * 36).astype(int) % 36
    return middle, radius, len(np.unique(sector)) / 36


def find_patches(surface: Relief, *, values: Mapping[str, float]) -> tuple[list[Thing], np.ndarray]:
    """
    Return patches that lie lower or higher than the road around them, with expansion joints, and how high they lie.

    A patch has straight borders with a step nearly all around and is flat within, where a rut has no step and a
    pothole is neither straight nor flat.

    Parameters
    ----------
    surface
        The surface.
    values
        Image parameters.

    Returns
    -------
    patches, height
        Outlines in pixels of the surface; and the height of patches over the road at the coarse scale, 0 elsewhere.
        [mm]
    """
    height, seen = (
        working_image(part.astype(np.float32), mm_per_pixel=surface.mm, working_mm=values["coarse_mm"])
        for part in (np.nan_to_num(surface.height), surface.seen)
    )
    ratio = surface.local.shape[1] / height.shape[1]
    mm, known = surface.mm * ratio, seen > 0.999
    smooth = cv2.medianBlur(_over_ground(np.where(known, height, np.float32(np.nan)), mm=mm, values=values), 5)
    steps = _steps(cv2.medianBlur(height, 5), known, mm=mm, values=values)
    found: list[Thing] = []
    raised = np.zeros(height.shape, np.float32)
    for sign in (-1.0, 1.0):
        over = as_bytes((sign * smooth > values["patch_step_min"] / 2) & known)
        over = np.asarray(cv2.morphologyEx(over, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)))
        outlines, _ = cv2.findContours(over, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        for outline in outlines:
            if _is_side(outline[:, 0], known):
                continue
            inner = cv2.drawContours(np.zeros(height.shape, np.uint8), [outline], -1, 1, cv2.FILLED) > 0
            if _is_patch(outline[:, 0], inner, sign * smooth, steps, mm=mm, values=values):
                found.append(_gap(outline[:, 0], sign, known, mm=mm, values=values))
                raised[inner] = sign * np.median((sign * smooth)[inner])
    return at_scale(found, ratio), raised


def _gap(outline: np.ndarray, sign: float, known: np.ndarray, *, mm: float, values: Mapping[str, float]) -> Thing:
    """Return a patch; or as a line an expansion joint, which is narrow, lower, and goes through the lane."""
    short, long = sides(outline)
    body = thing("patch", outline, confidence=np.nan, mm_per_pixel=mm)
    through = np.ptp(outline[:, 0]) + 1 >= values["expansion_share"] * known.any(axis=0).sum()
    if sign > 0 or not through or short * mm > values["expansion_width_max"]:
        return body
    box = cv2.boxPoints(cv2.minAreaRect(outline.astype(np.float32)))
    ends = box[np.argsort(box[:, 0])].reshape(2, 2, 2).mean(axis=1)
    return "expansion_joint", long * mm / 1000.0, short * mm, body[3], np.nan, ends


def _over_ground(height: np.ndarray, *, mm: float, values: Mapping[str, float]) -> np.ndarray:
    """
    Return heights over the road without its patches; 0 where not known. [mm]

    Where a patch takes up most of a column or line its height is the usual one there. Shape and motion are therefore
    taken without their steps, which roads and vehicles do not have.
    """
    shape, motion = (_without_steps(line, mm=mm, values=values) for line in shape_and_motion(height))
    over = height - shape[None, :] - motion[:, None]
    return np.nan_to_num(over - np.nanmedian(over)).astype(np.float32)


def _without_steps(line: np.ndarray, *, mm: float, values: Mapping[str, float]) -> np.ndarray:
    """
    Return a line of heights whose parts before and behind each step are level with each other there. [mm]

    A step is where straight lines through what lies on both sides differ; a slope or kink is none.
    """
    count = max(2, round(values["patch_step_reach"] / mm))
    if len(line) < 2 * count + 3:
        return line
    # straight line through places 1 to count, at place -0.5: weights of a fit by least squares
    place = np.arange(1, count + 1)
    off = place - place.mean()
    weights = 1.0 / count + (-0.5 - place.mean()) * off / (off**2).sum()
    padded = np.pad(line.astype(float), count + 1, mode="reflect", reflect_type="odd")
    windows = np.lib.stride_tricks.sliding_window_view(padded, count)
    # the step is between a place and the next, both left out
    at = np.arange(len(line) - 1)
    jump = windows[at + count + 3] @ weights - windows[at] @ weights[::-1]
    size = np.abs(jump)
    top = cv2.dilate(size[None, :], np.ones((1, 2 * count + 1), np.uint8))[0]
    step = np.where((size >= top) & (size >= values["patch_step_min"] / 2), jump, 0.0)
    return np.asarray(line - np.concatenate([[0.0], np.cumsum(step)]), np.float32)


def _steps(height: np.ndarray, known: np.ndarray, *, mm: float, values: Mapping[str, float]) -> np.ndarray:
    """Return how much heights change within the reach of a step; nothing where not all is known. [mm]"""
    size = 2 * round(values["patch_step_reach"] / mm / 2) + 1
    box = np.ones((size, size), np.uint8)
    change = cv2.subtract(cv2.dilate(height, box), cv2.erode(height, box))
    return np.where(cv2.erode(as_bytes(known), box, borderValue=0) > 0, change, np.float32(np.nan))


def _is_side(outline: np.ndarray, known: np.ndarray) -> bool:
    """Return whether a region takes up a whole side of what is seen: a verge, a gutter, the next slab, no patch."""
    rows, columns = (np.flatnonzero(known.any(axis=way)) for way in (1, 0))
    low, high = outline.min(axis=0) - 1, outline.max(axis=0) + 1
    left, right, top, bottom = low[0] <= columns[0], high[0] >= columns[-1], low[1] <= rows[0], high[1] >= rows[-1]
    return bool((left and right and (top or bottom)) or (top and bottom and (left or right)))


def _is_patch(
    outline: np.ndarray,
    inner: np.ndarray,
    over: np.ndarray,
    steps: np.ndarray,
    *,
    mm: float,
    values: Mapping[str, float],
) -> bool:
    short, long = sides(outline)
    if short * mm < values["patch_side_min"] or pixels(outline) < values["patch_fill"] * short * long:
        return False
    high = float(np.median(over[inner]))
    if not values["patch_step_min"] <= high <= values["patch_step_max"]:
        return False
    even = float(np.mean((over[inner] > high / 2) & (over[inner] < 3 * high / 2)))
    met = steps[outline[:, 1], outline[:, 0]]
    # at the border of the view and of what is seen a patch may go on
    inside = np.isfinite(met)
    sharp = float((met[inside] >= high / 2).mean()) if inside.any() else 0.0
    return bool(
        even >= values["patch_even"] and sharp >= values["patch_sharp"] and inside.mean() >= values["patch_inner"]
    )
