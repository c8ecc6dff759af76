"""Cracks of known place, length, width and direction; the truth is synthetic."""

import json

import cv2
import numpy as np
import pandas as pd
import pytest
import shapely

from ingest.imagery.camera import Camera
from ingest.imagery.engines import ENGINES
from ingest.imagery.parameters import parameters
from ingest.imagery.pieces import centrelines
from ingest.imagery.quantify import quantify_frame
from ingest.imagery.widths import crack_widths
from pavement.measures.cracking import crack_measures, crack_parts

from .conftest import as_image, asphalt, covered, line_length, painted, wavy, with_line

CAMERA = Camera("downward", 2.0)


def cracked(lines, *, width_mm=6.0, mm=2.0, road=None):
    road = asphalt() if road is None else road
    for line in lines:
        road = with_line(road, line, width_mm=width_mm, mm=mm)
    return as_image(road)


def test_length_and_direction_of_two_cracks(longitudinal, transverse):
    found = quantify_frame(cracked([longitudinal, transverse]), CAMERA).findings
    length = found.groupby("type")["length_m"].sum()
    assert length["longitudinal"] == pytest.approx(line_length(longitudinal), rel=0.05)
    assert length["transverse"] == pytest.approx(line_length(transverse), rel=0.05)
    assert set(found["kind"]) == {"crack"}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("width_mm", [2.0, 3.0, 4.0, 6.0, 10.0, 15.0])
def test_width_is_that_of_the_crack_at_1_mm_a_pixel(longitudinal, width_mm, engine):
    road = with_line(asphalt(height=2000, width=2400), longitudinal, width_mm=width_mm, mm=1.0)
    found = quantify_frame(as_image(road), Camera("downward", 1.0), engine=engine)
    assert found.measures["crack_width"] == pytest.approx(width_mm, abs=0.3)
    assert found.findings["length_m"].sum() == pytest.approx(line_length(longitudinal), rel=0.03)


