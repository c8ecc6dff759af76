"""The choice against brute force and against the linear programme of another solver."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from pavement.errors import PlanError
from pavement.planning.choices import Choices, choices
from pavement.planning.economics import parameters
from pavement.planning.exchange import exchanged
from pavement.planning.prices import improved, row_prices
from pavement.planning.repair import feasible
from pavement.planning.sifting import relaxed
from pavement.planning.solution import proven, solved
from pavement.planning.windows import windowed
from tests.examples import examples


def instance(groups: int, most: int, *, years: int = 3, seed: int = 0) -> Choices:
    """Return made strategies: up to `most` a group, one or two works each."""
    rng = np.random.default_rng(seed)
    rows = []
    for unit in range(groups):
        for _ in range(rng.integers(1, most + 1)):
            first = int(rng.integers(0, years))
            pair = bool(rng.random() < 0.3 and first + 1 < years)
            cost = rng.integers(1, 40, 2).astype(float)
            rows.append(
                {
                    "unit": unit,
                    "first_year": first,
                    "second_year": int(rng.integers(first + 1, years)) if pair else -1,
                    "first_cost": cost[0],
                    "second_cost": cost[1] if pair else 0.0,
                    "benefit": float(np.round(cost[0] * rng.lognormal(0, 0.5), 3)),
                    "committed": False,
                }
            )
    frame = pd.DataFrame(rows)
    frame = frame.assign(cost=frame["first_cost"] + frame["second_cost"]).sort_values(
        ["unit", "cost"], ignore_index=True
    )
    return choices(frame, years=years)


def best_by_hand(c: Choices, budgets: np.ndarray) -> float:
    """Return the largest benefit over every combination."""
    options = [[-1, *np.flatnonzero(c.group == g)] for g in range(c.groups)]
    best = 0.0
    for combination in itertools.product(*options):
        taken = np.array(combination)
        if (c.usage(taken) <= budgets).all():
            best = max(best, c.value(taken))
    return best


@settings(max_examples=examples(40), deadline=None)
@given(seed=st.integers(0, 10**6), groups=st.integers(1, 5), budget=st.integers(0, 80))
def test_tiny_instances_reach_the_optimum_of_brute_force(seed: int, groups: int, budget: int) -> None:
    c = instance(groups, 4, seed=seed)
    money = np.full(3, float(budget))
    optimum = best_by_hand(c, money)
    p = parameters()
    answer = solved(c, money, parameters=p)
    assert answer.value == pytest.approx(optimum, rel=p["gap"] + 1e-9)
    assert answer.bound >= optimum * (1 - 1e-9)
    assert (c.usage(answer.taken) <= money).all()


@settings(max_examples=examples(25), deadline=None)
@given(seed=st.integers(0, 10**6), budget=st.integers(0, 300))
def test_bound_at_any_prices_is_above_any_plan(seed: int, budget: int) -> None:
    c = instance(12, 6, seed=seed)
    money = np.full(3, float(budget))
    rng = np.random.default_rng(seed)
    taken = feasible(c, money, rng.random(3))
    assert (c.usage(taken) <= money).all()
    for prices in (np.zeros(3), rng.random(3), relaxed(c, money, np.ones(3)).prices):
        assert c.bound(prices, money) >= c.value(taken) - 1e-9


def test_bound_from_prices_is_the_optimum_of_the_linear_programme() -> None:
    """An independent solver's optimum: by duality both are equal."""
    c = instance(30, 6, seed=5)
    money = np.array([150.0, 90.0, 200.0])
    rows = np.zeros((c.groups + 3, len(c.benefit)))
    rows[c.group, np.arange(len(c.benefit))] = 1
    for slot in (0, 1):
        has = np.flatnonzero(c.row[:, slot] < 3)
        rows[c.groups + c.row[has, slot], has] += c.amount[has, slot]
    limits = np.concatenate([np.ones(c.groups), money])
    other = linprog(-c.benefit, A_ub=rows, b_ub=limits, bounds=(0, 1), method="highs-ipm")
    assert c.bound(relaxed(c, money, np.ones(3)).prices, money) == pytest.approx(-other.fun, rel=1e-6)


