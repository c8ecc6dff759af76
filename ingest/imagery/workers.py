"""Work on many images in processes that end when the one that started them does."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

import cv2

from pavement.errors import SurveyError

Task = TypeVar("Task")
Result = TypeVar("Result")

_BATCH = 8


def mapped(job: Callable[[Task], Result], tasks: Sequence[Task], *, workers: int) -> Iterator[Result]:
    """
    Yield results in the order of the tasks; a few are on their way at a time, whatever their number.

    Parameters
    ----------
    job
        Function of one task that can be pickled.
    tasks
        What to work on.
    workers
        Processes; 1 works in this process, 0 means one a core. Few tasks are always worked on in this process.

    Raises
    ------
    SurveyError
        A process ended without an answer, as one does that ran out of memory.
    """
    workers = workers or os.cpu_count() or 1
    if workers == 1 or len(tasks) <= _BATCH:
        yield from map(job, tasks)
        return
    # spawned, not forked: the caller may hold threads (pages, database), and a fork would copy their locks
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_begin) as pool:
        waiting: list[Future[Result]] = []
        try:
            for task in tasks:
                waiting.append(pool.submit(job, task))
                if len(waiting) >= _BATCH * workers:
                    yield waiting.pop(0).result()
            while waiting:
                yield waiting.pop(0).result()
        except BrokenProcessPool as error:
            raise SurveyError(
                "A process that worked on images ended without an answer.",
                cure="It may have run out of memory: lower the setting workers or pixels_limit and start again.",
            ) from error
        finally:
            for future in waiting:
                future.cancel()


def _begin() -> None:
    cv2.setNumThreads(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    # a pool whose parent was killed would wait for tasks for ever: its processes hold each other's pipes open
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)
