"""What looks like a crack and is none: joints, grooves, seals, patches, paint, studs, shadows, tyre marks, stains."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[Any]


def disturbed(rng: np.random.Generator, tone: Grey, *, most: int) -> Grey:
    """Return a scene with up to `most` things in it that are no cracks; `tone` is grey, 0 to 255."""
    for _ in range(rng.integers(0, most + 1)):
        tone = _THINGS[rng.integers(len(_THINGS))](rng, tone)
    return tone


def _line(rng: np.random.Generator, size: int, *, tilt: float) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the ends (in sixteenths of a pixel) of a straight line through the scene, nearly along an axis."""
    at = rng.uniform(0.05, 0.95, 2) * size
    heading = rng.choice([0.0, np.pi / 2]) + rng.normal(0, tilt)
    reach = np.array([np.cos(heading), np.sin(heading)]) * 2 * size
    first, second = (tuple(int(v) for v in np.round((at + s * reach) * 16)) for s in (-1, 1))
    return (first[0], first[1]), (second[0], second[1])


def _strip(rng: np.random.Generator, size: int, width: float, *, tilt: float = 0.05) -> Grey:
    mask = np.zeros((2 * size, 2 * size), np.uint8)
    a, b = _line(rng, 2 * size, tilt=tilt)
    cv2.line(mask, a, b, 255, max(1, round(2 * width)), cv2.LINE_AA, 4)
    return cv2.resize(mask, (size, size), interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def _joint(rng: np.random.Generator, tone: Grey) -> Grey:
    """Saw cut or slab joint: straight, dark, now and then spalled or with lighter lips."""
    mask = _strip(rng, len(tone), float(rng.uniform(1.0, 4.0)))
    depth = rng.uniform(0.15, 0.7) * _uneven(rng, len(tone), low=0.5)
    lips = cv2.GaussianBlur(mask, (0, 0), 2.5) * rng.uniform(0, 0.2)
    return tone * (1 + lips) * (1 - depth * cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.4, 0.9)))


def _grooves(rng: np.random.Generator, tone: Grey) -> Grey:
    """Brushed or tined concrete: fine parallel lines across or along."""
    size = len(tone)
    period, phase = rng.uniform(2.5, 9.0), rng.uniform(0, 6.3)
    lines = np.sin(np.arange(size) * 2 * np.pi / period + phase + np.cumsum(rng.normal(0, 0.15, size)))
    wave = np.minimum(lines, 0.3).astype(np.float32) * _uneven(rng, size, low=0.0) * rng.uniform(0.03, 0.14)
    return tone * (1 + (wave.T if rng.random() < 0.3 else wave) * 1.0) if rng.random() < 0.5 else tone * (1 + wave.T)


def _seal(rng: np.random.Generator, tone: Grey) -> Grey:
    """Sealed crack: a dark, even, winding band wider than a crack."""
    size = len(tone)
    heading, steps = rng.uniform(0, np.pi), 60
    turns = heading + np.cumsum(rng.normal(0, 0.08, steps))
    path = (
        rng.uniform(0.2, 0.8, 2) * size + (np.cumsum(np.column_stack([np.cos(turns), np.sin(turns)]), axis=0) - 30) * 8
    )
    mask = np.zeros((size, size), np.uint8)
    cv2.polylines(mask, [np.round(path * 16).astype(np.int32)], False, 255, int(rng.integers(7, 26)), cv2.LINE_AA, 4)
    soft = cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.6, 2.0)).astype(np.float32) / 255
    smooth = cv2.GaussianBlur(tone, (0, 0), 2.0)
    return (tone * (1 - soft) + smooth * soft) * (1 - rng.uniform(0.2, 0.6) * soft)


