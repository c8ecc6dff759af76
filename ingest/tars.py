"""The one opener of tar archives: read as a stream, everything unsafe refused, bytes counted as they come."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ingest.formats import limit
from pavement.errors import PackageError
from pavement.settings import Settings

_BLOCK = 512
_CHUNK = 1 << 20
_GZIP = b"\x1f\x8b"
_FILES, _FOLDER, _EXTENDED = b"0\0", b"5", b"xgLK"
_OCTAL = re.compile(rb"^[ \0]*([0-7]{1,11})[ \0]*$")


@dataclass(frozen=True)
class Member:
    """One file of an archive: its name there, and its bytes."""

    name: str
    content: bytes


def tar_members(path: Path, *, settings: Settings, name: str) -> Iterator[Member]:
    """
    Yield the files of a ``.tar.gz`` or ``.tar`` one after the other; one at a time is in memory.

    The headers are read here: the standard reader takes extended headers into memory whole, however long they say
    they are. Of those the contents are passed over, so a name of more than 100 letters comes cut.

    Raises
    ------
    PackageError
        It is no tar, damaged or cut; an entry leaves the folder, is a link or device, or is over a limit (F6-F9).
    """
    with path.open("rb") as stream:
        source = _Source(stream, settings=settings, name=name)
        for count, (header, size, kind) in enumerate(_headers(source, name), start=1):
            if count > settings["entries_limit"]:
                raise PackageError(f"{name} holds more than {count - 1:,} entries.", cure=_cure(settings, "entries"))
            entry = header[:100].split(b"\0")[0].decode("utf-8", "backslashreplace")
            _refuse_unsafe(entry, kind, name=name)
            if kind in _FILES:
                _refuse_large(entry, size, settings=settings, name=name)
                content = source.read(size)
                source.skip(-size % _BLOCK)
                yield Member(entry, content)
            else:
                source.skip(size + -size % _BLOCK)


def _headers(source: _Source, name: str) -> Iterator[tuple[bytes, int, bytes]]:
    while True:
        header = source.read(_BLOCK)
        if not header.strip(b"\0"):
            source.finish()
            return
        size, total = _number(header[124:136]), _number(header[148:156])
        # the checksum counts its own eight bytes as blanks
        if size is None or total != sum(header) - sum(header[148:156]) + 8 * 32:
            raise PackageError(f"{name} is no tar archive, or it is damaged.", cure="Send it again.")
        yield header, size, header[156:157]


def _number(field: bytes) -> int | None:
    match = _OCTAL.match(field)
    return int(match.group(1), 8) if match else None


def _refuse_unsafe(entry: str, kind: bytes, *, name: str) -> None:
    shown = ascii(entry[:120])
    plain = entry.replace("\\", "/")
    if plain.startswith("/") or ".." in plain.split("/") or plain[1:2] == ":":
        raise PackageError(
            f"{name}: the entry {shown} points outside the archive.", cure="Pack it again with plain relative names."
        )
    if kind not in _FILES + _FOLDER + _EXTENDED:
        raise PackageError(f"{name}: {shown} is a link or a device.", cure="Pack the files themselves.")


def _refuse_large(entry: str, size: int, *, settings: Settings, name: str) -> None:
    most = int(min(limit("tar_member"), settings["entry_limit"]))
    if size > most:
        raise PackageError(
            f"{name}: {ascii(entry[:120])} unpacks to {size:,} bytes.",
            cure=f"At most {most:,} are read; see tar_member in ingest/formats/limits.csv and the setting entry_limit.",
        )


def _cure(settings: Settings, what: str) -> str:
    return f"The limit is {settings[f'{what}_limit']:,}; raise the setting {what}_limit if this is really wanted."


class _Source:
    """Bytes of an archive, unpacked as they are asked for; a class because a stream has a place."""

    def __init__(self, stream: BinaryIO, *, settings: Settings, name: str) -> None:
        self._stream, self._settings, self._name = stream, settings, name
        self._packed = stream.read(2) == _GZIP
        stream.seek(0)
        self._unzip = zlib.decompressobj(31)
        self._taken = self._given = 0
        self._waiting = b""
        self._ready = bytearray()

    def read(self, size: int) -> bytes:
        """Return exactly `size` bytes."""
        while len(self._ready) < size:
            more = self._more()
            if not more:
                raise PackageError(f"{self._name} is cut: it ends inside an entry.", cure="Send it again.")
            self._ready += more
        found = bytes(self._ready[:size])
        del self._ready[:size]
        return found

    def skip(self, size: int) -> None:
        """Pass over `size` bytes without keeping them."""
        while size > 0:
            size -= len(self.read(min(size, _CHUNK)))

    def finish(self) -> None:
        """Read to the end, so that the checksum of the packing is checked."""
        while self._more():
            pass

    def _more(self) -> bytes:
        try:
            found = self._unpacked() if self._packed else self._stream.read(_CHUNK)
        except zlib.error as error:
            raise PackageError(f"{self._name} is damaged ({error}).", cure="Send it again.") from error
        self._given += len(found)
        if self._given > self._settings["package_limit"]:
            raise PackageError(
                f"{self._name} unpacks to more than {self._settings['package_limit']:,} bytes.",
                cure=_cure(self._settings, "package"),
            )
        # a kilobyte more is granted: small archives are mostly padding
        if self._packed and self._given > self._settings["ratio_limit"] * max(self._taken, 1024):
            raise PackageError(
                f"{self._name} is packed more than {self._settings['ratio_limit']:g} to 1.",
                cure=_cure(self._settings, "ratio"),
            )
        return found

    def _unpacked(self) -> bytes:
        while True:
            if self._unzip.eof:
                # archives may be packed in several pieces, one behind the other
                self._waiting = self._unzip.unused_data or self._read()
                if not self._waiting.startswith(_GZIP[:1]):
                    return b""
                self._unzip = zlib.decompressobj(31)
            if not self._waiting:
                self._waiting = self._read()
                if not self._waiting:
                    raise PackageError(f"{self._name} is cut: its packing has no end.", cure="Send it again.")
            found = self._unzip.decompress(self._waiting, _CHUNK)
            self._waiting = self._unzip.unconsumed_tail
            if found:
                return found

    def _read(self) -> bytes:
        chunk = self._stream.read(_CHUNK)
        self._taken += len(chunk)
        return chunk
