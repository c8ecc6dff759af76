"""Between which prices of money in the year of its first work the answer for a length stays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pavement.planning.choices import Choices
from pavement.planning.economics import parameters
from pavement.planning.project_margins import Within, within_projects

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# share of the largest net gain that counts as nothing
_HAIR = 1e-9


def ahead(c: Choices, net: Floats, chosen: Ints, acting: NDArray[np.bool_]) -> Floats:
    """
    Return by how much each group's answer is ahead of the next best, (G,); below 0 where another is ahead.

    Parameters
    ----------
    c
        Strategies.
    net
        (C,) net gain of each; no work gains 0.
    chosen
        (G,) strategy taken; where none is, any.
    acting
        (G,) whether one is taken.
    """
    over, idle = _leads(c, net, chosen, acting)
    return np.asarray(np.minimum(np.minimum.reduceat(over, c.first), idle))


def _leads(c: Choices, net: Floats, chosen: Ints, acting: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return by how much the answer of each group is ahead of each strategy, (C,), and of no work, (G,)."""
    mine = np.where(acting, net[chosen], 0.0)
    over = mine[c.group] - net
    over[chosen[acting]] = np.inf
    idle = np.where(acting & ~c.forced, mine, np.inf)
    # sums of a whole chain leave a rest where choices are equal
    hair = _HAIR * np.abs(np.where(np.isfinite(net), net, 0.0)).max(initial=0.0)
    return np.where(np.abs(over) <= hair, 0.0, over), np.where(np.abs(idle) <= hair, 0.0, idle)


def turning_alone(
    c: Choices, net: Floats, chosen: Ints, acting: NDArray[np.bool_], step: Ints, price: Floats
) -> tuple[Floats, Floats]:
    """Return the lowest and the highest price of money in the year of the first work that leave the answer as it is."""
    used = np.where(c.row == step[c.group][:, None], c.amount, 0.0).sum(axis=1)
    own = used[chosen]
    more, lead = used - own[c.group], net[chosen][c.group] - net
    # beyond this price a cheaper strategy of that year, or no work, is the better one; below, a dearer one
    with np.errstate(divide="ignore", invalid="ignore"):
        at = price[c.group] + lead / -more
    rise = np.where((more < 0) & (lead >= 0), at, np.inf)
    fall = np.where((more > 0) & (lead >= 0), at, -np.inf)
    idle = np.where(c.forced | (own <= 0), np.inf, price + net[chosen] / np.maximum(own, 1e-300))
    high = np.minimum(np.minimum.reduceat(rise, c.first), np.where(net[chosen] >= 0, idle, np.inf))
    low = np.maximum(np.maximum.reduceat(fall, c.first), 0.0)
    # nothing is taken: the answer holds down to the price at which the nearest strategy pays
    enter = np.where(own > 0, price + net[chosen] / np.maximum(own, 1e-300), 0.0)
    low = np.where(acting, low, np.maximum(enter, 0.0))
    return low, np.where(acting, np.where(np.isinf(high), np.nan, high), np.nan)


def turning_within(
    within: Within, chosen: Ints, acting: NDArray[np.bool_], step: Ints
) -> tuple[Floats, Floats, Floats]:
    """
    Return the prices of money in the year of a work between which an answer within projects stays.

    Parameters
    ----------
    within
        At the prices of the plan.
    chosen, acting
        As of :func:`ahead`.
    step
        (G,) plan year of the first work of `chosen`.

    Returns
    -------
    low, high, tried
        (G,) benefit per NT$. low: 0 where the work taken stays down to it, missing where no work is worth it even then.
        high: missing where nothing is taken, or the work stays up to the highest price tried. Both are missing where
        another choice is ahead already.

    Notes
    -----
    The price of a year is tried in ``price_steps`` equal ratios up to ``price_most`` times it and down to its part, and
    at 0; one of 0 in as many steps up to ``price_most`` times the mean of the others. At each the projects of all
    chains are valued anew, exactly. Between two of them the lead over each other choice is taken to run straight, so
    the price at which it turns is about right.
    """
    p, c = parameters(), within.ways.problem.choices
    most, steps = p["price_most"], np.arange(1, round(p["price_steps"]) + 1) / round(p["price_steps"])
    usual = _usual(within, chosen)
    base = ahead(c, within.net(), chosen, acting)
    low, high = np.where(acting & (base >= 0), 0.0, np.nan), np.full(c.groups, np.nan)
    tried = np.zeros(c.groups)
    for year in np.unique(step):
        now, at = float(within.prices[year]), np.flatnonzero(step == year)
        rising = now * most**steps if now > 0 else usual * most * steps
        tried[at] = rising[-1]
        up = at[acting[at]]
        high[up] = _turn(within, chosen, acting, up, int(year), rising, np.full(len(up), np.nan))
        if now > 0:
            falling = np.append(now / most**steps, 0.0)
            low[at] = _turn(within, chosen, acting, at, int(year), falling, low[at])
    return low, high, tried


def _usual(within: Within, chosen: Ints) -> float:
    """Return the mean price of money that has one, or where none has the gain of the works for their money."""
    c = within.ways.problem.choices
    price = within.prices[within.prices > 0]
    return float(price.mean()) if len(price) else float(c.benefit[chosen].sum() / max(1.0, c.amount[chosen].sum()))


def _turn(  # noqa: PLR0913
    within: Within, chosen: Ints, acting: NDArray[np.bool_], at: Ints, year: int, tried: Floats, found: Floats
) -> Floats:
    """Return the price of a year at which each of some groups first has another answer, `found` where at none."""
    c, last = within.ways.problem.choices, float(within.prices[year])
    before = _leads(c, within.net(), chosen, acting)
    still = ahead(c, within.net(), chosen, acting)[at] >= 0
    for price in tried.tolist():
        if not still.any():
            break
        prices = within.prices.copy()
        prices[year] = price
        now = _leads(c, within_projects(within.ways, prices, within).net(), chosen, acting)
        over, idle = (_crossing(b, n) for b, n in zip(before, now, strict=True))
        share = np.minimum(np.minimum.reduceat(over, c.first), idle)[at]
        turned = still & (share <= 1)
        found[turned] = last + (price - last) * share[turned]
        still &= ~turned
        before, last = now, price
    return found


def _crossing(before: Floats, now: Floats) -> Floats:
    """Return after which share of the way leads that run straight are lost, infinite where they are not."""
    share = np.full(len(before), np.inf)
    lost = np.flatnonzero((before >= 0) & (now < 0))
    share[lost] = before[lost] / (before[lost] - now[lost])
    return share
