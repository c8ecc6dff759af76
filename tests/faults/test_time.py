"""Faults of time: D1-D4, D6, D7 of the acceptance list, where records, frames and years meet calendars and clocks."""

import datetime as dt
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from ingest.readers.frames import _with_zone
from ingest.run import ingest_package
from pavement.condition.cell_history import decimal_year
from pavement.condition.quality import unexplained_changes
from pavement.dates import parse_date
from pavement.errors import ManifestError, SurveyError
from pavement.schema import check
from pavement.store import published, segments
from sample_data.faulty.files import no_zone
from tests.condition.test_quality import NONE
from tests.condition.test_quality import segments as made_segments
from tests.ingest.builders import package

EVENTS = "route,direction,lane,from_m,to_m,kind,value,quality"


def ingested(served, settings, folder, text, *, kind="events", **survey):
    made = package(folder, {"a.csv": text}, [{"kind": kind, "file": "a.csv"}], **survey)
    return ingest_package(made, store=served, settings=settings)


def test_d1_two_orders_of_day_and_month_in_one_file_are_both_refused(served, settings, tmp_path):
    """D1: 03/04/2021 beside 25/04/2021; no order is guessed, not even where one day tells it."""
    lines = [f"N1,S,1,{m},{m + 100},iri,1.5,measured,{d}" for m, d in ((10000, "03/04/2021"), (10100, "25/04/2021"))]
    report = ingested(served, settings, tmp_path / "p", "\n".join([f"{EVENTS},surveyed_on", *lines]))
    assert report.faults["value"].tolist() == ["03/04/2021", "25/04/2021"]
    assert report.state == "refused"


@pytest.mark.parametrize("text", ["45352", "44000.5", "01/02/68", "1/2/68"])
def test_d2_excel_serials_and_two_digit_years_are_refused(text):
    """D2: a serial day and a year of two digits behind the day are no dates."""
    with pytest.raises(SurveyError):
        parse_date(text)


def test_d2_a_two_digit_year_in_front_is_a_year_of_the_republic():
    """D2: 68/02/01 is ROC 68, 1979, as the agency writes it; never 2068."""
    assert parse_date("68/02/01") == dt.date(1979, 2, 1)


@pytest.mark.parametrize("day", ["2099-01-01", "1900-01-01"])
def test_d3_a_future_day_and_the_year_1900_are_refused(served, settings, tmp_path, day):
    """D3."""
    line = f"N1,S,1,10000,10100,iri,1.5,measured,{day}"
    report = ingested(served, settings, tmp_path / "p", f"{EVENTS},surveyed_on\n{line}\n")
    assert report.faults["column"].tolist() == ["surveyed_on"]
    assert report.state == "refused"


def moments(texts, zone):
    context = SimpleNamespace(manifest=SimpleNamespace(timezone=zone))
    told = _with_zone(pd.Series(texts), context)
    frame = pd.DataFrame({"taken_at": told})
    return [pd.to_datetime(t, utc=True) if "+" in t else None for t in frame["taken_at"]]


def test_d4_the_repeated_and_the_missing_hour_are_not_guessed():
    """D4: 02:30 is twice on the night clocks go back, and never on the night they go forward: both get no zone."""
    texts = ["2023-10-29T02:30:00", "2023-03-26T02:30:00", "2023-10-29T03:30:00"]
    twice, never, plain = moments(texts, "Europe/Berlin")
    assert (twice, never) == (None, None)
    assert plain == pd.Timestamp("2023-10-29T02:30:00Z")


def test_d4_a_time_without_a_zone_is_refused_where_the_manifest_names_none():
    """D4: such a time is a fault of its row."""
    assert moments(["2024-03-02T08:00:00"], "") == [None]
    spec = {
        "frame": "f",
        "route": "N1",
        "direction": "S",
        "lane": "1",
        "measure_m": "1",
        "length_m": "2",
        "file": "a.jpg",
    }
    frame = pd.DataFrame([spec | {"taken_at": "2024-03-02T08:00:00", "area_m2": "1", "usable": "yes"}])
    _, faults = check(frame, "frames", file="p.csv")
    assert "taken_at" in faults["column"].tolist()


