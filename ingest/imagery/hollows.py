"""Potholes by their depth: hollows below the road around them, with area, depth and volume."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
import pandas as pd

from ingest.imagery.cracks import DEPTH
from ingest.imagery.pixel_borders import bordered, size
from ingest.imagery.relief_shape import Relief
from ingest.imagery.ridges import working_image

COLUMNS = ("area_m2", "diameter", "depth_mm", "volume_m3", "volumes", "outline")


def hollows(surface: Relief, inside: np.ndarray, *, values: Mapping[str, float]) -> tuple[pd.DataFrame, np.ndarray]:
    """
    Return the potholes of a surface and their mask at the coarse scale.

    A hollow reaches as far as the surface lies ``hollow_rim`` below the road around it, and counts from
    ``hollow_depth_min`` at its deepest.

    Parameters
    ----------
    surface
        The surface.
    inside
        Where the lane is, any scale.
    values
        Image parameters.

    Returns
    -------
    potholes, mask
        One row a pothole: area_m2, diameter of the circle of that area [mm], depth_mm, volume_m3, volumes (by row of
        pixels, from the nearest to the farthest [m3]), outline (n, 2) in pixels of the coarse scale, confidence (NaN:
        it is not calibrated) and engine; and where they are.
    """
    seen = working_image(surface.seen.astype(np.float32), mm_per_pixel=surface.mm, working_mm=values["coarse_mm"])
    local = working_image(surface.local, mm_per_pixel=surface.mm, working_mm=values["coarse_mm"])
    mm = surface.mm * surface.local.shape[1] / local.shape[1]
    lane = cv2.resize(inside.astype(np.uint8), local.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    depth = np.where((seen > 0.5) & lane, -local / np.maximum(seen, 0.5), 0.0).astype(np.float32)
    rim = (cv2.GaussianBlur(depth, (0, 0), 1.0) > values["hollow_rim"]).astype(np.uint8)
    rim = np.asarray(cv2.morphologyEx(rim, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)), np.uint8)
    outlines, _ = cv2.findContours(rim, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    rows, mask = [], np.zeros(rim.shape, np.uint8)
    for outline in outlines:
        found = _measured(outline, depth, mm=mm, values=values)
        if found is not None:
            cv2.drawContours(mask, [outline], -1, 1, cv2.FILLED)
            rows.append(found)
    return pd.DataFrame(rows, columns=list(COLUMNS)).assign(confidence=np.nan, engine=DEPTH), mask > 0


def _measured(
    outline: np.ndarray, depth: np.ndarray, *, mm: float, values: Mapping[str, float]
) -> tuple[float, float, float, float, np.ndarray, np.ndarray] | None:
    left, top, width, height = cv2.boundingRect(outline)
    inner = np.zeros((height, width), np.uint8)
    cv2.drawContours(inner, [outline - (left, top)], -1, 1, cv2.FILLED)
    part = np.where(inner > 0, depth[top : top + height, left : left + width], 0.0)
    border = bordered(outline[:, 0, :])
    area, diameter = size(border, mm_per_pixel=mm)
    short, long = sorted(cv2.minAreaRect(outline)[1])
    deepest = float(part.max())
    if deepest < values["hollow_depth_min"] or diameter < values["pothole_diameter_min"]:
        return None
    if long > values["pothole_aspect_max"] * max(short, 1.0):
        return None
    volumes = part.clip(0.0).sum(axis=1, dtype=float)[::-1] * (mm / 1000.0) ** 2 / 1000.0
    return area, diameter, deepest, float(volumes.sum()), volumes, border
