"""Long work from the pages: asked for as rows in the store, done by a worker process that is watched from here."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from dashboard.i18n import step_text, t
from pavement.errors import FAULT_COLUMNS, no_faults
from pavement.settings import ENVIRONMENT_PREFIX, Settings
from pavement.store import jobs as rows
from pavement.store.database import Store

log = logging.getLogger(__name__)
_LAST_WORDS = 300
_WAITS = (1.0, 5.0, 30.0, 60.0)
_OCCUPIED = 3


@dataclass(frozen=True)
class JobView:
    """A job as the pages see it; ``outcome`` is published, unchanged or refused for an ingest."""

    id: int
    kind: str
    state: str
    name: str
    user: str
    done: int
    total: int
    label: str
    outcome: str
    message: str
    run: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    fault_count: int = 0
    faults: pd.DataFrame = field(default_factory=no_faults)
    ended_at: str = ""

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in rows.ENDS


def ask(store: Store, kind: str, arguments: dict[str, Any], *, user: str) -> int:
    """Put a job into the queue and return its number."""
    return rows.add(store, kind, arguments, user=user)


def stop(store: Store, number: int, *, user: str) -> None:
    """Ask a job to stop; one that runs ends at its next report, and nothing of it is kept."""
    rows.cancel(store, number, user=user)


def view(store: Store, number: Any) -> JobView | None:
    """Return a job as the pages show it, or None when there is no such job."""
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 2**53:
        return None
    job = rows.get(store, number)
    if job is None:
        return None
    result = job.result
    listed = pd.DataFrame(result.get("faults") or [], columns=list(FAULT_COLUMNS))
    return JobView(
        id=job.id,
        kind=job.kind,
        state=job.state,
        name=str(job.arguments.get("name", job.kind)),
        user=job.created_by,
        done=job.done,
        total=job.total,
        label=job.label,
        outcome=str(result.get("state", "")),
        message=job.message,
        run=str(result.get("run", "")),
        counts=result.get("counts") or {},
        fault_count=int(result.get("fault_count") or 0),
        faults=listed,
        ended_at=job.changed_at,
    )


def unpublished(store: Store, *, limit: int) -> list[JobView]:
    """Return the last uploads that ended without anything being published or already there, newest first."""
    ended = [job for job in rows.listing(store, states=rows.ENDS, limit=10 * limit) if job.kind == "ingest"]
    wrong = [job for job in ended if job.state != "done" or job.result.get("state") == "refused"]
    return [found for job in wrong[:limit] if (found := view(store, job.id)) is not None]


def running(store: Store, kind: str) -> int | None:
    """Return the number of a job of a kind that is queued or running, or None."""
    frame = rows.jobs(store, limit=50)
    found = frame[(frame["kind"] == kind) & frame["state"].isin(rows.OPEN)]
    return int(found["id"].iloc[-1]) if len(found) else None


def progress_line(job: JobView) -> str:
    """Return what a job is doing, in one line."""
    if job.state == "queued":
        return t("Waiting for the worker")
    step = step_text(job.label)
    return f"{step}  {job.done:,} / {job.total:,}" if job.total else step or t("Starting …")


@contextmanager
def worker(store: Store, settings: Settings) -> Iterator[None]:
    """Keep one worker process at work for the time of a block; when it dies, its job fails and it restarts."""
    stop = threading.Event()
    watch = threading.Thread(target=_watch, args=(store, settings, stop), name="worker watch", daemon=True)
    watch.start()
    try:
        yield
    finally:
        stop.set()
        watch.join(timeout=30)


def environment(settings: Settings) -> dict[str, str]:
    """Return the environment in which a child process has the same settings."""
    given = {f"{ENVIRONMENT_PREFIX}{name.upper()}": str(value) for name, value in settings.items()}
    return os.environ | given | {"PAVEMENT_HOME": str(settings.home)}


def _watch(store: Store, settings: Settings, stop: threading.Event) -> None:
    deaths = 0
    diary = settings.home / "worker.log"
    while not stop.is_set():
        code, words = _run_once(settings, diary, stop)
        if stop.is_set():
            rows.abandon(store, reason="The pages were stopped while this job ran. Nothing of it was published.")
            return
        if code != _OCCUPIED:
            reason = f"The worker process ended ({_how(code)}). Nothing was published; ask again. Last words: {words}"
            log.error("%s", reason)
            rows.abandon(store, reason=reason)
            deaths += 1
        stop.wait(_WAITS[min(deaths, len(_WAITS) - 1)])


def _run_once(settings: Settings, diary: Path, stop: threading.Event) -> tuple[int, str]:
    """Run one worker until it ends or is to be stopped; return its exit code and the last it wrote."""
    start = diary.stat().st_size if diary.exists() else 0
    with diary.open("ab") as stream:
        child = subprocess.Popen(
            [sys.executable, "-m", "dashboard.worker"],
            env=environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
        )
        while child.poll() is None and not stop.wait(0.5):
            pass
        if child.poll() is None:
            _end(child)
    with diary.open("rb") as stream:
        stream.seek(start)
        words = stream.read()[-_LAST_WORDS:].decode("utf-8", "replace").strip()
    return int(child.returncode), words.splitlines()[-1] if words else "none"


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(timeout=10)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
