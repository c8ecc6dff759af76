"""A million measured stretches onto a hundred thousand cells, beside an interval index and linref where it is."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from pavement.network.overlay import gather

CELLS = 100_000
ROWS = 1_000_000
LANES = 20
CELL = 100.0


def network(*, cells: int = CELLS, lanes: int = LANES) -> pd.DataFrame:
    """Return cells of a network: `lanes` lanes of equal length, cut every 100 m."""
    each = cells // lanes
    start = np.tile(CELL * np.arange(each), lanes)
    lane = np.repeat(np.arange(lanes), each)
    frame = pd.DataFrame(
        {
            "route": "N" + pd.Series(lane // 4).astype(str),
            "direction": np.where(lane % 4 < 2, "S", "N"),
            "lane": lane % 2,
        }
    )
    frame = frame.assign(lane=(frame["lane"] + 1).astype(str), from_m=start, to_m=start + CELL)
    ids = (
        frame["route"] + "-" + frame["direction"] + "-" + frame["lane"] + "-" + frame["from_m"].astype(int).astype(str)
    )
    return frame.assign(cell=ids)


def survey(cells: pd.DataFrame, *, rows: int = ROWS, seed: int = 1) -> pd.DataFrame:
    """Return stretches of 5 to 25 m anywhere on the lanes, half of them IRI and half rut depth, of two years."""
    rng = np.random.default_rng(seed)
    lanes = cells.groupby(["route", "direction", "lane"], sort=False)["to_m"].max().reset_index()
    of = rng.integers(0, len(lanes), rows)
    start = rng.uniform(0, 1, rows) * (lanes["to_m"].to_numpy()[of] - 25)
    frame = lanes[["route", "direction", "lane"]].iloc[of].reset_index(drop=True)
    year = rng.integers(0, 2, rows)
    return frame.assign(
        from_m=start,
        to_m=start + rng.uniform(5, 25, rows),
        kind=np.where(rng.random(rows) < 0.5, "iri", "rut"),
        value=rng.gamma(4, 0.5, rows),
        method="made",
        quality="measured",
        surveyed_on=np.where(year, np.datetime64("2024-03-02"), np.datetime64("2023-03-02")),
    )


def by_interval_index(events: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """
    Return means of cells as plain pandas gives them: an interval index a lane, the middle of a stretch its place.

    It asks less than :func:`pavement.network.overlay.gather`: no stretch is cut at the border of a cell, nothing is
    weighted, and nobody learns how much of the cell was seen.
    """
    parts = []
    by_lane = dict(tuple(cells.groupby(["route", "direction", "lane"])))
    for lane, own in events.groupby(["route", "direction", "lane"]):
        there = by_lane[lane]
        index = pd.IntervalIndex.from_arrays(there["from_m"], there["to_m"], closed="left")
        at = index.get_indexer((own["from_m"] + own["to_m"]) / 2)
        parts.append(own.assign(cell=there["cell"].to_numpy()[at])[at >= 0])
    found = pd.concat(parts)
    return found.groupby(["cell", found["surveyed_on"].dt.year, "kind"])["value"].mean().reset_index()


def by_linref(events: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Return means of cells weighted by length as linref gives them, a lane of one kind and year at a time."""
    import linref  # noqa: F401

    keys = ["route", "direction", "lane"]
    target = cells.lr.set_lrs(keys, beg="from_m", end="to_m")
    parts = []
    for (kind, year), own in events.groupby(["kind", events["surveyed_on"].dt.year]):
        source = own.lr.set_lrs(keys, beg="from_m", end="to_m")
        value = target.lr.relate(source).mean("value")
        parts.append(cells.assign(kind=kind, year=year, value=value))
    return pd.concat(parts)


def timed(function: Callable[[], pd.DataFrame]) -> tuple[float, float, int]:
    """Return seconds on the clock and of the processor that a function takes, and how many rows it gives."""
    wall, processor = time.perf_counter(), time.process_time()
    rows = len(function())
    return time.perf_counter() - wall, time.process_time() - processor, rows


def main(*, rows: int = ROWS, cells: int = CELLS) -> None:
    """Print the figures."""
    road = network(cells=cells)
    events = survey(road, rows=rows)
    print(f"{len(events):,} stretches onto {len(road):,} cells of {LANES} lanes, two kinds, two years")
    ways = {
        "gather (cut, weighted, coverage)": lambda: gather(events, road, coverage_min=0.5),
        "pandas IntervalIndex (middles, plain mean)": lambda: by_interval_index(events, road),
    }
    if importlib.util.find_spec("linref"):
        ways["linref (weighted)"] = lambda: by_linref(events, road)
    for name, way in ways.items():
        seconds, processor, found = timed(way)
        print(f"{name:44} {seconds:6.2f} s, {processor:5.2f} s of the processor, {found:,} values")


if __name__ == "__main__":
    main()
