"""Heights of roads drawn in closed form for the tests of range images; their truth is synthetic."""

from __future__ import annotations

import cv2
import numpy as np

from ingest.imagery.relief_scale import ReliefScale

SCALE = ReliefScale(1.0, 1.0, 0.1, zero=20_000.0)
WIDTH, LENGTH = 3500, 1500


def road(*, noise=0.3, seed=1, length=LENGTH, width=WIDTH):
    """Return a flat road of stones. [mm]"""
    return np.random.default_rng(seed).normal(0, noise, (length, width)).astype(np.float32)


def stony(*, size, height=1.0, seed=5):
    """Return a road of stones of a size; `height` is the standard deviation. [mm]"""
    grain = cv2.GaussianBlur(road(noise=1.0, seed=seed), (0, 0), size)
    return height * grain / grain.std()


def groove(heights, line, *, width, depth):
    """Sink a line of places (x, y) [mm] into a road, with edges as exact as a quarter of a pixel."""
    fine = np.zeros((heights.shape[0] * 4, heights.shape[1] * 4), np.uint8)
    cv2.polylines(fine, [np.rint(np.array(line) * 4).astype(np.int32)], False, 255, round(width * 4))
    return heights - depth * cv2.resize(fine, heights.shape[::-1], interpolation=cv2.INTER_AREA) / np.float32(255)


def basin(depth=20.0):
    """Return a V over 3.5 m, lowest in the middle. [mm]"""
    x = (np.arange(WIDTH) + 0.5) / 1000.0 - 1.75
    return (depth * np.abs(x) / 1.75 - depth).astype(np.float32)


def ruts(left, right, *, half=500.0):
    """Return a parabola in the middle of each wheel path, 1 m wide, between flat shoulders. [mm]"""
    x = np.arange(WIDTH) + 0.5 - WIDTH / 2
    hollows = (depth * np.clip(1 - ((x - at) / half) ** 2, 0, None) for depth, at in ((left, -875.0), (right, 875.0)))
    return -sum(hollows).astype(np.float32)


def crossing():
    x = np.arange(400.0, 1400.0, 25.0)
    return list(zip(x, 200.0 + 0.9 * (x - 400.0) + 30 * np.sin(x / 60.0), strict=True))


def cap(heights, *, at, radius, depth):
    """Sink a spherical cap; return the surface and the cap's volume. [m3]"""
    ball = (radius**2 + depth**2) / (2 * depth)
    y, x = np.indices(heights.shape, np.float32)
    away = np.hypot(x - at[0], y - at[1])
    hole = np.where(away < radius, np.sqrt(np.maximum(ball**2 - away**2, 0)) - (ball - depth), 0.0)
    return (heights - hole).astype(np.float32), np.pi * depth * (3 * radius**2 + depth**2) / 6 / 1e9


def places():
    """Return x and y of the pixels of a road. [mm]"""
    y, x = np.indices((LENGTH, WIDTH), np.float32)
    return x, y


def boxed(heights, step, box):
    """Lift a rectangle (left, top, right, bottom) of a road by a step. [mm]"""
    x, y = places()
    left, top, right, bottom = box
    return heights + np.float32(step) * ((x >= left) & (x < right) & (y >= top) & (y < bottom))


def rimmed(heights, *, width, depth, radius=330.0, at=(1750.0, 750.0)):
    """Sink the rim of a cover into a road. [mm]"""
    x, y = places()
    return heights - np.float32(depth) * (np.abs(np.hypot(x - at[0], y - at[1]) - radius) < width / 2)


def slabs(degrees, *, step=5.0, gap=6.0, depth=12.0, noise=0.3):
    """Return two slabs with a joint askew by an angle; the one ahead, above in the image, lies lower. [mm]"""
    x, y = places()
    away = (y - LENGTH / 2 - (x - WIDTH / 2) * np.tan(np.radians(degrees))) * np.cos(np.radians(degrees))
    sunk = np.where(away < 0, step, 0.0) + depth * np.clip(gap / 2 + 0.5 - np.abs(away), 0.0, 1.0)
    return (road(noise=noise) - sunk).astype(np.float32)
