"""PDDX files: the constructed vector, units honoured, and loads that are pressures."""

import json
from pathlib import Path

import numpy as np
import pytest

from ingest.readers.f25 import read_f25
from ingest.readers.pddx import read_pddx
from ingest.run import ingest_package
from pavement.errors import SurveyError, UnitError
from pavement.measures.back_calculation import place_basins
from pavement.measures.deflection import plate_load
from pavement.store import published
from tests.ingest.builders import package
from tests.ingest.deflection_files import BASIN, pddx, pddx_place

DROP = "50.96," + ",".join(f"{d:.2f}" for d in BASIN)


@pytest.mark.real
def test_the_vector_comes_out_exactly(shared: Path) -> None:
    folder = shared / "data/vectors/formats"
    wanted = json.loads((folder / "sample_pddx_expected.json").read_text())
    drops, faults = read_pddx((folder / "sample.pddx").read_text(), file="sample.pddx")
    assert faults.empty
    assert drops["station"].nunique() == wanted["n_locations"]
    row = drops.iloc[0]
    assert row["load_kn"] == wanted["load_kN"]
    assert row["d0"] == wanted["d0_um"]
    assert row["load_kn"] / plate_load(1.0, radius=row["plate_radius_mm"]) == pytest.approx(wanted["pressure_kPa"])
    assert row["station"] == 41_000
    assert [row[f"temp_{t}"] for t in ("air", "surface", "asphalt")] == [12.4, 18.7, 12.3]
    assert (row["latitude"], row["longitude"]) == (52.2097983, 5.3552517)
    assert str(row["tested"]) == "2012-09-05 04:33:00"


def test_units_of_the_file_are_honoured() -> None:
    drop = "11.457," + ",".join(f"{d / 25.4:.6f}" for d in BASIN)
    us = pddx(
        [pddx_place(1, "6.2137119", [drop], TestTemperatures="77,87.8,80.6")],
        LoadUnits="kip", DeflectionUnits="mil", TemperatureUnits="Fahrenheit", SensorLocationUnits="inch",
        LoadPlateRadiusUnits="inch", LoadPlateRadius="5.9055118", TestLocationUnits="mile,foot,foot",
        DeflectionSensorXAxisDistances="0, 7.8740157, 11.811024, 17.716535, 23.622047, 35.433071, 47.244094",
    )  # fmt: skip
    row = read_pddx(us, file="a.pddx")[0].iloc[0]
    assert row["load_kn"] == pytest.approx(50.96, rel=1e-4)
    assert row["d0"] == pytest.approx(292.6, rel=1e-5)
    assert row["plate_radius_mm"] == pytest.approx(150)
    assert row["station"] == pytest.approx(10_000)
    assert row["temp_surface"] == pytest.approx(31.0)
    sensors = [float(c[1:]) for c in row.index if c[0] == "d" and c != "drop"]
    assert sensors == pytest.approx([0, 200, 300, 450, 600, 900, 1200], abs=0.001)


def test_drops_numbered_from_0_or_from_1_are_the_same() -> None:
    a, b = (read_pddx(pddx([pddx_place(1, "10.1", [DROP, DROP], first=f)]), file="a")[0] for f in (0, 1))
    assert a["drop"].tolist() == b["drop"].tolist() == [1, 2]


def test_a_pressure_under_a_header_of_force_is_refused_and_read_when_the_manifest_says_so() -> None:
    text = pddx([pddx_place(1, "10.1", [DROP.replace("50.96", "721")])])
    with pytest.raises(UnitError, match="that is a pressure") as refused:
        read_pddx(text, file="a.pddx")
    assert 'load = "kPa"' in refused.value.cure
    row = read_pddx(text, file="a.pddx", units={"load": "kPa"})[0].iloc[0]
    assert row["pressure_kpa"] == 721


def test_other_signs_for_lists_and_decimals() -> None:
    drop = DROP.replace(",", ";").replace(".", ",")
    text = pddx(
        [pddx_place(1, "10,1", [drop], TestTemperatures="")],
        DelimiterSymbol=";", DecimalSymbol=",", DeflectionSensorXAxisDistances="0;200;300;450;600;900;1200",
    ).replace("10,1,0,0", "10,1;0;0")  # fmt: skip
    row = read_pddx(text, file="a.pddx")[0].iloc[0]
    assert (row["load_kn"], row["d0"], row["station"]) == (50.96, 292.6, 10_100)


