"""Frames that cannot be read, or must not be judged."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from sample_data.asphalt import HEIGHT, WIDTH, jpeg, texture
from sample_data.faulty.register import fault, package
from sample_data.frames import CAMERA
from sample_data.pictures import edges, picture
from sample_data.process import stream_of

_HEADER = "frame,file,route,direction,lane,measure_m,length_m,taken_at"
_DATA = {"kind": "frames", "files": "frames/*.jpg", "positions": "positions.csv"}


@cache
def sound_frame(*extras: str) -> bytes:
    """Return a frame with one crack 6 mm wide along it, perhaps blurred, black or overexposed."""
    left, right = edges(0.0)
    crack = np.column_stack([np.linspace(500, 540, 30), np.linspace(40, 960, 30)])
    paint = [(left, None, True), (right, None, False)]
    rng = stream_of(1, "sound")
    stones = texture(rng, seed=1)
    return jpeg(picture(rng, stones=stones, cracks=[(crack, 6.0)], paint=paint, extras=extras))


def _package(folder: Path, name: str, bad: bytes | None, *, camera: Mapping[str, object] = CAMERA) -> Path:
    """Return a package of a sound frame and another, or only its position when that is None."""
    frames = {"frames/a.jpg": sound_frame(), "frames/b.jpg": bad}
    where = zip("ab", frames, (10000, 10002), strict=True)
    rows = [f"{frame},{f},N99,S,1,{m},2.0,2024-03-04T09:00:00+08:00" for frame, f, m in where]
    files: dict[str, str | bytes] = {f: content for f, content in frames.items() if content is not None}
    files["positions.csv"] = "\n".join([_HEADER, *rows]) + "\n"
    return package(folder / name, files, data=[_DATA], camera=camera)


@fault("I1", "published", "b.jpg")
def cut_jpeg(folder: Path) -> Path:
    """I1: the second frame is cut at 90 %; it is refused, and no pixels of another image stand in for it."""
    content = sound_frame()
    return _package(folder, "cut-jpeg", content[: len(content) * 9 // 10])


@fault("I3", "published", "b.jpg")
def huge_header(folder: Path) -> Path:
    """I3: a header of a hundred bytes says 40 000 x 40 000 pixels; refused from the header, nothing is allocated."""
    start = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    size = b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", 40_000, 40_000) + b"\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01"
    return _package(folder, "huge-header", start + size + bytes(40) + b"\xff\xd9")


@fault("I4", "published", "b.jpg")
def wrong_size(folder: Path) -> Path:
    """I4: the second frame is half the size the manifest gives the camera; refused."""
    image = np.asarray(cv2.imdecode(np.frombuffer(sound_frame(), np.uint8), cv2.IMREAD_COLOR), dtype=np.uint8)
    half = np.asarray(cv2.resize(image, (WIDTH // 2, HEIGHT // 2)), dtype=np.uint8)
    return _package(folder, "wrong-size", jpeg(half))


@fault("I5", "published", "too dark")
def black_frame(folder: Path) -> Path:
    """I5: the second frame is black; it is not usable, no distress is told of it, coverage falls."""
    return _package(folder, "black-frame", sound_frame("black"))


@fault("I5", "published", "too bright")
def overexposed_frame(folder: Path) -> Path:
    """I5: the second frame is overexposed; it is not usable."""
    return _package(folder, "overexposed-frame", sound_frame("overexposed"))


@fault("I5", "published", "out of focus")
def blurred_frame(folder: Path) -> Path:
    """I5: the second frame is out of focus; it must be told as not usable."""
    return _package(folder, "blurred-frame", sound_frame("blurred"))


@fault("I10", "refused", "mm_per_pixel")
def no_scale(folder: Path) -> Path:
    """I10: the manifest gives the camera no scale; refused, for nothing could be measured."""
    camera = {k: v for k, v in CAMERA.items() if k != "mm_per_pixel"}
    return _package(folder, "no-scale", sound_frame(), camera=camera)


@fault("I10", "refused", "mm_per_pixel")
def no_camera(folder: Path) -> Path:
    """I10: frames without a camera in the manifest; refused."""
    return _package(folder, "no-camera", sound_frame(), camera={"kind": "downward"})


@fault("I11", "published", "b.jpg")
def missing_frame(folder: Path) -> Path:
    """I11: a position without its image; the gap is listed and the other frame is published."""
    return _package(folder, "missing-frame", None)


@fault("F12", "published", "b.jpg")
def page_as_jpeg(folder: Path) -> Path:
    """F12: a frame named .jpg is a web page; refused by its content."""
    return _package(folder, "page-as-jpeg", b"<!DOCTYPE html><html><body>404</body></html>")
