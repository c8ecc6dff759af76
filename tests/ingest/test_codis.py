"""Files of CODiS: days, hours, both generations of names, and the marks among the numbers."""

import datetime as dt
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ingest.manifest import Data, read_manifest
from ingest.readers import weather
from ingest.readers.codis_marks import marked, spread
from ingest.readers.reading import Context, Reading
from ingest.run import ingest_package
from ingest.work import Work
from pavement.errors import PavementError
from pavement.progress import silent
from pavement.store import published, segments
from sample_data.manifest import write_manifest
from tests.examples import examples
from tests.ingest.builders import SURVEY, X, Y, kept_file, package, settings_at

STATIONS = pd.DataFrame({"station": ["466920"], "x": [X], "y": [Y], "elevation_m": [6.0]})
OLD = "ObsTime,StnPres,Temperature,T Max,T Min,RH,Precp\n"
NEW = "StationID,DataDate,MeanAirTemperature,MaxAirTemperature,MinAirTemperature,Precipitation\n"


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    """Return a folder, settings and a manifest."""
    folder = tmp_path_factory.mktemp("codis")
    write_manifest(folder, survey=SURVEY, data=[{"kind": "weather", "file": "a.csv"}])
    return folder, settings_at(folder / "home"), read_manifest((folder / "manifest.toml").read_bytes())


def read(ground, content, *, name="466920-2024-01.csv", **options) -> Reading:
    folder, chosen, manifest = ground
    given = content if isinstance(content, dict) else {name: content}
    files = [kept_file(folder / f"{i}.csv", text, name=n) for i, (n, text) in enumerate(given.items())]
    data = Data("weather", {"file": "*.csv"}, options={"format": "codis"} | options)
    known = {"stations": STATIONS}.get
    today = dt.date(2025, 1, 1)
    return weather.read(
        Context(manifest, data, {"file": files}, True, None, known, chosen, silent, today, Work(folder))
    )


def days_of(reading: Reading) -> pd.DataFrame:
    assert reading.faults.empty or set(reading.faults["rule"]) <= {"special marks", "fewer", "unused column"}
    return reading.tables["weather"].set_index(pd.to_datetime(reading.tables["weather"]["date"]).dt.strftime("%m-%d"))


def test_days_of_the_old_service_take_station_and_month_from_the_name(ground):
    got = days_of(read(ground, OLD + "1,1010,15.0,20.5,10.5,80,12.5\n2,1011,14,19,9,81,0.0\n"))
    assert got["station"].tolist() == ["466920"] * 2
    assert got.loc["01-01", ["temp_max", "temp_min", "precipitation_mm", "flag"]].tolist() == [20.5, 10.5, 12.5, ""]
    assert got.index.tolist() == ["01-01", "01-02"]


def test_names_of_the_new_interface_mean_the_same(ground):
    got = days_of(read(ground, NEW + "466920,2024-01-01,15.0,20.5,10.5,12.5\n", name="any.csv"))
    assert got.loc["01-01", ["temp_max", "temp_min", "precipitation_mm"]].tolist() == [20.5, 10.5, 12.5]


def test_a_second_line_of_headers_is_no_day(ground):
    heads = '"觀測時間(day)","測站氣壓(hPa)","氣溫(℃)","最高氣溫(℃)","最低氣溫(℃)","相對溼度(%)","降水量(mm)"\n'
    got = days_of(read(ground, heads + OLD + "1,1010,15.0,20.5,10.5,80,12.5\n"))
    assert got.index.tolist() == ["01-01"]
    assert got["temp_max"].tolist() == [20.5]


def test_marks_are_never_zero(ground):
    lines = ["1,1,x,x,/,1,x", "2,1,1,5,2,1,T", "3,1,1,...,…,1,/", "4,1,V,--,,1,...", "5,1,1,5,2,1,-9998"]
    reading = read(ground, OLD + "\n".join(lines) + "\n")
    got = days_of(reading)
    assert got["precipitation_mm"].isna().tolist() == [True, False, True, True, False]
    assert got.loc[["01-02", "01-05"], "precipitation_mm"].tolist() == [0.05, 0.05]
    assert got["flag"].tolist() == ["", "trace", "", "", "trace"]
    assert got["temp_max"].isna().tolist() == [True, False, True, True, False]
    assert "2 values are traces" in reading.faults["message"].iloc[0]


def test_accumulated_rain_is_spread_over_its_days_or_left_out(ground):
    text = OLD + "".join(f"{d},1,1,5,2,1,{r}\n" for d, r in enumerate(["3", "&", "&", "12", "5", "&"], start=1))
    got = days_of(read(ground, text))
    np.testing.assert_equal(got["precipitation_mm"].to_numpy(), [3, 4, 4, 4, 5, np.nan])
    assert got["flag"].tolist() == ["", "accumulated", "accumulated", "accumulated", "", ""]
    left = days_of(read(ground, text, accumulated="missing"))
    np.testing.assert_equal(left["precipitation_mm"].to_numpy(), [3, np.nan, np.nan, 12, 5, np.nan])


