"""Jobs: long work as durable rows, so that a restart neither loses nor repeats it silently."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pandas as pd
import sqlalchemy as sa

from pavement.errors import Cancelled
from pavement.progress import Progress
from pavement.store.database import Store, now, reading, writing
from pavement.store.tables import JOB


@dataclass(frozen=True)
class Job:
    """One piece of long work: what, for whom, and how far."""

    id: int
    kind: str
    arguments: dict[str, Any]
    state: str
    done: int
    total: int
    label: str
    result: dict[str, Any]
    created_at: str
    created_by: str
    changed_at: str
    worker: int | None
    cancel: bool


def submit(store: Store, kind: str, *, arguments: dict[str, Any], user: str) -> int:
    """Queue a job and return its number."""
    row = {
        **{"kind": kind, "arguments": json.dumps(arguments), "state": "queued", "done": 0, "total": 0, "label": ""},
        **{"result": "{}", "created_at": now(), "created_by": user, "changed_at": now(), "cancel": False},
    }
    with writing(store) as connection:
        key = connection.execute(sa.insert(JOB).values(**row)).inserted_primary_key
    return int(key[0]) if key else 0


def claim(store: Store, *, worker: int) -> Job | None:
    """Take the oldest queued job for a worker process, or return None."""
    with writing(store) as connection:
        oldest = sa.select(JOB.c.id).where(JOB.c.state == "queued").order_by(JOB.c.id).limit(1)
        number = connection.execute(oldest).scalar()
        if number is not None:
            change = {"state": "running", "worker": worker, "changed_at": now()}
            connection.execute(sa.update(JOB).where(JOB.c.id == number).values(**change))
    return None if number is None else get(store, number)


def get(store: Store, number: int) -> Job | None:
    """Return a job by number, or None."""
    with reading(store) as connection:
        row = connection.execute(sa.select(JOB).where(JOB.c.id == number)).mappings().first()
    if row is None:
        return None
    return Job(**dict(row) | {"arguments": json.loads(row["arguments"]), "result": json.loads(row["result"])})


def jobs(store: Store, *, limit: int = 50) -> pd.DataFrame:
    """Return the newest jobs, newest first."""
    with reading(store) as connection:
        rows = connection.execute(sa.select(JOB).order_by(JOB.c.id.desc()).limit(limit)).mappings().all()
    return pd.DataFrame(rows, columns=[c.name for c in JOB.columns])


def reporter(store: Store, number: int) -> Progress:
    """Return a progress callback that writes to a job's row and stops when somebody cancelled it."""

    def report(done: int, total: int, label: str) -> None:
        with writing(store) as connection:
            change = {"done": done, "total": total, "label": label, "changed_at": now()}
            connection.execute(sa.update(JOB).where(JOB.c.id == number).values(**change))
            cancelled = connection.execute(sa.select(JOB.c.cancel).where(JOB.c.id == number)).scalar()
        if cancelled:
            raise Cancelled(f"Job {number} was cancelled.")

    return report


def finish(store: Store, number: int, *, state: str, result: dict[str, Any]) -> None:
    """Close a job as ``done``, ``failed`` or ``cancelled`` with its last words."""
    change = {"state": state, "result": json.dumps(result, ensure_ascii=False, default=str), "changed_at": now()}
    with writing(store) as connection:
        connection.execute(sa.update(JOB).where(JOB.c.id == number).values(**change))


def cancel(store: Store, number: int) -> None:
    """Ask a job to stop; a queued one is closed at once."""
    with writing(store) as connection:
        mine = JOB.c.id == number
        connection.execute(sa.update(JOB).where(mine).values(cancel=True, changed_at=now()))
        connection.execute(sa.update(JOB).where(mine, JOB.c.state == "queued").values(state="cancelled"))


def abandon(store: Store, *, reason: str) -> int:
    """Mark every running job as failed, as at the start of a worker after a crash; return how many."""
    with writing(store) as connection:
        change = {"state": "failed", "result": json.dumps({"error": reason}), "changed_at": now()}
        return int(connection.execute(sa.update(JOB).where(JOB.c.state == "running").values(**change)).rowcount)
