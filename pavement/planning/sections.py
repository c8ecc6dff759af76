"""Sections: stretches of a carriageway with all their lanes, in chains along which a crew can move on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.network.joining import TOUCH
from pavement.planning.economics import parameters

# metres that lengths on two lanes may overlap and still follow each other: cells are never cut
CROSS = parameters()["lane_overlap"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Sections:
    """
    S sections in order, chain by chain.

    Attributes
    ----------
    of_unit
        (N,) section of each unit.
    chain
        (S,) number of the chain; the sections of one follow each other without a hole.
    from_m, to_m
        (S,) extent. [m]
    whole
        (N,) units that run through their section; work on one that does not leaves a hole in it.
    """

    of_unit: Ints
    chain: Ints
    from_m: Floats
    to_m: Floats
    whole: NDArray[np.bool_]

    @property
    def count(self) -> int:
        """Number of sections, S."""
        return len(self.chain)

    @property
    def left(self) -> Ints:
        """(S,) sections from each one to the end of its chain, itself counted."""
        if not self.count:
            return np.empty(0, dtype=np.int64)
        last = np.flatnonzero(np.diff(self.chain, append=-1) != 0)
        return np.asarray(last[np.searchsorted(last, np.arange(self.count))] - np.arange(self.count) + 1)


def sections(units: pd.DataFrame, *, alone: NDArray[np.bool_] | None = None) -> Sections:
    """
    Return the sections of units: what lies beside each other, on any lane of a route and direction, is one section.

    Parameters
    ----------
    units
        unit, route, direction, from_m, to_m and, if known, office: a chain ends where the section office changes, since
        works are let by offices. The office of a section is that of its longest unit.
    alone
        (N,) units that are a section, and a chain, of their own.

    Notes
    -----
    Where lanes were cut by themselves, lengths overlap crosswise and sections become long;
    :func:`pavement.planning.units.units` cuts all lanes at one place when asked to.
    """
    apart = np.zeros(len(units), dtype=bool) if alone is None else alone
    place = units[["route", "direction"]].astype(str).agg("|".join, axis=1).to_numpy(object)
    line = np.unique(place, return_inverse=True)[1] if len(units) else np.empty(0, dtype=np.int64)
    line = np.where(apart, line.max(initial=0) + 1 + np.arange(len(units)), line)
    start, end = units["from_m"].to_numpy(float), units["to_m"].to_numpy(float)
    order = np.lexsort((units["unit"].to_numpy(str), end, start, line))
    reach = pd.Series(end[order]).groupby(line[order]).cummax().to_numpy(float)
    other = np.diff(line[order], prepend=-1) != 0
    before = np.concatenate([[-np.inf], reach[:-1]])[: len(order)]
    cross = np.minimum(CROSS, (end - start)[order] / 2)
    begins = other | (start[order] >= before - np.maximum(cross, TOUCH))
    number = np.cumsum(begins) - 1
    of_unit = np.empty(len(units), dtype=np.int64)
    of_unit[order] = number
    first = np.flatnonzero(begins)
    from_m, to_m = start[order][first], pd.Series(end[order]).groupby(number).max().to_numpy(float)
    offices = _offices(units, of_unit)
    own_line = line[order][first]
    breaks = np.ones(len(first), dtype=bool)
    breaks[1:] = (
        (own_line[1:] != own_line[:-1]) | (offices[1:] != offices[:-1]) | (from_m[1:] > to_m[:-1] + TOUCH)
    )  # fmt: skip
    whole = (start <= from_m[of_unit] + CROSS) & (end >= to_m[of_unit] - CROSS)
    return Sections(of_unit, np.cumsum(breaks) - 1, from_m, to_m, whole)


def broken(units: pd.DataFrame, *, alone: NDArray[np.bool_] | None = None) -> NDArray[np.bool_]:
    """
    Return units of sections that none runs through, (N,): lanes cut or broken off at several places.

    No choice of such units works on the whole section, so that each can be worked on by itself only: made `alone`, it
    is a section of its own.
    """
    apart = np.zeros(len(units), dtype=bool) if alone is None else alone.copy()
    while True:
        made = sections(units, alone=apart)
        more = ~np.isin(made.of_unit, made.of_unit[made.whole])
        if not more.any():
            return apart
        apart |= more


def in_one_office(units: pd.DataFrame) -> pd.DataFrame:
    """Return units with all of a section in the section office of its longest one."""
    if "office" not in units or units.empty:
        return units
    of_unit = sections(units.drop(columns="office")).of_unit
    return units.assign(office=_offices(units, of_unit)[of_unit])


def _offices(units: pd.DataFrame, of_unit: Ints) -> NDArray[np.object_]:
    """Return the office of each section: that of its longest unit, of equals the first by name."""
    count = int(of_unit.max(initial=-1)) + 1
    if "office" not in units:
        return np.full(count, "", dtype=object)
    office = units["office"].fillna("").astype(str).to_numpy(object)
    length = (units["to_m"] - units["from_m"]).to_numpy(float)
    order = np.lexsort((units["unit"].to_numpy(str), -length, of_unit))
    found = np.full(count, "", dtype=object)
    at, where = np.unique(of_unit[order], return_index=True)
    found[at] = office[order][where]
    return found
