"""Daily volumes and yearly averages by hand."""

import numpy as np
import pandas as pd
import pytest

from pavement.measures.annual_average import annual_average, enough, method_of, quality_of
from pavement.measures.gantry_days import daily_volumes, usable_days


def counts(rows: list[tuple[str, str, int, float]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["counter", "vehicle_class", "slot", "volume"])
    return frame.assign(
        counter=pd.Categorical(frame["counter"], ["a", "b"]),
        vehicle_class=pd.Categorical(frame["vehicle_class"], ["31", "42"]),
    )


def found(rows: list[tuple[str, str, int, float]]) -> pd.DataFrame:
    return daily_volumes(counts(rows), slots=4).set_index(["counter", "vehicle_class"])


def test_volumes_are_added_and_missing_intervals_are_coverage() -> None:
    got = found([("a", "31", 0, 5), ("a", "42", 0, 1), ("a", "31", 3, 7), ("b", "31", 1, 2)])
    assert got.loc[("a", "31"), ["volume", "coverage"]].tolist() == [12, 0.5]
    # the class is not listed in the interval, which was seen: there was none
    assert got.loc[("a", "42"), ["volume", "coverage"]].tolist() == [1, 0.5]
    assert got.loc[("b", "31"), ["volume", "coverage"]].tolist() == [2, 0.25]


def test_a_record_that_stands_twice_counts_once() -> None:
    got = found([("a", "31", 0, 5), ("a", "31", 0, 5), ("a", "31", 1, 1)])
    assert got.loc[("a", "31"), ["volume", "coverage", "repeated", "contradicted"]].tolist() == [6, 0.5, 1, 0]


def test_records_that_contradict_each_other_are_not_seen() -> None:
    got = found([("a", "31", 0, 5), ("a", "31", 0, 6), ("a", "42", 0, 9), ("a", "31", 1, 1)])
    assert got.loc[("a", "31"), ["volume", "coverage", "contradicted"]].tolist() == [1, 0.25, 1]
    assert got.loc[("a", "42"), "volume"] == 0


def test_an_interval_with_a_record_that_cannot_be_used_is_not_seen() -> None:
    got = found([("a", "31", 0, np.nan), ("a", "42", 0, 9), ("a", "31", 1, 1)])
    assert got.loc[("a", "31"), ["volume", "coverage"]].tolist() == [1, 0.25]


def test_equals_a_plain_groupby_when_nothing_is_missing() -> None:
    rng = np.random.default_rng(1)
    rows = [(c, k, s, float(rng.poisson(20))) for c in "ab" for k in ("31", "42") for s in range(4)]
    plain = pd.DataFrame(rows).groupby([0, 1])[3].sum()
    got = found(rows)
    np.testing.assert_array_equal(got["volume"].to_numpy(), plain.to_numpy())
    assert (got["coverage"] == 1).all()


def days(first: str, last: str, volume: object = 100.0) -> pd.DataFrame:
    frame = pd.DataFrame({"day": pd.date_range(first, last)}).assign(counter="a", vehicle_class="31", coverage=1.0)
    return frame.assign(volume=volume)


def test_days_seen_in_part_are_brought_to_the_day_or_left_out() -> None:
    few = days("2024-03-01", "2024-03-03", [96.0, 50.0, 0.0]).assign(coverage=[0.96, 0.5, 1.0])
    got = usable_days(few, least=0.95)
    assert got["volume"].tolist() == [100.0]


def test_a_whole_year_of_equal_days_is_that_day() -> None:
    got = annual_average(days("2023-01-01", "2023-12-31")).iloc[0]
    assert (got["aadt"], got["days"], got["months"], got["weekdays"], got["coverage"]) == (100, 365, 12, 7, 1)
    assert got["complete"]


def test_missing_sundays_of_one_month_do_not_shift_the_average() -> None:
    year = days("2023-01-01", "2023-12-31")
    sunday = year["day"].dt.day_of_week == 6
    year["volume"] = np.where(sunday, 30.0, 100.0)
    without = year[~(sunday & (year["day"].dt.month == 5) & (year["day"].dt.day > 7))]
    plain = without["volume"].mean()
    got = annual_average(without).iloc[0]["aadt"]
    assert got == pytest.approx((6 * 100 + 30) / 7)
    assert plain > got


def test_averages_of_the_months_count_alike() -> None:
    year = days("2023-01-01", "2023-12-31")
    year["volume"] = year["day"].dt.month * 10.0
    assert annual_average(year).iloc[0]["aadt"] == pytest.approx(65.0)


def test_a_month_is_an_estimate_that_says_so_and_a_few_days_are_none() -> None:
    month = annual_average(days("2024-03-01", "2024-03-31"))
    assert enough(month).all()
    assert quality_of(month).tolist() == ["estimated"]
    assert method_of(month).iloc[0].endswith("31 days in 1 months, no correction for the season")
    assert month["coverage"].iloc[0] == pytest.approx(31 / 366)
    assert not enough(annual_average(days("2024-03-01", "2024-03-06"))).any()
    # eight days without a Sunday are no week
    weekdays = days("2024-03-01", "2024-03-12").query("day.dt.day_of_week < 6")
    assert not enough(annual_average(weekdays)).any()
