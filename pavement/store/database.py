"""The store: one database, a folder of objects, and one door for writes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from pavement.errors import StoreError

MIGRATIONS = Path(__file__).resolve().parent / "migrations"


@dataclass(frozen=True)
class Store:
    """An open store: its home folder, its database and the CRS of its geometry."""

    home: Path
    engine: sa.Engine
    crs: str

    def close(self) -> None:
        """Release every connection."""
        self.engine.dispose()


def open_store(home: Path, *, url: str = "", crs: str = "EPSG:3826") -> Store:
    """
    Open the store in a home folder, making or upgrading it when needed.

    Raises
    ------
    StoreError
        The database is damaged, or was written by a newer version of the program.
    """
    home = home.expanduser().resolve()
    for folder in ("objects", "quarantine", "cache", "uploads"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(url or f"sqlite:///{home / 'pavement.db'}", connect_args=_connect_args(url))
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    store = Store(home, engine, crs)
    try:
        _check(store)
        _migrate(engine)
        _check_crs(store)
    except StoreError:
        store.close()
        raise
    return store


def _connect_args(url: str) -> dict[str, Any]:
    return {} if url and not url.startswith("sqlite") else {"timeout": 60.0}


def _prepare_sqlite(engine: sa.Engine) -> None:
    @sa.event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _: Any) -> None:
        # transactions are opened by hand below, so that writers can take the lock at once
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=60000"):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def writing(store: Store) -> Iterator[sa.Connection]:
    """Run a block in one write transaction; any error undoes all of it."""
    with store.engine.connect().execution_options(writes=True) as connection:
        try:
            with connection.begin():
                yield connection
        except sa.exc.OperationalError as error:
            raise StoreError(
                f"The store cannot be written: {error.orig}.", cure="Check disk space and rights."
            ) from error


@contextmanager
def reading(store: Store) -> Iterator[sa.Connection]:
    """Run a block on one consistent view of the store."""
    with store.engine.connect() as connection, connection.begin():
        yield connection


def now() -> str:
    """Return the present moment in UTC as ISO text."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")


def _check(store: Store) -> None:
    if store.engine.dialect.name != "sqlite":
        return
    try:
        with reading(store) as connection:
            found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    except sa.exc.DatabaseError as error:
        found = str(error.orig)
    if found != "ok":
        raise StoreError(
            f"{store.home / 'pavement.db'} is damaged: {found}.",
            cure="Restore the last backup: pavement restore FOLDER.",
        )


def _config(connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def _migrate(engine: sa.Engine) -> None:
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        config = _config(connection)
        scripts = ScriptDirectory.from_config(config)
        current = MigrationContext.configure(connection).get_current_revision()
        if current == scripts.get_current_head():
            return
        if current is not None and current not in {s.revision for s in scripts.walk_revisions()}:
            raise StoreError(
                f"The store is at revision {current}, which is newer than this program.", cure="Upgrade it."
            )
        command.upgrade(config, "head")


def _check_crs(store: Store) -> None:
    from pavement.store.tables import META

    with writing(store) as connection:
        kept = connection.execute(sa.select(META.c.value).where(META.c.name == "crs")).scalar()
        if kept is None:
            connection.execute(sa.insert(META).values(name="crs", value=store.crs))
        elif kept != store.crs:
            raise StoreError(f"The store is in {kept}, the setting says {store.crs}.", cure=f'Set crs = "{kept}".')