def test_rain_is_not_spread_over_a_gap_or_from_a_missing_value(ground):
    lines = ["1,1,1,5,2,1,&", "3,1,1,5,2,1,8", "4,1,1,5,2,1,&", "5,1,1,5,2,1,x", "6,1,1,5,2,1,7"]
    got = days_of(read(ground, OLD + "\n".join(lines) + "\n"))
    np.testing.assert_equal(got["precipitation_mm"].to_numpy(), [np.nan, 8, np.nan, np.nan, 7])


@pytest.mark.parametrize("day", ["9999-99", "2023-02-29"])
def test_a_name_of_no_month_or_day_is_told(ground, day):
    reading = read(ground, OLD + "1,1,1,5,2,1,0\n", name=f"466920-{day}.csv")
    assert reading.tables["weather"].empty
    assert reading.faults["message"].tolist() == [f"466920-{day}.csv: its name tells of {day}, which does not exist."]


def hours(count: int = 24, **changes: str) -> str:
    rows = [f"{h},{changes.get(f't{h}', 10 + h % 12)},{changes.get(f'r{h}', '0.5')}" for h in range(1, count + 1)]
    return "ObsTime,Temperature,Precp\n" + "\n".join(rows) + "\n"


def test_hours_become_a_day_when_enough_of_them_are_there(ground):
    got = days_of(read(ground, hours(), name="466920-2024-01-05.csv"))
    assert got.loc["01-05", ["temp_max", "temp_min", "precipitation_mm"]].tolist() == [21, 10, 12]
    few = read(ground, hours(21), name="466920-2024-01-05.csv")
    assert days_of(few)[["temp_max", "temp_min", "precipitation_mm"]].isna().all(axis=None)
    assert "1 days have fewer than 22 hours" in few.faults["message"].iloc[0]
    gaps = days_of(read(ground, hours(r3="x", r4="x", r5="x", t9="x"), name="466920-2024-01-05.csv"))
    assert np.isnan(gaps.loc["01-05", "precipitation_mm"])
    assert gaps.loc["01-05", "temp_max"] == 21


def test_an_hour_belongs_to_the_day_it_ends_in(ground):
    times = pd.date_range("2024-01-05 01:00", "2024-01-06 00:00", freq="h").strftime("%Y-%m-%d %H:%M")
    text = "StationID,DataTime,AirTemperature,Precipitation\n" + "".join(f"466920,{t},10,1\n" for t in times)
    got = days_of(read(ground, text, name="any.csv"))
    assert got.index.tolist() == ["01-05"]
    assert got["precipitation_mm"].tolist() == [24]


def test_what_cannot_be_read_is_listed_and_the_rest_goes_on(ground):
    reading = read(ground, OLD + "1,1,1,5,2,1,0\n32,1,1,5,2,1,0\n3,1,1,warm,2,1,0\n4,1,1,5,9,1,0\n")
    assert reading.faults["rule"].tolist() == ["type", "type", "order"]
    assert reading.faults["row"].tolist() == [3, 4, 5]
    assert len(reading.tables["weather"]) == 1


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", "ObsTime,Precp\n1,0\n", "does not say its station"),
        ("466920.csv", "StationID,ObsTime,Precp\n466920,1,0\n", "its name has no month"),
        ("466920-2024-01.csv", "day,rain\n1,0\n", "no file of CODiS"),
        ("466920-2024-01.csv", "ObsTime,Precp,Precipitation\n1,0,0\n", "more than one column means precipitation_mm"),
    ],
)
def test_a_file_without_its_place_in_time_is_refused(ground, name, content, said):
    reading = read(ground, content, name=name)
    assert said in reading.faults["message"].iloc[0]
    assert reading.tables["weather"].empty


def test_one_bad_file_does_not_cost_the_others_and_a_day_counts_once(ground):
    day = OLD + "1,1,1,5,2,1,0\n"
    reading = read(ground, {"466920-2024-01.csv": day, "b.csv": "a,b\n1,2\n", "466920-2024-01-again.csv": day})
    assert reading.faults["rule"].tolist() == ["SchemaError", "duplicate"]
    assert len(reading.tables["weather"]) == 1


def test_spread_keeps_the_total():
    value = pd.Series([1.0, np.nan, np.nan, 9.0, 2.0])
    later = pd.Series([False, True, True, False, False])
    got, shared = spread(value, later, block_ends=pd.Series([False] * 4 + [True]))
    assert got.tolist() == [1, 3, 3, 3, 2]
    assert shared.tolist() == [False, True, True, True, False]


