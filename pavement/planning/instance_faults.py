"""What is wrong with the table of strategies or of budgets that somebody brings, every row of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.errors import Fault, fault_frame

# faults of one rule and column that are listed one by one; of further ones the number is told
LISTED = 100
# an amount that no budget of roads has, and beyond which sums of floating-point numbers would not be exact
LARGEST = 1e13
_LARGEST_BENEFIT = 1e100


class FaultList:
    """Collects faults of one file; a class because every check adds to the same list."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._found: list[Fault] = []
        self._count: Counter[tuple[str, str]] = Counter()

    def __len__(self) -> int:
        return sum(self._count.values())

    def add(
        self,
        rows: NDArray[Any] | list[int],
        column: str,
        rule: str,
        message: str,
        cure: str,
        shown: Sequence[object] = (),
    ) -> None:
        """Note the same fault of many rows; ``{value}`` in the message is what `shown` holds of the first."""
        room = max(0, LISTED - self._count[column, rule])
        self._count[column, rule] += len(rows)
        for at, row in enumerate(list(rows[:room])):
            value = str(shown[at])[:80] if shown else ""
            said = message.format(value=value) if value or "{value}" not in message else "The cell is empty."
            self._found.append(Fault(self.file, int(row), column, value, rule, said, cure))

    def whole(self, column: str, rule: str, message: str, cure: str) -> None:
        """Note a fault of the whole file."""
        self._count[column, rule] += 1
        self._found.append(Fault(self.file, None, column, "", rule, message, cure))

    def frame(self) -> pd.DataFrame:
        """Return the faults by row, and how many more there are of each kind."""
        more = [
            Fault(self.file, None, column, "", rule, f"{count - LISTED:,} more rows of this kind.", "As above.")
            for (column, rule), count in self._count.items()
            if count > LISTED
        ]
        order = sorted(self._found, key=lambda f: (-1 if f.row is None else f.row, f.column))
        return fault_frame(order + more)


def check_numbers(
    faults: FaultList, values: NDArray[np.float64], given: Callable[[int], object], column: str, *, first_row: int
) -> None:
    """Note the values of a column that are no number, not finite, beyond reason or, of a cost, below 0."""
    money = column != "benefit"
    largest = LARGEST if money else _LARGEST_BENEFIT
    finite = np.isfinite(values)
    if finite.all() and (not money or values.min(initial=0.0) >= 0) and np.abs(values).max(initial=0.0) <= largest:
        return
    cure = "Write an amount in NT$, 0 for none." if money else "Write a number."
    kinds = [
        ("number", np.isnan(values), "{value} is no number.", cure),
        ("finite", np.isinf(values), "{value} is not finite.", cure),
        ("negative", money & finite & (values < 0), "The cost {value} is below 0.", "Write a cost of 0 or more."),
        ("size", finite & (np.abs(values) > largest), "{value} is beyond reason.", f"Write at most {largest:g}."),
    ]
    for rule, wrong, message, what in kinds:
        at = np.flatnonzero(wrong)
        if len(at):
            faults.add(at + first_row, column, rule, message, what, [given(int(n)) for n in at[:LISTED]])
