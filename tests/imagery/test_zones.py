"""Where cracks lie across the lane: zones against drawn lines that shapely cuts; the truth is synthetic."""

import dataclasses

import cv2
import numpy as np
import pandas as pd
import pytest
import shapely

from ingest.imagery.camera import Camera
from ingest.imagery.folder import quantify_folder
from ingest.imagery.lane import find_lane
from ingest.imagery.lane_axis import lane_axis
from ingest.imagery.parameters import parameters
from ingest.imagery.quantify import quantify_frame
from pavement.measures.cracking import ZONES, stretch, zone_extents

from .conftest import as_image, asphalt, painted, wavy, with_line

CAMERA = Camera("downward", 2.0)
# lane lines 3.5 m apart; the lane centre lies 2150 mm from the left edge of the frame
LINES = (400.0, 3900.0)
CENTRE = 2150.0


def marked(lines, *, width_mm=6.0, seed=1):
    road = painted(asphalt(width=2150, seed=seed), mm=2.0, places=LINES)
    for line in lines:
        road = with_line(road, line, width_mm=width_mm, mm=2.0)
    return as_image(road)


def zone_lengths(lines):
    """Return the length [m] of drawn lines in each zone of AASHTO R 87, cut by shapely."""
    borders = np.array([-1.75, -1.375, -0.375, 0.375, 1.375, 1.75])
    drawn = shapely.MultiLineString([(np.array(line) - (CENTRE, 0.0)) / 1000.0 for line in lines])
    pairs = zip(ZONES, borders[:-1], borders[1:], strict=True)
    return pd.Series({zone: shapely.intersection(drawn, shapely.box(a, 0, b, 2)).length for zone, a, b in pairs})


def test_lengths_by_zone_are_those_of_the_drawn_cracks():
    y = np.arange(0.0, 2001.0, 50.0)
    wave = [list(zip(CENTRE + x + 130.0 * np.sin(y / 250.0), y, strict=True)) for x in (-875.0, -300.0, 500.0)]
    found = quantify_frame(marked(wave), CAMERA).on_lane
    lane = stretch(lane_width=found.lane_width_m, length=found.length_m)
    got = zone_extents(found.parts, lane).groupby("zone")["length"].sum().reindex(list(ZONES)).fillna(0.0)
    expected = zone_lengths(wave)
    assert expected.min() == 0
    assert (expected > 0.3).sum() == 3
    # each line within 5 %, and 2 cm for each time it crosses a border
    assert (got - expected).abs().max() < 0.05 * 2.1 + 0.06


def test_findings_name_the_zone_of_most_of_their_length_and_their_offset():
    lines = [wavy(CENTRE + x) for x in (-1540.0, -875.0, 60.0, 900.0)]
    found = quantify_frame(marked(lines), CAMERA).findings.query("kind == 'crack'").sort_values("offset_m")
    assert found["zone"].tolist() == list(ZONES[:4])
    np.testing.assert_allclose(found["offset_m"], [-1.54, -0.875, 0.06, 0.9], atol=0.02)
    assert set(found["severity"]) <= {"low", "medium"}
    assert (found["width_max_mm"] >= found["width_mm"] * 0.99).all()


def test_without_both_lines_there_are_no_zones():
    road = painted(asphalt(width=2150), mm=2.0, places=LINES[:1])
    road = with_line(road, wavy(CENTRE), width_mm=6.0, mm=2.0)
    result = quantify_frame(as_image(road), CAMERA)
    assert np.isnan(result.on_lane.lane_width_m)
    assert (result.findings["zone"] == "").all()
    assert result.findings["offset_m"].isna().all()
    assert result.measures["crack_length"] > 0
    assert "hpms_cracking" not in result.measures


@pytest.mark.parametrize("lean", [-0.05, 0.0, 0.08])
@pytest.mark.parametrize("dashed", [False, True])
def test_axis_follows_lines_that_lean_and_are_dashed(lean, dashed):
    road = asphalt(height=300, width=430)
    for place in LINES:
        end = 1800.0 if dashed and place == LINES[1] else 3000.0
        line = [(place + lean * (3000.0 - at), at) for at in (0.0, end)]
        road = with_line(road, line, width_mm=150.0, mm=10.0, share=2.0)
    image = as_image(road)
    seen = np.ones(image.shape[:2], bool)
    values = parameters()
    axis = lane_axis(find_lane(image, seen, mm_per_pixel=10.0, values=values), seen, mm_per_pixel=10.0, values=values)
    assert axis.width_m == pytest.approx(3.5, abs=0.02)
    assert axis.middle_m == pytest.approx(CENTRE / 1000, abs=0.015)
    assert axis.lean == pytest.approx(lean, abs=0.005)
    assert axis.offset(np.array([2.15]), np.array([0.0]))[0] == pytest.approx(0.0, abs=0.015)


