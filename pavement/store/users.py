"""People who may sign in: names, roles and slow password hashes."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field

import pandas as pd
import sqlalchemy as sa

from pavement.errors import StoreError
from pavement.schema import read_table
from pavement.store import audit
from pavement.store.database import Store, now, reading, writing
from pavement.store.tables import USER

ROLES = tuple(read_table("roles")["role"])
# scrypt cost: one of the equal choices of the OWASP password storage cheat sheet (16 MiB a guess); kept in each hash,
# so that it can be raised without locking anybody out
_COST = (2**14, 8, 5)
_SHORTEST, _LONGEST = 10, 200
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")


@dataclass(frozen=True)
class User:
    """A person, the role that decides what they may do, and the stamp that their open sessions carry."""

    name: str
    role: str
    stamp: str = field(default="", compare=False)


def add(store: Store, name: str, *, password: str, role: str = "viewer", by: str = "cli") -> None:
    """
    Add a person.

    Raises
    ------
    StoreError
        The name is taken or unusable, the role unknown, or the password too short or long.
    """
    if not _NAME.fullmatch(name):
        raise StoreError(f"{name!r} cannot be a name.", cure="Use 2 to 40 of a-z, 0-9, dot, dash, underscore.")
    _check_role(role)
    row = {"name": name, "role": role, "password": _hashed(password), "created_at": now(), "active": True}
    row |= {"stamp": secrets.token_hex(8)}
    with writing(store) as connection:
        if connection.execute(sa.select(USER.c.name).where(USER.c.name == name)).first():
            raise StoreError(f"There is already a user {name!r}.")
        connection.execute(sa.insert(USER).values(**row))
        audit.append(connection, user=by, action="add user", subject=name, role=role)


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise StoreError(f"There is no role {role!r}.", cure=f"Use one of {', '.join(ROLES)}.")


def _hashed(password: str) -> str:
    if not _SHORTEST <= len(password) <= _LONGEST:
        cure = f"Use {_SHORTEST} to {_LONGEST}; a sentence is easy to remember."
        raise StoreError(f"The password has {len(password)} characters.", cure=cure)
    salt = secrets.token_bytes(16)
    return "$".join(["scrypt", *map(str, _COST), salt.hex(), _scrypt(password, salt, _COST).hex()])


def _scrypt(password: str, salt: bytes, cost: tuple[int, ...]) -> bytes:
    n, r, p = cost
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=2**28)


# compared with when nobody has the name, so that a guess takes as long as for one who has
_NOBODY = "$".join(["scrypt", *map(str, _COST), "00" * 16, "00" * 64])


def verified(store: Store, name: str, *, password: str) -> User | None:
    """Return the person when name and password fit and they are active, else None; all cases take as long."""
    with reading(store) as connection:
        row = connection.execute(sa.select(USER).where(USER.c.name == name)).mappings().first()
    _, n, r, p, salt, kept = (row["password"] if row else _NOBODY).split("$")
    guess = _scrypt(password[:_LONGEST], bytes.fromhex(salt), (int(n), int(r), int(p)))
    same = hmac.compare_digest(guess, bytes.fromhex(kept))
    return User(name, row["role"], row["stamp"]) if row and same and row["active"] else None


def get(store: Store, name: str) -> User | None:
    """Return an active person by name, or None."""
    with reading(store) as connection:
        row = connection.execute(sa.select(USER).where(USER.c.name == name, USER.c.active)).mappings().first()
    return User(name, row["role"], row["stamp"]) if row else None


def end_sessions(store: Store, name: str) -> None:
    """End every open session of a person, on whatever machine: the cookies of all of them stop being good."""
    with writing(store) as connection:
        connection.execute(sa.update(USER).where(USER.c.name == name).values(stamp=secrets.token_hex(8)))


def set_password(store: Store, name: str, *, password: str, by: str) -> None:
    """Give a person a new password."""
    _change(store, name, {"password": _hashed(password)}, by=by, action="set password")


def set_role(store: Store, name: str, *, role: str, by: str) -> None:
    """Give a person another role; the last active administrator keeps theirs."""
    _check_role(role)
    _change(store, name, {"role": role}, by=by, action="set role")


def set_active(store: Store, name: str, *, active: bool, by: str) -> None:
    """Let a person in or keep them out; the last active administrator stays in."""
    _change(store, name, {"active": active}, by=by, action="activate" if active else "deactivate")


def _change(store: Store, name: str, values: dict[str, str | bool], *, by: str, action: str) -> None:
    with writing(store) as connection:
        # whoever knew the old password or had the old role signs in again
        changed = sa.update(USER).where(USER.c.name == name).values(stamp=secrets.token_hex(8), **values)
        if connection.execute(changed).rowcount != 1:
            raise StoreError(f"There is no user {name!r}.")
        admins = sa.select(sa.func.count()).where(USER.c.role == "admin", USER.c.active)
        if "password" not in values and not connection.execute(admins).scalar() and _was_admin(store, name):
            raise StoreError(f"{name} is the last administrator.", cure="Make somebody else administrator first.")
        detail = {k: v for k, v in values.items() if k != "password"}
        audit.append(connection, user=by, action=action, subject=name, **detail)


def _was_admin(store: Store, name: str) -> bool:
    """Return whether a person is an active administrator as committed, before the change under way."""
    found = get(store, name)
    return found is not None and found.role == "admin"


def listing(store: Store) -> pd.DataFrame:
    """Return name, role, active and created_at of everybody."""
    columns = [USER.c.name, USER.c.role, USER.c.active, USER.c.created_at]
    with reading(store) as connection:
        rows = connection.execute(sa.select(*columns).order_by(USER.c.name)).all()
    return pd.DataFrame(rows, columns=[c.name for c in columns])
