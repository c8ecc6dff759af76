"""Runs in and out of force: withdrawn and put back, released where they were held, or rejected."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from pavement.errors import StoreError
from pavement.store import audit
from pavement.store.database import Store, writing
from pavement.store.remade_traffic import remake
from pavement.store.runs import HELD, PAGE_VERSION, PUBLISHED, raise_version
from pavement.store.tables import DESCRIBED, RUN

IN_FORCE, SUPERSEDED, WITHDRAWN = PUBLISHED, "superseded", "withdrawn"
REJECTED = "rejected"
_NETWORK = "routes"


def withdraw(store: Store, run: str, *, user: str, reason: str) -> str | None:
    """
    Take a run out of force, and return the run that is in force again in its place, if it had superseded one.

    Nothing is deleted: its rows, objects and faults stay with it, but readers no longer see them. Yearly averages of
    counters that rest on its days are made anew from the days that stay in force.

    Parameters
    ----------
    run
        Run id, or the start of one that no other run shares.
    user, reason
        Who withdraws it and why, for the audit.

    Raises
    ------
    StoreError
        No such run, not in force, no reason, or a network that other runs stand on.
    """
    if not reason.strip():
        raise StoreError("A withdrawal needs a reason.", cure="Say in a few words what is wrong with the data.")
    with writing(store) as connection:
        row = _found(connection, run, state=IN_FORCE)
        former = _former(connection, row)
        if former is None:
            _require_no_dependants(connection, row)
        version = raise_version(connection)
        connection.execute(sa.update(RUN).where(RUN.c.run == row["run"]).values(state=WITHDRAWN))
        if former is not None:
            connection.execute(sa.update(RUN).where(RUN.c.run == former).values(state=IN_FORCE))
        remake(connection, store, [row["run"], former])
        detail = {"survey": row["survey"], "restores": former, "reason": reason.strip(), "data_version": version}
        audit.append(connection, user=user, action="withdraw", subject=row["run"], **detail)
    return former


def reinstate(store: Store, run: str, *, user: str, reason: str) -> str | None:
    """
    Put a withdrawn run back in force, and return the run of its survey that it supersedes again, if there is one.

    Parameters
    ----------
    run
        Run id, or the start of one that no other run shares.
    user, reason
        Who puts it back and why, for the audit.

    Raises
    ------
    StoreError
        No such run, not withdrawn, no reason, a later run of its survey is in force, or the network has changed since.
    """
    if not reason.strip():
        raise StoreError(
            "To put a run back in force needs a reason.", cure="Say in a few words why its data are right."
        )
    with writing(store) as connection:
        row = _found(connection, run, state=WITHDRAWN)
        former = _in_force(connection, row)
        _require_same_network(connection, row)
        version = raise_version(connection)
        connection.execute(sa.update(RUN).where(RUN.c.run == former).values(state=SUPERSEDED))
        connection.execute(sa.update(RUN).where(RUN.c.run == row["run"]).values(state=IN_FORCE))
        remake(connection, store, [row["run"], former])
        detail = {"survey": row["survey"], "supersedes": former, "reason": reason.strip(), "data_version": version}
        audit.append(connection, user=user, action="reinstate", subject=row["run"], **detail)
    return former


def release(store: Store, run: str, *, user: str, reason: str) -> str | None:
    """
    Publish a run that was held, and return the run of its survey that it supersedes, if there is one.

    Parameters
    ----------
    run
        Run id, or the start of one that no other run shares.
    user, reason
        Who vouches for its data and why, for the audit.

    Raises
    ------
    StoreError
        No such run, not held, no reason, or the network has changed since.
    """
    if not reason.strip():
        raise StoreError(
            "To release a run needs a reason.", cure="Say in a few words why its data can be trusted in spite of it."
        )
    with writing(store) as connection:
        row = _found(connection, run, state=HELD)
        now = sa.select(RUN.c.run).where(RUN.c.survey == row["survey"], RUN.c.state == IN_FORCE)
        former: str | None = connection.execute(now).scalar()
        _require_same_network(connection, row)
        version = raise_version(connection)
        connection.execute(sa.update(RUN).where(RUN.c.run == former).values(state=SUPERSEDED))
        mine = sa.update(RUN).where(RUN.c.run == row["run"])
        connection.execute(mine.values(state=IN_FORCE, supersedes=former, data_version=version))
        remake(connection, store, [row["run"], former])
        detail = {"survey": row["survey"], "supersedes": former, "reason": reason.strip(), "data_version": version}
        audit.append(connection, user=user, action="release", subject=row["run"], **detail)
    return former


def reject(store: Store, run: str, *, user: str, reason: str) -> None:
    """
    Set a held run aside for good; what it says of itself and its checks stay on record.

    Raises
    ------
    StoreError
        No such run, not held, or no reason.
    """
    if not reason.strip():
        raise StoreError("To reject a run needs a reason.", cure="Say in a few words what is wrong with the data.")
    with writing(store) as connection:
        row = _found(connection, run, state=HELD)
        raise_version(connection, PAGE_VERSION)
        connection.execute(sa.update(RUN).where(RUN.c.run == row["run"]).values(state=REJECTED))
        audit.append(
            connection, user=user, action="reject", subject=row["run"], survey=row["survey"], reason=reason.strip()
        )


def _in_force(connection: sa.Connection, row: dict[str, Any]) -> str | None:
    """Return the run in force of a withdrawn run's survey, which must be the one that it had superseded."""
    statement = sa.select(RUN.c.run).where(RUN.c.survey == row["survey"], RUN.c.state == IN_FORCE)
    now: str | None = connection.execute(statement).scalar()
    if now not in (None, row["supersedes"]):
        raise StoreError(
            f"Run {now[:12]} of the same survey came later and is in force.", cure="Withdraw that one first."
        )
    return now


