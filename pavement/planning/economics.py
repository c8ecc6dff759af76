"""Money and weights: cost of a treatment, value of a year, weight of traffic."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.schema import read_table

Floats = NDArray[np.float64]


def parameters() -> dict[str, float]:
    """Return the numbers of ``planning_parameters.csv`` by name."""
    return {str(k): float(v) for k, v in read_table("planning_parameters").set_index("name")["value"].items()}


def series(numbers: dict[str, float], name: str) -> tuple[float, ...]:
    """Return the numbers of :func:`parameters` named ``name_1``, ``name_2`` … in turn."""
    found: list[float] = []
    while (key := f"{name}_{len(found) + 1}") in numbers:
        found.append(numbers[key])
    return tuple(found)


def discount_factors(steps: int, *, rate: float) -> Floats:
    """Return the worth today of a gain at the end of year 1 … `steps`, ``(1 + rate) ** -t``. [-]"""
    return (1.0 + rate) ** -np.arange(1.0, steps + 1)


def treatment_cost(area: Floats, *, unit_cost: float, mobilisation: float) -> Floats:
    """
    Return the cost of treating areas [m2], rounded up to whole NT$. [NT$]

    Whole amounts add up without error, so that a plan that just meets a budget does not exceed it by a rounding.
    """
    # a hair below, because 3500.0 * 0.1 must not become one more NT$
    return np.ceil(np.asarray(area) * unit_cost + mobilisation - 1e-6)


def traffic_weight(aadt: pd.Series) -> pd.Series:
    """
    Return the weight of traffic in the benefit: (AADT / reference) ** exponent, within limits. [-]

    Missing traffic weighs 1. The numbers are rows of ``planning_parameters.csv``.
    """
    p = parameters()
    ratio = aadt.astype(float) / p["traffic_reference"]
    weight = ratio.clip(lower=0) ** p["traffic_exponent"]
    return weight.clip(p["traffic_weight_min"], p["traffic_weight_max"]).fillna(1.0)
