"""Prices of each limit, as of the money of each year: duals of the programme, cutting planes beyond a sample."""

from __future__ import annotations

import highspy
import numpy as np
from numpy.typing import NDArray

from pavement.planning.choices import Choices
from pavement.planning.programme import solver
from pavement.planning.sifting import near, relaxed

Floats = NDArray[np.float64]
# steps that lead from a first guess to prices near enough to sift from
_FIRST_STEPS = 30
# strategies a group that prices are improved on, and times that they are chosen anew
_EACH, _ROUNDS = 12, 4


def row_prices(choices: Choices, limits: Floats, *, sample: int, steps: int, seed: int = 0) -> Floats:
    """
    Return the prices at which limits are just used up, (R,). [benefit per unit of each row]

    Parameters
    ----------
    choices
        Strategies of all groups.
    limits
        Limit of each row.
    sample
        Groups up to which the linear programme is solved whole; beyond, it is solved on as many groups with limits in
        proportion, and the prices are improved on all groups.
    steps
        Cutting-plane steps of that improvement.
    seed
        Seed of the sample.

    References
    ----------
    .. [1] Kelley, J. E. (1960): The cutting-plane method for solving convex programs; here within a trust region.
    """
    if choices.groups <= sample:
        guess = improved(choices, limits, first_guess(choices), steps=_FIRST_STEPS)
        return relaxed(choices, limits, guess).prices
    drawn = np.zeros(choices.groups, dtype=bool)
    drawn[np.random.default_rng(seed).choice(choices.groups, sample, replace=False)] = True
    part, _ = choices.some(drawn[choices.group])
    prices = row_prices(part, limits * sample / choices.groups, sample=sample, steps=steps)
    return _of_network(choices, limits, prices, steps=steps)


def first_guess(choices: Choices) -> Floats:
    """Return one price for every row: what half of the strategies gain for what they use."""
    used = np.abs(choices.amount).sum(axis=1)
    some = used > 0
    ratio = float(np.median(choices.benefit[some] / used[some])) if some.any() else 0.0
    return np.full(choices.rows, max(0.0, ratio))


def _of_network(choices: Choices, limits: Floats, prices: Floats, *, steps: int) -> Floats:
    """Return prices improved on the strategies nearest to the best, and on those that are worth more at them."""
    keep = near(choices, choices.reduced(prices), each=_EACH)
    for _ in range(_ROUNDS):
        part, _ = choices.some(keep)
        prices = improved(part, limits, prices, steps=steps)
        reduced = choices.reduced(prices)
        _, top = choices.best(reduced)
        _, inside = part.best(reduced[keep])
        if float((top - inside).sum()) <= 1e-7 * abs(float(top.sum())):
            break
        keep |= reduced > inside[choices.group]
    return prices


def improved(choices: Choices, budgets: Floats, prices: Floats, *, steps: int) -> Floats:
    """
    Return prices with a lower bound than those given, by cutting planes within a trust region.

    The bound is a convex function of the prices whose slope is money left over; each step adds the plane that touches
    it and moves to the lowest point of all planes near the best prices so far.
    """
    best, lowest = prices, np.inf
    radius = 0.1 * max(float(prices.mean()), 1e-12)
    planes: list[tuple[float, Floats]] = []
    for _ in range(steps):
        taken, top = choices.best(choices.reduced(prices))
        bound = float(top.sum() + prices @ budgets)
        slope = budgets - choices.usage(taken)
        planes.append((bound - float(slope @ prices), slope))
        if bound < lowest:
            best, lowest = prices, bound
        elif len(planes) > 1:
            radius /= 2
        prices, floor = _lowest(planes, best, radius)
        if lowest - floor < 1e-7 * abs(lowest):
            break
    return best


def _lowest(planes: list[tuple[float, Floats]], centre: Floats, radius: float) -> tuple[Floats, float]:
    """Return the prices within `radius` of the centre where the planes are lowest, and how low they are there."""
    years = len(centre)
    size = max(abs(float(planes[-1][0] + planes[-1][1] @ centre)), 1e-300)
    unit = float(max(radius, 1e-300))
    rows = np.array([slope for _, slope in planes]) * (unit / size)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = years + 1, len(planes)
    lp.col_cost_ = np.append(np.zeros(years), 1.0)
    lp.col_lower_ = np.append(np.maximum(0.0, centre - radius) / unit, -highspy.kHighsInf)
    lp.col_upper_ = np.append((centre + radius) / unit, highspy.kHighsInf)
    lp.row_lower_ = np.array([level for level, _ in planes]) / size
    lp.row_upper_ = np.full(len(planes), highspy.kHighsInf)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    matrix = np.column_stack([-rows, np.ones(len(planes))])
    lp.a_matrix_.start_ = np.arange(len(planes) + 1, dtype=np.int32) * (years + 1)
    lp.a_matrix_.index_ = np.tile(np.arange(years + 1, dtype=np.int32), len(planes))
    lp.a_matrix_.value_ = matrix.ravel()
    highs = solver()
    highs.passModel(lp)
    highs.run()
    solution = np.array(highs.getSolution().col_value)
    return np.maximum(0.0, solution[:years] * unit), float(solution[years] * size)
