"""F25 files: the constructed vector exactly, what is missing, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ingest.readers.f25 import read_f25
from pavement.errors import SurveyError
from pavement.measures.deflection import impulse_stiffness, plate_load
from tests.ingest.deflection_files import INCHES, f25, f25_drop, f25_station


@pytest.mark.real
def test_the_vector_comes_out_exactly(shared: Path) -> None:
    folder = shared / "data/vectors/formats"
    wanted = json.loads((folder / "sample_f25_expected.json").read_text())
    drops, faults = read_f25((folder / "sample.f25").read_text(), file="sample.f25")
    assert faults.empty
    assert set(drops["plate_radius_mm"]) == {wanted["plate_radius_mm"]}
    sensors = [c for c in drops if c[0] == "d" and c[1:].isdigit()]
    assert [int(c[1:]) for c in sensors] == wanted["offsets_mm"]
    for station in wanted["stations"]:
        own = drops[drops["station"] == station["station"]].set_index("drop")
        assert own["tested"].map(pd.Timestamp.isoformat).unique().tolist() == [station["time"]]
        assert own["latitude"].notna().all() == station["gps_ok"]
        if station["gps_ok"]:
            assert (own["latitude"].iloc[0], own["longitude"].iloc[0]) == (station["lat"], station["lon"])
        for name, value in station["temps_c"].items():
            assert own[f"temp_{name}"].isna().all() if value is None else (own[f"temp_{name}"] == value).all()
        for drop in station["drops"]:
            row = own.loc[drop["no"]]
            assert row["pressure_kpa"] == drop["pressure_kPa"]
            if "defl_um" in drop:
                assert row[sensors].tolist() == drop["defl_um"]
            if "last_sensor" in drop:
                assert np.isnan(row[sensors[-1]])
    first = drops.iloc[0]
    load = plate_load(first["pressure_kpa"], radius=first["plate_radius_mm"])
    assert float(impulse_stiffness(load, first["d0"])) == pytest.approx(wanted["ISM_kN_per_um_first_drop"], rel=1e-12)


def test_nine_sensors_in_inches_and_fahrenheit() -> None:
    text = f25(
        f25_station(10100, [f25_drop(1, basin=np.linspace(300, 40, 9))], warm="1, 68, 86, N0"),
        offsets=INCHES,
        radius=150,
    )
    drops, faults = read_f25(text, file="a.f25")
    row = drops.iloc[0]
    assert faults.empty
    assert (row["temp_asphalt"], row["temp_surface"]) == (pytest.approx(20), pytest.approx(30))
    assert np.isnan(row["temp_air"])
    assert row["d304.8"] == pytest.approx(235.0)


def test_a_fix_belongs_to_the_station_after_it_and_no_station_takes_that_of_another() -> None:
    text = f25(f25_station(1, [f25_drop(1)]), f25_station(2, [f25_drop(1)], where=10100), f25_station(3, [f25_drop(1)]))
    drops, _ = read_f25(text, file="a.f25")
    assert drops["latitude"].notna().tolist() == [False, True, False]


def test_a_station_in_the_head_of_the_file_has_no_drops_and_does_no_harm() -> None:
    head = '5301,2,1,4,2,   0,1,1,"M",2024,03,01,00,00\n'
    text = f25(f25_station(10100, [f25_drop(1), f25_drop(2)])).replace('5030,"Operator    "\n', head)
    drops, faults = read_f25(text, file="a.f25")
    assert (drops["station"].tolist(), len(faults)) == ([10100.0, 10100.0], 0)


def test_t19_a_drop_that_cannot_be_read_is_listed_with_its_row_and_the_rest_goes_on() -> None:
    text = f25(f25_station(10100, [f25_drop(1), f25_drop(2).replace("154.4", "15x.4"), f25_drop(3)]))
    drops, faults = read_f25(text, file="a.f25")
    assert drops["drop"].tolist() == [1, 3]
    assert faults[["row", "rule"]].to_numpy().tolist() == [[9, "type"]]
    assert "15x.4" in faults["message"].iloc[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("R80    20240302\n", "5001"),
        ("", "5001"),
        ("5001,25\n", "sensors"),
        ("5001,25\n5020,150,0,300\n", "stations"),
        ("5001,25\n5020,150,0,300\n5301,2,1,4,2,1,1,1,M,2024,1,1,1,1\n", "no drops"),
    ],
)
def test_what_is_no_f25_is_refused_with_the_cure(text: str, words: str) -> None:
    with pytest.raises(SurveyError, match=words) as refused:
        read_f25(text, file="a.f25")
    assert "xport" in refused.value.cure


def test_drops_before_any_station_or_under_no_date_are_listed() -> None:
    lost = f25_drop(1) + "\n" + f25_station(10100, [f25_drop(2)], moment="2024,13,45,01,30")
    drops, faults = read_f25(f25(lost, f25_station(10200, [f25_drop(3)])), file="a.f25")
    assert drops["drop"].tolist() == [3]
    assert faults["rule"].tolist() == ["station", "station"]


@pytest.mark.parametrize("wrong", ["0,200,3x0,450,600", "0,200,N0,450,600", "0,200,200,450,600", "0,300,200,450,600"])
def test_t19_sensor_distances_that_would_shift_the_deflections_behind_them_are_refused(wrong: str) -> None:
    text = f25(f25_station(10100, [f25_drop(1, basin=(300, 200, 150, 100, 50))]))
    old = next(line for line in text.splitlines() if line.startswith("5020"))
    with pytest.raises(SurveyError, match="row 3: the sensor distances '" + wrong):
        read_f25(text.replace(old, f"5020,150,{wrong},N0"), file="a.f25")
    good = read_f25(text.replace(old, "5020,150,0,200,300,450,600,N0 ,N0"), file="a.f25")[0].iloc[0]
    assert (good["d300"], good["d600"]) == (150, 50)
