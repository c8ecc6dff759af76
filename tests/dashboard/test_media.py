"""Geometry and values for the map: strict JSON, sides of lanes, legends that say where their borders come from."""

import json

import numpy as np
import pandas as pd
import pytest

from dashboard import i18n, media, queries, ui
from pavement.store import runs, segments


def test_lanes_lie_right_of_travel_in_both_directions(made):
    cells, routes = made.cells(), made.routes()
    sides = media.lane_sides(cells, routes)
    by = cells.assign(side=sides).groupby(["direction", "lane"])["side"].first()
    # measure grows southward: southbound lanes lie right of the line as drawn, northbound ones left of it
    assert by[("S", "1")] == 1
    assert by[("S", "2")] == 2
    assert by[("N", "1")] == -1
    assert by[("N", "2")] == -2


def test_e3_missing_and_infinite_numbers_are_null():
    assert media.or_null(pd.Series([1.23456789, np.nan, np.inf, -np.inf])) == [1.234568, None, None, None]


def test_the_map_gets_every_cell_once_in_wgs84(signed_in, store):
    version = runs.data_version(store)
    answer = signed_in("viewer").get(f"/data/cells/{version}")
    features = json.loads(answer.data)["features"]
    assert len(features) == 240
    assert [f["id"] for f in features] == list(range(240))
    x, y = features[0]["geometry"]["coordinates"][0]
    assert 120 < x < 122
    assert 24 < y < 25
    assert signed_in("viewer").get(f"/data/cells/{version + 1}").status_code == 409


def test_values_are_strict_json_and_fit_the_cells(signed_in, store):
    client = signed_in("viewer")
    client.get("/language/en")
    version = runs.data_version(store)

    def refuse(name):
        raise AssertionError(name)

    past = json.loads(client.get(f"/data/values/{version}/iri/2024/en").data, parse_constant=refuse)
    assert len(past["values"]) == 240
    assert past["breaks"] == [pytest.approx(1.499, abs=1e-3), pytest.approx(2.683, abs=1e-3)]
    assert past["classes"] == ["Good  < 1.499", "Fair  1.499 – 2.683", "Poor  > 2.683"]
    assert past["quality"][0] == "measured"
    assert past["surveyed"][0] == "2024-03-05"
    newest = json.loads(client.get(f"/data/values/{version}/iri/0/en").data, parse_constant=refuse)
    assert newest["values"] == past["values"]
    assert newest["year_text"] == "newest value of each cell, 2024"
    ahead = json.loads(client.get(f"/data/values/{version}/iri/2030/en").data, parse_constant=refuse)
    assert all(
        low <= value <= high for low, value, high in zip(ahead["low"], ahead["values"], ahead["high"], strict=True)
    )


def test_the_grade_is_a_measure_of_the_map(signed_in, store):
    client = signed_in("viewer")
    client.get("/language/en")
    version = runs.data_version(store)
    ask = f"/data/values/{version}/condition"
    of_year = json.loads(client.get(f"{ask}/2024/en").data)
    history = segments.segment_table(store)
    plain = history[history["year"] == 2024].set_index("cell")["condition"]
    order = [f["properties"]["cell"] for f in json.loads(client.get(f"/data/cells/{version}").data)["features"]]
    words = [None if v is None else of_year["words"][int(v)].lower() for v in of_year["values"]]
    assert words == plain.reindex(order).tolist()
    assert len(set(words)) > 1
    newest = json.loads(client.get(f"{ask}/0/en").data)
    pairs = list(zip(newest["values"], of_year["values"], strict=True))
    assert sum(now == then for now, then in pairs) >= 220
    # a work after the last survey leaves no grade rather than an outdated one
    assert {now for now, then in pairs if now != then} <= {None}
    assert newest["surveyed"][0] == "2024-03-05"
    assert client.get(f"{ask}/1066/en").status_code == 404


def test_the_answer_is_smaller_for_browsers_that_unpack(signed_in, store):
    path = f"/data/cells/{runs.data_version(store)}"
    plain = signed_in("viewer").get(path)
    packed = signed_in("viewer").get(path, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.data) < len(plain.data) / 5


