"""Severity of distress: low, medium or high by a measured quantity and the limits of ``tables/severity.csv``."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from pavement.schema import read_table

SEVERITIES = ("low", "medium", "high")


@cache
def _rules() -> dict[str, dict[tuple[str, str], tuple[float, float]]]:
    """Return quantity → kind and type → the limits of low and of high."""
    rules: dict[str, dict[tuple[str, str], tuple[float, float]]] = {}
    for row in read_table("severity").fillna({"type": ""}).itertuples():
        rules.setdefault(str(row.quantity), {})[str(row.kind), str(row.type)] = (
            float(row.low_to),
            float(row.high_above),
        )
    return rules


def severity(found: pd.DataFrame) -> pd.Series:
    """
    Return the severity of each row: low, medium or high; "" where no rule or no measured quantity stands for it.

    Parameters
    ----------
    found
        Columns kind, type, and the quantities that the table names, such as width_mm [mm].
    """
    named = list(zip(found["kind"].astype(object), found["type"].astype(object), strict=True))
    result = np.full(len(found), "", dtype=object)
    for quantity, own in _rules().items():
        low, high = np.array([own.get(name, (np.nan, np.nan)) for name in named], float).reshape(-1, 2).T
        value = pd.to_numeric(found[quantity]).to_numpy(float)
        known = ~np.isnan(low) & ~np.isnan(value)
        grade = (value > low).astype(int) + (value > high)
        result[known] = np.array(SEVERITIES, dtype=object)[grade[known]]
    return pd.Series(result, index=found.index, dtype=object)