def told_widths(image, cracks, *, mm, grow=0):
    """Return width and place along the image of the points of drawn cracks, from a mask 15 mm wide and more."""
    mask = np.zeros((image.shape[0] * int(mm * 10) // 50, image.shape[1] * int(mm * 10) // 50), np.uint8)
    for line, width in cracks:
        mask |= (covered(mask.shape, line, width_mm=width + 12.0, mm=5.0) > 0.5).astype(np.uint8)
    mask = cv2.dilate(mask, np.ones((2 * grow + 1, 2 * grow + 1), np.uint8))
    points = centrelines(mask > 0, mm_per_pixel=5.0, values=parameters())
    width = crack_widths(points, image, scale=5.0 / mm, mm_per_pixel=mm, values=parameters())
    return width.to_numpy(), points["y"].to_numpy() * 5.0


def oblique(degrees, *, start=-900.0, end=900.0):
    """Return a crack through the middle of 1.6 m at an angle to travel."""
    ahead = np.array([np.sin(np.radians(degrees)), np.cos(np.radians(degrees))])
    return [tuple(np.array([801.3, 800.6]) + far * ahead) for far in (start, end)]


@pytest.mark.parametrize("degrees", [2, 23, 45, 67])
@pytest.mark.parametrize(("width_mm", "share", "spread"), [(2.0, 0.45, 3.0), (4.0, 0.7, 4.0), (10.0, 0.25, 7.0)])
def test_width_at_any_angle_and_darkness(degrees, width_mm, share, spread):
    cracks = [(oblique(degrees), width_mm)]
    road = with_line(
        asphalt(height=1600, width=1600, spread=spread), *cracks[0][:1], width_mm=width_mm, mm=1.0, share=share
    )
    for grow in (0, 1):
        width, _ = told_widths(as_image(road)[..., 0], cracks, mm=1.0, grow=grow)
        assert np.mean(width) == pytest.approx(width_mm, abs=0.3)


@pytest.mark.parametrize(
    ("mm", "blur", "width_mm", "off"), [(0.5, 0.0, 2.0, 0.3), (2.0, 0.0, 8.0, 0.4), (1.0, 1.0, 8.0, 0.4)]
)
def test_width_at_other_scales_and_blurred(mm, blur, width_mm, off):
    size = round(1600 / mm)
    road = with_line(asphalt(height=size, width=size), oblique(23), width_mm=width_mm, mm=mm)
    image = as_image(cv2.GaussianBlur(road, (0, 0), blur) if blur else road)[..., 0]
    assert np.mean(told_widths(image, [(oblique(23), width_mm)], mm=mm)[0]) == pytest.approx(width_mm, abs=off)


def test_hair_on_a_wide_crack_is_told_by_the_full_darkness_of_the_wide_one():
    """A hair of 1 mm is narrower than its pixels: what it lacks in darkness is no lack of width."""
    cracks = [(oblique(20, end=-200.0), 1.0), (oblique(20, start=-200.0), 8.0)]
    road = asphalt(height=1600, width=1600)
    for line, width_mm in cracks:
        road = with_line(road, line, width_mm=width_mm, mm=1.0)
    width, y = told_widths(as_image(road)[..., 0], cracks, mm=1.0)
    assert np.mean(width[y < 550]) == pytest.approx(1.0, abs=0.3)
    assert np.mean(width[y > 700]) == pytest.approx(8.0, rel=0.05)


@pytest.mark.parametrize("width_mm", [2.0, 4.0])
def test_width_does_not_grow_with_the_mask(longitudinal, width_mm):
    road = with_line(asphalt(height=2000, width=2400), longitudinal, width_mm=width_mm, mm=1.0)
    image, values = as_image(road), parameters()
    mask = quantify_frame(image, Camera("downward", 1.0)).mask
    small = cv2.resize(mask.astype(np.uint8), None, fx=0.2, fy=0.2, interpolation=cv2.INTER_NEAREST)
    told = []
    for part in (small, cv2.dilate(small, np.ones((3, 3), np.uint8))):
        points = centrelines(part > 0, mm_per_pixel=5.0, values=values)
        width = crack_widths(points, image[..., 0], scale=5.0, mm_per_pixel=1.0, values=values)
        told.append(float(width.mean()))
    assert told == pytest.approx([width_mm, width_mm], abs=0.3)
    assert told[1] < told[0] + 0.1


def test_measures_follow_from_the_length(longitudinal):
    result = quantify_frame(cracked([longitudinal]), CAMERA)
    metres = line_length(longitudinal)
    assert result.area_m2 == pytest.approx(3.6 * 2.0)
    assert result.measures["crack_length"] == pytest.approx(metres / 7.2, rel=0.05)
    # a line crosses at least one 0.1 m square for each 0.1 m of travel, at most about twice as many
    assert 100 * 20 * 0.01 / 7.2 <= result.measures["crack_percent"] <= 200 * 20 * 0.01 / 7.2
    assert result.measures["pothole_count"] == 0


def test_measures_agree_with_those_of_the_outlines(longitudinal, transverse):
    """Outlines, which are in pixels of the view, hold the cracks that were measured."""
    result = quantify_frame(cracked([longitudinal, transverse]), CAMERA)
    # a crack in several branches is one piece: short ones do not count
    lines = [
        (
            kind,
            width,
            shapely.MultiLineString(
                [np.array(line) * 0.004 * (1, -1) + (-1.8, 2.0) for line in json.loads(outline) if len(line) > 1]
            ),
        )
        for kind, width, outline in result.findings[["type", "width_mm", "outline"]].itertuples(index=False)
    ]
    pieces = pd.DataFrame(lines, columns=["type", "width_mm", "geometry"])
    other = crack_measures(crack_parts(pieces), lane_width=3.6, length=2.0)
    for kind in ("crack_length", "crack_longitudinal", "crack_transverse", "crack_width", "crack_percent"):
        assert result.measures[kind] == pytest.approx(other[kind], rel=0.12), kind


def test_squares_of_cracks_are_a_pattern():
    lines = [[(x, 600.0), (x, 1500.0)] for x in (1200.0, 1400.0, 1600.0, 1800.0)]
    lines += [[(1200.0, y), (1800.0, y)] for y in (650.0, 900.0, 1150.0, 1400.0)]
    found = quantify_frame(cracked(lines), CAMERA)
    assert found.measures["crack_pattern"] > 0.8 * found.measures["crack_length"] > 0


def test_sound_road_has_no_findings():
    result = quantify_frame(as_image(asphalt(seed=7)), CAMERA)
    assert result.usable
    assert result.findings.empty
    assert result.measures["crack_percent"] == 0.0


def test_paint_bounds_the_lane_and_is_no_crack(longitudinal):
    """I7: painted lines are not cracks; I10: their distance is the lane's width."""
    road = painted(asphalt(width=2200), mm=2.0, places=(300.0, 3900.0))
    result = quantify_frame(cracked([longitudinal], road=road), CAMERA)
    assert result.lane_width_m == pytest.approx(3.6, abs=0.05)
    assert result.area_m2 == pytest.approx((3.6 - 0.15) * 2.0, rel=0.03)
    assert result.measures["crack_length"] == pytest.approx(line_length(longitudinal) / result.area_m2, rel=0.06)
    assert quantify_frame(as_image(road), CAMERA).measures["crack_length"] == 0.0


def test_crack_beyond_the_marking_is_not_the_lanes():
    road = painted(asphalt(width=2600), mm=2.0, places=(300.0, 3900.0))
    result = quantify_frame(cracked([wavy(4500.0)], road=road), CAMERA)
    assert (result.findings["kind"] == "crack").any()
    assert result.measures["crack_length"] == 0.0


def test_sealed_crack_is_named_and_not_counted():
    """I7: a tar strip 50 mm wide."""
    image = cracked([[(1500.0, -50.0), (1560.0, 2050.0)]], width_mm=50.0)
    result = quantify_frame(image, CAMERA)
    assert "sealed_crack" in set(result.findings["kind"])
    assert result.measures["crack_length"] < 0.02


def test_shadow_edge_is_no_crack():
    """I6: part of the frame in shadow."""
    road = asphalt()
    road[:, 1200:] *= 0.5
    result = quantify_frame(as_image(road), CAMERA)
    assert result.findings["kind"].tolist() == ["shadow"]
    assert result.findings["area_m2"].iloc[0] == pytest.approx(1.2 * 2.0, rel=0.04)
    assert result.measures["crack_length"] == result.measures["pothole_count"] == 0


def test_pothole_area():
    road = asphalt()
    rows, columns = np.indices(road.shape)
    # an ellipse of 340 by 280 mm, along travel
    hole = np.hypot((rows - 500) * 2.0 / 170, (columns - 900) * 2.0 / 140) < 1.0
    road[hole] *= 0.5
    result = quantify_frame(as_image(road), CAMERA)
    assert result.measures["pothole_count"] == 1
    assert result.measures["pothole_area"] == pytest.approx(np.pi * 0.17 * 0.14, rel=0.1)
    found = result.findings.query("kind == 'pothole'").iloc[0]
    assert found["length_m"] == pytest.approx(0.34, abs=0.03)
    # one area in both tables, and the circle of it is no wider than the hole is anywhere
    assert found["area_m2"] == pytest.approx(result.measures["pothole_area"], rel=1e-6)
    assert found["width_mm"] == pytest.approx(2 * np.sqrt(170 * 140), abs=15)
    assert found["width_max_mm"] == pytest.approx(340, abs=20)
    outline = np.array(json.loads(found["outline"])[0])
    # outlines are in pixels of the view: 900 across for 3.6 m
    assert result.image.shape == (500, 900, 3)
    np.testing.assert_allclose((outline.min(axis=0) + outline.max(axis=0)) / 2, (450, 250), atol=4)


def test_outline_lies_on_the_crack(longitudinal):
    result = quantify_frame(cracked([longitudinal]), CAMERA)
    points = np.array([p for o in result.findings["outline"] for line in json.loads(o) for p in line])
    along = np.array(longitudinal) / 4.0
    expected = np.interp(points[:, 1], along[:, 1], along[:, 0])
    assert np.abs(points[:, 0] - expected).max() < 4


def test_input_is_not_changed(longitudinal):
    image = cracked([longitudinal])
    before = image.copy()
    quantify_frame(image, CAMERA)
    np.testing.assert_array_equal(image, before)


def test_unknown_engine_is_refused():
    with pytest.raises(ValueError, match="Engine 'magic'"):
        quantify_frame(as_image(asphalt(height=100, width=100)), CAMERA, engine="magic")
