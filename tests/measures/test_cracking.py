"""Crack measures of drawn lines with known lengths."""

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from pavement.errors import SurveyError
from pavement.measures.crack_parts import finer
from pavement.measures.cracking import (
    ZONES,
    crack_measures,
    crack_parts,
    crack_types,
    grid_area,
    stretch,
    stretch_measures,
    zone_of,
    zone_summary,
)
from tests.examples import examples

LANE = {"lane_width": 3.6, "length": 10.0}


def pieces(*lines: list[tuple[float, float]], width: float = 3.0) -> pd.DataFrame:
    geometry = np.empty(len(lines), dtype=object)
    geometry[:] = [shapely.LineString(line) for line in lines]
    return pd.DataFrame({"geometry": geometry, "width_mm": width})


def ladder() -> pd.DataFrame:
    """Return a mesh of 20 cm: 10 m of crack in each square metre."""
    steps = np.round(np.arange(0.1, 1.4, 0.2), 3)
    along = [[(x, 4.0), (x, 5.4)] for x in steps]
    return pieces(*along, *[[(0.0, 4.0 + y), (1.4, 4.0 + y)] for y in steps])


def test_directions_tell_the_types() -> None:
    wavy = [(1.0 + 0.1 * (k % 2), float(k)) for k in range(8)]
    got = crack_types(pieces([(0, 0), (0, 5)], [(-1.8, 2), (1.8, 2.2)], wavy, [(5, 0), (4, 0.2)]))
    assert got.tolist() == ["longitudinal", "transverse", "longitudinal", "transverse"]


def test_a_mesh_is_pattern_and_two_lines_are_not() -> None:
    assert set(crack_types(ladder())) == {"pattern"}
    assert set(crack_types(pieces([(0, 0), (0, 5)], [(0.3, 0), (0.3, 5)]))) == {"longitudinal"}


def test_length_density_and_width_by_hand() -> None:
    cracks = pieces([(0.05, 1), (0.05, 6)], [(-1.8, 8.05), (1.8, 8.05)]).assign(width_mm=[2.0, 6.0])
    got = crack_measures(crack_parts(cracks), **LANE)
    assert got["crack_length"] == pytest.approx(8.6 / 36)
    assert got["crack_longitudinal"] == pytest.approx(5 / 36)
    assert got["crack_transverse"] == pytest.approx(3.6 / 36)
    assert got["crack_width"] == pytest.approx((5 * 2 + 3.6 * 6) / 8.6)
    # 50 squares of 0.1 m along and 36 across
    assert got["crack_percent"] == pytest.approx(100 * 86 * 0.01 / 36)


def test_what_lies_outside_the_lane_or_is_short_does_not_count() -> None:
    cracks = pieces([(1.0, 5.05), (3.0, 5.05)], [(0, 1), (0, 1.2)])
    got = crack_measures(crack_parts(cracks), **LANE)
    assert got["crack_length"] == pytest.approx(0.8 / 36)


def test_no_cracks_are_zero_and_no_area_is_refused() -> None:
    got = crack_measures(crack_parts(pieces()), **LANE)
    assert got["crack_percent"] == got["crack_length"] == 0
    assert "crack_width" not in got
    with pytest.raises(SurveyError, match="no area"):
        crack_measures(crack_parts(pieces()), lane_width=3.6, length=0)


def test_unknown_widths_do_not_pull_the_mean_down() -> None:
    cracks = pieces([(0, 1), (0, 6)], [(1, 1), (1, 6)]).assign(width_mm=[4.0, np.nan])
    assert crack_measures(crack_parts(cracks), **LANE)["crack_width"] == 4


def boxes(lane_width: float, length: float) -> dict[str, shapely.Polygon]:
    """Return the five zones as polygons, from the numbers of AASHTO R 87: 1.0 m about 0.875 m."""
    borders = [-lane_width / 2, -1.375, -0.375, 0.375, 1.375, lane_width / 2]
    return {z: shapely.box(a, 0, b, length) for z, a, b in zip(ZONES, borders[:-1], borders[1:], strict=True)}


