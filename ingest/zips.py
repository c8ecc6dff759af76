"""The one opener of zip files: everything unsafe is refused from the directory, and again while bytes are counted."""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from pavement.errors import PackageError
from pavement.settings import Settings

_END, _END64, _LOCATOR, _ENTRY = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07", b"PK\x01\x02"
_READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
CHUNK = 1 << 20


def safe_entries(archive: zipfile.ZipFile, *, settings: Settings, name: str) -> list[zipfile.ZipInfo]:
    """
    Return the file entries of an open zip, or refuse the whole of it.

    Raises
    ------
    PackageError
        An entry leaves the folder (F6), is a link or device (F7), is too large, too dense or overlaps another (F8),
        is encrypted or compressed in an unknown way (F10), or two entries have one name (F11).
    """
    entries = [e for e in archive.infolist() if not e.is_dir()]
    for entry in entries:
        _refuse_unsafe(entry, settings=settings, name=name)
    total = sum(e.file_size for e in entries)
    if total > settings["package_limit"]:
        raise PackageError(f"{name} unpacks to {total:,} bytes.", cure=_limit(settings, "package_limit"))
    if len(entries) > settings["entries_limit"]:
        raise PackageError(f"{name} holds {len(entries):,} files.", cure=_limit(settings, "entries_limit"))
    _refuse_overlaps(entries, name=name)
    return entries


def _limit(settings: Settings, name: str) -> str:
    return f"The limit is {settings[name]:,}; raise the setting {name} if this is really wanted."


def _refuse_unsafe(entry: zipfile.ZipInfo, *, settings: Settings, name: str) -> None:
    shown = ascii(entry.orig_filename[:120])
    path = entry.orig_filename.replace("\\", "/")
    if path.startswith("/") or ".." in path.split("/") or path[1:2] == ":":
        raise PackageError(
            f"{name}: the entry {shown} points outside the package.", cure="Pack it again with plain relative names."
        )
    mode = entry.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise PackageError(f"{name}: {shown} is a link or a device.", cure="Pack the files themselves.")
    if entry.flag_bits & 0x1:
        raise PackageError(f"{name}: {shown} is encrypted.", cure="Pack it again without a password.")
    if entry.compress_type not in _READABLE:
        raise PackageError(
            f"{name}: {shown} is compressed by method {entry.compress_type}.", cure="Pack it with plain zip (deflate)."
        )
    if entry.file_size > settings["entry_limit"]:
        raise PackageError(
            f"{name}: {shown} unpacks to {entry.file_size:,} bytes.", cure=_limit(settings, "entry_limit")
        )
    # below a kilobyte a high ratio is common and harmless
    if entry.file_size > settings["ratio_limit"] * max(entry.compress_size, 1024):
        ratio = entry.file_size / max(entry.compress_size, 1)
        raise PackageError(f"{name}: {shown} is packed {ratio:,.0f} to 1.", cure=_limit(settings, "ratio_limit"))


def _refuse_overlaps(entries: list[zipfile.ZipInfo], *, name: str) -> None:
    spans = sorted((e.header_offset, e.header_offset + 30 + e.compress_size) for e in entries)
    if any(end > start for (_, end), (start, _) in zip(spans, spans[1:], strict=False)):
        raise PackageError(f"{name}: two entries share the same bytes.", cure="Pack it again; this zip is malformed.")


def opened_zip(path: Path, *, settings: Settings, name: str) -> zipfile.ZipFile:
    """
    Return an open zip whose directory is of a bearable size.

    Raises
    ------
    PackageError
        The file is no zip, is damaged, or lists more entries than the setting ``entries_limit``.
    """
    try:
        with path.open("rb") as stream:
            count = _entries(stream, most=int(settings["entries_limit"]))
        archive = zipfile.ZipFile(path) if count <= settings["entries_limit"] else None
    except (zipfile.BadZipFile, OSError, ValueError, struct.error, NotImplementedError, EOFError) as error:
        raise PackageError(
            f"{name} cannot be opened as a zip: it is damaged or no zip ({error}).", cure="Send it again."
        ) from error
    if archive is None:
        raise PackageError(f"{name} lists more than {count - 1:,} files.", cure=_limit(settings, "entries_limit"))
    return archive


def _entries(stream: BinaryIO, *, most: int) -> int:
    """Return the number of directory entries, counted without building them; stops at one more than `most`."""
    size = stream.seek(0, 2)
    tail_at = max(0, size - 65_557)
    stream.seek(tail_at)
    tail = stream.read()
    at = tail.rfind(_END)
    if at < 0:
        raise zipfile.BadZipFile("it has no directory")
    length, offset = struct.unpack("<II", tail[at + 12 : at + 20])
    if 0xFFFFFFFF in (length, offset) and tail[at - 20 : at - 16] == _LOCATOR:
        stream.seek(struct.unpack("<Q", tail[at - 12 : at - 4])[0])
        end64 = stream.read(56)
        if end64[:4] != _END64:
            raise zipfile.BadZipFile("its directory is cut")
        length = struct.unpack("<Q", end64[40:48])[0]
        start = tail_at + at - 20 - 56 - length
    else:
        start = tail_at + at - length
    return sum(1 for _ in _headers(stream, start, length, most))


def _headers(stream: BinaryIO, start: int, length: int, most: int) -> Iterator[int]:
    if start < 0:
        raise zipfile.BadZipFile("its directory is cut")
    at, end, count = start, start + length, 0
    while at + 46 <= end and count <= most:
        stream.seek(at)
        header = stream.read(46)
        if header[:4] != _ENTRY:
            return
        yield at
        at += 46 + sum(struct.unpack("<HHH", header[28:34]))
        count += 1


def entry_chunks(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, *, most: int, name: str) -> Iterator[bytes]:
    """
    Yield the bytes of an entry, never more than `most`, whatever the directory says (F9).

    Raises
    ------
    PackageError
        More bytes than `most`, or a checksum, length or stream that is wrong.
    """
    shown = ascii(entry.filename[:120])
    count = 0
    for chunk in _chunks(archive, entry, name=name):
        count += len(chunk)
        if count > most:
            raise PackageError(f"{name}: {shown} unpacks to more than {most:,} bytes.")
        yield chunk
    if count != entry.file_size:
        raise PackageError(f"{name}: {shown} holds {count:,} bytes; its directory says {entry.file_size:,}.")


def _chunks(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, *, name: str) -> Iterator[bytes]:
    try:
        with archive.open(entry) as stream:
            while chunk := stream.read(CHUNK):
                yield chunk
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, RuntimeError, zlib.error) as error:
        raise PackageError(
            f"{name}: {ascii(entry.filename[:120])} is damaged ({error}).", cure="Send the package again."
        ) from error
