"""Views laid over one another: transforms that are known, and pairs that must be refused."""

import cv2
import numpy as np
import pytest

from ingest.imagery.camera import TopView, camera_from_manifest, top_view
from ingest.imagery.parameters import parameters
from ingest.imagery.registration import DIFFERENT, LITTLE, alignment, laid_over, placed

from .conftest import as_image, asphalt, painted

MM = 4.0


def view(image):
    return TopView(image, np.ones(image.shape[:2], bool), MM)


def surface(seed, *, height=900, width=1000):
    """Return stones of several sizes with two lane lines, 4 mm a pixel."""
    fine, coarse = (asphalt(height=height, width=width, seed=seed + s, spread=9.0) for s in (0, 50))
    road = fine + cv2.GaussianBlur(coarse - 110.0, (0, 0), 3.0) * 4
    return painted(road, mm=MM, places=(200.0, 3750.0))


def moved(road, *, turn, scale, right_mm, down_mm):
    height, width = road.shape
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), turn, scale)
    matrix[:, 2] += np.array([right_mm, down_mm]) / MM
    image = cv2.warpAffine(road.astype(np.float32), matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101)
    return image, matrix


@pytest.mark.parametrize(
    ("turn", "scale", "right_mm", "down_mm"),
    [(0.0, 1.0, 0.0, 0.0), (2.0, 1.0, 300.0, -1500.0), (-1.3, 0.97, -250.0, 900.0), (0.7, 1.03, 120.0, 1500.0)],
)
def test_known_transform_is_found_in_other_light(turn, scale, right_mm, down_mm):
    road = surface(1)
    earlier, matrix = moved(road, turn=turn, scale=scale, right_mm=right_mm, down_mm=down_mm)
    light = np.linspace(0.75, 1.2, road.shape[1])
    noise = np.random.default_rng(3).normal(0, 5, road.shape)
    found = alignment(view(as_image(earlier * light + noise)), view(as_image(road)), values=parameters())
    assert found.aligned, found
    corners = np.array([[300.0, 300.0], [700.0, 300.0], [300.0, 600.0], [700.0, 600.0]])
    there = placed(corners, matrix)
    assert np.hypot(*(placed(there, found.matrix) - corners).T).max() * MM < 10.0


def test_expected_place_helps_beyond_the_reach_of_the_search():
    road = surface(1, height=1800)
    here, there = road[:900], road[800:1700]
    ahead = -(1700 - 900) * MM / 1000.0
    assert not alignment(view(as_image(there)), view(as_image(here)), values=parameters()).aligned
    # the lower edge of the earlier view lies 3.2 m behind that of the later one
    found = alignment(view(as_image(road[200:1100])), view(as_image(here)), ahead_m=ahead / 4, values=parameters())
    assert found.aligned


def test_another_place_with_the_same_lane_lines_is_refused():
    found = alignment(view(as_image(surface(1))), view(as_image(surface(2))), values=parameters())
    assert not found.aligned
    assert found.reason == DIFFERENT
    assert found.agreement < parameters()["align_agreement"]


def test_views_that_hardly_meet_are_refused():
    road = as_image(surface(1, height=200))
    seen = np.zeros(road.shape[:2], bool)
    seen[:40] = True
    found = alignment(TopView(road, seen, MM), view(road), values=parameters())
    assert (found.aligned, found.reason) == (False, LITTLE)


def test_what_is_laid_over_is_where_the_transform_says():
    spot = np.zeros((100, 120, 3), np.uint8)
    spot[40, 50] = 255
    shown, seen = laid_over(spot, np.array([[1.0, 0, 7], [0, 1.0, -5]]), (100, 120))
    assert np.argwhere(shown[..., 0] > 200).tolist() == [[35, 57]]
    assert not seen[:, :7].any()


def test_straight_things_tell_no_place():
    """Lane lines, a tyre mark and a joint at the same places of another surface do not make it this one."""
    roads = []
    for seed in (1, 2):
        road = surface(seed)
        road[:, 420:450] *= 0.7
        road[500:503] *= 0.5
        roads.append(view(as_image(road)))
    found = alignment(roads[1], roads[0], values=parameters())
    assert (found.aligned, found.reason) == (False, DIFFERENT)
    blind = alignment(roads[1], roads[0], values=parameters() | {"align_straight": -1.0})
    assert blind.agreement > 1.5 * found.agreement, "this test would not notice straight things"


@pytest.mark.real
@pytest.mark.parametrize("index", [19685, 22550, 25390, 32135])
def test_real_frames_5_m_apart_are_never_laid_over_at_another_place(shared, index):
    """The double lines and tyre marks of the road once laid these over 1.1 m from where they belong."""
    # BR-290, calibrated by benchmarks.brazil_camera
    camera = camera_from_manifest(
        {"kind": "forward", "mm_per_pixel": 5.0, "near_m": 0.0, "far_m": 10.0, "left_m": -2.81, "right_m": 2.19,
         "image_points": [[193.34, 639.0], [1017.04, 639.0], [467.25, 146.64], [743.12, 146.64]],
         "road_points": [[-1.5, 0.0], [1.5, 0.0], [-1.5, 10.0], [1.5, 10.0]]}
    )  # fmt: skip
    folder = shared / "data/cracks/brazil_hdv_rs/images"
    then, now = (
        top_view(cv2.imread(str(next(folder.glob(f"*RS294095_{at}.jpg")))), camera) for at in (index, index + 5)
    )
    found = alignment(then, now, ahead_m=-5.0, values=parameters())
    middle = np.array([[499.5, 500.0]])
    moved = (placed(middle, found.matrix)[0, 1] - middle[0, 1]) * now.mm_per_pixel / 1000.0
    assert not found.aligned or moved == pytest.approx(5.0, abs=0.4)


@pytest.mark.real
def test_real_frames_align_with_themselves_and_not_with_others(shared):
    files = sorted((shared / "data/cracks/nha12d_dev/images").glob("APVD*"))[:4]
    roads = [cv2.resize(cv2.imread(str(f), 0), (960, 540), interpolation=cv2.INTER_AREA) for f in files]
    values = parameters()
    for road, other in zip(roads, roads[1:] + roads[:1], strict=True):
        earlier, matrix = moved(road.astype(np.float32), turn=1.0, scale=1.02, right_mm=200.0, down_mm=-600.0)
        found = alignment(view(as_image(earlier * 0.8)), view(as_image(road)), values=values)
        assert found.aligned
        corners = np.array([[300.0, 200.0], [700.0, 200.0], [300.0, 400.0]])
        assert np.hypot(*(placed(placed(corners, matrix), found.matrix) - corners).T).max() * MM < 25.0
        assert not alignment(view(as_image(other)), view(as_image(road)), values=values).aligned
