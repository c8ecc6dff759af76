"""Made networks and straight-line forecasts for plans."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from benchmarks import plan_networks

RATES = {"iri": 0.06, "rut": 0.5, "crack_percent": 1.5}


def make_units(count: int, *, seed: int = 0) -> pd.DataFrame:
    """Return units of one lane end to end, 500 to 2000 m long, of mixed condition."""
    made = plan_networks.network(count, seed=seed).drop(columns="growth")
    ends = np.concatenate([[0], np.cumsum((made["area_m2"] / 3.65).round())])
    names = [f"n1-s-1-{a:06.0f}-{b:06.0f}" for a, b in zip(ends[:-1], ends[1:], strict=True)]
    place = {"route": "N1", "direction": "S", "lane": "1", "from_m": ends[:-1], "to_m": ends[1:]}
    return made.assign(unit=names, **place)


def straight_lines(states: pd.DataFrame, *, years: int) -> pd.DataFrame:
    """Return states that grow by the same amount each year."""
    steps = np.arange(years + 1)
    frames = []
    for kind, rate in RATES.items():
        values = states[kind].to_numpy(float)[:, None] + rate * steps
        if kind == "crack_percent":
            values = np.minimum(values, 100.0)
        long = {"state": np.repeat(states.index.to_numpy(), years + 1), "step": np.tile(steps, len(states))}
        frames.append(pd.DataFrame({**long, "kind": kind, "value": values.ravel()}))
    return pd.concat(frames, ignore_index=True)


def money(amount: float, *, years: int = 5, first: int = 2026) -> pd.Series:
    """Return the same budget for each year."""
    return pd.Series(float(amount), index=range(first, first + years))


@pytest.fixture
def network() -> Callable[..., pd.DataFrame]:
    return make_units
