"""Cameras: what the manifest may say, and the road seen from above."""

import re
import tomllib
from pathlib import Path

import cv2
import numpy as np
import pytest

from ingest.imagery.camera import Camera, camera_from_file, camera_from_manifest, top_view, view_size
from pavement.errors import ManifestError

FORWARD = {
    "kind": "forward",
    "mm_per_pixel": 5.0,
    "width": 1024,
    "height": 640,
    "image_points": [[193.0, 639.0], [1012.6, 639.0], [468.6, 143.2], [737.0, 143.2]],
    "road_points": [[-1.5, 0.0], [1.5, 0.0], [-1.5, 10.0], [1.5, 10.0]],
    "near_m": 0.0,
    "far_m": 5.0,
    "left_m": -2.5,
    "right_m": 2.5,
}


def test_downward_camera():
    camera = camera_from_manifest({"kind": "downward", "mm_per_pixel": 2, "width": 1800, "height": 1000})
    assert camera == Camera("downward", 2.0, (1800, 1000))
    view = top_view(np.zeros((1000, 1800, 3), np.uint8), camera)
    assert view.area_m2 == pytest.approx(3.6 * 2.0)


def test_homography_takes_road_points_to_their_place():
    camera = camera_from_manifest(FORWARD)
    points = np.array(FORWARD["image_points"], np.float32).reshape(-1, 1, 2)
    seen = cv2.perspectiveTransform(points, camera.homography).reshape(-1, 2)
    # 1 m right of the left edge is 200 pixels; the far edge of the window is at the top
    np.testing.assert_allclose(seen, [[200, 1000], [800, 1000], [200, -1000], [800, -1000]], atol=0.05)
    assert view_size(camera) == (1000, 1000)


def test_square_on_the_road_keeps_its_area():
    """A 1 m square painted in perspective is 1 m2 from above."""
    camera = camera_from_manifest(FORWARD)
    corners = np.array([[300, 400], [500, 400], [500, 600], [300, 600]], np.float32).reshape(-1, 1, 2)
    image_corners = cv2.perspectiveTransform(corners, np.linalg.inv(camera.homography))
    image = np.full((640, 1024, 3), 90, np.uint8)
    cv2.fillPoly(image, [np.rint(image_corners * 16).astype(np.int32)], (255, 255, 255), cv2.LINE_AA, 4)
    view = top_view(image, camera)
    area = (view.image[..., 0] > 172).sum() * 0.005**2
    assert area == pytest.approx(1.0, abs=0.03)


def test_what_the_frame_does_not_show_is_not_valid():
    view = top_view(np.full((640, 1024, 3), 90, np.uint8), camera_from_manifest(FORWARD))
    assert not view.valid[-1, 0]
    assert view.valid[0].all()
    assert view.area_m2 < 25.0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "sideways"}, "kind"),
        ({"mm_per_pixel": 0}, "mm_per_pixel"),
        ({"far_m": 0.0}, "window"),
        ({"near_m": "near"}, "near_m"),
        ({"image_points": [[0, 0], [1, 1], [2, 2], [5, 0]]}, "image_points"),
        ({"road_points": [[0, 0], [1, 1]]}, "road_points"),
        ({"road_points": "here"}, "road_points"),
    ],
)
def test_incomplete_camera_is_refused(change, words):
    with pytest.raises(ManifestError, match=words):
        camera_from_manifest(FORWARD | change)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"mm_per_pixel": 2.0}, r"lacks kind\. Write kind = \"downward\""),
        ({"kind": "downward"}, r"with kind = 'downward' lacks mm_per_pixel\. Write mm_per_pixel = …;"),
        ({"kind": "range", "mm_across": 2.0, "mm_along": 5.0}, "with kind = 'range' lacks mm_per_count"),
        ({"kind": "forward", "mm_per_pixel": 5.0}, "lacks near_m"),
        ({"kind": "downward", "mm_per_pixel": "2"}, "mm_per_pixel = '2' is no number"),
    ],
)
def test_what_a_camera_file_lacks_is_said_with_the_file_and_where_an_example_stands(tmp_path, table, said):
    file = tmp_path / "camera.toml"
    file.write_text("\n".join(f"{name} = {value!r}" for name, value in table.items()), encoding="utf-8")
    with pytest.raises(ManifestError, match=said) as refused:
        camera_from_file(file)
    assert str(refused.value).startswith(f"{file}: [camera]")
    assert "docs/imagery.md has an example" in refused.value.cure


def test_every_example_of_the_documentation_is_a_camera():
    page = (Path(__file__).resolve().parents[2] / "docs" / "imagery.md").read_text(encoding="utf-8")
    found = [camera_from_manifest(tomllib.loads(text)) for text in re.findall(r"```toml\n(.*?)```", page, re.DOTALL)]
    assert [camera.kind for camera in found] == ["downward", "forward", "range"]


def test_mistyped_key_is_refused_and_the_known_ones_named():
    with pytest.raises(ManifestError, match=r"does not know mm_per_pixl\.(.|\n)*mm_per_pixel, orientation"):
        camera_from_manifest({"kind": "downward", "mm_per_pixl": 2.5})
