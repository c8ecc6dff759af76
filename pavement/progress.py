"""The callback by which long work reports how far it is, and by which it is stopped."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

# seconds after which a line is due, and which pass at least between two
_LONG, _SHORT = 30.0, 3.0


class Progress(Protocol):
    """Called as work goes on; raises :class:`pavement.errors.Cancelled` to stop it."""

    def __call__(self, done: int, total: int, label: str) -> None:
        """Report that `done` of `total` steps of `label` are finished."""


def silent(done: int, total: int, label: str) -> None:  # noqa: ARG001
    """Report nothing."""


def named(progress: Progress, name: str) -> Progress:
    """Return a progress whose labels begin with a name, such as which of several trainings it is."""

    def report(done: int, total: int, label: str) -> None:
        progress(done, total, label=f"{name}: {label}")

    return report


def in_lines(say: Callable[[str], None], *, clock: Callable[[], float] = time.monotonic) -> Progress:
    """
    Return a progress that says now and then how far long work is; of short work it says nothing.

    A line is due at each further tenth of the work, and after half a minute without one.

    Parameters
    ----------
    say
        Called with each line.
    clock
        Seconds that pass.
    """
    told: dict[str, tuple[float, int]] = {}

    def report(done: int, total: int, label: str) -> None:
        now, tenth = clock(), 10 * done // max(total, 1)
        if label not in told:
            told.clear()
        at, last = told.setdefault(label, (now, 0))
        if now - at >= _LONG or (tenth > last and now - at >= _SHORT):
            say(f"{label}: {done:,} of {total:,}")
            told[label] = (now, tenth)

    return report