def _patch(rng: np.random.Generator, tone: Grey) -> Grey:
    """Patch or lane seam: another tone beyond a straight border, the border itself sometimes dark."""
    size = len(tone)
    mask = np.zeros((size, size), np.uint8)
    corner, side = rng.uniform(-0.3, 0.8, 2) * size, rng.uniform(0.2, 1.2, 2) * size
    box = cv2.boxPoints(((float(corner[0] + side[0] / 2), float(corner[1] + side[1] / 2)),
                         (float(side[0]), float(side[1])), float(rng.normal(0, 4))))  # fmt: skip
    cv2.fillPoly(mask, [np.round(box * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    soft = cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.5, 2.0)).astype(np.float32) / 255
    if rng.random() < 0.4:
        rim = np.zeros((size, size), np.uint8)
        cv2.polylines(rim, [np.round(box * 16).astype(np.int32)], True, 255, int(rng.integers(1, 4)), cv2.LINE_AA, 4)
        tone = tone * (1 - rng.uniform(0.05, 0.25) * cv2.GaussianBlur(rim, (0, 0), 0.7).astype(np.float32) / 255)
    return tone * (1 + rng.uniform(-0.35, 0.25) * soft)


def _paint(rng: np.random.Generator, tone: Grey) -> Grey:
    """Marking: a bright strip, worn or broken, with a dirty edge now and then."""
    size = len(tone)
    width = float(rng.uniform(14, 50))
    mask = _strip(rng, size, width)
    worn = (_uneven(rng, size, low=0.0, grain=rng.uniform(0.8, 4.0)) > rng.uniform(0.0, 0.5)).astype(np.float32)
    shown = cv2.GaussianBlur(mask * (worn if rng.random() < 0.6 else 1.0), (0, 0), 0.6)
    if rng.random() < 0.3:
        tone = tone * (1 - rng.uniform(0.1, 0.4) * np.clip(_grown(mask, 3) - mask, 0, 1))
    bright = rng.uniform(150, 235)
    return tone * (1 - shown) + shown * (bright + 0.3 * (tone - tone.mean()))


def _stud(rng: np.random.Generator, tone: Grey) -> Grey:
    """Road stud, cover or core hole: a small compact body with an edge."""
    size = len(tone)
    mask = np.zeros((size, size), np.uint8)
    centre = tuple(int(v) for v in rng.uniform(0, size, 2))
    axes = (int(rng.integers(3, 18)), int(rng.integers(3, 18)))
    if rng.random() < 0.5:
        cv2.ellipse(mask, centre, axes, float(rng.uniform(0, 180)), 0, 360, 255, -1, cv2.LINE_AA)
    else:
        cv2.rectangle(mask, centre, (centre[0] + 2 * axes[0], centre[1] + 2 * axes[1]), 255, -1)
    body = mask.astype(np.float32) / 255
    rim = np.clip(_grown(body, 3) - body, 0, 1)
    return tone * (1 + rng.uniform(-0.6, 0.8) * body) * (1 - rng.uniform(0, 0.5) * rim)


def _shadow(rng: np.random.Generator, tone: Grey) -> Grey:
    """Shadow of a vehicle, post or wire: an even share of light taken, its border sharp or soft."""
    size = len(tone)
    width = rng.uniform(3, 0.8 * size)
    mask = _strip(rng, size, float(width), tilt=0.5)
    return tone * (1 - rng.uniform(0.2, 0.6) * cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.8, 6.0)))


def _tyre(rng: np.random.Generator, tone: Grey) -> Grey:
    """Tyre mark or oil track: a faint dark band without an edge."""
    mask = _strip(rng, len(tone), float(rng.uniform(4, 40)), tilt=0.1)
    return tone * (1 - rng.uniform(0.05, 0.3) * cv2.GaussianBlur(mask, (0, 0), rng.uniform(2, 8)))


def _stain(rng: np.random.Generator, tone: Grey) -> Grey:
    """Wet spots, oil and dirt: blots with a sharp or soft rim."""
    size = len(tone)
    field = _uneven(rng, size, low=0.0, grain=rng.uniform(4, 20))
    blot = np.clip((field - rng.uniform(0.5, 0.8)) * rng.uniform(3, 30), 0, 1)
    return tone * (1 + rng.uniform(-0.45, 0.2) * blot)


def _uneven(rng: np.random.Generator, size: int, *, low: float, grain: float = 12.0) -> Grey:
    """Return a field that varies between `low` and 1 over about `grain` pixels."""
    side = max(4, int(size / grain) + 2)
    coarse = rng.random((side, side), dtype=np.float32)
    field = cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(low + (1 - low) * field, low, 1), np.float32)


def _grown(mask: Grey, by: int) -> Grey:
    return np.asarray(cv2.dilate(mask, np.ones((2 * by + 1, 2 * by + 1), np.uint8)), np.float32)


_THINGS: tuple[Callable[[np.random.Generator, Grey], Grey], ...] = (
    _joint, _joint, _joint, _grooves, _seal, _patch, _patch, _paint, _paint, _stud, _shadow, _tyre, _stain,
)  # fmt: skip