def test_d4_a_survey_without_a_zone_is_refused(tmp_path, served, settings):
    """D4: the manifest's own times say their zone, or the package is refused."""
    report = ingest_package(no_zone(tmp_path), store=served, settings=settings)
    assert report.state == "refused"
    assert "zone" in report.message
    assert isinstance(ManifestError("x"), SurveyError)


@pytest.mark.parametrize(("started", "year"), [
    (dt.datetime(2023, 12, 31, 15, 59, tzinfo=dt.UTC), 2023), (dt.datetime(2023, 12, 31, 16, 1, tzinfo=dt.UTC), 2024),
])  # fmt: skip
def test_d6_a_survey_over_new_year_counts_by_the_agency_s_own_clock(served, settings, tmp_path, started, year):
    """D6: one rule, the setting timezone: 16:00 UTC is midnight in Taipei."""
    text = f"{EVENTS}\nN1,S,1,10000,10100,iri,1.5,measured\n"
    ended = started + dt.timedelta(hours=5)
    report = ingested(served, settings, tmp_path / "p", text, started=started, ended=ended)
    assert report.state == "published", report.text()
    assert published.table(served, "cell_values")["year"].tolist() == [year]


def test_d6_each_record_of_a_survey_over_new_year_has_its_own_year(served, settings, tmp_path):
    """D6: rows that name their day count in that day's calendar year."""
    days = ((10000, "2023-12-31"), (10100, "2024-01-01"))
    lines = [f"N1,S,1,{m},{m + 100},iri,1.5,measured,{d}" for m, d in days]
    ingested(served, settings, tmp_path / "p", "\n".join([f"{EVENTS},surveyed_on", *lines]))
    values = published.table(served, "cell_values").sort_values("cell")
    assert values["year"].tolist() == [2023, 2024]


def test_d7_leap_days_count_to_the_day():
    """D7: 29 February is a day of leap years only, and ages are right to the day around it."""
    assert parse_date("113/02/29") == dt.date(2024, 2, 29)
    with pytest.raises(SurveyError):
        parse_date("2023-02-29")
    days = pd.Series(pd.to_datetime(["2024-02-29", "2024-03-01", "2024-12-31", "2025-01-01"]))
    steps = np.diff(decimal_year(days)) * 366
    assert steps[0] == pytest.approx(1.0)
    assert steps[2] == pytest.approx(1.0)


def test_d7_a_year_without_a_survey_is_no_zero(served, settings, tmp_path):
    """D7: years missing from a series stay missing: no row, and the change spans the gap."""
    lines = [f"N1,S,1,10000,10100,iri,{v},measured,{d}" for v, d in ((1.5, "2020-03-01"), (1.9, "2023-03-01"))]
    ingested(served, settings, tmp_path / "p", "\n".join([f"{EVENTS},surveyed_on", *lines]))
    table = segments.segment_table(served)
    seen = table[(table["cell"] == "n1-s-1-010000") & table["iri"].notna()]
    assert seen["year"].tolist() == [2020, 2023]
    assert (seen["iri"] > 0).all()


def test_p9_p10_better_without_work_and_work_without_effect_are_flagged():
    """P9, P10: unrecorded work or error; what is flagged teaches no model (tests/models) until it is settled."""
    better = unexplained_changes(made_segments(iri=[2.0, 1.0]), NONE)
    assert better["finding"].tolist() == ["unrecorded work or error"]
    from tests.condition.test_quality import repaired

    idle = unexplained_changes(made_segments(iri=[3.0, 3.1]), repaired("2020-10-01"))
    assert idle["finding"].tolist() == ["work without effect"]
