"""Homogeneous sections: a lane cut where its condition changes, by cumulative difference or by PELT."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtr

from pavement.errors import PlanError
from pavement.network.cumulative_difference import slope_borders
from pavement.network.joining import PLACE, in_order, joined, names, runs
from pavement.network.optimal_partition import optimal_borders
from pavement.schema import read_table, schema

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
METHODS = ("cda", "pelt")


@dataclass(frozen=True)
class _Lane:
    """One unbroken run of cells: their values, their lengths [m] and where they lie [m]."""

    value: Floats
    length: Floats
    at: Floats


def homogeneous_sections(
    cells: pd.DataFrame, *, key: str, method: str, minimum: float, strictness: float | None = None
) -> pd.DataFrame:
    """
    Return the homogeneous section that each cell belongs to.

    Parameters
    ----------
    cells
        Columns cell, route, direction, lane, from_m, to_m [m] and `key`; NaN where it was not measured.
    key
        Column whose mean changes at the borders.
    method
        ``cda``: borders where the cumulative difference turns, sections shorter than `minimum` joined to the neighbour
        most alike, then neighbours joined whose means Welch's t-test does not tell apart, at a level shared among all
        places of a lane where a border could lie. ``pelt``: the borders that
        cost least, with a penalty of `strictness` · σ² · ln n, σ from the differences of neighbouring cells.
    minimum
        Shortest section; only a whole run of cells may be shorter. [m]
    strictness
        Level of the t-test, or factor of the penalty; ``cda_level`` or ``pelt_penalty`` of
        ``planning_parameters.csv`` when not given. [-]

    Returns
    -------
    frame
        Columns cell, section (its id tells where it lies) and rule (how the border was found, with the penalty of the
        lane), in the order and index of `cells`.

    Raises
    ------
    PlanError
        Another method, or cells that overlap.

    References
    ----------
    .. [1] AASHTO, "Guide for Design of Pavement Structures", 1993, Appendix J.
    .. [2] Killick, Fearnhead, Eckley, Journal of the American Statistical Association 107, 2012 (PELT).
    """
    if method not in METHODS:
        raise PlanError(f"Sections by {method!r} are not known.", cure=f"Write {' or '.join(METHODS)}.")
    if cells.empty:
        nothing = pd.Series(dtype=str)
        return pd.DataFrame({"cell": cells["cell"], "section": nothing, "rule": nothing}, index=cells.index)
    order = in_order(cells)
    line = cells.iloc[order]
    begin, rule = section_starts(line, key=key, method=method, minimum=minimum, strictness=strictness)
    back = np.argsort(order)
    section = names(line, np.cumsum(begin) - 1)
    return pd.DataFrame({"cell": cells["cell"], "section": section[back], "rule": rule[back]}, index=cells.index)


def section_starts(
    line: pd.DataFrame, *, key: str, method: str, minimum: float, strictness: float | None = None
) -> tuple[NDArray[np.bool_], NDArray[np.object_]]:
    """Return whether a section begins at each of the cells sorted by place, and the rule it was found by."""
    run = runs(line)
    begin, rule = np.zeros(len(line), dtype=bool), np.empty(len(line), dtype=object)
    value, start, end = (line[c].to_numpy(float) for c in (key, "from_m", "to_m"))
    factor = _strictness(method) if strictness is None else strictness
    first = np.flatnonzero(np.diff(run, prepend=-1))
    for low, high in zip(first, np.append(first[1:], len(line)), strict=True):
        own = slice(int(low), int(high))
        at = np.append(start[own], end[high - 1])
        lane = _Lane(value[own], end[own] - start[own], at)
        borders, rule[own] = (_by_difference if method == "cda" else _by_pelt)(lane, minimum, factor)
        begin[low + borders] = True
    return begin, rule


def _strictness(method: str) -> float:
    name = "cda_level" if method == "cda" else "pelt_penalty"
    return float(read_table("planning_parameters").set_index("name").loc[name, "value"])


def _by_difference(lane: _Lane, minimum: float, level: float) -> tuple[Ints, str]:
    begin = np.zeros(len(lane.value), dtype=int)
    begin[slope_borders(lane.value, lane.length)] = 1
    one = np.zeros(len(lane.value), dtype=np.int64)
    group = joined(
        one, lane.length, lane.value, maximum=np.inf, minimum=minimum, tolerance=np.inf, group=np.cumsum(begin) - 1
    )
    first = np.flatnonzero(np.diff(group, prepend=-1))
    # the border was looked for where the means differ most: one place of many, so the level is shared among all
    strict = level / max(len(lane.value) - 1, 1)
    while len(first) > 1:
        chance = _chance(lane, first)
        alike = int(np.argmax(chance))
        if chance[alike] <= strict:
            break
        first = np.delete(first, alike + 1)
    return first, f"cda: {minimum:g} m or longer, means apart at the {level:g} / n level of Welch's t-test"


def _chance(lane: _Lane, first: Ints) -> Floats:
    """Return the chance of each pair of neighbours to differ as they do although their means are one (two-sided)."""
    count = np.add.reduceat((~np.isnan(lane.value)).astype(float), first)
    mean, spread = _moments(lane, first)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = spread / count
        both = error[:-1] + error[1:]
        freedom = both**2 / (error[:-1] ** 2 / (count[:-1] - 1) + error[1:] ** 2 / (count[1:] - 1))
        chance = 2 * stdtr(freedom, -np.abs(mean[1:] - mean[:-1]) / np.sqrt(both))
    # without spread any difference is one; a single cell, or none, tells nothing
    certain = (both <= 0) & (mean[1:] != mean[:-1])
    return np.where(certain, 0.0, np.where(np.isnan(chance), 1.0, chance))


def _moments(lane: _Lane, first: Ints) -> tuple[Floats, Floats]:
    """Return mean by length and spread of the cells' values of each section."""
    known = ~np.isnan(lane.value)
    weight = np.where(known, lane.length, 0.0)
    value = np.where(known, lane.value, 0.0)
    total, count = np.add.reduceat(weight, first), np.add.reduceat(known.astype(float), first)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.add.reduceat(weight * value, first) / total
        of_cell = mean[np.searchsorted(first, np.arange(len(value)), side="right") - 1]
        departure = np.where(known, weight * (value - of_cell) ** 2, 0.0)
        spread = np.add.reduceat(departure, first) / total * count / (count - 1)
    return mean, spread


