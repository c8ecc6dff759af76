"""Objects by sha256: written once, never changed."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from pavement.errors import StoreError
from pavement.store.database import Store


def put(store: Store, content: bytes | Path) -> str:
    """Keep bytes or a file, and return its sha256; the same content again is kept once."""
    data = content.read_bytes() if isinstance(content, Path) else content
    digest = hashlib.sha256(data).hexdigest()
    target = path(store, digest)
    if target.exists():
        return digest
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return digest


def path(store: Store, digest: str) -> Path:
    """Return where an object lies."""
    return store.home / "objects" / digest[:2] / digest[2:]


def read(store: Store, digest: str) -> bytes:
    """Return an object's bytes after checking them against its name."""
    try:
        data = path(store, digest).read_bytes()
    except OSError as error:
        raise StoreError(f"Object {digest} is missing.", cure="Restore the last backup.") from error
    if hashlib.sha256(data).hexdigest() != digest:
        raise StoreError(f"Object {digest} is damaged.", cure="Restore the last backup, or ingest its package again.")
    return data
