"""Pictures in which nobody and no number plate can be told: blurred so far that a detector is not needed."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from ingest.imagery.components import as_bytes, fitted
from ingest.imagery.frames import decode, encode_jpeg
from ingest.imagery.hidden_road import REASONS, HiddenRoad
from ingest.imagery.usability import Usability

# a white or black vehicle is taken for snow, mirroring water or darkness
_VEHICLES = ("cover", "snow", "water", "dark")


def coarse(image: np.ndarray, *, cells: float) -> np.ndarray:
    """
    Return an image without what is finer than a share of its longer side; its size stays.

    Parameters
    ----------
    image
        Shape (height, width, 3).
    cells
        Cells across the longer side that are averaged each; between their middles the result is smooth.
    """
    height, width = image.shape[:2]
    side = max(height, width)
    small = tuple(max(1, round(cells * n / side)) for n in (width, height))
    # averages hold nothing of what lay inside a cell, so no sharpening brings it back
    return cv2.resize(cv2.resize(image, small, interpolation=cv2.INTER_AREA), (width, height))


def without_plates(
    shown: np.ndarray, gate: Usability, *, mm_per_pixel: float, values: Mapping[str, float]
) -> tuple[np.ndarray, np.ndarray]:
    """
    Return a view of the road on which no plate of a vehicle within it can be read, and where it is blurred for that.

    Blurred are the hulls of what lies over the road, joined and widened by ``plate_margin``: a plate has grain, so it
    is a hole in a vehicle rather than a part of what is found. A frame that is refused before that was looked at, or
    because it is covered, is blurred as a whole. A vehicle that is not found keeps its plate.

    Parameters
    ----------
    shown
        BGR view for people, shape (height, width, 3).
    gate
        What can be judged of the frame.
    mm_per_pixel
        Scale of the view.
    values
        Image parameters; of a blurred place averages over cells of ``plate_cell`` are left.
    """
    over = np.ones(shown.shape[:2], bool)
    if gate.hidden is not None and gate.reason != REASONS["cover"]:
        over = fitted(_hulls(gate.hidden, values), shown.shape)
    if not over.any():
        return shown, over
    blurred = coarse(shown, cells=max(shown.shape[:2]) * mm_per_pixel / values["plate_cell"])
    return cv2.copyTo(blurred, as_bytes(over), shown.copy()), over


def _hulls(hidden: HiddenRoad, values: Mapping[str, float]) -> np.ndarray:
    """Return the hulls of what may be a vehicle over the road of a frame, at the scale of areas."""
    cover = hidden.mask(*_VEHICLES).astype(np.uint8)
    if not cover.any():
        return cover > 0
    side = 2 * round(values["plate_margin"] / hidden.mm) + 1
    wide = cv2.dilate(cover, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))
    outlines, _ = cv2.findContours(wide, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    for outline in outlines:
        cv2.fillConvexPoly(wide, cv2.convexHull(outline), 1)
    return wide > 0


def blurred_photo(data: bytes, *, values: Mapping[str, float]) -> bytes:
    """
    Return a photo as JPEG for people who may not see it sharp: what the scene is, never who or whose.

    Faces and plates are not searched for: what misses one shows it, and no detector that comes with this program was
    found to miss none. So all of the photo is blurred.

    Parameters
    ----------
    data
        The photo as it is kept.
    values
        Image parameters; ``photo_cells`` across its longer side are left, on ``photo_width`` pixels.

    Raises
    ------
    ImageError
        As :func:`ingest.imagery.frames.decode`.
    """
    image = decode(data, name="photo", orientation="apply")
    scale = min(1.0, values["photo_width"] / max(image.shape[:2]))
    size = tuple(max(1, round(n * scale)) for n in image.shape[1::-1])
    shown = cv2.resize(coarse(image, cells=values["photo_cells"]), size, interpolation=cv2.INTER_AREA)
    return encode_jpeg(shown, quality=int(values["jpeg_quality"]))
