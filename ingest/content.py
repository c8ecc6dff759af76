"""What kind of file it is, told from its first bytes and never from its name alone (F12)."""

from __future__ import annotations

from ingest.package import PackageFile, shown
from pavement.errors import PackageError

_MAGIC = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"PAR1", "parquet"),
    (b"SQLite format 3\0", "sqlite"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF8", "gif"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"BM", "bmp"),
    (b"%PDF", "pdf"),
    (b"\x1f\x8b", "gzip"),
    (b"\x00\x00\x27\x0a", "shapefile"),
    (b"\x7fELF", "program"),
    (b"MZ", "program"),
    (b"\xd0\xcf\x11\xe0", "old office file"),
)
_OF_SUFFIX = {
    ".csv": "text",
    ".txt": "text",
    ".tsv": "text",
    ".f25": "text",
    ".f20": "text",
    ".fwd": "text",
    ".pddx": "text",
    ".geojson": "text",
    ".json": "text",
    ".xlsx": "zip",
    ".parquet": "parquet",
    ".gpkg": "sqlite",
    ".shp": "shapefile",
    ".zip": "zip",
    ".jpg": "jpeg",
    ".jpeg": "jpeg",
    ".png": "png",
}


def kind_of(head: bytes) -> str:
    """Return what the first bytes of a file say it is; ``text`` when nothing speaks against it."""
    for magic, kind in _MAGIC:
        # two letters begin many a text: a program or bitmap also has bytes that no text has
        if head.startswith(magic) and (len(magic) > 2 or b"\0" in head[:64]):
            return kind
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:15].lower()
    return "html" if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")) else "text"


def checked(file: PackageFile, suffixes: tuple[str, ...]) -> str:
    """
    Return the suffix of a file whose name is one of `suffixes` and whose content fits it.

    Raises
    ------
    PackageError
        The suffix is not accepted here, or the content is of another kind.
    """
    suffix = next((s for s in _OF_SUFFIX if file.name.lower().endswith(s)), "")
    if suffix not in suffixes:
        raise PackageError(
            f"{shown(file.name)} is not of an accepted kind.", cure=f"Accepted here: {', '.join(suffixes)}."
        )
    with file.path.open("rb") as stream:
        found = kind_of(stream.read(4096))
    if found != _OF_SUFFIX[suffix]:
        raise PackageError(
            f"{shown(file.name)} is named {suffix} but its content is {found}.",
            cure="Export it again in the right format.",
        )
    return suffix
