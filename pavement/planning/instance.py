"""An instance of a plan as anybody can bring it: strategies of units with a benefit and a cost in each year."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pavement.errors import PlanError
from pavement.planning.choices import Choices
from pavement.planning.instance_faults import LISTED, FaultList, check_numbers

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NAMES = ("unit", "strategy")
_COST = re.compile(r"cost_(\d+)")
# parts of a NT$ in which costs may be whole; beyond, costs are rounded up to the last
_PARTS = (1, 10, 100, 1000, 10_000)
# sums of whole numbers below this are exact in floating point
_EXACT = 2.0**52


@dataclass(frozen=True)
class Instance:
    """
    Strategies as arrays, and where each stands in its table.

    Attributes
    ----------
    choices
        Strategies, rows the budgets; amounts are whole parts of a NT$.
    line
        (C,) place of each strategy in the table, from 0.
    units
        (G,) names of the units, in the order in which they first stand in the table.
    parts
        Parts of a NT$ that amounts count: 1 where all costs are whole, 100 for cents.
    rounded
        Whether costs have smaller parts, which were rounded up.
    """

    choices: Choices
    line: NDArray[Any]
    units: NDArray[np.object_]
    parts: int
    rounded: bool

    def bound(self, proven: float, prices: Floats, limits: Floats) -> float:
        """
        Return an upper bound of the benefit of the costs as given, where they were rounded up to parts of a NT$.

        Each work is dearer by less than one part, and each budget poorer: at the prices that is no more than the parts
        are worth. A bound that branch and bound proved holds for the rounded costs alone and does not count then.
        """
        if not self.rounded:
            return proven
        works = self.choices.row.shape[1]
        lift = self.choices.groups * works * float(prices.max(initial=0.0)) + float(prices.sum())
        return max(proven, self.choices.bound(prices, limits) + lift)

    def payable(self, limits: Floats) -> NDArray[np.bool_]:
        """
        Return which strategies the limits can pay, (C,); one that no limit pays is in no plan.

        Part of it would still be worth money to the prices. Where costs were rounded up and budgets down, each by less
        than one part, what is dearer by less than two parts may be payable.
        """
        hair = 2.0 if self.rounded else 0.0
        most = np.append(np.asarray(limits, dtype=np.float64) + hair, np.inf)
        able = np.ones(len(self.choices.benefit), dtype=bool)
        for slot in range(self.choices.row.shape[1]):
            able &= self.choices.amount[:, slot] <= most[self.choices.row[:, slot]]
        return able

    def limits(self, budgets: Floats) -> Floats:
        """Return budgets [NT$] as whole limits of the choices; no part of a NT$ is rounded up."""
        exact = np.asarray(budgets, dtype=np.float64) * self.parts
        near = np.rint(exact)
        return np.where(np.abs(exact - near) <= _hair(near), near, np.floor(exact))


def cost_columns(names: Iterable[str], faults: FaultList) -> list[str]:
    """Return the columns ``cost_1`` … ``cost_T`` in turn; what is missing among the needed columns is noted."""
    known = list(names)
    numbers = sorted({int(m[1]) for name in known if (m := _COST.fullmatch(name))})
    for name in (*NAMES, "benefit"):
        if name not in known:
            faults.whole(
                name, "column", f"There is no column {name}.", "Give unit, strategy, benefit, cost_1 … cost_T."
            )
    if not numbers:
        faults.whole("cost_1", "column", "There is no column cost_1.", "Give a cost for each year: cost_1 … cost_T.")
    lacking = sorted(set(range(1, max(numbers, default=0) + 1)) - set(numbers))
    for number in lacking[:20]:
        faults.whole(
            f"cost_{number}", "column", f"There is no column cost_{number}.", "Give every year a column, in turn."
        )
    return [f"cost_{number}" for number in numbers]


def instance(batches: Iterable[pa.RecordBatch], *, costs: list[str], faults: FaultList, first_row: int) -> Instance:
    """
    Return an instance from its table, read batch by batch.

    Parameters
    ----------
    batches
        Rows with the columns unit, strategy, benefit and those of `costs`, [NT$]. Only what is not zero is kept.
    costs
        From :func:`cost_columns`.
    faults
        Takes what is wrong with rows.
    first_row
        Number that the first row has in the file.

    Raises
    ------
    PlanError
        Rows are wrong, or there are none; with every fault.
    """
    pieces = _Pieces(costs, faults, first_row)
    for batch in batches:
        pieces.add(batch)
    if pieces.count == 0:
        faults.whole("", "rows", "There are no strategies.", "Give a row for each unit and strategy.")
    unit, names = pieces.text("unit")
    pieces.check_twice(unit)
    if len(faults):
        raise PlanError(
            f"{faults.file} is not what it must be: {len(faults):,} fault(s).", cure="", faults=faults.frame()
        )
    return _arranged(pieces, unit, names)


class _Pieces:
    """What is kept of each batch; a class because the parts of a NT$ that fit all costs are known only at the end."""

    def __init__(self, costs: list[str], faults: FaultList, first_row: int) -> None:
        self.costs, self.faults, self.first_row = costs, faults, first_row
        self.count = 0
        self.parts = set(_PARTS)
        self.benefit: list[Floats] = []
        self.row: list[NDArray[Any]] = []
        self.amount: list[Floats] = []
        self._text: dict[str, list[pa.Array]] = {name: [] for name in NAMES}

    def add(self, batch: pa.RecordBatch) -> None:
        """Check a batch and keep what counts."""
        first = self.first_row + self.count
        for name in NAMES:
            texts = _as_text(batch.column(name))
            empty = np.flatnonzero(pc.or_kleene(texts.is_null(), pc.equal(texts, "")).to_numpy(zero_copy_only=False))
            if len(empty):
                self.faults.add(empty + first, name, "empty", f"There is no {name}.", f"Name the {name}.")
            self._text[name].append(texts.fill_null("").dictionary_encode())
        self.benefit.append(self._numbers(batch, "benefit", first))
        years, size = len(self.costs), batch.num_rows
        row = np.full((1, size), years, dtype=np.int8 if years < 127 else np.int32)
        amount = np.zeros((1, size))
        used = np.zeros(size, dtype=np.int32)
        for year, name in enumerate(self.costs):
            money = self._numbers(batch, name, first)
            at = np.flatnonzero(money)
            if len(at) and used[at].max() >= len(row):
                row = np.vstack([row, np.full((1, size), years, dtype=row.dtype)])
                amount = np.vstack([amount, np.zeros((1, size))])
            row[used[at], at], amount[used[at], at] = year, money[at]
            used[at] += 1
        self.parts = {p for p in self.parts if _whole(amount, p)}
        self.row.append(row)
        self.amount.append(amount)
        self.count += size

    def _numbers(self, batch: pa.RecordBatch, name: str, first: int) -> Floats:
        given = batch.column(name)
        values = _as_numbers(given)
        check_numbers(self.faults, values, lambda at: given[at].as_py() or "", name, first_row=first)
        # what is not finite is a fault by now, and would only be in the way of sums
        return values if np.isfinite(values).all() else np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)

    def text(self, name: str) -> tuple[NDArray[Any], NDArray[np.object_]]:
        """Return the number of each row's text and the texts."""
        if not self._text[name]:
            return np.empty(0, dtype=np.int32), np.empty(0, dtype=object)
        joined = pa.chunked_array(self._text.pop(name)).unify_dictionaries()
        codes = np.concatenate([chunk.indices.to_numpy() for chunk in joined.chunks])
        return codes, joined.chunk(0).dictionary.to_numpy(zero_copy_only=False)

    def check_twice(self, unit: NDArray[Any]) -> None:
        """Note rows whose unit and strategy stand twice."""
        strategy, names = self.text("strategy")
        key = unit.astype(np.int64) * max(1, len(names)) + strategy
        ordered = np.sort(key)
        again = ordered[1:][ordered[1:] == ordered[:-1]]
        if len(again):
            at = np.flatnonzero(np.isin(key, again))
            at = at[pd.Series(key[at]).duplicated().to_numpy()]
            self.faults.add(
                at + self.first_row, "strategy", "twice", "Strategy {value} of this unit stands twice.",
                "Give each strategy of a unit a name of its own.", [names[strategy[n]] for n in at[:LISTED]],
            )  # fmt: skip


