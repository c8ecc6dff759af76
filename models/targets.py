"""Targets: what is forecast, as rows of ``targets.csv``; and damage, which grows whichever way a measure falls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.errors import ModelError
from pavement.schema import check, measures, read_table

Floats = NDArray[np.float64]
# what a unit's own surveys said by each of them, by the ending of its column
CAMPAIGN = "_campaign"
HISTORY = ("_slope", "_rise", "_gap", "_beside", CAMPAIGN)
_FILE = "targets.csv"
_SPREADS = ("noise", "wander", "drift", "drop")


@dataclass(frozen=True)
class Target:
    """
    A measured kind that is forecast; numbers in its unit.

    Attributes
    ----------
    sign
        1 where more is worse, -1 where less is.
    low, high
        Ends of the scale.
    noise, wander
        Standard deviation of one survey, and of a year about the mean rate.
    drift
        Mean damage of a year.
    drop
        Improvement between two surveys that is taken for unrecorded work.
    curves
        Names of the curves fitted to it, the plainest first.
    families
        Surface families that it exists on; empty for all.
    shared
        Whether the other targets learn from it.
    """

    name: str
    sign: int
    low: float
    high: float
    noise: float
    wander: float
    drift: float
    drop: float
    curves: tuple[str, ...]
    families: tuple[str, ...]
    shared: bool

    def damage(self, values: Floats) -> Floats:
        """Return values as damage: the value itself where more is worse, else what is missing to the upper end."""
        return values if self.sign > 0 else self.high - values

    def measured(self, damage: Floats) -> Floats:
        """Return damage as values of the measure."""
        return damage if self.sign > 0 else self.high - damage

    @property
    def worst(self) -> float:
        """Greatest damage that the scale holds."""
        return self.high if self.sign > 0 else self.high - self.low

    @property
    def least(self) -> float:
        """Smallest damage that the scale holds."""
        return self.low if self.sign > 0 else 0.0


def targets_of(table: pd.DataFrame) -> dict[str, Target]:
    """
    Return the targets of a table.

    Raises
    ------
    ModelError
        A number is missing or off its limits, a unit or direction is not that of the measure, or a scale is upside
        down; `faults` lists every fault of the schema.
    """
    good, faults = check(table, "targets", file=_FILE)
    if len(faults):
        first = faults.iloc[0]
        raise ModelError(
            f"{_FILE} has {len(faults)} faults; the first, in row {first['row']}, {first['column']}: "
            f"{first['message']}",
            cure=str(first["cure"]),
            faults=faults,
        )
    rows = {str(row["target"]): row for row in good.to_dict("records")}
    kinds = measures()
    if odd := [why for name, row in rows.items() if (why := _odd(row, kinds, name))]:
        raise ModelError(f"{_FILE}: {' '.join(odd)}", cure=f"Correct the row in {_FILE}.")
    return {name: _target(name, row) for name, row in rows.items()}


def _odd(row: dict[str, object], kinds: pd.DataFrame, name: str) -> str:
    """Return what is wrong with a row beside the table of measures; empty for nothing."""
    if name not in kinds.index:
        return f"{name} is no measured kind."
    kind = kinds.loc[name]
    if row["unit"] != kind["unit"]:
        return f"{name} is in {kind['unit']}, not in {row['unit']}."
    if row["direction"] != ("falling" if kind["worse"] == "low" else "rising"):
        return f"{name} is no {row['direction']} measure: {kind['worse']} values are worse."
    low, high = float(str(row["low"])), float(str(row["high"]))
    return "" if low < high else f"{name} has a scale from {low:g} to {high:g}."


def _target(name: str, row: dict[str, object]) -> Target:
    numbers = {c: float(str(row[c])) for c in ("low", "high", *_SPREADS)}
    curves, families = (tuple(part for part in _text(row[c]).split("|") if part) for c in ("curves", "families"))
    sign = 1 if row["direction"] == "rising" else -1
    return Target(name, sign, **numbers, curves=curves, families=families, shared=row["shared"] == "yes")


def _text(cell: object) -> str:
    return "" if pd.isna(cell) else str(cell)


@cache
def all_targets() -> dict[str, Target]:
    """Return the targets by name, in the order of ``targets.csv``."""
    return targets_of(read_table("targets"))


TARGETS = tuple(all_targets())


def target_of(name: str) -> Target:
    """
    Return a target by its name.

    Raises
    ------
    ModelError
        There is none of that name.
    """
    found = all_targets().get(name)
    if found is None:
        raise ModelError(f"{name!r} is no target.", cure=f"Use one of {', '.join(all_targets())}.")
    return found


def damage_of(frame: pd.DataFrame, target: str) -> Floats:
    """Return a target of a frame as damage."""
    return target_of(target).damage(frame[target].to_numpy(float))


def known_to(target: str) -> tuple[str, ...]:
    """Return the targets that a forecast of one learns from: the shared ones and itself."""
    return tuple(name for name, own in all_targets().items() if own.shared or name == target)


def as_learned(table: Floats, columns: Sequence[str]) -> Floats:
    """
    Return columns of numbers as a model reads them: whatever a falling target says is turned, so that more is worse.

    Frames hold measures in their own sign everywhere; what is learned does not depend on it.
    """
    turned = {at: held for at, column in enumerate(columns) if (held := _falling(column))}
    if not turned:
        return table
    found = table.copy()
    for at, (own, base) in turned.items():
        found[:, at] = own.damage(table[:, at]) if base else -table[:, at]
    return found


@cache
def _owner(column: str) -> tuple[str, bool]:
    """Return the target that a column tells of, and whether it is the measure itself and not its history."""
    for name in TARGETS:
        if column == name:
            return name, True
        if column.startswith(name) and column[len(name) :] in HISTORY:
            return name, False
    return "", False


def is_falling(column: str) -> bool:
    """Return whether a column is a measure that is worse when it is low, or tells of the past of one."""
    return _falling(column) is not None


def _falling(column: str) -> tuple[Target, bool] | None:
    name, base = _owner(column)
    if not name or (own := target_of(name)).sign > 0:
        return None
    return own, base