def test_lines_that_the_view_cuts_off_still_bound_the_lane():
    """A view 3.6 m wide over a lane of 3.5 m, 20 mm to one side: each line is cut to a part of its 150 mm."""
    image = as_image(painted(asphalt(height=300, width=360), mm=10.0, places=(70.0, 3570.0)))
    seen = np.ones(image.shape[:2], bool)
    values = parameters()
    axis = lane_axis(find_lane(image, seen, mm_per_pixel=10.0, values=values), seen, mm_per_pixel=10.0, values=values)
    assert axis.middle_m == pytest.approx(1.82, abs=0.03)
    assert axis.width_m == pytest.approx(3.5, abs=0.06)


def test_an_axis_needs_both_lines():
    image = as_image(painted(asphalt(height=300, width=430), mm=10.0, places=LINES))
    seen = np.ones(image.shape[:2], bool)
    lane = find_lane(image, seen, mm_per_pixel=10.0, values=parameters())
    alone = dataclasses.replace(lane, lines=1)
    axis = lane_axis(alone, seen, mm_per_pixel=10.0, values=parameters())
    assert np.isnan(axis.width_m)
    assert axis.middle_m == pytest.approx(2.15)


@pytest.mark.parametrize(("cell", "subtype"), [(200.0, "alligator"), (400.0, "block")])
def test_size_of_cells_tells_alligator_from_block(cell, subtype):
    x = CENTRE + np.arange(-2, 3) * cell / 1.0
    y = 200.0 + np.arange(5) * cell
    mesh = [[(a, y[0]), (a, y[-1])] for a in x] + [[(x[0], b), (x[-1], b)] for b in y]
    found = quantify_frame(marked(mesh), CAMERA).findings.query("type == 'pattern'")
    assert set(found["subtype"]) == {subtype}
    assert found["cells"].max() == 16


def test_hpms_of_a_wheel_path_with_a_mesh():
    x = CENTRE + 875.0 + np.arange(-2, 3) * 150.0
    mesh = [[(a, 300.0), (a, 1500.0)] for a in x] + [[(x[0], b), (x[-1], b)] for b in np.arange(300.0, 1501.0, 150.0)]
    found = quantify_frame(marked(mesh), CAMERA).measures
    # 1.2 m of one wheel path of 0.9906 m in 2 m of a lane of 3.5 m; steps of 0.3 m may take in one more at its ends
    exact, step = 100 * 1.2 * 0.9906 / 7.0, 100 * 0.3 * 0.9906 / 7.0
    assert exact - 0.5 <= found["hpms_cracking"] <= exact + step + 0.5


def test_a_folder_of_images_is_told_by_zone(tmp_path):
    images = tmp_path / "images"
    images.mkdir()
    lines = [wavy(CENTRE - 875.0), [(CENTRE + 50.0, 500.0), (CENTRE + 650.0, 1100.0)]]
    cv2.imwrite(str(images / "marked.png"), marked(lines))
    cv2.imwrite(str(images / "plain.png"), as_image(asphalt(seed=3)))
    quantify_folder(images, out=tmp_path / "out", camera=CAMERA, settings={"workers": 1})
    zones = pd.read_csv(tmp_path / "out" / "zones.csv", comment="#")
    assert set(zones["image"]) == {"marked.png"}
    got = zones.set_index(["zone", "type"])["length_m"]
    assert got["wheel_path_left", "longitudinal"] == pytest.approx(1.8, rel=0.05)
    assert ("lane", "transverse") not in got.index
    # at 45 degrees to travel, of 0.85 m the part beyond 0.375 m right of the centre
    assert got["wheel_path_right", "other"] == pytest.approx(0.275 * 2**0.5, rel=0.1)
    assert got["between", "other"] == pytest.approx(0.325 * 2**0.5, rel=0.1)
    assert (zones["length_m"] > 0).all()
    table = pd.read_csv(tmp_path / "out" / "images.csv", comment="#").set_index("image")
    assert table.loc["marked.png", "transverse_complete"] == 0
    assert np.isnan(table.loc["plain.png", "hpms_percent"])
