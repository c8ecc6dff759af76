"""Traffic of cells by year: counts by class onto cells, gaps filled, loads of the lane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.condition.carried_traffic import Growth, Methods, cell_growth, method_words
from pavement.condition.joins import Labels, label_grid, lane_counts, long_values, overlaps, source_runs, stacked
from pavement.measures.flow_balance import between_sections
from pavement.measures.traffic import DAYS, class_name, lane_shares, truck_factors
from pavement.measures.traffic_growth import grown

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
        How that count was made and what was made of it, and its quality.
    growth
        Growth by which years beyond the counts are carried.
    steps
        Years that each value was carried on, below 0 back; 0 at and between counts. [year]
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
    method: Methods
    quality: Labels
    growth: Growth
    steps: NDArray[np.int64]


def cell_traffic(cells: pd.DataFrame, traffic: pd.DataFrame, years: Sequence[int]) -> CellTraffic:
    """
    Return the traffic of cells over `years` and all counted years.

    Counters that cover one cell are averaged by length, classes are added up. Between two counted sections the balance
    of their flows stands, and is called estimated. Years between counts lie on straight lines; beyond them traffic
    grows, light and heavy vehicles each at their rate, for at most ``growth_carry_max`` years. Loads grow as heavy
    vehicles do. A class without a truck factor leaves the loads missing.
    """
    traffic = _described(traffic)
    span = np.arange(
        min([*years, int(traffic["year"].min())]), max([*years, int(traffic["year"].max())]) + 1, dtype=np.int64
    )
    joined = overlaps(traffic, cells).sort_values("length", kind="stable")
    rows, common = traffic.iloc[joined["stretch"].to_numpy()], joined["length"].to_numpy()
    cell, year = joined["cell"].to_numpy(), rows["year"].to_numpy(int) - span[0]
    shape = (len(cells), len(span))
    counts, length = _counts_by_class(shape, cell * shape[1] + year, rows, common)
    size = (cells["to_m"] - cells["from_m"]).to_numpy(float)
    counted = length > 0
    total, heavy, loads = _totals(counts, shape)
    fill = Filling(counted)
    shares = lane_shares(lane_counts(cells), cells["lane"])[:, None]
    growth = cell_growth(len(cells), cell, rows, common, traffic=traffic)
    light, trucks = (grown(fill.steps, rate[:, None]) for rate in (growth.light, growth.heavy))

    def filled(values: Floats) -> Floats:
        return fill.lines(np.where(counted, values, np.nan))

    passes = [filled(loads[factor]) * trucks * DAYS * shares for factor in _FACTORS]
    # vehicles of an unknown class, which leave heavy ones missing, grow as light ones
    known = np.nan_to_num(heavy)

    def words(names: pd.Series) -> Labels:
        grid = label_grid(shape, cell, year, names.astype(str))
        return Labels(fill.nearest(grid.codes), grid.names)

    return CellTraffic(
        span,
        filled(total - known) * light + filled(known) * trucks,
        filled(heavy) * trucks,
        passes[0],
        passes[1],
        passes[2],
        counted,
        fill.nearest(np.clip(length / size[:, None], 0, 1)),
        words(source_runs(rows)),
        method_words(words(rows["method"]), steps=fill.steps, filled=~counted, years=span, growth=growth),
        words(rows["quality"]),
        growth,
        fill.steps,
    )


def stretch_growth(stretches: pd.DataFrame, traffic: pd.DataFrame) -> pd.DataFrame:
    """
    Return how the traffic of stretches grows, by the counting places over them, averaged by length.

    Parameters
    ----------
    stretches
        route, direction, lane, from_m, to_m [m]; those of one lane do not overlap.
    traffic
        Table ``traffic``.

    Returns
    -------
    growth
        growth_light, growth_heavy [1/year] and counted_to, the newest year counted there; missing without a counter.
    """
    columns = ["growth_light", "growth_heavy", "counted_to"]
    if traffic.empty or stretches.empty:
        return pd.DataFrame(np.nan, index=stretches.index, columns=columns)
    told = _described(traffic)
    joined = overlaps(told, stretches.reset_index(drop=True)).sort_values("length", kind="stable")
    rows, cell = told.iloc[joined["stretch"].to_numpy()], joined["cell"].to_numpy()
    found = cell_growth(len(stretches), cell, rows, joined["length"].to_numpy(), traffic=told)
    last = np.full(len(stretches), np.nan)
    np.fmax.at(last, cell, rows["year"].to_numpy(float))
    rates = [np.where(np.isnan(last), np.nan, rate) for rate in (found.light, found.heavy)]
    return pd.DataFrame(dict(zip(columns, [*rates, last], strict=True)), index=stretches.index)


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
        # how far beyond the first or last known place; 0 between them
        self.steps = np.where(self.before == self.after, self.places - self.before, 0)

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
    method = traffic.method
    names = np.array([*traffic.quality.names, "estimated"])
    quality = np.where(filled, "estimated", names[traffic.quality.codes[:, take]])
    basis = "; AASHTO 1993, truck factors and lane shares to confirm"
    loads = {
        "esal": method.labels(take, heavy=True, basis=basis),
        "esal_low": method.labels(take, heavy=True, basis=f"{basis}, low end of their range"),
        "esal_high": method.labels(take, heavy=True, basis=f"{basis}, high end of their range"),
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
                method=loads[kind] if kind in loads else method.labels(take, heavy=kind == "aadtt"),
            )
            for kind, values in kinds.items()
        ]
    )
