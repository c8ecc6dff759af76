"""A photo as a phone makes it: a picture with EXIF that tells place and day, written here byte by byte."""

from __future__ import annotations

import struct

import cv2
import numpy as np


def exif(
    longitude: float, latitude: float, *, day: str = "2024:05:01 08:30:00", order: str = "<", refs: str | None = None
) -> bytes:
    """Return an EXIF block with position [deg] and time, in either byte order."""
    east_north = refs or ("E" if longitude >= 0 else "W") + ("N" if latitude >= 0 else "S")
    start, gps_at, detail_at, data_at = 8, 8 + 2 + 24 + 4, 8 + 30 + 2 + 48 + 4, 8 + 30 + 54 + 2 + 12 + 4
    places = [_dms(latitude), _dms(longitude)]

    def entry(tag: int, kind: int, count: int, value: bytes) -> bytes:
        return struct.pack(f"{order}HHI", tag, kind, count) + value.ljust(4, b"\0")

    def pointer(at: int) -> bytes:
        return struct.pack(f"{order}I", at)

    head = (b"II*\0" if order == "<" else b"MM\0*") + pointer(start)
    main = struct.pack(f"{order}H", 2) + entry(0x8769, 4, 1, pointer(detail_at)) + entry(0x8825, 4, 1, pointer(gps_at))
    gps = struct.pack(f"{order}H", 4)
    gps += entry(1, 2, 2, east_north[1].encode() + b"\0") + entry(2, 5, 3, pointer(data_at))
    gps += entry(3, 2, 2, east_north[0].encode() + b"\0") + entry(4, 5, 3, pointer(data_at + 24))
    detail = struct.pack(f"{order}H", 1) + entry(0x9003, 2, 20, pointer(data_at + 48))
    data = b"".join(struct.pack(f"{order}6I", *p) for p in places) + day.encode() + b"\0"
    return head + main + bytes(4) + gps + bytes(4) + detail + bytes(4) + data


def _dms(value: float) -> list[int]:
    degrees, rest = divmod(abs(value), 1)
    minutes, seconds = divmod(rest * 60, 1)
    return [int(degrees), 1, int(minutes), 1, round(seconds * 60 * 10_000), 10_000]


def photo(block: bytes = b"", *, shade: int = 90, size: tuple[int, int] = (320, 240)) -> bytes:
    """Return a JPEG with an EXIF block."""
    image = np.full((size[1], size[0], 3), (shade, 80, 120), np.uint8)
    data = cv2.imencode(".jpg", image)[1].tobytes()
    if not block:
        return data
    segment = b"Exif\0\0" + block
    return data[:2] + b"\xff\xe1" + (len(segment) + 2).to_bytes(2, "big") + segment + data[2:]
