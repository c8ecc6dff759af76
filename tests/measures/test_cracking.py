"""Crack measures of drawn lines with known lengths."""

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from pavement.errors import SurveyError
from pavement.measures.cracking import clipped, crack_measures, crack_types, grid_area, zone_summary, zones

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
    got = crack_measures(cracks, **LANE)
    assert got["crack_length"] == pytest.approx(8.6 / 36)
    assert got["crack_longitudinal"] == pytest.approx(5 / 36)
    assert got["crack_transverse"] == pytest.approx(3.6 / 36)
    assert got["crack_width"] == pytest.approx((5 * 2 + 3.6 * 6) / 8.6)
    # 50 squares of 0.1 m along and 36 across
    assert got["crack_percent"] == pytest.approx(100 * 86 * 0.01 / 36)


def test_what_lies_outside_the_lane_or_is_short_does_not_count() -> None:
    cracks = pieces([(1.0, 5.05), (3.0, 5.05)], [(0, 1), (0, 1.2)])
    got = crack_measures(cracks, **LANE)
    assert got["crack_length"] == pytest.approx(0.8 / 36)


def test_no_cracks_are_zero_and_no_area_is_refused() -> None:
    got = crack_measures(pieces(), **LANE)
    assert got["crack_percent"] == got["crack_length"] == 0
    assert "crack_width" not in got
    with pytest.raises(SurveyError, match="no area"):
        crack_measures(pieces(), lane_width=3.6, length=0)


def test_unknown_widths_do_not_pull_the_mean_down() -> None:
    cracks = pieces([(0, 1), (0, 6)], [(1, 1), (1, 6)]).assign(width_mm=[4.0, np.nan])
    assert crack_measures(cracks, **LANE)["crack_width"] == 4


def test_five_zones_fill_the_lane_and_the_wheel_paths_lie_where_r_87_puts_them() -> None:
    found = zones(**LANE)
    assert sum(z.area for z in found.values()) == pytest.approx(36)
    assert found["wheel_path_left"].bounds == pytest.approx((-1.375, 0, -0.375, 10))
    assert found["wheel_path_right"].bounds == pytest.approx((0.375, 0, 1.375, 10))
    with pytest.raises(SurveyError, match="wheel paths"):
        zones(lane_width=2.7, length=10)


def test_a_crack_across_zones_is_cut_to_each() -> None:
    cracks = pieces([(0.875, 0), (0.875, 4)], [(-0.4, 5), (0.4, 6.6)], [(-1.8, 8), (1.8, 8)])
    got = zone_summary(cracks, **LANE).set_index(["zone", "type"])["length"]
    assert got["wheel_path_right", "longitudinal"] == pytest.approx(4 + 0.025 / 0.8 * np.hypot(0.8, 1.6))
    assert got["between", "longitudinal"] == pytest.approx(0.75 / 0.8 * np.hypot(0.8, 1.6))
    assert got["lane", "transverse"] == pytest.approx(3.6)


def test_clipping_keeps_the_type_of_the_whole_crack() -> None:
    bent = pieces([(0, 0), (0, 6), (1, 6)])
    assert clipped(bent, shapely.box(0.2, 0, 1.8, 10))["type"].tolist() == ["longitudinal"]


COORDINATE = st.tuples(st.floats(-3, 3), st.floats(-2, 12))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(COORDINATE, min_size=2, max_size=5), max_size=6))
def test_p11_shares_never_leave_their_limits(lines: list[list[tuple[float, float]]]) -> None:
    got = crack_measures(pieces(*lines), **LANE)
    assert 0 <= got["crack_percent"] <= 100 + 1e-9
    kinds = got["crack_longitudinal"] + got["crack_transverse"] + got["crack_pattern"]
    assert kinds == pytest.approx(got["crack_length"])


def test_a_full_grid_is_the_whole_lane_also_when_the_side_does_not_divide_it() -> None:
    rows = pieces(*[[(-1.78, y), (1.78, y)] for y in np.arange(0.05, 1.0, 0.1)])["geometry"].to_numpy()
    assert grid_area(rows, lane_width=3.56, length=1.0) == pytest.approx(3.56)
