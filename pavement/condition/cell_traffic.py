"""Traffic of cells by year: counts by class onto cells, gaps filled, loads of the lane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.condition.joins import Labels, label_grid, lane_counts, long_values, overlaps, source_runs, stacked
from pavement.measures.flow_balance import between_sections
from pavement.measures.traffic import DAYS, class_name, lane_shares, truck_factors

Floats = NDArray[np.float64]

# columns of the table of truck factors
_FACTORS = ("truck_factor", "low", "high")


@dataclass(frozen=True)
class CellTraffic:
    """
    Traffic of every cell in every year of a span.

    Attributes
    ----------
    years
        Years of the columns of all arrays, one after the other.
    aadt, aadtt
        Vehicles a day in the direction, shape (cells, years). [veh/day]
    esal
        80 kN axle loads in the cell's lane, shape (cells, years). [1/year]
    esal_low, esal_high
        The same with the low and high truck factors of the table. [1/year]
    counted
        Whether the year itself was counted; the others are filled.
    coverage
        Share of the cell's length under a counter. [-]
    run
        Run of the count, or of the one it is filled from.
    method, quality
        How that count was made, and its quality.
    """

    years: NDArray[np.int64]
    aadt: Floats
    aadtt: Floats
    esal: Floats
    esal_low: Floats
    esal_high: Floats
    counted: NDArray[np.bool_]
    coverage: Floats
    run: Labels
    method: Labels
    quality: Labels


def cell_traffic(cells: pd.DataFrame, traffic: pd.DataFrame, years: Sequence[int]) -> CellTraffic:
    """
    Return the traffic of cells over `years` and all counted years.

    Counters that cover one cell are averaged by length, classes are added up. Between two counted sections the balance
    of their flows stands, and is called estimated. Years between counts lie on straight lines, years beyond them hold
    the nearest. A class without a truck factor leaves the loads missing.
    """
    traffic = _described(traffic)
    span = np.arange(
        min([*years, int(traffic["year"].min())]), max([*years, int(traffic["year"].max())]) + 1, dtype=np.int64
    )
    joined = overlaps(traffic, cells).sort_values("length", kind="stable")
    rows = traffic.iloc[joined["stretch"].to_numpy()]
    cell, year = joined["cell"].to_numpy(), rows["year"].to_numpy(int) - span[0]
    shape = (len(cells), len(span))
    counts, length = _counts_by_class(shape, cell * shape[1] + year, rows, joined["length"].to_numpy())
    size = (cells["to_m"] - cells["from_m"]).to_numpy(float)
    counted = length > 0
    total, heavy, loads = _totals(counts, shape)
    fill = Filling(counted)
    shares = lane_shares(lane_counts(cells), cells["lane"])[:, None]

    def filled(values: Floats) -> Floats:
        return fill.lines(np.where(counted, values, np.nan))

    def words(names: pd.Series) -> Labels:
        grid = label_grid(shape, cell, year, names.astype(str))
        return Labels(fill.nearest(grid.codes), grid.names)

    return CellTraffic(
        span,
        filled(total),
        filled(heavy),
        filled(loads["truck_factor"]) * DAYS * shares,
        filled(loads["low"]) * DAYS * shares,
        filled(loads["high"]) * DAYS * shares,
        counted,
        fill.nearest(np.clip(length / size[:, None], 0, 1)),
        words(source_runs(rows)),
        words(rows["method"]),
        words(rows["quality"]),
    )


def _described(traffic: pd.DataFrame) -> pd.DataFrame:
    """Return traffic with estimates between counted sections, every row with its quality and method."""
    whole = pd.concat([traffic, found], ignore_index=True) if len(found := between_sections(traffic)) else traffic
    said = {"quality": "measured", "method": "classified count"}
    return whole.assign(**{column: _words(whole, column, default) for column, default in said.items()})


def _words(frame: pd.DataFrame, column: str, default: str) -> pd.Series:
    if column not in frame:
        return pd.Series(default, index=frame.index)
    words = frame[column].astype(object)
    return words.where(words.notna() & (words != ""), default)


def _counts_by_class(
    shape: tuple[int, int], key: NDArray[np.int64], rows: pd.DataFrame, length: Floats
) -> tuple[dict[str, Floats], Floats]:
    """Return counts of each class, length-weighted over counters, and the length under counters [m]."""
    classes = rows["vehicle_class"].map(class_name).to_numpy(dtype=object)
    vehicles = rows["aadt"].to_numpy(float) * length
    counts, covered = {}, np.zeros(shape)
    for name in sorted(set(classes)):
        of = classes == name
        weight, total = (
            np.bincount(key[of], weights=w[of], minlength=shape[0] * shape[1]).reshape(shape)
            for w in (length, vehicles)
        )
        counts[str(name)] = total / np.where(weight > 0, weight, 1.0)
        covered = np.maximum(covered, weight)
    return counts, covered


def _totals(counts: dict[str, Floats], shape: tuple[int, int]) -> tuple[Floats, Floats, dict[str, Floats]]:
    """Return vehicles, heavy vehicles and axle loads by factor, each a day in the direction."""
    factors = truck_factors()
    total, heavy, loads = np.zeros(shape), np.zeros(shape), {f: np.zeros(shape) for f in _FACTORS}
    for name, vehicles in counts.items():
        total += vehicles
        known = name in factors.index
        unknown = np.where(vehicles > 0, np.nan, 0.0)
        heavy = heavy + (vehicles * float(factors.loc[name, "heavy"]) if known else unknown)
        for factor, load in loads.items():
            loads[factor] = load + (vehicles * float(factors.loc[name, factor]) if known else unknown)
    return total, heavy, loads


class Filling:
    """Filling of gaps along the second axis, made once from where values are known and used for several arrays."""

    def __init__(self, known: NDArray[np.bool_]) -> None:
        width = known.shape[1]
        self.places = np.arange(width)
        before = np.maximum.accumulate(np.where(known, self.places, -1), axis=1)
        after = np.minimum.accumulate(np.where(known, self.places, width)[:, ::-1], axis=1)[:, ::-1]
        self.before = np.where(before >= 0, before, np.clip(after, None, width - 1))
        self.after = np.where(after < width, after, self.before)

    def lines(self, values: Floats) -> Floats:
        """Return values on straight lines between known ones, and the nearest beyond the ends."""
        low, high = (np.take_along_axis(values, at, axis=1) for at in (self.before, self.after))
        span = self.after - self.before
        share = (self.places - self.before) / np.where(span > 0, span, 1)
        return np.where(span > 0, low + (high - low) * share, low)

    def nearest(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the values of the known place before, or of the first one after."""
        return np.take_along_axis(values, self.before, axis=1)


