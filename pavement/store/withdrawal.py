"""Withdrawal: a published run taken out of force, and what it superseded put back."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from pavement.errors import StoreError
from pavement.store import audit
from pavement.store.database import Store, writing
from pavement.store.runs import raise_version
from pavement.store.tables import DESCRIBED, RUN

IN_FORCE, SUPERSEDED, WITHDRAWN = "published", "superseded", "withdrawn"
_NETWORK = "routes"


def withdraw(store: Store, run: str, *, user: str, reason: str) -> str | None:
    """
    Take a run out of force, and return the run that is in force again in its place, if it had superseded one.

    Nothing is deleted: its rows, objects and faults stay with it, but readers no longer see them.

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
        row = _found(connection, run)
        former = _former(connection, row)
        if former is None:
            _require_no_dependants(connection, row)
        version = raise_version(connection)
        connection.execute(sa.update(RUN).where(RUN.c.run == row["run"]).values(state=WITHDRAWN))
        if former is not None:
            connection.execute(sa.update(RUN).where(RUN.c.run == former).values(state=IN_FORCE))
        detail = {"survey": row["survey"], "restores": former, "reason": reason.strip(), "data_version": version}
        audit.append(connection, user=user, action="withdraw", subject=row["run"], **detail)
    return former


def _found(connection: sa.Connection, run: str) -> dict[str, Any]:
    rows = connection.execute(sa.select(RUN).where(RUN.c.run.startswith(run, autoescape=True))).mappings().all()
    if len(rows) != 1 or not run:
        what = f"There is no run {run!r}." if not rows else f"{len(rows)} runs begin with {run!r}."
        raise StoreError(what, cure="Take the id from the page of the run or from the quality page.")
    row = dict(rows[0])
    if row["state"] != IN_FORCE:
        raise StoreError(f"Run {row['run'][:12]} is {row['state']}, not in force.", cure="Nothing needs to be done.")
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
