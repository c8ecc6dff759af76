"""Faults of what lies under the surface: T19 drops, T20 temperature, T21 radar layers."""

import numpy as np
import pandas as pd
import pytest

from ingest.report import RunReport
from ingest.run import ingest_package
from pavement.measures.back_calculation import flag_words
from pavement.store import published, segments
from tests.ingest.builders import package
from tests.ingest.deflection_files import BASIN, INCHES, f25, f25_drop, f25_station, pddx, pddx_place

ROAD = {"route": "N1", "direction": "S", "lane": "2"}
DROP = "50.96," + ",".join(f"{d:.2f}" for d in BASIN)
LAYERS = (
    "route,direction,lane,from_m,to_m,layer,kind,thickness_mm,placed_on\n"
    "N1,S,,10000,12000,1,asphalt,180,2001-05-01\nN1,S,,10000,12000,2,granular_base,320,2001-05-01\n"
)
GPR = "route,direction,lane,from_m,to_m,layer,kind,top_mm,bottom_mm,surveyed_on\n"
CORES = "core,route,direction,lane,measure_m,layer,thickness_mm\n"


def deflections(served, settings, folder, name: str, text: str, **entry: object) -> RunReport:
    data = {"kind": "fwd", "file": name, "options": ROAD} | entry
    return ingest_package(package(folder, {name: text}, [data], id=folder.name), store=served, settings=settings)


def radar(served, settings, folder, rows: str, *, cores: str = "", **options: object) -> RunReport:
    files, data = {"gpr.csv": GPR + rows}, [{"kind": "gpr", "file": "gpr.csv", "options": options}]
    if cores:
        files["cores.csv"] = CORES + cores
        data.append({"kind": "cores", "file": "cores.csv"})
    return ingest_package(package(folder, files, data, id=folder.name), store=served, settings=settings)


@pytest.mark.parametrize(
    ("drop", "rule"),
    [
        (f25_drop(2, basin=[292.6, 240.7, 219.8, 186.2, 204.4, 104.8, 74.8]), "drop"),
        (f25_drop(2, basin=[-292.6, 240.7, 219.8, 186.2, 154.4, 104.8, 74.8]), "range"),
        (f25_drop(2).replace("104.8", "0.0"), "range"),
        (f25_drop(2, pressure=0), "range"),
        (f25_drop(2).replace("292.6", "N0"), "required"),
        (f25_drop(2).replace("154.4", "??"), "type"),
        (f25_drop(1), "duplicate"),
    ],
)
def test_t19_a_drop_that_cannot_be_is_rejected_and_its_neighbours_count(drop, rule, served, settings, tmp_path):
    """T19: the basin rises, a deflection is negative or zero, no load, no centre, no number, one drop told twice."""
    text = f25(f25_station(10150, [f25_drop(1), drop, f25_drop(3)]))
    report = deflections(served, settings, tmp_path / "p", "a.f25", text)
    assert (report.state, report.rejected["rule"].tolist()) == ("published", [rule])
    assert published.table(served, "fwd")["drop"].tolist() == [1, 3]
    events = published.table(served, "events").set_index("kind")["value"]
    assert events["d0"] == pytest.approx(287.0626373782622, rel=1e-9)


def test_t19_heights_in_any_order_and_loads_far_from_the_standard(served, settings, tmp_path):
    """T19: drop heights out of order do no harm; only drops near 50 kN form the indices."""
    heights = [f25_drop(1, pressure=1400, scale=2.1), f25_drop(2), f25_drop(3, pressure=350, scale=0.5)]
    report = deflections(served, settings, tmp_path / "p", "a.f25", f25(f25_station(10150, heights)))
    assert (len(report.rejected), len(published.table(served, "fwd"))) == (0, 3)
    assert published.table(served, "events").set_index("kind")["value"]["ism"] == pytest.approx(0.17417801374866854)


def test_t19_seven_or_nine_sensors_at_any_distance(served, settings, tmp_path):
    """T19: nine sensors in inches give the indices at 300, 600 and 900 mm, and say that they lie between sensors."""
    basin = 400 * np.exp(-np.array(INCHES) / 500)
    text = f25(f25_station(10150, [f25_drop(k, basin=basin) for k in (1, 2)]), offsets=INCHES)
    report = deflections(served, settings, tmp_path / "p", "a.f25", text)
    assert len(report.rejected) == 0, report.text()
    events = published.table(served, "events").set_index("kind")
    scale = 50 / 50.964486822860415
    assert events.loc["sci", "value"] == pytest.approx(scale * 400 * (1 - np.exp(-0.6)), rel=1e-3)
    assert events.loc["sci", "method"].startswith("mean of drops at 50 kN, d300, d600, d900 between two sensors")
    row = published.table(served, "fwd").iloc[0]
    assert row["other_sensors"].split()[0] == "203.2:266.4"
    assert row["other_sensors"].count(":") == 8


