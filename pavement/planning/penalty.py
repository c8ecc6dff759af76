"""The condition penalty: roughness, ruts, cracks and potholes on one scale from 0 (as new) to 100 (worn out)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.errors import PlanError
from pavement.schema import measures, read_table
from pavement.units import convert

Floats = NDArray[np.float64]


@cache
def falls(kind: str) -> bool:
    """Return whether less of a kind is worse, as ``measures.csv`` says."""
    return str(measures()["worse"].get(kind, "high")) == "low"


@cache
def penalty_curves() -> dict[str, tuple[Floats, Floats, float]]:
    """
    Return for each kind its values, the penalty points there, and its weight, from ``penalty.csv``.

    Raises
    ------
    PlanError
        A curve does not run from 0 to 100 in the direction in which its kind grows worse, or has two weights.
    """
    curves = {}
    for kind, rows in read_table("penalty").groupby("kind", sort=False):
        unit = str(measures().loc[str(kind), "unit"])
        pairs = zip(rows["value"], rows["unit"], strict=True)
        value = np.array([float(convert(float(v), source=source, target=unit)) for v, source in pairs])
        points, weights = rows["penalty"].to_numpy(float), rows["weight"].unique()
        worse = points[::-1] if falls(str(kind)) else points
        whole = worse[0] == 0 and worse[-1] == 100 and len(weights) == 1 and weights[0] > 0
        if not whole or (np.diff(value) <= 0).any() or (np.diff(worse) < 0).any():
            raise PlanError(
                f"The penalty curve of {kind} in penalty.csv is not a curve from 0 to 100.",
                cure="Give rising values, penalties between 0 and 100 by how the kind worsens, and one weight above 0.",
            )
        curves[str(kind)] = (value, points, float(weights[0]))
    return curves


def penalty(values: Mapping[str, Floats]) -> Floats:
    """
    Return the weighted mean penalty of the kinds that are known. [0-100]

    Parameters
    ----------
    values
        Arrays of one shape by kind, in the unit of the kind; NaN where unknown. The weights of unknown kinds are shared
        among the others; where no kind is known the result is NaN.
    """
    shape = np.broadcast_shapes(*[np.shape(v) for v in values.values()])
    total, weight = np.zeros(shape), np.zeros(shape)
    for kind, (at, points, share) in penalty_curves().items():
        if kind in values:
            given = np.interp(values[kind], at, points)
            known = ~np.isnan(given)
            total += np.where(known, given, 0.0) * share
            weight += known * share
    return np.divide(total, weight, out=np.full(shape, np.nan), where=weight > 0)


def condition_penalty(frame: pd.DataFrame) -> pd.Series:
    """Return the penalty of each row of a table with any of the kinds of ``penalty.csv`` as columns. [0-100]"""
    known = {kind: frame[kind].to_numpy(float) for kind in penalty_curves() if kind in frame}
    if not known:
        return pd.Series(np.nan, index=frame.index, name="penalty")
    return pd.Series(penalty(known), index=frame.index, name="penalty")
