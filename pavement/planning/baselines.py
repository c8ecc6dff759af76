"""Baselines beside a plan: worst first, a list by benefit per cost, and the optimum of each year in turn."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.planning.basis import Basis
from pavement.planning.choices import Choices
from pavement.planning.course import chosen_course, network_condition
from pavement.planning.economics import parameters
from pavement.planning.penalty import penalty
from pavement.planning.policy import Answer
from pavement.planning.solution import solved

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
METHODS = ("plan", "yearly", "ratio", "worst", "nothing")


def single(choices: Choices, year: int) -> Ints:
    """Return the strategies of one work that falls in a year."""
    used = (choices.row < choices.rows).sum(axis=1)
    return np.flatnonzero((used == 1) & (choices.row[:, 0] == year))


def in_turn(choices: Choices, limits: Floats, score: Floats, *, taken: Ints | None = None) -> Ints:
    """
    Return the choice of a planner who goes year by year down a list, one single work a unit, while money lasts.

    Parameters
    ----------
    choices
        Strategies whose rows are the budgets.
    limits
        Budgets. [NT$]
    score
        (C, T) or (C,) place in the list: the highest first.
    taken
        Strategies decided beforehand, -1 for none.
    """
    taken = np.full(choices.groups, -1) if taken is None else taken.copy()
    left = limits - choices.usage(taken)
    for year in range(choices.rows):
        able = single(choices, year)
        able = able[taken[choices.group[able]] < 0]
        own = score[able] if score.ndim == 1 else score[able, year]
        for column in able[np.lexsort((able, -own))].tolist():
            group = choices.group[column]
            if taken[group] < 0 and choices.amount[column, 0] <= left[year]:
                taken[group] = column
                left[year] -= choices.amount[column, 0]
    return taken


def yearly_optimum(choices: Choices, limits: Floats, *, taken: Ints | None = None) -> Ints:
    """
    Return the choice of a planner who finds the optimum of each year in turn.

    Parameters
    ----------
    choices, limits, taken
        As of :func:`in_turn`.
    """
    taken = np.full(choices.groups, -1) if taken is None else taken.copy()
    left = limits - choices.usage(taken)
    for year in range(choices.rows):
        able = np.zeros(len(choices.benefit), dtype=bool)
        able[single(choices, year)] = True
        able &= taken[choices.group] < 0
        part, numbers = choices.some(able)
        if not len(numbers):
            continue
        found = solved(part, left, parameters=parameters()).taken
        chosen = numbers[found[found >= 0]]
        taken[choices.group[chosen]] = chosen
    return taken


def baselines(ready: Basis, money: pd.Series, answer: Answer, own: Floats | None = None) -> pd.DataFrame:
    """
    Return what usual ways to plan make of the same strategies and budgets, beside the plan and beside no work.

    Parameters
    ----------
    ready
        Basis of the plan.
    money
        Budgets by calendar year. [NT$]
    answer
        The plan.
    own
        (C, 2) mobilisation of both works of each strategy. [NT$]

    Returns
    -------
    frame
        year, method (``plan``, ``yearly``, ``ratio``, ``worst``, ``nothing``), kind, mean, good_share, poor_share,
        known_share as :func:`pavement.planning.course.network_condition`; spent in that year [NT$]; benefit of all
        years [points m2 year]; of what is spent in all years, mobilisation of works alone [NT$], missing without `own`.

    Notes
    -----
    Baselines keep budgets and decided works only, not other limits. Worst first: each year the units of the highest
    condition penalty at its start come first, each with the work of that year that gains most.
    """
    c = ready.choices
    budgets = np.maximum(0.0, np.floor(np.minimum(money.to_numpy(float), 1e15)))
    decided = np.where(c.forced, _cheapest(c), -1) if c.groups else np.empty(0, dtype=np.int64)
    taken = {"plan": answer.solution.taken, "nothing": decided}
    if c.groups:
        cost = np.maximum(1.0, c.amount.sum(axis=1))
        taken["yearly"] = yearly_optimum(c, budgets, taken=decided)
        taken["ratio"] = in_turn(c, budgets, c.benefit / cost, taken=decided)
        taken["worst"] = in_turn(c, budgets, _worst(ready), taken=decided)
    frames = [
        _told(ready, money, name, taken[name]).assign(mobilisation=_mobilisation(own, taken[name]))
        for name in METHODS
        if name in taken
    ]
    return pd.concat(frames, ignore_index=True)


def _mobilisation(own: Floats | None, taken: Ints) -> float:
    return float("nan") if own is None else float(own[taken[taken >= 0]].sum())


def behind_by_mobilisation(told: pd.DataFrame) -> pd.Series:
    """
    Return by method what it gains less for paying a larger share of its money for mobilisation than the plan.

    Parameters
    ----------
    told
        From :func:`baselines`.

    Returns
    -------
    behind
        0 where it pays no larger share, missing where mobilisation is not known. [points m2 year]

    Notes
    -----
    What it pays beyond the share of the plan is put into more of its works, at its own mean gain per NT$ of works
    without mobilisation. The next works of a list gain less than its mean, so this is rather too much.
    """
    by = told.groupby("method", sort=False)
    spent = told.drop_duplicates(["method", "year"]).groupby("method", sort=False)["spent"].sum()
    kept = 1.0 - (by["mobilisation"].first() / spent.where(spent > 0))
    more: pd.Series = by["benefit"].first() * (kept["plan"] / kept - 1.0)
    return more.clip(lower=0.0)


def _cheapest(choices: Choices) -> Ints:
    """Return the single work of each group that comes first, which of decided work is that alone."""
    return choices.first.astype(np.int64)


def _worst(ready: Basis) -> Floats:
    """Return the place of strategies in a list of units by their penalty at the start of a year, (C, T)."""
    at = penalty(ready.look.untreated, ready.look.curves)[:, : len(ready.years)]
    gain = ready.choices.benefit
    # among the works of one unit the one that gains most; a hair that changes no order of units
    hair = 1e-9 * gain / max(float(np.abs(gain).max(initial=0.0)), 1e-300)
    worst: Floats = np.nan_to_num(at)[ready.strategies["unit"].to_numpy(np.int64)] + hair[:, None]
    return worst


def _told(ready: Basis, money: pd.Series, method: str, taken: Ints) -> pd.DataFrame:
    chosen = ready.strategies.iloc[taken[taken >= 0]]
    course = chosen_course(ready.look, chosen, catalogue=ready.catalogue)
    area = ready.units["area_m2"].to_numpy(float)
    frame = network_condition({method: course}, area, first_year=int(money.index[0]), years=len(money))
    spent = pd.Series(ready.choices.usage(taken), index=money.index)
    return frame.rename(columns={"scenario": "method"}).assign(
        spent=spent.reindex(frame["year"]).fillna(0.0).to_numpy(), benefit=float(chosen["benefit"].sum())
    )