def test_infinite_and_other_words_are_unreadable():
    got = marked(pd.Series(["inf", "nan", "1e3", " 2 ", "=1+1"]))
    assert got.unreadable.tolist() == [True, True, False, False, True]


RELAXED = settings(
    max_examples=examples(60),
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
NAMES = st.sampled_from(["466920-2024-01.csv", "466920-2024-01-05.csv", "466920-9999-99.csv", "x.csv"])
CELLS = st.one_of(
    st.sampled_from(["T", "&", "x", "/", "...", "…", "V", "", "1", "24", "31", "99", "2024-01-05", "2024-01-05 13:00"]),
    st.text(alphabet=st.characters(blacklist_categories=("Cs",), blacklist_characters='\0\r\n"'), max_size=6),
    st.floats().map(repr),
)


@RELAXED
@given(name=NAMES, content=st.binary(max_size=300))
def test_any_bytes_give_days_or_faults(ground, name, content):
    reading = read(ground, content, name=name)
    assert len(reading.faults) or reading.tables["weather"].empty


@RELAXED
@given(
    name=NAMES,
    heading=st.sampled_from([OLD, NEW, "ObsTime,Temperature,Precp\n"]),
    rows=st.lists(st.lists(CELLS, min_size=7, max_size=7), max_size=8),
    how=st.sampled_from(["spread", "missing"]),
)
def test_any_cells_give_days_or_faults(ground, name, heading, rows, how):
    width = heading.count(",") + 1
    stream = io.StringIO()
    pd.DataFrame([r[:width] for r in rows]).to_csv(stream, index=False, header=False)
    try:
        reading = read(ground, heading + stream.getvalue(), name=name, accumulated=how)
    except PavementError as error:
        pytest.fail(f"the reader let {error!r} through")
    days = reading.tables["weather"]
    assert not days.duplicated(["station", "date"]).any()
    assert (days["precipitation_mm"].dropna().astype(float) >= 0).all()


def year_of_files(year: int = 2024) -> dict[str, str]:
    """Return twelve monthly files: 10 to 34 degrees, 2 mm a day, a trace, an accumulation and one heavy day."""
    files = {}
    for month in range(1, 13):
        count = pd.Timestamp(year, month, 1).days_in_month
        rain = ["2"] * count
        if month == 3:
            rain[4:8] = ["T", "&", "&", "90"]
        if month == 8:
            rain[9] = "120"
        lines = [f"{d},1,20,{34 if month == 7 else 24},10,80,{r}" for d, r in enumerate(rain, start=1)]
        files[f"codis/466920-{year}-{month:02d}.csv"] = OLD + "\n".join(lines) + "\n"
    return files


def test_codis_and_measures_end_in_the_segment_table(served, settings, tmp_path):
    """End to end: climate kinds and a PCI with its provenance stand in the segment table."""
    files = year_of_files() | {"stations.csv": f"station,name,x,y,elevation_m\n466920,A,{X},{Y},6\n"}
    kinds = {"crack_pattern": 0.05, "crack_longitudinal": 0.02, "crack_transverse": 0.01, "crack_width": 4.0}
    kinds |= {"pothole_count": 0, "rut": 7.5, "iri": 1.8, "crack_percent": 6.0}
    lines = [f"N1,S,1,10000,10100,{k},{v},2024-03-02" for k, v in kinds.items()]
    files["events.csv"] = "route,direction,lane,from_m,to_m,kind,value,surveyed_on\n" + "\n".join(lines) + "\n"
    data = [
        {"kind": "weather", "file": "codis/*.csv", "stations": "stations.csv", "options": {"format": "codis"}},
        {"kind": "events", "file": "events.csv"},
    ]
    report = ingest_package(package(tmp_path / "p", files, data, id="p"), store=served, settings=settings)
    assert report.state == "published", report.text()
    assert report.rejected.empty, report.text()
    days = published.table(served, "weather")
    assert len(days) == 366
    assert days["precipitation_mm"].sum() == pytest.approx(361 * 2 + 0.05 + 90 + 120)
    row = segments.segment_table(served).query("cell == 'n1-s-1-010000' and year == 2024").iloc[0]
    assert row["heat_days"] == 31
    assert row["rain_heavy_days"] == 1
    assert row["rain_max"] == 120
    assert row["evaporation"] > 0
    assert 0 < row["pci"] < 100
    assert "D6433's procedure, curves read by brandnewbox" in row["pci_method"]
    assert (row["pci_quality"], row["condition"]) == ("partial", "fair")
    told = segments.provenance(served, "n1-s-1-010000").set_index("kind")
    assert "looked for" in told.loc["pci", "method"]
    assert told.loc["pci", "value"] == row["pci"]
    assert "without elevation" in told.loc["temp_mean", "method"]
