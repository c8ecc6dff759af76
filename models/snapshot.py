"""The hash of a panel: the same values give the same hash, in whatever order the rows and columns stand."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd

_MISSING = "\x01"
_BETWEEN = "\x00"


def snapshot(panel: pd.DataFrame) -> str:
    """
    Return the sha256 of the values of a panel.

    Rows are put in the order of unit and time, columns in that of their names. Numbers count as 64-bit floats, so that
    it does not matter how they are held; missing is missing; everything else counts as its text.
    """
    rows = panel.sort_values(["unit", "time"], kind="stable") if len(panel) else panel
    found = hashlib.sha256(f"{len(panel)}".encode())
    for name in sorted(str(c) for c in panel.columns):
        found.update(f"{_BETWEEN}{name}{_BETWEEN}".encode())
        found.update(_bytes(rows[name]))
    return found.hexdigest()


def _bytes(column: pd.Series) -> bytes:
    if pd.api.types.is_numeric_dtype(column):
        values = column.to_numpy(dtype="<f8", na_value=np.nan)
        # one pattern of bits for missing, and for zero
        return np.where(np.isnan(values), np.nan, values + 0.0).astype("<f8").tobytes()
    return _BETWEEN.join(column.astype("str").where(column.notna(), _MISSING)).encode()
