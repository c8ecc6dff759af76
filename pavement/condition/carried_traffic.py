"""Traffic of cells carried beyond the years that were counted, and the words that say so."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.condition.joins import Labels
from pavement.measures.limits import limit
from pavement.measures.traffic_growth import HEAVY, LIGHT, default_rates, growth_rates

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# how a value was come by; 0: counted in its own year
_BETWEEN, _ON, _ON_HELD, _BACK, _BACK_HELD = range(1, 6)
_STATES = 6


@dataclass(frozen=True)
class Growth:
    """
    Growth of the traffic of cells.

    Attributes
    ----------
    light, heavy
        Yearly growth, shape (cells,). [1/year]
    counted
        Years of counts that both rest on, the fewest of the counters over a cell; 0 where a default stands. [year]
    """

    light: Floats
    heavy: Floats
    counted: Ints


def cell_growth(count: int, cell: Ints, rows: pd.DataFrame, length: Floats, *, traffic: pd.DataFrame) -> Growth:
    """
    Return the growth of cells from that of the counters over them, averaged by length.

    Parameters
    ----------
    count
        Number of cells.
    cell, rows, length
        Cell (position), row of ``traffic`` and common length [m] of each pair that meets, the longest last.
    traffic
        Table ``traffic``, of which counting places have their rates.
    """
    rates = growth_rates(traffic)
    keys = ["counter", "route", "direction"]
    rate = rates.pivot_table("rate", keys, "vehicles", observed=True).reindex(columns=[LIGHT, HEAVY])
    known = rates.assign(years=rates["years"].where(rates["estimated"], 0))
    years = known.groupby(keys, observed=True)["years"].min()
    place = rate.index.get_indexer(pd.MultiIndex.from_frame(rows[keys].astype({"counter": str})))
    # each counter counts once, however many years and classes it has; of several sections the longest
    once = len(cell) - 1 - np.unique((cell * len(rate) + place)[::-1], return_index=True)[1]
    cell, place, length = cell[once], place[once], length[once]
    weight = np.bincount(cell, weights=length, minlength=count)

    def mean(vehicles: str) -> Floats:
        # a counter that never saw a heavy vehicle has no rate of them, and nothing to carry
        values = rate[vehicles].fillna(default_rates()[vehicles]).to_numpy(float)[place]
        return np.bincount(cell, weights=values * length, minlength=count) / np.where(weight > 0, weight, 1.0)

    fewest = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(fewest, cell, years.reindex(rate.index).to_numpy(np.int64)[place])
    return Growth(mean(LIGHT), mean(HEAVY), np.where(weight > 0, fewest, 0))


def rate_words(growth: Growth) -> tuple[Ints, list[tuple[str, str]]]:
    """Return of each cell a code, and of each code what is said of its rates: of all vehicles, of heavy ones."""
    table = pd.DataFrame(
        {"light": np.round(100 * growth.light, 1), "heavy": np.round(100 * growth.heavy, 1), "counted": growth.counted}
    )
    codes, kinds = pd.factorize(pd.MultiIndex.from_frame(table))
    said = []
    for light, heavy, counted in kinds:
        rests = f"{counted} years of counts" if counted else "default rate, to confirm"
        said.append((f"{light:.1f} %/year light, {heavy:.1f} %/year heavy ({rests})", f"{heavy:.1f} %/year ({rests})"))
    return codes.astype(np.int64), said


def method_words(method: Labels, *, steps: Ints, filled: NDArray[np.bool_], years: Ints, growth: Growth) -> Methods:
    """
    Return how each value was come by.

    Parameters
    ----------
    method
        How the count was made that a value rests on, shape (cells, years).
    steps
        Years that a value was carried on, below 0 back; 0 where it was counted or lies between counts.
    filled
        Whether the year itself was not counted.
    years
        Year of each column.
    growth
        Growth of the cells.
    """
    rate, said = rate_words(growth)
    most = int(limit("growth_carry_max"))
    state = np.select(
        [steps > most, steps > 0, steps < -most, steps < 0, filled], [_ON_HELD, _ON, _BACK_HELD, _BACK, _BETWEEN], 0
    )
    start = np.where(steps != 0, years[None, :] - steps, years[0])
    grid = np.where(steps != 0, rate[:, None], 0)
    parts = (method.codes + 1, state, start - start.min(), grid)
    sizes = (len(method.names) + 1, _STATES, int(start.max() - start.min()) + 1, len(said))
    found, codes = np.unique(np.ravel_multi_index(parts, sizes), return_inverse=True)
    names = [
        (method.names[m - 1] if m else "", *_sentences(s, int(start.min()) + y, said[r], most))
        for m, s, y, r in zip(*(part.tolist() for part in np.unravel_index(found, sizes)), strict=True)
    ]
    return Methods(np.where(method.codes < 0, -1, codes.reshape(steps.shape)).astype(np.int32), names)


@dataclass(frozen=True)
class Methods:
    """Codes of shape (cells, years), and of each code: the method of the count, what is said of all, of heavy ones."""

    codes: NDArray[np.int32]
    names: list[tuple[str, str, str]]

    def labels(self, take: Ints, *, heavy: bool, basis: str = "") -> Labels:
        """Return the method of each value of some years, with what was made of it after."""
        texts = [f"{name}{carried if heavy else whole}{basis}" for name, whole, carried in self.names]
        return once_each(self.codes[:, take], texts)


def once_each(codes: NDArray[np.int32], texts: list[str]) -> Labels:
    """Return labels whose texts stand once each, as categories must."""
    place, names = pd.factorize(np.asarray(texts, dtype=object))
    return Labels(np.where(codes < 0, -1, place[codes]).astype(np.int32), [str(name) for name in names])


def _sentences(state: int, start: int, rates: tuple[str, str], most: int) -> tuple[str, str]:
    if state in (0, _BETWEEN):
        return (" of other years",) * 2 if state else ("", "")
    back = "back " if state in (_BACK, _BACK_HELD) else ""
    held = f", held beyond {most} years" if state in (_ON_HELD, _BACK_HELD) else ""
    whole, heavy = (f"; carried {back}from {start} at {rate}{held}" for rate in rates)
    return whole, heavy
