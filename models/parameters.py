"""Numbers of the models that an engineer may argue with, from ``model_parameters.csv``."""

from __future__ import annotations

from functools import cache

from pavement.schema import read_table


@cache
def parameter(name: str) -> float:
    """Return one parameter by name, in the unit its row states."""
    return float(read_table("model_parameters").set_index("name").loc[name, "value"])
