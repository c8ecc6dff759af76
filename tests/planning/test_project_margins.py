"""What a work gains within projects, against all projects written out one by one."""

from dataclasses import replace

import numpy as np
import pytest

from pavement.planning.project_columns import Pricing
from pavement.planning.project_enumeration import all_projects
from pavement.planning.project_margins import within_projects
from pavement.planning.project_ways import Ways
from pavement.planning.projects import Columns, Problem
from pavement.planning.turning_prices import ahead, turning_within
from tests.planning.test_projects import made

PRICES = np.array([0.7, 0.4, 0.2])


def best_sets(problem: Problem, every: Columns, net: np.ndarray, *, held: np.ndarray) -> float:
    """Return the best net value of projects that do not overlap and reach all sections held."""
    count = problem.sections.count
    value = np.append(np.full(count, -np.inf), 0.0)
    for at in range(count - 1, -1, -1):
        own = every.first == at
        ends = [value[at + 1]] if not held[at] else []
        value[at] = max([*ends, *(net[own] + value[at + every.length[own]])], default=-np.inf)
    return float(value[0])


def brute(problem: Problem, group: int, strategy: int, prices: np.ndarray = PRICES) -> float:
    """Return the best value of all projects given that a group takes a strategy, -1 for no work."""
    every = all_projects(problem, most=10**6)
    net = every.value - every.amount @ prices
    section, c = problem.section[group], problem.choices
    mine = c.group[every.strategy] == group
    has = np.bincount(every.project, mine, minlength=every.count) > 0
    takes = np.bincount(every.project, every.strategy == strategy, minlength=every.count) > 0
    covers = (every.first <= section) & (section < every.first + every.length)
    held = problem.forced.copy()
    others = problem.section[c.forced & (np.arange(c.groups) != group)]
    held[section] = strategy >= 0 or section in others
    usable = np.flatnonzero(~covers | (takes if strategy >= 0 else ~has))
    return best_sets(problem, every.some(usable), net[usable], held=held)


@pytest.mark.parametrize("decided", [[], [0, 3], [2, 4]])
@pytest.mark.parametrize("seed", [2, 5, 11])
def test_a_work_gains_the_best_of_all_projects_with_it_less_the_best_without(seed: int, decided: list[int]) -> None:
    problem = made([[1.5, 1, 2], [1.5, 2]], seed=seed)
    forced = np.zeros(problem.choices.groups, dtype=bool)
    # what is decided along a part of a section is a project of its own
    forced[decided] = problem.whole[decided]
    problem = replace(problem, choices=replace(problem.choices, forced=forced))
    c = problem.choices
    # dear money: what is decided is then done at a loss
    prices = PRICES * (3 if decided else 1)
    found = within_projects(Ways(problem), prices)
    told = found.net()
    for group, first in enumerate(c.first):
        own = np.arange(first, np.append(c.first, len(c.group))[group + 1])
        whole = np.array([brute(problem, group, strategy, prices) for strategy in own])
        # against no work, or where that may not be against the best of its works
        base, zero = (whole.max(), told[own].max()) if forced[group] else (brute(problem, group, -1, prices), 0.0)
        np.testing.assert_allclose(told[own] - zero, whole - base, atol=1e-9)
    assert np.isfinite(told).any()


@pytest.mark.parametrize("seed", [2, 5])
def test_who_does_what_is_best_reaches_the_bound_of_the_pricing_at_any_prices(seed: int) -> None:
    problem = made([[3, 2], [2.5, 1, 1.5]], seed=seed)
    c, ways, known = problem.choices, Ways(problem), None
    chain = problem.sections.chain[problem.section]
    # the later prices differ in one year, so that less is reckoned anew
    for prices in (PRICES, PRICES * [1, 2, 1], PRICES * [0, 2, 1]):
        known = within_projects(ways, prices, known)
        best = known.idle + np.maximum(np.maximum.reduceat(known.net(), c.first), 0.0)
        whole = np.full(2, -np.inf)
        np.maximum.at(whole, chain, best)
        np.testing.assert_allclose(best, whole[chain])
        assert whole.sum() + prices @ problem.limits == pytest.approx(Pricing(problem).priced(prices).bound)


def test_what_a_work_itself_costs_more_it_gains_less_and_its_other_works_gain_the_same() -> None:
    """So the cost at which another choice is as good, and gains of works in another condition, are exact."""
    problem = made([[1.5, 1, 2], [1.5, 2]], seed=2)
    c, before = problem.choices, within_projects(Ways(problem), PRICES).net()
    strategy = int(np.argmax(before))
    benefit = c.benefit - 7.0 * (np.arange(len(c.benefit)) == strategy)
    after = within_projects(Ways(replace(problem, choices=replace(c, benefit=benefit))), PRICES).net()
    own = c.group == c.group[strategy]
    np.testing.assert_allclose(after[own], (before - (c.benefit - benefit))[own])


def test_gains_of_works_that_are_not_there_are_those_they_would_have() -> None:
    """Another mobilisation, between those there are or beyond, against the problem that holds it."""
    problem = made([[1.5, 1, 2], [1.5, 2]], seed=2)
    c, within = problem.choices, within_projects(Ways(problem), PRICES)
    for own in (1.0, 5.0, 9.0, 20.0):
        for strategy in range(0, len(c.benefit), 3):
            mobilisation = problem.crew.mobilisation.copy()
            mobilisation[strategy] = own * (c.row[strategy, :2] < 2)
            other = replace(problem, crew=replace(problem.crew, mobilisation=mobilisation))
            years = np.where(c.row[[strategy], :2] < 2, c.row[[strategy], :2], -1)
            told = within.gains(c.group[[strategy]], years, mobilisation[[strategy]], within.reduced[[strategy]])
            assert told[0] == pytest.approx(within_projects(Ways(other), PRICES).net()[strategy])


def test_the_answer_turns_at_the_price_told() -> None:
    problem = made([[1.5, 1, 2], [1.5, 2]], seed=2)
    c, within = problem.choices, within_projects(Ways(problem), PRICES)
    chosen = c.leading(within.net())
    acting = within.net()[chosen] > 0
    step = c.row[chosen, 0].astype(np.int64)
    low, high, tried = turning_within(within, chosen, acting, step)

    def lead(group: int, price: float) -> float:
        prices = PRICES.copy()
        prices[step[group]] = price
        ends = np.append(c.first, len(c.group))
        own = range(ends[group], ends[group + 1])
        told = {s: brute(problem, group, s, prices) for s in [-1, *own]}
        mine = told.pop(int(chosen[group]) if acting[group] else -1)
        return mine - max(told.values())

    turned = 0
    for group in range(c.groups):
        for price, way in ((high[group], 1), (low[group], -1)):
            if price > 0:
                # between the prices tried the lead is taken to run straight: one step is a ratio of 1.15
                assert lead(group, price * 1.15**-way) >= -1e-9
                assert lead(group, price * 1.15**way) < 0
                turned += 1
        if acting[group] and np.isnan(high[group]):
            assert lead(group, tried[group]) >= -1e-9
    assert turned > 2
    assert (ahead(c, within.net(), chosen, acting) >= 0).all()
