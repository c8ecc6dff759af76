"""Rails drawn on made and on real roads: named, at any angle, and no cracks with either engine (I7)."""

import cv2
import numpy as np
import pytest

from ingest.imagery.camera import Camera
from ingest.imagery.quantify import quantify_frame

from .conftest import as_image, asphalt

MM = 2.5
CAMERA = Camera("downward", MM)


def with_track(view, *, gauge=1067.0, turn=80.0, head=1.6, only=(-1, 1), groove=0.35):
    """Return a grey view with rails whose normal is turned so far from across the lane [deg]."""
    y, x = np.indices(view.shape) * MM
    middle = (view.shape[1] * MM / 2, view.shape[0] * MM / 2)
    off = (x - middle[0]) * np.cos(np.radians(turn)) + (y - middle[1]) * np.sin(np.radians(turn))
    result = view.astype(float).copy()
    for side in only:
        far = side * off - gauge / 2
        result[(far >= -50) & (far < 0)] *= groove
        result[(far >= 0) & (far < 70)] *= head
    return result


def road(seed=4):
    return asphalt(height=1200, width=1760, seed=seed)


@pytest.mark.parametrize("gauge", [1000.0, 1067.0, 1435.0])
@pytest.mark.parametrize(("turn", "head"), [(0.0, 1.6), (35.0, 1.6), (80.0, 0.7), (120.0, 1.4), (90.0, 1.6)])
def test_two_grooves_with_heads_at_a_gauge_are_rails(gauge, turn, head):
    found = quantify_frame(as_image(with_track(road(), gauge=gauge, turn=turn, head=head)), CAMERA).findings
    assert (found["kind"] == "rail").sum() == 2
    assert not set(found["kind"]) & {"crack", "sealed_crack", "pothole", "joint", "expansion_joint"}
    np.testing.assert_allclose(found.loc[found["kind"] == "rail", "width_mm"], 120, atol=40)


@pytest.mark.parametrize(
    "change",
    [
        {"gauge": 1250.0},
        {"only": (1,)},
        {"head": 1.0},
        {"groove": 1.0},
    ],
)
def test_other_lines_are_no_rails(change):
    """Another distance, one line alone, grooves without heads, heads without grooves."""
    assert "rail" not in set(quantify_frame(as_image(with_track(road(), **change)), CAMERA).findings["kind"])


@pytest.mark.parametrize("engine", ["classical", "learned"])
def test_rails_laid_over_a_real_road_add_no_cracks(shared, engine):
    for name, turn in (("APVD_05", 75.0), ("APVD_06", 100.0)):
        image = cv2.imread(str(shared / f"data/cracks/nha12d_dev/images/{name}.jpg"))
        plain = quantify_frame(image, CAMERA, engine=engine).mask
        drawn = np.clip(np.dstack([with_track(part, turn=turn) for part in cv2.split(image)]), 0, 255).astype(np.uint8)
        result = quantify_frame(drawn, CAMERA, engine=engine)
        assert (result.findings["kind"] == "rail").sum() == 2, name
        known = cv2.dilate(plain.astype(np.uint8), np.ones((15, 15), np.uint8)) > 0
        track = cv2.dilate((drawn != image).any(axis=2).astype(np.uint8), np.ones((41, 41), np.uint8)) > 0
        assert not (result.mask & ~known & track).any(), name


def test_real_frames_without_rails_have_none(shared):
    for path in sorted((shared / "data/cracks/nha12d_dev/images").iterdir())[::3]:
        assert "rail" not in set(quantify_frame(cv2.imread(str(path)), CAMERA).findings["kind"]), path.name
