"""Where the cracks are, by a small network that OpenCV runs: only where the line filter sees something at all."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import cv2
import numpy as np

from ingest.imagery.components import chosen, grown, hysteresis, labels, long_components
from ingest.imagery.cracks import CrackMap, sealed_bands
from ingest.imagery.glance import glanced_response
from ingest.imagery.ridges import levelled
from ingest.imagery.things import mostly_outside
from ingest.imagery.thinning import thinned
from ingest.imagery.tiles import Box, boxes, spread_out, tiled

_WEIGHTS = "weights/cracks.onnx"
# sides of what goes through the network are multiples of this
_STEP = 8
_MARGIN = 32


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


def find_cracks(
    grey: np.ndarray, valid: np.ndarray, bare: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]
) -> CrackMap:
    """
    Return where cracks are in a frame at the working scale; the strength is the network's probability.

    Parameters
    ----------
    grey
        8-bit grey, shape (height, width).
    valid
        Where the road is seen.
    bare
        Where there is no paint on it.
    mm_per_pixel
        Scale of `grey`.
    values
        Image parameters.
    """
    level = levelled(grey, valid, mm_per_pixel=mm_per_pixel, values=values)
    # beside paint all is dark
    sealed = sealed_bands(np.where(bare, level, 0.0), grey, mm_per_pixel=mm_per_pixel, values=values)
    response = glanced_response(level, valid, mm_per_pixel=mm_per_pixel, values=values)
    worth = worth_a_look(response, mm_per_pixel=mm_per_pixel, values=values)
    half, side = _half(grey, valid, mm_per_pixel, values), int(values["look_tile"])
    share = np.zeros(level.shape, np.float32)
    looked, mask, sure = np.zeros_like(worth), np.zeros(level.shape, bool), share
    for _ in range(1 + int(values["look_rounds"])):
        np.maximum(share, crack_probability(level, half, worth, side=side) * valid, out=share)
        mask, sure = followed(share, mm_per_pixel=mm_per_pixel, values=values)
        looked |= worth
        # a crack goes on where the filters saw no line
        worth = tiled(mask, side=side) & ~looked
        if not worth.any():
            break
    # the network knows seals by their look and not by their width
    mask = mostly_outside(mask, grown(sealed, 2 * round(values["crack_width_max"] / 2 / mm_per_pixel) + 1))
    return CrackMap(mask, sealed & ~mask, sure, mm_per_pixel)


def followed(share: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """
    Return cracks that begin where the network is sure over some length and go on where it sees even a trace.

    A crack that fades and comes back is one crack. Where there is a trace only, its middle line alone belongs to it:
    the network's doubt is wider than the crack.

    Parameters
    ----------
    share
        The network's probability of a crack, shape (height, width).
    mm_per_pixel
        Scale of `share`.
    values
        Image parameters.

    Returns
    -------
    mask, strength
        Where cracks are, and the probability of each: of a trace it is the mean of the sure parts that it joins. Both
        of shape (height, width).
    """
    sure = hysteresis(share, low=values["learned_low"], high=values["learned_high"])
    long = {**values, "crack_extent_min": values["learned_extent_min"]}
    sure = long_components(sure, mm_per_pixel=mm_per_pixel, values=long)
    if not sure.any():
        return sure, share
    count, label = labels(share > values["learned_trace"])
    at, weight = label[sure], np.bincount(label[sure], minlength=count)
    traced = chosen(label > 0, label, weight > 0)
    faint = traced & (share <= values["learned_low"])
    strength = share.copy()
    strength[faint] = (np.bincount(at, share[sure], minlength=count) / np.maximum(weight, 1))[label[faint]]
    return np.asarray((traced & (share > values["learned_wide"])) | thinned(traced)), strength


def _half(grey: np.ndarray, valid: np.ndarray, mm_per_pixel: float, values: Mapping[str, float]) -> np.ndarray:
    """Return the levelled grey at half the scale, levelled over as many pixels: cracks twice as wide look the same."""
    size = (-(-grey.shape[1] // 2), -(-grey.shape[0] // 2))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    seen = cv2.resize(valid.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    return levelled(small, seen, mm_per_pixel=mm_per_pixel, values=values)


def worth_a_look(response: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]) -> np.ndarray:
    """
    Return the tiles in which the line filter sees a line, even a faint one, and their neighbours; one value a tile.

    Parameters
    ----------
    response
        Line response, shape (height, width).
    """
    share = values["look_share"]
    long = {**values, "crack_area_min": 0.0}
    low, high = (share * values[f"ridge_{end}"] for end in ("low", "high"))
    lines = hysteresis(response, low=low, high=high, mm_per_pixel=mm_per_pixel, values=long)
    return tiled(lines, side=int(values["look_tile"]))


def crack_probability(level: np.ndarray, half: np.ndarray, worth: np.ndarray, *, side: int) -> np.ndarray:
    """
    Return the network's probability of a crack, shape (height, width); 0 outside the tiles worth a look.

    The network looks twice, at the working scale and at half of it, and the mean of its log odds counts: fine cracks
    show in the one, wide and faint ones in the other, and chance alignments of grains rarely in both. Neighbouring
    tiles go through as one rectangle with a margin, so that no border of a tile shows, or as several where that is less
    work; a frame in which that would be more work than the whole goes through as a whole.

    Parameters
    ----------
    level
        Levelled grey, shape (height, width).
    half
        The same at half the scale, shape (height / 2, width / 2) rounded up.
    worth
        Tiles to look at, shape (rows, columns).
    side
        Side of a tile, even. [px]
    """
    found = np.zeros(level.shape, np.float32)
    looked = spread_out(worth, level.shape, side=side)
    for top, bottom, left, right in _pieces(worth, side, level.shape):
        odds = _odds(level[top:bottom, left:right])
        coarse = _odds(half[top // 2 : -(-bottom // 2), left // 2 : -(-right // 2)])
        height, width = odds.shape
        wide = cv2.resize(coarse, (2 * coarse.shape[1], 2 * coarse.shape[0]), interpolation=cv2.INTER_LINEAR)
        part = 1.0 / (1.0 + np.exp(-(odds + wide[:height, :width]) / 2))
        inner = found[top:bottom, left:right]
        np.maximum(inner, part, out=inner, where=_inside(part.shape, (top, bottom, left, right), level.shape))
    return found * looked


def _pieces(worth: np.ndarray, side: int, shape: tuple[int, ...]) -> list[Box]:
    """Return top, bottom, left, right [px] of rectangles of tiles, with a margin."""
    found = [
        (
            max(top * side - _MARGIN, 0),
            min(bottom * side + _MARGIN, shape[0]),
            max(left * side - _MARGIN, 0),
            min(right * side + _MARGIN, shape[1]),
        )
        for top, bottom, left, right in boxes(worth, margin=_MARGIN / side)
    ]
    whole = (0, shape[0], 0, shape[1])
    return found if sum((b - a) * (d - c) for a, b, c, d in found) <= shape[0] * shape[1] else [whole]


def _inside(part: tuple[int, ...], box: tuple[int, int, int, int], whole: tuple[int, ...]) -> np.ndarray:
    """Return the part of a box without its margin; the border of the frame has none."""
    top, bottom, left, right = box
    keep = np.zeros(part, bool)
    rows = slice(_MARGIN if top else 0, part[0] - (_MARGIN if bottom < whole[0] else 0))
    columns = slice(_MARGIN if left else 0, part[1] - (_MARGIN if right < whole[1] else 0))
    keep[rows, columns] = True
    return keep


def _odds(level: np.ndarray) -> np.ndarray:
    """Return the log odds of a crack at each pixel of a piece."""
    height, width = level.shape
    border = (0, -height % _STEP, 0, -width % _STEP)
    padded = cv2.copyMakeBorder(level.astype(np.float32), *border, cv2.BORDER_REFLECT_101)
    network = _network()
    network.setInput(padded[None, None])
    return np.asarray(network.forward()[0, 0, :height, :width], np.float32)