def test_a_legend_has_one_colour_more_than_borders(app):
    with app.server.test_request_context():
        for kind, cuts in (("iri", [1.5, 2.7]), ("aadt", [1.0, 2.0, 3.0, 4.0]), ("aadt", [1.0]), ("aadt", [])):
            found = media.legend(kind, cuts, lowest=7.0)
            assert len(found["colours"]) == len(cuts) + 1 == len(found["classes"])
        assert media.legend("iri", [1.5, 2.7], lowest=1.0)["colours"] == [ui.GOOD, ui.FAIR, ui.POOR]


@pytest.mark.parametrize(
    ("values", "classes", "words"),
    [
        ([3.0] * 6, ["3 everywhere"], "the same one"),
        ([0.0] * 9 + [2.0], ["< 2", "≥ 2"], "2 classes"),
        ([1.0, 2.0, 3.0, 3.0, 3.0, 3.0], ["< 2", "2 – 3", "≥ 3"], "3 classes"),
        (list(range(100)), ["< 20", "20 – 40", "40 – 59", "59 – 79", "≥ 79"], "fifths"),
    ],
)
def test_a_legend_says_how_many_classes_there_are_and_why(app, values, classes, words):
    with app.server.test_request_context():
        i18n.session["language"] = "en"
        shown = pd.Series(values, dtype=float)
        found = media.legend("works", queries.breaks("works", shown), lowest=shown.min())
    assert found["classes"] == classes
    assert words in found["note"]
    if len(classes) < 5:
        assert "fifths" not in found["note"]


@pytest.mark.parametrize(
    ("kind", "limits", "classes", "colours"),
    [
        (
            "friction_sn",
            {"good": 45.0, "poor": 35.0},
            ["Poor  < 35.00", "Fair  35.00 – 45.00", "Good  > 45.00"],
            [ui.POOR, ui.FAIR, ui.GOOD],
        ),
        (
            "aari",
            {"good": 1.0, "poor": 2.0},
            ["Good  < 1.00", "Fair  1.00 – 2.00", "Poor  > 2.00"],
            [ui.GOOD, ui.FAIR, ui.POOR],
        ),
    ],
)
def test_the_map_is_coloured_by_the_limits_that_the_agency_sets(app, monkeypatch, kind, limits, classes, colours):
    """Every value has the colour of its grade, the limits themselves that of fair."""
    values = pd.Series([0.5, 1.0, 1.5, 2.0, 2.5, 30.0, 35.0, 40.0, 45.0, 50.0])
    with app.server.test_request_context():
        i18n.session["language"] = "en"
        assert "fifths" in media.legend(kind, queries.breaks(kind, values), lowest=0.5)["note"]
        monkeypatch.setitem(app.server.config, "GRADE_LIMITS", {kind: limits})
        found = media.legend(kind, queries.breaks(kind, values), lowest=0.5)
        grades = [queries.grade(kind, v) for v in values]
    assert (found["classes"], found["colours"]) == (classes, colours)
    assert found["note"] == "Limits: setting grade_limits; set by the agency"
    shown = [found["colours"][at] for at in np.searchsorted(found["breaks"], values, side="right")]
    assert shown == [{"good": ui.GOOD, "fair": ui.FAIR, "poor": ui.POOR}[g] for g in grades]


def test_no_limit_is_said_to_be_from_memory(app):
    with app.server.test_request_context():
        note = media.legend("rut", [5.08, 10.2], lowest=1.0)["note"]
    assert note.endswith("待確認")
    assert "memory" not in note


@pytest.mark.parametrize(
    ("end", "anchor", "right", "down"),
    [((0, 1), "left", 1, 0), ((0, -1), "left", 1, 0), ((1, 0), "top", 0, 1), ((1, 1), "top-left", 1, 1)],
)
def test_the_label_of_a_post_stands_clear_of_its_road(end, anchor, right, down):
    found = media.beside_road(121.0, 0.0, 121.0 + end[0], 0.0 + end[1])
    assert found["anchor"] == anchor
    long = np.hypot(*found["offset"])
    assert found["offset"] == pytest.approx(
        [long * right / np.hypot(right, down), long * down / np.hypot(right, down)], abs=0.01
    )
    # at a right angle to the road, offsets counting downwards
    assert found["offset"][0] * end[0] - found["offset"][1] * end[1] == pytest.approx(0, abs=0.02)
