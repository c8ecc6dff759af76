"""Constants of the made process, and the random numbers it draws from."""

from __future__ import annotations

import zlib
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.signal import lfilter

Floats = NDArray[np.float64]


@cache
def constants() -> MappingProxyType[str, float]:
    """Return the constants of ``process.csv`` by name, in the units given there."""
    with files("sample_data").joinpath("process.csv").open(encoding="utf-8") as stream:
        table = pd.read_csv(stream)
    return MappingProxyType(dict(zip(table["name"], table["value"].astype(float), strict=True)))


def stream_of(seed: int, *names: object) -> np.random.Generator:
    """Return the random numbers of one topic: the same for the same names, whatever else was drawn before."""
    return np.random.default_rng([seed, zlib.crc32("/".join(map(str, names)).encode())])


def correlated(rng: np.random.Generator, count: int, *, spacing: float, length: float) -> Floats:
    """
    Return values of mean 0 and variance 1 whose correlation falls by e over `length` [m].

    Parameters
    ----------
    rng
        Source of random numbers.
    count
        Number of values.
    spacing
        Distance of values. [m]
    """
    keep = float(np.exp(-spacing / length))
    noise = rng.standard_normal(count) * np.sqrt(1 - keep**2)
    noise[:1] /= np.sqrt(1 - keep**2)
    return np.asarray(lfilter([1.0], [1.0, -keep], noise), dtype=float)
