"""How sure an engine is of what it tells: of what it tells with 0.8, eight in ten were right on real images."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray


def crack_confidence(engine: str, strength: np.ndarray | float, *, values: Mapping[str, float]) -> float:
    """
    Return how sure an engine is of a crack of a mean strength, 0 to 1.

    Fitted to hand-drawn truth of real images, by length of crack.

    Parameters
    ----------
    engine
        What found it.
    strength
        Of the learned engine a probability, of the classical one the height of the ridge; NaN on a scale for which
        nothing was fitted, and so is the confidence.
    values
        Image parameters: ``sure_shift_…``, ``sure_slope_…`` of the engine.
    """
    mean = float(strength)
    if np.isnan(mean):
        return mean
    share = mean if engine == "learned" else 1.0 - float(np.exp(-max(mean, 0.0) / values["ridge_high"]))
    return float(_calibrated(share, values[f"sure_shift_{engine}"], values[f"sure_slope_{engine}"]))


def pothole_confidence(
    engine: str, strength: NDArray[np.float64], *, values: Mapping[str, float]
) -> NDArray[np.float64]:
    """
    Return how sure an engine is of potholes, 0 to 1, shape as `strength`.

    Fitted to hand-drawn truth of forward frames; of frames from above no truth is known, and the strength is returned.

    Parameters
    ----------
    engine
        What found them.
    strength
        Shares: how likely, dark and sharp-edged each is to its finder.
    values
        Image parameters: ``hole_shift_…``, ``hole_slope_…`` of the engine.
    """
    return _calibrated(strength, values[f"hole_shift_{engine}"], values[f"hole_slope_{engine}"])


def _calibrated(share: NDArray[np.float64] | float, shift: float, slope: float) -> NDArray[np.float64]:
    """Return shares moved along a line in log odds (Platt 1999)."""
    inside = np.clip(share, 1e-4, 1 - 1e-4)
    return np.asarray(1.0 / (1.0 + np.exp(-(shift + slope * np.log(inside / (1 - inside))))))
