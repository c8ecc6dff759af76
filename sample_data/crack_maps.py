"""Cracks of one cell as they grow: drawn in one order, cut off each year where the area cracked is reached."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.spatial import Voronoi

from sample_data.freeway import LANE_WIDTH
from sample_data.process import Floats

# the grid on which the imagery room gives area cracked (tables/imagery.csv, grid_m): both mean the same number
GRID = 0.1
WHEEL_PATH = 0.875
_STEP = 0.08
_HALF = LANE_WIDTH / 2 - 0.16
_BLOCK = 0.17
# beyond this the squares left lie inside blocks and at the lane's edges, where no crack is drawn
MOST = 34.0


@dataclass(frozen=True)
class Crack:
    """
    One crack of a cell.

    Parameters
    ----------
    points
        x to the right of the lane centre and y in travel from where the vehicle enters the cell, shape (n, 2). [m]
    kind
        ``longitudinal``, ``transverse`` or ``pattern``.
    width
        Width in the year it is first seen. [mm]
    born
        First survey year in which it is seen.
    """

    points: Floats
    kind: str
    width: float
    born: int

    def width_in(self, year: int) -> float:
        """Return its width in a year: it opens by 0.25 mm a year, to at most 12 mm."""
        return float(min(self.width + 0.25 * (year - self.born), 12.0))


def crack_map(percent: pd.Series, *, length: float, rng: np.random.Generator) -> list[Crack]:
    """
    Return the cracks of a cell, oldest first.

    Parameters
    ----------
    percent
        Area cracked [%] on a 0.1 m grid by year, not falling; what lies over 34 % is not drawn.
    length
        Length of the cell. [m]
    """
    shape = (int(np.ceil(length / GRID)), int(np.ceil(LANE_WIDTH / GRID)))
    hit = np.zeros(shape, bool)
    unit = 100.0 * GRID**2 / (length * LANE_WIDTH)
    found: list[Crack] = []
    for year, target in percent.items():
        while hit.sum() * unit < min(target, MOST) - 0.1:
            group = _group(rng, length=length, pattern=min(0.15 + target / 40, 0.75))
            _mark(hit, [p for p, _, _ in group])
            found += [Crack(points, kind, width, int(year)) for points, kind, width in group]
    return found


def share_cracked(lines: list[Floats], *, length: float, grid: float) -> float:
    """Return the share [%] of squares of side `grid` [m] of a lane that lines of (x, y) [m] pass through."""
    hit = np.zeros((int(np.ceil(length / grid)), int(np.ceil(LANE_WIDTH / grid))), bool)
    _mark(hit, lines, grid=grid)
    return float(100.0 * hit.sum() * grid**2 / (length * LANE_WIDTH))


def _mark(hit: np.ndarray, lines: list[Floats], *, grid: float = GRID) -> None:
    if not lines:
        return
    points = _dense(lines, grid / 6)
    row, column = (points[:, 1] / grid).astype(int), ((points[:, 0] + LANE_WIDTH / 2) / grid).astype(int)
    inside = (points[:, 1] >= 0) & (row < hit.shape[0]) & (column >= 0) & (column < hit.shape[1])
    hit[row[inside], column[inside]] = True


def _dense(lines: list[Floats], step: float) -> Floats:
    """Return points along lines, no farther apart than `step` [m], shape (n, 2)."""
    start, end = (np.concatenate([line[part] for line in lines]) for part in (slice(None, -1), slice(1, None)))
    count = np.ceil(np.hypot(*(end - start).T) / step).astype(int) + 1
    segment = np.repeat(np.arange(len(count)), count)
    number = np.arange(len(segment)) - np.repeat(np.cumsum(count) - count, count)
    share = (number / np.maximum(count - 1, 1)[segment])[:, None]
    return np.asarray(start[segment] + share * (end - start)[segment], dtype=float)


def _group(rng: np.random.Generator, *, length: float, pattern: float) -> list[tuple[Floats, str, float]]:
    """Return a crack, or the many of one pattern, as points, kind and width [mm]."""
    if rng.random() < pattern:
        return _pattern(rng, length)
    if rng.random() < 0.7:
        return [_longitudinal(rng, length)]
    return [_transverse(rng, length)]


def _width(rng: np.random.Generator) -> float:
    return float(np.clip(rng.lognormal(np.log(4.0), 0.4), 2.0, 11.0))


def _wander(rng: np.random.Generator, count: int) -> Floats:
    """Return the sideways path of a crack, shape (count,): it turns now and then and never far. [m]"""
    turns = np.cumsum(rng.normal(0, 0.012, count))
    return turns - np.linspace(turns[0], turns[-1], count) + rng.normal(0, 0.006, count)


def _longitudinal(rng: np.random.Generator, length: float) -> tuple[Floats, str, float]:
    extent = rng.uniform(0.8, 6.0)
    start = rng.uniform(0, max(length - extent, 0.1))
    y = np.arange(start, min(start + extent, length), _STEP)
    y = y if len(y) > 2 else start + _STEP * np.arange(3)
    x = rng.choice([-1, 1]) * WHEEL_PATH + rng.normal(0, 0.2) + rng.normal(0, 0.03) * (y - start) + _wander(rng, len(y))
    return np.column_stack([np.clip(x, -_HALF, _HALF), y]), "longitudinal", _width(rng)


def _transverse(rng: np.random.Generator, length: float) -> tuple[Floats, str, float]:
    extent = rng.uniform(0.7, 2 * _HALF)
    start = rng.uniform(-_HALF, _HALF - extent)
    x = np.arange(start, start + extent, _STEP)
    y = rng.uniform(0.3, length - 0.3) + rng.normal(0, 0.08) * (x - start) + _wander(rng, len(x))
    return np.column_stack([x, np.clip(y, 0.01, length - 0.01)]), "transverse", _width(rng)


def _pattern(rng: np.random.Generator, length: float) -> list[tuple[Floats, str, float]]:
    """Return the walls of a patch of alligator cracking in a wheel path: the cells between scattered points."""
    wide, long = rng.uniform(0.45, 0.85), rng.uniform(0.8, 3.0)
    x0 = rng.choice([-1, 1]) * WHEEL_PATH + rng.normal(0, 0.1) - wide / 2
    y0 = rng.uniform(0, max(length - long, 0.1))
    grid = np.mgrid[0 : wide + _BLOCK : _BLOCK, 0 : long + _BLOCK : _BLOCK].reshape(2, -1).T
    seeds = Voronoi(grid + rng.uniform(-0.4, 0.4, grid.shape) * _BLOCK)
    ends = np.array([pair for pair in seeds.ridge_vertices if min(pair) >= 0])
    a, b = seeds.vertices[ends[:, 0]], seeds.vertices[ends[:, 1]]
    box = np.array([wide, long])
    inside = ((a >= 0) & (a <= box) & (b >= 0) & (b <= box)).all(axis=1) & (np.hypot(*(a - b).T) > 0.015)
    widths = np.clip(_width(rng) * 0.8 * rng.lognormal(0, 0.15, len(a)), 2.0, 9.0)
    middle = (a + b) / 2 + rng.normal(0, 0.008, a.shape)
    walls = np.stack([a, middle, b], axis=1) + [x0, y0]
    walls[..., 0] = np.clip(walls[..., 0], -_HALF, _HALF)
    walls[..., 1] = np.clip(walls[..., 1], 0.0, length)
    return [(walls[i], "pattern", float(widths[i])) for i in np.flatnonzero(inside)]
