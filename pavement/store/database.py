"""The store: one database, a folder of objects, and one door for writes."""

from __future__ import annotations

import datetime as dt
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from pavement.errors import StoreError
from pavement.store.tables import META

# of the newest file of migrations/versions: a store of today is opened without the library that would migrate it
REVISION = "0005_section_offices"
FOLDERS = ("objects", "quarantine", "cache")
DATABASE = "pavement.db"
DEFAULT_CRS = "EPSG:3826"
_WAIT = 60.0
# one lock name for all writers of a PostgreSQL store, as BEGIN IMMEDIATE is for SQLite
_WRITER_LOCK = 7_340_031


@dataclass(frozen=True)
class Store:
    """An open store: its home folder, its database and the CRS of its geometry."""

    home: Path
    engine: sa.Engine
    crs: str

    def close(self) -> None:
        """Release every connection."""
        self.engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_store(home: Path, *, url: str = "", crs: str = DEFAULT_CRS) -> Store:
    """
    Open the store in a home folder, making or upgrading it when needed.

    Parameters
    ----------
    home
        Folder of the objects and, without a `url`, of the SQLite database.
    url
        SQLAlchemy URL of another database, such as ``postgresql+psycopg://…``.
    crs
        Projected working frame of all geometry; a store keeps the one it was made with, and ``""`` takes that one.

    Raises
    ------
    StoreError
        The database is damaged, cannot be reached, was written by a newer version of the program, or is in another CRS.
    """
    home = Path(home).expanduser().resolve()
    try:
        for folder in FOLDERS:
            (home / folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{home} cannot be made: {error}.", cure="Set PAVEMENT_HOME to a folder you own.") from error
    engine = _engine(home, url)
    try:
        _check(engine, home)
        _migrate(engine)
        kept = _kept_crs(engine, crs)
    except BaseException:
        engine.dispose()
        raise
    return Store(home, engine, kept)


def _engine(home: Path, url: str) -> sa.Engine:
    address = sa.make_url(url) if url else sa.URL.create("sqlite", database=str(home / DATABASE))
    sqlite = address.get_backend_name() == "sqlite"
    engine = sa.create_engine(address, connect_args={"timeout": _WAIT} if sqlite else {})
    if sqlite:
        sa.event.listen(engine, "connect", _set_pragmas)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _set_pragmas(connection: Any, _: Any) -> None:
    # transactions are opened by hand in _begin, so that writers can take the lock at once
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout={_WAIT * 1000:.0f}").close()
    _to_wal(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _to_wal(connection: Any) -> None:
    """Change the journal, which SQLite refuses at once, whatever the timeout, while another program does the same."""
    end = time.monotonic() + _WAIT
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(0.01)
        else:
            return


def _begin(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
    elif writes:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})")
    else:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")


@contextmanager
def _transaction(engine: sa.Engine, *, writes: bool) -> Iterator[sa.Connection]:
    try:
        with engine.connect().execution_options(writes=writes) as connection, connection.begin():
            yield connection
    except (sa.exc.OperationalError, sa.exc.DatabaseError) as error:
        if isinstance(error, sa.exc.IntegrityError | sa.exc.ProgrammingError | sa.exc.DataError):
            raise
        doing = "written" if writes else "read"
        raise StoreError(
            f"The store cannot be {doing}: {error.orig}.",
            cure="Check disk space, rights and the database; nothing was changed.",
        ) from error


@contextmanager
def writing(store: Store) -> Iterator[sa.Connection]:
    """
    Run a block in one write transaction; any error undoes all of it.

    Raises
    ------
    StoreError
        The database refuses: disk full, no right to write, locked for a minute.
    """
    with _transaction(store.engine, writes=True) as connection:
        yield connection


@contextmanager
def reading(store: Store) -> Iterator[sa.Connection]:
    """Run a block on one consistent view of the store."""
    with _transaction(store.engine, writes=False) as connection:
        yield connection


def now() -> str:
    """Return the present moment in UTC as ISO text."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")


def _check(engine: sa.Engine, home: Path) -> None:
    if engine.dialect.name != "sqlite":
        return
    try:
        with engine.connect() as connection:
            found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    except sa.exc.DatabaseError as error:
        found = str(error.orig)
    if found != "ok":
        raise StoreError(
            f"The database of {home} is damaged: {' '.join(str(found).split())}.",
            cure="Restore the last backup into an empty home folder: pavement restore FOLDER.",
        )


def _migrate(engine: sa.Engine) -> None:
    with _transaction(engine, writes=False) as connection:
        if _revision(connection) == REVISION:
            return
    from pavement.store.upgrade import upgrade

    # looked at again under the write lock: two programs may open a new store at once
    with _transaction(engine, writes=True) as connection:
        upgrade(connection)


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return found


def _kept_crs(engine: sa.Engine, crs: str) -> str:
    """Return the CRS the store was made with, noting it in a new one."""
    statement = sa.select(META.c.value).where(META.c.name == "crs")
    with _transaction(engine, writes=False) as connection:
        kept = connection.execute(statement).scalar()
    if kept is None:
        with _transaction(engine, writes=True) as connection:
            kept = connection.execute(statement).scalar()
            if kept is None:
                kept = crs or DEFAULT_CRS
                connection.execute(sa.insert(META).values(name="crs", value=kept))
    if crs not in ("", kept):
        raise StoreError(f"The store is in {kept}, the setting says {crs}.", cure=f'Set crs = "{kept}".')
    return str(kept)
