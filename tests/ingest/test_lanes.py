"""Lanes by number and by name, where the number of lanes decides, and in conventions of other lands (G12)."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from ingest.fault_list import Marks
from ingest.lanes import lane_counts, lane_ids, lanes_there
from ingest.network import Network
from ingest.run import ingest_package
from pavement.store import published
from tests.examples import examples
from tests.ingest.builders import NETWORK, network_files, package

# three lanes, four from 11k on, an auxiliary lane and shoulders: numbered from the inside
INSIDE = [("1", 10000, 12000), ("2", 10000, 12000), ("3", 10000, 12000), ("4", 11000, 12000)]
HEAD = "route,direction,lane,from_m,to_m,width_m,offset_m\n"
BESIDE = [("aux", 10500, 11000), ("shoulder_out", 10000, 12000), ("shoulder_in", 10000, 12000)]
OFFSETS = {"1": 2, "2": 5.5, "3": 9, "4": 12.5, "aux": 12.5, "shoulder_in": 0.5, "shoulder_out": 16}


def lanes_csv(pieces, *, offset=OFFSETS) -> str:
    rows = [f"N1,{d},{lane},{low},{high},3.5,{offset[lane]}" for d in "SN" for lane, low, high in pieces]
    return HEAD + "\n".join(rows) + "\n"


def stored(store, settings, folder, lanes: str, **options):
    data = [NETWORK[0] | ({"options": options} if options else {})]
    made = package(folder, network_files(**{"lanes.csv": lanes}), data, id="network")
    return ingest_package(made, store=store, settings=settings)


@pytest.fixture
def wide(store, settings, tmp_path):
    assert stored(store, settings, tmp_path / "n", lanes_csv([*INSIDE, *BESIDE])).state == "published"
    return store


@pytest.mark.parametrize(
    ("name", "low", "high", "lane"),
    [
        ("內側車道(第1)", 10100, 10200, "1"),
        ("內側車道（第１）", 10100, 10200, "1"),
        ("內側車道", 11100, 11200, "1"),
        ("中線車道", 10100, 10200, "2"),
        ("外側車道", 10100, 10200, "3"),
        ("外側車道", 11100, 11200, "4"),
        ("中內車道", 11100, 11200, "2"),
        ("中外車道", 11100, 11200, "3"),
        ("第三車道", 11100, 11200, "3"),
        ("3", 11100, 11200, "3"),
        ("輔助車道", 10600, 10700, "aux"),
        ("加減速車道", 10600, 10700, "aux"),
        ("外側路肩", 10600, 10700, "shoulder_out"),
        ("路肩", 10600, 10700, "shoulder_out"),
        ("內路肩", 10600, 10700, "shoulder_in"),
        ("中線車道", 11100, 11200, None),  # of four lanes none is the middle one
        ("外側車道", 10900, 11100, None),  # it is lane 3 at first and lane 4 behind
        ("中內車道", 10100, 10200, None),
        ("輔助車道", 11100, 11200, None),
    ],
)
def test_g12_names_become_numbers_from_the_inside(name, low, high, lane):
    lanes = pd.DataFrame([*INSIDE, *BESIDE], columns=["lane", "from_m", "to_m"]).assign(route="N1", direction="S")
    network = Network(gpd.GeoDataFrame(), pd.DataFrame(), lanes, gpd.GeoDataFrame())
    frame = pd.DataFrame({"lane": [name], "_row": [2]})
    place = pd.DataFrame({"route": ["N1"], "direction": ["S"], "from_m": [float(low)], "to_m": [float(high)]})
    marks = Marks(frame, file="a.csv")
    place["lane"] = lane_ids(frame, place, network, marks, required=True)
    found = lanes_there(place, frame, ["from_m", "to_m"], network, marks)
    if lane is None:
        assert marks.any.all()
    else:
        assert not marks.any.any(), marks.frame()["message"].tolist()
        assert found["lane"].tolist() == [lane]


def test_g12_records_numbered_from_the_outside(wide, settings, tmp_path):
    text = "route,direction,lane,from_m,to_m,kind,value\n"
    text += (
        "N1,S,1,10100,10200,iri,1.1\nN1,S,1,11100,11200,iri,1.2\nN1,S,4,11200,11300,iri,1.3\nN1,S,4,10200,10300,iri,1\n"
    )
    data = [{"kind": "events", "file": "a.csv", "options": {"lanes_from": "outside"}}]
    report = ingest_package(package(tmp_path / "e", {"a.csv": text}, data), store=wide, settings=settings)
    events = published.table(wide, "events").sort_values("value")
    assert events[["lane", "value"]].to_numpy().tolist() == [["3", 1.1], ["4", 1.2], ["1", 1.3]]
    assert report.faults[["row", "rule"]].to_numpy().tolist() == [[5, "unknown lane"]]


def test_g12_other_words_for_the_side_are_refused(wide, settings, tmp_path):
    text = "route,direction,lane,from_m,to_m,kind,value\nN1,S,1,10100,10200,iri,1.1\n"
    data = [{"kind": "events", "file": "a.csv", "options": {"lanes_from": "kerb"}}]
    report = ingest_package(package(tmp_path / "e", {"a.csv": text}, data), store=wide, settings=settings)
    assert "inside or outside" in report.faults["cure"].iloc[0]


def cells_of(store) -> pd.DataFrame:
    return published.table(store, "cells").sort_values("cell", ignore_index=True)


def test_g12_a_network_numbered_from_the_outside_is_the_same_network(wide, other, settings, tmp_path):
    from_outside = [("3", 10000, 11000), ("4", 11000, 12000), ("2", 10000, 11000), ("3", 11000, 12000),
                    ("1", 10000, 11000), ("2", 11000, 12000), ("1", 11000, 12000), *BESIDE]  # fmt: skip
    inside = ["1", "1", "2", "2", "3", "3", "4", "aux", "shoulder_out", "shoulder_in"]
    rows = [
        f"N1,{d},{lane},{low},{high},3.5,{OFFSETS[own]}"
        for d in "SN"
        for (lane, low, high), own in zip(from_outside, inside, strict=True)
    ]
    report = stored(other, settings, tmp_path / "o", HEAD + "\n".join(rows) + "\n", lanes_from="outside")
    assert report.state == "published", report.text()
    mine, theirs = cells_of(wide), cells_of(other)
    assert mine["cell"].tolist() == theirs["cell"].tolist()
    assert mine.geometry.geom_equals_exact(theirs.geometry, 1e-9).all()


def test_g12_left_hand_traffic_is_the_mirror_image(wide, other, settings, tmp_path):
    report = stored(other, settings, tmp_path / "o", lanes_csv([*INSIDE, *BESIDE]), traffic="left")
    assert report.state == "published", report.text()
    mine, theirs = cells_of(wide), cells_of(other)
    assert mine["cell"].tolist() == theirs["cell"].tolist()
    middle = np.array([(g.bounds[0] + g.bounds[2]) / 2 for g in mine.geometry])
    mirrored = np.array([(g.bounds[0] + g.bounds[2]) / 2 for g in theirs.geometry])
    # the route runs due south along x = 250 000
    np.testing.assert_allclose(middle - 250_000, 250_000 - mirrored, atol=1e-6)


@pytest.fixture
def other(settings, tmp_path):
    from pavement.store import database

    opened = database.open_store(tmp_path / "other")
    yield opened
    opened.close()


@st.composite
def road(draw) -> pd.DataFrame:
    """Return lanes of one direction that all begin at 0, the outer ones ending sooner."""
    ends = sorted(draw(st.lists(st.integers(1, 20), min_size=1, max_size=5)), reverse=True)
    lanes = [str(n) for n in range(1, len(ends) + 1)]
    frame = pd.DataFrame({"lane": lanes, "from_m": 0.0, "to_m": [100.0 * e for e in ends]})
    return frame.assign(route="N1", direction="S")


@hypothesis(max_examples=examples(60), deadline=None)
@given(road(), st.floats(0, 1999), st.floats(1, 900))
def test_g12_counting_from_the_other_side_twice_is_the_same_lane(lanes, low, length):
    place = pd.DataFrame({"route": ["N1"], "direction": ["S"], "from_m": [low], "to_m": [low + length]})
    count = lane_counts(place, ["from_m", "to_m"], lanes)[0]
    own = lanes[(lanes["from_m"] < low + length - 1e-3) & (lanes["to_m"] > low + 1e-3)]
    whole = own[(own["from_m"] <= low + 1e-3) & (own["to_m"] >= low + length - 1e-3)]
    if len(own) == 0 or len(own) != len(whole):
        assert np.isnan(count)
    else:
        assert count == len(own)
        turned = count + 1 - own["lane"].astype(int)
        assert sorted(turned) == sorted(own["lane"].astype(int))
