"""Deduct curves of the pavement condition index: cleaned from readings of the charts, and read off."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import isotonic_regression

from pavement.schema import read_table

Floats = NDArray[np.float64]

SEVERITIES = ("low", "medium", "high")
# how far a deduct lies on its curve: below its first reading, between readings, beyond its last
ENDS = ("below", "within", "beyond")
_SOURCE = "[brandnewbox PCI], cleaned"


def cleaned_deducts(readings: pd.DataFrame) -> pd.DataFrame:
    """
    Return deduct curves that never fall, from readings of charts that wiggle.

    Parameters
    ----------
    readings
        Columns pavement, distress, severity, density_percent [%], deduct.

    Returns
    -------
    curves
        The same columns with source and status. Each curve is the growing curve nearest to its readings by least
        squares (isotonic regression), kept within 0 to 100; a higher severity is raised to the lower one where the
        readings cross.
    """
    parts = []
    for _, of in readings.groupby(["pavement", "distress"], sort=False):
        floor: Floats | None = None
        for severity in SEVERITIES:
            curve = of[of["severity"] == severity].sort_values("density_percent")
            grown = np.clip(isotonic_regression(curve["deduct"].to_numpy(float)).x, 0.0, 100.0)
            floor = grown if floor is None else np.maximum(grown, floor)
            parts.append(curve.assign(deduct=floor.round(2)))
    table = pd.concat(parts, ignore_index=True)
    return table.assign(source=_SOURCE, status="to confirm")


def cleaned_corrections(readings: pd.DataFrame) -> pd.DataFrame:
    """
    Return corrected deduct curves that grow with the total and never grow with q.

    Parameters
    ----------
    readings
        Columns pavement, q, total_deduct, corrected_deduct, how.

    Returns
    -------
    curves
        The same columns with source and status, cleaned as :func:`cleaned_deducts` does; none lies above its total,
        and the curve of one deduct is the total itself.
    """
    parts = []
    for _, of in readings.groupby("pavement", sort=False):
        above: Floats | None = None
        for q in sorted(of["q"].unique()):
            curve = of[of["q"] == q].sort_values("total_deduct")
            total = curve["total_deduct"].to_numpy(float)
            grown = np.clip(isotonic_regression(curve["corrected_deduct"].to_numpy(float)).x, 0.0, total)
            above = total if above is None else np.minimum(grown, above)
            parts.append(curve.assign(corrected_deduct=above.round(2)))
    table = pd.concat(parts, ignore_index=True)
    return table.assign(source=_SOURCE, status="to confirm")


@cache
def _curves(pavement: str) -> dict[tuple[str, str], tuple[Floats, Floats]]:
    table = read_table("pci_deducts")
    table = table[table["pavement"] == pavement]
    return {
        (str(distress), str(severity)): (rows["density_percent"].to_numpy(float), rows["deduct"].to_numpy(float))
        for (distress, severity), rows in table.groupby(["distress", "severity"], sort=False)
    }


@cache
def _corrections(pavement: str) -> dict[int, tuple[Floats, Floats]]:
    table = read_table("pci_corrections")
    table = table[table["pavement"] == pavement]
    return {
        int(q): (rows["total_deduct"].to_numpy(float), rows["corrected_deduct"].to_numpy(float))
        for q, rows in table.groupby("q")
    }


def curve_provenance() -> str:
    """Return who read the curves, for wherever a number made with them stands."""
    return "curves read by brandnewbox/pavement_condition_index"


def deduct(density: ArrayLike, *, distress: str, severity: str, pavement: str) -> tuple[Floats, NDArray[np.int8]]:
    """
    Return the deduct of densities [%] in the standard's own units, and where on :data:`ENDS` each was read.

    Between readings asphalt goes with the logarithm of density, as its charts do, concrete with density itself. Below
    the first reading and beyond the last their own deducts stand; a density of 0 has none.
    """
    x, y = _curves(pavement)[distress, severity]
    d = np.asarray(density, dtype=float)
    if pavement == "asphalt":
        held = np.clip(d, x[0], x[-1])
        read = np.interp(np.log10(held), np.log10(x), y)
    else:
        read = np.interp(d, x, y)
    end = np.where(d < x[0], 0, np.where(d > x[-1], 2, 1)).astype(np.int8)
    return np.where(d > 0, read, 0.0), end


def corrected(total: ArrayLike, *, q: int, pavement: str) -> Floats:
    """
    Return the corrected deduct of a total of deducts of which `q` are over 2.

    Below the first reading the curve goes straight to 0, beyond the last its own value stands; a `q` beyond the last
    curve counts as that curve.
    """
    curves = _corrections(pavement)
    x, y = curves[min(q, max(curves))]
    given = np.asarray(total, dtype=float)
    # one deduct alone is never corrected
    return given if q <= 1 else np.interp(given, np.concatenate([[0.0], x]), np.concatenate([[0.0], y]))
