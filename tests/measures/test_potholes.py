"""Potholes across frames."""

import numpy as np
import pytest
import shapely

from pavement.measures.potholes import joined_potholes, pothole_measures


def outlines(*shapes: shapely.Geometry) -> np.ndarray:
    array = np.empty(len(shapes), dtype=object)
    array[:] = shapes
    return array


def test_i13_a_hole_cut_by_a_frame_border_counts_once_with_its_whole_area() -> None:
    hole = shapely.Point(0, 10).buffer(0.3, quad_segs=64)
    upper, lower = (shapely.intersection(hole, shapely.box(-5, a, 5, b)) for a, b in ((10.02, 20), (0, 9.98)))
    got = joined_potholes(outlines(upper, lower))
    assert got["outlines"].tolist() == [2]
    assert got["area_m2"].iloc[0] == pytest.approx(hole.area - 0.6 * 0.04, rel=1e-2)


def test_i11_a_hole_in_two_overlapping_frames_is_not_counted_twice() -> None:
    hole = shapely.box(0, 0, 0.4, 0.5)
    got = pothole_measures(joined_potholes(outlines(hole, shapely.affinity.translate(hole, 0.05, 0.02))))
    assert got["pothole_count"] == 1
    assert got["pothole_area"] == pytest.approx(0.45 * 0.52 - 2 * 0.05 * 0.02)


def test_holes_apart_stay_apart_in_order_along_the_road() -> None:
    got = joined_potholes(outlines(shapely.box(0, 5, 0.4, 5.2), shapely.box(0, 1, 0.3, 1.3), shapely.box(0, 1.5, 1, 2)))
    assert got["y"].tolist() == pytest.approx([1.15, 1.75, 5.1])
    assert got["width_m"].tolist() == pytest.approx([0.3, 0.5, 0.2])


def test_crossed_and_empty_outlines_are_put_right_and_none_gives_none() -> None:
    crossed = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    got = joined_potholes(outlines(crossed, shapely.Polygon()))
    assert got["area_m2"].tolist() == pytest.approx([0.5])
    assert pothole_measures(joined_potholes(outlines())) == {"pothole_count": 0, "pothole_area": 0}