def test_t19_places_and_drops_that_cannot_be_read_are_listed_and_the_rest_goes_on() -> None:
    places = [
        pddx_place(1, "10.1", [DROP, "50.96,1,2", "x," + DROP.split(",", 1)[1], DROP]),
        pddx_place(2, "10.2", [DROP], TestTime="25:99"),
        pddx_place(3, "10.3", [DROP], NumberOfDrops="2"),
    ]
    drops, faults = read_pddx(pddx(places), file="a.pddx")
    assert drops[["station", "drop"]].to_numpy().tolist() == [[10_100, 1], [10_100, 4], [10_300, 1]]
    assert faults["rule"].tolist() == ["fields", "type", "type", "drops"]
    assert faults["row"].is_monotonic_increasing


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"LoadUnits": "stone"}, UnitError, "LoadUnits = 'stone': no unit known here"),
        ({"DeflectionUnits": ""}, UnitError, r"lacks \[Units\] DeflectionUnits"),
        ({"DeflectionUnits": "kilo-Newton"}, UnitError, "deflection in kN"),
        ({"LoadPlateRadius": ""}, SurveyError, "Device Configuration"),
        ({"DeflectionSensorXAxisDistances": "0, x"}, SurveyError, "Device Configuration"),
    ],
)
def test_what_no_drop_can_do_without_is_refused(changes: dict[str, str], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        read_pddx(pddx([pddx_place(1, "10.1", [DROP])], **changes), file="a.pddx")


def test_all_that_is_missing_is_told_at_once_with_the_entry_to_write() -> None:
    text = "[Pavement Deflection Data Exchange File]\n[Units]\nLoadUnits = stone\nDeflectionUnits = Microns\n"
    with pytest.raises(UnitError) as refused:
        read_pddx(text, file="a.pddx")
    for key in ("LoadPlateRadiusUnits", "TemperatureUnits", "SensorLocationUnits", "TestLocationUnits", "stone",
                "[Device Configuration] LoadPlateRadius", "DeflectionSensorXAxisDistances"):  # fmt: skip
        assert key in refused.value.message, key
    assert 'radius = "…"' in refused.value.cure
    assert "kN" in refused.value.cure
    assert ".csv" not in refused.value.cure, "the reader of the message has no source tree"


@pytest.mark.parametrize("words", [
    {"LoadUnits": "kN", "DeflectionUnits": "µm", "LoadPlateRadiusUnits": "mm", "TemperatureUnits": "°C"},
    {"LoadUnits": "Kilonewtons", "DeflectionUnits": "Micrometers", "LoadPlateRadiusUnits": "Millimeters"},
    {"DeflectionUnits": "μm", "TestLocationUnits": "km,m,m", "SensorLocationUnits": "millimetres"},
])  # fmt: skip
def test_signs_and_plurals_of_units_are_known(words: dict[str, str]) -> None:
    row = read_pddx(pddx([pddx_place(1, "10.1", [DROP])], **words), file="a.pddx")[0].iloc[0]
    assert (row["load_kn"], row["d0"], row["plate_radius_mm"], row["station"]) == (50.96, 292.6, 150, 10_100)


SAMPLES = Path(__file__).parents[2] / "docs" / "structure.md"


def test_the_samples_of_the_documentation_are_read() -> None:
    """Whoever writes an exporter begins with them."""
    f25_text, pddx_text = SAMPLES.read_text("utf-8").split("```text\n")[1:3]
    f25_drops, f25_faults = read_f25(f25_text.split("```")[0], file="a.f25")
    drops, faults = read_pddx(pddx_text.split("```")[0], file="a.pddx")
    assert f25_faults.empty
    assert faults.empty
    assert drops["d0"].tolist() == f25_drops["d0"].tolist() == [292.6]
    assert drops["station"].tolist() == f25_drops["station"].tolist() == [10_100]
    load = f25_drops["pressure_kpa"].to_numpy() * plate_load(1.0, radius=150)
    assert drops["load_kn"].to_numpy() == pytest.approx(load, rel=1e-3)


def test_other_content_is_refused_with_the_cure() -> None:
    with pytest.raises(SurveyError, match="does not begin") as refused:
        read_pddx("R80 fixed columns", file="a.pddx")
    assert "F25 or PDDX" in refused.value.cure


@pytest.mark.parametrize(
    ("time", "zone", "row", "words"),
    [
        ("", "Asia/Taipei", "T20", "1 of 2 drops have no time of day"),
        ("01:30:00", "America/New_York", "D4", "the change of the clock"),
    ],
)
def test_t20_d4_a_drop_without_a_known_hour_keeps_its_day_and_is_told_of(
    served, settings, tmp_path, time, zone, row, words
) -> None:
    """T20, D4: midnight is not guessed, so BELLS3 has no hour of it; the other place keeps its own."""
    day = {"TestDate": "03-NOV-2024"}
    places = [
        pddx_place(1, "10.15", [DROP], **day, TestTime=time),
        pddx_place(2, "10.25", [DROP], **day, TestTime="09:00"),
    ]
    entry = {"kind": "fwd", "file": "a.pddx", "options": {"route": "N1", "direction": "S", "lane": "2"}}
    made = package(tmp_path / "p", {"a.pddx": pddx(places)}, [entry], timezone=zone)
    report = ingest_package(made, store=served, settings=settings)
    told = report.faults[report.faults["rule"] == "no time"]
    assert [words in m for m in told["message"]] == [True], (row, report.text())
    drops = published.table(served, "fwd").sort_values("measure_m")
    assert drops["surveyed_on"].astype(str).str[:10].tolist() == ["2024-11-03"] * 2
    assert drops["tested_at"].isna().tolist() == [True, False]
    assert np.isnan(place_basins(drops)[0]["hour"]).tolist() == [True, False]
