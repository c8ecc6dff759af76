"""Joints and straight cracks of range images: the step at any skew, and nothing lost that is exactly straight."""

import numpy as np
import pytest

from ingest.imagery.parameters import parameters
from ingest.imagery.relief_joints import depth_joints, without_steps
from ingest.imagery.relief_quantify import quantify_relief
from ingest.imagery.relief_scale import ReliefScale
from ingest.imagery.relief_shape import relief, without_grooves

from .relief_roads import LENGTH, SCALE, WIDTH, boxed, road, slabs


@pytest.mark.parametrize("degrees", [0.0, 0.3, 0.5, 1.0, 2.0, 8.0, -2.0])
@pytest.mark.parametrize("gap", [6.0, 12.0])
def test_a_joint_at_any_skew_has_its_fault_and_is_no_crack(degrees, gap):
    """I7: a joint; the step is 5 mm."""
    result = quantify_relief(slabs(degrees, gap=gap), SCALE)
    told = result.measured[result.measured["kind"] == "faulting"]
    assert told["side"].tolist() == ["left", "right"]
    assert told["value"].to_numpy() == pytest.approx([5.0, 5.0], abs=0.3)
    assert result.frame.findings["kind"].tolist() == ["joint"]
    assert result.frame.findings["length_m"].iloc[0] == pytest.approx(3.5 / np.cos(np.radians(degrees)), rel=0.01)
    # slabs of unlike height are no rut
    assert result.frame.measures["rut_max"] < 0.5


def test_each_wheel_path_has_its_own_fault():
    x = np.arange(WIDTH)[None, :]
    # the slab ahead lies 3 mm lower on the left and 7 mm on the right
    rocked = slabs(2.0, step=0.0) - np.where(slabs(2.0, noise=0.0, depth=0.0) < -1, np.where(x < 1750, 3.0, 7.0), 0.0)
    result = quantify_relief(rocked.astype(np.float32), SCALE)
    told = result.measured.query("kind == 'faulting'").set_index("side")["value"]
    assert told[["left", "right"]].to_numpy() == pytest.approx([3.0, 7.0], abs=0.3)
    assert result.frame.measures["faulting"] == pytest.approx(5.0, abs=0.3)


@pytest.mark.parametrize("step", [0.0, 16.0])
def test_level_slabs_have_no_fault_and_a_large_step_is_no_crack(step):
    result = quantify_relief(slabs(2.0, step=step, noise=1.0), SCALE).frame
    assert result.measures["faulting"] == pytest.approx(step, abs=0.3)
    assert result.measures["crack_length"] == 0
    assert result.measures["pothole_count"] == 0


def test_faults_of_coarse_lines():
    fine = slabs(1.0, gap=10.0)
    coarse = fine.reshape(LENGTH // 5, 5, WIDTH // 2, 2).mean(axis=(1, 3))
    result = quantify_relief(coarse, ReliefScale(2.0, 5.0, 0.1)).frame
    assert result.measures["faulting"] == pytest.approx(5.0, abs=0.3)


def test_slabs_are_level_once_their_step_is_taken_out():
    values = parameters()
    surface = relief(slabs(4.0), SCALE, values=values)
    level = without_steps(surface, depth_joints(surface, values=values), values=values)
    far = np.r_[0:400, 1100:1500]
    assert np.abs(np.median(surface.height[far], axis=1)[[0, -1]] - [-5.0, 0.0]).max() < 0.2
    assert np.ptp(np.median(level.height[far], axis=1)) < 0.3


@pytest.mark.parametrize(
    ("box", "kind", "length"),
    [
        ((1745, 0, 1755, 1500), "crack", 1.5),
        ((1745, 300, 1755, 1200), "crack", 0.9),
        ((800, 745, 2200, 755), "crack", 1.4),
        ((0, 745, 3500, 755), "joint", 3.5),
    ],
)
def test_what_runs_exactly_along_or_across_travel_does_not_vanish(box, kind, length):
    found = quantify_relief(boxed(road(), -10.0, box), SCALE).frame.findings
    assert found["kind"].tolist() == [kind]
    assert found["length_m"].iloc[0] == pytest.approx(length, rel=0.03)
    assert found["width_mm"].iloc[0] == pytest.approx(10.0, abs=1.0 if kind == "crack" else 4.0)


def test_a_straight_groove_through_a_long_image_is_a_joint_of_lanes():
    """I7."""
    long = road(length=2500)
    long[:, 1745:1755] -= 10.0
    assert quantify_relief(long, SCALE).frame.findings["kind"].tolist() == ["joint"]


def test_bounce_and_shaking_of_the_sensor_are_no_crack():
    rows = np.arange(LENGTH)
    shaken = 8.0 * np.sin(rows / 150.0) + np.random.default_rng(3).normal(0, 1.0, LENGTH)
    result = quantify_relief((road() + shaken[:, None]).astype(np.float32), SCALE).frame
    assert result.findings.empty
    assert result.measures["rut_max"] < 0.5


def test_a_narrow_groove_is_no_part_of_a_line_but_a_step_and_a_hollow_are():
    place = np.arange(3000.0)
    line = np.where(place < 1500, 0.0, -30.0) - 15.0 * np.exp(-(((place - 700) / 200) ** 2) / 2)
    cut = line - 8.0 * (np.abs(place - 2200) < 5)
    kept = without_grooves(cut.astype(np.float32), mm=1.0, values=parameters())
    np.testing.assert_allclose(kept, line, atol=0.01)
