"""Quarantine: a survey package as received, copied under our own names, hashed, its limits checked."""

from __future__ import annotations

import errno
import fcntl
import fnmatch
import hashlib
import os
import re
import shutil
import stat
import unicodedata
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ingest.zips import CHUNK, entry_chunks, opened_zip, safe_entries
from pavement.errors import PackageError
from pavement.progress import Progress, silent
from pavement.settings import Settings

MANIFEST = "manifest.toml"
# what belongs to a .shp: index, attributes, CRS and encoding
SHAPEFILE_PARTS = ("shx", "dbf", "prj", "cpg")
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}$")


@dataclass(frozen=True)
class PackageFile:
    """One file of a package: its name there, where its copy lies, its sha256 and its size [byte]."""

    name: str
    path: Path
    sha256: str
    size: int


@dataclass(frozen=True)
class Package:
    """A package in quarantine: its name, its files by name, and why some files could not be read."""

    name: str
    files: dict[str, PackageFile]
    unreadable: dict[str, str] = field(default_factory=dict)

    def matching(self, pattern: str) -> list[PackageFile]:
        """Return the files whose name is `pattern` (a shapefile with its parts) or fits it as a shell pattern."""
        if pattern in self.files:
            return [self.files[pattern], *self._parts(pattern)]
        return [self.files[n] for n in sorted(self.files) if fnmatch.fnmatchcase(n, pattern)]

    def _parts(self, name: str) -> list[PackageFile]:
        """Return the files that make a whole of a shapefile: same name, other suffix."""
        stem, dot, suffix = name.rpartition(".")
        if suffix.lower() != "shp":
            return []
        others = (n for n in sorted(self.files) if n.rpartition(".")[:2] == (stem, dot) and n != name)
        return [self.files[n] for n in others if n.rpartition(".")[2].lower() in SHAPEFILE_PARTS]


def shown(name: str) -> str:
    """Return a file name fit to be shown: unprintable characters escaped, long names cut (F13)."""
    plain = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)
    return plain if len(plain) <= 120 else f"{plain[:117]}..."


