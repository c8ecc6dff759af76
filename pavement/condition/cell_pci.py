"""PCI of cells from our own measures: which distress of D6433 each measure stands for, and how bad it is."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.condition.pci import deduct_rows, provenance, units_pci
from pavement.condition.pci_curves import SEVERITIES
from pavement.condition.pci_distresses import known_distresses
from pavement.schema import measured_kinds, read_table
from pavement.units import convert

Floats = NDArray[np.float64]
PAVEMENT = "asphalt"


@cache
def measured_as() -> pd.DataFrame:
    """
    Return what measures count as which distress, rows of ``tables/pci_measures.csv``.

    A row gives a distress, the kind it is taken from, the share of the kind's value that it is worth in m2, m or
    counts (``per`` m2 when the kind is a density, seen when it is a sum over the part seen; once for the share of the
    lane itself, whatever the value), from which value on it counts, how its severity is graded, and whether the PCI
    needs it.
    """
    return read_table("pci_measures")


def pci_kinds() -> list[str]:
    """Return the kinds that a PCI of ours is made from, those that only grade severity among them."""
    table = measured_as()
    graded = [k for k in table["severity_kind"] if k in measured_kinds()]
    return list(dict.fromkeys([*table["kind"], *graded, "pothole_area", "pothole_depth"]))


def looked_for(values: pd.DataFrame) -> pd.DataFrame:
    """Return which distresses were looked for in each row: a column each, true where a kind of it was measured."""
    table = measured_as()
    return pd.DataFrame(
        {
            str(distress): values.reindex(columns=list(rows["kind"])).notna().any(axis=1)
            for distress, rows in table.groupby("distress", sort=False)
        },
        index=values.index,
    )


def measured_pci(values: pd.DataFrame, *, seen: Floats) -> pd.DataFrame:
    """
    Return the PCI of cells as far as their measures tell: an upper bound.

    Parameters
    ----------
    values
        A row a cell, a column a kind in its unit; missing where it was not measured.
    seen
        Area of each cell that was seen. [m2]

    Returns
    -------
    found
        pci (missing where a kind that it needs was not measured) and clamped (a deduct was read at the end of its
        curve).

    Notes
    -----
    Distresses that nobody looked for cannot lower it. A cell of 100 m by 3.5 m is a little larger than a sample unit of
    the standard (225 +- 90 m2).
    """
    frame = values.assign(pothole_diameter=_diameter(values)).reset_index(drop=True)
    table = measured_as()
    needed = frame.reindex(columns=list(table.loc[table["needed"] == "yes", "kind"])).notna().all(axis=1)
    rows = [_distress_rows(frame[needed], seen[needed.to_numpy()], row) for _, row in table.iterrows()]
    found = pd.concat(rows, ignore_index=True)
    units = frame.index[needed]
    # quantities are given for each square metre already
    deducts = deduct_rows(found, areas=pd.Series(1.0, index=units), pavement=PAVEMENT)
    result = units_pci(deducts, units=units, pavement=PAVEMENT).reindex(frame.index)
    return result.assign(clamped=result["clamped"].eq(True)).set_axis(values.index)


def _diameter(values: pd.DataFrame) -> Floats:
    """Return the mean diameter of potholes from their area and number. [mm]"""
    area, count = (
        values.get(k, pd.Series(np.nan, index=values.index)).to_numpy(float) for k in ("pothole_area", "pothole_count")
    )
    # no count that can be counted: a share of a pothole as small as that is a rounding
    each = np.divide(area, count, out=np.full(len(values), np.nan), where=count > 1e-9 * area)
    return np.sqrt(4 / np.pi * each) * float(convert(1.0, source="m", target="mm"))


def _distress_rows(frame: pd.DataFrame, seen: Floats, row: pd.Series) -> pd.DataFrame:
    """Return unit, distress, severity and quantity that one row of the table makes of cells."""
    missing = pd.Series(np.nan, index=frame.index)
    value = frame.get(str(row["kind"]), missing)
    amount = value.notna() if row["per"] == "once" else value
    quantity = (amount * float(row["share"])).to_numpy(float)
    if row["per"] == "seen":
        quantity = np.divide(quantity, seen, out=np.full(len(frame), np.nan), where=seen > 0)
    counts = (quantity > 0) & (value >= float(row["least"])).to_numpy()
    if row["instead_of"]:
        counts &= frame.get(str(row["instead_of"]), missing).isna().to_numpy()
    severity = _severity(frame, row)
    return pd.DataFrame(
        {
            "unit": frame.index[counts],
            "distress": str(row["distress"]),
            "severity": severity[counts],
            "quantity": quantity[counts],
        }
    )


def _severity(frame: pd.DataFrame, row: pd.Series) -> NDArray[np.object_]:
    words = np.array(SEVERITIES, dtype=object)
    given = str(row["severity"])
    if row["severity_kind"] == "potholes":
        return _pothole_severity(frame, given)
    grade = frame.get(str(row["severity_kind"]), pd.Series(np.nan, index=frame.index)).to_numpy(float)
    at = (grade >= float(row["medium_from"])).astype(int) + (grade >= float(row["high_from"]))
    return np.where(np.isnan(grade), given, words[at])


def _pothole_severity(frame: pd.DataFrame, given: str) -> NDArray[np.object_]:
    """Return severity by depth and diameter; without a depth that of the middle class of depths."""
    table = read_table("pci_potholes")
    depths, widths = (np.unique(table[c].to_numpy(float)) for c in ("depth_from", "diameter_from"))
    words = table.pivot_table(index="depth_from", columns="diameter_from", values="severity", aggfunc="first")
    depth = frame.get("pothole_depth", pd.Series(np.nan, index=frame.index)).to_numpy(float)
    width = frame["pothole_diameter"].to_numpy(float)
    row = np.where(depth > 0, _class_of(depth, depths), len(depths) // 2)
    return np.where(np.isnan(width), given, words.to_numpy(dtype=object)[row, _class_of(width, widths)])


def _class_of(values: Floats, borders: Floats) -> NDArray[np.int64]:
    return np.clip(np.searchsorted(borders, values, side="right") - 1, 0, len(borders) - 1)


def scope_text(distresses: list[str], *, clamped: bool) -> str:
    """Return what a PCI rests on: procedure, curves, and which of the distresses were looked for."""
    known = known_distresses(PAVEMENT)
    names = ", ".join(known.loc[d, "en"] for d in distresses)
    said = f"{provenance()}; partial, an upper bound: looked for {len(distresses)} of {len(known)} distresses: {names}"
    return f"{said}; a deduct lies at the end of its curve" if clamped else said
