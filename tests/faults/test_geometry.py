"""Geometry and places that must be refused or survived: G1-G8, G12, G15 of the acceptance list."""

import json

import numpy as np
import pytest
import shapely

from ingest.run import ingest_package
from pavement.store import published, runs
from tests.ingest.builders import LANES, NETWORK, X, Y, line_of, network_files, package

STRAIGHT = [[X, Y], [X, Y - 2000]]


def collection(*features, crs="urn:ogc:def:crs:EPSG::3826"):
    said = {"crs": {"type": "name", "properties": {"name": crs}}} if crs else {}
    return json.dumps({"type": "FeatureCollection", **said, "features": list(features)})


def networked(store, settings, tmp_path, *, survey=None, **files):
    folder = package(
        tmp_path / "n", network_files(**{k.replace("_", "."): v for k, v in files.items()}), NETWORK, **(survey or {})
    )
    return ingest_package(folder, store=store, settings=settings)


def events(served, settings, tmp_path, lines, *, header="route,direction,lane,from_m,to_m,kind,value", **survey):
    text = header + "\n" + "\n".join(lines) + "\n"
    folder = package(tmp_path / "e", {"a.csv": text}, [{"kind": "events", "file": "a.csv"}], **survey)
    return ingest_package(folder, store=served, settings=settings)


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
    import geopandas as gpd

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
