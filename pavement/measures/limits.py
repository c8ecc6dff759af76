"""Limits and fixed lengths of the measures: one row each of ``tables/measure_limits.csv``."""

from functools import cache

from pavement.schema import read_table


@cache
def _limits() -> dict[str, float]:
    frame = read_table("measure_limits")
    return dict(zip(frame["name"], frame["value"].astype(float), strict=True))


def limit(name: str) -> float:
    """Return the value of a limit in the unit of its row; unknown names are a programming error (KeyError)."""
    return _limits()[name]
