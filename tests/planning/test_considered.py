"""What was considered and what would change the answer, held against the strategies of each unit one by one."""

import numpy as np
import pandas as pd
import pytest

from pavement.planning.basis import basis
from pavement.planning.condition_margins import alone, best_of, nearest_change, shifted
from pavement.planning.optimise import plan
from pavement.planning.treatments import catalogue
from pavement.planning.why_case import Case
from pavement.planning.why_words import why_told
from tests.planning.conftest import make_units, money, straight_lines

UNITS = make_units(25, seed=3)
RULES = catalogue()


@pytest.fixture(scope="module")
def made():
    return plan(UNITS, budgets=money(4e6), forecast=straight_lines, catalogue=RULES, discount_rate=0.03)


@pytest.fixture(scope="module")
def every(made):
    """Return all strategies with their units, calendar years and net gains, reckoned apart."""
    ready = basis(UNITS, years=range(2026, 2031), forecast=straight_lines, catalogue=RULES, discount_rate=0.03)
    table = ready.strategies.copy()
    price = np.append(made.prices.to_numpy(), 0.0)
    table["net"] = (
        table["benefit"]
        - price[table["first_year"]] * table["first_cost"]
        - price[table["second_year"]] * table["second_cost"]
    )
    return table.assign(unit=UNITS["unit"].to_numpy()[table["unit"]], begins=table["first_year"] + 2026)


def test_net_gain_is_benefit_less_the_price_of_money(made):
    told = made.considered
    np.testing.assert_allclose(told["net"], told["benefit"] - told["money"], rtol=1e-9, atol=1e-3)
    first = told["first_cost"] * made.prices.reindex(told["first_year"]).to_numpy()
    second = told["second_cost"] * made.prices.reindex(told["second_year"].fillna(2026)).to_numpy()
    np.testing.assert_allclose(told["money"], first + second, rtol=1e-9, atol=1e-6)


def test_the_best_the_chosen_and_the_years_beside_are_kept(made, every):
    for unit, own in made.considered.groupby("unit"):
        whole = every[every["unit"] == unit]
        assert own["net"].max() == pytest.approx(whole["net"].max())
        assert own["net"].is_monotonic_decreasing
        works = made.actions[made.actions["unit"] == unit].sort_values("year")
        assert own["taken"].sum() == (len(works) > 0)
        if len(works):
            assert own.loc[own["taken"], "first_year"].iloc[0] == works["year"].iloc[0]
            for beside in (-1, 1):
                near = whole[whole["begins"] == works["year"].iloc[0] + beside]
                kept = own[own["first_year"] == works["year"].iloc[0] + beside]
                assert len(near) == 0 or kept["net"].max() == pytest.approx(near["net"].max())
    assert made.considered.groupby("unit").size().max() <= 8


def test_the_answer_turns_at_the_prices_told(made, every):
    """At a price of money a hair beyond the range another strategy of the length is ahead, a hair within none is."""
    turned = 0
    for row in made.margins.query("taken and lead > 0").to_dict("records"):
        own = every[every["unit"] == row["unit"]]
        used = own["first_cost"].where(own["begins"] == row["year"], 0.0)
        mine = (own["first"] == row["first"]) & (own["begins"] == row["year"]) & (own["second"] == row["second"])
        mine &= own["second_year"] == (-1 if np.isnan(row["second_year"]) else row["second_year"] - 2026)
        assert mine.sum() == 1

        def best(price, own=own, used=used, mine=mine, now=row["price"]):
            net = own["net"] - (price - now) * used
            return net[mine].iloc[0] >= max(net[~mine].max(), 0.0)

        high = row["price_high"]
        if np.isfinite(high):
            assert best(high * (1 - 1e-6))
            assert not best(high * (1 + 1e-6))
            turned += 1
        if row["price_low"] > 0:
            assert best(row["price_low"] * (1 + 1e-6))
            assert not best(row["price_low"] * (1 - 1e-6))
    assert turned