def _by_pelt(lane: _Lane, minimum: float, factor: float) -> tuple[Ints, str]:
    known = ~np.isnan(lane.value)
    noise = noise_variance(lane.value[known])
    penalty = factor * noise * np.log(max(int(known.sum()), 2))
    usual = lane.length[known].mean() if known.any() else 1.0
    weight = np.where(known, lane.length / usual, 0.0)
    borders = optimal_borders(np.nan_to_num(lane.value), weight, lane.at, penalty=penalty, minimum=minimum)
    return borders, f"pelt: {minimum:g} m or longer, penalty {factor:g} σ² ln n = {penalty:.3g}"


def noise_variance(value: Floats) -> float:
    """
    Return σ² of a series whose mean changes here and there, from the differences of neighbours.

    Differences beyond four times the usual one are steps, not noise. A series without noise has next to none, not none:
    a border must never be free.
    """
    if len(value) < 2:
        return 1.0
    step = np.diff(value)
    usual = float(np.median(np.abs(step))) / 0.6745
    least = 1e-9 * max(float(np.var(value)), 1e-12)
    return max(float(np.mean(step[np.abs(step) <= 4 * usual] ** 2)) / 2, least)


def section_table(cells: pd.DataFrame, sections: pd.DataFrame, *, key: str) -> pd.DataFrame:
    """
    Return one row for each section: the table ``homogeneous_sections``.

    Parameters
    ----------
    cells, key
        As given to :func:`homogeneous_sections`.
    sections
        What it returned.
    """
    length = (cells["to_m"] - cells["from_m"]).astype(float)
    value = cells[key].astype(float)
    known = length.where(value.notna(), 0.0)
    grouped = cells.assign(_length=length, _known=known, _sum=(value * known).fillna(0.0)).groupby(sections["section"])
    frame = grouped[PLACE].first().assign(from_m=grouped["from_m"].min(), to_m=grouped["to_m"].max())
    seen = grouped["_known"].sum()
    spread = value.groupby(sections["section"]).std()
    frame = frame.assign(
        cells=grouped.size(),
        kind=key,
        mean=grouped["_sum"].sum() / seen.where(seen > 0),
        deviation=spread,
        coverage=seen / grouped["_length"].sum(),
        rule=sections["rule"].groupby(sections["section"]).first(),
    )
    frame = frame.rename_axis("section").reset_index().sort_values([*PLACE, "from_m"], ignore_index=True)
    return frame[list(schema("homogeneous_sections").index)]
