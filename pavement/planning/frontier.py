"""Answers of equal questions with more and less money: more money never gives less, and proven bounds hold together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from pavement.planning.policy import Policy
from pavement.planning.solution import proven

# bounds of single works are a solver's, of another question: within its tolerance
_HAIR = 1e-6


@dataclass(frozen=True)
class Told:
    """
    One question, and the tables of its answer.

    Attributes
    ----------
    name, policy, money
        What was asked: name, policy, and budgets by year [NT$].
    summary, years, condition, mix, limits
        Rows of the tables of :class:`pavement.planning.scenarios.Compared`; all but the summary are empty where there
        is no answer.
    """

    name: str
    policy: Policy
    money: pd.Series
    summary: pd.DataFrame
    years: pd.DataFrame
    condition: pd.DataFrame
    mix: pd.DataFrame
    limits: pd.DataFrame

    @property
    def answered(self) -> bool:
        """Whether there is an answer."""
        return self.summary["why"].iloc[0] == ""


def never_less(told: list[Told]) -> list[Told]:
    """
    Return answers of which none with as much money in every year is worth less than another to the same question.

    Notes
    -----
    A search may find a better plan for less money, within its gap. That plan fits the larger budget and is taken, which
    the column ``plan_of`` tells. What more money cannot reach, less cannot either: each bound is the tightest of its
    own and those with as much money.
    """
    return [_with_bound(_better(one, told), one, told) for one in told]


def _better(one: Told, told: list[Told]) -> Told:
    """Return the best answer among those that fit the money of one."""
    best = one
    for other in told:
        fits = other.answered and _same_question(one, other) and _at_most(other.money, one.money)
        if fits and (not best.answered or _worth(other) > _worth(best)):
            best = other
    return one if best is one else _taken(one, best)


def _worth(told: Told) -> float:
    value = float(told.summary["value"].iloc[0])
    return -value if told.policy.objective == "cost" else value


def _same_question(one: Told, other: Told) -> bool:
    if one.policy.objective != other.policy.objective:
        return False
    given = [told.policy.limits for told in (one, other)]
    tables = [None if limits is None or limits.empty else limits for limits in given]
    return tables[0] is tables[1] or (tables[0] is not None and tables[0].equals(tables[1]))


def _at_most(less: pd.Series, more: pd.Series) -> bool:
    return bool((less.to_numpy() <= more.to_numpy()).all())


def _taken(one: Told, best: Told) -> Told:
    """Return the answer of another budget under the name and the money of one."""
    own = one.summary.iloc[0]
    asked = {column: own[column] for column in ("scenario", "kind", "budget")}
    bound = float(own["bound"]) if one.answered else np.nan
    limits = best.limits.assign(scenario=one.name)
    if len(limits):
        limits = limits.assign(**_held_back(one, limits))
    return replace(
        one,
        summary=best.summary.assign(**asked, bound=bound, plan_of=best.name),
        years=best.years.assign(scenario=one.name, budget=one.money.to_numpy()),
        condition=best.condition.assign(scenario=one.name),
        mix=best.mix.assign(scenario=one.name),
        limits=limits,
    )


def _held_back(one: Told, limits: pd.DataFrame) -> dict[str, Any]:
    """Return price and binding of limits: what one more unit would bring is of one's own budget, not of the plan."""
    if not one.answered:
        return {"price": np.nan, "binding": pd.array([pd.NA] * len(limits), dtype="boolean")}
    price = one.limits["price"].to_numpy()
    return {"price": price, "binding": (price > 0) | (limits["used"] == limits["limit"]).to_numpy()}


def _with_bound(found: Told, one: Told, told: list[Told]) -> Told:
    """Return an answer with the tightest bound that is proven for it, and its gap."""
    if not found.answered:
        return found
    more = [t for t in told if t.answered and _same_question(one, t) and _at_most(one.money, t.money)]
    bounds = [float(t.summary["bound"].iloc[0]) for t in more]
    if not bounds:
        return replace(found, summary=found.summary.assign(bound=np.nan, gap=np.nan))
    value = float(found.summary["value"].iloc[0])
    sign = -1.0 if one.policy.objective == "cost" else 1.0
    bound = sign * proven(sign * value, min(sign * b for b in bounds), hair=_HAIR)
    gap = abs(bound - value) / abs(bound) if bound else 0.0
    return replace(found, summary=found.summary.assign(bound=bound, gap=gap))
