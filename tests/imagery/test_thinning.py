"""Skeletons and their branches against shapes of known length and topology."""

import cv2
import numpy as np
import pytest

from ingest.imagery.parameters import parameters
from ingest.imagery.pieces import centrelines, typed
from ingest.imagery.thinning import branches, neighbours, thinned

from .conftest import covered


def drawn(*lines, thickness=5, shape=(200, 200)):
    mask = np.zeros(shape, np.uint8)
    for line in lines:
        cv2.polylines(mask, [np.array(line, np.int32).reshape(-1, 1, 2)], False, 1, thickness)
    return mask > 0


def total(mask, mm=1.0):
    return centrelines(mask, mm_per_pixel=mm, values=parameters())["length"].sum() * 1000.0 / mm


@pytest.mark.parametrize("angle", range(0, 180, 15))
def test_length_of_a_line_does_not_depend_on_its_direction(angle):
    step = 70 * np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
    ends = [100 - step, 100 + step]
    assert total(drawn(ends)) == pytest.approx(140, rel=0.05)


@pytest.mark.parametrize("angle", [43, 45, 47, 135])
@pytest.mark.parametrize(("width_mm", "off"), [(8.0, 0.0), (14.0, 1.3), (18.0, 2.6)])
def test_diagonals_of_any_width_are_whole(angle, width_mm, off):
    """Diagonals two pixels wide are thin from both sides at once."""
    step = 600 * np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
    middle = np.array([800 + off, 800.0])
    mask = covered((320, 320), [tuple(middle - step), tuple(middle + step)], width_mm=width_mm, mm=5.0) > 0.5
    assert total(mask, mm=5.0) * 5.0 == pytest.approx(1200, rel=0.05)


def test_thinned_line_is_one_pixel_wide_and_whole():
    skeleton = thinned(drawn([(20, 30), (170, 90), (60, 180)], thickness=9))
    assert cv2.connectedComponents(skeleton.astype(np.uint8), connectivity=8)[0] == 2
    assert neighbours(skeleton).max() <= 2


def test_thinning_keeps_the_number_of_parts_and_holes():
    mask = np.zeros((300, 300), bool)
    mask[20:280, 20:280] = cv2.GaussianBlur(np.random.default_rng(2).normal(size=(260, 260)), (0, 0), 6) > 0.01
    _, label, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    mask &= (stats[:, cv2.CC_STAT_AREA] > 20)[label]
    thin = thinned(mask)
    for part, connectivity in ((1, 8), (0, 4)):
        before, after = (
            cv2.connectedComponents((m == part).astype(np.uint8), connectivity=connectivity)[0] for m in (mask, thin)
        )
        assert before == after


def test_branches_of_a_fork_are_walked_from_end_to_end():
    points, branch, joint = branches(thinned(drawn([(100, 10), (100, 100), (30, 180)], [(100, 100), (170, 180)])))
    assert np.bincount(branch[joint]).tolist() == [1, 1, 1]
    for number in range(3):
        steps = np.abs(np.diff(points[branch == number], axis=0)).max(axis=1)
        assert (steps == 1).all()


def test_length_of_a_grid_counts_its_junctions():
    lines = [[(x, 20), (x, 180)] for x in (40, 80, 120, 160)] + [[(20, y), (180, y)] for y in (40, 80, 120, 160)]
    assert total(drawn(*lines, thickness=3), mm=5.0) == pytest.approx(8 * 160, rel=0.05)


def test_ring_is_walked_once_around():
    mask = np.zeros((200, 200), np.uint8)
    cv2.circle(mask, (100, 100), 60, 1, 3)
    assert total(mask > 0) == pytest.approx(2 * np.pi * 60, rel=0.05)


def test_nothing_and_one_pixel():
    assert total(np.zeros((20, 20), bool)) == 0.0
    dot = np.zeros((20, 20), bool)
    dot[5, 5] = True
    assert total(dot) == pytest.approx(1.0)


@pytest.mark.parametrize(("end", "kind"), [((110, 190), "longitudinal"), ((190, 90), "transverse")])
def test_direction_counts_from_travel(end, kind):
    mask = drawn([(100, 100), end], thickness=3)
    points = centrelines(mask, mm_per_pixel=5.0, values=parameters())
    found = typed(points, shape=mask.shape, mm_per_pixel=5.0, values=parameters())
    assert set(found["type"]) == {kind}


def test_enclosed_cell_is_a_pattern():
    mask = drawn([(60, 60), (130, 60), (130, 130), (60, 130), (60, 60)], thickness=3)
    points = centrelines(mask, mm_per_pixel=5.0, values=parameters())
    found = typed(points, shape=mask.shape, mm_per_pixel=5.0, values=parameters())
    assert set(found["type"]) == {"pattern"}


@pytest.mark.parametrize(("line", "kind"), [((20, 100), "transverse"), ((100, 20), "longitudinal")])
def test_single_crack_with_an_island_is_no_pattern(line, kind):
    """A crack of 0.8 m forks and meets itself again about a piece of road of 40 by 60 mm."""
    near, far, turn = np.array(line), 200 - np.array(line), slice(None, None, -1 if kind == "longitudinal" else 1)
    left, right = [np.array(at)[turn] for at in ((92, 100), (108, 100))]
    above, below = [np.array(at)[turn] for at in ((100, 92), (100, 108))]
    mask = drawn([near, left, above, right, far], [left, below, right], thickness=2)
    points = centrelines(mask, mm_per_pixel=5.0, values=parameters())
    found = typed(points, shape=mask.shape, mm_per_pixel=5.0, values=parameters())
    assert found["cells"].max() == 1
    assert set(found["type"]) == {kind}