def test_cutting_planes_lower_the_bound_of_poor_prices_to_that_of_the_programme() -> None:
    c = instance(60, 6, seed=7)
    money = np.array([150.0, 250.0, 200.0])
    target = c.bound(relaxed(c, money, np.ones(3)).prices, money)
    poor = np.full(3, 2.0)
    assert c.bound(poor, money) > target * 1.02
    assert c.bound(improved(c, money, poor, steps=60), money) == pytest.approx(target, rel=2e-3)


def test_prices_of_a_sample_are_near_those_of_the_whole() -> None:
    c = instance(400, 6, seed=9)
    money = np.array([1500.0, 1000.0, 1200.0])
    sampled = row_prices(c, money, sample=100, steps=40)
    assert c.bound(sampled, money) == pytest.approx(c.bound(relaxed(c, money, np.ones(3)).prices, money), rel=2e-3)


def test_windows_of_two_years_reach_what_all_ways_within_two_years_reach() -> None:
    c = instance(5, 4, years=2, seed=3)
    money, prices = np.array([40.0, 30.0]), np.ones(2)
    p = parameters() | {"gap": 0.0, "window_rounds": 2}
    found = windowed(c, money, prices, np.full(5, -1), bound=c.bound(prices, money), parameters=p)
    assert c.value(found) == pytest.approx(best_by_hand(c, money))
    assert (c.usage(found) <= money).all()


def test_windows_take_up_money_that_exchanges_leave_and_touch_no_other_year() -> None:
    c = instance(60, 8, years=5, seed=2)
    money = np.full(5, 150.0)
    prices = relaxed(c, money, np.ones(5)).prices
    bound, before = c.bound(prices, money), feasible(c, money, prices)
    p = parameters() | {"gap": 0.0, "window_rounds": 1, "window_rows": 2}
    once, again = (windowed(c, money, prices, before, bound=bound, parameters=p) for _ in range(2))
    assert (once == again).all()
    assert c.value(once) > c.value(before)
    assert (c.usage(once) <= money).all()
    assert (c.usage(once) > c.usage(before)).sum() <= 2


def test_exchanges_never_lower_the_value_nor_break_a_budget() -> None:
    c = instance(80, 6, seed=11)
    money = np.array([300.0, 260.0, 280.0])
    prices = relaxed(c, money, np.ones(3)).prices
    before = feasible(c, money, prices)
    after = exchanged(c, money, before, c.reduced(prices), moves=300, sweeps=20)
    assert c.value(after) >= c.value(before)
    assert (c.usage(after) <= money).all()


def test_o4_of_equal_gain_the_cheaper_is_chosen() -> None:
    frame = pd.DataFrame(
        {
            "unit": [0, 0],
            "first_year": [0, 0],
            "second_year": [-1, -1],
            "first_cost": [10.0, 12.0],
            "second_cost": 0.0,
            "benefit": [5.0, 5.0],
            "committed": False,
        }
    )
    answer = solved(choices(frame, years=1), np.array([100.0]), parameters=parameters())
    assert answer.taken.tolist() == [0]


def test_repair_gives_work_up_where_every_other_year_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prices of nothing in one year draw all work there; all of it must come back within every budget."""
    monkeypatch.setattr("pavement.planning.repair._MOST", 5)
    c = instance(300, 6, seed=13)
    money = np.array([20.0, 700.0, 20.0])
    taken = feasible(c, money, np.array([0.0, 5.0, 5.0]))
    assert (c.usage(taken) <= money).all()
    assert c.value(taken) > 0


def test_a_plan_above_its_bound_is_refused_but_for_what_float_loses() -> None:
    assert proven(1e6 + 1e-4, 1e6) == 1e6 + 1e-4
    assert proven(-1e6, -9e5) == -9e5
    for value, bound in ((1e6 + 1e-2, 1e6), (-9e5, -1e6), (0.1, 0.0)):
        with pytest.raises(PlanError, match="worth more than its proven bound"):
            proven(value, bound)
