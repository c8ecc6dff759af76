"""The freeway traffic archive: both writings, archives and loose files, what is missing, and what it becomes."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from ingest.run import ingest_package
from pavement.store import published
from pavement.store.segments import segment_table
from sample_data.gantry_counts import expected_days, slot_files, volumes, write_archive
from tests.ingest.builders import package

GANTRIES = ["01F0105N", "01F0105S", "01F0115N", "01F0115S"]
LIST = "gantry,valid_from,valid_to,section_start,section_end\n" + "".join(
    f"{g},2020-01-01,,甲,乙\n" for g in [*GANTRIES, "05FR110S"] if g.startswith("01")
)
FIRST = dt.date(2024, 3, 4)


def days(number: int):
    return [FIRST + dt.timedelta(days=n) for n in range(number)]


def files_of(day: dt.date, *, slash: bool = True) -> dict[str, bytes]:
    return slot_files(day, GANTRIES, volumes(day, GANTRIES, seed=4), slash=slash)


def sent(store, settings, folder, files, *, name="counts", pattern="*M0*", **options):
    data = [{"kind": "tdcs", "files": pattern, "options": options}]
    return ingest_package(package(folder / name, files, data, id=name), store=store, settings=settings)


@pytest.fixture
def listed(served, settings, tmp_path):
    """Return a store that knows four gantries."""
    data = [{"kind": "gantries", "file": "g.csv"}]
    report = ingest_package(
        package(tmp_path / "gantries", {"g.csv": LIST}, data, id="gantries"), store=served, settings=settings
    )
    assert report.state == "published", report.text()
    return served


def archives(folder, number: int):
    """Return daily archives, times in both writings."""
    made = {}
    for day in days(number):
        path = write_archive(folder / f"M03A_{day:%Y%m%d}.tar.gz", files_of(day, slash=day.day % 2 == 0))
        made[path.name] = path.read_bytes()
    return made


def test_a_week_of_archives_becomes_volumes_averages_and_loads(listed, settings, tmp_path):
    report = sent(listed, settings, tmp_path, archives(tmp_path, 7), pattern="M03A_*.tar.gz")
    assert report.rejected.empty, report.text()
    keys = ["counter", "day", "vehicle_class"]
    got = published.table(listed, "gantry_days").sort_values(keys, ignore_index=True)
    true = expected_days(GANTRIES, first=FIRST, days=7, seed=4).sort_values(keys, ignore_index=True)
    np.testing.assert_array_equal(got["volume"].to_numpy(), true["volume"].to_numpy())
    assert (got["coverage"] == 1).all()
    counts = published.table(listed, "traffic").set_index(["counter", "vehicle_class"])
    means = true.groupby(["counter", "vehicle_class"])["volume"].mean()
    np.testing.assert_allclose(counts["aadt"].sort_index(), means.sort_index())
    # the two gantries of a direction share the two kilometres midway
    assert counts.loc[("01F0105S", "5"), ["from_m", "to_m"]].tolist() == [10_000, 11_000]
    assert set(counts["quality"]) == {"estimated"}
    assert counts["method"].str.contains("7 days in 1 months, no correction for the season; section midway").all()
    table = segment_table(listed)
    assert (table["esal"] > 0).all()
    assert ((table["esal_low"] < table["esal"]) & (table["esal"] < table["esal_high"])).all()


def test_loose_files_give_what_their_archive_gives(listed, settings, tmp_path):
    loose = {name: content for day in days(2) for name, content in files_of(day).items()}
    sent(listed, settings, tmp_path, loose, name="loose", pattern="M03A/*")
    got = published.table(listed, "gantry_days").drop(columns="run")
    sent(listed, settings, tmp_path, archives(tmp_path, 2), name="packed", pattern="*.tar.gz")
    again = published.table(listed, "gantry_days").drop(columns="run")
    pd.testing.assert_frame_equal(got, again)


def test_intervals_without_a_file_are_coverage_and_not_empty_road(listed, settings, tmp_path):
    files = {n: c for n, c in files_of(FIRST).items() if "_08" not in n}
    report = sent(listed, settings, tmp_path, files, pattern="M03A/*")
    notes = report.faults[report.faults["rule"] == "coverage"]["message"]
    assert any("12 of 288 intervals of 2024-03-04 have no file" in n for n in notes)
    got = published.table(listed, "gantry_days")
    assert got["coverage"].unique().tolist() == [276 / 288]


def test_a_day_seen_too_little_is_kept_and_not_averaged(listed, settings, tmp_path):
    files = archives(tmp_path, 7)
    short = {n: c for n, c in files_of(days(8)[7]).items() if "/0" in n}
    report = sent(listed, settings, tmp_path, files | short, pattern="*M03A*")
    assert any("less than 95% seen" in m for m in report.faults["message"])
    got = published.table(listed, "traffic")
    assert got["method"].str.contains("7 days in 1 months").all()
    assert published.table(listed, "gantry_days")["day"].nunique() == 8


def test_days_of_several_packages_make_one_year(listed, settings, tmp_path):
    files = archives(tmp_path, 8)
    names = sorted(files)
    first = sent(listed, settings, tmp_path, {n: files[n] for n in names[:4]}, name="one")
    assert any("too few days" in m for m in first.faults["message"])
    assert published.table(listed, "traffic").empty
    sent(listed, settings, tmp_path, {n: files[n] for n in names[4:]}, name="two")
    whole = published.table(listed, "traffic")
    assert whole["method"].str.contains("8 days in 1 months").all()


def day_with(**changes: bytes) -> dict[str, bytes]:
    """Return a day whose first file ends with further lines."""
    files = files_of(FIRST)
    name = next(iter(files))
    return files | {name: files[name] + b"".join(changes.values())}


@pytest.mark.parametrize(
    ("line", "rule", "said"),
    [
        (b"2024/03/04 00:00,01F0110S,S,31,5\n", "unknown gantry", "The nearest known gantry is 01F0105S"),
        (b"2024/03/04 00:00,01F0105S,N,31,5\n", "direction", "last letter of the gantry"),
        (b"2024/03/04 00:00,01F0105S,S,77,5\n", "unknown vehicle_class", "Classes: 31, 32, 41, 42, 5"),
        (b"2024/03/04 00:03,01F0105S,S,31,5\n", "time", "at the start of 5 minutes"),
        (b"2024/13/04 00:05,01F0105S,S,31,5\n", "time", "at the start of 5 minutes"),
        (b"2024/03/04 00:00,01F0105S,S,31,x\n", "type", "plain number"),
        (b"2024/03/04 00:00,01F0105S,S,31,\n", "type", "plain number"),
        (b"2024/03/04 00:00,01F0105S,S,31,99999\n", "range", "tdcs_volume_max"),
        (b"2024/03/04 00:00,01F0105S,S\n", "fields", "left out"),
    ],
)
def test_a_bad_record_is_listed_with_file_and_row_and_the_rest_goes_on(listed, settings, tmp_path, line, rule, said):
    report = sent(listed, settings, tmp_path, day_with(more=line), pattern="M03A/*")
    found = report.faults[report.faults["rule"] == rule].iloc[0]
    assert said in found["cure"]
    assert found["row"] == len(GANTRIES) * 5 + 1
    assert found["file"].endswith("_000000.csv")
    assert published.table(listed, "gantry_days")["coverage"].max() == 1


def test_records_that_stand_twice_count_once_and_contradictions_are_not_seen(listed, settings, tmp_path):
    files = files_of(FIRST)
    first, second = list(files)[:2]
    line = files[second].splitlines(keepends=True)[0]
    files[first] += files[first]
    files[second] += line.rsplit(b",", 1)[0] + b",1999\n"
    report = sent(listed, settings, tmp_path, files, pattern="M03A/*")
    assert any("Records of 2024-03-04 that stand twice, taken once: 20." in m for m in report.faults["message"])
    assert any("Records of 2024-03-04 that contradict others: 1;" in m for m in report.faults["message"])
    got = published.table(listed, "gantry_days").set_index(["counter", "vehicle_class"])
    assert got.loc[("01F0105N", "31"), "coverage"] == 287 / 288
    true = expected_days(GANTRIES, first=FIRST, days=1, seed=4).set_index(["counter", "vehicle_class"])
    assert got.loc[("01F0115S", "31"), "volume"] == true.loc[("01F0115S", "31"), "volume"]


def test_a_day_of_no_vehicle_at_all_is_no_average_day(listed, settings, tmp_path):
    files = {
        name: b"".join(line.rsplit(b",", 1)[0] + b",0\n" for line in content.splitlines())
        for day in days(8)[7:]
        for name, content in files_of(day).items()
    }
    report = sent(listed, settings, tmp_path, archives(tmp_path, 7) | files, pattern="*M03A*")
    assert any("no vehicle" in m for m in report.faults["message"])
    assert published.table(listed, "traffic")["method"].str.contains("7 days in 1 months").all()


def test_counts_without_a_list_of_gantries_are_refused(served, settings, tmp_path):
    report = sent(served, settings, tmp_path, archives(tmp_path, 1), pattern="*.tar.gz")
    assert report.state == "refused"
    assert "Ingest the list of gantries first" in str(report.faults["cure"].iloc[0])


def test_a_damaged_archive_is_listed_and_the_others_are_read(listed, settings, tmp_path):
    files = archives(tmp_path, 2)
    first, second = sorted(files)
    files[second] = files[second][:-40]
    report = sent(listed, settings, tmp_path, files, pattern="*.tar.gz")
    assert report.rejected["file"].tolist() == [second]
    assert published.table(listed, "gantry_days")["day"].dt.day.unique().tolist() == [4]


SPEEDS = """2024-03-04 00:00,01F0105S,01F0115S,31,90,10
2024-03-04 00:05,01F0105S,01F0115S,31,60,20
2024-03-04 00:10,01F0105S,01F0115S,31,0,0
2024-03-04 00:15,01F0105S,01F0115S,31,,
2024-03-04 00:20,01F0105S,01F0115S,31,999,3
"""


def test_a_speed_of_zero_or_blank_is_missing_and_never_zero(listed, settings, tmp_path):
    report = sent(listed, settings, tmp_path, {"TDCS_M05A_20240304_000000.csv": SPEEDS})
    got = published.table(listed, "gantry_speeds").iloc[0]
    assert got["speed_kmh"] == pytest.approx((90 * 10 + 60 * 20) / 30)
    assert got["volume"] == 30
    assert got["coverage"] == 2 / 288
    assert report.rejected["rule"].tolist() == ["range"]


TRIPS = """31,2024-03-04 00:01:10,01F0105S,2024-03-04 00:02:50,01F0115S,1.0,Y,2024-03-04 00:01:10+01F0105S; x+01F0115S
31,2024-03-04 00:03:10,01F0105S,2024-03-04 00:12:50,01F0115S,4.0,N,x
5,2024-03-04 23:59:59,01F0105S,2024-03-05 00:02:50,01F0115S,2.0,Y,x
5,2024-03-04 23:59:59,01F0199S,2024-03-05 00:02:50,01F0115S,2.0,Y,x
"""


def test_trips_are_counted_by_the_gantry_where_they_begin(listed, settings, tmp_path):
    halves = TRIPS.splitlines(keepends=True)
    files = {"TDCS_M06A_20240304_000000.csv": halves[0], "TDCS_M06A_20240304_010000.csv": "".join(halves[1:])}
    report = sent(listed, settings, tmp_path, files)
    got = published.table(listed, "gantry_trips").set_index("vehicle_class")
    assert got.loc["31", ["trips", "length_km", "ended"]].tolist() == [2, 2.5, 0.5]
    assert got.loc["5", "trips"] == 1
    assert report.rejected["rule"].tolist() == ["unknown gantry"]


def test_t14_speeds_that_contradict_each_other_are_not_seen_and_told(listed, settings, tmp_path):
    """T14: neither of two records wins; one that stands twice counts once."""
    lines = SPEEDS.splitlines(keepends=True)
    text = "".join([lines[0], lines[1], lines[1], lines[0].replace("90,10", "30,10")])
    report = sent(listed, settings, tmp_path, {"TDCS_M05A_20240304_000000.csv": text})
    got = published.table(listed, "gantry_speeds").iloc[0]
    assert (got["speed_kmh"], got["volume"], got["coverage"]) == (60, 20, 1 / 288)
    told = report.faults.set_index("rule")["message"]
    assert "'contradicting records' in 2 row(s)" in told["duplicate"]
    assert "'repeated' in 1 row(s)" in told["doubtful"]


def test_t14_copied_trips_count_once_and_two_vehicles_of_one_second_count_twice(listed, settings, tmp_path):
    """T14: a file that stands thrice in itself is a copy; a row alike among others may be another vehicle."""
    lines = TRIPS.splitlines(keepends=True)[:3]
    name = "TDCS_M06A_20240304_000000.csv"
    report = sent(listed, settings, tmp_path, {name: lines[0] * 3}, name="a")
    assert published.table(listed, "gantry_trips")["trips"].tolist() == [1]
    assert "'repeated' in 2 row(s)" in " ".join(report.faults["message"])
    many = "".join(lines[0].replace("00:01:10", f"00:01:{s}") for s in range(11, 15)) + lines[0] + lines[0]
    report = sent(listed, settings, tmp_path, {name: many}, name="b")
    assert published.table(listed, "gantry_trips")["trips"].tolist() == [6]
    assert "'alike' in 1 row(s)" in " ".join(report.faults["message"])


@pytest.mark.parametrize("other", ["b/TDCS_M06A_20240304_000000.csv", "M06A_20240304.tar.gz"])
def test_t14_an_hour_of_trips_that_comes_twice_is_refused_once(listed, settings, tmp_path, other):
    """T14: an archive beside its loose files, or a file in two folders, does not double the trips."""
    text = "".join(TRIPS.splitlines(keepends=True)[:2])
    name = "TDCS_M06A_20240304_000000.csv"
    again = (
        text.encode() if other.endswith(".csv") else write_archive(tmp_path / other, {name: text.encode()}).read_bytes()
    )
    report = sent(listed, settings, tmp_path, {f"a/{name}": text, other: again}, pattern="*M06A*")
    assert published.table(listed, "gantry_trips")["trips"].tolist() == [2]
    assert report.rejected["rule"].tolist() == ["duplicate"], report.text()


def test_a_file_whose_name_tells_no_set_needs_the_manifest(listed, settings, tmp_path):
    assert sent(listed, settings, tmp_path, {"counts.csv": SPEEDS}, name="a", pattern="*.csv").state == "refused"
    report = sent(listed, settings, tmp_path, {"counts.csv": SPEEDS}, name="b", pattern="*.csv", set="M05A")
    assert report.state == "published"