def test_the_answer_turns_at_the_cost_told(made, every):
    for row in made.margins.query("lead > 0 and limit_cost > 0").to_dict("records"):
        own = every[every["unit"] == row["unit"]]
        change = row["price"] * (row["limit_cost"] - row["cost"])
        if row["taken"]:
            rest = own["net"].sort_values().iloc[:-1].max() if len(own) > 1 else 0.0
            assert row["net"] - change == pytest.approx(max(rest, 0.0), abs=1e-3)
        else:
            assert row["net"] - change == pytest.approx(0.0, abs=1e-3)


def test_a_shift_of_the_condition_that_changes_the_best_is_the_smallest_tried(made):
    ready = basis(UNITS, years=range(2026, 2031), forecast=straight_lines, catalogue=RULES, discount_rate=0.03)
    from pavement.planning.condition_margins import _best_at

    prices, none = alone(made.prices.to_numpy()), np.empty(0, dtype=np.int64)
    base = _best_at(ready, 0.0, prices, none, True)
    found = {s: _best_at(ready, s, prices, none, True) for s in (0.1, 0.2)}
    told = made.margins.set_index("unit")["worse"].reindex(UNITS["unit"]).to_numpy()
    known = UNITS["unit"].isin(made.margins["unit"]).to_numpy()
    differs = {s: (f.to_numpy(object) != base.to_numpy(object)).any(axis=1) for s, f in found.items()}
    np.testing.assert_array_equal(told[known] == 0.1, differs[0.1][known])
    np.testing.assert_array_equal(told[known] == 0.2, (differs[0.2] & ~differs[0.1])[known])
    assert differs[0.1].any()


def test_shifts_make_all_forecast_values_worse_by_one_share():
    ready = basis(UNITS, years=range(2026, 2031), forecast=straight_lines, catalogue=RULES, discount_rate=0.03)
    worse = shifted(ready.look, 0.2)
    np.testing.assert_allclose(worse.untreated["iri"], 1.2 * ready.look.untreated["iri"])
    np.testing.assert_array_equal(worse.age, ready.look.age)


def test_the_best_of_a_unit_is_no_work_where_nothing_gains():
    table = pd.DataFrame(
        {"unit": [0, 0, 2], "first": ["a", "b", "a"], "first_year": [0, 1, 2], "second": "", "second_year": -1}
    )
    best = best_of(table, np.array([1.0, 2.0, -1.0]), count=3, forced=np.empty(0, dtype=np.int64))
    assert best["first"].tolist() == ["b", "", ""]
    forced = best_of(table, np.array([1.0, 2.0, -1.0]), count=3, forced=np.array([2]))
    assert forced["first"].tolist() == ["b", "", "a"]
    told = nearest_change({0.1: best, -0.1: forced}, best)
    assert told["worse"].isna().all()
    assert told["better"].isna().tolist() == [True, True, False]
    assert told.loc[2, "better_first"] == "a"
    assert list(best.columns) == ["first", "first_year", "second", "second_year"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_words_hold_the_numbers_they_speak_of(made, language):
    by_unit = made.margins.set_index("unit")
    names = RULES.treatments[language].to_dict()
    for taken in (True, False):
        row = made.margins[(made.margins["taken"] == taken) & (made.margins["lead"] > 0)].iloc[0]
        own = made.considered[made.considered["unit"] == row["unit"]].reset_index(drop=True)
        beside = {"before": {}, "after": by_unit.iloc[1].to_dict()}
        told = why_told(Case(own, row.to_dict(), beside, {}, names, "benefit", language))
        text = " ".join(f"{one.question} {one.answer}" for one in told)
        assert f"{row['cost'] / 1000:,.0f}" in text
        assert f"{row['limit_cost'] / 1000:,.0f}" in text
        assert f"{row['price']:.3f}" in text
        assert f"{by_unit.iloc[1]['cost'] / 1000:,.0f}" in text
        assert names[by_unit.iloc[1]["first"]].lower() in text.lower()
        assert len(told) == (5 if taken else 4)
