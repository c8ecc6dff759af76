"""Water in ruts against what a level surface fills, in closed form."""

import numpy as np
import pytest

from pavement.measures.water import water_depths

X = np.linspace(-1.75, 1.75, 351)


def two_ruts(depth):
    """Return V-shaped ruts 1 m wide about ±0.875 m."""
    return -depth * np.clip(1 - np.abs(np.abs(X) - 0.875) / 0.5, 0, None)


def test_level_ruts_fill_to_the_brim():
    left, right = water_depths(two_ruts(12.0), X, crossfall=0.0)
    assert (left[0], right[0]) == pytest.approx((12.0, 12.0), abs=0.5)


@pytest.mark.parametrize("crossfall", [0.5, 1.0, 2.0])
def test_crossfall_drains_a_v_by_its_fall_over_the_low_side(crossfall):
    """A V of depth d and half width 0.5 m on a fall s keeps d less 0.5 m of fall: the lower brim."""
    left, right = water_depths(two_ruts(12.0), X, crossfall=crossfall)
    expected = max(12.0 - 0.5 * 10 * crossfall, 0.0)
    assert (left[0], right[0]) == pytest.approx((expected, expected), abs=0.6)


def test_steep_fall_keeps_nothing_and_a_mirror_swaps_the_halves():
    assert max(float(half[0]) for half in water_depths(two_ruts(5.0), X, crossfall=2.0)) == pytest.approx(0.0, abs=0.2)
    uneven = two_ruts(10.0) * np.where(X < 0, 1.0, 0.4)
    left, right = water_depths(uneven, X, crossfall=0.7)
    swapped = water_depths(uneven[::-1], X, crossfall=-0.7)
    assert (left[0], right[0]) == pytest.approx((swapped[1][0], swapped[0][0]))


def test_unseen_half_is_not_known():
    road = two_ruts(10.0)
    road[X > 0.2] = np.nan
    left, right = water_depths(road, X, crossfall=0.0)
    assert left[0] > 5
    assert np.isnan(right[0])
