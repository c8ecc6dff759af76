"""Roads drawn for the tests of the image room; their truth is synthetic."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import cv2
import numpy as np
import pandas as pd
import pytest

Line = list[tuple[float, float]]


def asphalt(
    *, height: int = 1000, width: int = 1800, grey: float = 110.0, spread: float = 7.0, seed: int = 1
) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=(height, width)).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), 1.2)
    return grey + spread * noise / noise.std()


def with_line(road: np.ndarray, line: Line, *, width_mm: float, mm: float, share: float = 0.45) -> np.ndarray:
    """Darken (share < 1) or brighten a road along a line in mm by the share of each pixel that the line covers."""
    return road * (1.0 - (1.0 - share) * covered(road.shape, line, width_mm=width_mm, mm=mm))


def covered(shape: tuple[int, ...], line: Line, *, width_mm: float, mm: float) -> np.ndarray:
    """
    Return the share of each pixel that a line of a width covers, exact but for its corners and ends.

    Lines that OpenCV draws with whole thicknesses come out a pixel too wide, however fine the pixels.
    """
    points, cover = np.array(line, float) / mm - 0.5, np.zeros(shape[:2])
    half, margin = width_mm / mm / 2, math.ceil(width_mm / mm / 2 + 2)
    for start, end in itertools.pairwise(points):
        low = np.maximum(np.floor(np.minimum(start, end)).astype(int) - margin, 0)
        high = np.maximum(np.ceil(np.maximum(start, end)).astype(int) + margin + 1, low)
        x, y = np.meshgrid(*(np.arange(low[k], max(min(high[k], shape[1 - k]), low[k])) for k in (0, 1)))
        away, ahead = np.stack([x, y], axis=-1) - start, end - start
        along = np.clip(away @ ahead / (ahead @ ahead), 0.0, 1.0)
        far = np.linalg.norm(away - along[..., None] * ahead, axis=-1)
        part = _below(half - far, ahead) - _below(-half - far, ahead)
        place = cover[low[1] : low[1] + part.shape[0], low[0] : low[0] + part.shape[1]]
        np.maximum(place, part, out=place)
    return cover


def _below(edge: np.ndarray, ahead: np.ndarray) -> np.ndarray:
    """Return the share of a pixel on one side of an edge along `ahead` that lies `edge` pixels from its middle."""
    long, short = np.sort(np.maximum(np.abs(ahead) / np.hypot(*ahead), 1e-3))[::-1]
    corners = (((long + short) / 2, 1), ((long - short) / 2, -1), ((short - long) / 2, -1), (-(long + short) / 2, 1))
    return sum(sign * np.maximum(edge + corner, 0.0) ** 2 for corner, sign in corners) / (2 * long * short)


def as_image(road: np.ndarray) -> np.ndarray:
    return cv2.merge([np.clip(road, 0, 255).astype(np.uint8)] * 3)


def wandering(line: Line) -> Line:
    """Return a line that wanders by 30 mm to both sides of straight parts [mm], as cracks do and joints do not."""
    ends = np.array(line, float)
    far = np.r_[0.0, np.cumsum(np.hypot(*np.diff(ends, axis=0).T))]
    at = np.append(np.arange(0.0, far[-1], 25.0), far[-1])
    place = np.column_stack([np.interp(at, far, ends[:, k]) for k in (0, 1)])
    ahead = np.gradient(place, axis=0)
    across = ahead[:, ::-1] * (-1, 1) / np.hypot(*ahead.T)[:, None]
    return [tuple(p) for p in place + 30.0 * np.sin(at / 100.0)[:, None] * across]


def wavy(x: float) -> Line:
    """Return a crack along travel 1.8 m long."""
    return wandering([(x, 100.0), (x, 1900.0)])


def line_length(line: Line) -> float:
    """Length [m] of a line in mm."""
    return float(np.hypot(*np.diff(np.array(line), axis=0).T).sum()) / 1000.0


def painted(road: np.ndarray, *, mm: float, places: tuple[float, ...], width_mm: float = 150.0) -> np.ndarray:
    """Paint white lines along travel at places [mm] across."""
    for place in places:
        road = with_line(road, [(place, -100), (place, road.shape[0] * mm + 100)], width_mm=width_mm, mm=mm, share=2.0)
    return road


@pytest.fixture(scope="session")
def longitudinal() -> Line:
    y = np.arange(0.0, 2001.0, 50.0)
    return list(zip(1100.0 + 120.0 * np.sin(y / 300.0), y, strict=True))


@pytest.fixture(scope="session")
def transverse() -> Line:
    return [(1700.0, 1500.0), (2100.0, 1450.0), (2600.0, 1520.0), (3100.0, 1480.0)]


@pytest.fixture
def positions() -> Callable[[list[str]], pd.DataFrame]:
    def made(files: list[str]) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "frame": [f.split(".")[0] for f in files],
                "file": files,
                "route": "N1",
                "direction": "S",
                "lane": "1",
                "measure_m": [2.0 * i for i in range(len(files))],
                "length_m": 2.0,
                "taken_at": pd.to_datetime(["2023-12-31T20:00:00Z"] * len(files), utc=True),
            }
        )

    return made
