"""Where the surface is broken, as areas: fields of cracks and potholes, by a small network on the coarse view."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files

import cv2
import numpy as np

# scale the network was taught at [mm/px], and the reach of the light it takes for even [mm]
AREA_MM, LIGHT_MM = 20.0, 800.0
_WEIGHTS = "weights/areas.onnx"
_STEP = 8


@cache
def weights() -> bytes:
    """Return the network as it lies in the package."""
    return files("ingest.imagery").joinpath(_WEIGHTS).read_bytes()


@cache
def weights_hash() -> str:
    """Return the SHA-256 of the network, which names its version."""
    return hashlib.sha256(weights()).hexdigest()


@cache
def _network() -> cv2.dnn.Net:
    return cv2.dnn.readNetFromONNX(np.frombuffer(weights(), np.uint8))


def evened(grey: np.ndarray, valid: np.ndarray, *, mm_per_pixel: float) -> np.ndarray:
    """
    Return grey as a share of the light around it, in units of its spread; 0 where the road is not seen.

    Parameters
    ----------
    grey
        8-bit grey, shape (height, width).
    valid
        Where the road is seen.
    mm_per_pixel
        Scale of `grey`.
    """
    weight, sigma = valid.astype(np.float32), LIGHT_MM / mm_per_pixel
    tone = grey.astype(np.float32)
    light = cv2.GaussianBlur(tone * weight, (0, 0), sigma) / np.maximum(cv2.GaussianBlur(weight, (0, 0), sigma), 1e-3)
    share = (tone / np.maximum(light, 1.0) - 1.0) * weight
    # quarter to three quarters: paint does not count
    low, high = np.percentile(share[valid], (25, 75)) if valid.any() else (0.0, 1.0)
    return np.clip(share / max(high - low, 0.01), -4.0, 4.0).astype(np.float32)


def broken_areas(grey: np.ndarray, valid: np.ndarray, *, mm_per_pixel: float) -> tuple[np.ndarray, np.ndarray]:
    """
    Return the probability of a field of cracks and of a pothole, both (height, width) of `grey`.

    Parameters
    ----------
    grey
        8-bit grey at any scale, shape (height, width).
    valid
        Where the road is seen.
    mm_per_pixel
        Scale of `grey`.
    """
    height, width = grey.shape
    size = (max(_STEP, round(width * mm_per_pixel / AREA_MM)), max(_STEP, round(height * mm_per_pixel / AREA_MM)))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    seen = cv2.resize(valid.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    level = evened(small, seen, mm_per_pixel=AREA_MM)
    border = (0, -size[1] % _STEP, 0, -size[0] % _STEP)
    network = _network()
    network.setInput(cv2.copyMakeBorder(level, *border, cv2.BORDER_REFLECT_101)[None, None])
    odds = network.forward()[0, :, : size[1], : size[0]]
    share = 1.0 / (1.0 + np.exp(-odds))
    crack, hole = (cv2.resize(s, (width, height), interpolation=cv2.INTER_LINEAR) * valid for s in share)
    return crack, hole
