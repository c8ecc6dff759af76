"""Objects by sha256: written once, never changed."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import IO

from pavement.errors import StoreError
from pavement.store.database import Store

CURE = "Bring it back from a backup: pavement restore FOLDER, or copy the same file from the backup's objects."
_DIGEST = re.compile(r"[0-9a-f]{64}")


def put(store: Store, content: bytes | Path) -> str:
    """
    Keep bytes or a file, and return its sha256; the same content again is kept once.

    Raises
    ------
    StoreError
        The object cannot be written; nothing half-written stays visible.
    """
    digest = _digest(content) if isinstance(content, Path) else hashlib.sha256(content).hexdigest()
    target = path(store, digest)
    if is_whole(store, digest):
        return digest
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _write(content, target, digest)
    except OSError as error:
        raise StoreError(f"Object {digest} cannot be kept: {error}.", cure="Check disk space and rights.") from error
    return digest


def _write(content: bytes | Path, target: Path, digest: str) -> None:
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".part-")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            _copy(content, stream)
            stream.flush()
            os.fsync(stream.fileno())
        _refuse_other(part, digest)
        part.chmod(0o444)
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _refuse_other(part: Path, digest: str) -> None:
    if _digest(part) != digest:
        raise StoreError(f"Object {digest} changed while it was written.", cure="Try again when nobody writes to it.")


def _copy(content: bytes | Path, stream: IO[bytes]) -> None:
    if isinstance(content, bytes):
        stream.write(content)
        return
    with content.open("rb") as source:
        shutil.copyfileobj(source, stream, 1 << 20)


def _sync_folder(folder: Path) -> None:
    """Make the new name itself last through a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def path(store: Store, digest: str) -> Path:
    """
    Return where an object lies, whether or not it is there.

    Raises
    ------
    StoreError
        The name is not 64 hex digits.
    """
    if not _DIGEST.fullmatch(digest):
        raise StoreError(f"{digest[:80]!r} is no sha256.", cure="Name an object by its 64 hex digits.")
    return store.home / "objects" / digest[:2] / digest[2:]


def is_whole(store: Store, digest: str) -> bool:
    """Return whether an object is there and has the content its name says."""
    file = path(store, digest)
    return file.is_file() and _digest(file) == digest


def checked(store: Store, digest: str, *, what: str = "Object") -> Path:
    """
    Return the path of an object after checking its content against its name.

    Raises
    ------
    StoreError
        It is missing or damaged; the message names it, the cure says where to get it back.
    """
    file = path(store, digest)
    try:
        found = _digest(file)
    except OSError as error:
        raise StoreError(f"{what} {digest} is missing ({file}).", cure=CURE) from error
    if found != digest:
        raise StoreError(f"{what} {digest} is damaged ({file}).", cure=CURE)
    return file


def read(store: Store, digest: str, *, verify: bool = True) -> bytes:
    """Return an object's bytes, checked against its name unless told otherwise; raises as :func:`checked`."""
    file = checked(store, digest) if verify else path(store, digest)
    try:
        return file.read_bytes()
    except OSError as error:
        raise StoreError(f"Object {digest} is missing ({file}).", cure=CURE) from error
