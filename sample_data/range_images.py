"""A range survey of part of a made lane: heights and intensity of a line laser, with ruts, a crack and a pothole."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sample_data.manifest import TAIPEI, write_manifest
from sample_data.process import stream_of
from sample_data.sheets import write_csv

ACROSS_MM, ALONG_MM, COUNT_MM, ZERO = 2.0, 5.0, 0.1, 30_000
WIDTH, LINES, LENGTH_M = 1750, 400, 2.0
CAMERA = {
    "kind": "range",
    "mm_across": ACROSS_MM,
    "mm_along": ALONG_MM,
    "mm_per_count": COUNT_MM,
    "zero": ZERO,
    "crossfall_percent": 2.0,
}
# wheel paths: middle and half width of their hollows [m]
_PATHS, _REACH = (-0.9, 0.9), 0.25
_GRAIN_MM = 0.4
_CRACK = {"width_mm": 8.0, "depth_mm": 10.0, "right_m": 0.55}
_HOLE = {"diameter_m": 0.4, "depth_mm": 60.0, "right_m": -0.5}

Heights = NDArray[np.float64]


def write_range_survey(folder: Path, *, seed: int, first_m: float = 10_900.0, frames: int = 30) -> Path:
    """
    Write a package of range images of the made freeway, and return its folder.

    Beside it lie ``camera.toml``, for ``pavement quantify``, and ``truth.csv``: for each image the depth of both ruts
    as drawn [mm], the length of its crack [m] and the volume of its pothole [m3].

    Parameters
    ----------
    folder
        Package to write.
    seed
        Of the grain.
    first_m
        Measure of the first image on lane 1 of N99 southbound. [m]
    frames
        Number of images, 2 m each; ruts deepen from the first to the last.
    """
    (folder / "range" / "intensity").mkdir(parents=True, exist_ok=True)
    start = dt.datetime(2025, 4, 20, 10, tzinfo=TAIPEI)
    rows, truth = [], []
    for number in range(frames):
        name, rng = f"{number:04d}", stream_of(seed, "range", number)
        ruts = (4.0 + 8.0 * number / frames, 6.0 + 10.0 * number / frames)
        cracked, holed = frames // 4 <= number < frames // 2, number == frames // 2
        road, dark = _road(rng, ruts, cracked=cracked, holed=holed)
        _write(folder / "range" / f"{name}.png", np.rint(road / COUNT_MM + ZERO).clip(1, 65535).astype(np.uint16))
        _write(folder / "range" / "intensity" / f"{name}.png", _tone(rng, dark))
        at = first_m + LENGTH_M * number
        when = (start + dt.timedelta(seconds=number / 10)).isoformat(timespec="milliseconds")
        rows.append((name, f"range/{name}.png", "N99", "S", "1", at, LENGTH_M, when))
        truth.append((name, *ruts, _crack_length() * cracked, _hole_volume() * holed))
    columns = ["frame", "file", "route", "direction", "lane", "measure_m", "length_m", "taken_at"]
    write_csv(pd.DataFrame(rows, columns=columns), folder / "positions.csv")
    survey = {
        "id": "2025-range",
        "title": "2025 年雷射斷面影像 Range images",
        "operator": "範例檢測公司 Example Surveys",
        "vehicle": "VAN-97",
        "crs": "EPSG:3826",
        "started": dt.datetime(2025, 4, 20, 8, tzinfo=TAIPEI),
        "ended": dt.datetime(2025, 4, 20, 17, tzinfo=TAIPEI),
    }
    write_manifest(
        folder,
        survey=survey,
        data=[{"kind": "frames", "files": "range/**", "positions": "positions.csv"}],
        camera=CAMERA,
    )
    told = [f'{key} = "{value}"' if isinstance(value, str) else f"{key} = {value}" for key, value in CAMERA.items()]
    (folder.parent / "camera.toml").write_text("\n".join(told) + "\n", encoding="utf-8")
    names = ["image", "rut_left_mm", "rut_right_mm", "crack_m", "pothole_m3"]
    write_csv(pd.DataFrame(truth, columns=names), folder.parent / "truth.csv")
    return folder


def _road(
    rng: np.random.Generator, ruts: tuple[float, float], *, cracked: bool, holed: bool
) -> tuple[Heights, NDArray[np.bool_]]:
    """Return heights of a road [mm], travel upwards, and where its crack or hole is dark."""
    x = (np.arange(WIDTH) + 0.5) * ACROSS_MM / 1000 - WIDTH * ACROSS_MM / 2000
    y = (np.arange(LINES) + 0.5) * ALONG_MM / 1000 - LENGTH_M / 2
    hollow = sum(depth * np.exp(-(((x - at) / _REACH) ** 2) / 2) for depth, at in zip(ruts, _PATHS, strict=True))
    road = -np.asarray(hollow, float)[None, :] + rng.normal(0, _GRAIN_MM, (LINES, WIDTH))
    dark = np.zeros(road.shape, bool)
    if cracked:
        dark = np.abs(x[None, :] - _wander(y)[:, None]) * 1000 <= _CRACK["width_mm"] / 2
        road -= _CRACK["depth_mm"] * dark
    if holed:
        away = np.hypot(x[None, :] - _HOLE["right_m"], y[:, None]) / (_HOLE["diameter_m"] / 2)
        road -= _HOLE["depth_mm"] * np.clip(1 - away**2, 0, None)
        dark |= away < 1
    return road, dark


def _wander(y: Heights) -> Heights:
    """Return how far right of the middle the crack runs. [m]"""
    return np.asarray(_CRACK["right_m"] + 0.03 * np.sin(9 * y) + 0.015 * np.sin(31 * y), float)


def _crack_length() -> float:
    """Return the length of the crack in an image. [m]"""
    y = np.linspace(-LENGTH_M / 2, LENGTH_M / 2, 2001)
    return float(np.hypot(np.diff(_wander(y)), np.diff(y)).sum())


def _hole_volume() -> float:
    """Return the volume of a paraboloid, half of its cylinder. [m3]"""
    return float(np.pi * (_HOLE["diameter_m"] / 2) ** 2 * _HOLE["depth_mm"] / 1000 / 2)


def _tone(rng: np.random.Generator, dark: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return the intensity of the same lines: stones, lane lines on both sides, and what is dark."""
    grain = cv2.GaussianBlur(rng.normal(size=(LINES, WIDTH)).astype(np.float32), (0, 0), 1.2)
    tone = 110 + 7 * grain / grain.std()
    line = round(150 / ACROSS_MM)
    tone[:, line // 3 : line // 3 + line] = tone[:, -line - line // 3 : -line // 3] = 215
    return np.clip(np.where(dark, 0.45 * tone, tone), 0, 255).astype(np.uint8)


def _write(path: Path, image: NDArray[np.uint16] | NDArray[np.uint8]) -> None:
    path.write_bytes(cv2.imencode(".png", image)[1].tobytes())
