"""Surveys of sample units, distress by distress, against the index of the same distresses."""

import pandas as pd
import pytest

from ingest.run import ingest_package
from pavement.condition.pci import pci, provenance
from pavement.store import published, segments
from tests.ingest.builders import package

HEAD = "route,direction,lane,from_m,to_m,surveyed_on,pavement,area_m2,slabs,distress,severity,quantity\n"
UNIT = "N1,S,1,{0},{1},2024-03-02,"


def survey(served, settings, tmp_path, lines, **options):
    files = {"d.csv": HEAD + "\n".join(lines) + "\n"}
    data = [{"kind": "distress_survey", "file": "d.csv", "options": options}]
    return ingest_package(package(tmp_path / "p", files, data, id="p"), store=served, settings=settings)


def test_a_unit_becomes_one_pci_and_a_sound_one_100(served, settings, tmp_path):
    first, second, third = (UNIT.format(a, a + 100) for a in (10000, 10100, 10200))
    lines = [
        f"{first}asphalt,350,,alligator_cracking,medium,20",
        f"{first}asphalt,350,,potholes,low,2",
        f"{second},350,,,,",
        f"{third}concrete,,20,linear_cracking,high,4",
    ]
    report = survey(served, settings, tmp_path, lines, full=True)
    assert report.rejected.empty, report.text()
    got = published.table(served, "events").sort_values("from_m")
    by_hand = pd.DataFrame(
        [("alligator_cracking", "medium", 20), ("potholes", "low", 2)], columns=["distress", "severity", "quantity"]
    )
    slabs = pd.DataFrame({"distress": ["linear_cracking"], "severity": ["high"], "quantity": [4]})
    expected = [pci(by_hand, area=350), 100, pci(slabs, area=20, pavement="concrete")]
    assert got["value"].tolist() == pytest.approx(expected)
    assert got["method"].str.startswith(f"{provenance()}; surveyed distress by distress").all()
    row = segments.segment_table(served).query("cell == 'n1-s-1-010000'").iloc[0]
    assert row["pci"] == pytest.approx(expected[0])
    assert row["pci_quality"] == "measured"


def test_a_survey_that_is_not_said_to_be_full_is_an_upper_bound(served, settings, tmp_path):
    survey(served, settings, tmp_path, [UNIT.format(10000, 10100) + "asphalt,350,,rutting,low,20"])
    got = published.table(served, "events").iloc[0]
    assert got["quality"] == "estimated"
    assert "upper bound" in got["method"]


def test_a_unit_with_a_row_that_cannot_be_used_has_no_pci(served, settings, tmp_path):
    first, second = UNIT.format(10000, 10100), UNIT.format(10100, 10200)
    lines = [
        f"{first}asphalt,350,,rutting,low,20",
        f"{first}asphalt,350,,corner_break,low,2",
        f"{second}concrete,350,,corner_break,low,2",
        f"{UNIT.format(10200, 10300)}asphalt,350,,rutting,low,",
        f"{UNIT.format(10300, 10400)}asphalt,350,,rutting,low,30",
    ]
    report = survey(served, settings, tmp_path, lines)
    assert report.faults["rule"].tolist() == ["allowed", "incomplete", "incomplete"]
    assert published.table(served, "events")["from_m"].tolist() == [10300]


def test_p11_a_missing_severity_is_listed_and_not_taken_as_low(served, settings, tmp_path):
    first, second, third = (UNIT.format(a, a + 100) for a in (10000, 10100, 10200))
    lines = [
        f"{first}asphalt,350,,rutting,,20",
        f"{second}asphalt,350,,polished_aggregate,,20",
        f"{third}asphalt,350,,Alligator cracking,H,20",
    ]
    report = survey(served, settings, tmp_path, lines)
    assert report.faults[["row", "column", "rule"]].to_numpy().tolist() == [[2, "severity", "incomplete"]]
    got = published.table(served, "events").sort_values("from_m")
    by_hand = [
        pd.DataFrame([row], columns=["distress", "severity", "quantity"])
        for row in (("polished_aggregate", "", 20), ("alligator_cracking", "high", 20))
    ]
    assert got["value"].tolist() == pytest.approx([pci(rows, area=350) for rows in by_hand])


def test_t22_a_distress_on_more_slabs_than_there_are_is_listed(served, settings, tmp_path):
    first, second = (UNIT.format(a, a + 100) for a in (10000, 10100))
    lines = [f"{first}concrete,,20,corner_break,{s},{n}" for s, n in (("low", 12), ("high", 9))]
    report = survey(served, settings, tmp_path, [*lines, f"{second}concrete,,20,corner_break,low,12"])
    assert report.faults[["row", "rule"]].to_numpy().tolist() == [[2, "range"], [3, "range"]]
    assert published.table(served, "events")["from_m"].tolist() == [10100]
