"""Work on many images on the machines of a dask.distributed cluster."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import cv2

from pavement.errors import SettingsError, SurveyError

if TYPE_CHECKING:
    from distributed import Client, Future

Task = TypeVar("Task")
Result = TypeVar("Result")

# tasks on their way for each thread of the cluster; each holds the bytes of an image
_WAITING = 4
# how long to wait for the scheduler, and for a worker when there is none [s]
_PATIENCE = 60.0
_LOOK_EVERY = 5.0
# an image may be larger than what dask thinks fit to travel with a task
_QUIET = {"distributed.admin.large-graph-warning-threshold": "1GB"}
# a network of OpenCV keeps what is on its way through it: one frame at a time in a process
_ONE = threading.Lock()


def clustered(
    job: Callable[[Task], Result],
    tasks: Iterable[Task],
    *,
    scheduler: str,
    lost: Callable[[Task], Result],
    patience: float = _PATIENCE,
) -> Generator[Result]:
    """
    Yield results in the order of the tasks, worked on by a cluster; a few are on their way at a time.

    Tasks travel with all they need, so that workers share no files with this machine. They need this program in the
    version that runs here.

    Parameters
    ----------
    job
        Function of one task that can be pickled.
    tasks
        What to work on; each is taken when there is room for it.
    scheduler
        Address of the scheduler, as ``tcp://host:8786``.
    lost
        What stands for the result of a task that ended its worker time and again, at last with nothing beside it.
    patience
        How long to wait for the scheduler, and for a worker when there is none. [s]

    Raises
    ------
    SettingsError
        dask.distributed is not installed.
    SurveyError
        The scheduler does not answer, or there is no worker.
    """
    with _cluster(scheduler, patience) as cluster:
        waiting: deque[tuple[Task, Future[Any]]] = deque()
        try:
            for task in tasks:
                waiting.append((task, cluster.sent(job, task)))
                if len(waiting) >= _WAITING * cluster.threads():
                    yield _first(cluster, job, waiting, lost)
            while waiting:
                yield _first(cluster, job, waiting, lost)
        finally:
            with suppress(OSError):
                cluster.client.cancel([future for _, future in waiting])


@dataclass(frozen=True)
class _Cluster:
    """A cluster in reach: its client and address, and how long to wait for a worker when there is none [s]."""

    client: Client
    scheduler: str
    patience: float

    def sent(self, job: Callable[[Task], Result], task: Task) -> Future[Any]:
        """Return the answer to come of a task."""
        return self.client.submit(_alone, job, task, pure=False)

    def threads(self) -> int:
        """Return how many tasks the cluster works on at a time, at least 1."""
        return max(1, sum(self.client.nthreads().values()))

    def answer(self, future: Future[Any]) -> Any:
        """Return what a task gives; raises where the scheduler is gone, or every worker for longer than is waited."""
        until = time.monotonic() + self.patience
        while True:
            try:
                return future.result(timeout=_LOOK_EVERY)
            except TimeoutError:
                if self.client.nthreads():
                    until = time.monotonic() + self.patience
            if time.monotonic() > until:
                raise _no_worker(self.scheduler)


@contextmanager
def _cluster(scheduler: str, patience: float) -> Iterator[_Cluster]:
    try:
        import dask
        from distributed import Client
    except ImportError as error:
        raise SettingsError(
            "The setting scheduler names a cluster, but dask.distributed is not installed.",
            cure="Install the extra cluster of this program, or leave the setting scheduler empty.",
        ) from error
    try:
        with dask.config.set(_QUIET), Client(scheduler, timeout=patience, set_as_default=False) as client:
            _wait_for_worker(client, scheduler, patience)
            yield _Cluster(client, scheduler, patience)
    except (OSError, CancelledError) as error:
        raise SurveyError(
            f"The cluster at {scheduler} does not answer.",
            cure="Check the setting scheduler and that its scheduler and workers run, then begin again: the "
            "frames that are finished are kept.",
        ) from error


def _wait_for_worker(client: Client, scheduler: str, patience: float) -> None:
    try:
        client.wait_for_workers(1, timeout=patience)
    except TimeoutError as error:
        raise _no_worker(scheduler) from error


def _no_worker(scheduler: str) -> SurveyError:
    return SurveyError(
        f"The cluster at {scheduler} has no worker.",
        cure="Start workers and begin again: the frames that are finished are kept.",
    )


def _first(
    cluster: _Cluster,
    job: Callable[[Task], Result],
    waiting: deque[tuple[Task, Future[Any]]],
    lost: Callable[[Task], Result],
) -> Result:
    """Return the result of the first task that waits, and take it off the row."""
    from distributed import KilledWorker

    task, future = waiting[0]
    try:
        result: Result = cluster.answer(future)
    except KilledWorker:
        # a task beside one that ends workers is blamed with it: what it does alone tells them apart
        for _, other in list(waiting)[1:]:
            with suppress(KilledWorker):
                cluster.answer(other)
        try:
            result = cluster.answer(cluster.sent(job, task))
        except KilledWorker:
            result = lost(task)
    waiting.popleft()
    return result


def _alone(job: Callable[[Task], Result], task: Task) -> Result:
    with _ONE:
        cv2.setNumThreads(1)
        return job(task)