def traffic_values(cells: pd.DataFrame, traffic: CellTraffic, years: Sequence[int]) -> pd.DataFrame:
    """
    Return aadt, aadtt, esal and its range of cells in long form.

    Years without a count are estimates, and loads always are.
    """
    take = np.asarray(years) - traffic.years[0]
    filled = ~traffic.counted[:, take]
    coverage, run = traffic.coverage[:, take], Labels(traffic.run.codes[:, take], traffic.run.names)
    counted = _method(traffic.method, take, filled, "")
    names = np.array([*traffic.quality.names, "estimated"])
    quality = np.where(filled, "estimated", names[traffic.quality.codes[:, take]])
    basis = "; AASHTO 1993, truck factors and lane shares to confirm"
    loads = {
        "esal": _method(traffic.method, take, filled, basis),
        "esal_low": _method(traffic.method, take, filled, f"{basis}, low end of their range"),
        "esal_high": _method(traffic.method, take, filled, f"{basis}, high end of their range"),
    }
    kinds = {"aadt": traffic.aadt, "aadtt": traffic.aadtt} | {kind: getattr(traffic, kind) for kind in loads}
    return stacked(
        [
            long_values(
                cells,
                years,
                kind,
                values[:, take],
                coverage=coverage,
                quality="estimated" if kind in loads else quality,
                run=run,
                method=loads.get(kind, counted),
            )
            for kind, values in kinds.items()
        ]
    )


def _method(known: Labels, take: NDArray[np.int64], filled: NDArray[np.bool_], basis: str) -> Labels:
    """Return the method of each value: that of its count, whether it is of other years, and what was made of it."""
    count = len(known.names)
    names = [*(f"{n}{basis}" for n in known.names), *(f"{n} of other years{basis}" for n in known.names)]
    codes = known.codes[:, take].astype(np.int32)
    return Labels(np.where(codes < 0, -1, codes + count * filled), names)
