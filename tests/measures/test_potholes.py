"""Potholes across frames."""

import numpy as np
import pytest
import shapely

from pavement.measures.potholes import joined_groups, joined_volume


def outlines(*shapes: shapely.Geometry) -> np.ndarray:
    array = np.empty(len(shapes), dtype=object)
    array[:] = shapes
    return array


def test_i13_a_hole_cut_by_a_frame_border_is_one() -> None:
    hole = shapely.Point(0, 10).buffer(0.3, quad_segs=64)
    upper, lower = (shapely.intersection(hole, shapely.box(-5, a, 5, b)) for a, b in ((10.02, 20), (0, 9.98)))
    assert joined_groups(outlines(upper, lower), gap=0.1).tolist() == [0, 0]
    assert len(set(joined_groups(outlines(upper, lower), gap=0.03))) == 2


def test_holes_apart_stay_apart_and_a_chain_of_them_is_one() -> None:
    far, one, two, three = (shapely.box(0, y, 0.3, y + 0.3) for y in (5.0, 1.0, 1.38, 1.76))
    group = joined_groups(outlines(far, one, three, two), gap=0.1)
    assert group[1] == group[2] == group[3] != group[0]
    assert joined_groups(outlines(), gap=0.1).tolist() == []


EVEN = np.full(4, 0.25)


@pytest.mark.parametrize(
    ("slices", "volume"),
    [
        ([(1, 0.0, 1.0, EVEN)], 1.0),
        ([(1, 0.0, 1.0, EVEN), (2, 0.0, 1.0, EVEN)], 1.0),
        ([(1, 0.0, 1.0, EVEN), (2, 0.0, 1.0, 1.2 * EVEN)], 1.1),
        ([(1, 0.0, 1.0, EVEN), (2, 1.0, 2.0, 2 * EVEN)], 3.0),
        ([(1, 0.0, 1.0, EVEN), (2, 0.5, 1.5, EVEN)], 1.5),
        ([(1, 0.0, 1.0, np.array([0.1, 0.1, 0.4, 0.4])), (2, 0.5, 1.0, np.array([0.4, 0.4]))], 1.0),
        ([(1, 0.0, 1.0, EVEN), (1, 0.2, 1.2, EVEN)], 2.0),
        ([(1, 0.0, 1.0, np.empty(0))], 0.0),
        ([], 0.0),
    ],
    ids=["one", "twice", "two opinions", "abutting", "half shared", "a part", "side by side", "not known", "none"],
)  # fmt: skip
def test_each_place_of_a_hole_counts_once(slices, volume) -> None:
    assert joined_volume(slices) == pytest.approx(volume)
    assert joined_volume(slices, low=5.0, high=6.0) == 0.0
    parts = [joined_volume(slices, low=a, high=a + 0.3) for a in np.arange(0.0, 2.0, 0.3)]
    assert sum(parts) == pytest.approx(volume)
