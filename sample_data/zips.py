"""Packages as zips that come out the same, byte for byte, whenever they are made."""

from __future__ import annotations

import zipfile
from pathlib import Path

from sample_data.manifest import MANIFEST, files_of

_MOMENT = (2026, 1, 1, 0, 0, 0)


def zipped(folder: Path, path: Path) -> Path:
    """Write a package as a zip, manifest first and files by name, with one fixed time, and return its path."""
    names = [MANIFEST] if (folder / MANIFEST).exists() else []
    with zipfile.ZipFile(path, "w") as archive:
        for name in [*names, *files_of(folder)]:
            entry = zipfile.ZipInfo(name, date_time=_MOMENT)
            entry.external_attr = 0o644 << 16
            # images and Parquet are compressed already
            packed = name.endswith((".jpg", ".parquet", ".xlsx"))
            entry.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
            archive.writestr(entry, (folder / name).read_bytes())
    return path
