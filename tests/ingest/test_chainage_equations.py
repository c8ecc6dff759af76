"""Chainage equations (斷鏈) in a network package: records by their signs, and signs in what is written out."""

import json
import zipfile

import pytest

from ingest.run import ingest_package
from pavement.store import published
from pavement.store.database import open_store
from pavement.store.record_exports import record_export
from tests.ingest.builders import NETWORK, network_files, package

# signs of N1 southbound: 10+000 … 10+800, the last 200 m once more, on to 11+300, then 500 m that do not exist
SOUTH = """route,direction,piece,from_m,to_m,posted_m
N1,S,,10000,10600,10k+000
N1,S,A,10600,10800,10k+600
N1,S,B,10800,11000,10600
N1,S,,11000,11500,10800
N1,S,,11500,12000,11800
"""
DATA = [NETWORK[0] | {"chainage": "chainage.csv"}]


@pytest.fixture
def broken(store, settings, tmp_path):
    """Return a store whose N1 southbound has a long and a short chain."""
    folder = package(tmp_path / "n", network_files() | {"chainage.csv": SOUTH}, DATA, id="network")
    report = ingest_package(folder, store=store, settings=settings)
    assert report.state == "published", report.text()
    return store


def events(store, settings, tmp_path, *lines, header="route,direction,lane,from_chainage,to_chainage,kind,value"):
    text = header + "\n" + "\n".join(lines) + "\n"
    folder = package(tmp_path / "e", {"a.csv": text}, [{"kind": "events", "file": "a.csv"}])
    return ingest_package(folder, store=store, settings=settings)


def test_records_are_placed_by_their_signs(broken, settings, tmp_path):
    report = events(
        broken,
        settings,
        tmp_path,
        "N1,S,1,10k+100,10k+200,iri,1.1",
        "N1,S,1,10k+600A,10k+700A,iri,1.2",
        "N1,S,1,10k+600 (B),10k+700B,iri,1.3",
        "N1,S,1,10k+650A,10k+750B,iri,1.4",  # 300 m long although the signs differ by 100
        "N1,S,1,11k+200,11k+900,iri,1.5",  # 200 m long although the signs differ by 700
        "N1,N,1,10k+700,10k+800,iri,1.6",  # the other carriageway has no equations
    )
    assert report.faults.empty, report.text()
    stretches = published.table(broken, "events").sort_values("value")[["from_m", "to_m"]]
    assert stretches.to_numpy().tolist() == [
        [10100, 10200], [10600, 10700], [10800, 10900], [10650, 10950], [11400, 11600], [10700, 10800],
    ]  # fmt: skip


def test_doubled_and_missing_signs_are_listed_with_every_place(broken, settings, tmp_path):
    report = events(
        broken,
        settings,
        tmp_path,
        "N1,S,1,10k+100,10k+700,iri,1.1",
        "N1,S,1,11k+400,11k+900,iri,1.2",
        "N1,S,1,10k+100C,10k+200,iri,1.3",
        "N1,S,1,10k+100,10k+200,iri,1.4",
    )
    faults = report.faults.set_index("row")
    assert faults["rule"].to_dict() == {2: "long chain", 3: "short chain", 4: "short chain"}
    assert faults.loc[2, "message"] == "10k+700 stands at 2 places: A at 10700 m and B at 10900 m."
    assert faults.loc[3, "message"] == "11k+400 does not stand on its route."
    assert published.table(broken, "events")["value"].tolist() == [1.4]


def test_one_column_with_route_sign_and_direction(broken, settings, tmp_path):
    lines = ["國道1號 10k+600A~10k+700B 南下,1,iri,1.1", "國道1號 10k+600~10k+700 南下,1,iri,1.2"]
    report = events(broken, settings, tmp_path, *lines, header="location,lane,kind,value")
    assert published.table(broken, "events")[["from_m", "to_m"]].to_numpy().tolist() == [[10600, 10900]]
    assert report.faults["rule"].tolist() == ["long chain"]


def test_measures_in_metres_are_the_continuous_ones(broken, settings, tmp_path):
    events(
        broken, settings, tmp_path, "N1,S,1,10700,10900,iri,1.1", header="route,direction,lane,from_m,to_m,kind,value"
    )
    assert published.table(broken, "events")[["from_m", "to_m"]].to_numpy().tolist() == [[10700, 10900]]


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        (("N1,S,A,", "N1,S,,"), "long chain"),
        (("10600,10800,10k", "10650,10800,10k"), "gap"),
        (("11500,12000", "11500,11900"), "ends"),
        (("11500,12000", "12000,11500"), "order"),
        (("N1,S,A", "N9,S,A"), "unknown route"),
        (("10k+600", "here"), "type"),
    ],
)
def test_equations_that_are_no_partition_refuse_the_network(wrong, rule, store, settings, tmp_path):
    text = SOUTH.replace(*wrong).replace("N1,S,B", "N1,S,") if rule == "long chain" else SOUTH.replace(*wrong)
    folder = package(tmp_path / "n", network_files() | {"chainage.csv": text}, DATA)
    report = ingest_package(folder, store=store, settings=settings)
    assert report.state == "refused"
    assert rule in report.faults["rule"].tolist()


def test_records_written_out_by_their_signs_come_back_to_their_places(broken, settings, tmp_path):
    works = "work,route,direction,lane,from_m,to_m,completed_on,treatment\n" + "".join(
        f"W{i},N1,S,1,{a},{b},2019-05-01,mill_overlay\n"
        for i, (a, b) in enumerate([(10100, 10600), (10650, 10800), (10800, 10950.5), (10700, 11900)])
    )
    data = [{"kind": "works", "file": "w.csv"}]
    ingest_package(package(tmp_path / "w", {"w.csv": works}, data, id="works"), store=broken, settings=settings)
    out = record_export(broken, tmp_path / "r.zip", language="en")
    with zipfile.ZipFile(out) as archive:
        text = archive.read("works.csv").decode("utf-8-sig")
    assert "10k+650A,10k+800A" in text
    assert "10k+600B,10k+750.5B" in text
    with open_store(tmp_path / "again", crs="EPSG:3826") as again:
        own = settings.replaced(home=str(tmp_path / "again"))
        folder = package(tmp_path / "n2", network_files() | {"chainage.csv": SOUTH}, DATA, id="network")
        ingest_package(folder, store=again, settings=own)
        report = ingest_package(out, store=again, settings=own)
        assert report.rejected.empty, report.text()
        ends = [
            published.table(s, "works").sort_values("work")[["from_m", "to_m"]].to_numpy().tolist()
            for s in (broken, again)
        ]
    assert ends[0] == ends[1]


def test_a_route_is_known_by_its_own_name_too(store, settings, tmp_path):
    """A ramp has no name that a rule could read; the table of routes gives it."""
    files = network_files()
    ramp = {k: v.replace('"N1"', '"N5R12"').replace("N1,", "N5R12,") for k, v in files.items()}
    ramp["routes.geojson"] = ramp["routes.geojson"].replace(json.dumps("國道1號"), json.dumps("頭城交流道南下出口"))
    ingest_package(package(tmp_path / "n", ramp, NETWORK, id="network"), store=store, settings=settings)
    events(
        store,
        settings,
        tmp_path,
        "頭城交流道南下出口,S,1,10k+100,10k+200,iri,1.1",
        "國道5號匝道12,S,1,10k+300,10k+400,iri,1",
    )
    assert published.table(store, "events")["route"].tolist() == ["N5R12", "N5R12"]
