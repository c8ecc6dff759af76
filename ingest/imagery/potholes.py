"""Potholes: dark, compact, sharp-edged hollows, with outline and area."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
import pandas as pd

from ingest.imagery.pixel_borders import bordered, size
from ingest.imagery.ridges import local_mean


def find_potholes(
    grey: np.ndarray, valid: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]
) -> tuple[pd.DataFrame, np.ndarray]:
    """
    Return potholes of a frame and their mask.

    Parameters
    ----------
    grey
        8-bit grey at the coarse scale, shape (height, width).
    valid
        Where the lane is seen and no paint is.
    mm_per_pixel
        Scale of `grey`.
    values
        Image parameters.

    Returns
    -------
    potholes, mask
        One row a pothole: area_m2, diameter [mm] of the circle of that area, confidence, outline (n, 2) [px]; and
        where they are, shape (height, width).
    """
    darkness = _darkness(grey, valid, sigma=values["pothole_background_mm"] / mm_per_pixel)
    disc = max(3, 2 * round(values["pothole_diameter_min"] / 2 / mm_per_pixel / 2) + 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (disc, disc))
    dark = ((darkness > values["pothole_dark"]) & valid).astype(np.uint8)
    solid = cv2.morphologyEx(cv2.morphologyEx(dark, cv2.MORPH_CLOSE, kernel), cv2.MORPH_OPEN, kernel)
    outlines, _ = cv2.findContours(solid, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    gradient = _gradient(grey, mm_per_pixel=mm_per_pixel) if outlines else np.empty(0)
    rows, mask = [], np.zeros(grey.shape, np.uint8)
    for outline in outlines:
        found = _measured(outline, gradient, darkness, mm_per_pixel=mm_per_pixel, values=values)
        if found is not None:
            cv2.drawContours(mask, [outline], -1, 1, cv2.FILLED)
            rows.append(found)
    return pd.DataFrame(rows, columns=["area_m2", "diameter", "confidence", "outline"]), mask > 0


def likely_potholes(
    probability: np.ndarray, inside: np.ndarray, *, mm_per_pixel: float, values: Mapping[str, float]
) -> tuple[pd.DataFrame, np.ndarray]:
    """
    Return the potholes that a network sees, and their mask, as :func:`find_potholes`.

    Parameters
    ----------
    probability
        Of a pothole, shape (height, width).
    inside
        Where potholes count.
    mm_per_pixel
        Scale of both.
    values
        Image parameters.
    """
    hollow = ((probability > values["hole_edge"]) & inside).astype(np.uint8)
    outlines, _ = cv2.findContours(hollow, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    rows, mask = [], np.zeros(hollow.shape, np.uint8)
    for outline in outlines:
        body = np.zeros(hollow.shape, np.uint8)
        cv2.drawContours(body, [outline], -1, 1, cv2.FILLED)
        area, surest = float(body.sum()) * (mm_per_pixel / 1000.0) ** 2, float(probability[body > 0].max())
        if surest < values["hole_sure"] or area < values["hole_area_min"]:
            continue
        mask |= body
        border = bordered(outline[:, 0, :])
        rows.append((*size(border, mm_per_pixel=mm_per_pixel), surest, border))
    return pd.DataFrame(rows, columns=["area_m2", "diameter", "confidence", "outline"]), mask > 0


def _darkness(grey: np.ndarray, valid: np.ndarray, *, sigma: float) -> np.ndarray:
    """Return 1 - grey / background, smoothed over stones."""
    weight = valid.astype(np.float32)
    tone = grey.astype(np.float32)
    background = local_mean(tone * weight, weight, sigma)
    return (1.0 - cv2.GaussianBlur(tone, (0, 0), 1.5) / np.maximum(background, 1.0)) * weight


def _gradient(grey: np.ndarray, *, mm_per_pixel: float) -> np.ndarray:
    """Return the change of grey per 10 mm as a share of the median grey."""
    tone = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 1.0)
    across, down = cv2.Sobel(tone, -1, 1, 0, scale=1 / 8), cv2.Sobel(tone, -1, 0, 1, scale=1 / 8)
    return cv2.magnitude(across, down) * (10.0 / mm_per_pixel) / max(float(np.median(grey)), 1.0)


def _measured(
    outline: np.ndarray,
    gradient: np.ndarray,
    darkness: np.ndarray,
    *,
    mm_per_pixel: float,
    values: Mapping[str, float],
) -> tuple[float, float, float, np.ndarray] | None:
    pixels = cv2.contourArea(outline)
    # what is sure to lie within: at least so much has to be there
    area = pixels * (mm_per_pixel / 1000.0) ** 2
    if 2000.0 * np.sqrt(area / np.pi) < values["pothole_diameter_min"] or area > values["pothole_area_max"]:
        return None
    short, long = sorted(cv2.minAreaRect(outline)[1])
    solidity = pixels / max(cv2.contourArea(cv2.convexHull(outline)), 1e-6)
    columns, rows = outline[:, 0, 0], outline[:, 0, 1]
    edge = float(np.median(gradient[rows, columns]))
    compact = solidity >= values["pothole_solidity_min"] and long <= values["pothole_aspect_max"] * short
    if not compact or edge < values["pothole_edge"]:
        return None
    ring = np.zeros(gradient.shape, np.uint8)
    cv2.drawContours(ring, [outline], -1, 1, cv2.FILLED)
    deep = float(darkness[ring > 0].mean())
    confidence = 1.0 - np.exp(-(edge / values["pothole_edge"]) * (deep / values["pothole_dark"]) / 2.0)
    border = bordered(outline[:, 0, :])
    return *size(border, mm_per_pixel=mm_per_pixel), float(confidence), border
