"""Cracks of a range image: grooves of the depth, and dark lines of the intensity that have some depth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ingest.imagery.components import grown, labels, long_components
from ingest.imagery.cracks import CrackMap, find_cracks
from ingest.imagery.engines import finder
from ingest.imagery.scene import Scene


def grooves(local: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]) -> np.ndarray:
    """
    Return how far each place lies below the lower of two sides opposite to each other, the most of four ways. [mm]

    The edge of a patch, of a kerb or of a slab that lies higher has a lower side on which nothing is deeper.

    Parameters
    ----------
    local
        Heights without shape and motion, shape (height, width). [mm]
    mm_per_pixel
        Scale.
    values
        Image parameters.
    """
    reach = max(1, round(values["groove_sides"] / mm_per_pixel))
    height, width = local.shape
    beside = cv2.copyMakeBorder(local, reach, reach, reach, reach, cv2.BORDER_REPLICATE)

    def moved(down: int, right: int) -> np.ndarray:
        y, x = reach * (1 + down), reach * (1 + right)
        return beside[y : y + height, x : x + width]

    ways = ((0, 1), (1, 0), (1, 1), (1, -1))
    lower = np.max([np.minimum(moved(y, x), moved(-y, -x)) for y, x in ways], axis=0)
    return np.asarray(lower - local)


@dataclass(frozen=True)
class Depths:
    """
    The depth of a surface at the working scale, shape (height, width) each.

    Attributes
    ----------
    grey
        Depth as 8-bit grey.
    groove
        As :func:`grooves` returns. [mm]
    road
        Where the surface is seen.
    mm
        Scale.
    """

    grey: np.ndarray
    groove: np.ndarray
    road: np.ndarray
    mm: float

    @property
    def roughness(self) -> float:
        """Usual size of the grooves between stones, as a standard deviation. [mm]"""
        groove = self.groove[self.road][::4]
        return 1.4826 * float(np.median(np.abs(groove - np.median(groove)))) if groove.size else 0.0

    def mean_groove(self, lines: np.ndarray, *, reach_mm: float) -> np.ndarray:
        """Return the mean groove of the places of lines within a square around each. [mm]"""
        size, weight = 2 * round(reach_mm / self.mm / 2) + 1, lines.astype(np.float32)
        whole, held = (cv2.blur(part, (size, size)) for part in (self.groove * weight, weight))
        return np.asarray(whole / np.maximum(held, 1e-6))


def cracks_by_depth(depths: Depths, *, values: Mapping[str, float]) -> tuple[CrackMap, np.ndarray]:
    """
    Return the cracks that the depth shows, lines of the classical finder that are grooves; and all its dark lines.

    Parameters
    ----------
    depths
        The depth.
    values
        Image parameters.
    """
    lines = find_cracks(depths.grey, depths.road, mm_per_pixel=depths.mm, values=values)
    deep = depths.mean_groove(lines.crack, reach_mm=values["groove_along"]) > values["groove_min"]
    crack = long_components(lines.crack & deep, mm_per_pixel=depths.mm, values=values)
    crack = _means_over(crack, depths.groove, values["groove_grain"] * depths.roughness)
    nothing = np.zeros(crack.shape, bool)
    # nobody has drawn cracks of real heights by hand: how sure their strength makes one is not known
    found = replace(lines, crack=crack, sealed=nothing, strength=np.full(crack.shape, np.nan), by_depth=crack)
    return found, lines.crack | lines.sealed


def with_intensity(
    by_depth: CrackMap, depths: Depths, scene: Scene, values: Mapping[str, float], engine: str
) -> CrackMap:
    """
    Return the cracks of the depth and those of the intensity that have some depth; sealed cracks by the intensity.

    A groove in a sealed crack is a crack again only where it is deeper than seals sink.

    Parameters
    ----------
    by_depth
        As :func:`cracks_by_depth` returns.
    depths
        The depth.
    scene
        Scene of the intensity.
    values
        Image parameters.
    engine
        What finds cracks in the intensity.
    """
    by_tone = finder(engine)(scene.grey, scene.road, scene.paint, mm_per_pixel=scene.mm, values=values)
    lifted = cv2.morphologyEx(depths.grey, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    trace = (lifted.astype(np.float32) - depths.grey) / values["relief_grey"]
    kept = mostly(by_tone.crack, trace > values["relief_trace"], share=values["trace_share"])
    shallow = depths.mean_groove(by_depth.crack, reach_mm=values["groove_along"]) < values["seal_open"]
    held = grown(by_tone.sealed, 2 * round(values["crack_width_max"] / depths.mm) + 1)
    deep = long_components(by_depth.crack & ~(held & shallow), mm_per_pixel=depths.mm, values=values)
    strength = np.where(deep, np.nan, by_tone.strength)
    crack = deep | kept
    return replace(by_depth, crack=crack, sealed=by_tone.sealed & ~crack, strength=strength, by_depth=deep)


def mostly(mask: np.ndarray, true: np.ndarray, *, share: float) -> np.ndarray:
    """Return the components of a mask of which at least a share is true."""
    return _means_over(mask, true.astype(np.float32), share)


def _means_over(mask: np.ndarray, of: np.ndarray, least: float) -> np.ndarray:
    """Return the components of a mask over which the mean of an image is at least so much."""
    count, label = labels(mask)
    inside = label[mask]
    mean = np.bincount(inside, of[mask], minlength=count) / np.maximum(np.bincount(inside, minlength=count), 1)
    keep = mean >= least
    keep[0] = False
    return np.asarray(keep[label])
