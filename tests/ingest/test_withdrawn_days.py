"""AADT of counters whose days are withdrawn, put back or corrected: made anew from the days in force, or gone."""

import pandas as pd
import pytest

from ingest.run import ingest_package
from pavement.store import published
from pavement.store.segments import segment_table
from pavement.store.withdrawal import reinstate, withdraw
from sample_data.gantry_counts import expected_days
from tests.ingest.builders import package

from .test_tdcs import FIRST, GANTRIES, archives, listed, sent

__all__ = ["listed"]
KEYS = ["counter", "vehicle_class"]


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """Return daily archives of fifteen days by name."""
    return archives(tmp_path_factory.mktemp("archives"), 15)


@pytest.fixture
def send(listed, settings, tmp_path, packed):
    """Return what sends the days from one to another, under a survey id."""

    def _send(name, first, last):
        names = sorted(packed)[first:last]
        folder = tmp_path / f"{name}-{first}-{last}"
        return sent(listed, settings, folder, {n: packed[n] for n in names}, name=name)

    return _send


def averages(store):
    return published.table(store, "traffic").set_index(KEYS)["aadt"].sort_index()


def true_averages(first, last):
    """Return the mean of the means of each day of the week, of days counted by hand from the made volumes."""
    days = expected_days(GANTRIES, first=FIRST, days=15, seed=4)
    days["day"] = pd.to_datetime(days["day"])
    every = sorted(days["day"].unique())[first:last]
    own = days[days["day"].isin(every)]
    weekday = own.assign(weekday=own["day"].dt.day_name())
    return weekday.groupby([*KEYS, "weekday"])["volume"].mean().groupby(KEYS).mean().sort_index()


def test_an_average_loses_the_days_that_are_withdrawn_and_gets_them_back(listed, send):
    first, second = send("one", 0, 7), send("two", 7, 15)
    both = averages(listed)
    pd.testing.assert_series_equal(both, true_averages(0, 15), check_names=False)
    withdraw(listed, first.run, user="lin", reason="the detector was being tested")
    pd.testing.assert_series_equal(averages(listed), true_averages(7, 15), check_names=False)
    rows = published.table(listed, "traffic")
    said = "8 days in 1 months, no correction for the season, made again from the days in force; section midway"
    assert rows["method"].str.contains(said).all()
    assert set(rows["run"]) == {second.run}
    reinstate(listed, first.run, user="lin", reason="it was not")
    pd.testing.assert_series_equal(averages(listed), both)


def test_what_was_withdrawn_last_leaves_what_stood_before_it(listed, send):
    first = send("one", 0, 7)
    alone = averages(listed)
    second = send("two", 7, 15)
    withdraw(listed, second.run, user="lin", reason="a test")
    pd.testing.assert_series_equal(averages(listed), alone)
    assert set(published.table(listed, "traffic")["run"]) == {first.run}


def test_days_that_no_longer_suffice_leave_no_average_and_no_load(listed, send):
    first, _ = send("one", 0, 4), send("two", 4, 8)
    assert len(averages(listed)) > 0
    assert (segment_table(listed)["esal"] > 0).any()
    withdraw(listed, first.run, user="lin", reason="a test")
    assert published.table(listed, "traffic").empty
    assert segment_table(listed).empty
    # two further days are not enough either, and must not bring the old average back
    send("three", 8, 10)
    assert published.table(listed, "traffic").empty
    send("four", 10, 12)
    pd.testing.assert_series_equal(averages(listed), true_averages(4, 12), check_names=False)


def test_a_corrected_package_takes_its_former_days_out_of_the_average(listed, send):
    send("one", 0, 4)
    send("two", 4, 15)
    send("one", 2, 4)
    pd.testing.assert_series_equal(averages(listed), true_averages(2, 15), check_names=False)


def test_a_sheet_sent_later_stands_over_what_is_made_anew(listed, send, settings, tmp_path):
    first, _ = send("one", 0, 7), send("two", 7, 15)
    text = "counter,route,direction,from_m,to_m,year,vehicle_class,aadt\n01F0105S,N1,S,10000,11000,2024,31,777\n"
    sheet = package(tmp_path / "sheet", {"t.csv": text}, [{"kind": "traffic", "file": "t.csv"}], id="sheet")
    assert ingest_package(sheet, store=listed, settings=settings).state == "published"
    withdraw(listed, first.run, user="lin", reason="a test")
    got = averages(listed)
    assert got["01F0105S", "31"] == 777
    assert got["01F0105S", "42"] == pytest.approx(true_averages(7, 15)["01F0105S", "42"])


def test_other_counters_and_years_stay_as_they_are(listed, send, settings, tmp_path):
    text = "counter,route,direction,from_m,to_m,year,vehicle_class,aadt\n01F0105S,N1,S,10000,11000,2023,31,555\n"
    sheet = package(tmp_path / "sheet", {"t.csv": text}, [{"kind": "traffic", "file": "t.csv"}], id="sheet")
    ingest_package(sheet, store=listed, settings=settings)
    first = send("one", 0, 8)
    withdraw(listed, first.run, user="lin", reason="a test")
    rows = published.table(listed, "traffic")
    assert rows[["year", "aadt"]].to_numpy().tolist() == [[2023, 555]]
