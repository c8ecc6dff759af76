"""Where painted markings end: half way in tone between the paint and the road beside it."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from ingest.imagery.components import grown


def within_edges(
    paint: np.ndarray, tone: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]
) -> np.ndarray:
    """
    Return a mask of paint brought to where its edges are.

    Paint is found in a blurred view by one threshold for all of it, so that worn lines are not missed and no crack is
    looked for at their edges; such a mask reaches beyond bright paint and not as far as faint paint. A blur moves the
    place half way between two tones nowhere.

    Parameters
    ----------
    paint
        Mask of the paint, shape (height, width).
    tone
        8-bit tone in which paint is brighter than the road, same shape.
    mm_per_pixel
        Scale of both.
    values
        Image parameters.
    """
    narrow = max(1, round(values["marking_width_min"] / mm_per_pixel))
    wide = max(3, 2 * round(values["marking_width_max"] / mm_per_pixel / 2) + 1)
    smooth = cv2.blur(tone, (narrow, narrow))
    road = cv2.morphologyEx(smooth, cv2.MORPH_OPEN, np.ones((1, wide), np.uint8)).astype(np.float32)
    near = cv2.dilate(smooth, np.ones((2 * (narrow // 2) + 1, 2 * narrow + 1), np.uint8)).astype(np.float32)
    edge = road + np.float32(values["marking_edge"]) * (near - road)
    return np.asarray(grown(paint, 2 * (narrow // 2) + 1) & (cv2.blur(tone, (3, 3)) > edge))
