"""All that is to be seen on one cell: cracks, potholes, seals, patches, each in its place on the road."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from sample_data.ageing import History
from sample_data.crack_maps import WHEEL_PATH, Crack, crack_map
from sample_data.process import Floats, stream_of

_OUTLINE = 28


@dataclass(frozen=True)
class Surface:
    """
    The surface of a cell, seen from above; places are x right of the lane centre, y in travel from its entry. [m]

    Parameters
    ----------
    row
        The cell: cell, route, direction, lane, from_m, to_m, sense.
    cracks
        Oldest first.
    potholes
        By survey year, outlines of shape (n, 2).
    seals
        Sealed cracks, lines of shape (n, 2).
    patches
        Corners of shape (4, 2) and how dark each is.
    """

    row: dict[str, object]
    cracks: list[Crack]
    potholes: dict[int, list[Floats]]
    seals: list[Floats]
    patches: list[tuple[Floats, float]]

    @cached_property
    def _spans(self) -> Floats:
        """First and last place of each crack along the road, shape (cracks, 2). [m]"""
        spans = [(c.points[:, 1].min(), c.points[:, 1].max()) for c in self.cracks]
        return np.array(spans).reshape(-1, 2)

    def near(self, low: float, high: float) -> list[Crack]:
        """Return the cracks that touch the road between two places [m]."""
        touch = (self._spans[:, 1] >= low) & (self._spans[:, 0] <= high)
        return [self.cracks[i] for i in np.flatnonzero(touch)]


def surface(cell: str, truth: History, *, sense: int, years: tuple[int, ...], seed: int) -> Surface:
    """Return the surface of a cell whose area cracked does not fall between the first and last of `years`."""
    rng = stream_of(seed, "surface", cell)
    ground = truth.ground.set_index("cell").loc[cell]
    length = float(ground["to_m"] - ground["from_m"])
    states = truth.states[(truth.states["cell"] == cell) & (truth.states["year"] <= max(years))].set_index("year")
    cracks = crack_map(since_drop(states["crack_percent"]), length=length, rng=rng)
    potholes = {year: _potholes(rng, int(states.loc[year, "potholes"]), length) for year in years}
    row = {k: ground[k] for k in ("route", "direction", "lane", "from_m", "to_m")} | {"cell": cell, "sense": sense}
    seals = [_seal(rng, length) for _ in range(rng.poisson(length / 25))]
    patches = [_patch(rng, length) for _ in range(rng.poisson(length / 60))]
    return Surface(row, cracks, potholes, seals, patches)


def since_drop(percent: pd.Series) -> pd.Series:
    """Return the last years of a series from the last fall on, so that no value is lower than the one before."""
    falls = np.flatnonzero(percent.diff() < 0)
    return percent.iloc[falls[-1] :] if len(falls) else percent


def _potholes(rng: np.random.Generator, count: int, length: float) -> list[Floats]:
    turn = np.linspace(0, 2 * np.pi, _OUTLINE, endpoint=False)
    found = []
    for _ in range(count):
        area, stretch, tilt = rng.uniform(0.05, 0.45), rng.uniform(1.0, 1.7), rng.uniform(0, np.pi)
        radius = np.sqrt(area / np.pi) * (
            1 + 0.08 * np.sin(turn * 3 + rng.uniform(0, 6)) + rng.normal(0, 0.02, _OUTLINE)
        )
        u, v = radius * np.cos(turn) * np.sqrt(stretch), radius * np.sin(turn) / np.sqrt(stretch)
        x, y = u * np.cos(tilt) - v * np.sin(tilt), u * np.sin(tilt) + v * np.cos(tilt)
        centre = rng.choice([-1, 1]) * WHEEL_PATH + rng.normal(0, 0.12), rng.uniform(0.6, length - 0.6)
        found.append(np.column_stack([np.clip(x + centre[0], -1.6, 1.6), y + centre[1]]))
    return found


def _seal(rng: np.random.Generator, length: float) -> Floats:
    across = rng.random() < 0.5
    along = np.linspace(0, rng.uniform(1.5, 3.0), 14)
    sideways = np.convolve(rng.normal(0, 0.06, 18), np.ones(5) / 5, mode="valid")
    x0, y0 = (rng.uniform(-1.5, -0.2) if across else rng.uniform(-1.2, 1.2)), rng.uniform(0.5, length - 3.5)
    line = np.column_stack([along, sideways] if across else [sideways, along]) + [x0, y0]
    line[:, 0] = np.clip(line[:, 0], -1.55, 1.55)
    return line


def _patch(rng: np.random.Generator, length: float) -> tuple[Floats, float]:
    wide, long = rng.uniform(0.6, 1.3), rng.uniform(0.7, 2.4)
    x, y = rng.uniform(-1.55, 1.55 - wide), rng.uniform(0.2, length - long - 0.2)
    corners = np.array([[x, y], [x + wide, y], [x + wide, y + long], [x, y + long]])
    return corners, float(rng.uniform(0.72, 0.86))


def area_of(outline: Floats) -> float:
    """Return the area inside an outline of shape (n, 2)."""
    x, y = outline.T
    return float(0.5 * abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))))
