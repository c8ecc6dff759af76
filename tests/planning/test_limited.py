"""Limits of any kind against brute force, what cannot be met, the least cost of a target, and the checker."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pavement.errors import PlanError
from pavement.planning.checker import breaches
from pavement.planning.choices import Choices
from pavement.planning.economics import parameters
from pavement.planning.objectives import evaluated, least_cost, with_floor
from pavement.planning.sifting import relaxed, shortfall
from pavement.planning.solution import solved
from tests.examples import examples
from tests.planning.made_instances import best_of_all, made_table

P = parameters()


def with_rows(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return a table with two more rows: an amount of either sign, and one below 0 as of a floor."""
    rng = np.random.default_rng(seed)
    count = len(table)
    return table.assign(
        either=rng.integers(-9, 10, count).astype(float), floor=-rng.integers(0, 9, count).astype(float)
    )


def arranged(table: pd.DataFrame) -> Choices:
    """Return a table as choices; every column after the third is a row, each with a slot of its own."""
    amount = table.iloc[:, 3:].to_numpy(float)
    group = pd.factorize(table["unit"])[0]
    first = np.flatnonzero(np.diff(group, prepend=-1))
    row = np.where(amount == 0, amount.shape[1], np.arange(amount.shape[1]))
    return Choices(table["benefit"].to_numpy(), row, amount, group, first, np.zeros(len(first), bool), amount.shape[1])


def limits_of(table: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Return limits about halfway: some instances can keep them and some cannot."""
    used = table.iloc[:, 3:].to_numpy(float)
    return np.floor(rng.uniform(0.1, 0.7, used.shape[1]) * used.sum(axis=0) / 2)


@settings(max_examples=examples(40), deadline=None)
@given(seed=st.integers(0, 10**6))
def test_o6_limits_of_any_sign_reach_brute_force_or_are_refused_rightly(seed: int) -> None:
    table = with_rows(made_table(5, 3, seed=seed), seed)
    c, limits = arranged(table), limits_of(table, np.random.default_rng(seed))
    best = best_of_all(table, limits)
    try:
        answer = solved(c, limits, parameters=P)
    except PlanError:
        assert best == -np.inf
        return
    assert answer.bound >= best - 1e-9 * abs(best)
    assert answer.value == pytest.approx(best, rel=2 * P["gap"], abs=1e-9)
    assert (c.usage(answer.taken) <= limits).all()


def test_what_cannot_be_met_is_named_with_how_much() -> None:
    """Every unit at its best toward the floor gives 30 of 100; one limit against nothing."""
    table = pd.DataFrame({"unit": ["a", "b"], "strategy": "s", "benefit": 1.0, "cost_1": 5.0, "floor": [-10.0, -20.0]})
    with pytest.raises(PlanError, match=r"Missed at least, all together: poor share of 2030 by 70\."):
        solved(arranged(table), np.array([100.0, -100.0]), parameters=P, names=["budget", "poor share of 2030"])


def test_limits_against_each_other_are_told_together() -> None:
    table = pd.DataFrame({"unit": ["a"], "strategy": "s", "benefit": 1.0, "cost_1": 8.0, "floor": -10.0})
    c = arranged(table)
    with pytest.raises(PlanError, match=r"budget by \d+|floor by \d+"):
        solved(c, np.array([4.0, -10.0]), parameters=P, names=["budget", "floor"])
    assert shortfall(c, np.array([8.0, -10.0]), np.zeros(2)).short == pytest.approx([0, 0], abs=1e-6)


def test_bound_of_the_sifted_programme_holds_for_thirty_limits_and_the_gap_is_small() -> None:
    table = made_table(300, 12, years=10, seed=2)
    rng = np.random.default_rng(2)
    more = {f"floor_{k}": -table["cost_1"].to_numpy() * (np.arange(len(table)) % 7 == k) for k in range(7)}
    more |= {f"cap_{k}": rng.integers(0, 9, len(table)).astype(float) for k in range(13)}
    table = table.assign(**more)
    c = arranged(table)
    budget = np.full(10, 600.0)
    quick = P | {"exact_nodes": 10, "gap": 0.005}
    free = solved(arranged(table.iloc[:, :13]), budget, parameters=quick)
    used = c.usage(free.taken)
    share = np.array([1.5, *[0.8] * 6])
    limits = np.concatenate([budget, np.floor(share * used[10:17]), np.floor(0.8 * used[17:])])
    answer = solved(c, limits, parameters=quick)
    assert answer.gap < 0.01
    assert answer.bound <= free.bound * (1 + 1e-9)
    assert (evaluated(c, limits, answer.taken)["over"] == 0).all()
    chosen = table.iloc[answer.taken[answer.taken >= 0]]
    assert breaches(chosen, table, pd.Series(limits, index=table.columns[3:]), value=answer.value).empty


def test_least_cost_that_holds_a_gain_is_that_of_brute_force() -> None:
    table = made_table(5, 3, seed=21)
    gain = table["benefit"].to_numpy()
    target = 0.6 * table.groupby("unit")["benefit"].max().sum()
    c, limits = with_floor(arranged(table), np.full(3, np.inf), gain, at_least=target)
    answer = solved(least_cost(c, budgets=3), limits, parameters=P)
    held = table.iloc[answer.taken[answer.taken >= 0]]
    assert held["benefit"].sum() >= target
    costs = table.iloc[:, 3:].sum(axis=1)
    priced = table.assign(benefit=-costs, gain=-gain)
    assert answer.value == pytest.approx(best_of_all(priced, np.array([np.inf] * 3 + [-target])), rel=2 * P["gap"])
    assert held.iloc[:, 3:].to_numpy().sum() == pytest.approx(-answer.value)


def test_a_sifted_bound_is_never_above_that_of_its_first_prices() -> None:
    table = made_table(60, 6, seed=22)
    c, money = arranged(table), np.array([200.0, 150.0, 220.0])
    first = np.ones(3)
    assert relaxed(c, money, first).bound <= c.bound(first, money)


def test_the_checker_finds_what_a_plan_breaks() -> None:
    table = pd.DataFrame(
        {"unit": ["a", "a", "b"], "strategy": ["s", "t", "s"], "benefit": [1.0, 2.0, 3.0], "cost_1": [0.1, 0.2, 0.2]}
    )
    limits = pd.Series({"cost_1": 0.3})
    assert breaches(table.iloc[[0, 2]], table, limits, value=4.0).empty
    over = breaches(table.iloc[[1, 2]], table, limits)
    assert over["message"].tolist() == ["cost_1 is passed by 0.1."]
    assert breaches(table.iloc[[0, 1]], table, limits)["limit"].tolist() == ["unit"]
    assert breaches(table.iloc[[2]].assign(strategy="x"), table, limits)["limit"].tolist() == ["strategy"]
    assert breaches(table.iloc[[0]], table, limits, value=2.0)["limit"].tolist() == ["benefit"]
