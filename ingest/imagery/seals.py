"""Sealed cracks that an engine takes for cracks: as wide as no crack is, throughout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import cv2
import numpy as np

from ingest.imagery.cracks import CrackMap


def seals_apart(cracks: CrackMap, values: Mapping[str, float]) -> CrackMap:
    """
    Return a crack map in which bands that are long, and wider than a crack throughout, are sealed cracks.

    The network marks a dark band over its whole width, and a crack little wider than it is.
    """
    side = 2 * round(values["seal_width_min"] / cracks.mm_per_pixel / 2) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    mask = cracks.crack.astype(np.uint8)
    wide = cv2.morphologyEx(mask, cv2.MORPH_OPEN, disc)
    if not wide.any():
        return cracks
    count, label, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    extent = np.hypot(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) * cracks.mm_per_pixel
    share = np.bincount(label[wide > 0], minlength=count) / np.maximum(stats[:, cv2.CC_STAT_AREA], 1)
    seal = (share >= values["seal_share_min"]) & (extent >= values["dark_band_length"])
    seal[0] = False
    bands = seal[label]
    return replace(cracks, crack=cracks.crack & ~bands, sealed=cracks.sealed | bands) if bands.any() else cracks
