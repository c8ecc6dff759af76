"""Weigh-in-motion records by mapping: units, checks and spectra."""

import pandas as pd
import pytest

from ingest.run import ingest_package
from pavement.store import published
from tests.ingest.builders import package

SITES = "counter,route,direction,from_m,to_m\nW1,N1,S,10000,12000\n"
KG = 9.80665e-3
HEAD = "site,dir,day,class,gvw,a1,a2,a3,a4,a5,s1,s2,s3,s4"
TRAILER = "W1,S,2023-05-04,9,34500,4600,7000,7000,7950,7950,360,130,900,125"
NAMES = {
    "site": "counter", "dir": "direction", "day": "passed_on", "class": "vehicle_class", "gvw": "gross",
    **{f"a{n}": f"axle_{n}" for n in range(1, 6)}, **{f"s{n}": f"spacing_{n}" for n in range(1, 5)},
}  # fmt: skip
UNITS = {"gross": "kgf", "axle": "kgf", "spacing": "cm"}


def sent(store, settings, folder, rows, *, head=HEAD, columns=NAMES, **how):
    files = {"w.csv": "\n".join([head, *rows]) + "\n", "sites.csv": SITES}
    entry = {"kind": "wim", "file": "w.csv", "sites": "sites.csv", "columns": columns, "units": UNITS, **how}
    return ingest_package(package(folder, files, [entry]), store=store, settings=settings)


def test_axles_in_kilograms_become_spectra_and_a_factor_is_told(served, settings, tmp_path):
    report = sent(served, settings, tmp_path / "t", [TRAILER] * 40)
    assert report.rejected.empty, report.text()
    got = published.table(served, "axle_spectra").sort_values(["axles", "load_from"])
    assert got["groups"].tolist() == [40, 40, 40]
    assert got["axles"].tolist() == [1, 2, 2]
    loads = [4600 * KG, 14000 * KG, 15900 * KG]
    assert all(a <= x < b for a, b, x in zip(got["load_from"], got["load_to"], loads, strict=True))
    assert got[["counter", "route", "direction", "vehicle_class"]].drop_duplicates().to_numpy().tolist() == [
        ["W1S", "N1", "S", "5"]
    ]
    told = report.faults[report.faults["rule"] == "measured factor"]["message"].iloc[0]
    assert told.startswith("Class 5: 40 weighed vehicles give ")
    assert "the table has 2.4, 1.2 to 6.5" in told


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        (TRAILER.replace("34500", "20000"), "gross weight"),
        (TRAILER.replace(",9,", ",19,"), "unknown vehicle_class"),
        (TRAILER.replace("W1", "W9"), "unknown station"),
        (TRAILER.replace("7000,7950,7950", "7000,,7950"), "axles"),
        (TRAILER.replace("34500,4600", "64500,34600"), "range"),
        (TRAILER.replace("900", "150"), "axles"),
        (TRAILER.replace("2023-05-04", "2099-05-04"), "future"),
        (TRAILER.replace("4600", "x"), "type"),
    ],
)
def test_a_vehicle_that_cannot_be_is_left_out_and_the_others_are_kept(served, settings, tmp_path, row, rule):
    report = sent(served, settings, tmp_path / "t", [TRAILER, row])
    assert report.rejected["rule"].tolist() == [rule]
    assert report.rejected["row"].tolist() == [3]
    assert published.table(served, "axle_spectra")["vehicles"].unique().tolist() == [1]


def test_weights_that_cannot_be_are_told_in_numbers(served, settings, tmp_path):
    rows = [TRAILER, TRAILER.replace("34500", "20000"), TRAILER.replace("34500,4600", "64500,34600")]
    told = sent(served, settings, tmp_path / "t", rows).rejected["message"].tolist()
    assert told == [
        f"The axles make {34500 * KG:.1f} kN, the gross weight is {20000 * KG:.1f} kN.",
        f"An axle of {34600 * KG:.1f} kN is heavier than can be.",
    ]


def test_a_scale_whose_steering_axles_are_too_light_is_doubted(served, settings, tmp_path):
    light = TRAILER.replace("34500,4600", "32500,2600")
    report = sent(served, settings, tmp_path / "t", [light] * 40)
    told = report.faults[report.faults["rule"] == "doubtful"]["message"].iloc[0]
    assert "mean steering axle of 25.5 kN" in told


def test_classes_of_the_agency_are_taken_when_the_manifest_says_so(served, settings, tmp_path):
    rows = [TRAILER.replace(",9,", ",聯結車,")]
    report = sent(served, settings, tmp_path / "t", rows, options={"scheme": "tdcs"})
    assert report.rejected.empty, report.text()
    assert published.table(served, "axle_spectra")["vehicle_class"].unique().tolist() == ["5"]


def test_spectra_of_the_next_year_stand_beside_those_of_the_last(served, settings, tmp_path):
    rows = [TRAILER, TRAILER.replace("2023", "2022")]
    sent(served, settings, tmp_path / "t", rows)
    assert set(pd.unique(published.table(served, "axle_spectra")["year"])) == {2022, 2023}
