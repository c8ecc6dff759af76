"""Whether a frame can be judged at all, and if not, why."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from ingest.imagery.components import as_bytes

# rows from one band that is looked at to the next, and rows beside it that its smoothing needs
_BAND, _RIM = 72, 8
# steps in which detail is counted, and the largest [grey]
_STEPS, _MOST = 4096, 10.24


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
    if cv2.countNonZero(as_bytes(valid)) < 0.2 * valid.size:
        return "road not seen"
    every = bool(valid.all())
    count = cv2.calcHist([grey], [0], None if every else as_bytes(valid), [256], [0, 256]).ravel()
    middle = _median(count)
    if middle < values["grey_min"]:
        return "too dark"
    if middle > values["grey_max"]:
        return "too bright"
    if (count[:3].sum() + count[253:].sum()) / count.sum() > values["saturated_max"]:
        return "badly exposed"
    tone = grey.astype(np.float32)
    inside = valid if every else cv2.erode(as_bytes(valid), np.ones((21, 21), np.uint8)).view(bool)
    inside = inside if inside.any() else valid
    # what is smooth needs no fine pixels
    half = cv2.resize(tone, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    within = cv2.resize(as_bytes(inside), half.shape[::-1], interpolation=cv2.INTER_NEAREST).view(bool)
    ground = cv2.resize(_smooth(half, 5.0), tone.shape[::-1], interpolation=cv2.INTER_LINEAR)
    np.subtract(tone, ground, out=ground)
    spread = cv2.meanStdDev(ground, mask=None if every else as_bytes(inside))[1].item()
    if float(spread) < values["contrast_min"] * middle:
        return "no contrast"
    fine = _fine_size(tone, inside)
    coarse = _usual_size(cv2.absdiff(_smooth(half, 2.0), _smooth(half, 4.0)), within)
    grain = values["texture_min"] * middle
    # a smooth surface lacks grain and a soft view lacks what is fine beside what is coarse: a blurred frame lacks both;
    # where it lacks the coarse too, what is left is noise
    soft = fine < grain and fine < values["sharpness_min"] * max(coarse, grain)
    return "out of focus" if soft else ""


def _median(count: np.ndarray) -> float:
    """Return the median of whole numbers of which each occurs as often as counted."""
    below, total = np.cumsum(count), int(count.sum())
    middle = np.searchsorted(below, [(total - 1) // 2, total // 2], side="right")
    return float(middle.mean())


def _smooth(tone: np.ndarray, sigma: float) -> np.ndarray:
    return cv2.GaussianBlur(tone, (0, 0), sigma)


def _fine_size(tone: np.ndarray, seen: np.ndarray) -> float:
    """Return the usual size of detail between 1 and 2 px, from a third of the rows in bands over the whole frame."""
    height = len(tone)
    place = np.arange(height) % _BAND
    inner = (place >= _RIM) & (place < _BAND // 3 + _RIM)
    if height < 2 * _BAND:
        return _usual_size(cv2.absdiff(_smooth(tone, 1.0), _smooth(tone, 2.0)), seen)
    # bands lie one below the other with their rims, beyond which nothing counts for a pixel
    taken = place < _BAND // 3 + 2 * _RIM
    part, within = tone[taken], seen[taken] & inner[taken][:, None]
    return _usual_size(cv2.absdiff(_smooth(part, 1.0), _smooth(part, 2.0)), within)


def _usual_size(detail: np.ndarray, seen: np.ndarray) -> float:
    """
    Return the median size of a detail where it is seen [grey]: paint, cracks and shadow edges do not move it.

    It is counted in steps of a four hundredth of a grey level, for sorting takes far longer.
    """
    count = cv2.calcHist([detail], [0], as_bytes(seen), [_STEPS], [0.0, _MOST]).ravel()
    below, middle = np.cumsum(count), np.count_nonzero(seen) / 2
    return float((np.searchsorted(below, middle) + 0.5) * _MOST / _STEPS)
