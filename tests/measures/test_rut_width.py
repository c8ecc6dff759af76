"""Rut width and cross slope against closed forms."""

import numpy as np
import pytest

from pavement.errors import SurveyError
from pavement.measures.cross_slope import cross_slopes
from pavement.measures.rut_width import rut_widths

X = np.linspace(-1.75, 1.75, 701)


def cosine(depth, *, centre=0.85, width=0.8):
    return -depth * (np.abs(X - centre) < width / 2) * np.cos(np.pi * (X - centre) / width)


@pytest.mark.parametrize(("depth", "method"), [(8, "straightedge"), (12, "straightedge"), (12, "wire")])
def test_width_of_a_cosine_rut(depth, method):
    left, right = rut_widths(cosine(depth) + 20 * X, X, method=method)
    assert right[0] == pytest.approx(1000 * 2 * 0.8 / np.pi * np.arccos(1 / depth), abs=2)
    assert left[0] == 0


def test_lane_without_a_rut_has_width_0_and_half_a_lane_unseen_none():
    assert max(rut_widths(-20 * np.abs(X), X))[0] == 0
    half = np.where(X > 0.2, np.nan, cosine(9, centre=-0.85))
    left, right = rut_widths(half, X)
    assert left[0] > 500
    assert np.isnan(right[0])


def test_points_that_are_not_known_do_not_end_a_rut():
    whole = cosine(10)
    holes = whole.copy()
    holes[(np.abs(X - 0.85) < 0.2) & (np.arange(len(X)) % 3 == 0)] = np.nan
    assert rut_widths(holes, X)[1] == pytest.approx(rut_widths(whole, X)[1], abs=6)


def test_wide_basin_is_as_wide_as_what_hangs_free():
    """A V 3.5 m wide and 20 mm deep under a wire: over 1 mm deep but for 1/20 at each side."""
    basin = 20 * np.abs(X) / 1.75 - 20
    assert rut_widths(basin, X, method="wire")[0] == pytest.approx(3500 * 19 / 20, abs=2)


def test_five_points_tell_no_width_and_other_methods_are_refused():
    assert np.isnan(rut_widths(cosine(9), X, method="five_point")).all()
    with pytest.raises(SurveyError, match="ruler"):
        rut_widths(cosine(9), X, method="ruler")


def test_blocks_of_profiles_join_without_a_seam():
    x = np.linspace(-1.75, 1.75, 36)
    z = np.random.default_rng(7).normal(0, 5, (5000, 36))
    whole = rut_widths(z, x)
    for at in (0, 2047, 2048, 4999):
        assert [half[at] for half in whole] == [half[0] for half in rut_widths(z[at], x)]


@pytest.mark.parametrize("fall", [-3.0, 0.0, 2.5])
def test_cross_slope_of_a_plane_with_symmetric_ruts(fall):
    lane = -10 * fall * X + cosine(9) + cosine(9, centre=-0.85)
    assert cross_slopes(lane, X)[0] == pytest.approx(fall, abs=1e-9)
    holes = np.where(X < -1.0, np.nan, -10 * fall * X)
    assert cross_slopes(holes, X)[0] == pytest.approx(fall, abs=1e-9)


def test_cross_slope_of_a_lane_hardly_seen_is_not_known():
    assert np.isnan(cross_slopes(np.where(X < 1.0, np.nan, 0.0), X)).all()
