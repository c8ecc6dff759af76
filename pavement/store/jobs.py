"""Jobs: long work as durable rows, so that a restart neither loses nor repeats it silently."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pandas as pd
import sqlalchemy as sa

from pavement.errors import Cancelled, StoreError
from pavement.progress import Progress
from pavement.store.database import Store, now, reading, writing
from pavement.store.tables import JOB

OPEN = ("queued", "running")
ENDS = ("done", "failed", "cancelled")


@dataclass(frozen=True)
class Job:
    """One piece of long work: what, for whom, how far, and its last words."""

    id: int
    kind: str
    arguments: dict[str, Any]
    state: str
    done: int
    total: int
    label: str
    message: str
    result: dict[str, Any]
    created_at: str
    created_by: str
    changed_at: str
    worker: int | None
    cancel: bool


def add(store: Store, kind: str, arguments: dict[str, Any], *, user: str) -> int:
    """Queue a job and return its number; the arguments are kept as JSON."""
    row = {
        **{"kind": kind, "arguments": json.dumps(arguments, ensure_ascii=False), "state": "queued"},
        **{"done": 0, "total": 0, "label": "", "message": "", "result": "{}", "cancel": False},
        **{"created_at": now(), "created_by": user, "changed_at": now()},
    }
    with writing(store) as connection:
        return int(connection.execute(sa.insert(JOB).values(**row).returning(JOB.c.id)).scalar_one())


def claim(store: Store, *, worker: int) -> Job | None:
    """Take the oldest queued job for a worker process, or return None; no job is taken twice."""
    with reading(store) as connection:
        # a look without the write lock first: an idle worker must not hold up the writers
        if connection.execute(sa.select(JOB.c.id).where(JOB.c.state == "queued").limit(1)).first() is None:
            return None
    with writing(store) as connection:
        oldest = sa.select(JOB.c.id).where(JOB.c.state == "queued").order_by(JOB.c.id).limit(1)
        number = connection.execute(oldest).scalar()
        if number is None:
            return None
        change = {"state": "running", "worker": worker, "changed_at": now()}
        connection.execute(sa.update(JOB).where(JOB.c.id == number).values(**change))
    return get(store, number)


def get(store: Store, number: int) -> Job | None:
    """Return a job by number, or None."""
    with reading(store) as connection:
        row = connection.execute(sa.select(JOB).where(JOB.c.id == number)).mappings().first()
    return None if row is None else _job(dict(row))


def _job(row: dict[str, Any]) -> Job:
    return Job(**row | {"arguments": json.loads(row["arguments"]), "result": json.loads(row["result"])})


def listing(store: Store, *, states: tuple[str, ...] = (*OPEN, *ENDS), limit: int = 50) -> list[Job]:
    """Return the newest jobs in some states, newest first."""
    statement = sa.select(JOB).where(JOB.c.state.in_(states)).order_by(JOB.c.id.desc()).limit(limit)
    with reading(store) as connection:
        return [_job(dict(row)) for row in connection.execute(statement).mappings()]


def jobs(store: Store, *, limit: int = 50) -> pd.DataFrame:
    """Return the newest jobs as a frame, newest first; arguments and result as JSON text."""
    with reading(store) as connection:
        rows = connection.execute(sa.select(JOB).order_by(JOB.c.id.desc()).limit(limit)).all()
    return pd.DataFrame(rows, columns=[c.name for c in JOB.columns])


def progress(store: Store, number: int, *, done: int, total: int, label: str) -> None:
    """
    Write how far a running job is.

    Raises
    ------
    Cancelled
        Somebody asked the job to stop, or it is no longer running.
    """
    mine = (JOB.c.id == number) & (JOB.c.state == "running")
    change = {"done": done, "total": total, "label": label, "changed_at": now()}
    with writing(store) as connection:
        alive = connection.execute(sa.update(JOB).where(mine).values(**change)).rowcount
        cancelled = connection.execute(sa.select(JOB.c.cancel).where(JOB.c.id == number)).scalar()
    if cancelled or not alive:
        raise Cancelled(f"Job {number} was asked to stop.")


def reporter(store: Store, number: int) -> Progress:
    """Return a progress callback that writes to a job's row and stops when somebody cancelled it."""

    def report(done: int, total: int, label: str) -> None:
        progress(store, number, done=done, total=total, label=label)

    return report


def finish(
    store: Store, number: int, *, state: str = "done", result: dict[str, Any] | None = None, message: str = ""
) -> bool:
    """
    Close a running job as ``done``, ``failed`` or ``cancelled`` with its last words.

    Returns
    -------
    closed
        False when the job was closed before, for instance as abandoned; nothing is changed then.
    """
    if state not in ENDS:
        raise StoreError(f"{state!r} ends no job.", cure=f"Use one of {', '.join(ENDS)}.")
    text = json.dumps(result or {}, ensure_ascii=False, default=str)
    change = {"state": state, "result": text, "message": message, "changed_at": now()}
    with writing(store) as connection:
        mine = (JOB.c.id == number) & (JOB.c.state == "running")
        return bool(connection.execute(sa.update(JOB).where(mine).values(**change)).rowcount)


def cancel(store: Store, number: int, *, user: str = "") -> None:
    """Ask a job to stop; a queued one is closed at once, a running one at its next report, a closed one is left."""
    words = f"Stopped by {user}." if user else "Stopped."
    with writing(store) as connection:
        mine = JOB.c.id == number
        queued, running = mine & (JOB.c.state == "queued"), mine & (JOB.c.state == "running")
        change = {"state": "cancelled", "cancel": True, "message": words, "changed_at": now()}
        connection.execute(sa.update(JOB).where(queued).values(**change))
        connection.execute(sa.update(JOB).where(running).values(cancel=True, changed_at=now()))


def abandon(store: Store, *, reason: str, worker: int | None = None) -> int:
    """Mark every running job, or those of one worker, as failed, as after a crash; return how many."""
    lost = JOB.c.state == "running" if worker is None else (JOB.c.state == "running") & (JOB.c.worker == worker)
    with writing(store) as connection:
        change = {"state": "failed", "message": reason, "changed_at": now()}
        return int(connection.execute(sa.update(JOB).where(lost).values(**change)).rowcount)