def test_t19_a_dead_sensor_is_told_and_its_readings_do_not_count(served, settings, tmp_path):
    """T19: a sensor that reads the same of five places is dead; the rest of the basin is kept."""
    places = [
        f25_station(10050 + 100 * k, [f25_drop(1, basin=[300 + 9 * k, 240, 220 + k, 186 + k, 150 + k, 55, 50 - k])])
        for k in range(6)
    ]
    report = deflections(served, settings, tmp_path / "p", "a.f25", f25(*places))
    assert report.faults["rule"].tolist() == ["dead sensor", "dead sensor"]
    assert report.faults["column"].tolist() == ["d200", "d900"]
    assert published.table(served, "fwd")[["d200", "d900"]].isna().all(axis=None)
    assert {"d0", "sci", "bdi", "ism", "surface_modulus"} == set(published.table(served, "events")["kind"])


@pytest.mark.parametrize(
    ("name", "text", "entry", "words"),
    [
        ("a.f20", "R80 fixed\n", {}, "fixed-column format"),
        ("a.fwd", "R80 fixed\n", {}, "fixed-column format"),
        ("a.f25", "R80 fixed\n", {}, "record 5001"),
        ("a.f25", pddx([pddx_place(1, "10.1", [DROP])]), {}, "record 5001"),
        ("a.txt", f25(f25_station(10150, [f25_drop(1)])), {"options": ROAD | {"format": "pddx"}}, "does not begin"),
        ("a.txt", f25(f25_station(10150, [f25_drop(1)])), {"options": ROAD | {"format": "f52"}}, "not known"),
        (
            "a.f25",
            f25(f25_station(10150, [f25_drop(1)])),
            {"options": {"direction": "S", "lane": "2"}},
            "options.route",
        ),
        ("a.f25", f25(f25_station(10150, [f25_drop(1)])), {"options": ROAD | {"place": "here"}}, "options.place"),
        ("a.f25", f25(f25_station(10150, [f25_drop(1)])), {"options": ROAD | {"place": "gps"}}, "no fix"),
        ("a.pddx", pddx([pddx_place(1, "10.1", [DROP])], LoadUnits="stone"), {}, "LoadUnits"),
    ],
)
def test_t19_a_format_that_does_not_fit_is_refused_with_the_cure(name, text, entry, words, served, settings, tmp_path):
    report = deflections(served, settings, tmp_path / "p", name, text, **entry)
    assert report.state == "refused"
    assert words in report.message
    assert (report.faults["cure"] != "").all()


def test_t19_the_format_is_told_by_content_where_the_name_says_nothing(served, settings, tmp_path):
    for number, text in enumerate((f25(f25_station(10150, [f25_drop(1)])), pddx([pddx_place(1, "10.25", [DROP])]))):
        report = deflections(served, settings, tmp_path / f"p{number}", "a.txt", text)
        assert (report.state, report.counts["fwd"]) == ("published", 1), report.text()
    assert published.table(served, "fwd")["measure_m"].sort_values().tolist() == [10150, 10250]


def test_t19_stations_and_fixes_must_name_one_place(served, settings, tmp_path):
    """A station 500 m from its fix is not placed; by fix alone or by station alone each is."""
    text = f25(f25_station(10150, [f25_drop(1)], where=10151), f25_station(10250, [f25_drop(1)], where=10750))
    both = deflections(served, settings, tmp_path / "both", "a.f25", text)
    assert both.rejected["rule"].tolist() == ["places disagree"]
    for way, places in (("gps", [10151, 10750]), ("station", [10150, 10250])):
        deflections(served, settings, tmp_path / way, "a.f25", text, options=ROAD | {"place": way})
        runs = published.table(served, "fwd")
        assert runs["measure_m"].tail(2).tolist() == pytest.approx(places, abs=0.1)


def test_t19_stations_in_kilometres_and_lanes_of_the_device(served, settings, tmp_path):
    text = f25(f25_station(10.15, [f25_drop(1)], lane="1"), f25_station(10.25, [f25_drop(1)], lane="7"))
    entry = {"units": {"station": "km"}, "options": {"route": "N1", "direction": "S", "lanes": {"1": "2"}}}
    report = deflections(served, settings, tmp_path / "p", "a.f25", text, **entry)
    assert report.rejected["rule"].tolist() == ["unknown lane"]
    row = published.table(served, "fwd").iloc[0]
    assert (row["measure_m"], row["lane"]) == (pytest.approx(10150), "2")
    # 01:30 in Taipei is 17:30 of the day before in Greenwich; the day of the survey is the local one
    assert str(row["tested_at"]) == "2024-03-01 17:30:00+00:00"
    assert str(row["surveyed_on"])[:10] == "2024-03-02"


