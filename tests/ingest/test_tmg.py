"""Class records of the Traffic Monitoring Guide, and what they become."""

import json
from pathlib import Path

import pytest

from ingest.run import ingest_package
from ingest.tmg_text import class_records
from pavement.store import published
from tests.ingest.builders import package

SITES = "counter,route,direction,from_m,to_m\n001234,N1,N,10000,12000\n"


def record(
    day: int, hour: int, classes: list[int], *, lane: int = 1, total: int | None = None, year: str = "12"
) -> str:
    total = sum(classes) if total is None else total
    return f"C060012341{lane}{year}09{day:02d}{hour:02d}{total:5d}" + "".join(f"{n:5d}" for n in classes)


CLASSES = [0, 120, 30, 2, 8, 3, 0, 4, 25, 1, 0, 0, 0]


@pytest.mark.real
def test_the_vector_is_read_exactly(shared: Path) -> None:
    folder = shared / "data/vectors/formats"
    expected = json.loads((folder / "tmg2001_class_expected.json").read_text())
    got, faults = class_records((folder / "tmg2001_class.cla").read_text(), file="a")
    assert faults.empty
    assert got["state"].unique().tolist() == [expected["state"]]
    assert got["station"].unique().tolist() == [expected["station"]]
    assert got["day"].astype(str).str[:10].unique().tolist() == [expected["date"]]
    assert got["direction"].unique().tolist() == ["N"]
    trucks = got[[f"class_{n}" for n in range(4, 14)]].sum(axis=1)
    for row, wanted in zip(got.assign(trucks=trucks).to_dict("records"), expected["rows"], strict=True):
        assert (row["hour"], row["total"], row["trucks"], row["class_9"]) == (
            wanted["hour"], wanted["total"], wanted["trucks_4_13"], wanted["class9"],
        )  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        record(5, 3, CLASSES),
        record(5, 3, [*CLASSES, 7]),
        record(5, 3, CLASSES, year="2012"),
        "C|06|001234|1|1|2012|09|05|03|" + "|".join(map(str, [sum(CLASSES), *CLASSES])),
    ],
)
def test_the_layout_is_told_from_each_line(line: str) -> None:
    got, faults = class_records(line + "\n", file="a")
    assert faults.empty
    row = got.iloc[0]
    assert (row["station"], row["direction"], row["hour"], row["class_9"]) == ("001234", "N", 3, 25)
    assert str(row["day"])[:10] == "2012-09-05"


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (record(5, 3, CLASSES, total=200), "traffic share"),
        (record(31, 3, CLASSES), "date"),
        (record(5, 24, CLASSES), "date"),
        (record(5, 3, CLASSES)[:-1], "layout"),
        (record(5, 3, CLASSES).replace("C060012341", "C060012342"), "direction"),
        (record(5, 3, CLASSES).replace("   25", "   2x"), "type"),
        ("S06001234", "layout"),
    ],
)
def test_t22_a_record_that_cannot_be_is_listed_with_what_it_says(line: str, rule: str) -> None:
    got, faults = class_records(f"{record(5, 2, CLASSES)}\n{line}\n", file="a")
    assert faults["rule"].tolist() == [rule]
    assert faults["row"].tolist() == [2]
    assert len(got) == 1
    if rule == "traffic share":
        assert "193 against a total of 200" in faults["message"].iloc[0]


def sent(store, settings, folder, lines):
    files = {"a.cla": "\n".join(lines) + "\n", "sites.csv": SITES}
    return ingest_package(
        package(folder, files, [{"kind": "tmg", "files": "*.cla", "sites": "sites.csv"}]),
        store=store,
        settings=settings,
    )


def test_hours_of_two_lanes_become_days_and_an_average(served, settings, tmp_path):
    lines = [record(d, h, CLASSES, lane=n) for d in range(3, 10) for h in range(24) for n in (1, 2)]
    report = sent(served, settings, tmp_path / "t", lines)
    assert report.rejected.empty, report.text()
    got = published.table(served, "traffic").set_index("vehicle_class")
    assert got["aadt"].to_dict() == {
        "31": 2 * 24 * 120,
        "32": 2 * 24 * 30,
        "41": 96,
        "42": 2 * 24 * 11,
        "5": 2 * 24 * 30,
    }
    assert got["counter"].unique().tolist() == ["001234N"]
    assert got["method"].str.endswith("section as given").all()


def test_an_hour_without_one_of_its_lanes_is_not_seen(served, settings, tmp_path):
    lines = [record(3, h, CLASSES, lane=n) for h in range(24) for n in (1, 2) if (h, n) != (5, 2)]
    sent(served, settings, tmp_path / "t", lines)
    got = published.table(served, "gantry_days")
    assert got["coverage"].unique().tolist() == [23 / 24]


def test_a_station_without_a_place_is_told_once(served, settings, tmp_path):
    lines = [record(3, h, CLASSES).replace("001234", "009999") for h in range(24)]
    report = sent(served, settings, tmp_path / "t", lines)
    assert report.rejected["rule"].tolist() == ["unknown station"]


def test_t22_a_day_without_any_record_of_a_lane_is_not_seen(served, settings, tmp_path):
    """T22: a lane that is silent all day must not halve the day."""
    lines = [record(d, h, CLASSES, lane=n) for d in range(3, 13) for h in range(24) for n in (1, 2) if (d, n) != (5, 2)]
    report = sent(served, settings, tmp_path / "t", lines)
    got = published.table(served, "gantry_days")
    silent = got["day"].astype(str).str[:10] == "2012-09-05"
    assert (got.loc[silent, "coverage"].unique().tolist(), got.loc[~silent, "coverage"].unique().tolist()) == ([0], [1])
    cars = published.table(served, "traffic").set_index("vehicle_class").loc["31", "aadt"]
    assert cars == 2 * 24 * 120
    assert any("001234N: 1 days, 2012-09-05 first, have no record" in m for m in report.faults["message"])


def test_t22_vehicles_that_the_station_could_not_classify_are_told_with_their_number(served, settings, tmp_path):
    """T22: classes 14 and 15 belong to no class, and the volumes say by how much they are too small."""
    report = sent(served, settings, tmp_path / "t", [record(3, h, [*CLASSES, 5, 2]) for h in range(24)])
    assert "001234N: 168 of 4,800 vehicles are of the classes 14 and 15" in " ".join(report.faults["message"])
    assert published.table(served, "gantry_days")["volume"].sum() == 24 * sum(CLASSES)
