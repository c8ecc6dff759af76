"""Checks of a whole store: database, objects, audit chain."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from pavement.errors import StoreError
from pavement.store import audit, objects
from pavement.store.database import Store, reading


def check(store: Store) -> Iterator[str]:
    """
    Yield one line for each check passed.

    Raises
    ------
    StoreError
        The first check that fails, with what is damaged and the cure.
    """
    if store.engine.dialect.name == "sqlite":
        with reading(store) as connection:
            found = connection.exec_driver_sql("PRAGMA integrity_check").scalar()
        if found != "ok":
            raise StoreError(f"The database is damaged: {found}.", cure="Restore the last backup.")
        yield "database: whole"
    names = referenced(store)
    for digest in sorted(names):
        objects.read(store, digest)
    yield f"objects: {len(names)} whole"
    broken = audit.first_broken(store)
    if broken is not None:
        raise StoreError(f"The audit trail is broken at row {broken}.", cure="Compare it with the last backup.")
    yield f"audit trail: {len(audit.trail(store))} rows in one chain, head {audit.head(store)[:12]}"


def referenced(store: Store) -> set[str]:
    """Return the hash of every object that the tables of the house name."""
    statements = ("SELECT object FROM part", "SELECT object FROM model", "SELECT object FROM forecast_set")
    with reading(store) as connection:
        return {str(d) for s in statements for d in connection.execute(sa.text(s)).scalars()}
