"""The worker process: takes jobs from the store one after the other and does them."""

from __future__ import annotations

import fcntl
import logging
import os
import resource
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from dashboard import uploads
from ingest.work import remove_stale as remove_stale_work
from pavement.errors import Cancelled, PavementError
from pavement.progress import Progress
from pavement.settings import Settings, load_settings
from pavement.store import jobs
from pavement.store.database import Store, open_store

log = logging.getLogger("dashboard.worker")
OCCUPIED = 3
_IDLE = 0.5
_TELL_EVERY = 0.3
_LISTED_FAULTS = 500
_SWEEP_EVERY = 300.0


class Stop:
    """Set when the process is asked to end; running work then stops at its next report."""

    asked = False


def told(report: Progress, stop: type[Stop] = Stop) -> Progress:
    """Return a progress callback that passes on a few reports a second and stops when the process is to end."""
    last = [0.0]

    def tell(done: int, total: int, label: str) -> None:
        if stop.asked:
            raise Cancelled("The worker was stopped.")
        now = time.monotonic()
        if done >= total or now - last[0] >= _TELL_EVERY:
            last[0] = now
            report(done, total, label)

    return tell


def do(store: Store, settings: Settings, job: jobs.Job) -> None:
    """Do one job and close its row, whatever happens."""
    verbs = {"ingest": _ingest, "train": _train, "forecast": _forecast, "plan": _plan, "scenarios": _scenarios}
    try:
        result = verbs[job.kind](store, settings, job, told(jobs.reporter(store, job.id)))
        jobs.finish(store, job.id, result=result, message=str(result.get("message", "")))
    except Cancelled:
        jobs.finish(store, job.id, state="cancelled", message="Stopped; nothing was published.")
    except PavementError as error:
        jobs.finish(store, job.id, state="failed", message=str(error))
    except MemoryError:
        text = "The work needed more memory than the setting worker_memory allows."
        jobs.finish(store, job.id, state="failed", message=text)
    except Exception:
        reference = os.urandom(4).hex()
        log.exception("job %s failed, error %s", job.id, reference)
        text = f"Something went wrong. Error number {reference}."
        jobs.finish(store, job.id, state="failed", message=text)


def _ingest(store: Store, settings: Settings, job: jobs.Job, progress: Progress) -> dict[str, Any]:
    from dashboard.workflow import after_survey
    from ingest.run import ingest_package

    package = settings.home / "uploads" / Path(job.arguments["file"]).name
    try:
        report = ingest_package(package, store=store, settings=settings, progress=progress, user=job.created_by)
    finally:
        package.unlink(missing_ok=True)
    listed = report.faults.head(_LISTED_FAULTS).astype(object)
    alarms = after_survey(store, settings, user=job.created_by) if report.state == "published" else []
    # people know the file by the name they gave it, not by the one it is kept under here
    told = report.message.replace(package.name, str(job.arguments.get("name") or package.name))
    return {
        "state": report.state,
        "run": report.run,
        "message": " ".join([told, *alarms]),
        "counts": {str(name): int(count) for name, count in report.counts.items()},
        "fault_count": len(report.faults),
        "faults": listed.where(listed.notna(), None).to_dict("records"),
    }


def _train(store: Store, settings: Settings, job: jobs.Job, progress: Progress) -> dict[str, Any]:
    from dashboard import workflow

    targets = tuple(job.arguments["targets"])
    lines = workflow.train(store, settings, targets=targets, promote="", user=job.created_by, progress=progress)
    return {"message": "\n".join(lines)}


def _forecast(store: Store, settings: Settings, job: jobs.Job, progress: Progress) -> dict[str, Any]:
    from dashboard import workflow

    said = workflow.forecast(store, settings, user=job.created_by, progress=progress)
    return {"message": " ".join([said, *workflow.refused_models(store)])}


def _plan(store: Store, settings: Settings, job: jobs.Job, progress: Progress) -> dict[str, Any]:
    from dashboard import workflow

    with tempfile.TemporaryDirectory(prefix="pavement-plan-") as folder:
        chosen = _as_asked(settings, job.arguments, Path(folder))
        keep_empty = bool(job.arguments.get("keep_empty", False))
        made = workflow.make_plan(store, chosen, user=job.created_by, progress=progress, keep_empty=keep_empty)
    return {"message": made}


def _as_asked(settings: Settings, asked: dict[str, Any], folder: Path) -> Settings:
    """Return settings with the years and money of a job, and its tables as files; they stand before those in force."""
    files = {}
    for name in ("limits", "budgets"):
        text = str(asked.get(name, ""))
        if text:
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        files[f"plan_{name}"] = str(folder / f"{name}.csv") if text else ""
    return settings.replaced(
        annual_budget=asked["budget"],
        plan_years=asked["years"],
        plan_objective=asked.get("objective", settings["plan_objective"]),
        plan_edge=asked.get("edge", settings["plan_edge"]),
        **files,
    )


def _scenarios(store: Store, settings: Settings, job: jobs.Job, progress: Progress) -> dict[str, Any]:
    from dashboard import scenario_runs

    chosen = settings.replaced(plan_years=job.arguments["years"], plan_edge=job.arguments["edge"], plan_budgets="")
    asked = job.arguments["asked"]
    return {"message": scenario_runs.keep_form(store, chosen, asked, user=job.created_by, progress=progress)}


def work(store: Store, settings: Settings, *, once: bool = False) -> int:
    """Do queued jobs until asked to stop; with ``once`` until none is queued. Return how many were done."""
    count, swept = 0, 0.0
    parent = os.getppid()
    # without the pages beside it, which may come again in a newer version, a worker ends
    while not Stop.asked and os.getppid() == parent:
        if time.monotonic() - swept > _SWEEP_EVERY or not swept:
            uploads.remove_stale(settings.home / "uploads")
            uploads.remove_orphans(settings.home / "uploads", store)
            remove_stale_work(settings)
            swept = time.monotonic()
        job = jobs.claim(store, worker=os.getpid())
        if job is not None:
            do(store, settings, job)
            count += 1
        elif once:
            break
        else:
            time.sleep(_IDLE)
    return count


def main() -> int:
    """Run the worker of the store in the settings; one at a time for a home folder."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(name)s %(message)s")
    settings = load_settings()
    if settings["worker_memory"]:
        resource.setrlimit(resource.RLIMIT_AS, (settings["worker_memory"], settings["worker_memory"]))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: setattr(Stop, "asked", True))
    settings.home.mkdir(parents=True, exist_ok=True)
    with (settings.home / "worker.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return OCCUPIED
        store = open_store(settings.home, url=settings["database"], crs=settings["crs"])
        try:
            jobs.abandon(
                store, reason="The program ended while this job ran. Nothing of it was published; ask for it again."
            )
            work(store, settings)
        finally:
            store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
