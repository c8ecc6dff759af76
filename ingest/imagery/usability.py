"""Whether a frame can be judged at all, and if not, why; and where its road is hidden."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from ingest.imagery.components import as_bytes, fitted
from ingest.imagery.hidden_road import REASONS, HiddenRoad, hidden_road

# what is as smooth as a road out of focus, and is told from it by its tone
_TONED = ("dark", "snow", "water")


@dataclass(frozen=True)
class Usability:
    """
    What can be judged of a frame.

    Attributes
    ----------
    reason
        Why nothing can be read from it; empty when it is usable.
    hidden
        Where its road is hidden; None when that was not looked at, since nothing can be read anyway.
    """

    reason: str
    hidden: HiddenRoad | None = None


def usability(
    image: np.ndarray,
    grey: np.ndarray,
    seen: np.ndarray,
    paint: np.ndarray,
    *,
    mm_per_pixel: float,
    values: Mapping[str, float],
) -> Usability:
    """
    Return what can be judged of a frame: all of its road, a part of it, or nothing.

    Parameters
    ----------
    image
        BGR at the coarse scale, shape (height, width, 3).
    grey
        8-bit grey at the working scale.
    seen
        Where the road is in view, at any scale.
    paint
        Where paint is, at the coarse scale.
    mm_per_pixel
        Scale of `grey`.
    values
        Image parameters.
    """
    valid = fitted(seen, grey.shape)
    reason = unusable_reason(grey, valid, values=values)
    if reason not in ("", "out of focus"):
        return Usability(reason)
    hidden = hidden_road(image, grey, fitted(seen, paint.shape), paint, mm_per_pixel=mm_per_pixel, values=values)
    if reason:
        left = valid & ~fitted(hidden.mask(*_TONED), grey.shape)
        if left.mean() > (1.0 - values["hidden_max"]) * valid.mean():
            reason = unusable_reason(grey, left, values=values)
            if reason:
                return Usability(reason, hidden)
    return Usability(REASONS[hidden.most] if hidden.share > values["hidden_max"] else "", hidden)


def unusable_reason(grey: np.ndarray, valid: np.ndarray, *, values: Mapping[str, float]) -> str:
    """
    Return why nothing can be read from a frame by its light and focus, or empty text when they are good.

    Parameters
    ----------
    grey
        8-bit grey at the working scale, shape (height, width).
    valid
        Where the road is seen.
    values
        Image parameters.
    """
    seen = as_bytes(valid)
    if cv2.countNonZero(seen) < values["road_seen_min"] * seen.size:
        return "road not seen"
    count = cv2.calcHist([grey], [0], seen, [256], [0, 256]).ravel()
    middle = _median(count)
    if middle < values["grey_min"]:
        return "too dark"
    if middle > values["grey_max"]:
        return "too bright"
    if (count[:3].sum() + count[253:].sum()) / count.sum() > values["saturated_max"]:
        return "badly exposed"
    inside = cv2.erode(seen, np.ones((21, 21), np.uint8)) > 0
    inside = inside if inside.any() else valid
    return _focus_reason(grey, inside, middle, values)


def _focus_reason(grey: np.ndarray, inside: np.ndarray, middle: float, values: Mapping[str, float]) -> str:
    """
    Return whether a frame lacks contrast or focus.

    A smooth surface lacks grain and a soft view lacks what is fine beside what is coarse: a blurred frame lacks both.
    Where it lacks the coarse too, what is left is noise.
    """
    # what is smooth needs no fine pixels
    small = cv2.resize(grey, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA).astype(np.float32)
    every, within = (part[1::4, 1::4][: small.shape[0], : small.shape[1]] for part in (grey, inside))
    ground = _smooth(small, 2.5)[: every.shape[0], : every.shape[1]]
    if within.any() and float((every - ground)[within].std()) < values["contrast_min"] * middle:
        return "no contrast"
    fine, grain = _fine_size(grey, inside, values), values["texture_min"] * middle
    if fine >= grain:
        return ""
    half = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA).astype(np.float32)
    coarse = _usual_size(half, cv2.resize(as_bytes(inside), half.shape[::-1]) > 0, 2.0)
    return "out of focus" if fine < values["sharpness_min"] * max(coarse, grain) else ""


def _fine_size(grey: np.ndarray, inside: np.ndarray, values: Mapping[str, float]) -> float:
    """Return the median size of the finest detail [grey], from bands of rows all over the height."""
    high, count = int(values["focus_band"]), int(values["focus_bands"])
    if grey.shape[0] <= high * count:
        return _usual_size(grey.astype(np.float32), inside, 1.0)
    starts = np.linspace(0, grey.shape[0] - high, count).astype(int)
    details = [_detail(grey[at : at + high].astype(np.float32), 1.0)[inside[at : at + high]] for at in starts]
    return _median_size(np.concatenate(details))


def _median(count: np.ndarray) -> float:
    """Return the median of whole numbers of which each occurs as often as counted."""
    below, total = np.cumsum(count.astype(np.int64)), int(count.sum())
    middle = np.searchsorted(below, [(total - 1) // 2, total // 2], side="right")
    return float(middle.mean())


def _smooth(tone: np.ndarray, sigma: float) -> np.ndarray:
    return cv2.GaussianBlur(tone, (0, 0), sigma)


def _detail(tone: np.ndarray, sigma: float) -> np.ndarray:
    """Return the detail between two Gaussians. [grey]"""
    return cv2.absdiff(_smooth(tone, sigma), _smooth(tone, 2 * sigma))


def _usual_size(tone: np.ndarray, where: np.ndarray, sigma: float) -> float:
    """Return the median size of detail [grey]: paint, cracks and shadow edges do not move it."""
    return _median_size(_detail(tone, sigma)[where])


def _median_size(detail: np.ndarray) -> float:
    return float(np.median(detail[:: max(1, detail.size // 40_000)])) if detail.size else 0.0
