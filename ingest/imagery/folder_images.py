"""The images of a folder: which they are, and how their views are named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.imagery.camera import Camera
from ingest.imagery.camera_numbers import EXAMPLES
from ingest.imagery.shots import INTENSITY, RANGE_SUFFIXES, suffixes
from pavement.errors import ImageError

# what is made below a folder of results, and is no image to measure
RESULTS = (".work", "overlays", "masks")
_PICTURES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".gif", ".heic", ".jp2", ".webp")
_RANGE = (
    'If they are range images, give a camera file with kind = "range", mm_across, mm_along and mm_per_count. '
    f"Export photographs as JPEG or PNG. {EXAMPLES}"
)
_PHOTOGRAPHS = (
    "A range camera reads PNG and TIFF of 16 bits. If they are photographs, write a camera file with "
    f'kind = "downward" and mm_per_pixel instead. {EXAMPLES}'
)


@dataclass(frozen=True)
class FolderImages:
    """Images of a folder by name below `root`, in order; and pictures that its camera does not make, by ending."""

    root: Path
    names: tuple[str, ...]
    left_out: dict[str, int]


def folder_images(images: Path, *, out: Path, camera: Camera) -> FolderImages:
    """
    Return the images of a folder and all below it, or the one that is named.

    Raises
    ------
    ImageError
        There is none, or the results would lie among the images.
    """
    if images.is_file():
        return FolderImages(images.parent, (images.name,), {})
    if not images.exists():
        raise ImageError(f"{images} does not exist.", cure="Name a folder of frames, or one frame.")
    if out.resolve() == images.resolve():
        raise ImageError(
            f"{out} is the folder of the images.", cure="Name another folder for the results, such as out."
        )
    endings, made = suffixes(camera), {out.resolve() / name for name in RESULTS}
    files = [p for p in sorted(images.rglob("*")) if p.suffix.lower() in _PICTURES and p.is_file()]
    files = [p for p in files if made.isdisjoint(p.resolve().parents)]
    if endings == RANGE_SUFFIXES:
        files = [p for p in files if p.parent.name != INTENSITY]
    names = [p.relative_to(images).as_posix() for p in files if p.suffix.lower() in endings]
    left_out = dict(Counter(p.suffix.lower() for p in files if p.suffix.lower() not in endings))
    if not names:
        raise _no_image(images, endings, left_out)
    return FolderImages(images, tuple(names), left_out)


def _no_image(images: Path, endings: tuple[str, ...], left_out: dict[str, int]) -> ImageError:
    if not left_out:
        return ImageError(f"{images}: holds no image.", cure=f"Name a folder with {', '.join(endings)} files.")
    cure = _PHOTOGRAPHS if endings == RANGE_SUFFIXES else _RANGE
    return ImageError(f"{images}: holds {counted(left_out)} file(s), and no {', '.join(endings)}.", cure=cure)


def counted(endings: dict[str, int]) -> str:
    """Return how many files of which ending there are, in words."""
    return ", ".join(f"{count:,} {ending}" for ending, count in sorted(endings.items()))


def view_names(names: Sequence[str]) -> dict[str, str]:
    """
    Return the name of the views of each image, without an ending.

    It is that of the image without its own; where two would be the same it is kept with an underscore: ``a_jpg`` and
    ``a_png`` of ``a.jpg`` and ``a.png``.
    """
    stems = {name: name.rpartition(".")[0] for name in names}
    count = Counter(stems.values())
    taken = {stem for stem, images in count.items() if images == 1}
    found = {}
    for name, stem in stems.items():
        if count[stem] > 1:
            stem = f"{stem}_{name.rpartition('.')[2]}"
            while stem in taken:
                stem += "_"
            taken.add(stem)
        found[name] = stem
    return found