def test_offsets_tell_the_zones_and_narrow_lanes_have_none() -> None:
    offsets = np.array([-1.9, -1.5, -1.376, -1.374, -0.3, 0.0, 0.376, 1.374, 1.5, 1.9])
    left, right = ["outside_left"] * 2, ["outside_right"]
    wheel = ["wheel_path_left", "between", "between", "wheel_path_right", "wheel_path_right"]
    assert zone_of(offsets, lane_width=3.6).tolist() == ["", *left, *wheel, *right, ""]
    assert set(zone_of(offsets, lane_width=2.7)) == {""}
    assert set(zone_of(offsets, lane_width=np.nan)) == {""}
    with pytest.raises(SurveyError, match="wheel paths"):
        zone_summary(crack_parts(pieces()), lane_width=2.7, length=10)


def test_a_crack_across_zones_is_cut_to_each() -> None:
    cracks = pieces([(0.875, 0), (0.875, 4)], [(-0.4, 5), (0.4, 6.6)], [(-1.8, 8), (1.8, 8)])
    got = zone_summary(crack_parts(cracks), **LANE).set_index(["zone", "type"])["length"]
    assert got["wheel_path_right", "longitudinal"] == pytest.approx(4)
    assert got["wheel_path_right", "other"] == pytest.approx(0.025 / 0.8 * np.hypot(0.8, 1.6))
    assert got["between", "other"] == pytest.approx(0.75 / 0.8 * np.hypot(0.8, 1.6))
    assert got["lane", "transverse"] == pytest.approx(3.6)


def test_r_85_lengths_by_zone_are_those_that_shapely_clips() -> None:
    rng = np.random.default_rng(5)
    lines = [np.cumsum(rng.normal((0.0, 0.12), 0.15, (60, 2)), axis=0) + (x, 0) for x in np.linspace(-1.7, 1.7, 9)]
    cracks = pieces(*[line.tolist() for line in lines]).assign(type="pattern", width_mm=np.arange(1.0, 10.0))
    got = zone_summary(crack_parts(cracks), **LANE).set_index("zone")
    for zone, box in boxes(**LANE).items():
        length = shapely.length(shapely.intersection(cracks["geometry"].to_numpy(), box))
        assert got.loc[zone, "length"] == pytest.approx(length.sum(), rel=1e-9)
        assert got.loc[zone, "width_mm"] == pytest.approx(np.average(cracks["width_mm"], weights=length), rel=1e-9)


def test_hpms_counts_the_wheel_paths_with_pattern_cracks_in_their_whole_width() -> None:
    mesh = [[(x, 3.0), (x, 6.0)] for x in (0.6, 0.8, 1.0)]
    cracks = pieces(*mesh, [(-0.9, 0), (-0.9, 10)], [(0.0, 0), (0.0, 10)])
    cracks["type"] = ["pattern"] * 3 + ["longitudinal", "pattern"]
    # 3 m of one wheel path, 39 in wide; a single crack in the other and a pattern between them do not count
    expected = 100 * 3.0 * 39 * 0.0254 / 36
    assert crack_measures(crack_parts(cracks), **LANE)["hpms_cracking"] == pytest.approx(expected)


def test_hpms_is_54_percent_of_a_lane_of_12_ft_at_most() -> None:
    full = pieces(*[[(x, 0), (x, 10)] for x in np.arange(-1.8, 1.81, 0.1)]).assign(type="pattern")
    got = crack_measures(crack_parts(full), lane_width=12 * 0.3048, length=10.0)
    assert got["hpms_cracking"] == pytest.approx(100 * 2 * 39 / 144)


def test_transverse_cracks_are_complete_over_three_quarters_of_the_lane() -> None:
    cracks = pieces([(-1.4, 1), (1.4, 1)], [(-1.8, 3), (0.8, 3)], [(0, 5), (0.95, 5)], [(0, 7), (0.8, 7)])
    got = crack_measures(crack_parts(cracks), **LANE)
    assert (got["transverse_complete"], got["transverse_incomplete"]) == (1, 2)


