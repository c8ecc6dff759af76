"""Counts on the real toll gantries of Taiwan give loads by section; where nothing was counted nothing is said."""

import datetime as dt

import pandas as pd
import pytest

from benchmarks.gantry_network import LANES, gantry_points, write_gantry_list, write_gantry_network
from ingest.run import ingest_package
from pavement.measures.gantry_sections import gantry_parts, nearest_gantry
from pavement.measures.traffic import DAYS, lane_shares, truck_factors
from pavement.store import published
from pavement.store.segments import segment_table
from sample_data.gantry_counts import expected_days, write_counts

pytestmark = [pytest.mark.real, pytest.mark.nightly]
FIRST = dt.date(2024, 3, 4)
COUNTED = ("N5", "N1H", "N3A")


def test_every_published_id_is_understood(shared):
    listed = pd.read_csv(shared / "data/taiwan/gantries.csv", dtype=str)
    parts = gantry_parts(listed["gantry_id"])
    assert parts.notna().all(axis=None)
    posted = listed["mileage"].str.extract(r"(\d+)K\+(\d+)").astype(float)
    assert (parts["measure_m"] == posted[0] * 1000 + posted[1]).all()
    assert parts["variant"].value_counts().to_dict() == {"main": 318, "elevated": 15, "ramp": 2}
    # gone from the list v4.1, and told the nearest that is there
    gone = listed.loc[listed["in_list_v4_1"] == "False", "gantry_id"]
    known = listed.loc[listed["in_list_v4_1"] == "True", "gantry_id"]
    assert all(nearest_gantry(g, known)[:3] == g[:3] for g in gone)


def test_counts_placed_on_the_real_gantries_give_loads_by_section(store, settings, tmp_path, shared):
    points = gantry_points(shared)
    counted = points.loc[points["route"].isin(COUNTED), "gantry"].tolist()
    for package in (
        write_gantry_network(tmp_path / "network", points),
        write_gantry_list(tmp_path / "gantries", shared, since=dt.date(2024, 1, 1)),
        write_counts(tmp_path / "counts", counted, first=FIRST, days=7, seed=2),
    ):
        report = ingest_package(package, store=store, settings=settings)
        assert report.state == "published", report.text()
        assert report.rejected.empty, report.text()
    table = segment_table(store)
    assert set(table["route"]) == set(COUNTED)
    assert set(table.loc[table["esal"].notna(), "route"]) == set(COUNTED)
    sections = published.table(store, "traffic").drop_duplicates("counter").set_index("counter")
    true = expected_days(counted, first=FIRST, days=7, seed=2).groupby(["counter", "vehicle_class"])["volume"].mean()
    factor = truck_factors()["truck_factor"]
    for gantry in ("05F0055S", "01H0447N", "03A0041S"):
        section = sections.loc[gantry]
        lanes = LANES[section["route"]]
        inside = table[(table["route"] == section["route"]) & (table["direction"] == section["direction"])]
        inside = inside[(inside["from_m"] >= section["from_m"]) & (inside["to_m"] <= section["to_m"])]
        outer = inside.loc[inside["lane"] == str(lanes), "esal"]
        share = float(lane_shares([lanes], [str(lanes)])[0])
        assert outer.to_numpy() == pytest.approx(float((true[gantry] * factor).sum()) * DAYS * share)
        assert len(outer) >= 5
