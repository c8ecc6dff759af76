"""
Gap, time and memory of the choice of strategies: 1 000, 10 000 and 100 000 units, a hundred strategies each.

``python -m benchmarks.planning [units ...]``; instances by :mod:`benchmarks.plan_instances`, seeds fixed, each size in
a process of its own. In the same run: plain branch and bound of HiGHS on all strategies (up to 10 000 units, under a
limit of time), worst first, a list by benefit per cost, and each year's optimum in turn. ``--limits`` adds forty limits
beside the budgets: floors and caps of four offices in each of five years. All against the same proven bound.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.plan_instances import written
from dashboard.instance_files import StrategyFile, budgets
from pavement.planning.baselines import in_turn, yearly_optimum
from pavement.planning.choices import Choices
from pavement.planning.economics import parameters
from pavement.planning.limited import solved_within
from pavement.planning.programme import programme, solver
from pavement.planning.solution import solved

MILP_SECONDS, MILP_MOST = 120.0, 10_000


def branch_and_bound(c: Choices, limits: np.ndarray, *, seconds: float = MILP_SECONDS) -> np.ndarray:
    """Return what plain HiGHS finds on all strategies within a limit of time. [s]"""
    highs = solver()
    highs.setOptionValue("time_limit", seconds)
    highs.setOptionValue("mip_rel_gap", 1e-4)
    highs.passModel(programme(c, limits, whole=True))
    highs.run()
    found = np.full(c.groups, -1)
    chosen = np.flatnonzero(np.array(highs.getSolution().col_value) > 0.5)
    found[c.group[chosen]] = chosen
    # its tolerance may pass a budget by a little; that is told, not hidden
    return found


def with_limits(c: Choices, limits: np.ndarray, taken: np.ndarray, *, seed: int = 7) -> tuple[Choices, np.ndarray]:
    """Return forty more rows: of four offices a floor and a cap of money in each of five years, near what was free."""
    rng = np.random.default_rng(seed)
    office = rng.integers(0, 4, c.groups)[c.group]
    more_row, more_amount = [], []
    for slot in range(c.row.shape[1]):
        money = c.amount[:, slot].astype(float)
        counted = c.row[:, slot] < 5
        at = 10 + (office * 5 + c.row[:, slot]) * 2
        for kind, sign in ((0, 1.0), (1, -1.0)):
            more_row.append(np.where(counted, at + kind, 50))
            more_amount.append(np.where(counted, sign * money, 0.0))
    row = np.where(c.row == 10, 50, c.row.astype(np.int64))
    wide = Choices(
        c.benefit, np.column_stack([row, *more_row]), np.column_stack([c.amount.astype(float), *more_amount]),
        c.group, c.first, c.forced, 50,
    )  # fmt: skip
    used = wide.usage(taken)[10:].reshape(4, 5, 2)
    # two offices must get a tenth more, two a tenth less, than the free plan gives them
    share = np.array([1.1, 1.1, 0.9, 0.9])[:, None]
    cap = np.floor(used[:, :, 0] * np.where(share < 1, share, 1.3))
    floor = np.floor(used[:, :, 1] * np.where(share > 1, share, 0.5))
    return wide, np.concatenate([limits, np.dstack([cap, floor]).ravel()])


def measured(count: int, folder: Path, *, limited: bool) -> list[dict[str, object]]:
    """Return one row a method for an instance of `count` units."""
    strategies, money = written(count, folder)
    begin, clock = time.perf_counter(), time.process_time()
    made = StrategyFile(strategies).read()
    c = made.choices
    limits = made.limits(budgets(money, years=c.rows).to_numpy())
    read = f"{time.perf_counter() - begin:.1f} ({time.process_time() - clock:.1f})"
    rows: list[dict[str, object]] = []

    def add(name: str, method, bound: float, on: Choices = c, most: np.ndarray = limits):
        begin, clock = time.perf_counter(), time.process_time()
        found = method()
        wall, cpu = time.perf_counter() - begin, time.process_time() - clock
        taken = getattr(found, "taken", found)
        bound = getattr(found, "bound", bound)
        value = on.value(taken)
        rows.append(
            {
                "units": count,
                "strategies": len(c.benefit),
                "method": name,
                "value / bound %": round(100 * value / bound, 4),
                "gap %": round(100 * (1 - value / bound), 4),
                "s (CPU)": f"{wall:.1f} ({cpu:.1f})",
                "over": float(np.maximum(0, on.usage(taken) - most).max()),
            }
        )
        return found

    p = parameters()
    answer = add("product", lambda: solved(c, limits, parameters=p), 0.0)
    rows[0] |= {"read s (CPU)": read, "peak GB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6}
    if limited:
        wide, most = with_limits(c, limits, answer.taken)
        add("product, 40 more limits", lambda: solved_within(wide, most, parameters=p), 0.0, wide, most)
        return rows
    total = np.maximum(1, c.amount.sum(axis=1, dtype=float))
    # the strategies tell no condition: a unit is worse the more its best strategy saves for the money of a seal
    worst = (np.maximum.reduceat(c.benefit, c.first) / np.minimum.reduceat(total, c.first))[c.group] + c.benefit * 1e-12
    add("each year's optimum in turn", lambda: yearly_optimum(c, limits), answer.bound)
    add("list by benefit/cost", lambda: in_turn(c, limits, c.benefit / total), answer.bound)
    add("worst first", lambda: in_turn(c, limits, worst), answer.bound)
    if count <= MILP_MOST:
        add(f"HiGHS alone, {MILP_SECONDS:.0f} s", lambda: branch_and_bound(c, limits), answer.bound)
    return rows


def main() -> None:
    limited = "--limits" in sys.argv
    sizes = [int(s) for s in sys.argv[1:] if s.isdigit()] or [1000, 10_000, 100_000]
    if "--one" in sys.argv:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(measured(sizes[0], Path(folder), limited=limited)))
        return
    cost = {}
    for size in sizes:
        command = [sys.executable, "-m", "benchmarks.planning", "--one", str(size), *(["--limits"] if limited else [])]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        rows = pd.DataFrame(json.loads(done.stdout.splitlines()[-1]))
        cost[size] = float(rows["s (CPU)"].iloc[0].split("(")[1].rstrip(")"))
        print(rows.to_string(index=False), flush=True)
        assert rows["over"].iloc[0] == 0, "the plan exceeds a budget"
    for small, large in zip(sizes, sizes[1:], strict=False):
        growth = np.log(cost[large] / cost[small]) / np.log(large / small)
        print(f"growth of CPU from {small:,} to {large:,} units: exponent {growth:.2f}")
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
