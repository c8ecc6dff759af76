"""Backup of a store in use, and restoring it elsewhere."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from pavement.errors import StoreError
from pavement.store import audit
from pavement.store.checks import damaged, referenced
from pavement.store.database import DATABASE, FOLDERS, Store, now, open_store
from pavement.store.runs import data_version

NOTE = "backup.json"


def backup(store: Store, folder: Path) -> None:
    """
    Copy the store into a new folder: the database as one consistent moment, then every object.

    A plain copy of a live database can hold no table at all; ``VACUUM INTO`` holds every committed row. Every object
    that the copy names is checked by its hash. Beside them lies a note with the head of the audit trail, by which a
    trail cut off later can be told. Settings and the key of the pages' sessions are not copied.

    Raises
    ------
    StoreError
        The folder is in use, the store is not SQLite, or objects are damaged: the message names them.
    """
    if store.engine.dialect.name != "sqlite":
        raise StoreError("Only SQLite stores are backed up here.", cure="Use pg_dump, and copy the objects folder.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise StoreError(f"{folder} is not empty.", cure="Name a new folder.")
    part = folder.with_name(f".part-{folder.name}")
    shutil.rmtree(part, ignore_errors=True)
    try:
        part.mkdir(parents=True)
        _copy_database(store, part / DATABASE)
        # objects never change, so copying them after the database cannot miss one that it names
        shutil.copytree(store.home / "objects", part / "objects", ignore=shutil.ignore_patterns(".part-*"))
        with open_store(part, crs=store.crs) as copy:
            _refuse_damaged(copy)
            note = {"written_at": now(), "audit_head": audit.head(copy), "data_version": data_version(copy)}
        (part / NOTE).write_text(json.dumps(note, indent=1), encoding="utf-8")
        _tidy(part)
        if folder.exists():
            folder.rmdir()
        part.replace(folder)
    except OSError as error:
        raise StoreError(f"{folder} cannot be written: {error}.", cure="Check disk space and rights.") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _copy_database(store: Store, file: Path) -> None:
    connection = store.engine.raw_connection()
    try:
        connection.cursor().execute("VACUUM INTO ?", (str(file),))
    finally:
        connection.close()


def _refuse_damaged(store: Store) -> None:
    if lost := damaged(store, referenced(store)):
        raise StoreError(
            f"{len(lost)} objects are missing or damaged, the first is {lost[0]}.",
            cure="Bring them back from an older backup first: pavement check lists them.",
        )


def _tidy(folder: Path) -> None:
    """Leave only the database, the objects and the note."""
    for name in FOLDERS:
        if name != "objects":
            shutil.rmtree(folder / name, ignore_errors=True)


def restore(folder: Path, home: Path) -> None:
    """
    Lay a backup down as a new home folder; an existing store is never overwritten.

    Raises
    ------
    StoreError
        No backup there, a store here, or the backup is damaged; the home folder is left as it was.
    """
    if not (folder / DATABASE).is_file():
        raise StoreError(f"{folder} holds no {DATABASE}.", cure="Name a folder made by pavement backup.")
    if (home / DATABASE).exists():
        raise StoreError(f"{home} already holds a store.", cure="Restore into an empty home folder.")
    part = home.with_name(f".part-{home.name}")
    shutil.rmtree(part, ignore_errors=True)
    try:
        shutil.copytree(folder, part)
        _check_copy(part)
        home.mkdir(parents=True, exist_ok=True)
        _move_objects(part / "objects", home / "objects")
        # the database last: a home folder without it holds no store yet
        (part / DATABASE).replace(home / DATABASE)
    except OSError as error:
        raise StoreError(f"{home} cannot be written: {error}.", cure="Check disk space and rights.") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _move_objects(source: Path, target: Path) -> None:
    for file in sorted(f for f in source.rglob("*") if f.is_file()):
        place = target / file.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        file.replace(place)


def _check_copy(folder: Path) -> None:
    try:
        note = json.loads((folder / NOTE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(f"{folder.name} holds no readable {NOTE}.", cure="Use another backup.") from error
    with open_store(folder, crs="") as copy:
        if (broken := audit.first_broken(copy)) is not None:
            raise StoreError(f"The backup's audit trail is broken at row {broken}.", cure="Use another backup.")
        if audit.head(copy) != note.get("audit_head"):
            raise StoreError("The backup's audit trail does not end where its note says.", cure="Use another backup.")
        _refuse_damaged(copy)
    _tidy(folder)
