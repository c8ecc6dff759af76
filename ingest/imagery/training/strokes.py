"""Shapes of cracks: from masks of real ones, as branching walks, and as the nets of alligator cracking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Voronoi

Mask = NDArray[Any]
Grid = NDArray[Any]


def stroke(rng: np.random.Generator, masks: Sequence[Mask], size: int) -> Grid:
    """
    Return how much of each pixel a crack covers, shape (size, size), 0 to 1.

    Parameters
    ----------
    rng
        Source of chance.
    masks
        Masks of real cracks whose shapes are used, 0 or 255.
    size
        Side of the scene. [px]
    """
    kind = rng.choice(4, p=[0.42, 0.25, 0.18, 0.15])
    width = float(rng.uniform(1.0, 3.5))
    if kind == 0:
        return _of_mask(rng, masks[int(rng.integers(len(masks)))], size, width)
    if kind == 1:
        return drawn(_walk(rng, size), size, width)
    return drawn(_net(rng, size), size, min(width, 2.2)) if kind == 2 else _wide(rng, size)


def _wide(rng: np.random.Generator, size: int) -> Grid:
    """Return a crack gone wide: a seam or crack broken out at its lips, ragged, and uneven within."""
    width = float(np.exp(rng.uniform(np.log(3.5), np.log(11.0))))
    band = drawn(_walk(rng, size)[:1], size, width)
    side = max(4, round(size / (0.7 * width)))
    bumps = rng.normal(0, 0.4 * width, (side, side, 2)).astype(np.float32)
    shift = cv2.resize(bumps, (size, size), interpolation=cv2.INTER_CUBIC)
    across, down = np.meshgrid(np.arange(size, dtype=np.float32), np.arange(size, dtype=np.float32))
    ragged = cv2.remap(band, across + shift[..., 0], down + shift[..., 1], cv2.INTER_LINEAR)
    within = cv2.resize(
        rng.uniform(0.2, 1.6, (side, side)).astype(np.float32), (size, size), interpolation=cv2.INTER_CUBIC
    )
    return np.asarray(ragged * np.clip(within, 0, 1), np.float32)


def drawn(lines: Sequence[NDArray[np.float64]], size: int, width: float) -> Grid:
    """Return lines drawn `width` [px] wide with soft edges."""
    fine = np.zeros((2 * size, 2 * size), np.uint8)
    for line in lines:
        points = np.round(line * 2 * 16).astype(np.int32)
        cv2.polylines(fine, [points], False, 255, max(1, round(2 * width)), cv2.LINE_AA, 4)
    return cv2.resize(fine, (size, size), interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def _of_mask(rng: np.random.Generator, mask: Mask, size: int, width: float) -> Grid:
    """Return a real crack's shape, scaled to a mean width, turned and shifted."""
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    length = sum(cv2.arcLength(c, True) for c in contours) / 2
    now = (mask > 0).sum() / max(length, 1.0)
    scale = float(np.clip(width / max(now, 0.5), 0.2, 1.6))
    rows, columns = np.nonzero(mask)
    if not len(rows):
        return np.zeros((size, size), np.float32)
    at = rng.integers(len(rows))
    turn = cv2.getRotationMatrix2D((float(columns[at]), float(rows[at])), float(rng.uniform(0, 360)), scale)
    turn[:, 2] += rng.uniform(0.15, 0.85, 2) * size - [columns[at], rows[at]]
    # twice as fine, then shrunk, so that thin lines keep their share of each pixel
    fine = cv2.warpAffine(mask, 2 * turn, (2 * size, 2 * size), flags=cv2.INTER_LINEAR)
    return cv2.resize(fine, (size, size), interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def _walk(rng: np.random.Generator, size: int) -> list[NDArray[np.float64]]:
    """Return a crack that wanders through the scene, with a branch or two."""
    heading = rng.choice([0.0, np.pi / 2, rng.uniform(0, np.pi)]) + rng.normal(0, 0.15)
    start = rng.uniform(0.1, 0.9, 2) * size - 0.7 * size * np.array([np.cos(heading), np.sin(heading)])
    trunk = _path(rng, start, heading, int(rng.integers(20, 120)))
    lines = [trunk]
    for _ in range(rng.integers(0, 3)):
        turn = heading + rng.choice([-1, 1]) * rng.uniform(0.3, 1.3)
        lines.append(_path(rng, trunk[rng.integers(len(trunk))], turn, int(rng.integers(8, 50))))
    return lines


def _path(rng: np.random.Generator, start: NDArray[np.float64], heading: float, steps: int) -> NDArray[np.float64]:
    step = float(rng.uniform(2.0, 5.0))
    wander = heading + np.cumsum(rng.normal(0, 0.12, steps)) * 0.6 + rng.normal(0, rng.uniform(0.1, 0.6), steps)
    moves = step * np.column_stack([np.cos(wander), np.sin(wander)])
    return np.asarray(start + np.cumsum(moves, axis=0), float)


def _net(rng: np.random.Generator, size: int) -> list[NDArray[np.float64]]:
    """Return the ragged borders of cells of 8 to 40 px in a band through the scene: alligator and block cracking."""
    cell = float(rng.uniform(10, 45))
    seeds = rng.uniform(-cell, size + cell, (int((size / cell + 2) ** 2), 2))
    cells = Voronoi(seeds)
    pairs = np.array([p for p in cells.ridge_vertices if p[0] >= 0 and p[1] >= 0])
    ends = cells.vertices[pairs]
    middle = ends.mean(axis=1)
    heading, across = rng.uniform(0, np.pi), rng.uniform(0.15, 0.5) * size
    away = (middle - rng.uniform(0.2, 0.8, 2) * size) @ np.array([-np.sin(heading), np.cos(heading)])
    kept = ends[(np.abs(away) < across) & (rng.random(len(ends)) < rng.uniform(0.6, 1.0))]
    return [_ragged(rng, a, b) for a, b in kept if np.hypot(*(b - a)) < 3 * cell]


def _ragged(rng: np.random.Generator, a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    count = max(2, int(np.hypot(*(b - a)) / 4) + 1)
    line = a + np.linspace(0, 1, count)[:, None] * (b - a)
    line[1:-1] += rng.normal(0, 0.8, (count - 2, 2))
    return line
