"""Where the cracks are: hysteresis over the line response, and components that are long enough."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ingest.imagery.components import as_bytes, chosen, components, extents, grown, labels
from ingest.imagery.components import hysteresis as hysteresis
from ingest.imagery.components import long_components as long_components
from ingest.imagery.glance import glanced_response
from ingest.imagery.ridges import levelled

# what finds cracks and other things in heights, with its version, as findings carry it
DEPTH = "depth 1"


@dataclass(frozen=True)
class CrackMap:
    """
    Cracks and sealed cracks at the working scale.

    Attributes
    ----------
    crack, sealed
        Where they are, shape (height, width).
    strength
        How strong a crack is at each pixel, as its engine tells it, same shape.
    mm_per_pixel
        Scale.
    hollow
        Probability of a pothole, same shape; None of engines that do not look for potholes.
    by_depth
        Where the depth of a range image tells the crack, same shape; None of photographs. `strength` is NaN there.
    """

    crack: np.ndarray
    sealed: np.ndarray
    strength: np.ndarray
    mm_per_pixel: float
    hollow: np.ndarray | None = None
    by_depth: np.ndarray | None = None

    def engines(self, row: np.ndarray, column: np.ndarray) -> np.ndarray:
        """Return what tells the crack at some pixels: :data:`DEPTH`, or "" for the engine of the survey."""
        told = np.zeros(len(row), bool) if self.by_depth is None else self.by_depth[row, column]
        return np.where(told, DEPTH, "").astype(object)


def find_cracks(grey: np.ndarray, valid: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]) -> CrackMap:
    """
    Return where cracks are in a frame at the working scale.

    Parameters
    ----------
    grey
        8-bit grey, shape (height, width).
    valid
        Where the road is seen; paint and its surroundings are left out.
    mm_per_pixel
        Scale of `grey`.
    values
        Image parameters.
    """
    level = levelled(grey, valid, mm_per_pixel=mm_per_pixel, values=values)
    sealed = sealed_bands(level, grey, mm_per_pixel=mm_per_pixel, values=values)
    response = glanced_response(level, valid, mm_per_pixel=mm_per_pixel, values=values)
    mask = lines_of(response, sealed, grey, valid, mm_per_pixel=mm_per_pixel, values=values)
    return CrackMap(mask, sealed, response, mm_per_pixel)


def lines_of(
    response: np.ndarray,
    sealed: np.ndarray,
    grey: np.ndarray,
    valid: np.ndarray,
    *,
    mm_per_pixel: float,
    values: Mapping[str, float],
) -> np.ndarray:
    """Return the strong lines that are long, darker than both sides and beside no sealed crack, shape as `grey`."""
    low, high = values["ridge_low"], values["ridge_high"]
    if sealed.any():
        mask = hysteresis(response, low=low, high=high)
        around = cv2.dilate(as_bytes(sealed), _disc(2 * values["crack_width_max"] / mm_per_pixel))
        mask &= ~around.view(bool)
        mask = long_components(mask, mm_per_pixel=mm_per_pixel, values=values)
    else:
        mask = hysteresis(response, low=low, high=high, mm_per_pixel=mm_per_pixel, values=values)
    return two_sided(mask, grey, valid, mm_per_pixel=mm_per_pixel, values=values)


def without(cracks: CrackMap, where: np.ndarray, *, values: Mapping[str, float]) -> CrackMap:
    """
    Return a crack map without places that belong to other things, such as joints.

    A crack that crosses such a place stays on both sides; what is left beside it is kept where it is long enough.
    """
    if not (cracks.crack & where).any():
        return cracks
    left = long_components(cracks.crack & ~where, mm_per_pixel=cracks.mm_per_pixel, values=values)
    return replace(cracks, crack=left)


def likely(
    cracks: CrackMap,
    *,
    sure: Callable[[float], float],
    least: float,
    least_below: Sequence[tuple[float, float]] = (),
    near: float = 0.0,
) -> CrackMap:
    """
    Return a crack map without the cracks of which its engine is too little sure.

    Most of what is no crack is short and lies alone, so short cracks have to be surer than others. Pieces close to each
    other are one crack that the engine has seen in parts.

    Parameters
    ----------
    cracks
        As an engine finds them.
    sure
        Mean strength of a crack → confidence.
    least
        Least confidence of a crack that stays.
    least_below
        Least confidence of cracks below an extent: diagonals of the box around them [mm], and confidences.
    near
        Gap over which pieces are one crack when extents are judged. [mm]
    """
    kept = _of_groups(cracks, cracks.crack, lambda mean, _: _sure(mean, sure) >= least)
    size = 2 * round(near / cracks.mm_per_pixel / 2) + 1
    needed = [(extent, confidence) for extent, confidence in least_below if confidence > least]

    def stays(mean: np.ndarray, extent: np.ndarray) -> np.ndarray:
        told = _sure(mean, sure)
        return np.all([(extent - near >= short) | (told >= enough) for short, enough in needed], axis=0)

    return replace(cracks, crack=_of_groups(cracks, kept, stays, grown_by=size) if needed else kept)


def _sure(mean: np.ndarray, sure: Callable[[float], float]) -> np.ndarray:
    return np.array([sure(value) for value in mean])


def _of_groups(
    cracks: CrackMap,
    mask: np.ndarray,
    stays: Callable[[np.ndarray, np.ndarray], np.ndarray],
    *,
    grown_by: int = 1,
) -> np.ndarray:
    """Return the groups of a mask, joined when grown [px], that stay by their mean strength and extent. [mm]"""
    if not mask.any():
        return mask
    _, label, stats, _ = components(grown(mask, grown_by) if grown_by > 1 else mask)
    at = label[mask]
    size = np.maximum(np.bincount(at, minlength=len(stats)), 1)
    mean = np.bincount(at, cracks.strength[mask], minlength=len(stats)) / size
    keep = stays(mean, extents(stats) * cracks.mm_per_pixel)
    keep[0] = False
    return mask if keep[1:].all() else chosen(mask, label, keep)


def two_sided(
    mask: np.ndarray, grey: np.ndarray, valid: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]
) -> np.ndarray:
    """
    Return the components that are darker than both sides; edges of shadows and patches are so on one side only.

    A closing lifts a dark line to the level of its sides but leaves the dark side of an edge as it is. What it lifts
    on average over a component is compared with what it lifts anywhere in the frame, which is grain.
    """
    at = np.flatnonzero(mask)
    if len(at) == 0:
        return mask
    count, label = labels(mask)
    size = 2 * round(values["edge_window"] / mm_per_pixel / 2) + 1
    smooth = cv2.blur(grey, (3, 3))
    lifted = cv2.morphologyEx(smooth, cv2.MORPH_CLOSE, np.ones((size, size), np.uint8))
    dark, lifted = cv2.subtract(lifted, smooth).reshape(-1), lifted.reshape(-1)
    # a sample of the frame tells its grain
    sample = np.flatnonzero(valid)[::16]
    grain = float(np.median(_share(dark, lifted, sample))) if len(sample) else 0.0
    inside = label.reshape(-1)[at]
    size_of = np.maximum(np.bincount(inside, minlength=count), 1)
    mean = np.bincount(inside, _share(dark, lifted, at), minlength=count) / size_of
    keep = mean > values["two_sided"] * grain
    keep[0] = False
    return chosen(mask, label, keep)


def _share(dark: np.ndarray, lifted: np.ndarray, at: np.ndarray) -> np.ndarray:
    return np.asarray(dark[at] / np.maximum(lifted[at], 1).astype(np.float32))


def sealed_bands(
    level: np.ndarray, grey: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]
) -> np.ndarray:
    """Return dark bands wider than a crack, long, and darker than both sides: sealed cracks, tar strips, joints."""
    smooth = cv2.blur(level, (3, 3))
    dark = as_bytes(smooth < -values["dark_band"])
    wide = cv2.morphologyEx(dark, cv2.MORPH_OPEN, _disc(values["crack_width_max"] / mm_per_pixel)).view(bool)
    at = np.flatnonzero(wide)
    if len(at) == 0:
        return wide
    # a shadow is as dark further in, so closing does not lift its edge
    size = 2 * round(values["dark_band_width_max"] / mm_per_pixel / 2) + 1
    lifted = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, np.ones((size, size), np.uint8)).reshape(-1)[at]
    lost = lifted - grey.reshape(-1)[at] <= values["dark_band_contrast"] * lifted
    wide.reshape(-1)[at[lost]] = False
    _, label, stats, _ = components(wide)
    extent = extents(stats) * mm_per_pixel
    width = stats[:, cv2.CC_STAT_AREA] * mm_per_pixel**2 / np.maximum(extent, 1e-6)
    keep = (extent >= values["dark_band_length"]) & (width < extent / 4)
    keep[0] = False
    return chosen(wide, label, keep)


def _disc(diameter: float) -> np.ndarray:
    size = max(3, 2 * round(diameter / 2) + 1)
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
