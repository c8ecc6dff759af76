"""Overlaps of routes: places on the main route by hand, and properties of any overlaps."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pavement.network.rings import beyond_the_end
from pavement.network.route_overlaps import beside, no_overlaps, on_main, outside, pieces
from tests.examples import examples

COLUMNS = [
    *("route", "direction", "from_m", "to_m"),
    *("main_route", "main_direction", "main_from_m", "main_to_m", "turned"),
]
# by hand: N3 is on N1 from its 1000 to its 2000 m, which N1 counts as 10500 to 11490, and turned on N5 from 3000 m
TWO = pd.DataFrame(
    [
        ("N3", "S", 1000.0, 2000.0, "N1", "S", 10500.0, 11490.0, "no"),
        ("N3", "S", 3000.0, 3400.0, "N5", "E", 700.0, 1100.0, "yes"),
    ],
    columns=COLUMNS,
)


def stretches(*ends, route="N3", **columns) -> pd.DataFrame:
    frame = pd.DataFrame(ends, columns=["from_m", "to_m"], dtype=float)
    return frame.assign(route=route, direction="S", **columns)


def places(*measures, **columns) -> pd.DataFrame:
    return pd.DataFrame({"measure_m": measures, "route": "N3", "direction": "S"}, dtype=object).assign(**columns)


def found(rows: pd.DataFrame) -> list[list]:
    return rows[["route", "from_m", "to_m"]].round(6).to_numpy().tolist()


def test_a_stretch_is_cut_where_an_overlap_begins_and_ends() -> None:
    assert found(on_main(stretches((900, 1100)), TWO)) == [["N3", 900, 1000], ["N1", 10500, 10599]]
    assert found(on_main(stretches((0, 4000)), TWO)) == [
        ["N3", 0, 1000], ["N1", 10500, 11490], ["N3", 2000, 3000], ["N5", 700, 1100], ["N3", 3400, 4000],
    ]  # fmt: skip


def test_a_turned_overlap_mirrors_what_lies_in_it() -> None:
    assert found(on_main(stretches((3000, 3100), (3350, 3500)), TWO)) == [
        ["N5", 1000, 1100], ["N5", 700, 750], ["N3", 3400, 3500],
    ]  # fmt: skip


def test_ends_are_half_open_and_stay_so_when_turned() -> None:
    got = on_main(places(999.0, 1000.0, 2000.0, 3000.0, 3399.0, 3400.0), TWO)
    assert got["route"].tolist() == ["N3", "N1", "N3", "N5", "N5", "N3"]
    # the first place of a turned overlap would be the first one behind its main stretch
    assert got["measure_m"].tolist() == pytest.approx([999.0, 10500.0, 2000.0, 1099.999, 701.0, 3400.0])


def test_others_are_given_back_as_they_are() -> None:
    rows = stretches((0, 4000), route="N1")
    assert on_main(rows, TWO) is rows
    assert on_main(rows.iloc[:0], TWO).empty
    assert on_main(rows, no_overlaps()) is rows
    mixed = pd.concat([rows, stretches((1000, 1100)), rows], ignore_index=True)
    assert found(on_main(mixed, TWO)) == [["N1", 0, 4000], ["N1", 10500, 10599], ["N1", 0, 4000]]


def test_sums_are_shared_by_length_and_means_are_not() -> None:
    rows = stretches((900, 1100), (900, 1300), kind=["pothole_area", "iri"], value=[2.0, 3.0], length_m=[8.0, 8.0])
    got = on_main(rows, TWO)
    assert got["value"].tolist() == [1.0, 1.0, 3.0, 3.0]
    assert got["length_m"].tolist() == [4.0, 4.0, 2.0, 6.0]


def test_pieces_of_a_record_have_ids_of_their_own() -> None:
    rows = stretches((500, 2500), (1200, 1300), work=["W1", "W2"])
    assert on_main(rows, TWO, ids=["work"])["work"].tolist() == ["W1", "W1/2", "W1/3", "W2"]


def test_a_frame_goes_where_its_middle_lies() -> None:
    frames = places(998.0, 996.0, 3398.0, length_m=[5.0, 5.0, 5.0])
    got = on_main(frames, TWO, extent="length_m")
    assert got["route"].tolist() == ["N1", "N3", "N3"]
    assert got["measure_m"].tolist() == pytest.approx([10500 + 0.5 * 0.99 - 2.5, 996.0, 3398.0])


def test_the_peak_of_a_rough_place_goes_with_its_piece() -> None:
    rows = stretches((990, 1010), (3010, 3020), peak_m=[1005.0, 3012.0])
    assert on_main(rows, TWO)["peak_m"].tolist() == pytest.approx([1000.0, 10504.95, 1088.0])


def test_beside_names_every_number_of_a_road_by_its_own_measure() -> None:
    three = pd.concat([TWO, TWO.iloc[:1].assign(route="N7", from_m=0.0, to_m=990.0)], ignore_index=True)
    cells = stretches((10400, 10500), (10500, 10600), route="N1")
    got = beside(cells, three)
    assert got[["row", "route"]].to_numpy().tolist() == [[1, "N3"], [1, "N7"]]
    assert got["from_m"].tolist() == pytest.approx([1000.0, 0.0])
    assert got["to_m"].tolist() == pytest.approx([1000 + 100 / 0.99, 100.0])


def test_outside_leaves_what_has_one_number() -> None:
    lanes = pd.concat([stretches((0, 5000), lane="1"), stretches((0, 900), route="N1", lane="1")], ignore_index=True)
    assert found(outside(lanes, TWO)) == [
        ["N3", 0, 1000], ["N3", 2000, 3000], ["N3", 3400, 5000], ["N1", 0, 900],
    ]  # fmt: skip


RING = beyond_the_end(pd.DataFrame({"route": ["N3"], "direction": ["S"], "from_m": [100.0], "to_m": [4100.0]}))


def test_g11_a_stretch_across_the_joint_of_a_ring_lies_on_both_sides_of_it() -> None:
    assert found(on_main(stretches((4000, 4300), (100, 4100), (4100, 4200)), RING)) == [
        ["N3", 4000, 4100], ["N3", 100, 300], ["N3", 100, 4100], ["N3", 100, 200],
    ]  # fmt: skip
    assert on_main(places(100.0, 4099.0, 4100.0), RING)["measure_m"].tolist() == [100.0, 4099.0, 100.0]
    assert beyond_the_end(pd.DataFrame(columns=["route", "direction", "from_m", "to_m"])).empty


@st.composite
def overlapped(draw):
    """Return overlaps of one route side by side with gaps between, and the length of the route."""
    rows, at = [], 0.0
    for number in range(draw(st.integers(1, 4))):
        start = at + draw(st.integers(0, 300))
        at = start + draw(st.integers(50, 500))
        scale, way = draw(st.floats(0.95, 1.05)), draw(st.sampled_from(["yes", "no"]))
        rows.append(("N3", "S", start, at, f"N{number + 10}", "S", 100.0, 100.0 + scale * (at - start), way))
    return pd.DataFrame(rows, columns=COLUMNS), at + draw(st.integers(0, 300))


@settings(max_examples=examples(30), deadline=None)
@given(overlapped(), st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=6))
def test_no_length_is_lost_or_doubled(table, shares) -> None:
    overlaps, length = table
    asked = stretches(
        *[(min(a, b) * length, max(a, b) * length) for a, b in shares if abs(a - b) > 0.01] or [(0, length)]
    )
    got = pieces(asked, overlaps)
    whole = (asked["to_m"] - asked["from_m"])[got["row"].unique()]
    old = (got["old_to_m"] - got["old_from_m"]).groupby(got["row"]).sum()
    np.testing.assert_allclose(old, whole, atol=1e-5)
    np.testing.assert_allclose(got.groupby("row")["share"].sum(), 1.0, atol=1e-6)
    scale = overlaps.assign(s=(overlaps["main_to_m"] - 100.0) / (overlaps["to_m"] - overlaps["from_m"]))
    of_route = got["route"].map(scale.set_index("main_route")["s"]).astype(float).fillna(1.0)
    np.testing.assert_allclose((got["to_m"] - got["from_m"]) / of_route, got["old_to_m"] - got["old_from_m"], atol=1e-5)
    np.testing.assert_allclose(
        (got["old_from_m"] - got["old_to_m"].shift())[got["row"].eq(got["row"].shift())], 0, atol=1e-6
    )


@settings(max_examples=examples(30), deadline=None)
@given(overlapped(), st.lists(st.floats(0, 1), min_size=1, max_size=10))
def test_every_place_lies_on_one_road_and_comes_back(table, shares) -> None:
    """Plain loop as the independent way: the one overlap that holds a place, else none."""
    overlaps, length = table
    measures = np.unique(np.concatenate([np.array(shares) * length, overlaps["from_m"], overlaps["to_m"]]))
    got = on_main(places(*measures), overlaps)
    assert len(got) == len(measures)
    for measure, (route, at) in zip(measures, got[["route", "measure_m"]].to_numpy(), strict=True):
        inside = overlaps[(overlaps["from_m"] - 1e-6 <= measure) & (measure < overlaps["to_m"] - 1e-6)]
        assert route == (inside["main_route"].iloc[0] if len(inside) else "N3")
        if len(inside):
            assert 100.0 <= at < inside["main_to_m"].iloc[0]
    on_roads = got[got["route"] != "N3"].reset_index(drop=True)
    back = beside(on_roads.assign(from_m=on_roads["measure_m"], to_m=on_roads["measure_m"]).infer_objects(), overlaps)
    inside = [m for m, r in zip(measures, got["route"], strict=True) if r != "N3"]
    np.testing.assert_allclose(back["from_m"], inside, atol=2e-3)
