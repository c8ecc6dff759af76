"""Engines that find cracks: the classical one and the learned one keep one contract."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from ingest.imagery import cracks, learned
from ingest.imagery.cracks import CrackMap
from pavement.errors import SettingsError

ENGINES = ("classical", "learned")
Finder = Callable[..., CrackMap]


def finder(engine: str) -> Finder:
    """
    Return what finds the cracks of a frame: grey (height, width), valid (height, width), scale, values → crack map.

    Raises
    ------
    SettingsError
        There is no such engine.
    """
    found: Mapping[str, Finder] = {"classical": cracks.find_cracks, "learned": learned.find_cracks}
    if engine not in found:
        raise SettingsError(f"There is no engine {engine!r}.", cure=f"Use {' or '.join(ENGINES)}.")
    return found[engine]


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
