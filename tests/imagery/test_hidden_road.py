"""What hides the road is told by its kind, on real frames with things laid over them (I6)."""

import cv2
import numpy as np
import pytest

from ingest.imagery.camera import Camera, top_view
from ingest.imagery.components import fitted
from ingest.imagery.hidden_road import REASONS
from ingest.imagery.parameters import parameters
from ingest.imagery.quantify import quantify_frame, scene_of
from ingest.imagery.usability import usability
from sample_data.spoilt_views import KINDS, spoilt

CAMERA = Camera("downward", 2.5)
VALUES = parameters()
# share of what is hidden that has to be left out, over three frames; of a film of water and of dirt less is told
LEAST = {"puddles": 0.75, "snow": 0.9, "leaves": 0.9, "night": 0.8, "vehicle": 0.4, "lens_dirt": 0.3, "wet_film": 0.4}
# borders of gaps and twigs narrower than the scale of areas are not told
LEAST |= {"tree_shade": 0.4}


@pytest.fixture(scope="module")
def images(shared):
    folder = shared / "data/cracks/nha12d_dev/images"
    return [cv2.imread(str(folder / f"{name}.jpg")) for name in ("APVD_05", "CPVD_05", "CPVD_20")]


def told(image):
    scene = scene_of(top_view(image, CAMERA), VALUES)
    return usability(scene.coarse, scene.grey, scene.top.valid, scene.lane.paint, mm_per_pixel=scene.mm, values=VALUES)


def left_out(image, hides):
    gate = told(image)
    if gate.reason:
        return 1.0
    out = gate.hidden.covered(VALUES["hidden_margin"]) | gate.hidden.mask("shade")
    return float(out[fitted(hides, out.shape)].mean())


def test_every_kind_is_tested():
    assert set(LEAST) == set(KINDS)


@pytest.mark.parametrize("kind", sorted(LEAST))
def test_hidden_road_is_left_out(images, kind):
    shares = []
    for number, image in enumerate(images):
        rng = np.random.default_rng(number)
        shares.append(left_out(*spoilt(image, image, kind, mm_per_pixel=2.5, rng=rng)))
    assert np.mean(shares) >= LEAST[kind], shares


def test_dry_real_frames_lose_nothing_of_their_lane(images):
    for image in images:
        gate = told(image)
        assert gate.reason == ""
        assert gate.hidden.share < 0.07


@pytest.mark.parametrize(("kind", "seed"), [("snow", 4)])
def test_a_frame_of_which_little_is_left_is_refused_and_says_why(images, kind, seed):
    results = [
        quantify_frame(spoilt(i, i, kind, mm_per_pixel=2.5, rng=np.random.default_rng(seed + n))[0], CAMERA)
        for n, i in enumerate(images)
    ]
    refused = [r for r in results if not r.usable]
    assert refused
    assert {r.reason for r in refused} <= {*REASONS.values(), "too dark", "badly exposed", "too bright"}
    assert all(r.findings.empty and not r.measures and r.area_m2 == 0.0 for r in refused)


def test_what_is_left_out_lowers_the_area_seen_and_shows_no_distress_there(images):
    image = images[1]
    whole = quantify_frame(image, CAMERA)
    shown, hides = spoilt(image, image, "puddles", mm_per_pixel=2.5, rng=np.random.default_rng(1))
    part = quantify_frame(shown, CAMERA)
    assert part.usable
    assert part.area_m2 < 0.9 * whole.area_m2
    inner = cv2.erode(hides.astype(np.uint8), np.ones((41, 41), np.uint8)) > 0
    assert (part.mask & inner).sum() < 0.02 * inner.sum()


def test_hard_shade_makes_no_potholes(images):
    shown, _ = spoilt(images[0], images[0], "tree_shade", mm_per_pixel=2.5, rng=np.random.default_rng(5))
    clean, shaded = (quantify_frame(i, CAMERA) for i in (images[0], shown))
    # before the borders of shade were left out: about twelve
    assert shaded.measures.get("pothole_count", 0) <= clean.measures["pothole_count"] + 2
