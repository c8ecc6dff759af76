"""The works of a strategy in turn: a first, a second and, where a plan is long, a third."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

SLOTS = ("first", "second", "third")


def slots(columns: Container[str]) -> tuple[str, ...]:
    """Return the works that a table of strategies, or a row of one, has columns for: two, or three in a long plan."""
    return SLOTS if SLOTS[2] in columns else SLOTS[:2]


def of_slots(columns: Container[str], suffix: str) -> list[str]:
    """Return the columns of one thing, as ``year`` or ``cost``, of all works of a strategy."""
    return [f"{slot}_{suffix}" for slot in slots(columns)]


def row_cost(row: Mapping[Any, Any]) -> float:
    """Return the cost of all works of a strategy. [NT$]"""
    return float(sum(row[name] for name in of_slots(row, "cost")))


def row_works(row: Mapping[Any, Any]) -> list[tuple[int, str]]:
    """Return the works of a strategy in turn, year and treatment each; none where nothing is done."""
    return [(int(row[f"{slot}_year"]), str(row[slot])) for slot in slots(row) if row[slot]]
