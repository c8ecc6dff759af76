"""Directions: the way in which each feature may move a forecast, as ``features.csv`` allows it."""

from __future__ import annotations

from pavement.schema import read_table

_WAYS = {"rising": 1, "free": 0, "falling": -1}


def directions(columns: list[str], *, target: str) -> list[int]:
    """Return 1 (rising), 0 (free) or -1 (falling) for each feature; a user's own and a unit's past are free."""
    table = read_table("features").set_index("feature")
    free = [target in targets.split() for targets in table["free_for"]]
    ways = table["direction"].map(_WAYS).mask(free, 0)
    return [int(v) for v in ways.reindex(columns).fillna(0)]


def held(columns: list[str], *, target: str) -> list[str]:
    """Return the features that may move a forecast of a target one way only."""
    return [c for c, way in zip(columns, directions(columns, target=target), strict=True) if way]
