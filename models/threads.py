"""Sums added in one order: how many cores a machine has must not change a model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits


@contextmanager
def one_thread() -> Iterator[None]:
    """
    Hold the linear algebra of NumPy and SciPy to one thread, inside or as a decorator.

    With several, a sum is cut into as many parts as there are cores, and its last digit depends on them; a tree that
    splits at it is another tree.
    """
    with threadpool_limits(limits=1, user_api="blas"):
        yield
