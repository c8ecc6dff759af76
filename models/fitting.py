"""Fitting: curves, LightGBM, their mixture and the intervals, all judged on blocks never learned from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from models.boosted import HORIZON, boosted, booster, features, learned_change, predicted
from models.calibration import group_edges, held_widths, kept_intervals
from models.curves import Curve, curves
from models.history import with_history
from models.in_turn import in_turn
from models.intervals import Intervals, plain_difficulty
from models.mixing import LIGHTGBM, Shares, balance, mixed, shares
from models.panel import pairs as pairs_of
from models.parameters import parameter
from pavement.errors import ModelError
from pavement.progress import Progress, silent

Floats = NDArray[np.float64]
AHEAD = "forecast ahead"
# the change without the offsets of both surveys: learned from where it is there; what is judged on stays as measured
CLEANED = "cleaned"
Ints = NDArray[np.int64]
Folds = list[tuple[Ints, Ints]]


@dataclass(frozen=True)
class FittedModel:
    """
    A forecast model of one target.

    Attributes
    ----------
    target, columns, seed
        What it forecasts, its feature columns in order, and the seed it was fitted with.
    curves, shares
        The curves it mixes, and the share of LightGBM and of each curve by family; no share of LightGBM anywhere means
        that it lost, or that there were too few units to learn from. Learned on places and on later years alike, since
        every forecast goes beyond the newest survey.
    booster, difficulty
        LightGBM texts of the increment and of the size of its residual; empty without LightGBM.
    intervals
        Calibrated widths.
    horizon
        Longest horizon learned from [year]; beyond it the curves go on.
    ranges, families
        Smallest and largest value of each feature in training, and the surface families seen.
    """

    target: str
    columns: tuple[str, ...]
    curves: tuple[Curve, ...]
    shares: Shares
    booster: str
    difficulty: str
    intervals: Intervals
    horizon: float
    seed: int
    ranges: dict[str, tuple[float, float]] = field(default_factory=dict)
    families: tuple[str, ...] = ()

    @property
    def learned(self) -> bool:
        """Whether LightGBM has a share in any family."""
        return any(share.get(LIGHTGBM, 0.0) > 0 for share in self.shares.values())


@dataclass(frozen=True)
class Judged:
    """
    Forecasts for pairs whose block was never seen: one column a competitor, the mixture, and its interval.

    Other places of the very same years are known here, so ``forecast`` has shares learned on places alone;
    ``forecast ahead`` has those of the model, which never knows the years that it is for.
    """

    pairs: pd.DataFrame
    increments: pd.DataFrame
    half_width: Floats


def training_pairs(panel: pd.DataFrame, *, target: str, seed: int) -> pd.DataFrame:
    """
    Return the pairs of a panel to learn from; of a large network those of units drawn by the seed.

    What neighbours and the campaign said is known of the whole panel, as when the model forecasts. Units are drawn,
    not blocks: more places tell more than more cells of the same place.
    """
    known = with_history(panel)
    if (share := drawn_share(panel, target=target)) < 1:
        units = pd.Series(np.sort(panel.loc[panel[target].notna(), "unit"].unique()))
        known = known[known["unit"].isin(units.sample(frac=share, random_state=seed))]
    return pairs_of(known, target=target)


def judging_pairs(panel: pd.DataFrame, *, target: str) -> pd.DataFrame:
    """Return all pairs of a panel, to be judged by a model that learned from another."""
    return pairs_of(with_history(panel), target=target)


def drawn_share(panel: pd.DataFrame, *, target: str) -> float:
    """Return the share of units that is drawn to learn from: all up to ``pairs_max`` pairs."""
    counts = panel[panel[target].notna()].groupby(["unit", "epoch"]).size()
    expected = float((counts * (counts - 1) / 2).sum())
    return min(1.0, parameter("pairs_max") / max(expected, 1.0))


def fit(panel: pd.DataFrame, *, target: str, seed: int, level: float = 0.9) -> FittedModel:
    """
    Return the model of a target fitted to a panel.

    Raises
    ------
    ModelError
        Too few pairs or blocks, or a target that never changes; the message says how many are needed.
    """
    return fit_pairs(training_pairs(panel, target=target, seed=seed), target=target, seed=seed, level=level)[0]


def fit_pairs(
    pairs: pd.DataFrame, *, target: str, seed: int, level: float = 0.9, progress: Progress = silent
) -> tuple[FittedModel, Judged]:
    """Return the fitted model, and what every competitor said of blocks it never saw."""
    _check_enough(pairs, target)
    columns = features(pairs)
    learner = _Learner(target, columns, seed, boost=pairs["unit"].nunique() >= parameter("lightgbm_units_min"))
    folds = _folds(pairs)
    steps = len(folds) + 2
    held = []
    progress(0, steps, f"train {target}")
    for part in in_turn(lambda f: learner.said(pairs.iloc[f[0]], pairs.iloc[f[1]]), folds):
        held.append(part)
        progress(len(held), steps, f"train {target}")
    said = pd.concat(held).reindex(pairs.index)
    # of work that does not wait for each other the longest begins
    others: tuple[Callable[[pd.DataFrame], Any], ...] = (learner.increment, learner.said_ahead)
    text, (ahead, later) = in_turn(lambda work: work(pairs), others)
    found = _shares(said, pairs, ahead, later)
    none = pairs.iloc[:0]
    forecast = _held_mixture(said, pairs, folds, pd.DataFrame(), none)
    residual = pairs["increment"].to_numpy(float) - forecast
    progress(len(folds) + 1, steps, f"train {target}")
    hard = learner.held_difficulty(pairs, np.abs(residual), folds)
    edges = group_edges(pairs, target=target)
    places = pairs.index.get_indexer(later.index)
    error = later["increment"].to_numpy(float) - mixed(ahead, later["family"], found) if len(later) else np.empty(0)
    model = FittedModel(
        target=target,
        columns=tuple(columns),
        curves=tuple(curves(_calm(pairs), target=target, columns=columns)),
        shares=found,
        booster=text,
        difficulty=learner.difficulty(pairs, np.abs(residual)),
        intervals=kept_intervals((pairs, residual, hard), (later, error, hard[places]), edges=edges, level=level),
        horizon=float(pairs["horizon"].max()),
        seed=seed,
        ranges={c: (float(pairs[c].min()), float(pairs[c].max())) for c in columns if c in pairs},
        families=tuple(sorted(pairs["family"].dropna().astype(str).unique())),
    )
    progress(steps, steps, f"train {target}")
    further = _held_mixture(said, pairs, folds, ahead, later)
    every = said.assign(**{"forecast": forecast, AHEAD: further})
    judged = Judged(pairs, every, held_widths((pairs, residual, hard), folds, edges=edges, level=level))
    return model, judged


@dataclass(frozen=True)
class _Learner:
    """What is learned from any part of the pairs; pairs across a suspected work are never learned from."""

    target: str
    columns: list[str]
    seed: int
    boost: bool

    def increment(self, pairs: pd.DataFrame) -> str:
        """Return LightGBM of the increment as text, empty without LightGBM."""
        calm = _calm(pairs)
        # over the root of the horizon, as the error of a change grows about so: no horizon drowns the others
        change = calm["increment"].to_numpy(float) / np.sqrt(calm[HORIZON].to_numpy(float))
        if not self.boost:
            return ""
        return boosted(calm, change, columns=self.columns, seed=self.seed, target=self.target)

    def difficulty(self, pairs: pd.DataFrame, size: Floats) -> str:
        """Return LightGBM of the size of residuals as text, empty without LightGBM."""
        return boosted(pairs, size, columns=self.columns, seed=self.seed, size=True) if self.boost else ""

    def said(self, learn: pd.DataFrame, judge: pd.DataFrame) -> pd.DataFrame:
        """Return what every competitor, fitted to some pairs, says of others."""
        horizon = judge["horizon"].to_numpy(float)
        fitted = curves(_calm(learn), target=self.target, columns=self.columns)
        found = {c.name: c.increment(judge, horizon) for c in fitted}
        if text := self.increment(learn):
            found = {LIGHTGBM: learned_change(text, judge, self.columns)} | found
        return pd.DataFrame(found, index=judge.index)

    def said_ahead(self, pairs: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return what the earlier part of the history says of the later, and the later; empty when it is too short."""
        border = float(pairs["time"].quantile(parameter("ahead_share")))
        # the rows keep their places, so that what else is known of them is found again
        past, future = pairs[pairs["later"] <= border], pairs[pairs["time"] >= border]
        if min(int((~past["suspected"]).sum()), len(future)) < parameter("pairs_min"):
            return pd.DataFrame(), pairs.iloc[:0]
        return self.said(past, future), future

    def held_difficulty(self, pairs: pd.DataFrame, size: Floats, folds: Folds) -> Floats:
        """Return the expected size of each residual, learned without its block."""
        # curves alone know no difficulty of a place, as in the forecast
        hard = plain_difficulty(pairs[HORIZON].to_numpy(float))

        def held(fold: tuple[Ints, Ints]) -> Floats:
            learn, judge = fold
            text = self.difficulty(pairs.iloc[learn], size[learn])
            return predicted(booster(text), pairs.iloc[judge], self.columns)

        for (_, judge), found in zip(folds, in_turn(held, folds) if self.boost else (), strict=False):
            hard[judge] = found
        return hard


