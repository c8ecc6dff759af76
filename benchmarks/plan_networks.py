"""
Plans of made networks, from treatments rolled out to the choice: 300, 1 000 and 10 000 units.

``python -m benchmarks.plan_networks [units ...]`` prints a table; seeds are fixed. Each size is planned by the product,
by a year-by-year greedy of benefit per cost, by worst first, and, up to 1 000 units, by plain branch and bound of HiGHS
on all strategies under a limit of time. All are measured against the same proven bound.
"""

from __future__ import annotations

import os
import resource
import sys
import time

import numpy as np
import pandas as pd

from benchmarks.planning import branch_and_bound
from pavement.planning.choices import Choices, choices
from pavement.planning.economics import parameters, traffic_weight
from pavement.planning.outlook import outlook
from pavement.planning.penalty import penalty
from pavement.planning.solution import solved
from pavement.planning.strategies import strategies
from pavement.planning.treatments import catalogue

YEARS, RATE, TAIL = 10, 0.03, 10
PER_UNIT = 200_000.0  # NT$ of each year's budget for each unit: about a third of what unlimited money would spend
MILP_SECONDS = 60.0


def network(count: int, *, seed: int) -> pd.DataFrame:
    """Return made units of mixed condition, growth and traffic."""
    rng = np.random.default_rng(seed)
    length = rng.integers(5, 21, count) * 100.0
    return pd.DataFrame(
        {
            "unit": [f"u{i:06d}" for i in range(count)],
            "area_m2": length * 3.65,
            "iri": rng.lognormal(0.35, 0.35, count),
            "rut": rng.gamma(3, 1.6, count),
            "crack_percent": rng.gamma(1, 5, count).clip(0, 90),
            "pothole_area": np.where(rng.random(count) < 0.1, rng.random(count), 0.0),
            "age": rng.integers(1, 16, count).astype(float),
            "sn": rng.normal(5.5, 0.8, count),
            "aadt": rng.lognormal(10.4, 0.5, count),
            "ism": np.where(rng.random(count) < 0.5, np.nan, rng.lognormal(-1.3, 0.4, count)),
            "growth": rng.lognormal(0, 0.4, count),
        }
    )


def lines(states: pd.DataFrame, *, years: int) -> pd.DataFrame:
    """Return straight-line forecasts, each unit with its own rate."""
    steps = np.arange(years + 1)
    frames = []
    for kind, rate in {"iri": 0.06, "rut": 0.5, "crack_percent": 1.5}.items():
        growth = rate * states["growth"].to_numpy()[:, None] * steps
        values = states[kind].to_numpy()[:, None] + growth
        long = {"state": np.repeat(states.index.to_numpy(), years + 1), "step": np.tile(steps, len(states))}
        top = 100.0 if kind == "crack_percent" else np.inf
        frames.append(pd.DataFrame({**long, "kind": kind, "value": np.minimum(values, top).ravel()}))
    return pd.concat(frames, ignore_index=True)


def in_turn(c: Choices, budgets: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Return the choice of a planner who goes year by year down a list by score, one single work a unit."""
    left, taken = budgets.copy(), np.full(c.groups, -1)
    single = c.row[:, 1] == c.rows
    for year in range(c.rows):
        able = np.flatnonzero(single & (c.row[:, 0] == year))
        for column in able[np.lexsort((able, -score[able]))].tolist():
            group = c.group[column]
            if taken[group] < 0 and c.amount[column, 0] <= left[year]:
                taken[group] = column
                left[year] -= c.amount[column, 0]
    return taken


def measured(count: int, *, seed: int = 20260101) -> list[dict[str, object]]:
    """Return one row a method for a network of `count` units."""
    units = network(count, seed=seed)
    clock = time.process_time()
    look = outlook(units, steps=YEARS + TAIL, forecast=lines, catalogue=catalogue())
    table = strategies(
        look,
        area=units["area_m2"].to_numpy(),
        weight=traffic_weight(units["aadt"]).to_numpy(),
        years=YEARS,
        catalogue=catalogue(),
        discount_rate=RATE,
    )
    rolled = time.process_time() - clock
    c = choices(table, years=YEARS)
    budgets = np.full(YEARS, PER_UNIT * count)
    wall, clock = time.perf_counter(), time.process_time()
    answer = solved(c, budgets, parameters=parameters())
    rows = [_row(count, len(table), "product", c, answer.taken, answer.bound, wall, clock)]
    worst = penalty(look.untreated, look.curves)[table["unit"].to_numpy(int)[:, None], c.row[:, :1]][:, 0]
    methods = {
        "year by year, benefit/cost": lambda: in_turn(c, budgets, c.benefit / c.amount.sum(axis=1)),
        "worst first": lambda: in_turn(c, budgets, worst),
    }
    if count <= 1000:
        methods[f"HiGHS alone, {MILP_SECONDS:.0f} s"] = lambda: branch_and_bound(c, budgets, seconds=MILP_SECONDS)
    for name, method in methods.items():
        wall, clock = time.perf_counter(), time.process_time()
        rows.append(_row(count, len(table), name, c, method(), answer.bound, wall, clock))
    rows[0]["roll-out CPU s"] = round(rolled, 1)
    assert all(row["over budget"] <= 1 for row in rows), "a plan exceeds a budget"
    return rows


def _row(
    count: int, columns: int, name: str, c: Choices, taken: np.ndarray, bound: float, wall: float, clock: float
) -> dict[str, object]:
    seconds = {"wall s": round(time.perf_counter() - wall, 1), "CPU s": round(time.process_time() - clock, 1)}
    over = float((c.usage(taken) - PER_UNIT * count).max())
    return {
        "units": count,
        "strategies": columns,
        "method": name,
        "value / bound %": round(100 * c.value(taken) / bound, 3),
        "gap %": round(100 * (1 - c.value(taken) / bound), 3),
        **seconds,
        "over budget": max(0.0, over),
    }


def main() -> None:
    sizes = [int(s) for s in sys.argv[1:]] or [300, 1000, 10_000]
    for size in sizes:
        print(pd.DataFrame(measured(size)).to_string(index=False), flush=True)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"peak memory {memory:.2f} GB; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
