"""Overlaps (共線) in a network package: one road with two numbers has its cells once, whichever number is written."""

import io

import geopandas as gpd
import pandas as pd
import pytest

from ingest.run import ingest_package
from pavement.store import published
from pavement.store.exports import segment_export
from tests.faults.networks import STRAIGHT, collection, events
from tests.ingest.builders import LANES, NETWORK, X, Y, line_of, network_files, package

# N3 comes from the west, is on N1 southbound for a kilometre and leaves to the east; N5 does so northwards, turned
N3 = [[X - 1000, Y - 500], [X, Y - 500], [X, Y - 1500], [X + 1000, Y - 1500]]
N5 = [[X + 500, Y - 1800], [X, Y - 1800], [X, Y - 1000], [X - 500, Y - 1000]]
OVERLAPS = """route,direction,from_m,to_m,main_route,main_direction,main_from_m,main_to_m
N3,S,1000,2000,N1,S,10500,11500
國道5號,E,0k+500,1k+300,N1,N,11k+000,11k+800
"""
MORE = "".join(
    f"{r},{d},{n},0,{end},,,3.5,{2 + 3.5 * n}\n" for r, d, end in (("N3", "S", 3000), ("N5", "E", 1800)) for n in (1, 2)
)


def network(store, settings, tmp_path, overlaps=OVERLAPS, lanes=LANES + MORE):
    """Return the report on N1 with N3 and N5 that share it."""
    south = {"name_zh": "", "name_en": "", "sense": 1, "from_m": 0}
    lines = [line_of(d, STRAIGHT) for d in "SN"]
    lines += [line_of("S", N3, route="N3", to_m=3000, **south), line_of("E", N5, route="N5", to_m=1800, **south)]
    points = network_files()["calibration.csv"] + "".join(
        f"{route},{direction},{m},{x},{y}\n"
        for route, direction, line, at in (
            ("N3", "S", N3, (0, 1000, 2000, 3000)),
            ("N5", "E", N5, (0, 500, 1300, 1800)),
        )
        for m, (x, y) in zip(at, line, strict=True)
    )
    files = network_files(**{"routes.geojson": collection(*lines), "calibration.csv": points, "lanes.csv": lanes})
    entry = NETWORK[0] | {"overlaps": "overlaps.csv", "columns": {}}
    folder = package(tmp_path / "n", files | {"overlaps.csv": overlaps}, [entry], id="network")
    return ingest_package(folder, store=store, settings=settings)


@pytest.fixture
def shared_road(store, settings, tmp_path):
    """Return a store with the network of overlaps."""
    report = network(store, settings, tmp_path)
    assert report.state == "published", report.text()
    return store


def values_of(store, kind="iri"):
    values = published.table(store, "cell_values").query("kind == @kind")
    return dict(zip(values["cell"].astype(str), values["value"].round(6), strict=True))


def test_a_road_with_two_numbers_has_its_cells_once(shared_road):
    cells = published.table(shared_road, "cells")
    metres = (cells["to_m"] - cells["from_m"]).groupby([cells["route"], cells["direction"]]).sum()
    assert metres.to_dict() == {("N1", "N"): 4000, ("N1", "S"): 4000, ("N3", "S"): 4000, ("N5", "E"): 2000}
    of_three = cells[(cells["route"] == "N3") & (cells["lane"] == "1")]
    assert not of_three["from_m"].between(1000, 1999).any()
    assert published.table(shared_road, "overlaps")["turned"].tolist() == ["no", "yes"]


def test_what_is_written_by_either_number_lies_on_the_cells_of_the_main_route(shared_road, settings, tmp_path):
    lines = ["N1,S,1,10500,10600,iri,1", "N3,S,1,1000,1100,iri,2", "N3,S,2,950,1100,iri,3", "N5,E,1,500,700,iri,4"]
    report = events(shared_road, settings, tmp_path, lines)
    assert report.rejected.empty, report.text()
    assert values_of(shared_road) == {
        "n1-s-1-010500": 1.5, "n1-s-2-010500": 3, "n3-s-2-000900": 3, "n1-n-1-011600": 4, "n1-n-1-011700": 4,
    }  # fmt: skip
    road = published.table(shared_road, "events")
    assert not ((road["route"] == "N3") & (road["from_m"] >= 1000)).any()


def test_amounts_of_a_stretch_that_leaves_the_overlap_add_up(shared_road, settings, tmp_path):
    events(shared_road, settings, tmp_path, ["N3,S,1,1900,2300,pothole_area,8"])
    assert sum(values_of(shared_road, "pothole_area").values()) == pytest.approx(8)
    assert values_of(shared_road, "pothole_area")["n1-s-1-011400"] == pytest.approx(2)


def test_records_keep_their_ids_and_go_where_the_road_is_kept(shared_road, settings, tmp_path):
    works = "work,route,direction,lane,from_m,to_m,completed_on,treatment\nW1,N3,S,1,500,2500,2019-05-01,mill_overlay\n"
    defects = "record,route,direction,measure_m,reported_on,description\nR1,N5,E,600,2024-01-02,坑洞\n"
    data = [{"kind": "works", "file": "w.csv"}, {"kind": "distress", "file": "d.csv"}]
    folder = package(tmp_path / "r", {"w.csv": works, "d.csv": defects}, data, id="records")
    report = ingest_package(folder, store=shared_road, settings=settings)
    assert report.rejected.empty, report.text()
    kept = published.table(shared_road, "works")[["work", "route", "from_m", "to_m"]].to_numpy().tolist()
    assert kept == [["W1", "N3", 500, 1000], ["W1/2", "N1", 10500, 11500], ["W1/3", "N3", 2000, 2500]]
    distress = published.table(shared_road, "distress").iloc[0]
    assert (distress["route"], distress["direction"], distress["measure_m"]) == ("N1", "N", 11700)


