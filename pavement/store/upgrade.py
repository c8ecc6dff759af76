"""Migrations: a new database gets its tables, an older one what has come since."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from pavement.errors import StoreError

MIGRATIONS = Path(__file__).resolve().parent / "migrations"


def upgrade(connection: sa.Connection) -> None:
    """
    Bring a database to the newest revision, inside the caller's write transaction.

    Raises
    ------
    StoreError
        It was written by a newer version of the program.
    """
    current = MigrationContext.configure(connection).get_current_revision()
    scripts = ScriptDirectory.from_config(_config(connection))
    if current is not None and current not in {s.revision for s in scripts.walk_revisions()}:
        raise StoreError(
            f"The store was written by a newer version of this program (revision {current}).",
            cure="Upgrade the program; the store was not changed.",
        )
    command.upgrade(_config(connection), "head")


def _config(connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
