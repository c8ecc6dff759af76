"""What was considered for each unit and what would change the answer: strategies near the best, and their margins."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pavement.planning.choices import Choices
from pavement.planning.economics import parameters
from pavement.planning.explain import Evidence
from pavement.planning.slots import SLOTS, slots
from pavement.planning.turning_prices import ahead, turning_alone, turning_within

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# strategies of a unit that are kept by their net gain, beside what is taken and the best of the years around it
_BEST = 5


def considered(units: pd.DataFrame, evidence: Evidence) -> pd.DataFrame:
    """
    Return the strategies of each unit that are worth telling, the best first.

    Parameters
    ----------
    units
        Units of the plan.
    evidence
        Of the plan.

    Returns
    -------
    frame
        unit, taken (bool), first, first_year (calendar), first_cost, second ("" for none), second_year (missing for
        none), second_cost [NT$], in long plans the same of a third, benefit [points m2 year], money: what the costs are
        worth at the prices of money of their years, net: benefit less that and less the price of other limits. At least
        cost, money and net are in NT$.
        To each unit up to five by net, the one taken, and the best that begins in the year before and after it.
        Within projects net counts, in joining, what they add or take: mobilisation, and what neighbours do otherwise;
        both are missing where no project can hold the strategy. alone: net by itself with its own mobilisation.
    """
    c = evidence.choices
    if c.groups == 0:
        return _told(np.empty(0, dtype=np.int64), np.empty(0), units, evidence)
    net = evidence.net()
    year = evidence.strategies["first_year"].to_numpy(np.int64)
    begun = np.where(evidence.taken >= 0, year[evidence.taken], -9)[c.group]
    order = np.lexsort((np.arange(len(net)), -c.reduced(evidence.row_prices), -net, c.group))
    keep = np.zeros(len(net), dtype=bool)
    keep[order[_place(c.group[order]) < _BEST]] = True
    for beside in (-1, 1):
        near = order[year[order] == begun[order] + beside]
        keep[near[_place(c.group[near]) == 0]] = True
    keep[evidence.taken[evidence.taken >= 0]] = True
    return _told(order[keep[order]], net, units, evidence)


def _place(group: NDArray[np.int64]) -> Ints:
    """Return the place of each in its group, 0 for the first, of groups in turn."""
    at = np.arange(len(group))
    new = np.diff(group, prepend=-1) != 0
    return at - np.maximum.accumulate(np.where(new, at, 0))


def _told(rows: Ints, net: Floats, units: pd.DataFrame, evidence: Evidence) -> pd.DataFrame:
    table = evidence.strategies.iloc[rows]
    start = int(evidence.prices.index[0])
    taken = np.zeros(len(evidence.strategies), dtype=bool)
    taken[evidence.taken[evidence.taken >= 0]] = True
    within = evidence.within
    told = np.where(np.isfinite(net), net, np.nan)[rows]
    beside = (
        {}
        if within is None
        else {"joining": np.round(told - within.reduced[rows], 3) + 0.0, "alone": within.alone()[rows]}
    )
    return pd.DataFrame(
        {
            "unit": units["unit"].to_numpy(object)[table["unit"].to_numpy(np.int64)],
            "taken": taken[rows],
            **_works(table, start),
            "benefit": table["benefit"].to_numpy(float),
            "money": _money(evidence.choices, evidence)[rows],
            "net": told,
            **beside,
        }
    )


def _works(table: pd.DataFrame, start: int) -> dict[str, NDArray[Any]]:
    """Return treatment, calendar year (missing for none) and cost of the works of strategies."""
    found: dict[str, NDArray[Any]] = {}
    for slot in slots(table):
        year = table[f"{slot}_year"].to_numpy(np.int64)
        # every strategy has a first work
        told = year + start if slot == SLOTS[0] else np.where(year >= 0, year.astype(float) + start, np.nan)
        found |= {slot: table[slot].astype(str).to_numpy(object), f"{slot}_year": told,
                  f"{slot}_cost": table[f"{slot}_cost"].to_numpy(float)}  # fmt: skip
    return found


def _money(c: Choices, evidence: Evidence) -> Floats:
    """Return what the costs of each strategy are worth at the prices of money, (C,)."""
    price = np.append(worth(evidence), 0.0)
    row = np.minimum(c.row.astype(np.int64), evidence.years)
    return np.asarray((price[row] * np.where(c.row < evidence.years, c.amount, 0.0)).sum(axis=1), dtype=np.float64)


def worth(evidence: Evidence) -> Floats:
    """Return what one NT$ is worth by plan year: the price of money; at least cost itself and that."""
    own = 1.0 if evidence.objective == "cost" else 0.0
    return evidence.row_prices[: evidence.years] + own


def margins(units: pd.DataFrame, evidence: Evidence) -> pd.DataFrame:
    """
    Return how far the answer for each unit is from another, all else as it is.

    Parameters
    ----------
    units
        Units of the plan.
    evidence
        Of the plan.

    Returns
    -------
    frame
        One row a unit that has strategies: unit; chosen: what is taken, or where nothing is, what comes nearest to it,
        in the columns of a strategy; taken (bool); lead: net gain above the next best (no work counts as 0), below 0
        where another is ahead; cost [NT$]; limit_cost: cost up to which (nothing taken: down to which) the answer
        holds [NT$]; year of the first work; price of money in it; price_low, price_high: prices between which the
        answer is the same, within projects also the highest price_tried; money_less: cost in that year of other works
        that would give way before this one;
        money_more: money that others would take before this one when nothing is taken [NT$].

    Notes
    -----
    Exact for one unit at the prices of the plan: the answer changes where another strategy of the unit, or no work,
    reaches the net gain of the chosen one. What others would do first is added up in the order of those prices. Within
    projects the prices between which the answer stays are those of
    :func:`pavement.planning.turning_prices.turning_within`.
    """
    c = evidence.choices
    if c.groups == 0:
        return pd.DataFrame({"unit": pd.Series(dtype=object)})
    net = evidence.net()
    acting = evidence.taken >= 0
    chosen = np.where(acting, evidence.taken, c.leading(net, c.reduced(evidence.row_prices)))
    lead = ahead(c, net, chosen, acting)
    step = evidence.strategies["first_year"].to_numpy(np.int64)[chosen]
    price = worth(evidence)[step]
    cost = evidence.strategies["cost"].to_numpy(float)[chosen]
    paid = np.maximum(price, 1e-300)
    limit = np.where(acting, cost + lead / paid, cost - lead / paid)
    frame = pd.DataFrame(
        {
            "unit": units["unit"].to_numpy(object)[evidence.strategies["unit"].to_numpy(np.int64)[c.first]],
            "taken": acting,
            **{k: v for k, v in _told(chosen, net, units, evidence).items() if k not in ("unit", "taken")},
            "lead": np.where(np.isinf(lead), np.nan, lead),
            "forced": c.forced,
            "cost": cost,
            "limit_cost": np.where((price > 0) & np.isfinite(limit), limit, np.nan),
            "year": step + int(evidence.prices.index[0]),
            "price": price,
            **_turning(evidence, net, chosen, step, price),
        }
    )
    own = np.where(acting, evidence.strategies["first_cost"].to_numpy(float)[chosen], 0.0)
    return frame.assign(**_given_way(frame, own))


def _turning(evidence: Evidence, net: Floats, chosen: Ints, step: Ints, price: Floats) -> dict[str, Floats]:
    acting = evidence.taken >= 0
    if evidence.within is None:
        low, high = turning_alone(evidence.choices, net, chosen, acting, step, price)
        return {"price_low": low, "price_high": high}
    if evidence.objective == "cost" or len(chosen) > parameters()["price_units"]:
        none = np.full(len(chosen), np.nan)
        return {"price_low": none, "price_high": none, "price_tried": none}
    low, high, tried = turning_within(evidence.within, chosen, acting, step)
    return {"price_low": low, "price_high": high, "price_tried": tried}


def _given_way(frame: pd.DataFrame, own: Floats) -> dict[str, Floats]:
    """Return the money of other works that would give way before each, and that others would take before each."""
    less, more = np.full(len(frame), np.nan), np.full(len(frame), np.nan)
    for _, rows in frame.groupby("year"):
        at = rows.index.to_numpy()
        held = at[rows["taken"].to_numpy() & rows["price_high"].notna().to_numpy()]
        order = held[np.argsort(frame["price_high"].to_numpy()[held], kind="stable")]
        less[order] = np.cumsum(own[order]) - own[order]
        out = at[~rows["taken"].to_numpy() & rows["price_low"].notna().to_numpy()]
        order = out[np.argsort(-frame["price_low"].to_numpy()[out], kind="stable")]
        cost = frame["first_cost"].to_numpy()[order]
        more[order] = np.cumsum(cost)
    return {"money_less": less, "money_more": more}
