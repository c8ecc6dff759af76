"""Growth of traffic: rates from made counts whose rate is known, and sums against the closed form and plain loops."""

import numpy as np
import pandas as pd
import pytest

from pavement.measures.traffic import growth_factor
from pavement.measures.traffic_growth import default_rates, grown, growth_rates, years_before
from pavement.schema import read_table


def counts(rate, *, years=range(2015, 2024), heavy=None, counter="a", **changed):
    """Return counts of cars that grow by `rate` and trucks that grow by `heavy`; changed years as y2020=factor."""
    rows = []
    for vehicle_class, first, growth in (("31", 10_000.0, rate), ("42", 1_000.0, rate if heavy is None else heavy)):
        for year in years:
            aadt = first * (1 + growth) ** (year - 2015) * changed.get(f"y{year}", 1.0)
            rows.append((counter, "N1", "S", 0.0, 1000.0, year, vehicle_class, aadt))
    columns = ["counter", "route", "direction", "from_m", "to_m", "year", "vehicle_class", "aadt"]
    return pd.DataFrame(rows, columns=columns)


def rate_of(traffic, vehicles="light", counter="a"):
    return growth_rates(traffic).set_index(["counter", "vehicles"]).loc[(counter, vehicles)]


@pytest.mark.parametrize("rate", [0.018, 0.0, -0.03])
def test_a_steady_rate_is_found(rate):
    found = rate_of(counts(rate))
    assert found["rate"] == pytest.approx(rate, abs=1e-9)
    assert (found["years"], found["estimated"]) == (9, True)


def test_light_and_heavy_vehicles_have_rates_of_their_own():
    traffic = counts(0.02, heavy=-0.01)
    assert rate_of(traffic)["rate"] == pytest.approx(0.02)
    assert rate_of(traffic, "heavy")["rate"] == pytest.approx(-0.01)


def test_one_year_of_a_pandemic_moves_the_rate_little():
    """A least squares line would tell 1.6 %; the median of slopes stays within a tenth of a per cent of 2 %."""
    assert rate_of(counts(0.02, y2021=0.7))["rate"] == pytest.approx(0.02, abs=0.002)


def test_too_few_years_take_the_default_and_say_so():
    found = rate_of(counts(0.05, years=range(2020, 2024)))
    assert found["rate"] == default_rates()["light"]
    assert (found["years"], found["estimated"]) == (4, False)


def test_a_rate_that_no_road_has_takes_the_default():
    assert not rate_of(counts(0.25))["estimated"]


def test_each_counter_has_its_own_rate():
    both = pd.concat([counts(0.01), counts(0.03, counter="b")])
    assert rate_of(both, counter="a")["rate"] == pytest.approx(0.01)
    assert rate_of(both, counter="b")["rate"] == pytest.approx(0.03)


def test_a_counter_with_two_sections_in_some_years_does_not_double_there():
    split = counts(0.02)
    more = split[split["year"] >= 2020].assign(from_m=1000.0, to_m=2000.0)
    assert rate_of(pd.concat([split, more]))["rate"] == pytest.approx(0.02)


def test_the_default_rates_are_to_confirm():
    table = read_table("traffic_growth")
    assert set(table["vehicles"]) == {"light", "heavy"}
    assert set(table["status"]) == {"to confirm"}


def test_growth_beyond_the_limit_holds():
    np.testing.assert_allclose(grown([0, 1, 10, 11, 40], 0.02), [1, 1.02, 1.02**10, 1.02**10, 1.02**10])
    np.testing.assert_allclose(grown([-1, -40], 0.02), [1 / 1.02, 1.02**-10])


@pytest.mark.parametrize("rate", [0.018, 0.1, -0.05, 0.0])
@pytest.mark.parametrize("years", [1, 7, 20])
def test_the_sum_of_years_is_the_closed_form(rate, years):
    """``((1+g)^n - 1)/g`` of AASHTO, here in loads of the year after the sum: divided by (1+g)^n."""
    closed = years if rate == 0 else ((1 + rate) ** years - 1) / rate
    assert growth_factor(rate, years=years) == pytest.approx(closed)
    assert growth_factor(rate, years=years) == pytest.approx(sum((1 + rate) ** k for k in range(years)))
    assert years_before(years, rate, allowed=99) == pytest.approx(closed / (1 + rate) ** years)


def test_part_of_a_year_and_years_beyond_the_limit_by_hand():
    by_hand = 1 / 1.02 + 1 / 1.02**2 + 0.25 / 1.02**3
    assert years_before(2.25, 0.02, allowed=10) == pytest.approx(by_hand)
    assert years_before(2.25, 0.02, allowed=1) == pytest.approx((1 + 1 + 0.25) / 1.02)
    assert years_before(-3.0, 0.02, allowed=10) == 0
