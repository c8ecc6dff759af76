"""
Made instances of a plan with a hundred strategies a unit: one to three works each, ten yearly budgets.

``python -m benchmarks.plan_instances UNITS FOLDER`` writes strategies.parquet and budgets.csv, as ``pavement optimise``
reads them. Made data: units of 100 to 1000 m with lognormal growth and gamma distress, six treatments with windows of
condition, budgets of 30 % of what unlimited money would spend. Only the shape is taken from a network.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

YEARS, HORIZON, RATE, EACH = 10, 20, 0.03, 102
SHARE = 0.3
# from penalty, to penalty, share of penalty left, growth afterwards, cost [NT$/m2], mobilisation [NT$]
TREATMENTS = {
    "seal": (2.0, 30.0, 0.80, 0.75, 60.0, 20_000.0),
    "patch": (5.0, 80.0, 0.70, 0.95, 150.0, 10_000.0),
    "thin": (8.0, 55.0, 0.35, 0.80, 420.0, 60_000.0),
    "overlay": (12.0, 75.0, 0.15, 0.70, 780.0, 80_000.0),
    "thick": (18.0, 95.0, 0.06, 0.55, 1_350.0, 100_000.0),
    "rebuild": (30.0, 200.0, 0.00, 0.45, 3_200.0, 250_000.0),
}
_BLOCK = 2_000


def patterns(rng: np.random.Generator) -> list[list[tuple[int, int]]]:
    """Return dated works: all single ones, and random ones of two and three, each three years apart or more."""
    found = [[(t, y)] for t in range(len(TREATMENTS)) for y in range(YEARS)]
    seen = {str(p) for p in found}
    while len(found) < 420:
        count = 2 if len(found) < 330 else 3
        years = np.sort(rng.choice(YEARS, count, replace=False))
        works = [(int(rng.integers(len(TREATMENTS))), int(y)) for y in years]
        if (np.diff(years) >= 3).all() and str(works) not in seen:
            seen.add(str(works))
            found.append(works)
    return found


def _outcome(
    works: list[tuple[int, int]], start: np.ndarray, growth: np.ndarray, base: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the discounted penalty saved by dated works on each unit, and where their windows allow them."""
    level, rate = start.copy(), growth.copy()
    saved, able = np.zeros(len(start)), np.ones(len(start), dtype=bool)
    by_year = {y: list(TREATMENTS.values())[t] for t, y in works}
    for year in range(HORIZON):
        if year in by_year:
            low, high, left, slower, _, _ = by_year[year]
            able &= (level >= low) & (level < high)
            level, rate = level * left, rate * slower
        level = np.minimum(level + rate, 100.0)
        saved += (base[year] - level) / (1 + RATE) ** year
    return saved, able & (saved > 0)


def blocks(count: int, *, seed: int):
    """Yield tables of strategies of some thousand units: unit, strategy, benefit, cost_1 … cost_10."""
    rng = np.random.default_rng(seed)
    dated = patterns(rng)
    names = np.array(["+".join(f"{list(TREATMENTS)[t]}@{y + 1}" for t, y in works) for works in dated])
    for begin in range(0, count, _BLOCK):
        units = min(_BLOCK, count - begin)
        area = rng.integers(1, 11, units) * 100 * 3.75
        start = rng.gamma(3.0, 7.0, units).clip(3, 80)
        growth = rng.lognormal(0.9, 0.45, units)
        weight = rng.lognormal(0.0, 0.4, units)
        base, level = [], start
        for _ in range(HORIZON):
            level = np.minimum(level + growth, 100.0)
            base.append(level)
        outcomes = [_outcome(works, start, growth, np.array(base)) for works in dated]
        able = np.column_stack([o[1] for o in outcomes])
        # a hundred of those that the windows allow, by lot, the single ones before the others
        lot = np.where(able, rng.random(able.shape) + (np.arange(len(dated)) >= 60), np.inf)
        chosen = np.sort(np.argsort(lot, axis=1)[:, :EACH], axis=1)
        row, pattern = np.repeat(np.arange(units), EACH), chosen.ravel()
        possible = able[row, pattern]
        row, pattern = row[possible], pattern[possible]
        saved = np.column_stack([o[0] for o in outcomes])[row, pattern]
        costs = np.zeros((len(dated), YEARS, 2))
        for number, works in enumerate(dated):
            for t, y in works:
                costs[number, y] = list(TREATMENTS.values())[t][4:]
        money = np.ceil(costs[pattern, :, 0] * area[row, None] + costs[pattern, :, 1])
        frame = {
            "unit": pa.array(np.char.add("u", np.char.zfill((begin + row).astype(str), 6))),
            "strategy": pa.array(names[pattern]),
            "benefit": saved * area[row] * weight[row],
        }
        yield pa.table(frame | {f"cost_{y + 1}": money[:, y] for y in range(YEARS)})


def written(count: int, folder: Path, *, seed: int = 20260101) -> tuple[Path, Path]:
    """Write an instance of `count` units and return its two files."""
    folder.mkdir(parents=True, exist_ok=True)
    strategies, budgets = folder / f"strategies_{count}.parquet", folder / f"budgets_{count}.csv"
    spent, writer = 0.0, None
    for table in blocks(count, seed=seed):
        writer = writer or pq.ParquetWriter(strategies, table.schema)
        writer.write_table(table)
        cost = np.add.reduce([table[f"cost_{y + 1}"].to_numpy() for y in range(YEARS)])
        best = pd.Series(table["benefit"].to_numpy()).groupby(table["unit"].to_numpy()).idxmax()
        spent += float(cost[best.to_numpy()].sum())
    if writer is not None:
        writer.close()
    money = np.floor(SHARE * spent / YEARS)
    pd.DataFrame({"year": np.arange(2027, 2027 + YEARS), "budget": money}).to_csv(budgets, index=False)
    return strategies, budgets


if __name__ == "__main__":
    print(*written(int(sys.argv[1]), Path(sys.argv[2])))
