"""Pictures in which nobody and no number plate can be told: blurred so far that a detector is not needed."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from ingest.imagery.frames import decode, encode_jpeg


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
