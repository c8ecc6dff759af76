"""The audit trail: append-only rows, each holding the hash of the one before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import lru_cache
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
    with reading(store) as connection:
        return next((expected for expected, (_, whole) in enumerate(_in_order(connection), start=1) if not whole), None)


def vouched(store: Store, *, action: str, subject: str) -> list[dict[str, Any]]:
    """
    Return the details of the rows of an action on a subject that the chain vouches for, oldest first.

    A row counts when every row up to it and the next one is as it was appended. The chain is checked once for each
    newest row that it ends in; that the rows asked for are still those checked, each time.
    """
    statement = sa.select(AUDIT).where(AUDIT.c.action == action, AUDIT.c.subject == subject).order_by(AUDIT.c.sequence)
    with reading(store) as connection:
        rows = [dict(row) for row in connection.execute(statement).mappings()]
    known = _known(store, head(store), action)
    return [json.loads(row["detail"]) for row in rows if row["hash"] in known and row["hash"] == _hash(row)]


@lru_cache(maxsize=8)
def _known(store: Store, _head: str, action: str) -> frozenset[str]:
    """Return the hashes of the rows of an action before the chain breaks, if it does."""
    found: list[str] = []
    with reading(store) as connection:
        for row, whole in _in_order(connection):
            if not whole:
                # the row before the break may be the one that was changed: its successor does not vouch for it
                return frozenset(found[:-1])
            found.append(row["hash"] if row["action"] == action else "")
    return frozenset(found)


def _in_order(connection: sa.Connection) -> Iterator[tuple[dict[str, Any], bool]]:
    """Yield every row, oldest first, and whether it is whole and follows the one before."""
    previous = START
    rows = connection.execute(sa.select(AUDIT).order_by(AUDIT.c.sequence)).mappings()
    for expected, held in enumerate(rows, start=1):
        row = dict(held)
        yield row, row["sequence"] == expected and row["previous"] == previous and row["hash"] == _hash(row)
        previous = row["hash"]
