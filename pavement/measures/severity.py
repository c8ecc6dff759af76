"""Severity of distress: low, medium or high by a measured quantity and the limits of ``tables/severity.csv``."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from pavement.schema import read_table

SEVERITIES = ("low", "medium", "high")


@cache
def _rules() -> pd.DataFrame:
    return read_table("severity")


def severity(found: pd.DataFrame) -> pd.Series:
    """
    Return the severity of each row: low, medium or high; "" where no rule or no measured quantity stands for it.

    Parameters
    ----------
    found
        Columns kind, type, and the quantities that the table names, such as width_mm [mm].
    """
    result = pd.Series("", index=found.index, dtype=object)
    for quantity, own in _rules().groupby("quantity"):
        keys = found[["kind", "type"]].reset_index(drop=True)
        limits = keys.merge(own[["kind", "type", "low_to", "high_above"]], on=["kind", "type"], how="left")
        value = pd.to_numeric(found[str(quantity)]).to_numpy(float)
        grade = (value > limits["low_to"].to_numpy()).astype(int) + (value > limits["high_above"].to_numpy())
        known = limits["low_to"].notna().to_numpy() & ~np.isnan(value)
        result[known] = np.array(SEVERITIES, dtype=object)[grade[known]]
    return result
