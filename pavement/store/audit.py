"""The audit trail: append-only rows, each holding the hash of the one before."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pandas as pd
import sqlalchemy as sa

from pavement.store.database import Store, now, reading
from pavement.store.tables import AUDIT

START = "0" * 64


def append(connection: sa.Connection, *, user: str, action: str, subject: str, **detail: Any) -> str:
    """Append one row inside the caller's write transaction, and return its hash."""
    last = connection.execute(sa.select(AUDIT).order_by(AUDIT.c.sequence.desc()).limit(1)).mappings().first()
    row = {
        "sequence": last["sequence"] + 1 if last else 1,
        "at": now(),
        "user": user,
        "action": action,
        "subject": subject,
        "detail": json.dumps(detail, sort_keys=True, ensure_ascii=False, default=str),
        "previous": last["hash"] if last else START,
    }
    row["hash"] = _hash(row)
    connection.execute(sa.insert(AUDIT).values(**row))
    return str(row["hash"])


def _hash(row: dict[str, Any]) -> str:
    text = json.dumps([row[k] for k in ("sequence", "at", "user", "action", "subject", "detail", "previous")])
    return hashlib.sha256(text.encode()).hexdigest()


def trail(store: Store) -> pd.DataFrame:
    """Return the whole trail, oldest first; ``detail`` is JSON text."""
    with reading(store) as connection:
        rows = connection.execute(sa.select(AUDIT).order_by(AUDIT.c.sequence)).all()
    return pd.DataFrame(rows, columns=[c.name for c in AUDIT.columns])


def head(store: Store) -> str:
    """Return the hash of the newest row; backups and exports carry it, so a cut-off tail shows."""
    with reading(store) as connection:
        statement = sa.select(AUDIT.c.hash).order_by(AUDIT.c.sequence.desc()).limit(1)
        return connection.execute(statement).scalar() or START


def holds(store: Store, hash_: str) -> bool:
    """Return whether a head noted earlier, as in a backup or an export, is still in the trail."""
    with reading(store) as connection:
        found = connection.execute(sa.select(AUDIT.c.sequence).where(AUDIT.c.hash == hash_)).first()
    return found is not None or hash_ == START


def first_broken(store: Store) -> int | None:
    """
    Return the sequence number of the first row that was changed, removed or reordered, or None.

    Rows cut off at the end leave a whole chain; :func:`holds` with a head noted elsewhere finds those.
    """
    previous = START
    with reading(store) as connection:
        rows = connection.execute(sa.select(AUDIT).order_by(AUDIT.c.sequence)).mappings()
        for expected, row in enumerate(rows, start=1):
            if row["sequence"] != expected or row["previous"] != previous or row["hash"] != _hash(dict(row)):
                return expected
            previous = row["hash"]
    return None
