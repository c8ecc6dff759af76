"""Mean profile depth against profiles whose depth is known in closed form."""

import numpy as np
import pytest

from pavement.errors import SurveyError
from pavement.measures.texture import mean_profile_depth


def test_sine_that_fits_its_half_segments_has_its_amplitude():
    """Whole waves in each half, even about the middle: peaks are the amplitude, mean and slope are 0."""
    x = np.arange(0, 1000, 0.1)
    depth = mean_profile_depth(1.7 * np.cos(2 * np.pi * (x % 100 - 49.95) / 10.0), spacing=0.1)
    assert depth.shape == (1, 10)
    assert depth == pytest.approx(1.7, rel=0.01)


def test_teeth_reach_half_their_height_over_the_mean():
    x = np.arange(0, 500, 0.5)
    teeth = 4.0 * (x % 5.0) / 5.0
    # of samples at 0, 0.5 … 4.5 mm: the highest is 3.6, their mean 1.8
    assert mean_profile_depth(teeth, spacing=0.5) == pytest.approx(1.8, rel=0.03)


def test_slope_and_level_do_not_count_and_height_scales():
    rng = np.random.default_rng(4)
    road = rng.normal(0, 1, (3, 400))
    plain = mean_profile_depth(road, spacing=1.0)
    slope = np.arange(400) * 0.05
    np.testing.assert_allclose(mean_profile_depth(3 * road + slope + 40, spacing=1.0), 3 * plain, atol=1e-9)


def test_segment_with_a_gap_is_not_known():
    road = np.random.default_rng(1).normal(0, 1, 300)
    road[150] = np.nan
    assert np.isnan(mean_profile_depth(road, spacing=1.0)).tolist() == [[False, True, False]]


def test_points_too_far_apart_are_refused():
    with pytest.raises(SurveyError, match="do not show macrotexture"):
        mean_profile_depth(np.zeros(100), spacing=5.0)
