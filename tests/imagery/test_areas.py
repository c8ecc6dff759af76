"""Areas of forward frames: how probabilities become potholes and weigh lines, and what is seen on real roads."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from ingest.imagery import areas
from ingest.imagery.camera import camera_from_manifest, top_view
from ingest.imagery.cracks import CrackMap
from ingest.imagery.parameters import of_kind, parameters
from ingest.imagery.potholes import likely_potholes
from ingest.imagery.quantify import quantify_frame
from ingest.imagery.scene import scene_of

from .conftest import as_image, asphalt, with_line

MM = 5.0
VALUES = of_kind(parameters(), "forward")


def blob(shape, *, at, radius, share):
    rows, columns = np.indices(shape)
    return np.where(np.hypot(rows - at[0], columns - at[1]) <= radius, share, 0.0).astype(np.float32)


def test_a_pothole_is_a_place_sure_and_large_enough_within_the_lane():
    shape = (400, 600)
    # circles of 0.5 m, one of them unsure, one of 0.1 m, one beyond the lane
    probability = np.maximum.reduce([
        blob(shape, at=(100, 100), radius=50, share=0.97),
        blob(shape, at=(100, 300), radius=50, share=0.7),
        blob(shape, at=(300, 100), radius=10, share=0.99),
        blob(shape, at=(300, 500), radius=50, share=0.99),
    ])  # fmt: skip
    inside = np.zeros(shape, bool)
    inside[:, :400] = True
    found, mask = likely_potholes(probability, inside, mm_per_pixel=MM, values=VALUES)
    assert len(found) == 1
    assert found.loc[0, "area_m2"] == pytest.approx(np.pi * 0.25**2, rel=0.02)
    assert found.loc[0, "diameter"] == pytest.approx(500, rel=0.02)
    assert found.loc[0, "confidence"] == pytest.approx(0.97, abs=1e-6)
    assert mask.sum() * 0.005**2 == pytest.approx(found.loc[0, "area_m2"])


def test_nowhere_likely_is_an_empty_table_with_its_columns():
    nowhere = np.zeros((50, 50), np.float32)
    found, mask = likely_potholes(nowhere, nowhere == 0, mm_per_pixel=MM, values=VALUES)
    assert list(found) == ["area_m2", "diameter", "confidence", "outline"]
    assert not mask.any()


def test_the_coarse_view_keeps_the_strongest_line_of_each_of_its_pixels():
    response = np.zeros((80, 120), np.float32)
    response[40, :] = VALUES["ridge_high"]
    response[:, 60] = 100.0
    share = areas.line_share(response, (30, 20), mm_per_pixel=MM, values=VALUES)
    assert share.shape == (20, 30)
    assert share.max() == 3.0
    assert (share[9:11].max(axis=0)[:12] == 1.0).all()
    assert (share[:8, :13] == 0.0).all()


def test_lines_count_in_cracked_areas_and_not_in_sound_ones(monkeypatch):
    road = asphalt(height=500, width=900, spread=3.0)
    for x in (1100.0, 3300.0):
        places = [(x + 40 * np.sin(y / 150), y) for y in np.arange(100.0, 2400.0, 50.0)]
        road = with_line(road, places, width_mm=12.0, mm=MM, share=0.75)
    # a line that the filter is very sure of would stay by the least factor
    values = {**VALUES, "field_least": 0.0}
    grey, valid = cv2.cvtColor(as_image(road), cv2.COLOR_BGR2GRAY), np.ones((500, 900), bool)

    def half(share_left, share_right):
        field = np.full(grey.shape, share_right)
        field[:, :450] = share_left
        return lambda *_, **__: (field, np.zeros(grey.shape))

    monkeypatch.setattr(areas, "broken_areas", half(0.9, 1e-6))
    found = areas.find_cracks(grey, valid, valid, mm_per_pixel=MM, values=values)
    assert found.crack[:, :450].any()
    assert not found.crack[:, 450:].any()
    assert 0.0 <= found.strength.min() <= found.strength.max() <= 1.0
    monkeypatch.setattr(areas, "broken_areas", half(0.9, 0.9))
    assert areas.find_cracks(grey, valid, valid, mm_per_pixel=MM, values=values).crack[:, 450:].any()


# of BR-290, as benchmarks.real_imagery calibrates it from its lanes
CAMERA = {
    "kind": "forward",
    "mm_per_pixel": 5.0,
    "width": 1024,
    "height": 640,
    "image_points": [[193.02, 639.0], [1012.62, 639.0], [468.63, 143.25], [737.01, 143.25]],
    "road_points": [[-1.5, 0.0], [1.5, 0.0], [-1.5, 10.0], [1.5, 10.0]],
    "near_m": 0.0,
    "far_m": 5.0,
    "left_m": -2.809,
    "right_m": 2.191,
}


def test_real_potholes_stand_out(shared):
    """BR-290, of which the network saw nothing."""
    folder, camera = shared / "data" / "cracks" / "brazil_hdv_rs", camera_from_manifest(CAMERA)
    inside, beside = [], []
    for path in sorted((folder / "images").glob("*_290_*"))[::15]:
        scene = scene_of(top_view(cv2.imread(str(path)), camera), VALUES)
        masks = [cv2.imread(str(folder / kind / f"{path.stem}.png")) for kind in ("masks_pothole", "masks_lane")]
        hole, lane = (top_view(mask, camera).image[..., 0] > 127 for mask in masks)
        hollow = areas.find_cracks(scene.grey, scene.road, scene.road, mm_per_pixel=scene.mm, values=VALUES).hollow
        inside.append(hollow[hole & lane])
        beside.append(hollow[lane & ~hole])
    assert np.concatenate(inside).mean() > 5 * np.concatenate(beside).mean()


def test_a_sound_forward_frame_has_neither_with_the_learned_engine():
    view = as_image(asphalt(height=1000, width=1000))
    far = {**CAMERA, "image_points": [[0, 999], [999, 999], [0, 0], [999, 0]], "width": 1000, "height": 1000}
    far["road_points"] = [[-2.5, 0.0], [2.5, 0.0], [-2.5, 5.0], [2.5, 5.0]]
    result = quantify_frame(view, camera_from_manifest(far), engine="learned")
    assert result.usable
    assert not result.findings["kind"].isin(["crack", "pothole"]).any()


@pytest.mark.parametrize(("rows", "stays"), [(24, False), (26, True)])
def test_as_few_cracked_squares_as_on_sound_road_tell_no_crack(rows, stays):
    # 100 x 10 squares of lane; cracks down two columns of them: 4.8 and 5.2 %, and more beyond the lane
    crack, inside = np.zeros((2000, 400), bool), np.zeros((2000, 400), bool)
    inside[:, :200] = True
    crack[: rows * 20, 5:8] = crack[: rows * 20, 25:28] = True
    crack[:, 300:305] = True
    found = CrackMap(crack, np.zeros_like(crack), np.ones(crack.shape, np.float32), MM, np.zeros(crack.shape))
    told = areas.enough(found, inside, values={**VALUES, "cracked_least": 5.0})
    assert told.crack.any() == stays
    assert areas.enough(replace(found, hollow=None), inside, values=VALUES).crack.any()
