"""The callback by which long work reports how far it is, and by which it is stopped."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called as work goes on; raises :class:`pavement.errors.Cancelled` to stop it."""

    def __call__(self, done: int, total: int, label: str) -> None:
        """Report that `done` of `total` steps of `label` are finished."""


def silent(done: int, total: int, label: str) -> None:  # noqa: ARG001
    """Report nothing."""
