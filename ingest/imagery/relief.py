"""Range images: grey levels of 16 bits that are heights of the road, decoded safely."""

from __future__ import annotations

import struct

import cv2
import numpy as np
from numpy.typing import NDArray

from ingest.imagery.camera_numbers import EXAMPLES
from ingest.imagery.frames import PIXELS_LIMIT, check_png_chunks, header
from ingest.imagery.relief_scale import ReliefScale
from pavement.errors import ImageError

_TIFF = {b"II*\x00": "<", b"MM\x00*": ">"}
# tags of TIFF: width, height, bits, samples, where strips and tiles lie and how long they are
_WIDTH, _HEIGHT, _BITS, _SAMPLES = 256, 257, 258, 277
_PLACES = ((273, 279), (324, 325))
_SIZES = {1: ("B", 1), 3: ("H", 2), 4: ("I", 4)}
_SEND = (
    "Export each range image as one grey page of 16 bits, PNG or TIFF. If it is a photograph, write a camera file with "
    f'kind = "downward" and mm_per_pixel instead. {EXAMPLES}'
)


def decode_relief(
    data: bytes, scale: ReliefScale, *, name: str, pixels_limit: int = PIXELS_LIMIT
) -> NDArray[np.float32]:
    """
    Return the heights of a range image, shape (height, width), NaN where not seen. [mm]

    Parameters
    ----------
    data
        The whole file.
    scale
        Scale of the image.
    name
        Name shown in errors.
    pixels_limit
        Largest image accepted; the setting of the same name. [px]

    Raises
    ------
    ImageError
        Another kind, cut, of several pages, in colour, not of 16 bits, or with nothing seen.
    """
    _check(data, name=name, pixels_limit=pixels_limit)
    try:
        counts = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise _cut(name) from error
    if counts is None:
        raise _cut(name)
    if counts.dtype != np.uint16 or counts.ndim != 2:
        raise ImageError(f"{name}: is not grey of 16 bits.", cure=_SEND)
    heights = (counts.astype(np.float32) - np.float32(scale.zero)) * np.float32(scale.count_mm)
    if scale.no_data is not None:
        heights[counts == scale.no_data] = np.nan
    if not np.isfinite(heights).any():
        raise ImageError(f"{name}: no pixel was seen.", cure="Check no_data of [camera] and the sensor.")
    return heights


def _cut(name: str) -> ImageError:
    return ImageError(f"{name}: is cut short or damaged.", cure="Copy the frame again from the vehicle.")


def _check(data: bytes, *, name: str, pixels_limit: int) -> None:
    order = _TIFF.get(data[:4])
    if order is not None:
        try:
            width, height, bits, channels = _tiff(data, order, name)
        except (struct.error, KeyError, IndexError) as error:
            raise _cut(name) from error
    else:
        found = header(data, name=name)
        if found.kind != "png":
            raise ImageError(f"{name}: is a JPEG, which loses heights.", cure=_SEND)
        check_png_chunks(data, name)
        width, height, bits, channels = found.width, found.height, found.bits, found.channels
    if width * height > pixels_limit:
        raise ImageError(
            f"{name}: says {width} x {height} pixels, over {pixels_limit}.",
            cure="Raise the setting pixels_limit if true.",
        )
    if channels != 1:
        raise ImageError(f"{name}: is in colour; heights are grey.", cure=_SEND)
    if bits != 16:
        raise ImageError(f"{name}: has {bits} bits a pixel; heights need 16.", cure=_SEND)


def _tiff(data: bytes, order: str, name: str) -> tuple[int, int, int, int]:
    """Return width, height, bits and channels of a TIFF of one page whose strips all lie within the file."""
    (start,) = struct.unpack(f"{order}I", data[4:8])
    (count,) = struct.unpack(f"{order}H", data[start : start + 2])
    entries = {}
    for at in range(start + 2, start + 2 + 12 * count, 12):
        tag, kind, number = struct.unpack(f"{order}HHI", data[at : at + 8])
        if kind in _SIZES and number <= 1_000_000:
            entries[tag] = _values(data, at + 8, kind, number, order)
    (after,) = struct.unpack(f"{order}I", data[start + 2 + 12 * count : start + 6 + 12 * count])
    if after:
        raise ImageError(f"{name}: holds several pages.", cure=_SEND)
    for places, lengths in _PLACES:
        ends = [a + b for a, b in zip(entries.get(places, ()), entries.get(lengths, ()), strict=False)]
        if ends and max(ends) > len(data):
            raise _cut(name)
    bits = entries.get(_BITS, (1,))
    return entries[_WIDTH][0], entries[_HEIGHT][0], bits[0], entries.get(_SAMPLES, (1,))[0]


def _values(data: bytes, at: int, kind: int, number: int, order: str) -> tuple[int, ...]:
    letter, size = _SIZES[kind]
    if number * size > 4:
        (at,) = struct.unpack(f"{order}I", data[at : at + 4])
    return struct.unpack(f"{order}{number}{letter}", data[at : at + number * size])
