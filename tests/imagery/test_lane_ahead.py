"""A lane line that is broken beside the vehicle, told from its next dash ahead."""

from dataclasses import replace

import numpy as np
import pytest

from ingest.imagery.camera import Camera, TopView
from ingest.imagery.lane import find_lane
from ingest.imagery.lane_ahead import lane_of, road_ahead
from ingest.imagery.parameters import parameters

MM, VALUES = 10.0, parameters()
GREY, PAINT = 90, 220
# the lower edge of both views, and how far they see [m]
NEAR, FAR, WIDE = 5.0, 18.0, 5.0


def road(length_m, *, dash=None, bend=0.0, right=4.5):
    """A road with a line at its right and one dash, 3.6 m left of it, from and to so far ahead. [m]"""
    height, width = round(length_m * 100), round(WIDE * 100)
    view = np.full((height, width, 3), GREY, np.uint8)
    ahead = (height - 0.5 - np.arange(height)) / 100
    for place, rows in ((right, ahead >= 0), (right - 3.6, (ahead >= dash[0]) & (ahead <= dash[1]) if dash else [])):
        middle = (place + bend * ahead**2)[rows] if len(rows) else np.empty(0)
        for row, at in zip(np.flatnonzero(rows), middle, strict=True):
            view[row, round(at * 100) - 6 : round(at * 100) + 6] = PAINT
    return TopView(view, np.ones((height, width), bool), MM)


def lane(near, far):
    return lane_of(near.image, near.valid, ahead=lambda: far, mm_per_pixel=MM, values=VALUES)


@pytest.mark.parametrize("bend", [0.0, -0.001])
def test_a_dash_ahead_tells_the_width_of_the_lane_even_in_a_bend(bend):
    found = lane(road(NEAR, bend=bend), road(FAR, dash=(9.0, 13.0), bend=bend))
    assert found.lines == 2
    assert found.width_m == pytest.approx(3.6, abs=0.03)
    rows, columns = np.nonzero(found.inside)
    assert columns.min() == pytest.approx(90, abs=6)
    assert columns.max() < 450


def test_lines_beside_the_vehicle_need_no_look_ahead():
    def never():
        raise AssertionError

    near = road(NEAR, dash=(0.0, 5.0))
    assert lane_of(near.image, near.valid, ahead=never, mm_per_pixel=MM, values=VALUES).lines == 2


@pytest.mark.parametrize("far", [None, road(FAR), road(FAR, dash=(9.0, 9.3))])
def test_without_a_dash_ahead_the_width_stays_unknown(far):
    near = road(NEAR)
    found = lane(near, far)
    assert np.isnan(found.width_m)
    assert (found.inside == find_lane(near.image, near.valid, mm_per_pixel=MM, values=VALUES).inside).all()


def test_only_cameras_that_look_ahead_see_further_ahead():
    image = np.full((100, 100, 3), GREY, np.uint8)
    assert road_ahead(image, Camera("downward", 2.0), values=VALUES) is None
    corners = ((0.0, 99.0), (99.0, 99.0), (0.0, 0.0), (99.0, 0.0))
    places = ((-2.5, 0.0), (2.5, 0.0), (-2.5, 20.0), (2.5, 20.0))
    camera = Camera("forward", 5.0, image_points=corners, road_points=places, far_m=5.0, left_m=-2.5, right_m=2.5)
    view = road_ahead(image, camera, values=VALUES)
    assert view is not None
    assert view.image.shape == (round(VALUES["lane_ahead"] * 100), 500, 3)
    assert road_ahead(image, replace(camera, far_m=20.0), values=VALUES) is None
