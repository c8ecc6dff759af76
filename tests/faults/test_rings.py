"""Stretches that run across the joint of a ring: G11 of the acceptance list."""

import pytest

from ingest.run import ingest_package
from pavement.store import published
from tests.faults.networks import collection, events
from tests.ingest.builders import NETWORK, X, Y, line_of, network_files, package

RING = [[X, Y], [X + 1000, Y], [X + 1000, Y - 1000], [X, Y - 1000], [X, Y]]
LANES = "route,direction,lane,from_m,to_m,width_m,offset_m\nN9,E,1,0,4000,3.5,2\nN9,E,2,500,4000,3.5,5.5\n"


@pytest.fixture
def ring(store, settings, tmp_path):
    """Return a store with a ring of 4 km, whose second lane begins half a kilometre behind the joint."""
    line = line_of("E", RING, route="N9", sense=1, from_m=0, to_m=4000)
    points = "route,direction,measure_m,x,y\n" + "".join(f"N9,E,{1000 * k},{x},{y}\n" for k, (x, y) in enumerate(RING))
    files = network_files(**{"routes.geojson": collection(line), "calibration.csv": points, "lanes.csv": LANES})
    report = ingest_package(package(tmp_path / "n", files, NETWORK, id="network"), store=store, settings=settings)
    assert report.state == "published", report.text()
    return store


def cells_of(store, kind):
    values = published.table(store, "cell_values").query("kind == @kind")
    return dict(zip(values["cell"].astype(str), values["value"], strict=True))


def test_g11_a_stretch_across_the_joint_counts_on_both_sides(ring, settings, tmp_path):
    lines = ["N9,E,1,3900,100,iri,2", "N9,E,1,3900,300,pothole_area,8", "N9,E,1,3800,4000,prqi,1"]
    report = events(ring, settings, tmp_path, lines)
    assert report.rejected.empty, report.text()
    assert cells_of(ring, "iri") == {"n9-e-1-003900": 2, "n9-e-1-000000": 2}
    assert cells_of(ring, "pothole_area") == dict.fromkeys(
        ["n9-e-1-003900", "n9-e-1-000000", "n9-e-1-000100", "n9-e-1-000200"], 2
    )
    assert list(cells_of(ring, "prqi")) == ["n9-e-1-003800", "n9-e-1-003900"]
    told = report.faults[report.faults["rule"] == "joint"]["message"]
    assert told.tolist() == ["2 stretches run across the start of their ring."]


def test_g15_the_end_of_a_ring_is_its_start(ring, settings, tmp_path):
    header = "record,route,direction,measure_m,reported_on,description"
    lines = [f"R{i},N9,E,{m},2024-01-02,坑洞" for i, m in enumerate((0, 3999.5, 4000))]
    folder = package(tmp_path / "d", {"a.csv": "\n".join([header, *lines])}, [{"kind": "distress", "file": "a.csv"}])
    ingest_package(folder, store=ring, settings=settings)
    assert published.table(ring, "distress")["measure_m"].tolist() == [0.0, 3999.5, 0.0]


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("N9,E,2,3900,100,iri,2", "lane ends"),
        ("N9,E,外側車道,3900,100,iri,2", "unknown lane"),
        ("N9,E,1,4100,100,iri,2", "beyond the route"),
        ("N9,E,1,200,200,iri,2", "order"),
    ],
)
def test_g6_g11_what_no_ring_has_is_still_refused(line, rule, ring, settings, tmp_path):
    report = events(ring, settings, tmp_path, [line, "N9,E,1,0,100,iri,1"])
    assert report.rejected["rule"].tolist() == [rule]
    assert cells_of(ring, "iri") == {"n9-e-1-000000": 1}
