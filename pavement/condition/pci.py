"""Pavement condition index (PCI) by the procedure of ASTM D6433, with curves that others read from its charts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.condition.pci_curves import ENDS, corrected, curve_provenance, deduct
from pavement.condition.pci_distresses import checked_distresses, checked_sizes, known_distresses, refuse_more_than_all
from pavement.errors import SurveyError
from pavement.measures.limits import limit
from pavement.units import convert

Floats = NDArray[np.float64]

# deducts above it are corrected for each other (ASTM D6433)
_COUNTED = 2.0
# most deducts that are ever corrected together (ASTM D6433)
_MOST = 10
# what the method of a value says of the survey that brought it
FULL_SURVEY = "surveyed distress by distress"
UNKNOWN_SCOPE = "not known what was looked for"


@dataclass(frozen=True)
class Worksheet:
    """
    How a PCI came about.

    Attributes
    ----------
    deducts
        A row for each distress and severity, dearest first: distress, severity, quantity, density [%] as the charts
        count it, deduct, end (where on its curve it was read: below, within, beyond), counted (share that `allowed`
        leaves).
    allowed
        Number of deducts that count, with its fraction; missing where no more than one deduct is over 2. [-]
    iterations
        q, total and corrected deduct of each step.
    pci
        The index, 0 to 100.
    provenance
        Procedure and who read the curves.
    """

    deducts: pd.DataFrame
    allowed: float
    iterations: pd.DataFrame
    pci: float
    provenance: str


def provenance() -> str:
    """Return what every PCI of ours is: the procedure of the standard with curves that somebody read."""
    return f"PCI by D6433's procedure, {curve_provenance()}"


def pci(distresses: pd.DataFrame, *, area: float, pavement: str = "asphalt") -> float:
    """
    Return the pavement condition index of one sample unit, 100 without distress. [-]

    Parameters
    ----------
    distresses
        Columns distress, severity and quantity. Distress: name or number in ``tables/pci_distresses.csv``; capitals,
        spaces and hyphens make no difference. Severity: low, medium, high or L, M, H; empty only where the table says
        that the distress has no grades. Quantity of asphalt: area [m2], length [m] or count [-] as the distress asks;
        of concrete always the number of slabs that have it [-]. Rows of one distress and severity are added up.
    area
        Of asphalt the area of the sample unit [m2]. Of concrete the number of its slabs [-], never m2: that is what the
        standard counts, and no distress can be on more slabs than there are.
    pavement
        ``asphalt`` or ``concrete``.

    Raises
    ------
    SurveyError
        As :func:`deduct_rows`.

    Notes
    -----
    Say :func:`provenance` wherever the number stands: the curves are readings of charts, cleaned, good to 2 or 3
    points. The standard's rule for the number of deducts is not monotone: with more than ``1 + 9/98 (100 - highest)``
    deducts a worse one may push out part of another. Up to that number more distress never raises the index.

    References
    ----------
    .. [1] ASTM D6433, procedure of clause 9; US Army TM 5-623 is the ancestor of its charts.
    """
    return worksheet(distresses, area=area, pavement=pavement).pci


def worksheet(distresses: pd.DataFrame, *, area: float, pavement: str = "asphalt") -> Worksheet:
    """Return how the PCI of one sample unit comes about; parameters as of :func:`pci`."""
    rows = distresses.reset_index(drop=True).assign(unit=0)
    deducts = deduct_rows(rows, areas=pd.Series({0: area}, dtype=object), pavement=pavement)
    result = units_pci(deducts, units=pd.Index([0]), pavement=pavement)
    kept = _allowed(deducts["deduct"].to_numpy(float)[None, :])
    counted = np.clip(kept[0] - np.arange(len(deducts)), 0, 1) if len(deducts) else np.empty(0)
    made = steps(deducts["deduct"].to_numpy(float)[None, :], pavement)
    iterations = pd.DataFrame([(q, total[0], cdv[0]) for q, total, cdv in made], columns=["q", "total", "corrected"])
    many = (deducts["deduct"] > _COUNTED).sum() > 1
    return Worksheet(
        deducts.drop(columns="unit").assign(counted=counted),
        float(kept[0]) if many else float("nan"),
        iterations.sort_values("q", ascending=False, ignore_index=True) if many else iterations.iloc[:0],
        float(result["pci"].iloc[0]),
        provenance(),
    )


def deduct_rows(found: pd.DataFrame, *, areas: pd.Series, pavement: str) -> pd.DataFrame:
    """
    Return the deducts of many sample units at once.

    Parameters
    ----------
    found
        Columns unit, distress, severity, quantity as of :func:`pci`.
    areas
        Area [m2], of concrete slabs [-], of each unit.
    pavement
        Of all units.

    Returns
    -------
    deducts
        unit, distress, severity, quantity, density [%], deduct, end; by unit, dearest first.

    Raises
    ------
    SurveyError
        A missing column, an unknown distress or severity, no severity of a distress that has grades, a quantity that
        is negative or no number, an area that is no number above 0, more slabs of a distress than there are.
    """
    known = known_distresses(pavement)
    rows = checked_distresses(found, known)
    sizes = checked_sizes(areas)
    if pavement == "concrete":
        refuse_more_than_all(rows, sizes)
    rows = rows.groupby(["unit", "distress", "severity"], sort=False, as_index=False)["quantity"].sum()
    rows["density"] = rows["quantity"] / rows["unit"].map(sizes) * _factors(rows["distress"], known)
    read = np.zeros(len(rows))
    end = np.ones(len(rows), dtype=np.int8)
    for (distress, grade), at in rows.groupby(["distress", "severity"], sort=False).indices.items():
        read[at], end[at] = deduct(rows["density"].to_numpy()[at], distress=distress, severity=grade, pavement=pavement)
    rows = rows.assign(deduct=read, end=pd.Categorical.from_codes(end, categories=list(ENDS)).astype(str))
    return rows.sort_values(["unit", "deduct"], ascending=[True, False], kind="stable", ignore_index=True)


def _factors(names: pd.Series, known: pd.DataFrame) -> Floats:
    """Return what turns quantity over area into the density that the charts count, in feet. [%]"""
    foot = float(convert(1.0, source="ft", target="m"))
    by: Mapping[str, float] = {"area": 1.0, "slabs": 1.0, "length": foot, "count": foot**2}
    return 100.0 * names.map(known["measured"]).map(by).to_numpy(float)


def units_pci(deducts: pd.DataFrame, *, units: pd.Index, pavement: str) -> pd.DataFrame:
    """
    Return the PCI of many sample units.

    Parameters
    ----------
    deducts
        As :func:`deduct_rows` gives them.
    units
        All sample units, also those without distress.
    pavement
        Of all units.

    Returns
    -------
    values
        Indexed by `units`: pci, clamped (any deduct read at an end of its curve).
    """
    order = deducts.sort_values(["unit", "deduct"], ascending=[True, False], kind="stable")
    row = units.get_indexer(order["unit"])
    column = order.groupby("unit", sort=False).cumcount().to_numpy()
    grid = np.zeros((len(units), max(int(column.max()) + 1 if len(column) else 0, 1)))
    grid[row, column] = order["deduct"]
    most = np.zeros(len(units))
    for _, _, value in steps(grid, pavement):
        most = np.fmax(most, value)
    alone = (grid > _COUNTED).sum(axis=1) <= 1
    lost = np.where(alone, grid.sum(axis=1), most)
    clamped = pd.Series(False, index=units)
    clamped[units[np.unique(row[(order["end"] != "within").to_numpy() & (order["deduct"] > 0).to_numpy()])]] = True
    return pd.DataFrame({"pci": np.clip(100.0 - lost, 0.0, 100.0), "clamped": clamped}, index=units)


def _allowed(grid: Floats) -> Floats:
    """Return how many deducts count in each row: ``1 + 9/98 (100 - highest)``, at most 10. [-]"""
    highest = grid.max(axis=1, initial=0.0)
    return np.clip(1 + 9 / 98 * (100 - highest), 1.0, float(_MOST))


def allowed_deducts(highest: float) -> float:
    """Return the number of deducts that count beside a highest deduct, with its fraction (m of the standard). [-]"""
    return float(_allowed(np.array([[highest]], dtype=float))[0])


def steps(grid: Floats, pavement: str) -> list[tuple[int, Floats, Floats]]:
    """
    Return q, total and corrected deduct of each step, missing in rows that have no such step.

    `grid` holds the deducts of a unit in each row, highest first. In the step of q the q highest stay, and the others
    over 2 are taken as 2.
    """
    counted = np.clip(_allowed(grid)[:, None] - np.arange(grid.shape[1]), 0, 1)
    kept = -np.sort(-grid * counted, axis=1)
    over = (kept > _COUNTED).sum(axis=1)
    total = kept.cumsum(axis=1)
    small = np.where(kept > _COUNTED, 0.0, kept).sum(axis=1)
    made = []
    for q in range(1, int(over.max(initial=0)) + 1):
        sums = np.where(over >= q, total[:, q - 1] + _COUNTED * (over - q) + small, np.nan)
        made.append((q, sums, corrected(sums, q=q, pavement=pavement)))
    return made


def section_pci(values: pd.DataFrame, *, area: float | None = None) -> float:
    """
    Return the PCI of a section from its sample units, weighted by area. [-]

    Parameters
    ----------
    values
        Columns pci, area [m2] and, where units were added by hand for their unusual distress, additional: such a unit
        stands for its own area only, the others for the rest of the section.
    area
        Area of the section; that of the units together when not given. [m2]

    References
    ----------
    .. [1] ASTM D6433, clause 10; additional units from memory.
    """
    size = values["area"].astype(float)
    added = values["additional"].astype(bool) if "additional" in values else pd.Series(False, index=values.index)
    whole = size.sum() if area is None else area
    rest = whole - size[added].sum()
    usual = (values["pci"] * size)[~added].sum() / size[~added].sum() if (~added).any() else 0.0
    if not (~added).any():
        rest, whole = 0.0, size.sum()
    return float((usual * rest + (values["pci"] * size)[added].sum()) / whole)


def sample_units(total: int, *, pavement: str = "asphalt", deviation: float | None = None) -> int:
    """
    Return how many of `total` sample units are to be surveyed for a PCI of the section good to ``pci_error``. [-]

    Parameters
    ----------
    deviation
        Standard deviation of the PCI between units; that of a first survey of the pavement when not given.

    References
    ----------
    .. [1] ASTM D6433: ``n = N s^2 / (e^2/4 (N - 1) + s^2)``, e = 5, s = 10 (asphalt) or 15 (concrete) at first.
    """
    known_distresses(pavement)
    if total < 1:
        raise SurveyError(f"A section of {total} sample units cannot be sampled.", cure="Give 1 or more.")
    spread = limit(f"pci_deviation_{pavement}") if deviation is None else deviation
    error = limit("pci_error")
    needed = total * spread**2 / (error**2 / 4 * (total - 1) + spread**2)
    return int(np.ceil(needed - 1e-9))
