"""Intervals: split-conformal by block, per horizon, scaled by how hard a place is to forecast."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.parameters import parameter

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Intervals:
    """
    Quantile of the scaled residual at each whole horizon; a half-width is quantile x difficulty.

    Attributes
    ----------
    level, smallest
        Nominal coverage, and the least difficulty that counts.
    horizons, quantiles
        Whole horizons [year] and the quantile at each; with `edges` those of the lowest present values first.
    edges
        Present values up to which a group of states has quantiles of its own; none for one group.
    reach
        Longest horizon at which the difficulty is known [year]; beyond it widths grow with the root of the horizon.
    """

    level: float
    smallest: float
    horizons: tuple[float, ...]
    quantiles: tuple[float, ...]
    edges: tuple[float, ...] = ()
    reach: float = 0.0

    def half_width(self, horizon: Floats, difficulty: Floats, present: Floats | None = None) -> Floats:
        """
        Return the half-width in the unit of the target.

        Parameters
        ----------
        horizon
            Years ahead, as asked. [year]
        difficulty
            Expected size of the residual at that horizon, or at `reach` where it lies beyond.
        present
            Present value of each state; asked for where there are edges.
        """
        own = np.reshape(self.quantiles, (len(self.edges) + 1, len(self.horizons)))
        told = np.stack([np.interp(horizon, self.horizons, quantiles) for quantiles in own])
        group = _groups(np.asarray(present, dtype=float), self.edges) if self.edges else 0
        known = told[group, np.arange(told.shape[1])]
        beyond = np.sqrt(np.maximum(horizon / max(self.reach, self.horizons[-1]), 1.0))
        return np.asarray(known * beyond * np.maximum(difficulty, self.smallest), dtype=float)


def plain_difficulty(horizon: Floats) -> Floats:
    """Return how the error grows where nothing is known of the places: as the root of the years ahead. [-]"""
    return np.asarray(np.sqrt(horizon), dtype=float)


def intervals(
    residual: Floats,
    difficulty: Floats,
    pairs: pd.DataFrame,
    *,
    level: float,
    weight: Floats | None = None,
    edges: tuple[float, ...] = (),
    reach: float = 0.0,
) -> Intervals:
    """
    Return intervals calibrated on residuals of places or years never learned from.

    Parameters
    ----------
    residual, difficulty
        One row a pair: observed minus forecast, and the expected size of that.
    pairs
        horizon [year] and block of each row, and its present value where there are edges; rows of one block are not
        independent and count less each.
    level
        Nominal coverage, such as 0.9.
    weight
        Weight of each row; all alike when not given.
    edges
        Present values that part groups of states with quantiles of their own, growing: where most residuals are
        nothing and the others large, one quantile is too wide for the former and too narrow for the latter.
    reach
        Longest horizon learned from. [year]

    References
    ----------
    .. [1] Vovk, Gammerman and Shafer, "Algorithmic learning in a random world", 2005, section 4.5: Mondrian predictors.
    """
    smallest = parameter("difficulty_min") * float(np.mean(difficulty)) + 1e-9
    score = np.abs(residual) / np.maximum(difficulty, smallest)
    whole = np.clip(np.round(pairs["horizon"].to_numpy(float)), 1, None)
    steps = np.unique(whole)
    given = np.ones(len(pairs)) if weight is None else weight
    every = _Scores(score, pairs["block"].to_numpy(), given, whole)
    group = _groups(pairs["present"].to_numpy(float), edges) if edges else np.zeros(len(pairs), dtype=np.int64)
    pooled = every.by_step(steps, level)
    found: list[float] = []
    for number in range(len(edges) + 1):
        own = every.only(group == number)
        enough = len(np.unique(own.blocks)) >= parameter("family_blocks_min") or not edges
        found += own.by_step(steps, level) if enough else pooled
    return Intervals(level, smallest, tuple(float(s) for s in steps), tuple(found), edges, reach)


def _groups(present: Floats, edges: tuple[float, ...]) -> Ints:
    return np.searchsorted(np.asarray(edges, dtype=float), present, side="left").astype(np.int64)


@dataclass(frozen=True)
class _Scores:
    """Scaled residuals with their block, weight and whole horizon."""

    score: Floats
    blocks: NDArray[np.object_]
    given: Floats
    whole: Floats

    def only(self, rows: NDArray[np.bool_]) -> _Scores:
        return _Scores(self.score[rows], self.blocks[rows], self.given[rows], self.whole[rows])

    def by_step(self, steps: Floats, level: float) -> list[float]:
        """Return the quantile at each whole horizon, of the horizons about it too where one has too few."""
        return [self._about(float(step), level) for step in steps]

    def _about(self, step: float, level: float) -> float:
        least = min(parameter("scores_min"), len(self.score))
        apart = np.abs(self.whole - step)
        # never of all horizons alike: most residuals are of one year, and errors grow with the years
        reach = float(np.sort(apart)[int(least) - 1])
        here = self.only(apart <= reach)
        return _quantile(here.score, here.blocks, level, here.given)


def _quantile(score: Floats, blocks: NDArray[np.object_], level: float, given: Floats) -> float:
    """
    Return the quantile of scores with the finite-sample correction (k + 1) / k on the number of blocks.

    Rows weigh less the more rows their block has (``block_power``): between every row alike, which counts a long road
    many times, and every block alike, which lets single surveys decide.
    """
    codes = np.unique(blocks, return_inverse=True)[1]
    weight = given / (np.bincount(codes) ** parameter("block_power"))[codes]
    order = np.argsort(score)
    share = np.cumsum(weight[order]) / weight.sum()
    wanted = min(1.0, level * (1 + 1 / (codes.max() + 1)))
    return float(score[order][min(int(np.searchsorted(share, wanted)), len(score) - 1)])
