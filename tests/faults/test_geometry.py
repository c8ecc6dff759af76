"""Networks, and places on them, that must be refused or survived: G1-G8 and G12-G15 of the acceptance list."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from pyproj import Geod

from ingest.run import ingest_package
from pavement.errors import LocationError
from pavement.network.cells import cells
from pavement.store import published, runs
from tests.examples import examples
from tests.faults.networks import STRAIGHT, collection, events, networked
from tests.ingest.builders import LANES, NETWORK, X, Y, line_of, network_files, package


@pytest.mark.parametrize(
    ("crs", "said", "coordinates"),
    [
        ("EPSG:4326", "", STRAIGHT),  # metres read as degrees
        ("EPSG:4326", "", [[24.4, 121.0], [24.38, 121.0]]),  # latitude and longitude swapped
        ("EPSG:3826", "", [[121.0, 24.4], [121.0, 24.38]]),  # degrees read as metres
        ("EPSG:4326", "urn:ogc:def:crs:EPSG::3826", STRAIGHT),  # file and manifest disagree
        ("EPSG:32633", "", STRAIGHT),  # another continent
    ],
)
def test_g1_g2_wrong_crs_refuses_the_network(crs, said, coordinates, store, settings, tmp_path):
    routes = collection(*(line_of(d, coordinates) for d in "SN"), crs=said)
    report = networked(store, settings, tmp_path, routes_geojson=routes, survey={"crs": crs})
    assert report.state == "refused"
    assert "CRS" in report.message or "survey.crs" in report.message
    assert runs.data_version(store) == 0


def test_g1_degrees_declared_as_such_are_projected(store, settings, tmp_path):
    line = gpd.GeoSeries([shapely.LineString(STRAIGHT)], crs=3826).to_crs(4326).iloc[0]
    points = gpd.GeoSeries(gpd.points_from_xy([X] * 3, [Y, Y - 1000, Y - 2000]), crs=3826).to_crs(4326)
    rows = [f"N1,{d},{10000 + 1000 * i},{p.x},{p.y}" for d in "SN" for i, p in enumerate(points)]
    report = networked(
        store,
        settings,
        tmp_path,
        routes_geojson=collection(*(line_of(d, list(line.coords)) for d in "SN"), crs=""),
        calibration_csv="route,direction,measure_m,x,y\n" + "\n".join(rows) + "\n",
        survey={"crs": "EPSG:4326"},
    )
    assert report.state == "published", report.text()
    routes = published.table(store, "routes")
    assert np.allclose(shapely.get_coordinates(routes.geometry.iloc[0]), STRAIGHT, atol=0.01)


@pytest.mark.parametrize(
    ("geometry", "words"),
    [
        (None, "no geometry"),
        ({"type": "LineString", "coordinates": []}, "no geometry"),
        ({"type": "Point", "coordinates": STRAIGHT[0]}, "not a line"),
        ({"type": "LineString", "coordinates": [STRAIGHT[0], STRAIGHT[0]]}, "no length"),
        (
            {"type": "LineString", "coordinates": [[X, Y], [X, Y - 2000], [X + 50, Y - 1000], [X - 50, Y - 1000]]},
            "crosses itself",
        ),
        (
            {"type": "MultiLineString", "coordinates": [[[X, Y], [X, Y - 900]], [[X, Y - 1000], [X, Y - 2000]]]},
            "parts that do not join",
        ),
    ],
)
def test_g3_g4_broken_line_refuses_the_network_with_its_id(geometry, words, store, settings, tmp_path):
    bad = line_of("N", STRAIGHT) | {"geometry": geometry}
    report = networked(store, settings, tmp_path, routes_geojson=collection(line_of("S", STRAIGHT), bad))
    assert (report.state, runs.data_version(store)) == ("refused", 0)
    fault = report.faults[report.faults["rule"] == "geometry"].iloc[0]
    assert words in fault["message"]
    assert "N1 N" in fault["message"]


def test_g4_joining_parts_are_one_line(store, settings, tmp_path):
    parts = [[[X, Y - 1000], [X, Y - 2000]], [[X, Y], [X, Y - 1000]]]
    split = line_of("N", STRAIGHT) | {"geometry": {"type": "MultiLineString", "coordinates": parts}}
    assert (
        networked(store, settings, tmp_path, routes_geojson=collection(line_of("S", STRAIGHT), split)).counts["routes"]
        == 2
    )


def test_g5_line_drawn_against_its_measures_is_turned_and_said(store, settings, tmp_path):
    routes = collection(line_of("S", STRAIGHT), line_of("N", STRAIGHT[::-1]))
    report = networked(store, settings, tmp_path, routes_geojson=routes)
    assert report.faults["rule"].tolist() == ["turned"]
    starts = [g.coords[0] for g in published.table(store, "routes").geometry]
    assert starts == [(X, Y), (X, Y)]


@pytest.mark.parametrize(
    ("from_m", "to_m", "rule"),
    [
        (10500, 10400, "order"),
        (10500, 10500, "order"),
        (-100, 10100, "beyond the route"),
        (9900, 10100, "beyond the route"),
        (11900, 12100, "beyond the route"),
        ("", 10100, "required"),
        ("nan", 10100, "type"),
    ],
)
def test_g6_stretches_are_rejected_never_clamped(from_m, to_m, rule, served, settings, tmp_path):
    lines = [f"N1,S,1,{from_m},{to_m},iri,1.5", "N1,S,1,11900,12000,iri,1.5"]
    report = events(served, settings, tmp_path, lines)
    assert report.faults[["row", "rule"]].to_numpy().tolist() == [[2, rule]]
    assert published.table(served, "events")["from_m"].tolist() == [11900.0]


def test_g7_lanes_may_not_overlap(store, settings, tmp_path):
    doubled = LANES + "N1,S,1,11500,12000,內側車道,inside lane,3.5,5\n"
    report = networked(store, settings, tmp_path, lanes_csv=doubled)
    assert (report.state, report.faults["rule"].tolist()) == ("refused", ["overlap"])


def test_g7_cells_add_up_to_the_lane(served):
    cells = published.table(served, "cells")
    lengths = (cells["to_m"] - cells["from_m"]).groupby([cells["direction"], cells["lane"]]).sum()
    assert (lengths == 2000).all()


def test_g7_lane_beyond_its_route(store, settings, tmp_path):
    report = networked(store, settings, tmp_path, lanes_csv=LANES.replace("N1,N,2,10000,12000", "N1,N,2,10000,12500"))
    assert (report.state, report.faults["rule"].tolist()) == ("refused", ["order"])


def test_g8_places_off_the_road_have_no_place(served, settings, tmp_path):
    header = "record,route,direction,x,y,reported_on,description"
    good = [f"R{i},N1,S,{X + 3},{Y - 100 * i},2024-01-02,坑洞" for i in range(1, 6)]
    bad = [f"R6,N1,S,{X + 400},{Y - 500},2024-01-02,坑洞", "R7,N1,S,0,0,2024-01-02,坑洞"]
    data = [{"kind": "distress", "file": "a.csv"}]
    folder = package(tmp_path / "d", {"a.csv": "\n".join([header, *good, *bad]) + "\n"}, data)
    report = ingest_package(folder, store=served, settings=settings)
    assert dict(zip(report.faults["row"], report.faults["rule"], strict=True)) == {
        7: "far from the route",
        8: "off the network",
    }
    assert np.allclose(published.table(served, "distress")["measure_m"], [10100, 10200, 10300, 10400, 10500])


def test_g2_records_in_a_wrong_crs_refuse_the_package(served, settings, tmp_path):
    header = "record,route,direction,x,y,reported_on,description"
    lines = [f"R{i},N1,S,24.4{i},121.0,2024-01-02,坑洞" for i in range(5)]
    data = [{"kind": "distress", "file": "a.csv"}]
    before = runs.data_version(served)
    folder = package(tmp_path / "d", {"a.csv": "\n".join([header, *lines])}, data, crs="EPSG:4326")
    report = ingest_package(folder, store=served, settings=settings)
    assert (report.state, runs.data_version(served)) == ("refused", before)
    assert "survey.crs" in report.message


def test_g12_lane_names_of_the_network_and_numbers_mean_the_same(served, settings, tmp_path):
    lanes = ["外側車道", "outside lane", "2", "第二車道"]
    lines = [f"N1,S,{name},{10000 + 100 * i},{10100 + 100 * i},iri,1.5" for i, name in enumerate(lanes)]
    events(served, settings, tmp_path, lines)
    assert published.table(served, "events")["lane"].tolist() == ["2"] * 4


def test_g15_a_border_belongs_to_one_cell(served, settings, tmp_path):
    header = "route,direction,lane,measure_m,drop,surveyed_on,load_kn,plate_radius_mm,d0,d300"
    lines = [f"N1,S,1,{m},1,2024-03-02,50,150,200,150" for m in (10000, 10100, 11999.9)]
    folder = package(tmp_path / "f", {"f.csv": "\n".join([header, *lines])}, [{"kind": "fwd", "file": "f.csv"}])
    ingest_package(folder, store=served, settings=settings)
    values = published.table(served, "cell_values")
    assert values.loc[values["kind"] == "d0", "cell"].tolist() == ["n1-s-1-010000", "n1-s-1-010100", "n1-s-1-011900"]


def test_nothing_is_located_without_a_network(store, settings, tmp_path):
    report = events(store, settings, tmp_path, ["N1,S,1,10000,10100,iri,1.5"])
    assert report.state == "refused"
    assert "package of the network first" in report.message


def test_a_second_network_of_the_same_routes_is_refused_and_the_same_survey_replaces_its_own(
    served, settings, tmp_path
):
    before = runs.data_version(served)
    other = package(tmp_path / "other", network_files(), NETWORK, id="network-second")
    report = ingest_package(other, store=served, settings=settings)
    assert report.state == "refused"
    assert "in force under the survey network" in report.message
    assert "survey id network" in report.message
    assert runs.data_version(served) == before
    assert not published.table(served, "cells")["cell"].duplicated().any()


def test_g13_measure_and_line_that_differ_are_told(store, settings, tmp_path):
    """A road of 5 % slope is 0.125 % longer than its chord: believed. One of 12 % is 0.72 % longer: told."""
    for slope, told in ((0.05, []), (0.12, ["drift", "drift"])):
        long = 1000 * np.hypot(1, slope)
        points = "route,direction,measure_m,x,y\n" + "".join(
            f"N1,{d},{10000 + k * long},{X},{Y - 1000 * k}\n" for d in "SN" for k in range(3)
        )
        end = 10000 + 2 * long
        routes = collection(*(line_of(d, STRAIGHT, to_m=end) for d in "SN"))
        lanes = LANES.replace("12000", str(end))
        files = {"routes_geojson": routes, "calibration_csv": points, "lanes_csv": lanes}
        report = networked(store, settings, tmp_path / f"{slope}", **files)
        assert report.state == "published", report.text()
        assert [r for r in report.faults["rule"] if r == "drift"] == told


def network_at(store, settings, tmp_path, places, *, source, length):
    """Return the report on a straight route through places (east, north) of a CRS, measured by its working frame."""
    rows = [f"N1,S,{10000 + length * k / (len(places) - 1)},{x},{y}" for k, (x, y) in enumerate(places)]
    files = network_files(
        **{
            "routes.geojson": collection(line_of("S", places, to_m=10000 + length), crs=""),
            "calibration.csv": "route,direction,measure_m,x,y\n" + "\n".join(rows) + "\n",
            "lanes.csv": f"route,direction,lane,from_m,to_m,width_m,offset_m\nN1,S,1,10000,{10000 + length},3.5,0\n",
        }
    )
    return ingest_package(package(tmp_path / "n", files, NETWORK, crs=source), store=store, settings=settings)


@pytest.fixture
def store_in(tmp_path):
    """Return a function that opens a store in a working frame."""
    from pavement.store.database import open_store
    from tests.ingest.builders import settings_at

    opened = []

    def open_in(crs):
        settings = settings_at(tmp_path / "own", crs=crs)
        opened.append(open_store(settings.home, url="", crs=crs))
        return opened[-1], settings

    yield open_in
    for store in opened:
        store.close()


@pytest.mark.parametrize(
    ("frame", "source", "start", "step"),
    [
        # across the antimeridian on Fiji, in degrees, into the Fiji map grid
        ("EPSG:3460", "EPSG:4326", (179.995, -16.8), (0.005, 0.0)),
        # 78° north on Svalbard
        ("EPSG:32633", "EPSG:4326", (15.6, 78.2), (0.0, 0.005)),
        # California in US survey feet into the same grid in metres: 3 280.833 ft are 1 000 m
        ("EPSG:26941", "EPSG:2225", (6_561_666.667, 1_940_416.667), (0.0, 3937 / 1.2 / 2)),
    ],
)
def test_g14_antimeridian_high_latitude_and_survey_feet_are_right(frame, source, start, step, store_in, tmp_path):
    store, settings = store_in(frame)
    places = [(start[0] + k * step[0], start[1] + k * step[1]) for k in range(3)]
    places = [(x - 360 if x > 180 else x, y) for x, y in places] if source == "EPSG:4326" else places
    # the geodesic is another way to the same length
    degrees = source == "EPSG:4326"
    length = Geod(ellps="WGS84").line_length(*zip(*places, strict=True)) if degrees else 1000.0
    report = network_at(store, settings, tmp_path, places, source=source, length=length)
    assert report.state == "published", report.text()
    assert "drift" not in report.faults["rule"].tolist()
    (line,) = published.table(store, "routes").geometry
    assert line.length == pytest.approx(length, rel=1e-3)


def test_g14_survey_feet_read_as_metres_are_refused(store_in, tmp_path):
    store, settings = store_in("EPSG:26941")
    places = [(6_561_666.667, 1_940_416.667 + 1640.4167 * k) for k in range(3)]
    report = network_at(store, settings, tmp_path, places, source="EPSG:26941", length=1000.0)
    assert report.state == "refused"
    assert "outside the area" in report.message


@pytest.mark.parametrize("frame", ["EPSG:2225", "EPSG:4326"])
def test_g14_working_frames_that_do_not_count_in_metres_are_refused(frame, store_in, tmp_path):
    store, settings = store_in(frame)
    places = [(6_561_666.667, 1_940_416.667 + 1640.4167 * k) for k in range(3)]
    report = network_at(store, settings, tmp_path, places, source="EPSG:2225", length=1000.0)
    assert report.state == "refused"
    assert "does not count in metres" in report.message


@hypothesis(max_examples=examples(40), deadline=None)
@given(
    st.lists(st.floats(20, 900), min_size=1, max_size=5),
    st.floats(0, 5000),
    st.sampled_from([50.0, 100.0, 160.9344]),
    st.lists(st.floats(0, 0.9999), min_size=1, max_size=10),
)
def test_g7_g15_lengths_add_up_and_every_place_lies_in_one_cell(steps, start, length, shares):
    ends = start + np.concatenate([[0.0], np.cumsum(steps)])
    routes = gpd.GeoDataFrame(
        {"route": ["N1"], "direction": ["S"], "sense": [1]},
        geometry=[shapely.LineString([[X, Y], [X, Y - 1.001 * (ends[-1] - start)]])],
        crs="EPSG:3826",
    )
    points = pd.DataFrame({"route": "N1", "direction": "S", "measure_m": ends, "x": X, "y": Y - 1.001 * (ends - start)})
    lane = {"route": "N1", "direction": "S", "lane": "1", "from_m": start, "to_m": ends[-1], "offset_m": 0.0}
    try:
        cut = cells(routes, points, pd.DataFrame([lane]), length=length)
    except LocationError:
        pytest.fail("a sound network was refused")
    assert (cut["to_m"] - cut["from_m"]).sum() == pytest.approx(ends[-1] - start)
    assert (cut["from_m"].iloc[1:].to_numpy() == cut["to_m"].iloc[:-1].to_numpy()).all()
    places = np.concatenate([start + np.array(shares) * (ends[-1] - start), cut["from_m"]])
    inside = (cut["from_m"].to_numpy() <= places[:, None]) & (places[:, None] < cut["to_m"].to_numpy())
    assert (inside.sum(axis=1) == 1).all()
    assert shapely.length(cut.geometry.to_numpy()).sum() == pytest.approx(1.001 * (ends[-1] - start))
