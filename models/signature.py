"""The signature of a model: its input columns in order, each with its unit (M3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from models.boosted import HORIZON
from models.targets import HISTORY
from pavement.errors import ModelError
from pavement.schema import schema

Signature = list[list[str]]
CURE = "Promote an earlier version, or train again."
# a slope is told by the year; a rise and a gap are in the unit of the measure itself
_BY_YEAR = "_slope"


def unit_of(column: str) -> str:
    """Return the unit that this program gives an input column in; empty for a word, or a column it does not know."""
    if column == HORIZON:
        return "year"
    panel = schema("panel")["unit"]
    for ending in HISTORY:
        base = column.removesuffix(ending)
        if base != column and base in panel.index:
            return f"{panel[base]}/year" if ending == _BY_YEAR else str(panel[base])
    return str(panel[column]) if column in panel.index else ""


def signature(columns: Iterable[str]) -> Signature:
    """Return name and unit of each column, in order."""
    return [[str(c), unit_of(str(c))] for c in columns]


def names(held: Iterable[Any]) -> tuple[str, ...]:
    """Return the names of the columns of a signature, also of one that holds names alone."""
    return tuple(str(c) if isinstance(c, str) else str(c[0]) for c in held)


def check_signature(held: Sequence[Any], columns: Sequence[str]) -> None:
    """
    Refuse a signature that is not that of the columns, or whose units are others than those of this program.

    Raises
    ------
    ModelError
        Columns are renamed, missing or in another order, or the unit of one has changed since training.
    """
    if names(held) != tuple(columns):
        raise ModelError("The model's inputs do not fit its column signature.", cure=CURE)
    odd = [f"{c[0]}: {c[1]} → {unit_of(str(c[0]))}" for c in held if c[1] != unit_of(str(c[0]))]
    if odd:
        raise ModelError(f"The model was trained in other units ({', '.join(odd)}).", cure=CURE)
