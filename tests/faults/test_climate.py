"""Weather that has gaps, lies or comes from afar: T23 of the acceptance list, through ingest to the segment table."""

import pandas as pd
import pytest

from ingest.run import ingest_package
from pavement.store import published, segments
from tests.ingest.builders import X, Y, package

CELL = "n1-s-1-010000"
EVENT = "route,direction,lane,from_m,to_m,kind,value,surveyed_on\nN1,S,1,10000,10100,iri,1.5,2024-03-02\n"


def climate(served, settings, tmp_path, *, away=0.0, days=None, station_id="A"):
    """Ingest a year of days of one station, `away` metres west, and return the report and the cell's climate."""
    dates = pd.date_range("2024-01-01", "2024-12-31")
    frame = pd.DataFrame({"station": station_id, "date": dates, "temp_max": 24.0, "temp_min": 14.0})
    frame = frame.assign(precipitation_mm=1.0)
    frame = frame if days is None else frame[days(frame["date"])]
    files = {
        "w.csv": frame.to_csv(index=False),
        "s.csv": f"station,name,x,y,elevation_m\nA,a,{X - away},{Y},6\n",
        "e.csv": EVENT,
    }
    data = [{"kind": "weather", "file": "w.csv", "stations": "s.csv"}, {"kind": "events", "file": "e.csv"}]
    report = ingest_package(package(tmp_path / "p", files, data, id="p"), store=served, settings=settings)
    table = segments.provenance(served, CELL)
    return report, table[table["year"] == 2024].set_index("kind")


def test_t23_a_gap_of_over_a_tenth_of_the_days_is_filled_by_rule_and_flagged(served, settings, tmp_path):
    _, got = climate(served, settings, tmp_path, days=lambda d: d.dt.day > 4)
    assert got.loc["rain_mm", "value"] == pytest.approx(366)
    assert got.loc["rain_mm", "quality"] == "estimated"
    assert "far or with gaps" in got.loc["rain_mm", "method"]


def test_t23_a_few_missing_days_are_no_estimate(served, settings, tmp_path):
    _, got = climate(served, settings, tmp_path, days=lambda d: d.dt.day > 2)
    assert got.loc["rain_mm", "value"] == pytest.approx(366)
    assert got.loc["rain_mm", "quality"] == "measured"


def test_t23_a_year_of_half_the_days_has_no_climate(served, settings, tmp_path):
    _, got = climate(served, settings, tmp_path, days=lambda d: d.dt.day > 20)
    assert "rain_mm" not in got.index


@pytest.mark.parametrize(("away", "quality"), [(20_000, "measured"), (60_000, "estimated")])
def test_t23_a_far_station_gives_an_estimate(served, settings, tmp_path, away, quality):
    _, got = climate(served, settings, tmp_path, away=away)
    assert got.loc["temp_mean", "quality"] == quality


def test_t23_a_station_beyond_100_km_gives_no_value(served, settings, tmp_path):
    report, got = climate(served, settings, tmp_path, away=150_000)
    assert report.state == "published"
    assert "temp_mean" not in got.index


def test_t23_days_of_a_station_nobody_knows_are_refused(served, settings, tmp_path):
    report, got = climate(served, settings, tmp_path, station_id="B")
    assert (report.faults["rule"] == "unknown station").sum() == 366
    assert "temp_mean" not in got.index


def test_t23_a_mark_of_codis_is_never_a_dry_day(served, settings, tmp_path):
    lines = [f"{d},20,24,14,x" for d in range(1, 32)]
    files = {
        "466920-2024-01.csv": "ObsTime,Temperature,T Max,T Min,Precp\n" + "\n".join(lines) + "\n",
        "s.csv": f"station,name,x,y\n466920,a,{X},{Y}\n",
    }
    data = [{"kind": "weather", "file": "466920-*.csv", "stations": "s.csv", "options": {"format": "codis"}}]
    ingest_package(package(tmp_path / "p", files, data, id="p"), store=served, settings=settings)
    days = published.table(served, "weather")
    assert len(days) == 31
    assert days["precipitation_mm"].isna().all()
