"""Engines that find cracks: the classical one and the learned one keep one contract."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import cv2
import numpy as np

from ingest.imagery import cracks, learned
from ingest.imagery.cracks import CrackMap
from pavement.errors import SettingsError

ENGINES = ("classical", "learned")
Finder = Callable[..., CrackMap]


def finder(engine: str) -> Finder:
    """
    Return what finds the cracks of a frame: grey, where the road is seen, where paint is, scale, values → crack map.

    Raises
    ------
    SettingsError
        There is no such engine.
    """
    found: Mapping[str, Finder] = {"classical": _classical, "learned": _learned}
    if engine not in found:
        raise SettingsError(f"Engine {engine!r} is not known.", cure=f"Use {' or '.join(ENGINES)}.")
    return found[engine]


def _classical(
    grey: np.ndarray, road: np.ndarray, paint: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]
) -> CrackMap:
    # the edge of a marking is a line to the filter
    guard = max(3, 2 * round(values["marking_guard"] / mm_per_pixel) + 1)
    near = cv2.dilate(paint.astype(np.uint8), np.ones((guard, guard), np.uint8)) > 0
    return cracks.find_cracks(grey, road & ~near, mm_per_pixel=mm_per_pixel, values=values)


def _learned(
    grey: np.ndarray, road: np.ndarray, _paint: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]
) -> CrackMap:
    # the network has learned what paint is, and sees the crack beside it
    return learned.find_cracks(grey, road, mm_per_pixel=mm_per_pixel, values=values)


def engine_name(engine: str) -> str:
    """Return an engine with its version, as findings and methods carry it."""
    finder(engine)
    return "classical 1" if engine == "classical" else f"learned 1 {learned.weights_hash()[:8]}"


def confidence(engine: str, strength: np.ndarray | float, *, values: Mapping[str, float]) -> float:
    """Return how sure an engine is of a crack of a mean strength, 0 to 1."""
    mean = float(strength)
    if engine == "learned":
        return float(np.clip(mean, 0.0, 1.0))
    return float(np.clip(1.0 - np.exp(-mean / values["ridge_high"]), 0.0, 1.0))
