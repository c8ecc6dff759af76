"""Zips that must not be unpacked."""

from __future__ import annotations

import stat
import warnings
import zipfile
from pathlib import Path

from sample_data.faulty.register import fault, package, sheet
from sample_data.zips import zipped


def _sound(folder: Path, name: str) -> Path:
    """Return a zip of a sound package, to be spoiled."""
    return zipped(package(folder / name, {"events.csv": sheet()}), folder / f"{name}.zip")


@fault("F6", "refused", "outside")
def zip_slip(folder: Path) -> Path:
    """F6: an entry points out of the package; the whole package is refused and nothing is written."""
    path = _sound(folder, "zip-slip")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("../../escaped.csv", sheet())
    return path


@fault("F6", "refused", "outside")
def zip_drive(folder: Path) -> Path:
    """F6: an entry names a drive; the whole package is refused."""
    path = _sound(folder, "zip-drive")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("C:\\escaped.csv", sheet())
    return path


@fault("F7", "refused", "link")
def symlink_zip(folder: Path) -> Path:
    """F7: an entry is a symbolic link; the whole package is refused."""
    path = _sound(folder, "symlink-zip")
    link = zipfile.ZipInfo("frames.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/hostname")
    return path


@fault("F8", "refused", "packed")
def zip_bomb(folder: Path) -> Path:
    """F8: 64 MiB of zeros in 64 KiB; refused from the directory, without unpacking."""
    path = _sound(folder, "zip-bomb")
    with zipfile.ZipFile(path, "a", compression=zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.csv", bytes(64 << 20))
    return path


@fault("F10", "refused", "damaged")
def cut_zip(folder: Path) -> Path:
    """F10: the second half of the zip is missing; refused in words."""
    path = _sound(folder, "cut-zip")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


@fault("F11", "refused", "events.csv")
def duplicate_entries(folder: Path) -> Path:
    """F11: two entries have one name; refused, for readers disagree on which counts."""
    path = _sound(folder, "duplicate-entries")
    with zipfile.ZipFile(path, "a") as archive, warnings.catch_warnings():
        # Python warns of exactly the fault that is made here
        warnings.simplefilter("ignore")
        archive.writestr("events.csv", sheet().replace("1.21", "2.12"))
    return path


@fault("F11", "refused", "EVENTS.CSV")
def entries_but_for_case(folder: Path) -> Path:
    """F11: two entries differ only in case; refused, for on some disks one hides the other."""
    path = _sound(folder, "entries-but-for-case")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("EVENTS.CSV", sheet())
    return path
