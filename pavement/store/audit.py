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
    """Return the whole trail, oldest first."""
    with reading(store) as connection:
        return pd.DataFrame(connection.execute(sa.select(AUDIT).order_by(AUDIT.c.sequence)).mappings().all())


def head(store: Store) -> str:
    """Return the hash of the newest row; backups and exports carry it, so a cut-off tail shows."""
    with reading(store) as connection:
        statement = sa.select(AUDIT.c.hash).order_by(AUDIT.c.sequence.desc()).limit(1)
        return connection.execute(statement).scalar() or START


def first_broken(store: Store) -> int | None:
    """Return the sequence number of the first row that does not fit its chain, or None."""
    previous, expected = START, 1
    for row in trail(store).to_dict("records"):
        if row["sequence"] != expected or row["previous"] != previous or row["hash"] != _hash(row):
            return expected
        previous, expected = row["hash"], expected + 1
    return None
