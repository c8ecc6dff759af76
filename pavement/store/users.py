"""People who may sign in: names, roles and slow password hashes."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

import pandas as pd
import sqlalchemy as sa

from pavement.errors import StoreError
from pavement.store import audit
from pavement.store.database import Store, now, reading, writing
from pavement.store.tables import USER

ROLES = ("viewer", "planner", "data", "admin")
# scrypt cost: 16 MiB and some 50 ms a guess
_N, _R, _P = 2**14, 8, 1
_SHORTEST = 10


@dataclass(frozen=True)
class User:
    """A person and the role that decides what they may do."""

    name: str
    role: str


def add(store: Store, name: str, *, password: str, role: str = "viewer", by: str = "cli") -> None:
    """
    Add a person.

    Raises
    ------
    StoreError
        The name is taken or unusable, the role unknown, or the password too short.
    """
    if not re.fullmatch(r"[a-z0-9._-]{2,40}", name):
        raise StoreError(f"{name!r} cannot be a name.", cure="Use 2 to 40 of a-z, 0-9, dot, dash, underscore.")
    if role not in ROLES:
        raise StoreError(f"There is no role {role!r}.", cure=f"Use one of {', '.join(ROLES)}.")
    row = {"name": name, "role": role, "password": _hash(password), "created_at": now(), "active": True}
    with writing(store) as connection:
        if connection.execute(sa.select(USER.c.name).where(USER.c.name == name)).first():
            raise StoreError(f"There is already a user {name!r}.")
        connection.execute(sa.insert(USER).values(**row))
        audit.append(connection, user=by, action="add user", subject=name, role=role)


def _hash(password: str) -> str:
    if len(password) < _SHORTEST:
        raise StoreError(f"The password has {len(password)} characters.", cure=f"Use at least {_SHORTEST}.")
    salt = secrets.token_bytes(16)
    return f"{salt.hex()}${_scrypt(password, salt).hex()}"


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=_N, r=_R, p=_P, maxmem=2**26)


def verified(store: Store, name: str, *, password: str) -> User | None:
    """Return the person when name and password fit, else None; both cases take as long."""
    with reading(store) as connection:
        row = connection.execute(sa.select(USER).where(USER.c.name == name)).mappings().first()
    salt, kept = (row["password"] if row else "00$00").split("$")
    same = hmac.compare_digest(_scrypt(password, bytes.fromhex(salt)).hex(), kept)
    return User(name, row["role"]) if row and same and row["active"] else None


def get(store: Store, name: str) -> User | None:
    """Return an active person by name, or None."""
    with reading(store) as connection:
        row = connection.execute(sa.select(USER).where(USER.c.name == name, USER.c.active)).mappings().first()
    return User(name, row["role"]) if row else None


def set_password(store: Store, name: str, *, password: str, by: str) -> None:
    """Give a person a new password."""
    with writing(store) as connection:
        done = connection.execute(sa.update(USER).where(USER.c.name == name).values(password=_hash(password)))
        if done.rowcount != 1:
            raise StoreError(f"There is no user {name!r}.")
        audit.append(connection, user=by, action="set password", subject=name)


def set_active(store: Store, name: str, *, active: bool, by: str) -> None:
    """Let a person in or keep them out."""
    with writing(store) as connection:
        done = connection.execute(sa.update(USER).where(USER.c.name == name).values(active=active))
        if done.rowcount != 1:
            raise StoreError(f"There is no user {name!r}.")
        audit.append(connection, user=by, action="activate" if active else "deactivate", subject=name)


def listing(store: Store) -> pd.DataFrame:
    """Return name, role, active and created_at of everybody."""
    columns = [USER.c.name, USER.c.role, USER.c.active, USER.c.created_at]
    with reading(store) as connection:
        rows = connection.execute(sa.select(*columns).order_by(USER.c.name)).mappings().all()
    return pd.DataFrame(rows, columns=[c.name for c in columns])
