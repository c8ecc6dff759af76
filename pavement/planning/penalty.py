"""The condition penalty: roughness, ruts, cracks and potholes on one scale from 0 (as new) to 100 (worn out)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.errors import Fault, PlanError, UnitError
from pavement.schema import measures, read_table
from pavement.units import convert

Floats = NDArray[np.float64]
# by kind its values, the penalty points there, and its weight
Curves = Mapping[str, tuple[Floats, Floats, float]]
_CURE = "Give rising values, penalties between 0 and 100 by how the kind worsens, and one weight above 0."


@cache
def falls(kind: str) -> bool:
    """Return whether less of a kind is worse, as ``measures.csv`` says."""
    return str(measures()["worse"].get(kind, "high")) == "low"


@cache
def penalty_curves() -> Curves:
    """Return the curves that come with the product, from ``penalty.csv``."""
    return curves_of(read_table("penalty"))


def curves_of(table: pd.DataFrame) -> Curves:
    """
    Return for each kind its values, the penalty points there, and its weight.

    Parameters
    ----------
    table
        As ``penalty.csv``.

    Raises
    ------
    PlanError
        A curve does not run from 0 to 100 in the direction in which its kind grows worse, or has two weights.
    """
    for fault in curve_faults(table):
        raise PlanError(fault.message, cure=fault.cure)
    return {str(kind): _curve(str(kind), rows) for kind, rows in table.groupby("kind", sort=False)}


def curve_faults(table: pd.DataFrame) -> Iterator[Fault]:
    """Yield what is wrong with each curve of a table, at the first of its rows (indexed from 0 as in the file)."""
    if table.empty:
        yield Fault("penalty.csv", None, "kind", "", "range", "penalty.csv tells no kind.", "Give at least one curve.")
    for kind, rows in table.groupby("kind", sort=False):
        at = int(str(rows.index[0])) + 2
        if kind not in measures().index:
            said = f"{kind} in penalty.csv is no measured kind."
            yield Fault("penalty.csv", at, "kind", str(kind), "known", said, "Correct the row in penalty.csv.")
            continue
        try:
            value, points, weight = _curve(str(kind), rows)
        except UnitError as error:
            yield Fault("penalty.csv", at, "unit", str(rows["unit"].iloc[0]), "unit", str(error), error.cure)
            continue
        worse = points[::-1] if falls(str(kind)) else points
        whole = worse[0] == 0 and worse[-1] == 100 and rows["weight"].eq(weight).all() and weight > 0
        if not whole or (np.diff(value) <= 0).any() or (np.diff(worse) < 0).any():
            said = f"The penalty curve of {kind} in penalty.csv is not a curve from 0 to 100."
            yield Fault("penalty.csv", at, "penalty", str(kind), "range", said, _CURE)


def _curve(kind: str, rows: pd.DataFrame) -> tuple[Floats, Floats, float]:
    unit = str(measures().loc[kind, "unit"])
    pairs = zip(rows["value"], rows["unit"], strict=True)
    value = np.array([float(convert(float(v), source=str(source), target=unit)) for v, source in pairs])
    return value, rows["penalty"].to_numpy(float), float(rows["weight"].iloc[0])


def penalty(values: Mapping[str, Floats], curves: Curves) -> Floats:
    """
    Return the weighted mean penalty of the kinds that are known. [0-100]

    Parameters
    ----------
    values
        Arrays of one shape by kind, in the unit of the kind; NaN where unknown. The weights of unknown kinds are shared
        among the others; where no kind is known the result is NaN.
    curves
        From :func:`curves_of`.
    """
    shape = np.broadcast_shapes(*[np.shape(v) for v in values.values()])
    total, weight = np.zeros(shape), np.zeros(shape)
    for kind, (at, points, share) in curves.items():
        if kind in values:
            given = np.interp(values[kind], at, points)
            known = ~np.isnan(given)
            total += np.where(known, given, 0.0) * share
            weight += known * share
    return np.divide(total, weight, out=np.full(shape, np.nan), where=weight > 0)


def condition_penalty(frame: pd.DataFrame, curves: Curves) -> pd.Series:
    """Return the penalty of each row of a table with any of the kinds of the curves as columns. [0-100]"""
    known = {kind: frame[kind].to_numpy(float) for kind in curves if kind in frame}
    if not known:
        return pd.Series(np.nan, index=frame.index, name="penalty")
    return pd.Series(penalty(known, curves), index=frame.index, name="penalty")