@pytest.mark.parametrize(
    ("warm", "flag", "told"),
    [
        ("0,N0,N0,25.0", "temperature_unknown", ["no temperature"]),
        ("0,N0,31.0,25.0", "temperature_depth", []),
        ("0,66.0,70.0,25.0", "temperature_range", []),
        ("0,27.0,31.0,25.0", "", []),
    ],
)
def test_t20_no_temperature_no_correction_and_every_result_says_so(warm, flag, told, served, settings, tmp_path):
    """T20: without a temperature within the asphalt nothing is corrected, and the results are flagged."""
    ingest_package(
        package(tmp_path / "l", {"l.csv": LAYERS}, [{"kind": "layers", "file": "l.csv"}], id="l"),
        store=served,
        settings=settings,
    )
    report = deflections(
        served, settings, tmp_path / "p", "a.f25", f25(f25_station(10150, [f25_drop(1), f25_drop(2)], warm=warm))
    )
    assert report.faults["rule"].tolist() == told
    values = segments.provenance(served, "n1-s-2-010100").set_index("kind")
    assert ("d0_corrected" in values.index) == (flag == "")
    method = values.loc["sn_effective", "method"]
    assert (flag_words()[flag] in method) if flag else (";" not in method and "FHWA-RD-98-085" in method)
    as_measured = values.loc["d0", "method"]
    assert "not corrected for temperature" in as_measured
    assert as_measured.endswith("temperature not recorded") == (flag == "temperature_unknown")


ONE, DAY = "N1,S,2,10000,10100,1,asphalt", "2024-03-02"
TWO = "N1,S,2,10000,10100,2,granular_base"
T21 = [
    (f"{ONE},0,150,{DAY}\n{TWO},120,450,{DAY}\n", "", "cross"),
    (f"{ONE},0,150,{DAY}\n{TWO},190,450,{DAY}\n", "", "gap"),
    (f"{ONE},0,0,{DAY}\n", "", "zero or negative"),
    (f"{ONE},150,120,{DAY}\n", "", "zero or negative"),
    (f"{ONE},0,,{DAY}\n", "", "no permittivity"),
    (f"{ONE},0,150,{DAY}\n", "C1,N1,S,,10050,1,130\n", "core disagrees, 150 mm by radar and 130 mm in the core"),
    (f"{ONE},0,150,{DAY}\n", "C1,N1,S,2,10050,1,177\n", "core disagrees"),
]


@pytest.mark.parametrize(("rows", "cores", "words"), T21)
def test_t21_radar_layers_that_cannot_be_are_flagged_and_not_used(rows, cores, words, served, settings, tmp_path):
    """T21: they are kept with their flag, told with row and cure, and no structure is made of them."""
    good = "N1,S,2,10100,10200,1,asphalt,0,150,2024-03-02\n"
    report = radar(served, settings, tmp_path / "p", rows + good, cores=cores)
    assert report.state == "published", report.text()
    assert report.rejected["message"].str.contains(words).any()
    assert report.rejected["row"].tolist() == list(range(2, 2 + rows.count("\n")))
    assert (report.rejected["cure"] != "").all()
    kept = published.table(served, "gpr")
    assert (kept["flag"] != "").sum() == rows.count("\n")
    assert published.table(served, "layers")["from_m"].tolist() == [10100]


def test_t21_a_core_within_15_percent_is_no_disagreement_and_a_kind_must_be_given(served, settings, tmp_path):
    rows = "N1,S,2,10000,10100,1,,0,150,2024-03-02\nN1,S,2,10100,10200,2,,0,150,2024-03-02\n"
    report = radar(served, settings, tmp_path / "p", rows, cores="C1,N1,S,2,10050,1,131\n", kinds=["asphalt"])
    assert report.rejected[["row", "column"]].to_numpy().tolist() == [[3, "kind"]]
    got = published.table(served, "layers")
    assert got[["kind", "thickness_mm", "quality"]].to_numpy().tolist() == [["asphalt", 150.0, "estimated"]]
    assert pd.isna(got["placed_on"]).all()


BUILT = "route,direction,lane,from_m,to_m,layer,kind,material,thickness_mm,placed_on\n" + "".join(
    f"N1,S,,10000,12000,{layer},{kind},{material},{thick},2001-05-01\n"
    for layer, kind, material, thick in ((1, "asphalt", "DGAC", 300), (2, "granular_base", "crushed stone", 400))
)


@pytest.mark.parametrize(("base", "told"), [(60, True), (400, False)])
def test_t21_layers_that_take_half_of_the_structural_number_are_told(base, told, served, settings, tmp_path):
    """T21: a radar that sees the base to 60 mm only replaces 400 mm on record; nobody should learn so from a map."""
    entry = [{"kind": "layers", "file": "b.csv"}]
    built = package(tmp_path / "b", {"b.csv": BUILT}, entry, id="built")
    assert ingest_package(built, store=served, settings=settings).state == "published"
    asphalt = 100 if told else 300
    rows = (
        f"N1,S,2,10000,10200,1,asphalt,0,{asphalt},2024-03-02\n"
        f"N1,S,2,10000,10200,2,granular_base,{asphalt},{asphalt + base},2024-03-02\n"
    )
    report = radar(served, settings, tmp_path / "p", rows)
    assert report.state == "published", report.text()
    found = report.faults[report.faults["rule"] == "doubtful"]["message"].tolist()
    assert [m.startswith("2 of 2 cells have less than 50%") for m in found] == [True] * told
    assert all("n1-s-2-010000" in m and "→" in m for m in found)
