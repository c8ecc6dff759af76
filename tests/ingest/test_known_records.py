"""T14 across surveys: a record sent again under another survey id is not doubled."""

import pandas as pd

from ingest.run import ingest_package
from pavement.store import published
from tests.ingest.builders import package

WORKS = "work,route,direction,lane,from_m,to_m,completed_on,treatment"
DISTRESS = "位置,損壞說明,通報來源,日期,廠商,處理方式"


def sent(store, settings, folder, kind, text, **survey):
    made = package(folder, {"a.csv": text}, [{"kind": kind, "file": "a.csv"}], **survey)
    return ingest_package(made, store=store, settings=settings)


def test_t14_works_sent_again_stand_once_and_the_later_one_stands(served, settings, tmp_path):
    rows = ["w1,N1,S,,10000,10500,2020-05-01,mill_overlay", "w2,N1,S,,11000,11500,2021-05-01,mill_overlay"]
    sent(served, settings, tmp_path / "a", "works", "\n".join([WORKS, *rows]), id="2024")
    again = [rows[0], rows[1].replace("mill_overlay", "thin_overlay")]
    report = sent(served, settings, tmp_path / "b", "works", "\n".join([WORKS, *again]), id="2025")
    assert report.state == "published"
    assert report.rejected.empty
    note = report.faults.set_index("rule").loc["known", "message"]
    assert "2 of these records of works" in note
    assert "1 of them differ" in note
    got = published.table(served, "works").set_index("work")
    assert got["treatment"].to_dict() == {"w1": "mill_overlay", "w2": "thin_overlay"}


def test_t14_the_same_number_on_another_road_is_refused(served, settings, tmp_path):
    sent(served, settings, tmp_path / "a", "works", f"{WORKS}\nw1,N1,S,,10000,10500,2020-05-01,mill_overlay", id="2024")
    rows = ["w1,N1,N,,10000,10500,2020-05-01,mill_overlay", "w9,N1,N,,11000,11500,2020-05-01,mill_overlay"]
    report = sent(served, settings, tmp_path / "b", "works", "\n".join([WORKS, *rows]), id="north")
    fault = report.rejected.iloc[0]
    assert (fault["rule"], fault["column"], fault["value"]) == ("duplicate", "work", "w1")
    assert "ids of their own" in fault["cure"]
    assert sorted(published.table(served, "works")["work"]) == ["w1", "w9"]
    assert published.table(served, "works").set_index("work").loc["w1", "direction"] == "S"


def test_t14_the_same_number_apart_on_the_same_road_is_refused(served, settings, tmp_path):
    distress = "紀錄編號,位置,損壞說明\nD1,國道1號 {},坑洞"
    for folder, place in (("a", "10k+100 南下"), ("b", "10k+130 南下"), ("c", "11k+900 南下")):
        report = sent(served, settings, tmp_path / folder, "distress", distress.format(place), id=folder)
        assert (report.state == "refused") == (folder == "c")
    assert published.table(served, "distress")["measure_m"].tolist() == [10130]
    for folder, start in (("d", 10000), ("e", 10400), ("f", 10900)):
        text = f"{WORKS}\nw1,N1,S,,{start},{start + 500},2020-05-01,mill_overlay"
        report = sent(served, settings, tmp_path / folder, "works", text, id=folder)
        assert (report.state == "refused") == (folder == "f")
    assert published.table(served, "works")["from_m"].tolist() == [10400]


def test_a_distress_without_number_is_known_again_after_its_repair(served, settings, tmp_path):
    row = "國道1號 10k+100 南下,坑洞,巡查,"
    sent(served, settings, tmp_path / "a", "distress", f"{DISTRESS}\n{row},,", id="march")
    sent(served, settings, tmp_path / "b", "distress", f"{DISTRESS}\n{row}2024-02-01,甲,填補", id="june")
    got = published.table(served, "distress")
    assert len(got) == 1
    assert got["repaired_on"].iloc[0] == pd.Timestamp("2024-02-01")


def test_two_reports_that_say_the_same_stay_two(served, settings, tmp_path):
    row = "國道1號 10k+100 南下,坑洞,巡查,,,"
    report = sent(served, settings, tmp_path / "a", "distress", f"{DISTRESS}\n{row}\n{row}", id="march")
    assert report.rejected.empty
    assert len(published.table(served, "distress")) == 2