def test_a_transverse_crack_found_in_pieces_is_one() -> None:
    broken = pieces([(-1.7, 1), (-0.5, 1.1)], [(-0.43, 1.13), (0.4, 1.0)], [(0.49, 1.0), (1.7, 1.0)])
    got = crack_measures(crack_parts(broken), **LANE)
    assert (got["transverse_complete"], got["transverse_incomplete"]) == (1, 0)
    # nor does a gap of more than 0.1 m join them, nor lying beside one another
    apart = pieces([(-1.7, 1), (-0.5, 1)], [(-0.3, 1), (0.7, 1)], [(-0.3, 1.08), (0.7, 1.08)])
    got = crack_measures(crack_parts(apart), **LANE)
    assert (got["transverse_complete"], got["transverse_incomplete"]) == (0, 3)


def test_pieces_of_two_stretches_at_the_same_place_are_no_crack() -> None:
    parts = crack_parts(pieces([(-1.7, 1.0), (-0.5, 1.0)], [(-0.45, 1.0), (0.7, 1.0)]))
    both = pd.concat([stretch(lane_width=3.6, length=2.0)] * 2, ignore_index=True)
    got = stretch_measures(parts.assign(stretch=parts["piece"]), both)
    assert got["transverse_incomplete"].tolist() == [1, 1]
    assert stretch_measures(parts.assign(stretch=0), both)["transverse_incomplete"].tolist() == [1, 0]


def test_a_crack_over_two_stretches_is_counted_once_and_its_length_shared() -> None:
    parts = crack_parts(pieces([(-1.8, 1.9), (1.8, 2.3)]))
    cut_at = pd.concat([parts.assign(stretch=0), parts.assign(stretch=1, y0=parts["y0"] - 2, y1=parts["y1"] - 2)])
    both = pd.concat([stretch(lane_width=3.6, length=2.0)] * 2, ignore_index=True)
    got = stretch_measures(cut_at, both)
    assert got["transverse_complete"].tolist() == [0, 1]
    assert (got["crack_length"] * 7.2).tolist() == pytest.approx(np.hypot(3.6, 0.4) * np.array([0.25, 0.75]))


def test_where_the_lane_is_not_known_there_are_no_zones_and_no_wheel_paths() -> None:
    lane = stretch(lane_width=3.6, length=10.0).assign(lane_width=np.nan)
    got = stretch_measures(crack_parts(pieces([(0, 0), (0, 5)])), lane).iloc[0]
    assert got["crack_length"] == pytest.approx(5 / 36)
    assert got[["hpms_cracking", "transverse_complete", "transverse_incomplete"]].isna().all()


def test_a_crack_partly_outside_keeps_the_type_of_the_whole() -> None:
    bent = crack_parts(pieces([(1.5, 0), (1.5, 6), (2.5, 6)]))
    assert set(bent["type"]) == {"longitudinal"}
    assert crack_measures(bent, **LANE)["crack_longitudinal"] == pytest.approx(6.3 / 36)


def test_finer_parts_have_the_length_and_ends_of_the_coarse_ones() -> None:
    parts = crack_parts(pieces([(0, 0), (1, 1)], [(0, 0), (0.05, 0)]))
    got = finer(parts, step=0.1)
    assert got["length"].max() <= 0.1
    assert got.groupby("piece")["length"].sum().tolist() == pytest.approx([np.sqrt(2), 0.05])
    assert got["x1"].max() == pytest.approx(1.0)


COORDINATE = st.tuples(st.floats(-3, 3), st.floats(-2, 12))


@settings(max_examples=examples(30), deadline=None)
@given(st.lists(st.lists(COORDINATE, min_size=2, max_size=5), max_size=6))
def test_p11_shares_never_leave_their_limits(lines: list[list[tuple[float, float]]]) -> None:
    got = crack_measures(crack_parts(pieces(*lines)), **LANE)
    assert 0 <= got["crack_percent"] <= 100 + 1e-9
    kinds = got["crack_longitudinal"] + got["crack_transverse"] + got["crack_pattern"]
    assert kinds == pytest.approx(got["crack_length"])


def test_a_full_grid_is_the_whole_lane_also_when_the_side_does_not_divide_it() -> None:
    rows = crack_parts(pieces(*[[(-1.78, y), (1.78, y)] for y in np.arange(0.05, 1.0, 0.1)]))
    assert grid_area(rows, stretch(lane_width=3.56, length=1.0)).tolist() == pytest.approx([3.56])
