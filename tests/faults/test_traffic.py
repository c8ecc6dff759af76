"""T22: traffic that cannot be as it says is refused with the sum, and nothing is counted twice."""

import pytest

from ingest.run import ingest_package
from pavement.store import published
from tests.ingest.builders import package

HEADER = "counter,route,direction,from_m,to_m,year,vehicle_class,aadt\n"
SHARES = "counter,route,direction,from_m,to_m,year,vehicle_class,total,share\n"


def ingested(served, settings, folder, sheet, **how):
    data = [{"kind": "traffic", "file": "t.csv", **how}]
    return ingest_package(package(folder, {"t.csv": sheet}, data), store=served, settings=settings)


def shares(*values, counter="C1"):
    classes = ("31", "32", "41", "42", "5")
    rows = zip(classes, values, strict=True)
    return "".join(f"{counter},N1,S,10000,11000,2023,{c},40000,{v}\n" for c, v in rows)


def test_t22_shares_that_do_not_make_100_percent_are_refused_with_their_sum(served, settings, tmp_path):
    good = shares(70, 15, 2, 6, 7, counter="C2").replace("10000,11000", "11000,12000")
    report = ingested(
        served, settings, tmp_path / "t", SHARES + shares(70, 15, 2, 6, 17) + good, options={"shares": True}
    )
    assert set(report.rejected["rule"]) == {"traffic share"}
    assert "110.0 %" in report.rejected["message"].iloc[0]
    kept = published.table(served, "traffic")
    assert set(kept["counter"]) == {"C2"}
    assert kept.set_index("vehicle_class").loc["42", "aadt"] == pytest.approx(2400)
    assert set(kept["method"]) == {"total and class shares"}


def test_t22_shares_that_are_rounded_are_taken(served, settings, tmp_path):
    report = ingested(
        served, settings, tmp_path / "t", SHARES + shares(70.3, 15.1, 2, 6, 7.1), options={"shares": True}
    )
    assert report.rejected.empty


def test_t22_a_truck_share_above_one_is_refused(served, settings, tmp_path):
    sheet = SHARES + shares(0, 0, 0, 0, 130)
    report = ingested(served, settings, tmp_path / "t", sheet, options={"shares": True})
    assert report.state == "refused"
    assert "130" in report.faults["message"].iloc[0]


def test_t22_more_trucks_than_can_be_are_refused_with_the_total(served, settings, tmp_path):
    sheet = HEADER + "C1,N1,S,10000,11000,2023,31,100\nC1,N1,S,10000,11000,2023,42,900\n"
    report = ingested(served, settings, tmp_path / "t", sheet)
    assert report.state == "refused"
    assert "90% of 1,000 vehicles a day" in report.faults["message"].iloc[0]


def test_t22_both_directions_summed_under_each_are_refused_with_the_sum(served, settings, tmp_path):
    rows = "".join(f"C{d},N1,{d},10000,11000,2023,{c},{n}\n" for d in "NS" for c, n in (("31", 30000), ("42", 2000)))
    sound = "".join(
        f"D{d},N1,{d},11000,12000,2023,{c},{n + (d == 'N')}\n" for d in "NS" for c, n in (("31", 15000), ("42", 900))
    )
    report = ingested(served, settings, tmp_path / "t", HEADER + rows + sound)
    assert report.state == "published"
    assert len(report.rejected) == 4
    assert "64,000 vehicles a day together" in report.rejected["message"].iloc[0]
    assert set(published.table(served, "traffic")["counter"]) == {"DN", "DS"}


def test_t22_a_stretch_that_two_counters_count_is_told_of_and_never_added_up(served, settings, tmp_path):
    rows = "C1,N1,S,10000,11000,2023,31,20000\nC2,N1,S,10500,12000,2023,31,22000\n"
    report = ingested(served, settings, tmp_path / "t", HEADER + rows)
    told = report.faults[report.faults["rule"] == "doubtful"]
    assert "C2 + C1 = 42,000" in told["message"].iloc[0]
    assert len(published.table(served, "traffic")) == 2
