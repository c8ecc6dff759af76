"""Engines that find cracks: the classical one and the learned one keep one contract."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from ingest.imagery import areas, cracks, learned
from ingest.imagery.components import grown
from ingest.imagery.cracks import CrackMap
from pavement.errors import SettingsError

ENGINES = ("classical", "learned")
Finder = Callable[..., CrackMap]


def finder(engine: str, *, forward: bool = False) -> Finder:
    """
    Return what finds the cracks of a frame: grey, where the road is seen, where paint is, scale, values → crack map.

    Parameters
    ----------
    engine
        One of :data:`ENGINES`.
    forward
        Whether the frame is of a camera that looks ahead, whose cracks are wide fields seen at a slant.

    Raises
    ------
    SettingsError
        There is no such engine.
    """
    found: Mapping[str, Finder] = {"classical": _classical, "learned": _fields if forward else _learned}
    if engine not in found:
        raise SettingsError(f"Engine {engine!r} is not known.", cure=f"Use {' or '.join(ENGINES)}.")
    return found[engine]


def _classical(
    grey: np.ndarray, road: np.ndarray, paint: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]
) -> CrackMap:
    bare = _bare(road, paint, mm_per_pixel=mm_per_pixel, values=values)
    return cracks.find_cracks(grey, bare, mm_per_pixel=mm_per_pixel, values=values)


def _fields(
    grey: np.ndarray, road: np.ndarray, paint: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]
) -> CrackMap:
    bare = _bare(road, paint, mm_per_pixel=mm_per_pixel, values=values)
    return areas.find_cracks(grey, road, bare, mm_per_pixel=mm_per_pixel, values=values)


def _bare(road: np.ndarray, paint: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]) -> np.ndarray:
    # the edge of a marking is a line to the filter
    guard = max(3, 2 * round(values["marking_guard"] / mm_per_pixel) + 1)
    return np.asarray(road & ~grown(paint, guard))


def _learned(
    grey: np.ndarray, road: np.ndarray, paint: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]
) -> CrackMap:
    # the network has learned what paint is, and sees the crack beside it; seals are told by their tone alone
    bare = _bare(road, paint, mm_per_pixel=mm_per_pixel, values=values)
    return learned.find_cracks(grey, road, bare, mm_per_pixel=mm_per_pixel, values=values)


def engine_name(engine: str) -> str:
    """Return an engine with its version, as findings and methods carry it: the learned one is named by its weights."""
    finder(engine)
    if engine == "classical":
        return "classical 3"
    return f"learned 4 {learned.weights_hash()[:8]} {areas.weights_hash()[:8]}"


def confidence(engine: str, strength: np.ndarray | float, *, values: Mapping[str, float]) -> float:
    """
    Return how sure an engine is of a crack of a mean strength, 0 to 1.

    The strength, taken to a share, is moved along a line in log odds (Platt 1999) that was fitted to hand-drawn truth
    of real images, so that of cracks told with 0.8 about eight in ten metres are cracks there. A strength on a scale
    for which nothing was fitted is NaN, and so is its confidence.
    """
    mean = float(strength)
    if np.isnan(mean):
        return mean
    share = mean if engine == "learned" else 1.0 - float(np.exp(-max(mean, 0.0) / values["ridge_high"]))
    share = float(np.clip(share, 1e-4, 1 - 1e-4))
    odds = values[f"sure_shift_{engine}"] + values[f"sure_slope_{engine}"] * float(np.log(share / (1 - share)))
    return 1.0 / (1.0 + float(np.exp(-odds)))
