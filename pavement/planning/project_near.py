"""Projects to choose whole ones from: those near to indifferent, and on small networks those that fit the limits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pavement.planning.economics import series
from pavement.planning.project_columns import Priced, Pricing
from pavement.planning.project_programme import Duals, Programme
from pavement.planning.projects import Columns, columns_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def add_near(pricing: Pricing, programme: Programme, best: Floats, duals: Duals, p: dict[str, float]) -> None:
    """
    Add projects near to indifferent, of prices a little shaken, so that whole ones fit each other and the limits.

    Parameters
    ----------
    pricing, programme
        They price and hold projects.
    best, duals
        Prices of the lowest bound, and the programme's optimum.
    p
        ``planning_parameters.csv``.
    """
    rng = np.random.default_rng(0)
    # the fewer sections, the less whole projects fit, and the cheaper it is to look at more of them
    more = min(int(p["project_shakes"]), int(p["project_shaken"]) // len(pricing.allowed))
    low, high = p["project_shaken_low"], p["project_shaken_high"]
    shaken = [best * scale * rng.uniform(low, high, len(best)) for scale in series(p, "project_near")]
    shaken += [best * rng.uniform(0.0, p["project_shakes_most"], len(best)) for _ in range(more)]
    own = _own(pricing, duals)
    for prices in shaken:
        priced = pricing.priced(prices)
        programme.add(pricing.concrete(priced, *_nearest(priced, own, int(p["project_columns"]) // len(shaken))))


def add_apart(pricing: Pricing, programme: Programme, prices: Floats, p: dict[str, float]) -> None:
    """
    Add projects that fit the limits each by itself, of prices that differ widely from year to year.

    Parameters
    ----------
    pricing, programme
        They price and hold projects.
    prices
        (R,) prices of the lowest bound.
    p
        ``planning_parameters.csv``: project_part_prices, project_part_spread, project_part_each.
    """
    rng, own = np.random.default_rng(1), _own(pricing, programme.solved())
    for _ in range(int(p["project_part_prices"])):
        priced = pricing.priced(prices * rng.uniform(0.0, p["project_part_spread"], len(prices)))
        new = pricing.concrete(priced, *_nearest(priced, own, int(p["project_part_each"])))
        programme.add(new.some(fitting(new, pricing.problem.limits)))


def of_fitting(
    pricing: Pricing, programme: Programme, found: Columns, prices: Floats, p: dict[str, float]
) -> Programme:
    """
    Return the programme of projects that fit the limits each by itself, grown at its own prices.

    Where budgets are tight, a project that is worth most at the prices passes a budget alone: the programme of all
    projects takes a part of it, and its prices are too low for projects that fit whole.

    Parameters
    ----------
    pricing, programme
        It prices projects, and a programme without any.
    found
        Projects to begin with; those that do not fit are left out. Beside them single works of sections begin it.
    prices
        (R,) prices of the lowest bound, below which none is tried.
    p
        ``planning_parameters.csv``.
    """
    rng, limits = np.random.default_rng(0), pricing.problem.limits
    low, high = p["project_fit_low"], p["project_fit_high"]
    programme.phase(elastic=False)
    programme.add(found.some(fitting(found, limits)))
    programme.add(singles(pricing))
    for turn in range(int(p["project_fit_rounds"])):
        duals, added = programme.solved(), 0
        own, base = _own(pricing, duals), np.maximum(duals.prices, prices)
        for dearer in _dearer(base, limits, p, further=turn == 0):
            priced = pricing.priced(dearer * rng.uniform(low, high, len(base)))
            new = pricing.concrete(priced, *_nearest(priced, own, int(p["project_fit_each"])))
            added += programme.add(new.some(fitting(new, limits)))
        if not added:
            break
    return programme


def _dearer(base: Floats, limits: Floats, p: dict[str, float], *, further: bool) -> list[Floats]:
    """Return prices to make projects at; where a limit costs nothing, too, `further` on: it may be passed alone."""
    # the dearer money is, the cheaper are the works of a stretch
    times = series(p, "project_fit_dearer")
    found = [base * each for each in times]
    if further:
        most = np.where(limits > 0, limits, np.inf)
        even = float((base * np.maximum(limits, 0.0)).max(initial=0.0)) / most
        steps = p["project_fit_further"] ** np.arange(p["project_fit_steps"])
        found += [np.maximum(base, even) * max(times) * step for step in steps]
    return found


def singles(pricing: Pricing) -> Columns:
    """Return the fitting works of one lane that are worth most, of each section and each set of years."""
    problem = pricing.problem
    c, limits = problem.choices, problem.limits
    section = problem.section[c.group]
    # a limit below 0 asks for amounts below 0, which pass nothing
    most = np.append(np.where(limits < 0, np.inf, limits), np.inf)
    able = pricing.allowed[section, 0] & problem.whole[c.group] & (c.amount <= most[c.row]).all(axis=1)
    strategy = np.flatnonzero(able & (c.benefit > 0))
    first = section[strategy]
    found = columns_of(problem, first, np.ones(len(first), dtype=np.int64), strategy, np.arange(len(first)))
    found = found.some(fitting(found, limits))
    place = np.column_stack([found.first, problem.years[found.strategy]])
    order = np.lexsort((np.arange(found.count), -found.value))
    return found.some(np.sort(order[np.unique(place[order], axis=0, return_index=True)[1]]))


def fitting(pool: Columns, limits: Floats) -> Ints:
    """Return which projects do not pass a limit each by itself, where none of the others gives anything back."""
    passed = (pool.amount > limits) & (pool.amount >= 0).all(axis=0)
    return np.flatnonzero(~passed.any(axis=1))


def _own(pricing: Pricing, duals: Duals) -> Floats:
    """Return the value of the sections of each stretch by themselves, (S, L)."""
    count, longest = pricing.allowed.shape
    value = np.concatenate([[0.0], np.cumsum(duals.sections)])
    at = np.minimum(np.arange(count)[:, None] + np.arange(1, longest + 1), count)
    return np.asarray(value[at] - value[np.arange(count), None])


def _nearest(priced: Priced, own: Floats, most: int) -> tuple[Ints, Ints, Ints]:
    """Return first sections, lengths and years of the projects that are worth most above their sections' own values."""
    above = priced.worth - own
    each = min(above.size, most)
    order = np.sort(np.argpartition(-above, each - 1, axis=None)[:each])
    order = order[np.isfinite(above.ravel()[order])]
    years, first, length = np.unravel_index(order, above.shape)
    return first, length + 1, years
