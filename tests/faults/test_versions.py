"""Networks that are measured anew: G10 of the acceptance list."""

import pytest

from ingest.run import ingest_package
from pavement.store import published
from tests.faults.networks import collection, events
from tests.ingest.builders import LANES, NETWORK, X, Y, line_of, network_files, package

# G10: the network of 2020 is measured anew: 100 m were added at its start, so that 10+100 of old is 10+200 now
ANEW = """old_route,old_direction,old_version,old_from_m,old_to_m,route,direction,version,from_m,to_m
N1,S,2020-01-01,10000,12000,N1,S,2024-01-01,10100,12100
N1,N,2020-01-01,10000,12000,N1,N,2024-01-01,10100,12100
"""


def remeasured(served, settings, tmp_path, crosswalk=ANEW):
    """Return the report on the network of 2024, 2.1 km long; measures are 100 m larger than in 2020."""
    straight = [[X, Y + 100], [X, Y - 2000]]
    points = "route,direction,measure_m,x,y\n" + "".join(
        f"N1,{d},{10000 + m},{X},{Y + 100 - m}\n" for d in "SN" for m in (0, 1000, 2100)
    )
    routes = collection(*(line_of(d, straight, to_m=12100, version="2024-01-01") for d in "SN"))
    files = network_files(
        **{"routes.geojson": routes, "calibration.csv": points, "lanes.csv": LANES.replace("12000", "12100")}
    )
    entry = NETWORK[0] | ({"crosswalk": "crosswalk.csv"} if crosswalk else {})
    files |= {"crosswalk.csv": crosswalk} if crosswalk else {}
    return ingest_package(package(tmp_path / "anew", files, [entry], id="network"), store=served, settings=settings)


def surveyed(served, settings, tmp_path):
    """Publish roughness, a repair and a defect of 10+100 to 10+200 on the network of 2020."""
    events(served, settings, tmp_path, ["N1,S,1,10100,10200,iri,2.5", "N1,S,1,10200,10300,iri,1.5"], id="profile")
    works = (
        "work,route,direction,lane,from_m,to_m,completed_on,treatment\nW1,N1,S,1,10100,10200,2019-05-01,mill_overlay\n"
    )
    defects = "record,route,direction,measure_m,reported_on,description\nR1,N1,S,10150,2024-01-02,坑洞\n"
    data = [{"kind": "works", "file": "w.csv"}, {"kind": "distress", "file": "d.csv"}]
    folder = package(tmp_path / "r", {"w.csv": works, "d.csv": defects}, data, id="records")
    report = ingest_package(folder, store=served, settings=settings)
    assert report.rejected.empty, report.text()


def iri_of(store) -> dict[str, float]:
    values = published.table(store, "cell_values").query("kind == 'iri'")
    return dict(zip(values["cell"].astype(str), values["value"], strict=True))


def test_g10_history_is_carried_to_where_it_lies_now(served, settings, tmp_path):
    surveyed(served, settings, tmp_path)
    assert iri_of(served) == {"n1-s-1-010100": 2.5, "n1-s-1-010200": 1.5}
    report = remeasured(served, settings, tmp_path)
    assert report.state == "published", report.text()
    assert "break in series" not in report.faults["rule"].tolist()
    assert iri_of(served) == {"n1-s-1-010200": 2.5, "n1-s-1-010300": 1.5}
    assert published.table(served, "events")["from_m"].tolist() == [10200, 10300]
    assert published.table(served, "works")[["from_m", "to_m"]].to_numpy().tolist() == [[10200, 10300]]
    assert published.table(served, "distress")["measure_m"].tolist() == [10250]
    one = published.table(served, "cell_values", columns=["value"], filters=[("cell", "==", "n1-s-1-010200")])
    assert one["value"].tolist() == [2.5]


def test_g10_what_comes_after_is_of_the_new_measure(served, settings, tmp_path):
    surveyed(served, settings, tmp_path)
    remeasured(served, settings, tmp_path)
    events(served, settings, tmp_path / "later", ["N1,S,1,10100,10200,iri,3.5"], id="profile-2024")
    assert iri_of(served) == {"n1-s-1-010100": 3.5, "n1-s-1-010200": 2.5, "n1-s-1-010300": 1.5}


def test_g10_without_a_crosswalk_the_series_breaks_and_that_is_said(served, settings, tmp_path):
    surveyed(served, settings, tmp_path)
    report = remeasured(served, settings, tmp_path, crosswalk="")
    assert report.state == "published"
    breaks = report.faults[report.faults["rule"] == "break in series"]
    assert breaks["value"].tolist() == ["N1 S", "N1 N"]
    assert "2,000 m of its version 2020-01-01" in breaks["message"].iloc[0]
    assert iri_of(served) == {}
    assert published.table(served, "works").empty


def test_g10_a_part_left_out_is_said_and_lost_alone(served, settings, tmp_path):
    surveyed(served, settings, tmp_path)
    partly = ANEW.replace("10000,12000,N1,S,2024-01-01,10100,12100", "10000,10200,N1,S,2024-01-01,10100,10300")
    report = remeasured(served, settings, tmp_path, crosswalk=partly)
    breaks = report.faults[report.faults["rule"] == "break in series"]
    assert breaks["message"].str.contains("1,800 m").tolist() == [True]
    assert iri_of(served) == {"n1-s-1-010200": 2.5}


def test_g10_the_same_version_again_moves_nothing(served, settings, tmp_path):
    surveyed(served, settings, tmp_path)
    again = network_files(**{"lanes.csv": LANES.replace("3.5,", "3.6,")})
    report = ingest_package(package(tmp_path / "same", again, NETWORK, id="network"), store=served, settings=settings)
    assert report.state == "published"
    assert "break in series" not in report.faults["rule"].tolist()
    assert iri_of(served) == {"n1-s-1-010100": 2.5, "n1-s-1-010200": 1.5}


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        (("10000,12000,N1,S", "12000,10000,N1,S"), "order"),
        (("10100,12100\nN1,N", "10100,12900\nN1,N"), "beyond the route"),
        (("N1,N,2020-01-01,10000", "N1,S,2020-01-01,10000"), "overlap"),
        (("N1,N,2024", "N1,up,2024"), "direction"),
        (("10100,12100\nN1,N", "there,12100\nN1,N"), "type"),
    ],
)
def test_g10_crosswalk_that_leads_nowhere_refuses_the_network(wrong, rule, served, settings, tmp_path):
    report = remeasured(served, settings, tmp_path, crosswalk=ANEW.replace(*wrong))
    assert report.state == "refused"
    assert rule in report.faults["rule"].tolist()
