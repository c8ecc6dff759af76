"""Small tables of strategies and what the best choice of them is, by trying all."""

import itertools

import numpy as np
import pandas as pd


def made_table(units: int, most: int, *, years: int = 3, seed: int = 0, idle: float = 0.0) -> pd.DataFrame:
    """Return up to `most` strategies a unit with one to three works; a share `idle` of units has one free of cost."""
    rng = np.random.default_rng(seed)
    rows = []
    for unit in range(units):
        for number in range(int(rng.integers(1, most + 1))):
            cost = np.zeros(years)
            works = rng.choice(years, int(rng.integers(1, min(3, years) + 1)), replace=False)
            cost[works] = rng.integers(1, 40, len(works))
            rows.append([f"u{unit}", f"s{number}", round(float(cost.sum() * rng.lognormal(0, 0.5)), 3), *cost])
        if rng.random() < idle:
            rows.append([f"u{unit}", "none", -1.5, *np.zeros(years)])
    return pd.DataFrame(rows, columns=["unit", "strategy", "benefit", *[f"cost_{y + 1}" for y in range(years)]])


def best_of_all(table: pd.DataFrame, limits: np.ndarray) -> float:
    """Return the largest benefit of every way to choose within limits on the columns after the third."""
    ways = []
    for _, rows in table.groupby("unit"):
        used = rows.iloc[:, 3:].to_numpy(float)
        own = list(zip(rows["benefit"], used, strict=True))
        free = (used == 0).all(axis=1).any()
        ways.append(own if free else [(0.0, np.zeros(used.shape[1])), *own])
    best = -np.inf
    for way in itertools.product(*ways):
        if (np.sum([used for _, used in way], axis=0) <= limits + 1e-9).all():
            best = max(best, sum(benefit for benefit, _ in way))
    return best
