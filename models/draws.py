"""Draws: many futures of each cell that never heal without work, spread as the intervals say, each true to itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.stats import norm

from models.fitting import FittedModel, Judged
from models.in_turn import in_turn
from models.parameters import parameter
from models.targets import Target, target_of
from models.treated import Course, Treated, check_actions, courses
from pavement.errors import ModelError

Single = NDArray[np.float32]
Ints = NDArray[np.int64]
# cells drawn at once: their arrays stay in the cache of a processor
_CELLS = 2_000
_UNKNOWNS = 3
# half-widths beyond which a residual is taken for a gross error
_GROSS = 2.0
# cells forecast at once, a multiple of those drawn at once
STATES = 4_000


@dataclass(frozen=True)
class Memory:
    """
    How a place keeps its rank among all that could happen.

    Attributes
    ----------
    shared
        Part of the draws that keep their rank over all years.
    yearly
        Share of the others that keep it from one year to the next; the correlation of ranks h years apart is
        shared + (1 - shared) yearly^h.
    block
        Part of the draws whose rank is the same in all cells of a block: the correlation between neighbours; 0 for
        cells apart.
    """

    shared: float
    yearly: float
    block: float = 0.0


def default_memory(*, neighbours: bool = False) -> Memory:
    """Return the memory of the parameters, where asked for with what neighbours share."""
    block = parameter("draw_neighbours") if neighbours else 0.0
    return Memory(parameter("draw_shared"), parameter("draw_memory"), block)


def draws(
    states: pd.DataFrame,
    actions: pd.DataFrame,
    *,
    years: int,
    models: Mapping[str, FittedModel],
    resets: pd.DataFrame | None = None,
    n: int = 100,
    seed: int,
    memory: Mapping[str, Memory] | None = None,
) -> dict[str, Single]:
    """
    Return n futures of every cell under a plan of actions.

    Parameters
    ----------
    states, actions, years, models, resets
        As of :func:`models.treated.forecast`; where neighbours share anything also the column ``block`` of the states.
    n
        Futures a cell, 10 or more.
    seed
        The same seed gives the same bytes.
    memory
        By kind, see :class:`Memory`; that of the parameters for a kind that is not there.

    Returns
    -------
    draws
        By kind, (N, n, H + 1) of 32-bit numbers, NaN where a cell has no forecast. At each year the draws of a cell
        stand at the quantiles (i - 1/2) / n of its forecast, whose interval they so reproduce. They tell of the road
        and not of what a survey would say of it, so none falls from one year to the next without work: where the lower
        end of the interval lies below what the present can be (the value measured less the noise of one survey), they
        end there. None leaves the scale of its kind. Kinds are drawn apart from each other.

    Notes
    -----
    Draws are quantiles handed out to n futures. From year to year pairs of futures exchange quantiles, as many as the
    memory says, except where one of the two would heal by it: the correlation is so at least that of the memory, which
    is reached where places age by more than they differ.
    """
    asked = {"years": years, "n": n, "seed": seed}
    parts = list(draw_parts(states, actions, models=models, resets=resets, memory=memory, **asked))
    return {kind: np.concatenate([drawn[kind] for _, _, drawn in parts]) for kind in models}


def require_enough(n: int) -> None:
    """
    Refuse so few draws a cell that they have no ends of an interval.

    Raises
    ------
    ModelError
        Fewer than ``draws_min`` of ``model_parameters.csv`` are asked for.
    """
    least = int(parameter("draws_min"))
    if n < least:
        cure = f"Ask for {least} or more, such as 100."
        raise ModelError(f"{n} draws a cell say nothing about an interval.", cure=cure)


def draw_parts(
    states: pd.DataFrame,
    actions: pd.DataFrame,
    *,
    years: int,
    models: Mapping[str, FittedModel],
    resets: pd.DataFrame | None = None,
    n: int = 100,
    seed: int,
    memory: Mapping[str, Memory] | None = None,
) -> Iterator[tuple[pd.DataFrame, Treated, dict[str, Single]]]:
    """Yield the states, courses and draws of some thousand cells after the other, for networks of any size."""
    require_enough(n)
    own = {kind: (memory or {}).get(kind, default_memory()) for kind in models}
    if any(m.block for m in own.values()) and "block" not in states:
        raise ModelError("Neighbours cannot be drawn together: the states have no column block.")
    check_actions(states, actions, years=years)
    plans = {kind: _Plan.of(n, years, seed, memory) for kind, memory in own.items()}

    def part(start: int) -> tuple[pd.DataFrame, Treated, dict[str, Single]]:
        some = states.iloc[start : start + STATES].reset_index(drop=True)
        found = courses(some, actions, years=years, models=models, resets=resets)
        drawn = {}
        for number, (kind, course) in enumerate(found.courses.items()):
            rng = np.random.default_rng([seed, start, number])
            drawn[kind] = _drawn(course, found.since, plans[kind], rng, blocks=some.get("block"))
        return some, found, drawn

    yield from in_turn(part, range(0, len(states), STATES))


@dataclass(frozen=True)
class _Plan:
    """What all cells share: the scores of the quantiles, and which futures exchange them in which year."""

    scores: Single
    swaps: tuple[tuple[Ints, Ints], ...]
    turn: Ints
    seed: int
    block: float

    @classmethod
    def of(cls, n: int, years: int, seed: int, memory: Memory) -> _Plan:
        """Return the plan of n futures over some years."""
        rng = np.random.default_rng([seed, n, years])
        scores = norm.ppf((np.arange(n) + 0.5) / n).astype(np.float32)
        mobile = rng.permutation(n)[: round((1 - memory.shared) * n)]
        swaps = []
        for _ in range(years):
            pairs = round((1 - memory.yearly) * len(mobile) / 2)
            chosen = rng.permutation(mobile)[: 2 * pairs]
            swaps.append((chosen[:pairs], chosen[pairs:]))
        return cls(scores, tuple(swaps), rng.permutation(n), seed, memory.block)


def _drawn(course: Course, since: Ints, plan: _Plan, rng: np.random.Generator, *, blocks: pd.Series | None) -> Single:
    """Return the draws of one kind, (N, n, H + 1)."""
    count, steps = course.value.shape
    found = np.empty((count, len(plan.scores), steps), dtype=np.float32)
    # outer quantiles of a forecast near an end of the scale lie beyond it
    own = target_of(course.kind)
    scale = np.float32(own.low), np.float32(own.high)
    for start in range(0, count, _CELLS):
        rows = slice(start, start + _CELLS)
        ranks = _ranks(
            plan, rng, len(course.value[rows]), blocks.iloc[rows] if plan.block and blocks is not None else None
        )
        futures = _futures(_fan(course, rows), since[rows], plan, plan.scores[ranks])
        np.clip(np.transpose(futures, (2, 1, 0)), *scale, out=found[rows])
    return found


def _ranks(plan: _Plan, rng: np.random.Generator, count: int, blocks: pd.Series | None) -> Ints:
    """Return the first quantile of each future of each cell, (n, cells): by chance, or in part that of the block."""
    n = len(plan.scores)
    if blocks is None:
        return np.argsort(rng.random((n, count), dtype=np.float32), axis=0)
    names, code = np.unique(blocks.astype(str).to_numpy(object), return_inverse=True)
    own = [np.random.default_rng([plan.seed, *name.encode()]).permutation(n) for name in names]
    ranks = np.stack(own, axis=1)[:, code]
    alone = np.arange(round(plan.block * n), n)
    order = np.argsort(rng.random((len(alone), count), dtype=np.float32), axis=0)
    ranks[alone] = np.take_along_axis(ranks[alone], order, axis=0)
    return ranks


@dataclass(frozen=True)
class _Fan:
    """Median damage and the reach of one standard deviation upwards and downwards, (steps, cells)."""

    middle: Single
    down: Single
    up: Single
    target: Target

    def at(self, step: int, score: Single) -> Single:
        """Return the values at scores (n, cells)."""
        return self.middle[step] + np.where(score > 0, self.up[step], self.down[step]) * score


def _fan(course: Course, rows: slice) -> _Fan:
    """Return the fan of a course; at the start the present is as uncertain as one survey, never more than a year on."""
    own = target_of(course.kind)
    value, *ends = (own.damage(line[rows]) for line in (course.value, course.low, course.high))
    reach = norm.ppf((1 + course.level) / 2)
    widths = [np.abs(end - value) / reach for end in ends[:: own.sign]]
    for width in widths:
        if width.shape[1] > 1:
            width[:, 0] = np.maximum(width[:, 0], np.minimum(own.noise, width[:, 1]))
    middle, down, up = ((a.T).astype(np.float32) for a in (value, *widths))
    return _Fan(middle, down, up, own)


def _futures(fan: _Fan, since: Ints, plan: _Plan, score: Single) -> Single:
    """Return the futures, (steps, n, cells)."""
    steps = len(fan.middle)
    found = np.empty((steps, *score.shape), dtype=np.float32)
    found[0] = now = fan.at(0, score)
    for step in range(1, steps):
        fresh = since[:, step] == step
        first, second = plan.swaps[step - 1]
        # whoever takes the lower quantile must not be better off by it than a year before
        lower = fan.at(step, np.minimum(score[first], score[second]))
        allowed = (np.maximum(now[first], now[second]) <= lower) & ~fresh
        score[first], score[second] = (
            np.where(allowed, score[second], score[first]),
            np.where(allowed, score[first], score[second]),
        )
        if fresh.any():
            # a new surface has nothing of the luck of the old one
            score[:, fresh] = score[plan.turn][:, fresh]
        ahead = fan.at(step, score)
        # work lets them be better than a year before, and nothing else
        worked = fresh | (fan.middle[step] < fan.middle[step - 1])
        now = np.where(worked, ahead, np.maximum(now, ahead))
        found[step] = now
    return fan.target.measured(found).astype(np.float32, copy=False)


def memory_of(judged: Judged) -> Memory:
    """
    Return how a place keeps its rank, from forecasts at several horizons of one survey.

    Parameters
    ----------
    judged
        Forecasts of pairs whose block was never seen, from :func:`models.fitting.fit_pairs`.

    Notes
    -----
    (1 - noise) (shared + (1 - shared) yearly^(b - a)) is fitted to the correlations of the residuals at the whole
    horizons a < b, weighted by the pairs each rests on. The noise of the later surveys, which no two of them share, is
    so left out: the draws tell of the road.
    """
    table = residual_correlation(judged)
    if len(table) < _UNKNOWNS:
        return default_memory()
    apart, seen, weight = (table[c].to_numpy(float) for c in ("apart", "correlation", "pairs"))

    def loss(x: NDArray[np.float64]) -> float:
        said = (1 - x[2]) * (x[0] + (1 - x[0]) * x[1] ** apart)
        return float((weight * (said - seen) ** 2).sum() / weight.sum())

    limits = [(0.0, 0.99), (0.0, 0.99), (0.0, 0.9)]
    best = minimize(loss, [0.5, 0.7, 0.2], bounds=limits, method="L-BFGS-B").x
    return Memory(round(float(best[0]), 3), round(float(best[1]), 3))


def residual_correlation(judged: Judged) -> pd.DataFrame:
    """
    Return how residuals over their half-widths at two horizons of one unit and first survey are correlated.

    Columns near and far (whole horizons), apart [year], correlation, and the pairs it rests on.
    """
    pairs = judged.pairs
    frame = pd.DataFrame(
        {
            "origin": pairs.groupby(["unit", "time"], sort=False).ngroup(),
            "horizon": pairs["horizon"].round().astype(int),
            "score": (pairs["increment"] - judged.increments["forecast"]) / judged.half_width,
        }
    ).drop_duplicates(["origin", "horizon"])
    # gross errors would decide alone
    frame = frame[frame["score"].abs() <= _GROSS]
    both = frame.merge(frame, on="origin", suffixes=("_a", "_b"))
    both = both[both["horizon_a"] < both["horizon_b"]]
    rows = [
        {
            "near": near,
            "far": far,
            "apart": far - near,
            "correlation": part["score_a"].corr(part["score_b"]),
            "pairs": len(part),
        }
        for (near, far), part in both.groupby(["horizon_a", "horizon_b"])
        if len(part) >= parameter("scores_min")
    ]
    return pd.DataFrame(rows, columns=["near", "far", "apart", "correlation", "pairs"]).dropna()