def _require_same_network(connection: sa.Connection, row: dict[str, Any]) -> None:
    routes = DESCRIBED[_NETWORK]
    if connection.execute(sa.select(routes.c.id).where(routes.c.run == row["run"])).first():
        return
    networks = sa.select(RUN.c.run).where(RUN.c.run.in_(sa.select(routes.c.run)), RUN.c.state == IN_FORCE)
    if connection.execute(networks.where(RUN.c.data_version > row["data_version"])).first():
        raise StoreError(
            f"The network has changed since run {row['run'][:12]} was published.",
            cure="Send its package again: it will be located on the network of today.",
        )


def _found(connection: sa.Connection, run: str, *, state: str) -> dict[str, Any]:
    rows = connection.execute(sa.select(RUN).where(RUN.c.run.startswith(run, autoescape=True))).mappings().all()
    if len(rows) != 1 or not run:
        what = f"There is no run {run!r}." if not rows else f"{len(rows)} runs begin with {run!r}."
        raise StoreError(what, cure="Take the id from the page of the run or from the quality page.")
    row = dict(rows[0])
    if row["state"] != state:
        wanted = {IN_FORCE: "in force"}.get(state, state)
        raise StoreError(f"Run {row['run'][:12]} is {row['state']}, not {wanted}.", cure="Nothing needs to be done.")
    return row


def _former(connection: sa.Connection, row: dict[str, Any]) -> str | None:
    statement = sa.select(RUN.c.run).where(RUN.c.run == row["supersedes"], RUN.c.state == SUPERSEDED)
    return connection.execute(statement).scalar()


def _require_no_dependants(connection: sa.Connection, row: dict[str, Any]) -> None:
    routes = DESCRIBED[_NETWORK]
    if not connection.execute(sa.select(routes.c.id).where(routes.c.run == row["run"])).first():
        return
    others = sa.select(sa.func.count()).where(RUN.c.state == IN_FORCE, RUN.c.run != row["run"])
    if number := connection.execute(others).scalar_one():
        raise StoreError(
            f"Run {row['run'][:12]} is the network that {number} other runs stand on.",
            cure="Send a corrected network under the same survey id instead.",
        )
