"""Opened seams: ragged gaps along the borders of patches, lanes and markings, which are cracks."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Grid = NDArray[Any]


def opened_seam(rng: np.random.Generator, tone: Grid) -> tuple[Grid, Grid, Grid]:
    """
    Return a surface with a seam along or across it that has come open, how much of each pixel the gap covers, and the
    share of light that it takes there.

    Where two mats meet the tone changes; the gap wanders a little, is wide here and closed there, breaks out at its
    lips, runs double in places, and often has paint beside it.

    Parameters
    ----------
    rng
        Source of chance.
    tone
        Grey of the surface, 0 to 255, shape (side, side).
    """
    size = len(tone)
    line = _course(rng, size)
    down, across = np.meshgrid(np.arange(size, dtype=np.float32), np.arange(size, dtype=np.float32), indexing="ij")
    away = across - line[:, None]
    tone = tone * (1 + _mat(rng, size) * (away > rng.uniform(-2, 2)))
    if rng.random() < 0.5:
        tone = _with_paint(rng, tone, away, down)
    gap = _gap(rng, away)
    if rng.random() < 0.3:
        # the strip between two gaps is what filled the joint: hands draw it as one crack
        apart = float(rng.uniform(5.0, 16.0))
        gap = np.maximum(gap, _gap(rng, away + apart))
    depth = float(rng.uniform(0.15, 0.65)) * _between(rng, size, low=0.4, grain=18.0)
    dirt = np.exp(-np.abs(away) / rng.uniform(3.0, 14.0)) * rng.uniform(0.0, 0.22)
    tone = tone * (1 - dirt * _between(rng, size, low=0.0, grain=25.0))
    tone = tone * (1 - cv2.GaussianBlur(gap, (0, 0), float(rng.uniform(0.4, 0.9))) * depth)
    seamed = np.stack([tone, gap, depth])
    if rng.random() < 0.25:
        seamed = seamed.transpose(0, 2, 1)
    tone, gap, depth = np.ascontiguousarray(seamed, np.float32)
    return tone, gap, depth


def _course(rng: np.random.Generator, size: int) -> Grid:
    """Return where a seam lies in each row: nearly straight, with small steps where stones broke out."""
    rows = np.arange(size)
    lean = rng.normal(0, 0.06) * (rows - size / 2)
    wander = _along(rng, size, grain=30.0) * rng.uniform(0, 4.0) + _along(rng, size, grain=5.0) * rng.uniform(0, 1.2)
    return np.asarray(rng.uniform(0.12, 0.88) * size + lean + wander, np.float32)


def _gap(rng: np.random.Generator, away: Grid) -> Grid:
    """Return how much of each pixel a gap covers whose width varies along it, closed in places."""
    size = len(away)
    wide = float(np.exp(rng.uniform(np.log(2.0), np.log(10.0))))
    width = wide * np.clip(0.75 + 0.5 * _along(rng, size, grain=20.0) + 0.3 * _along(rng, size, grain=4.0), 0.0, 2.0)
    if rng.random() < 0.6:
        ends = np.sort(rng.uniform(-0.3, 1.3, 2)) * size
        rows = np.arange(size)
        width = width * np.clip(np.minimum(rows - ends[0], ends[1] - rows) / 12.0, 0, 1)
    return np.asarray(np.clip(width[:, None] / 2 - np.abs(away) + 0.5, 0, np.minimum(width, 1)[:, None]), np.float32)


def _mat(rng: np.random.Generator, size: int) -> Grid:
    """Return the share by which the surface beyond a seam is brighter or darker."""
    return np.asarray(rng.uniform(-0.35, 0.2) * _between(rng, size, low=0.7, grain=40.0), np.float32)


def _with_paint(rng: np.random.Generator, tone: Grid, away: Grid, down: Grid) -> Grid:
    """Return a surface with a marking beside a seam, which ends or begins somewhere or is worn."""
    start = float(rng.uniform(-45.0, 12.0))
    wide = float(rng.uniform(16.0, 45.0))
    within = np.clip(np.minimum(away - start, start + wide - away) + 0.5, 0, 1)
    if rng.random() < 0.6:
        end = float(rng.uniform(0.0, len(tone)))
        within = within * (down < end if rng.random() < 0.5 else down > end)
    if rng.random() < 0.5:
        within = within * (_between(rng, len(tone), low=0.0, grain=3.0) > rng.uniform(0.0, 0.6))
    shown = cv2.GaussianBlur(within.astype(np.float32), (0, 0), 0.7)
    return np.asarray(tone * (1 - shown) + shown * (rng.uniform(150, 235) + 0.3 * (tone - tone.mean())), np.float32)


def _along(rng: np.random.Generator, size: int, *, grain: float) -> Grid:
    """Return chance of unit size along a line, smooth over `grain` pixels."""
    knots = rng.standard_normal((1, max(4, round(size / grain) + 2))).astype(np.float32)
    return np.asarray(cv2.resize(knots, (size, 1), interpolation=cv2.INTER_CUBIC)[0], np.float32)


def _between(rng: np.random.Generator, size: int, *, low: float, grain: float) -> Grid:
    """Return a field between `low` and 1 that varies over about `grain` pixels."""
    side = max(4, round(size / grain) + 2)
    field = cv2.resize(rng.random((side, side), dtype=np.float32), (size, size), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(low + (1 - low) * field, low, 1), np.float32)
