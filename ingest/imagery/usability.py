"""Whether a frame can be judged at all, and if not, why."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np


def unusable_reason(grey: np.ndarray, valid: np.ndarray, *, values: Mapping[str, float]) -> str:
    """
    Return why nothing can be read from a frame, or empty text when it is usable.

    Parameters
    ----------
    grey
        8-bit grey at the working scale, shape (height, width).
    valid
        Where the road is seen.
    values
        Image parameters.
    """
    if valid.mean() < 0.2:
        return "road not seen"
    seen = grey[valid]
    middle = float(np.median(seen))
    if middle < values["grey_min"]:
        return "too dark"
    if middle > values["grey_max"]:
        return "too bright"
    if float(((seen <= 2) | (seen >= 253)).mean()) > values["saturated_max"]:
        return "badly exposed"
    fine, coarse = _detail(grey, valid)
    if coarse < values["contrast_min"] * middle:
        return "no contrast"
    return "out of focus" if fine < values["sharpness_min"] * coarse else ""


def _detail(grey: np.ndarray, valid: np.ndarray) -> tuple[float, float]:
    """Return the spread [grey] between neighbouring pixels and over about ten pixels."""
    tone = grey.astype(np.float32)
    inside = cv2.erode(valid.astype(np.uint8), np.ones((21, 21), np.uint8)) > 0
    inside = inside if inside.any() else valid
    fine = tone - cv2.GaussianBlur(tone, (0, 0), 1.0)
    coarse = tone - cv2.GaussianBlur(tone, (0, 0), 10.0)
    return float(fine[inside].std()), float(coarse[inside].std())