def test_coordinates_without_a_route_on_an_overlap_are_not_between_two_roads(shared_road, settings, tmp_path):
    header = "record,x,y,heading,reported_on,description"
    lines = [f"R{i},{X - 4},{Y - 600 - 100 * i},180,2024-01-02,坑洞" for i in range(3)]
    lines += [f"R9,{X - 800},{Y - 500},90,2024-01-02,坑洞"]
    data = [{"kind": "distress", "file": "a.csv"}]
    folder = package(tmp_path / "d", {"a.csv": "\n".join([header, *lines]) + "\n"}, data)
    report = ingest_package(folder, store=shared_road, settings=settings)
    assert report.rejected.empty, report.text()
    found = published.table(shared_road, "distress")
    assert found["route"].tolist() == ["N1", "N1", "N1", "N3"]
    assert found["measure_m"].tolist() == pytest.approx([10600, 10700, 10800, 200])


def test_lanes_on_an_overlap_are_those_of_the_main_route(store, settings, tmp_path):
    """N3 has one lane outside; on N1 it has both, by number and by name."""
    one = "".join(line + "\n" for line in MORE.splitlines() if not line.startswith("N3,S,2"))
    assert network(store, settings, tmp_path, lanes=LANES + one).state == "published"
    lines = ["N3,S,2,1000,1100,iri,2", "N3,S,外側車道,1100,1200,iri,3", "N3,S,2,900,1000,iri,9"]
    report = events(store, settings, tmp_path, lines)
    assert report.faults["rule"].tolist() == ["lane ends"]
    assert values_of(store) == {"n1-s-2-010500": 2, "n1-s-2-010600": 3}


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        (("1000,2000,N1", "1000,2100,N1"), "length"),
        (("1000,2000,N1,S,10500,11500", "2000,3000,N1,S,10500,11500"), "apart"),
        (("N3,S,1000", "N4,S,1000"), "unknown route"),
        (("N1,S,10500", "N8,S,10500"), "unknown route"),
        (("N1,S,10500", "N1,up,10500"), "direction"),
        (("10500,11500", "10500,"), "required"),
        (("10500,11500", "10500,there"), "chainage"),
        (("10500,11500", "11500,12500"), "beyond the route"),
    ],
)
def test_an_overlap_that_cannot_be_refuses_the_network(wrong, rule, store, settings, tmp_path):
    report = network(store, settings, tmp_path, overlaps=OVERLAPS.replace(*wrong))
    assert (report.state, published.table(store, "cells").empty) == ("refused", True)
    assert rule in report.faults["rule"].tolist(), report.faults.to_string()


def test_a_lane_that_the_main_route_does_not_have_refuses_the_network(store, settings, tmp_path):
    report = network(store, settings, tmp_path, lanes=LANES + MORE + "N3,S,3,0,3000,,,3.5,12.5\n")
    assert report.state == "refused"
    assert "the main route has no such lane there" in report.faults["message"].iloc[0]


def test_exports_show_the_chainage_of_both_routes(shared_road, settings, tmp_path):
    events(
        shared_road, settings, tmp_path, ["N3,S,1,1000,1100,iri,2", "N5,E,1,500,600,iri,4", "N1,S,1,10000,10100,iri,1"]
    )
    text = segment_export(shared_road, tmp_path / "s.csv", language="en").read_text("utf-8-sig")
    table = pd.read_csv(io.StringIO(text), comment="#").set_index("Cell")
    assert table.loc["n1-s-1-010500", "Also posted as"] == "N3 1k+000 southbound – 1k+100"
    assert table.loc["n1-n-1-011700", "Also posted as"] == "N5 0k+500 eastbound – 0k+600"
    assert pd.isna(table.loc["n1-s-1-010000", "Also posted as"])
    segment_export(shared_road, tmp_path / "s.gpkg")
    dictionary = gpd.read_file(tmp_path / "s.gpkg", layer="dictionary").set_index("column")
    assert dictionary.loc["also_posted", ["zh", "en"]].tolist() == ["共線樁號", "Also posted as"]


def test_the_page_of_a_cell_and_the_form_know_both_numbers(shared_road, settings, tmp_path):
    from dashboard.app import create_app
    from dashboard.context import Context
    from dashboard.pages.segment import _note
    from dashboard.report_form import placed

    context = Context(shared_road, settings)
    cells = published.table(shared_road, "cells").set_index("cell", drop=False)
    with create_app(shared_road, settings).server.test_request_context():
        assert _note(context, cells.loc["n1-s-1-010500"]).endswith("共線：國道3號 1k+000 南下 – 1k+100")
        assert "共線" not in _note(context, cells.loc["n3-s-1-000900"])
        where = placed(context, "N3 S", "1k+250", "1")
    assert (where["route"], where["measure_m"]) == ("N1", 10750)
    assert where["position"] == "國道3號 1k+250 南下"
