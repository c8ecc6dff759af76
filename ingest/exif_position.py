"""Where and when a phone took a photo, read from its EXIF before that is stripped."""

from __future__ import annotations

import datetime as dt
import re
import struct
from dataclasses import dataclass

_GPS, _EXIF = 0x8825, 0x8769
_LATITUDE_REF, _LATITUDE, _LONGITUDE_REF, _LONGITUDE = 1, 2, 3, 4
_TAKEN = 0x9003
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 9: 4, 10: 8}
_ENTRIES = 128
_DAY = re.compile(r"(\d{4}):(\d\d):(\d\d) ")


@dataclass(frozen=True)
class PhotoPlace:
    """Longitude and latitude on WGS 84 [deg] and the day on the phone's clock; None where the photo does not say."""

    longitude: float | None = None
    latitude: float | None = None
    day: dt.date | None = None


def photo_place(data: bytes) -> PhotoPlace:
    """
    Return what the EXIF of a JPEG says of place and day; nothing where there is none or it is damaged.

    A fix of exactly 0, 0 is that of a receiver without one (G8) and counts as none.

    References
    ----------
    CIPA DC-008 (Exif 2.3): tags 0x8825 GPS IFD, 0x0001-0x0004 latitude and longitude in degrees, minutes and seconds,
    0x9003 DateTimeOriginal.
    """
    try:
        return _place(_exif(data))
    except (struct.error, ValueError, IndexError, ZeroDivisionError):
        return PhotoPlace()


def _exif(data: bytes) -> bytes:
    """Return the TIFF block of the first EXIF segment before the picture; empty when there is none."""
    place = 2
    while data[:2] == b"\xff\xd8" and data[place] == 0xFF and data[place + 1] != 0xDA:
        marker, (length,) = data[place + 1], struct.unpack(">H", data[place + 2 : place + 4])
        body = data[place + 4 : place + 2 + length]
        if marker == 0xE1 and body[:6] == b"Exif\x00\x00":
            return body[6:]
        place += 2 + length
    return b""


def _place(tiff: bytes) -> PhotoPlace:
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return PhotoPlace()
    (first,) = struct.unpack(f"{order}I", tiff[4:8])
    main = _directory(tiff, first, order)
    gps = _directory(tiff, _long(main, _GPS, order), order) if _GPS in main else {}
    detail = _directory(tiff, _long(main, _EXIF, order), order) if _EXIF in main else {}
    longitude = _degrees(gps, _LONGITUDE, _LONGITUDE_REF, order, limit=180)
    latitude = _degrees(gps, _LATITUDE, _LATITUDE_REF, order, limit=90)
    if longitude is None or latitude is None or (longitude == 0 and latitude == 0):
        longitude = latitude = None
    return PhotoPlace(longitude, latitude, _day(detail.get(_TAKEN, b"")))


def _directory(tiff: bytes, start: int, order: str) -> dict[int, bytes]:
    """Return the values of a directory of tags as bytes."""
    (count,) = struct.unpack(f"{order}H", tiff[start : start + 2])
    found: dict[int, bytes] = {}
    for at in range(start + 2, start + 2 + 12 * min(count, _ENTRIES), 12):
        tag, kind, number = struct.unpack(f"{order}HHI", tiff[at : at + 8])
        size = _SIZES.get(kind, 0) * number
        if not 0 < size <= 256:
            continue
        (offset,) = struct.unpack(f"{order}I", tiff[at + 8 : at + 12])
        found[tag] = tiff[at + 8 : at + 8 + size] if size <= 4 else tiff[offset : offset + size]
    return found


def _long(tags: dict[int, bytes], tag: int, order: str) -> int:
    return int(struct.unpack(f"{order}I", tags[tag])[0])


def _degrees(tags: dict[int, bytes], tag: int, ref: int, order: str, *, limit: float) -> float | None:
    if tag not in tags:
        return None
    parts = struct.unpack(f"{order}6I", tags[tag])
    degrees, minutes, seconds = (a / b for a, b in zip(parts[::2], parts[1::2], strict=True))
    value = degrees + minutes / 60 + seconds / 3600
    if value > limit:
        return None
    return -value if tags.get(ref, b"")[:1] in (b"S", b"W") else value


def _day(text: bytes) -> dt.date | None:
    match = _DAY.match(text.decode("ascii", "replace"))
    return dt.date(*(int(part) for part in match.groups())) if match else None
