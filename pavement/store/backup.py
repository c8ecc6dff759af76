"""Backup of a store in use, and restoring it elsewhere."""

from __future__ import annotations

import shutil
from pathlib import Path

from pavement.errors import StoreError
from pavement.store.database import Store


def backup(store: Store, folder: Path) -> None:
    """
    Copy the store into a new folder: the database as one consistent moment, then every object.

    A plain copy of a live database can hold no table at all; ``VACUUM INTO`` holds every committed row.
    """
    if store.engine.dialect.name != "sqlite":
        raise StoreError("Only SQLite stores are backed up here.", cure="Use pg_dump, and copy the objects folder.")
    if folder.exists() and any(folder.iterdir()):
        raise StoreError(f"{folder} is not empty.", cure="Name a new folder.")
    folder.mkdir(parents=True, exist_ok=True)
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("COMMIT") if connection.in_transaction() and False else None
        raw = connection.connection.driver_connection
        assert raw is not None  # noqa: S101
        if raw.in_transaction:
            raw.execute("COMMIT")
        raw.execute("VACUUM INTO ?", (str(folder / "pavement.db"),))
    # objects never change, so copying them after the database cannot miss one that it names
    shutil.copytree(store.home / "objects", folder / "objects", ignore=shutil.ignore_patterns(".part-*"))


def restore(folder: Path, home: Path) -> None:
    """Lay a backup down as a new home folder; an existing store is never overwritten."""
    if not (folder / "pavement.db").is_file():
        raise StoreError(f"{folder} holds no pavement.db.", cure="Name a folder made by pavement backup.")
    if (home / "pavement.db").exists():
        raise StoreError(f"{home} already holds a store.", cure="Restore into an empty home folder.")
    home.mkdir(parents=True, exist_ok=True)
    shutil.copytree(folder / "objects", home / "objects", dirs_exist_ok=True)
    shutil.copy2(folder / "pavement.db", home / "pavement.db")
