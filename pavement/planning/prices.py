"""Prices of money in each year: the dual of the budgets, from a linear programme and cutting planes."""

from __future__ import annotations

import highspy
import numpy as np
from numpy.typing import NDArray

from pavement.errors import PlanError
from pavement.planning.choices import Choices

Floats = NDArray[np.float64]
_MILLION = 1e6


def solver() -> highspy.Highs:
    """Return a silent solver that gives the same answer every time."""
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in {"output_flag": False, "threads": 1, "random_seed": 0}.items():
        highs.setOptionValue(name, value)
    return highs


def budget_prices(choices: Choices, budgets: Floats, *, sample: int, steps: int, seed: int = 0) -> Floats:
    """
    Return the prices at which the budgets are just used up, (T,). [benefit / NT$]

    Parameters
    ----------
    choices
        Strategies of all groups.
    budgets
        Money of each year. [NT$]
    sample
        Groups up to which the linear programme is solved whole; beyond, it is solved on as many groups with budgets in
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
        return linear_prices(choices, budgets)
    drawn = np.random.default_rng(seed).choice(choices.groups, sample, replace=False)
    part, _ = choices.some(np.isin(choices.group, drawn))
    return improved(choices, budgets, linear_prices(part, budgets * sample / choices.groups), steps=steps)


def programme(choices: Choices, budgets: Floats, *, whole: bool) -> highspy.HighsLp:
    """Return the selection as a linear programme, costs in millions; `whole` asks for whole strategies."""
    count, groups, years = len(choices.benefit), choices.groups, choices.years
    slots = choices.year < years
    entries = 1 + slots.sum(axis=1)
    start = np.concatenate([[0], np.cumsum(entries)])
    index = np.empty(start[-1], dtype=np.int32)
    value = np.ones(start[-1])
    index[start[:-1]] = choices.group
    at = start[:-1] + 1
    for slot in (0, 1):
        has = slots[:, slot]
        index[at[has]] = groups + choices.year[has, slot]
        value[at[has]] = choices.cost[has, slot] / _MILLION
        at = at + has
    scale = benefit_scale(choices)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = count, groups + years
    lp.col_cost_ = choices.benefit / scale
    lp.col_lower_, lp.col_upper_ = np.zeros(count), np.ones(count)
    lp.row_lower_ = np.concatenate([np.where(choices.forced, 1.0, -np.inf), np.full(years, -np.inf)])
    lp.row_upper_ = np.concatenate([np.ones(groups), budgets / _MILLION])
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = start.astype(np.int32), index, value
    if whole:
        lp.integrality_ = [highspy.HighsVarType.kInteger] * count
    return lp


def benefit_scale(choices: Choices) -> float:
    """Return what benefits are divided by in the solver, so that its tolerances mean the same at any size."""
    return max(float(np.abs(choices.benefit).max()), 1e-300) / 100


def linear_prices(choices: Choices, budgets: Floats) -> Floats:
    """
    Return the prices of the budgets in the linear programme, (T,). [benefit / NT$]

    Raises
    ------
    PlanError
        Committed work alone costs more than a budget.
    """
    highs = solver()
    highs.passModel(programme(choices, budgets, whole=False))
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise PlanError(
            f"The prices of the budgets could not be found: {highs.modelStatusToString(highs.getModelStatus())}.",
            cure="Check that the budgets cover the committed work.",
        )
    duals = np.array(highs.getSolution().row_dual)[choices.groups :]
    return np.maximum(0.0, np.abs(duals) * benefit_scale(choices) / _MILLION)


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
