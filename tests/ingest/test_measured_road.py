"""Profiles as ERD and results of a laser system, from one package to the segment table of the sample network."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from ingest.run import ingest_package
from pavement.measures.iri import segment_roughness
from pavement.store import published
from pavement.store.segments import segment_table
from sample_data.bundle import FOLDER
from tests.ingest.builders import package
from tests.ingest.profile_files import erd, results, section

STEP = 0.05
ERD_PLACE = {"route": "N99", "direction": "N", "lane": "2", "start": "11k+500"}
LCMS_PLACE = {
    "route": "國道99號",
    "direction": "南下",
    "lane": "內側車道",
    "start": "10k+200",
    "start_distance_m": 3000,
}
# deeper and rougher from section to section, a crack across every tenth
RUTS = np.linspace(4, 8, 20)


def tracks():
    """Return heights of two wheel paths over 400 m, the last 100 m three times as rough. [mm]"""
    rng = np.random.default_rng(8)
    slopes = rng.normal(0, 0.3, (2, int(400 / STEP)))
    slopes[:, int(300 / STEP) :] *= 3
    return np.cumsum(slopes, axis=1).round(6)


def laser(at):
    """Return a section of 10 m: a crack all along its right wheel path, and a pothole in the fifth."""
    begin = 3000 + 10.0 * at
    cracks = [[(2625, 0, 4), (2625, 10_000, 0)], *([[(0, 5000, 3), (3500, 5000, 0)]] if at % 10 == 0 else [])]
    ruts = [(side, begin + 5, 800, RUTS[at]) for side in ("Left", "Right")]
    box = "<BoundingBox><MinX>500</MinX><MaxX>900</MaxX><MinY>2000</MinY><MaxY>2500</MaxY></BoundingBox>"
    hole = f"<Pothole><Area>0.15</Area><AverageDepth>20</AverageDepth><MaximumDepth>50</MaximumDepth>{box}</Pothole>"
    more = f"<PotholesInformation>{hole if at == 4 else ''}</PotholesInformation>"
    return results(section(begin, number=at, cracks=cracks, ruts=ruts, rough=[(875, 2.0), (2625, 2.4)], more=more))


@pytest.fixture
def road(store, settings, tmp_path):
    """Return the store with the sample network and one survey of two lanes."""
    assert ingest_package(FOLDER / "00-network.zip", store=store, settings=settings).state == "published"
    left, right = tracks()
    files = {"profile.erd": erd({"LElev.": left, "RElev.": right}, step=STEP)}
    files |= {f"lcms/LcmsResult_{k:06d}.xml": laser(k) for k in range(20)}
    straightedge = {"rut_method": "straightedge", "rut_length": 2.0}
    data = [
        {"kind": "longitudinal_profile", "file": "profile.erd", "options": ERD_PLACE},
        {"kind": "lcms", "files": "lcms/*.xml", "options": LCMS_PLACE | straightedge},
    ]
    when = {"started": dt.datetime(2024, 3, 2, 1, tzinfo=dt.UTC), "ended": dt.datetime(2024, 3, 2, 2, tzinfo=dt.UTC)}
    report = ingest_package(package(tmp_path / "survey", files, data, **when), store=store, settings=settings)
    assert report.state == "published", report.text()
    assert report.faults.empty, report.text()
    return store


def test_every_measure_stands_in_the_right_cell(road):
    table = segment_table(road).set_index(["direction", "lane", "from_m"])
    assert (table["year"] == 2024).all()
    left, right = tracks()
    # driven from 11k+500 down: the last 100 m, three times as rough, are the cell from 11k+100
    heights = {"elevation_left": left / 1000, "elevation_right": right / 1000}
    profile = pd.DataFrame({"measure_m": 11_500 - STEP * np.arange(len(left))} | heights)
    expected = segment_roughness(profile, length=100).set_index("from_m")
    rough = table.loc["N", "2"]
    assert rough.index.tolist() == [11_100, 11_200, 11_300, 11_400]
    for kind in ("iri", "iri_left", "iri_right", "hri"):
        np.testing.assert_allclose(rough[kind], expected[kind], rtol=1e-6)
    assert rough["iri"].loc[11_100] > 2.5 * rough["iri"].loc[11_300]
    assert (rough["iri_local"] > rough["iri"]).all()

    laser_lane = table.loc["S", "1"]
    assert laser_lane.index.tolist() == [10_200, 10_300]
    np.testing.assert_allclose(laser_lane["rut"], [RUTS[:10].mean(), RUTS[10:].mean()])
    np.testing.assert_allclose(laser_lane["rut_max"], [RUTS[9], RUTS[19]])
    np.testing.assert_allclose(laser_lane["iri"], 2.2)
    np.testing.assert_allclose(laser_lane["crack_longitudinal"], 100 / 350)
    np.testing.assert_allclose(laser_lane["crack_transverse"], 3.5 / 350)
    # squares of 0.1 m: a row along the lane, and one across it that shares a square with it
    assert laser_lane["crack_percent"].between(100 * 10 / 350, 100 * 10.5 / 350).all()
    assert laser_lane["transverse_complete"].tolist() == [1, 1]
    assert laser_lane["pothole_count"].tolist() == [1, 0]
    assert laser_lane["pothole_area"].tolist() == pytest.approx([0.15, 0])
    assert (laser_lane["iri_quality"] == "measured").all()


def test_what_stands_beside_the_cells_says_how_it_was_measured(road):
    ruts = published.table(road, "wheel_path_ruts")
    assert (len(ruts), set(ruts["method"])) == (40, {"straightedge 2 m"})
    places = published.table(road, "rough_places")
    assert len(places) > 0
    assert (places["iri_peak"] > places["limit_iri"]).all()
    assert places["from_m"].between(11_100, 11_500).all()
    zones = published.table(road, "crack_zones")
    along = zones[zones["type"] == "longitudinal"]
    assert set(along["zone"]) == {"wheel_path_right"}
    assert along["length_m"].sum() == pytest.approx(200)
    assert len(published.table(road, "frames")) == 20
    assert (published.table(road, "findings")["kind"] == "pothole").sum() == 1


def test_a_kind_that_another_file_measures_is_left_out(store, settings, tmp_path):
    ingest_package(FOLDER / "00-network.zip", store=store, settings=settings)
    options = LCMS_PLACE | {"leave_out": ["iri", "iri_left", "iri_right"]}
    data = [{"kind": "lcms", "files": "*.xml", "options": options}]
    ingest_package(package(tmp_path / "s", {"a_1.xml": laser(1)}, data), store=store, settings=settings)
    kinds = set(published.table(store, "events")["kind"])
    assert {"rut", "crack_length"} <= kinds
    assert not {k for k in kinds if k.startswith("iri")}
