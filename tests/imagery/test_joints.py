"""Joints against drawn ones, and against the real frames of slabs and of asphalt (I7)."""

import cv2
import numpy as np
import pytest

from ingest.imagery.camera import Camera
from ingest.imagery.joints import find_joints, joint_bands
from ingest.imagery.parameters import parameters
from ingest.imagery.quantify import quantify_frame

from .conftest import as_image, asphalt, line_length, painted, wandering, wavy, with_line

CAMERA = Camera("downward", 2.5)
VALUES = parameters()
# a slab's joints in a view 4.5 m wide and 3 m long, through the whole of it
ALONG = [(3000.0, -50.0), (3090.0, 3050.0)]
ACROSS = [(-50.0, 2000.0), (4550.0, 1940.0)]


def road(*lines, width_mm=12.0, seed=1):
    view = asphalt(height=1200, width=1800, seed=seed)
    for line in lines:
        view = with_line(view, line, width_mm=width_mm, mm=2.5)
    return view


def kinds(result):
    return result.findings.groupby("kind")["length_m"].sum()


@pytest.mark.parametrize("width_mm", [8.0, 12.0, 20.0])
@pytest.mark.parametrize(("line", "across"), [(ALONG, False), (ACROSS, True)])
def test_a_straight_dark_line_through_the_view_is_a_joint(line, across, width_mm):
    grey = as_image(road(line, width_mm=width_mm))[..., 0]
    (joint,) = find_joints(grey, np.ones(grey.shape, bool), mm_per_pixel=2.5, values=VALUES)
    assert joint.across == across
    assert joint.width_mm == pytest.approx(width_mm, abs=6.0)
    assert 0.5 < joint.confidence <= 1.0
    ends = np.array(line) / 2.5
    along, other = (1, 0) if not across else (0, 1)
    expected = np.interp(joint.line[:, along], ends[:, along], ends[:, other])
    assert np.abs(joint.line[:, other] - expected).max() < 4
    # it reaches from border to border
    assert np.ptp(joint.line[:, along]) == pytest.approx(grey.shape[1 - along], abs=4)


def test_joints_are_named_and_not_counted():
    """I7: joints across and along."""
    result = quantify_frame(as_image(road(ALONG, ACROSS)), CAMERA)
    assert kinds(result).index.tolist() == ["joint"]
    assert kinds(result)["joint"] == pytest.approx(3.1 + 4.5, rel=0.03)
    assert result.measures["crack_length"] == 0.0
    assert not result.mask.any()


@pytest.mark.parametrize("engine", ["classical", "learned"])
def test_a_crack_that_crosses_a_joint_stays(engine):
    crack = wandering([(1200.0, 300.0), (1700.0, 2900.0)])
    found = kinds(quantify_frame(as_image(road(crack, ACROSS, width_mm=10.0)), CAMERA, engine=engine))
    assert found["joint"] == pytest.approx(4.5, rel=0.03)
    assert found["crack"] == pytest.approx(line_length(crack), rel=0.08)


def test_a_crack_that_ends_at_a_joint_stays():
    crack = wandering([(1200.0, 200.0), (1300.0, 1960.0)])
    found = kinds(quantify_frame(as_image(road(crack, ACROSS, width_mm=10.0)), CAMERA))
    assert found["crack"] == pytest.approx(line_length(crack), rel=0.06)


def test_a_crack_that_wanders_is_no_joint():
    found = kinds(quantify_frame(as_image(road(wandering([(1500.0, -50.0), (1550.0, 3050.0)]))), CAMERA))
    assert found.index.tolist() == ["crack"]


def test_a_straight_line_that_ends_in_the_view_is_no_joint():
    assert not find_joints(
        as_image(road([(1500.0, 200.0), (1500.0, 2000.0)]))[..., 0],
        np.ones((1200, 1800), bool),
        mm_per_pixel=2.5,
        values=VALUES,
    )


def test_straight_lines_close_together_are_a_mesh_of_cracks():
    mesh = [[(x, -50.0), (x, 3050.0)] for x in (1200.0, 1600.0, 2000.0)]
    grey = as_image(road(*mesh))[..., 0]
    assert not find_joints(grey, np.ones(grey.shape, bool), mm_per_pixel=2.5, values=VALUES)


def test_a_joint_under_paint_goes_on():
    view = painted(road(ACROSS), mm=2.5, places=(400.0, 4000.0))
    found = kinds(quantify_frame(as_image(view), CAMERA))
    assert found["joint"] == pytest.approx(4.5, rel=0.05)
    assert "crack" not in found


def test_sound_asphalt_has_no_joints():
    for seed in range(5):
        grey = as_image(road(seed=seed))[..., 0]
        assert not find_joints(grey, np.ones(grey.shape, bool), mm_per_pixel=2.5, values=VALUES)


def test_band_is_as_wide_as_the_joint_and_its_margins():
    grey = as_image(road(ALONG))[..., 0]
    joints = find_joints(grey, np.ones(grey.shape, bool), mm_per_pixel=2.5, values=VALUES)
    band = joint_bands(joints, grey.shape, mm_per_pixel=2.5, margin=10.0)
    assert band.sum(axis=1).mean() * 2.5 == pytest.approx(joints[0].width_mm + 20.0, abs=6.0)


@pytest.mark.parametrize("width_mm", [60.0, 120.0, 220.0])
def test_wide_band_across_is_an_expansion_joint(width_mm):
    """I7: the joint of a bridge is no sealed crack."""
    result = quantify_frame(as_image(road(ACROSS, width_mm=width_mm)), CAMERA)
    (found,) = result.findings.itertuples()
    assert found.kind == "expansion_joint"
    assert found.length_m == pytest.approx(4.5, rel=0.03)
    assert found.width_mm == pytest.approx(width_mm, rel=0.2)
    assert result.measures["crack_length"] == 0.0


def test_joints_of_real_slabs_and_none_of_real_asphalt(shared):
    """Counted by eye: each of the 25 frames of slabs shows one joint along; most of 8 asphalt frames a crack."""
    found = {"A": 0, "C": 0}
    for path in sorted((shared / "data/cracks/nha12d_dev/images").iterdir()):
        grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        half = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        joints = find_joints(half, np.ones(half.shape, bool), mm_per_pixel=5.0, values=VALUES)
        found[path.name[0]] += sum(not j.across for j in joints)
    assert found["C"] >= 24
    assert found["A"] == 0


def test_wavy_line_of_the_tests_is_a_crack():
    """What other tests draw as a crack is one."""
    assert kinds(quantify_frame(as_image(road(wavy(2000.0))), CAMERA)).index.tolist() == ["crack"]
