"""Frames as bytes: what kind they are, whether they are whole, and their pixels, decoded safely."""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import simplejpeg

from ingest.imagery.camera_numbers import EXAMPLES
from ingest.imagery.parameters import parameters
from pavement.errors import ImageError

PIXELS_LIMIT = 60_000_000
_PNG = b"\x89PNG\r\n\x1a\n"
_FRAME_MARKERS = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
# of a JFIF segment without a thumbnail
_JFIF_LENGTH = 16
_LATE_METADATA = re.compile(rb"\xff[\xe0-\xef\xfe]")
_ORIENTATIONS = ("refuse", "ignore", "apply")
_OTHERS = (
    (b"GIF8", "a GIF image"),
    (b"<svg", "an SVG drawing"),
    (b"<?xml", "an XML file"),
    (b"<!DOC", "a web page"),
    (b"<html", "a web page"),
    (b"PK\x03\x04", "a zip archive"),
    (b"%PDF", "a PDF document"),
    (b"BM", "a BMP image"),
    (b"II*\x00", "a TIFF image"),
    (b"MM\x00*", "a TIFF image"),
)


@dataclass(frozen=True)
class Header:
    """What the first bytes of an image say, before anything is decoded."""

    kind: str
    width: int
    height: int
    bits: int
    channels: int
    orientation: int = 1
    metadata: int = 0  # bytes of JPEG segments that tell more than the picture


def header(data: bytes, *, name: str) -> Header:
    """
    Return kind, size, depth and turn of a JPEG or PNG, from its header alone.

    Raises
    ------
    ImageError
        Empty, another kind, or a header that is cut or damaged.
    """
    if not data:
        raise ImageError(f"{name}: is empty.", cure="Copy the frame again from the vehicle.")
    try:
        if data[:3] == b"\xff\xd8\xff":
            return _jpeg_header(data, name)
        if data[:8] == _PNG:
            return _png_header(data)
    except (IndexError, struct.error) as error:
        raise _cut(name) from error
    found = next((words for start, words in _OTHERS if data.lstrip()[:16].lower().startswith(start.lower())), "")
    found = "an HEIC image" if data[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1") else found
    raise ImageError(
        f"{name}: is {found or 'of an unknown kind'}, not a JPEG or PNG.", cure="Export the frames as JPEG or PNG."
    )


@cache
def _limit(parameter: str) -> float:
    # asked for at each segment of each frame: reading the table that often took longer than decoding
    return parameters()[parameter]


def _cut(name: str) -> ImageError:
    return ImageError(f"{name}: is cut short or damaged.", cure="Copy the frame again from the vehicle.")


def _jpeg_header(data: bytes, name: str) -> Header:
    """Walk the segments up to the first scan; metadata is stepped over, not read."""
    place, metadata, orientation, size = 2, 0, 1, None
    while True:
        if data[place] != 0xFF:
            raise _cut(name)
        while data[place + 1] == 0xFF:
            place += 1
        marker, (length,) = data[place + 1], struct.unpack(">H", data[place + 2 : place + 4])
        body = place + 4
        if marker in _FRAME_MARKERS:
            bits, height, width, channels = struct.unpack(">BHHB", data[body : body + 6])
            size = (width, height, bits, channels)
        elif marker == 0xE1 and data[body : body + 6] == b"Exif\x00\x00":
            orientation = _orientation(data[body + 6 : body + length - 2])
        plain = marker == 0xE0 and length == _JFIF_LENGTH
        metadata += length if (0xE0 <= marker <= 0xEF or marker == 0xFE) and not plain else 0
        if metadata > _limit("metadata_max"):
            raise ImageError(f"{name}: carries more than {metadata} bytes of metadata.", cure="Strip the metadata.")
        if marker == 0xDA:
            break
        place += 2 + length
    end = data.find(b"\xff\xd9", place)
    if size is None or end < 0:
        raise _cut(name)
    # nothing but scans may follow, and nothing the end of the image
    tail = end + 2 < len(data) or _LATE_METADATA.search(data, place) is not None
    return Header("jpeg", *size, orientation, metadata + int(tail))


def _orientation(exif: bytes) -> int:
    """Return the turn stored in EXIF (1 = upright); damaged EXIF counts as upright."""
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack(f"{order}I", exif[4:8])
        (count,) = struct.unpack(f"{order}H", exif[start : start + 2])
        for entry in range(start + 2, start + 2 + 12 * min(count, 64), 12):
            tag, _, _, value = struct.unpack(f"{order}HHIH", exif[entry : entry + 10])
            if tag == 0x0112:
                return int(value)
    except struct.error:
        return 1
    return 1


def _png_header(data: bytes) -> Header:
    width, height, bits, colour = struct.unpack(">IIBB", data[16:26])
    if data[12:16] != b"IHDR":
        raise struct.error
    return Header("png", width, height, bits, {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}.get(colour, 0))


def check_png_chunks(data: bytes, name: str) -> None:
    """Refuse a PNG whose chunks are cut, changed, or carry much metadata."""
    place, kind = 8, b""
    while kind != b"IEND":
        if place + 12 > len(data):
            raise _cut(name)
        (length,), kind = struct.unpack(">I", data[place : place + 4]), data[place + 4 : place + 8]
        end = place + 8 + length
        if kind in (b"eXIf", b"iTXt", b"tEXt", b"zTXt") and length > _limit("metadata_max"):
            raise ImageError(f"{name}: carries {length} bytes of metadata.", cure="Strip the metadata.")
        if data[end : end + 4] != struct.pack(">I", zlib.crc32(data[place + 4 : end])):
            raise _cut(name)
        place = end + 4


def decode(
    data: bytes,
    *,
    name: str,
    size: tuple[int, int] | None = None,
    pixels_limit: int = PIXELS_LIMIT,
    orientation: str = "refuse",
) -> np.ndarray:
    """
    Return the pixels of a JPEG or PNG as 8-bit BGR, shape (height, width, 3).

    Parameters
    ----------
    data
        The whole file.
    name
        Name shown in errors.
    size
        Width and height [px] that the camera is known to have.
    pixels_limit
        Largest image accepted [px]; the setting of the same name.
    orientation
        What to do with an EXIF turn: "refuse", "ignore" or "apply".

    Raises
    ------
    ImageError
        Another kind, cut, damaged, of another size, deeper than 8 bits, CMYK, with transparency, or turned by EXIF.
    """
    found = header(data, name=name)
    _check_header(found, name=name, size=size, pixels_limit=pixels_limit, orientation=orientation)
    if found.kind == "png":
        check_png_chunks(data, name)
    image = _jpeg_pixels(data, name) if found.kind == "jpeg" else _png_pixels(data, name, turn=orientation == "apply")
    if found.kind == "jpeg" and orientation == "apply":
        image = _upright(image, found.orientation)
    turned = (found.height, found.width) if orientation == "apply" and found.orientation > 4 else None
    if image.shape[1::-1] != (turned or (found.width, found.height)):
        raise _cut(name)
    return image


def _jpeg_pixels(data: bytes, name: str) -> np.ndarray:
    """Return the pixels of a JPEG as it lies in the file; what libjpeg only warns of is an error too."""
    try:
        # OpenCV gives the same pixels in the same time, but drops the warnings: bytes changed in mid-stream are one
        return np.asarray(simplejpeg.decode_jpeg(data, colorspace="BGR", strict=True))
    except ValueError as error:
        raise ImageError(
            f"{name}: is damaged; the decoder says: {str(error).rstrip('.')}.",
            cure="Copy the frame again from the vehicle. Where all frames of a camera are refused, export them anew.",
        ) from error


def _upright(image: np.ndarray, orientation: int) -> np.ndarray:
    """Return an image turned as EXIF asks for; other numbers than 2 to 8 ask for nothing."""
    if 5 <= orientation <= 8:
        image = image.transpose(1, 0, 2)
    rows, columns = (slice(None, None, -1 if orientation in turns else 1) for turns in ((3, 4, 7, 8), (2, 3, 6, 7)))
    return np.ascontiguousarray(image[rows, columns])


def _png_pixels(data: bytes, name: str, *, turn: bool) -> np.ndarray:
    flag = cv2.IMREAD_COLOR if turn else cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flag)
    except cv2.error as error:
        raise _cut(name) from error
    if image is None:
        raise _cut(name)
    return np.asarray(image)


