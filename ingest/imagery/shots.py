"""One shot of a camera, from its bytes to what it shows: a photograph, or heights with or without their intensity."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ingest.imagery.camera import Camera, taken_to_show
from ingest.imagery.frame_result import FrameResult
from ingest.imagery.frames import decode, read_bytes
from ingest.imagery.quantify import quantify_frame
from ingest.imagery.relief import decode_relief
from ingest.imagery.relief_quantify import quantify_relief
from pavement.errors import ImageError

SUFFIXES = (".jpg", ".jpeg", ".png")
RANGE_SUFFIXES = (".png", ".tif", ".tiff")
# the folder beside range images in which their intensities of the same names lie
INTENSITY = "intensity"
_LENGTH = 8


# a file, or a range image and its intensity
Place = Path | tuple[Path, Path]


@dataclass(frozen=True)
class Shot:
    """A quantified shot: what it shows, height and width of its image [px], and what its lines measure."""

    result: FrameResult
    shape: tuple[int, int]
    measured: pd.DataFrame | None


def suffixes(camera: Camera) -> tuple[str, ...]:
    """Return the endings of the names of a camera's files."""
    return RANGE_SUFFIXES if camera.kind == "range" else SUFFIXES


def intensity_beside(path: Path) -> Path | None:
    """Return the intensity of a range image: of the same stem in the folder ``intensity`` beside it; None without."""
    if path.parent.name == INTENSITY:
        return None
    folder = path.parent / INTENSITY
    return next((p for s in SUFFIXES if (p := folder / f"{path.stem}{s}").is_file()), None)


def place_name(place: Place) -> str:
    """Return the name of a shot's file."""
    return place.name if isinstance(place, Path) else place[0].name


def read_shot(place: Place) -> bytes:
    """
    Return the bytes of a shot, with those of its intensity where it has one.

    Raises
    ------
    ImageError
        A file cannot be read.
    """
    return read_bytes(place) if isinstance(place, Path) else joined(*map(read_bytes, place))


def joined(heights: bytes, intensity: bytes) -> bytes:
    """Return a range image and its intensity as one."""
    return len(heights).to_bytes(_LENGTH, "big") + heights + intensity


def parted(content: bytes) -> tuple[bytes, bytes]:
    """Return a range image, and its intensity or nothing, of what :func:`read_shot` returned."""
    length = int.from_bytes(content[:_LENGTH], "big")
    # no image begins with a length: the first byte of a PNG or TIFF is none of a file under 2^56 bytes
    if content[:1] != b"\0" or length > len(content) - _LENGTH:
        return content, b""
    return content[_LENGTH : _LENGTH + length], content[_LENGTH + length :]


def frame_hash(content: bytes) -> str:
    """Return the SHA-256 of the file of a shot, of a range image without its intensity: as ``sha256sum`` tells it."""
    return hashlib.sha256(parted(content)[0]).hexdigest()


def quantified(
    content: bytes, camera: Camera, *, name: str, values: Mapping[str, float], pixels_limit: int, engine: str
) -> Shot:
    """
    Return what a shot shows.

    Parameters
    ----------
    content
        As :func:`read_shot` returns.
    camera
        Camera of the shot.
    name
        Name shown in errors.
    values
        Image parameters.
    pixels_limit
        Largest image accepted; the setting of the same name. [px]
    engine
        What finds the cracks.

    Raises
    ------
    ImageError
        As :func:`ingest.imagery.frames.decode` and :func:`ingest.imagery.relief.decode_relief`; an intensity of
        another size than its range image.
    """
    if camera.relief is None:
        image = decode(content, name=name, size=camera.size, pixels_limit=pixels_limit, orientation=camera.orientation)
        seen_by = taken_to_show(camera, image.shape[1], metres=values["unscaled_width"])
        return Shot(quantify_frame(image, seen_by, values=values, engine=engine), image.shape[:2], None)
    ranges, tones = parted(content)
    heights = decode_relief(ranges, camera.relief, name=name, pixels_limit=pixels_limit)
    tone = decode(tones, name=f"{INTENSITY} of {name}", pixels_limit=pixels_limit) if tones else None
    if tone is not None and tone.shape[:2] != heights.shape:
        raise ImageError(
            f"{name}: its intensity has {tone.shape[1]} x {tone.shape[0]} pixels, the range image "
            f"{heights.shape[1]} x {heights.shape[0]}.",
            cure="Export both of the same lines.",
        )
    found = quantify_relief(heights, camera.relief, intensity=tone, values=values, engine=engine)
    return Shot(found.frame, (heights.shape[0], heights.shape[1]), found.measured)
