"""A table that is read batch by batch, since it may be too long for memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain

import pandas as pd


@dataclass(frozen=True)
class Batches:
    """
    A long table as frames of the same columns, in order.

    Attributes
    ----------
    read
        Gives the frames, anew each time it is called; at least one, which may be empty.
    rows
        Rows of all of them, which is also the length.
    """

    read: Callable[[], Iterator[pd.DataFrame]]
    rows: int

    def __len__(self) -> int:
        return self.rows

    def __iter__(self) -> Iterator[pd.DataFrame]:
        return self.read()

    def frame(self) -> pd.DataFrame:
        """Return the whole table in memory."""
        parts = list(self)
        filled = [part for part in parts if len(part)]
        return pd.concat(filled, ignore_index=True) if filled else parts[0]

    def values_of(self, column: str) -> set[str]:
        """Return what stands in a column."""
        return {str(value) for part in self for value in part[column]}

    def followed_by(self, other: Batches) -> Batches:
        """Return the table with the rows of another one behind its own."""
        return Batches(lambda: chain(self.read(), other.read()), self.rows + other.rows)

    def without(self, column: str, values: set[str]) -> Batches:
        """Return the table without the rows that have one of some values in a column."""
        if not values:
            return self

        def left() -> Iterator[pd.DataFrame]:
            for part in self:
                yield part[~part[column].isin(values)].reset_index(drop=True)

        return Batches(left, sum(len(part) for part in left()))


def one_batch(frame: pd.DataFrame) -> Batches:
    """Return a table that is in memory as one batch."""
    return Batches(lambda: iter([frame]), len(frame))
