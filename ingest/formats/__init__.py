"""Names and units of vendors and of the agency's own records, as tables."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import pandas as pd

_ROOT = files("ingest").joinpath("formats")


@cache
def _read(name: str) -> pd.DataFrame:
    with _ROOT.joinpath(f"{name}.csv").open(encoding="utf-8") as stream:
        return pd.read_csv(stream, dtype=str, keep_default_na=False)


def format_table(name: str) -> pd.DataFrame:
    """Return a table of ``ingest/formats`` by name, every cell as text."""
    return _read(name).copy()


@cache
def _limits() -> dict[str, float]:
    frame = _read("limits")
    return dict(zip(frame["name"], frame["value"].astype(float), strict=True))


def limit(name: str) -> float:
    """Return a limit of ``ingest/formats/limits.csv`` in the unit of its row; unknown names raise KeyError."""
    return _limits()[name]