def _as_text(column: pa.Array) -> pa.Array:
    """Return names as text, those that are whole numbers without a point."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_floating(column.type):
        values = column.to_numpy(zero_copy_only=False)
        if (np.isnan(values) | (values == np.floor(values))).all() and np.nanmax(np.abs(values), initial=0) < _EXACT:
            column = pa.array(values, from_pandas=True).cast(pa.int64())
    return column.cast(pa.string())


def _as_numbers(column: pa.Array) -> Floats:
    """Return numbers, NaN for what is none."""
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        return np.asarray(column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), dtype=np.float64)
    values = pd.Series(column.to_pandas(), dtype=object).map(lambda v: None if isinstance(v, bool) else v)
    return np.asarray(pd.to_numeric(values, errors="coerce"), dtype=np.float64)


def _whole(amount: Floats, parts: int) -> bool:
    """Return whether amounts are whole parts of a NT$, but for the last digit of floating point."""
    exact = amount * parts
    return bool((np.abs(exact - np.rint(exact)) <= _hair(exact)).all())


def _hair(amount: Floats) -> Floats:
    """Return what the last digits of floating point may be off by: never near half a part."""
    return np.minimum(1e-14 * np.abs(amount), 1e-3)


def _arranged(pieces: _Pieces, unit: NDArray[Any], names: NDArray[np.object_]) -> Instance:
    """Return what was kept, sorted by unit and cost."""
    slots = max(len(row) for row in pieces.row)
    none, kind = len(pieces.costs), pieces.row[0].dtype
    total = np.concatenate([amount.sum(axis=0) for amount in pieces.amount])
    able = [p for p in _PARTS if float(total.sum()) * p < _EXACT]
    fitting = [p for p in able if p in pieces.parts]
    parts = fitting[0] if fitting else max(able, default=1)
    # one number a strategy would sort no faster: the table mostly stands by unit already
    order = np.lexsort((total, unit))
    free = total == 0
    del total
    row = np.full((pieces.count, slots), none, dtype=kind, order="F")
    amount: NDArray[Any] = np.zeros((pieces.count, slots), order="F", dtype=_number_type(pieces.amount, parts))
    for slot in range(slots):
        row[:, slot] = np.concatenate(
            [r[slot] if slot < len(r) else np.full(r.shape[1], none, dtype=kind) for r in pieces.row]
        )[order]
        money = np.concatenate([a[slot] if slot < len(a) else np.zeros(a.shape[1]) for a in pieces.amount])
        amount[:, slot] = _counted(money, parts)[order]
    pieces.row.clear()
    pieces.amount.clear()
    group = unit[order].astype(np.int32)
    first = np.searchsorted(group, np.arange(len(names)))
    made = Choices(
        benefit=np.concatenate(pieces.benefit)[order],
        row=row,
        amount=amount,
        group=group,
        first=first,
        # a unit that may be left as it is says so by a strategy free of cost, with a benefit of its own
        forced=free[order][first],
        rows=none,
    )
    return Instance(made, order.astype(np.int32), names, parts, not fitting)


def _counted(money: Floats, parts: int) -> Floats:
    """Return costs as whole parts of a NT$; what does not fit is rounded up, so that no budget is passed."""
    exact = money * parts
    near = np.rint(exact)
    return np.where(np.abs(exact - near) <= _hair(exact), near, np.ceil(exact))


def _number_type(amounts: list[Floats], parts: int) -> type:
    """Return the smallest type that holds the amounts exactly."""
    largest = max(float(a.max(initial=0.0)) for a in amounts) * parts
    return np.int32 if largest < 2**31 - 1 else np.float64
