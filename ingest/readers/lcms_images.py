"""Images of LCMS sections: which belongs to which, and what is kept of them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd

from ingest.formats import limit
from ingest.package import PackageFile, shown
from ingest.readers.lcms_lane import ImageScale
from ingest.readers.lcms_sections import Section
from pavement.errors import Fault, ImageError, SurveyError

_DIGITS = re.compile(r"(\d+)(?!.*\d)")
_INTENSITY = re.compile(r"int", re.I)
# digits of a number of a section
_LONGEST = 18


@dataclass(frozen=True)
class SectionImage:
    """Where the image of a section lies without EXIF, its sha256, and its scale where the pixel size is known."""

    file: Path
    digest: str
    scale: ImageScale | None


def images_of(
    files: Sequence[PackageFile], sections: Sequence[Section], *, pixels_limit: int
) -> tuple[dict[int, SectionImage], list[Fault]]:
    """
    Return the image of each section by its place in `sections`, and faults.

    The last number in the name of an image is that of its section. Of several the one whose name speaks of intensity is
    kept, else the first: one is shown for each section.

    Parameters
    ----------
    pixels_limit
        Largest image accepted. [px]
    """
    by_number: dict[int, list[PackageFile]] = {}
    faults: list[Fault] = []
    for file in files:
        named = _DIGITS.search(PurePosixPath(file.name).stem)
        if named is None:
            faults.append(_fault(file.name, "has no number of a section in its name.", "Name it by its section."))
            continue
        by_number.setdefault(int(named.group(1)), []).append(file)
    found: dict[int, SectionImage] = {}
    for at, section in enumerate(sections):
        known = section.section.isdecimal() and len(section.section) <= _LONGEST
        own = by_number.pop(int(section.section), []) if known else []
        if own:
            chosen = next((f for f in own if _INTENSITY.search(PurePosixPath(f.name).stem)), own[0])
            faults += [_fault(f.name, "is beside the image that is shown.", _BESIDE) for f in own if f is not chosen]
            image = _image(chosen, section, faults, pixels_limit=pixels_limit)
            found |= {at: image} if image is not None else {}
    for rest in by_number.values():
        faults += [_fault(f.name, "belongs to no section.", "Give its XML too, or leave it out.") for f in rest]
    return found, faults


_BESIDE = "One image is kept for each section; the other was left out."


def _fault(name: str, what: str, cure: str) -> Fault:
    return Fault(shown(name), None, "images", "", "section image", f"{shown(name)} {what}", cure)


def _image(file: PackageFile, section: Section, faults: list[Fault], *, pixels_limit: int) -> SectionImage | None:
    # decoding images is slow to import and not needed without them
    from ingest.imagery.frames import decode, header, strip_exif

    name = shown(file.name)
    try:
        raw = file.path.read_bytes()
        decode(raw, name=name, pixels_limit=pixels_limit, orientation="apply")
        content = strip_exif(raw, name=name)
        height = header(content, name=name).height
        kept = file.path if content == raw else _beside(file.path, "plain", content)
    except (ImageError, SurveyError) as error:
        faults.append(Fault(name, None, "images", "", "image", error.message, error.cure))
        return None
    scale = ImageScale(height, section.resolution_mm) if section.resolution_mm > 0 else None
    length = section.end_m - section.begin_m
    if scale is not None and abs(height * scale.mm_per_pixel / 1000.0 / length - 1) > limit("lcms_length_error"):
        seen = height * scale.mm_per_pixel / 1000.0
        faults.append(
            _fault(file.name, f"shows {seen:.2f} m of a section of {length:.2f} m.", "Outlines are left out.")
        )
        scale = None
    return SectionImage(kept, hashlib.sha256(content).hexdigest(), scale)


def _beside(file: Path, what: str, content: bytes) -> Path:
    """Write a file beside one in quarantine, which goes with it: images of a long survey do not fit in memory."""
    made = file.with_name(f"{file.stem}.{what}.jpg")
    made.write_bytes(content)
    return made


def drawn(image: SectionImage, findings: pd.DataFrame) -> tuple[str, Path]:
    """Return sha256 and file of the image of a section with its findings drawn."""
    from ingest.imagery.drawing import overlay
    from ingest.imagery.frames import decode, encode_jpeg
    from ingest.imagery.parameters import parameters

    shown_on = decode(image.file.read_bytes(), name=image.file.name)
    content = encode_jpeg(overlay(shown_on, findings), quality=int(parameters()["jpeg_quality"]))
    return hashlib.sha256(content).hexdigest(), _beside(image.file, "overlay", content)


def view_mm(image: SectionImage | None) -> float:
    """Return the size of a pixel on the road; NaN where it is not known. [mm]"""
    return image.scale.mm_per_pixel if image is not None and image.scale is not None else np.nan
