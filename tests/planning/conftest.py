"""Made networks and straight-line forecasts for plans."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

RATES = {"iri": 0.06, "rut": 0.5, "crack_percent": 1.5}


def make_units(count: int, *, seed: int = 0) -> pd.DataFrame:
    """Return units of one lane end to end, 500 to 2000 m long, of mixed condition."""
    rng = np.random.default_rng(seed)
    length = rng.integers(5, 21, count) * 100.0
    ends = np.concatenate([[0], np.cumsum(length)])
    return pd.DataFrame(
        {
            "unit": [f"n1-s-1-{a:06.0f}-{b:06.0f}" for a, b in zip(ends[:-1], ends[1:], strict=True)],
            "route": "N1",
            "direction": "S",
            "lane": "1",
            "from_m": ends[:-1],
            "to_m": ends[1:],
            "area_m2": length * 3.65,
            "iri": rng.lognormal(0.35, 0.35, count),
            "rut": rng.gamma(3, 1.6, count),
            "crack_percent": rng.gamma(1, 5, count).clip(0, 90),
            "pothole_area": np.where(rng.random(count) < 0.1, rng.random(count), 0.0),
            "age": rng.integers(1, 16, count).astype(float),
            "sn": rng.normal(5.5, 0.8, count),
            "aadt": rng.lognormal(10.4, 0.5, count),
            "ism": np.where(rng.random(count) < 0.5, np.nan, rng.lognormal(-1.3, 0.4, count)),
        }
    )


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
