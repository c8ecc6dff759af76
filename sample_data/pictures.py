"""One downward frame drawn from the surface it sees."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from sample_data.asphalt import HEIGHT, MM_PER_PIXEL, WIDTH, Grey, light
from sample_data.freeway import LANE_WIDTH
from sample_data.process import Floats

LENGTH = HEIGHT * MM_PER_PIXEL / 1000
SPAN = WIDTH * MM_PER_PIXEL / 1000
# cracks are drawn this much finer than the frame, then shrunk, so that widths come out between pixels
_FINE = 3
_SHIFT = 4
# fillPoly with soft edges comes out this many fine pixels too wide (measured: widths within 0.4 mm)
_RIM = 1.3
_PAINT = 0.10
_DASH, _PERIOD = 4.0, 10.0


def pixels(points: Floats, *, y0: float, x0: float) -> Floats:
    """
    Return image columns and rows [px] of places on the road.

    Parameters
    ----------
    points
        x right of the lane centre and y in travel, shape (n, 2). [m]
    y0, x0
        Where the lower edge and the middle of the frame lie. [m]
    """
    scale = 1000 / MM_PER_PIXEL
    return np.column_stack([(points[:, 0] - x0) * scale + WIDTH / 2, HEIGHT - (points[:, 1] - y0) * scale])


def road(points: Floats, *, x0: float) -> Floats:
    """Return x right of the lane centre and y from the lower edge of a frame [m] of image places [px], shape (n, 2)."""
    scale = 1000 / MM_PER_PIXEL
    return np.column_stack([(points[:, 0] - WIDTH / 2) / scale + x0, (HEIGHT - points[:, 1]) / scale])


def picture(
    rng: np.random.Generator,
    *,
    stones: Grey,
    cracks: Sequence[tuple[Floats, float]] = (),
    potholes: Sequence[Floats] = (),
    seals: Sequence[Floats] = (),
    patches: Sequence[tuple[Floats, float]] = (),
    paint: Sequence[tuple[float, float | None, bool]] = (),
    extras: Sequence[str] = (),
) -> NDArray[np.uint8]:
    """
    Return a frame, shape (1000, 1800, 3).

    Parameters
    ----------
    rng
        Source of what changes from frame to frame: light, shadows.
    stones
        Texture of the surface about 0, shape (1000, 1800). [grey]
    cracks
        Points [px] and width [mm] of each crack in the frame.
    potholes, seals, patches
        Outlines, lines and corners [px]; patches with their tone.
    paint
        Column of the middle of each line [px], phase of its dashes [m] or None when solid, and whether it is yellow.
    extras
        Any of ``shadow``, ``oil``, ``blurred``, ``black``, ``overexposed``.
    """
    tone = np.full((HEIGHT, WIDTH), rng.uniform(96, 116), np.float32)
    _wheel_paths(tone, rng)
    for corners, dark in patches:
        cv2.fillPoly(tone, [np.round(corners).astype(np.int32)], float(tone[0, 0]) * dark)
    tone += stones
    for line in seals:
        _shade(tone, [line], rng.uniform(14, 22) / MM_PER_PIXEL, 0.55)
    _cracks(tone, cracks)
    _potholes(tone, potholes)
    for column, phase, _ in paint:
        _paint(tone, stones, column, phase)
    for extra in extras:
        _EXTRAS[extra](tone, rng)
    tone *= light(rng)
    grey = np.clip(tone, 0, 255).astype(np.uint8)
    image = np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), dtype=np.uint8)
    for column, _, yellow in paint:
        if yellow:
            _yellow(image, column)
    return image


def _wheel_paths(tone: Grey, rng: np.random.Generator) -> None:
    x = np.linspace(-SPAN / 2, SPAN / 2, WIDTH, dtype=np.float32)
    polish = sum(np.exp(-(((x - s * 0.875) / 0.35) ** 2)) for s in (-1, 1))
    tone *= (1 + rng.uniform(-0.05, 0.05) * polish).astype(np.float32)


def _shade(tone: Grey, lines: Sequence[Floats], width: float, depth: float) -> None:
    """Darken bands about lines [px], in place, with soft edges."""
    mask = np.zeros(tone.shape, np.uint8)
    points = [np.round(line * 2**_SHIFT).astype(np.int32) for line in lines]
    cv2.polylines(mask, points, False, 255, max(1, round(width)), cv2.LINE_AA, _SHIFT)
    rows = np.concatenate(lines)
    low, high = np.clip([rows[:, 1].min() - 20, rows[:, 1].max() + 20], 0, HEIGHT).astype(int)
    part = cv2.GaussianBlur(mask[low:high], (0, 0), 1.0).astype(np.float32)
    tone[low:high] *= 1 - part * (depth / 255)


def _potholes(tone: Grey, outlines: Sequence[Floats]) -> None:
    for outline in outlines:
        mask = np.zeros(tone.shape, np.uint8)
        cv2.fillPoly(mask, [np.round(outline * 2**_SHIFT).astype(np.int32)], 255, cv2.LINE_AA, _SHIFT)
        soft = cv2.GaussianBlur(mask, (0, 0), 1.5).astype(np.float32) / 255
        # the hollow is darkest in its middle, and its broken stones stand out
        deep = cv2.GaussianBlur(mask, (0, 0), 25).astype(np.float32) / 255
        tone -= soft * (0.28 + 0.25 * deep) * 105


def _cracks(tone: Grey, cracks: Sequence[tuple[Floats, float]]) -> None:
    if not cracks:
        return
    everything = np.concatenate([points for points, _ in cracks])
    left, top = np.clip(everything.min(axis=0).astype(int) - 16, 0, [WIDTH, HEIGHT])
    right, bottom = np.clip(everything.max(axis=0).astype(int) + 17, 0, [WIDTH, HEIGHT])
    if right <= left or bottom <= top:
        return
    alpha = coverage(cracks, box=(left, top, right, bottom))
    dark = np.clip(0.5 + 0.03 * np.mean([w for _, w in cracks]), 0.5, 0.75)
    tone[top:bottom, left:right] *= 1 - cv2.GaussianBlur(alpha, (0, 0), 0.5) * np.float32(dark / 255)


def coverage(cracks: Sequence[tuple[Floats, float]], *, box: tuple[int, int, int, int]) -> Grey:
    """Return how much of each pixel of a box (left, top, right, bottom) cracks cover, 0 to 255."""
    left, top, right, bottom = box
    fine = np.zeros(((bottom - top) * _FINE, (right - left) * _FINE), np.uint8)
    ribbons = [_ribbon((points - [left, top]) * _FINE, width / MM_PER_PIXEL * _FINE) for points, width in cracks]
    # one call a crack: polygons of one call cancel out where they overlap
    for ribbon in ribbons:
        cv2.fillPoly(fine, [np.round(ribbon * 2**_SHIFT).astype(np.int32)], 255, cv2.LINE_AA, _SHIFT)
    return cv2.resize(fine, (right - left, bottom - top), interpolation=cv2.INTER_AREA).astype(np.float32)


def _ribbon(points: Floats, width: float) -> Floats:
    """Return the outline of a band of `width` about a line, both in fine pixels."""
    # pixel centres lie half a pixel in from the corner that places are counted from
    step = np.gradient(points, axis=0)
    normal = np.column_stack([-step[:, 1], step[:, 0]]) / np.maximum(np.hypot(*step.T), 1e-9)[:, None]
    half = max(width - _RIM, 0.2) / 2
    return np.concatenate([points + normal * half, (points - normal * half)[::-1]]) - 0.5


def _paint(tone: Grey, stones: Grey, column: float, phase: float | None) -> None:
    half = _PAINT * 500 / MM_PER_PIXEL
    left, right = (int(np.clip(round(column + s * half), 0, WIDTH)) for s in (-1, 1))
    if right <= left:
        return
    y = LENGTH - (np.arange(HEIGHT) + 0.5) * MM_PER_PIXEL / 1000
    on = np.ones(HEIGHT, bool) if phase is None else ((y + phase) % _PERIOD) < _DASH
    tone[on, left:right] = 196 + 1.2 * stones[on, left:right]


def _yellow(image: NDArray[np.uint8], column: float) -> None:
    half = _PAINT * 500 / MM_PER_PIXEL
    left, right = (int(np.clip(round(column + s * half), 0, WIDTH)) for s in (-1, 1))
    part = image[:, left:right].astype(np.float32) * np.array([0.42, 0.86, 1.0], np.float32)
    image[:, left:right] = part.astype(np.uint8)


def _shadow(tone: Grey, rng: np.random.Generator) -> None:
    side, edge = rng.integers(2), rng.uniform(0.2, 0.45) * WIDTH
    top, bottom = edge + rng.uniform(-150, 150), edge + rng.uniform(-150, 150)
    corners = np.array([[-5, -5], [top, -5], [bottom, HEIGHT + 5], [-5, HEIGHT + 5]])
    corners[:, 0] = corners[:, 0] if side else WIDTH - corners[:, 0]
    mask = np.zeros(tone.shape, np.uint8)
    cv2.fillPoly(mask, [np.round(corners).astype(np.int32)], 255)
    tone *= 1 - cv2.blur(mask, (25, 25)).astype(np.float32) * np.float32(rng.uniform(0.3, 0.5) / 255)


def _oil(tone: Grey, rng: np.random.Generator) -> None:
    mask = np.zeros((HEIGHT // 4, WIDTH // 4), np.float32)
    centre = int(WIDTH / 8 + rng.normal(0, 20)), int(rng.integers(30, HEIGHT // 4 - 30))
    cv2.ellipse(mask, centre, (int(rng.integers(12, 30)), int(rng.integers(20, 50))), 0.0, 0, 360, 1.0, cv2.FILLED)
    soft = cv2.resize(cv2.GaussianBlur(mask, (0, 0), 8), (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
    tone *= 1 - 0.3 * soft


def _blurred(tone: Grey, rng: np.random.Generator) -> None:
    tone[:] = cv2.GaussianBlur(tone, (0, 0), float(rng.uniform(14, 20)))


def _black(tone: Grey, rng: np.random.Generator) -> None:
    tone *= np.float32(rng.uniform(0.02, 0.06))


def _overexposed(tone: Grey, rng: np.random.Generator) -> None:
    tone += np.float32(rng.uniform(165, 200))


_EXTRAS = {"shadow": _shadow, "oil": _oil, "blurred": _blurred, "black": _black, "overexposed": _overexposed}
UNUSABLE = ("blurred", "black", "overexposed")


def edges(x0: float) -> tuple[float, float]:
    """Return the columns [px] of the middles of the lane's lines when the frame's middle lies `x0` [m] right of its."""
    scale = 1000 / MM_PER_PIXEL
    return tuple((s * LANE_WIDTH / 2 - x0) * scale + WIDTH / 2 for s in (-1, 1))  # type: ignore[return-value]