@contextmanager
def received(path: Path, *, settings: Settings, progress: Progress = silent) -> Iterator[Package]:
    """
    Copy a package into quarantine for the time of a block; nothing is left there afterwards.

    Parameters
    ----------
    path
        Folder or zip file; which of the two is told from its content.
    settings
        ``home``, ``entry_limit``, ``package_limit``, ``ratio_limit``, ``entries_limit``.
    progress
        Told of each file.

    Raises
    ------
    PackageError
        There is no package, or it is unsafe, damaged or over a limit (F2, F6-F11, F15).
    """
    room = settings.home / "quarantine"
    room.mkdir(parents=True, exist_ok=True)
    _sweep(room)
    folder = room / uuid.uuid4().hex
    folder.mkdir()
    # the lock lives as long as this process: what a killed one leaves behind is told by its absence
    lock = (folder / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield _copied(Path(path), folder, settings=settings, progress=progress)
    except OSError as error:
        if error.errno in _FULL:
            raise PackageError("The disk is full; nothing was kept.", cure="Free space and ingest it again.") from error
        raise
    finally:
        lock.close()
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(room: Path) -> None:
    """Remove what killed processes left in quarantine (F19)."""
    for folder in room.iterdir():
        lock = folder / "lock"
        if not lock.is_file():
            continue
        with lock.open("r+") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            shutil.rmtree(folder, ignore_errors=True)


def _copied(path: Path, folder: Path, *, settings: Settings, progress: Progress) -> Package:
    name = shown(path.name)
    try:
        is_folder, is_file = path.is_dir(), path.is_file()
    except (OSError, ValueError) as error:
        raise PackageError(f"{name} cannot be opened ({error}).") from error
    if is_folder:
        package = _from_folder(path, folder, settings=settings, progress=progress)
    elif is_file:
        package = _from_zip(path, folder, settings=settings, progress=progress)
    else:
        raise PackageError(f"There is no package at {name}.", cure="Give a folder or a zip with a manifest.toml.")
    if not package.files:
        raise PackageError(f"{name} is empty: there is nothing to ingest.")
    return package


def _from_folder(path: Path, folder: Path, *, settings: Settings, progress: Progress) -> Package:
    name = shown(path.name)
    found = sorted(_walk(path, name=name))
    if len(found) > settings["entries_limit"]:
        raise PackageError(f"{name} holds {len(found):,} files.", cure=_limit(settings, "entries_limit"))
    _refuse_twins((n for n, _ in found), name=name)
    files: dict[str, PackageFile] = {}
    unreadable: dict[str, str] = {}
    total = 0
    for number, (entry, source) in enumerate(found):
        try:
            file = _kept(_file_chunks(source), entry, folder, number, settings=settings, already=total)
        except OSError as error:
            if error.errno in _FULL:
                raise
            unreadable[entry] = error.strerror or str(error)
            continue
        files[entry], total = file, total + file.size
        progress(number + 1, len(found), "receive")
    return Package(name, files, unreadable)


def _limit(settings: Settings, name: str) -> str:
    return f"The limit is {settings[name]:,}; raise the setting {name} if this is really wanted."


def _walk(path: Path, *, name: str) -> Iterator[tuple[str, Path]]:
    for top, folders, files in os.walk(path):
        for entry in folders + files:
            full = Path(top) / entry
            relative = full.relative_to(path).as_posix()
            mode = full.lstat().st_mode
            if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                raise PackageError(
                    f"{name}: {shown(relative)!r} is a link or a device.", cure="Put the file itself into the package."
                )
            if stat.S_ISREG(mode):
                # a name that is no Unicode text comes with surrogates, which no database takes
                yield relative.encode("utf-8", "backslashreplace").decode(), full


def _file_chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            yield chunk


def _from_zip(path: Path, folder: Path, *, settings: Settings, progress: Progress) -> Package:
    name = shown(path.name)
    with opened_zip(path, settings=settings, name=name) as archive:
        entries = safe_entries(archive, settings=settings, name=name)
        names = _without_top([e.orig_filename.replace("\\", "/") for e in entries])
        _refuse_twins(names, name=name)
        files: dict[str, PackageFile] = {}
        total = 0
        for number, (entry, inner) in enumerate(zip(entries, names, strict=True)):
            chunks = entry_chunks(archive, entry, most=int(settings["entry_limit"]), name=name)
            files[inner] = _kept(chunks, inner, folder, number, settings=settings, already=total)
            total += files[inner].size
            progress(number + 1, len(entries), "receive")
    return Package(name, files)


def _without_top(names: list[str]) -> list[str]:
    """Return names without the one folder that a zipped folder carries."""
    if MANIFEST in names:
        return names
    tops = {n.split("/")[0] for n in names if n.endswith(f"/{MANIFEST}") and n.count("/") == 1}
    if len(tops) != 1:
        return names
    top = f"{tops.pop()}/"
    inside = [n.removeprefix(top) for n in names]
    return inside if len(set(inside)) == len(set(names)) else names


def _refuse_twins(names: Iterable[str], *, name: str) -> None:
    seen: dict[str, str] = {}
    for entry in names:
        key = unicodedata.normalize("NFC", entry).casefold()
        if key in seen:
            raise PackageError(
                f"{name}: {shown(seen[key])!r} and {shown(entry)!r} are one name.", cure="Rename one of the two files."
            )
        seen[key] = entry


def _kept(
    chunks: Iterable[bytes], entry: str, folder: Path, number: int, *, settings: Settings, already: int
) -> PackageFile:
    """Write chunks under a number of our own and return what was written; limits are counted on real bytes."""
    suffix = _SUFFIX.search(entry.lower())
    target = folder / f"{number:06d}{suffix.group() if suffix else ''}"
    digest, size = hashlib.sha256(), 0
    with target.open("wb") as stream:
        for chunk in chunks:
            size += len(chunk)
            for limit, count in (("entry_limit", size), ("package_limit", already + size)):
                if count > settings[limit]:
                    raise PackageError(
                        f"{shown(entry)!r} brings the package over {settings[limit]:,} bytes.",
                        cure=_limit(settings, limit),
                    )
            digest.update(chunk)
            stream.write(chunk)
    return PackageFile(entry, target, digest.hexdigest(), size)