def test_road_basics_and_layers_of_one_stretch_stand_once(served, settings, tmp_path):
    road = "位置,全車道數\n國道1號 10k+000~11k+000 南下,"
    layer = "route,direction,from_m,to_m,layer,kind,thickness_mm,surveyed_on\nN1,S,10000,11000,1,asphalt,{},2020-01-01"
    for number, thickness in (("2", 150), ("3", 160)):
        sent(served, settings, tmp_path / f"s{number}", "sections", road + number, id=f"s{number}")
        sent(served, settings, tmp_path / f"l{number}", "layers", layer.format(thickness), id=f"l{number}")
    assert published.table(served, "sections")["lane_count"].tolist() == [3]
    assert published.table(served, "layers", columns=["thickness_mm"])["thickness_mm"].tolist() == [160]
    assert published.table(served, "layers", columns=["thickness_mm"]).columns.tolist() == ["thickness_mm", "run"]


def test_stretches_and_counters_of_the_other_direction_are_no_clash(served, settings, tmp_path):
    count = "counter,route,direction,from_m,to_m,year,vehicle_class,aadt\nC1,N1,{},10000,11000,2023,31,9000"
    layer = "route,direction,from_m,to_m,layer,kind,thickness_mm\nN1,{},10000,11000,1,asphalt,150"
    for way, word in (("S", "南下"), ("N", "北上")):
        road = f"位置,全車道數\n國道1號 10k+000~11k+000 {word},2"
        for kind, text in (("traffic", count.format(way)), ("layers", layer.format(way)), ("sections", road)):
            report = sent(served, settings, tmp_path / (kind + way), kind, text, id=kind + way)
            assert report.state == "published", report.text()
            assert report.faults.empty, report.text()
    for kind in ("traffic", "layers", "sections"):
        assert sorted(published.table(served, kind)["direction"]) == ["N", "S"]


def test_t22_a_count_of_trucks_only_is_refused_with_its_sum(served, settings, tmp_path):
    head = "counter,route,direction,from_m,to_m,year,vehicle_class,aadt"
    rows = [
        *("C1,N1,S,10000,11000,2023,31,9000", "C1,N1,S,10000,11000,2023,42,1000", "C2,N1,S,11000,12000,2023,42,1200"),
        "C3,N1,S,10500,11500,2023,31,8000",
    ]
    report = sent(served, settings, tmp_path / "a", "traffic", "\n".join([head, *rows]), id="vd")
    fault = report.rejected.iloc[0]
    assert (fault["rule"], fault["row"], fault["value"]) == ("traffic share", 4, "100% of 1,200 vehicles a day")
    note = report.faults[report.faults["rule"] == "doubtful"].iloc[0]
    assert (note["row"], note["value"]) == (5, "C3 + C1 = 17,000")
    assert sorted(published.table(served, "traffic")["counter"]) == ["C1", "C1", "C3"]


def test_a_survey_sent_again_as_a_small_part_is_told_of(served, settings, tmp_path):
    head = "route,direction,lane,from_m,to_m,kind,value,quality,surveyed_on"
    # no two alike: one and the same value in every cell is a stuck sensor
    rows = [f"N1,S,1,{m},{m + 100},iri,{m / 8000:.4f},measured,2024-03-02" for m in range(10000, 12000, 100)]
    first = sent(served, settings, tmp_path / "a", "events", "\n".join([head, *rows]), id="s")
    assert "fewer" not in set(first.faults["rule"])
    part = sent(served, settings, tmp_path / "b", "events", "\n".join([head, *rows[:5]]), id="s")
    note = part.faults.set_index("rule").loc["fewer"]
    assert "cell_values 20 → 5" in note["message"]
    assert first.run[:12] in note["message"]
    assert "withdraw" in note["cure"]


def test_the_same_package_twice_at_once_is_published_once(served, settings, tmp_path, monkeypatch):
    from ingest import run as verb

    text = f"{WORKS}\nw1,N1,S,,10000,10500,2020-05-01,mill_overlay"
    publish = verb.publish

    def beaten(*given, **named):
        publish(*given, **named)
        publish(*given, **named)

    monkeypatch.setattr(verb, "publish", beaten)
    report = sent(served, settings, tmp_path / "a", "works", text, id="2024")
    assert report.state == "unchanged"
    assert "already here" in report.message
    assert len(published.table(served, "works")) == 1


def test_a_withdrawn_package_sent_again_says_how_it_comes_back(served, settings, tmp_path):
    from pavement.store.withdrawal import reinstate, withdraw

    text = f"{WORKS}\nw1,N1,S,,10000,10500,2020-05-01,mill_overlay"
    run = sent(served, settings, tmp_path / "a", "works", text, id="2024").run
    withdraw(served, run, user="wang", reason="a test")
    again = sent(served, settings, tmp_path / "b", "works", text, id="2024")
    assert (again.state, again.run) == ("unchanged", run)
    assert "pavement reinstate" in again.message
    assert published.table(served, "works").empty
    reinstate(served, run, user="wang", reason="a test")
    assert len(published.table(served, "works")) == 1