def _check_header(
    found: Header, *, name: str, size: tuple[int, int] | None, pixels_limit: int, orientation: str
) -> None:
    shape = f"{found.width} x {found.height} pixels"
    if found.width * found.height > pixels_limit:
        raise ImageError(f"{name}: says {shape}, over {pixels_limit}.", cure="Raise the setting pixels_limit if true.")
    if found.width * found.height < _limit("pixels_min") or min(found.width, found.height) < 32:
        raise ImageError(f"{name}: says {shape}; no road camera is that small.", cure="Send the full frames.")
    if size is not None and (found.width, found.height) != size:
        raise ImageError(
            f"{name}: says {shape}; the camera has {size[0]} x {size[1]}.", cure="Correct [camera] in the manifest."
        )
    if found.bits != 8:
        raise ImageError(
            f"{name}: has {found.bits} bits a channel; of a photograph 8 are read.",
            cure='If its greys are heights, give a camera file with kind = "range", mm_across, mm_along and '
            f"mm_per_count. Send a photograph or an intensity with 8 bits. {EXAMPLES}",
        )
    if found.channels not in (1, 3):
        words = "transparency" if found.kind == "png" else f"{found.channels} colour channels"
        raise ImageError(f"{name}: has {words}.", cure="Export grey or RGB.")
    if orientation not in _ORIENTATIONS:
        raise ImageError(f"{name}: orientation = {orientation!r}.", cure=f"Use one of {_ORIENTATIONS} in [camera].")
    if found.orientation != 1 and orientation == "refuse":
        raise ImageError(
            f"{name}: EXIF says it is turned ({found.orientation}).",
            cure='Set orientation = "apply" or "ignore" in [camera].',
        )


def read_frame(
    path: Path, *, size: tuple[int, int] | None = None, pixels_limit: int = PIXELS_LIMIT, orientation: str = "refuse"
) -> np.ndarray:
    """Return the pixels of an image file; see :func:`decode`."""
    data = read_bytes(path)
    return decode(data, name=path.name, size=size, pixels_limit=pixels_limit, orientation=orientation)


def read_bytes(path: Path) -> bytes:
    """Return a file's content; what the disk says is an ImageError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ImageError(f"{path.name}: cannot be read ({error.strerror}).", cure="Copy the frame again.") from error


def encode_jpeg(image: np.ndarray, *, quality: int) -> bytes:
    """Return an image as JPEG bytes, without any metadata."""
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(quality)])
    if not done:
        raise ImageError("An image could not be written as JPEG.")
    return data.tobytes()


def strip_exif(data: bytes, *, name: str = "photo", quality: int = 92) -> bytes:
    """
    Return a photo as upright JPEG bytes without EXIF: no place, device or name leaves with it.

    A JPEG that holds nothing but its picture comes back byte for byte, so that a photo keeps its hash and its
    sharpness from system to system.

    Raises
    ------
    ImageError
        As :func:`decode`.
    """
    image = decode(data, name=name, orientation="apply")
    found = header(data, name=name)
    if found.kind == "jpeg" and not found.metadata:
        return data
    return encode_jpeg(image, quality=quality)
