"""Frames that cannot be judged are told by why; soft or smooth ones that can are kept (I5)."""

import cv2
import numpy as np
import pytest

from ingest.imagery.camera import Camera, camera_from_manifest
from ingest.imagery.quantify import quantify_frame

from .conftest import as_image, asphalt, painted, with_line

DOWN = Camera("downward", 2.0)
LINE = [(1100.0, 100.0), (1300.0, 1900.0)]


def road():
    return with_line(painted(asphalt(), mm=2.0, places=(150.0, 3450.0)), LINE, width_mm=6.0, mm=2.0)


def told(image, camera=DOWN):
    return quantify_frame(image, camera).reason


@pytest.mark.parametrize("sigma_mm", [20.0, 28.0, 40.0])
def test_blurred_frame_is_out_of_focus(sigma_mm):
    blurred = cv2.GaussianBlur(road(), (0, 0), sigma_mm / 2.0)
    assert told(as_image(blurred)) == "out of focus"
    # a sensor's noise comes after the lens
    noise = np.random.default_rng(3).normal(0, 2.0, blurred.shape)
    assert told(as_image(blurred + noise)) == "out of focus"


@pytest.mark.parametrize("sigma_mm", [0.0, 3.0, 5.0])
def test_soft_frame_is_kept(sigma_mm):
    image = road() if sigma_mm == 0 else cv2.GaussianBlur(road(), (0, 0), sigma_mm / 2.0)
    assert told(as_image(image)) == ""


def test_soft_shadow_does_not_make_a_frame_look_blurred():
    shade = np.interp(np.arange(1800), [600, 1000], [1.0, 0.4])
    assert told(as_image(road() * shade)) == ""


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda r: r * 0.05, "too dark"),
        (lambda r: r + 200.0, "too bright"),
        (lambda r: np.full_like(r, 120.0), "no contrast"),
    ],
)
def test_other_reasons(change, reason):
    assert told(as_image(change(road()))) == reason


def test_unusable_frame_measures_nothing():
    result = quantify_frame(as_image(cv2.GaussianBlur(road(), (0, 0), 15)), DOWN)
    assert not result.usable
    assert result.measures == {}
    assert result.area_m2 == 0.0


def blurred(image, sigma):
    return cv2.GaussianBlur(image, (0, 0), sigma)


def test_real_frames_from_above_are_sharp_until_blurred(shared):
    """Frames of a survey vehicle on asphalt and concrete, about 2.4 mm a pixel."""
    places = sorted((shared / "data/cracks/nha12d_dev/images").iterdir())[::4]
    images = [cv2.imread(str(p)) for p in places]
    camera = Camera("downward", 2.4)
    assert {told(i, camera) for i in images} == {""}
    assert {told(blurred(i, 20.0 / 2.4), camera) for i in images[::3]} <= {"out of focus", "no contrast"}


def test_real_forward_frames_are_kept_though_their_far_rows_are_soft(shared):
    """Seen from above, far rows are stretched: with the camera of the benchmark none is thrown away."""
    places = sorted((shared / "data/cracks/brazil_hdv_rs/images").iterdir())[::40]
    camera = camera_from_manifest(
        {
            "kind": "forward", "mm_per_pixel": 5.0, "near_m": 0.0, "far_m": 5.0, "left_m": -2.5, "right_m": 2.5,
            "image_points": [[193, 639], [1012, 639], [468, 143], [737, 143]],
            "road_points": [[-1.5, 0], [1.5, 0], [-1.5, 10], [1.5, 10]],
        }
    )  # fmt: skip
    images = [cv2.imread(str(p)) for p in places]
    assert len(images) == 15
    assert {told(i, camera) for i in images} == {""}
    assert {told(blurred(i, 4.0), camera) for i in images[::5]} <= {"out of focus", "no contrast"}