def _calm(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs to learn from: none across a suspected work, and changes without the offsets of surveys."""
    own = pairs[~pairs["suspected"]]
    return own.assign(increment=own[CLEANED]) if CLEANED in own else own


def time_split(pairs: pd.DataFrame, *, border: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return pairs that end by `border` [decimal year], and pairs that begin at it or later; others are left out."""
    past = pairs[pairs["later"] <= border].reset_index(drop=True)
    return past, pairs[pairs["time"] >= border].reset_index(drop=True)


def _shares(said: pd.DataFrame, pairs: pd.DataFrame, ahead: pd.DataFrame, later: pd.DataFrame) -> Shares:
    """Return shares learned on places never seen and on later years, half and half: neither alone tells of both."""
    if ahead.empty:
        return shares(said, pairs, weight=balance(pairs))
    weight = np.concatenate([balance(pairs), balance(later)])
    return shares(pd.concat([said, ahead[said.columns]]), pd.concat([pairs, later]), weight=weight)


def _held_mixture(
    said: pd.DataFrame, pairs: pd.DataFrame, folds: Folds, ahead: pd.DataFrame, later: pd.DataFrame
) -> Floats:
    """Return the mixture of what was said, the shares of each fold learned without it."""
    found = np.empty(len(pairs))
    for learn, judge in folds:
        own = _shares(said.iloc[learn], pairs.iloc[learn], ahead, later)
        found[judge] = mixed(said.iloc[judge], pairs["family"].iloc[judge], own)
    return found


def _check_enough(pairs: pd.DataFrame, target: str) -> None:
    calm = pairs[~pairs["suspected"]]
    blocks = calm["block"].nunique()
    if len(calm) < parameter("pairs_min") or blocks < parameter("blocks_min"):
        fell = len(pairs) - len(calm)
        aside = f", {fell} more lie across falls that look like work and teach nothing," if fell else ""
        lacking = [
            text
            for text, few in (
                ("Give more sites.", blocks < parameter("blocks_min")),
                ("Give more survey years.", len(calm) < parameter("pairs_min")),
                ("Put the works on record.", bool(fell)),
            )
            if few
        ]
        raise ModelError(
            f"{target}: {len(calm)} pairs of surveys at {blocks} sites{aside} are too few to train on.",
            cure=f"At least {parameter('pairs_min'):.0f} pairs at {parameter('blocks_min'):.0f} sites are needed. "
            f"{' '.join(lacking)}",
        )
    if pairs["increment"].nunique() < 2:
        raise ModelError(f"{target} never changes between surveys.", cure="Check that the surveys differ.")


def _folds(pairs: pd.DataFrame) -> Folds:
    splitter = GroupKFold(n_splits=min(int(parameter("folds")), pairs["block"].nunique()))
    return list(splitter.split(pairs, groups=pairs["block"]))
