"""Where the surface is broken, as areas: fields of cracks and potholes, by small networks on the coarse view."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files

import cv2
import numpy as np

from ingest.imagery.cracks import CrackMap, lines_of, sealed_bands
from ingest.imagery.ridges import levelled, line_response

# scale the networks were taught at [mm/px], and the reach of the light they take for even [mm]
AREA_MM, LIGHT_MM = 20.0, 800.0
# fields of cracks are seen by grey and lines, potholes by grey alone: lines mislead where stones are missing
FIELDS, POTHOLES = "fields", "potholes"
# layers of what the networks give
_FIELD, _HOLE = 0, 1
_STEP = 8


@cache
def weights(name: str) -> bytes:
    """Return a network as it lies in the package."""
    return files("ingest.imagery").joinpath(f"weights/{name}.onnx").read_bytes()


@cache
def weights_hash() -> str:
    """Return the SHA-256 of both networks, which names their version."""
    return hashlib.sha256(weights(FIELDS) + weights(POTHOLES)).hexdigest()


@cache
def _network(name: str) -> cv2.dnn.Net:
    return cv2.dnn.readNetFromONNX(np.frombuffer(weights(name), np.uint8))


def find_cracks(
    grey: np.ndarray, road: np.ndarray, valid: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]
) -> CrackMap:
    """
    Return where cracks and potholes are in a forward frame: lines count the more, the likelier their area is cracked.

    Parameters
    ----------
    grey
        8-bit grey at the working scale, shape (height, width).
    road
        Where the road is seen; the networks learned from roads with their paint.
    valid
        Where there is no paint on it.
    mm_per_pixel
        Scale of `grey`.
    values
        Image parameters.
    """
    level = levelled(grey, valid, mm_per_pixel=mm_per_pixel, values=values)
    sealed = sealed_bands(level, grey, mm_per_pixel=mm_per_pixel, values=values)
    response = line_response(level, valid, mm_per_pixel=mm_per_pixel, values=values)
    response[~valid] = 0.0
    field, hollow = broken_areas(grey, response, road, mm_per_pixel=mm_per_pixel, values=values)
    likely = (field / values["field_even"]) ** values["field_power"]
    response *= np.clip(likely, values["field_least"], values["field_most"]).astype(np.float32)
    mask = lines_of(response, sealed, grey, valid, mm_per_pixel=mm_per_pixel, values=values)
    share = 1.0 - np.exp(-np.maximum(response, 0.0) / values["ridge_high"])
    return CrackMap(mask, sealed & ~mask, share, mm_per_pixel, hollow)


def enough(cracks: CrackMap, inside: np.ndarray, *, values: Mapping[str, float]) -> CrackMap:
    """
    Return a crack map of a forward frame without its cracks, where they are no more than is found on sound road.

    Parameters
    ----------
    cracks
        As :func:`find_cracks` returns; that of an engine without areas stays as it is.
    inside
        Where the lane is, shape of the map.
    values
        Image parameters.
    """
    if cracks.hollow is None or not cracks.crack.any():
        return cracks
    side = max(1, round(1000.0 * values["grid_m"] / cracks.mm_per_pixel))
    rows, columns = inside.shape[0] // side, inside.shape[1] // side
    lane, cracked = (
        mask[: rows * side, : columns * side].reshape(rows, side, columns, side)
        for mask in (inside, cracks.crack & inside)
    )
    road = lane.mean(axis=(1, 3)) > 0.5
    found = np.asarray(cracked.any(axis=(1, 3)))[road]
    if 100.0 * float(found.sum()) >= values["cracked_least"] * float(road.sum()):
        return cracks
    return replace(cracks, crack=np.zeros_like(cracks.crack))


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


def line_share(
    response: np.ndarray, size: tuple[int, int], *, mm_per_pixel: float, values: Mapping[str, float]
) -> np.ndarray:
    """
    Return the strongest line of each pixel of the coarse view, 1 where the line filter is sure of a crack, at most 3.

    Parameters
    ----------
    response
        Line response, shape (height, width).
    size
        Width and height of the coarse view. [px]
    mm_per_pixel
        Scale of `response`.
    values
        Image parameters.
    """
    reach = max(1, round(AREA_MM / mm_per_pixel))
    strong = cv2.dilate(response, np.ones((reach, reach), np.uint8))
    return np.clip(cv2.resize(strong, size, interpolation=cv2.INTER_NEAREST) / values["ridge_high"], 0.0, 3.0)


def broken_areas(
    grey: np.ndarray, response: np.ndarray, valid: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]
) -> tuple[np.ndarray, np.ndarray]:
    """
    Return the probability of a field of cracks and of a pothole, both (height, width) of `grey`.

    Parameters
    ----------
    grey
        8-bit grey at the working scale, shape (height, width).
    response
        Line response of it, same shape.
    valid
        Where the road is seen.
    mm_per_pixel
        Scale of `grey`.
    values
        Image parameters.
    """
    height, width = grey.shape
    size = (max(_STEP, round(width * mm_per_pixel / AREA_MM)), max(_STEP, round(height * mm_per_pixel / AREA_MM)))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    seen = cv2.resize(valid.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    level = evened(small, seen, mm_per_pixel=AREA_MM)
    lines = line_share(response, size, mm_per_pixel=mm_per_pixel, values=values).astype(np.float32)
    share = _probability(FIELDS, [level, lines])[_FIELD], _probability(POTHOLES, [level])[_HOLE]
    crack, hole = (cv2.resize(s, (width, height), interpolation=cv2.INTER_LINEAR) * valid for s in share)
    return crack, hole


def _probability(name: str, layers: list[np.ndarray]) -> np.ndarray:
    """Return what a network says of the layers of a coarse view, shape (2, height, width)."""
    height, width = layers[0].shape
    border = (0, -height % _STEP, 0, -width % _STEP)
    network = _network(name)
    network.setInput(np.stack([cv2.copyMakeBorder(part, *border, cv2.BORDER_REFLECT_101) for part in layers])[None])
    return np.asarray(1.0 / (1.0 + np.exp(-network.forward()[0, :, :height, :width])))
