"""Work on many images in processes that end when the one that started them does."""

from __future__ import annotations

import ctypes
import itertools
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

import cv2

from pavement.errors import Cancelled, SurveyError

Task = TypeVar("Task")
Result = TypeVar("Result")

# as few tasks as these are not worth starting processes for
_FEW = 8
# tasks on their way for each process; each holds the bytes of an image
_WAITING = 4
# of glibc's malloc.h: M_TRIM_THRESHOLD and M_MMAP_THRESHOLD, and how much a process keeps. [byte]
_MEMORY, _KEPT = (-1, -3), 64 << 20
# spawned, not forked: the caller may hold threads (pages, database), and a fork would copy their locks
_CONTEXT = multiprocessing.get_context("spawn")
# in a process of a pool, whether the pool was stopped: shared without a lock, which a killed process would keep
_stopped: list[ctypes.c_bool] = []


def mapped(
    job: Callable[[Task], Result],
    tasks: Iterable[Task],
    *,
    workers: int,
    lost: Callable[[Task], Result] | None = None,
) -> Generator[Result]:
    """
    Yield results in the order of the tasks; a few are on their way at a time, whatever their number.

    Parameters
    ----------
    job
        Function of one task that can be pickled.
    tasks
        What to work on; each is taken when there is room for it.
    workers
        Processes; 1 works in this process, 0 means one a core. Few tasks are always worked on in this process.
    lost
        What stands for the result of a task whose process ended twice, the second time with nothing beside it.

    Raises
    ------
    SurveyError
        A process ended without an answer, as one does that ran out of memory, and `lost` is not given.
    """
    workers = workers or os.cpu_count() or 1
    rest = iter(tasks)
    if workers == 1:
        keep_memory()
        yield from map(job, rest)
        return
    first = list(itertools.islice(rest, _FEW + 1))
    few = len(first) <= _FEW
    waiting = itertools.chain(_handed_over(first), rest)
    yield from map(job, waiting) if few else _spread(job, waiting, workers=workers, lost=lost)


def _handed_over(tasks: list[Task]) -> Iterator[Task]:
    """Yield tasks that are not kept here any longer."""
    while tasks:
        yield tasks.pop(0)


def _spread(
    job: Callable[[Task], Result],
    tasks: Iterator[Task],
    *,
    workers: int,
    lost: Callable[[Task], Result] | None,
) -> Iterator[Result]:
    waiting: deque[tuple[Task, Future[Result] | None]] = deque()
    while True:
        stopped = _CONTEXT.RawValue(ctypes.c_bool, False)
        with _pool(workers, stopped) as pool:
            try:
                yield from _answers(pool, job, tasks, waiting, most=_WAITING * workers)
            except BrokenProcessPool as error:
                if lost is None:
                    raise SurveyError(
                        "A process that worked on images ended without an answer.",
                        cure="It may have run out of memory: lower the setting workers or pixels_limit and start "
                        "again.",
                    ) from error
            except (GeneratorExit, KeyboardInterrupt):
                stopped.value = True
                raise
            else:
                return
            finally:
                for _, future in waiting:
                    if future is not None:
                        future.cancel()
        yield from _one_by_one(job, waiting, lost)


def _pool(workers: int, stopped: ctypes.c_bool) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, mp_context=_CONTEXT, initializer=_begin, initargs=(stopped,))


def _answers(
    pool: ProcessPoolExecutor,
    job: Callable[[Task], Result],
    tasks: Iterator[Task],
    waiting: deque[tuple[Task, Future[Result] | None]],
    *,
    most: int,
) -> Iterator[Result]:
    """Yield results in order; what has none yet stays in `waiting`, also when the pool breaks."""
    for task in tasks:
        # first as waiting: a broken pool takes nothing, and the task would be forgotten
        waiting.append((task, None))
        waiting[-1] = (task, _submitted(pool, job, task))
        if len(waiting) >= most:
            yield _first(waiting)
    while waiting:
        yield _first(waiting)


def _submitted(pool: ProcessPoolExecutor, job: Callable[[Task], Result], task: Task) -> Future[Result]:
    """
    Return the future of a task; a process that is started for it never sees an interrupt from the keyboard.

    All processes of a terminal are interrupted at once. This one ends the others; each of them would show where it was.
    """
    masked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return pool.submit(_worked, job, task)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, masked)


def _first(waiting: deque[tuple[Task, Future[Result] | None]]) -> Result:
    future = waiting[0][1]
    if future is None:
        raise BrokenProcessPool
    result = future.result()
    waiting.popleft()
    return result


def _one_by_one(
    job: Callable[[Task], Result],
    waiting: deque[tuple[Task, Future[Result] | None]],
    lost: Callable[[Task], Result],
) -> Iterator[Result]:
    """Yield the result of each task that a broken pool left, worked on with nothing beside it."""
    while waiting:
        with _pool(1, _CONTEXT.RawValue(ctypes.c_bool, False)) as pool:
            try:
                while waiting:
                    result = _submitted(pool, job, waiting[0][0]).result()
                    waiting.popleft()
                    yield result
            except BrokenProcessPool:
                yield lost(waiting.popleft()[0])


def _worked(job: Callable[[Task], Result], task: Task) -> Result:
    """Return the result of a task in a process of a pool; of a pool that was stopped nobody asks for it."""
    if any(flag.value for flag in _stopped):
        raise Cancelled
    return job(task)


def _begin(stopped: ctypes.c_bool) -> None:
    _stopped.append(stopped)
    cv2.setNumThreads(1)
    keep_memory()
    threading.Thread(target=_end_with_parent, daemon=True).start()


def keep_memory() -> None:
    """
    Let this process keep the memory of one image for the next.

    Arrays of a frame are so large that the C library gives each back to the system at once, which then has to clear it
    anew for the next: a tenth of the time of a frame. Where the C library has no such setting nothing changes.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    if mallopt is not None:
        for setting in _MEMORY:
            mallopt(setting, _KEPT)


def _end_with_parent() -> None:
    # a pool whose parent was killed would wait for tasks for ever: its processes hold each other's pipes open
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)
