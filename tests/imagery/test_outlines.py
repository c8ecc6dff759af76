"""A finding lies at the same place in the view from above, in the image and on the road."""

import json

import cv2
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import shape

from ingest.imagery.camera import Camera, camera_from_file, camera_from_manifest, top_view
from ingest.imagery.folder import quantify_folder
from ingest.imagery.outlines import features, image_points, in_image, road_points
from pavement.errors import ManifestError

from .conftest import as_image, asphalt, with_line
from .test_camera import FORWARD

SETTINGS = {"workers": 1, "pixels_limit": 10_000_000}
# a crack on the road of the forward camera: metres right of the camera, and ahead
CRACK = np.array([[0.5, 1.0], [0.6, 2.0], [0.55, 3.0], [0.7, 4.0]])


def forward_image() -> np.ndarray:
    """Return a frame of the forward camera with a crack 14 mm wide, drawn from above and seen in perspective."""
    camera = camera_from_manifest(FORWARD)
    line = [((x + 2.5) * 1000, (5.0 - y) * 1000) for x, y in CRACK]
    above = with_line(np.ones((1000, 1000), np.float32), line, width_mm=14.0, mm=5.0).astype(np.float32)
    light = cv2.warpPerspective(above, np.linalg.inv(camera.homography), (1024, 640), borderValue=1.0)
    return as_image(asphalt(height=640, width=1024) * light)


@pytest.fixture
def found(tmp_path):
    """Return the folder of results of one forward frame, quantified with the camera in a file."""
    (tmp_path / "in").mkdir()
    cv2.imwrite(str(tmp_path / "in" / "a.png"), forward_image())
    text = "".join(f"{name} = {json.dumps(value)}\n" for name, value in FORWARD.items())
    (tmp_path / "camera.toml").write_text(f"[camera]\n{text}")
    camera = camera_from_file(tmp_path / "camera.toml")
    quantify_folder(tmp_path / "in", out=tmp_path / "out", camera=camera, settings=SETTINGS)
    return tmp_path / "out", camera


def test_a_forward_frame_gives_metres_on_the_road(found):
    out, _ = found
    collection = json.loads((out / "findings.geojson").read_text())
    cracks = [f for f in collection["features"] if f["properties"]["kind"] == "crack"]
    longest = max(cracks, key=lambda f: f["properties"]["length_m"])
    x, y = np.concatenate([np.array(line) for line in longest["geometry"]["coordinates"]]).T
    assert np.abs(x - np.interp(y, CRACK[:, 1], CRACK[:, 0])).max() < 0.05
    assert (y.min(), y.max()) == (pytest.approx(1.0, abs=0.15), pytest.approx(4.0, abs=0.15))
    assert longest["properties"]["engine"] == collection["engine"] == "classical 3"
    assert len(longest["properties"]["sha256"]) == 64


def test_its_mask_and_outline_lie_on_the_crack_in_the_image(found):
    out, camera = found
    mask = cv2.imread(str(out / "masks" / "a.png"), cv2.IMREAD_GRAYSCALE)
    assert mask.shape == (640, 1024)
    above = top_view(cv2.merge([mask] * 3), camera).image[..., 0] > 127
    rows, columns = np.nonzero(above)
    expected = np.interp(5.0 - rows * 0.005, CRACK[:, 1], CRACK[:, 0])
    away = np.abs(columns * 0.005 - 2.5 - expected)
    # the made grain gives a trace elsewhere; along the crack the mask lies on it
    near = away < 0.3
    assert away[near].mean() < 0.03
    assert len(np.unique(rows[near])) > 0.9 * 3.0 / 0.005
    table = pd.read_csv(out / "findings.csv")
    outline = json.loads(table.sort_values("length_m").iloc[-1]["outline"])
    inside = [mask[max(y - 6, 0) : y + 7, max(x - 6, 0) : x + 7].any() for line in outline for x, y in line]
    assert np.mean(inside) > 0.9


def test_points_go_to_the_image_and_back():
    camera = camera_from_manifest(FORWARD)
    view = np.array([[200.0, 900.0], [800.0, 100.0]])
    there = image_points(view, camera)
    again = cv2.perspectiveTransform(there[None], camera.homography)[0]
    np.testing.assert_allclose(again, view, atol=1e-6)
    np.testing.assert_allclose(
        road_points(view, camera, 1000), [[-2.5 + 200.5 * 0.005, 99.5 * 0.005], [-2.5 + 800.5 * 0.005, 899.5 * 0.005]]
    )
    downward = Camera("downward", 2.0)
    np.testing.assert_array_equal(image_points(view, downward), view)
    assert in_image(np.ones((4, 5), bool), downward, (4, 5)).tolist() == [[255] * 5] * 4


def test_closed_kinds_become_polygons():
    square = "[[[0,0],[1,0],[1,1],[0,1]]]"
    told = pd.DataFrame({"image": "a", "kind": ["pothole", "crack"], "area_m2": [1.0, 0.1], "on_road": [square] * 2})
    hole, crack = (shape(f["geometry"]) for f in json.loads(features(told, engine="e"))["features"])
    assert hole.area == pytest.approx(1.0)
    assert crack.length == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("content", "words"), [(None, "No such file"), ("kind = ", "TOML"), ('kind = "downward"', "mm_per_pixel")]
)
def test_i10_a_camera_that_cannot_be_used_says_so(tmp_path, content, words):
    if content is not None:
        (tmp_path / "c.toml").write_text(content)
    with pytest.raises(ManifestError) as error:
        camera_from_file(tmp_path / "c.toml")
    assert words in str(error.value)


def test_masks_carry_the_stem_of_their_image_and_never_one_for_two(tmp_path):
    (tmp_path / "in").mkdir()
    for name in ("a.png", "b.png", "b.jpg"):
        cv2.imwrite(str(tmp_path / "in" / name), as_image(asphalt(height=300, width=500)))
    quantify_folder(tmp_path / "in", out=tmp_path / "out", camera=Camera("downward", 4.0), settings=SETTINGS)
    assert sorted(p.name for p in (tmp_path / "out" / "masks").iterdir()) == ["a.png", "b_jpg.png", "b_png.png"]
