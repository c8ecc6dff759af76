"""Work on several processors at once, what it makes taken in order: the same answers as one after the other."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

S = TypeVar("S")
T = TypeVar("T")


def in_turn(work: Callable[[S], T], asked: Iterable[S]) -> Iterator[T]:
    """
    Yield what is made of each thing asked, in order; as many at once as there are processors, no more in memory.

    For work that leaves Python for long, as LightGBM and numpy do.
    """
    workers = os.cpu_count() or 1
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[T]] = deque()
        for one in asked:
            waiting.append(pool.submit(work, one))
            if len(waiting) >= workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
