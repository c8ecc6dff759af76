"""Outlines along the borders of pixels enclose what the pixels cover."""

import cv2
import numpy as np
import pytest
import shapely

from ingest.imagery.pixel_borders import bordered, size


def traced(mask):
    (line,), _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return line[:, 0]


def test_a_rectangle_runs_along_its_pixels():
    mask = np.zeros((12, 20), bool)
    mask[3:8, 4:15] = True
    assert shapely.Polygon(bordered(traced(mask))).bounds == pytest.approx((3.5, 2.5, 14.5, 7.5))


@pytest.mark.parametrize("radius", [4.0, 11.3, 40.0])
@pytest.mark.parametrize("longer", [1.0, 2.3])
def test_what_is_round_holds_as_much_as_its_pixels(radius, longer):
    rows, columns = np.indices((240, 240))
    mask = np.hypot((rows - 120) / longer, columns - 120) <= radius
    area, diameter = size(bordered(traced(mask)), mm_per_pixel=10.0)
    assert area == pytest.approx(mask.sum() / 1e4, rel=0.015)
    assert diameter == pytest.approx(2000 * np.sqrt(area / np.pi))


@pytest.mark.parametrize("shape", [(1, 1), (1, 6), (5, 1)])
def test_a_body_of_one_row_of_pixels_has_its_area(shape):
    mask = np.zeros((10, 10), bool)
    mask[2 : 2 + shape[0], 2 : 2 + shape[1]] = True
    assert size(bordered(traced(mask)), mm_per_pixel=1000.0)[0] == pytest.approx(np.prod(shape))
