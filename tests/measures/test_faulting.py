"""Faults at joints against drawn steps."""

import numpy as np
import pytest

from pavement.measures.faulting import joint_faults

X = np.arange(0, 12, 0.005)


def test_steps_are_found_through_slope_and_noise():
    rng = np.random.default_rng(2)
    road = 15.0 * X + rng.normal(0, 0.5, X.shape) - 4.0 * (X > 3.0) + 2.5 * (X > 8.0)
    for joint in (3.0, 8.0):
        road[np.abs(X - joint) < 0.006] -= 20.0
    assert joint_faults(road, X, [3.0, 8.0]) == pytest.approx([4.0, -2.5], abs=0.4)


def test_step_without_noise_is_exact_on_a_slope():
    assert joint_faults(-8.0 * X - 3.0 * (X > 5.0), X, [5.0]) == pytest.approx([3.0], abs=1e-6)


def test_joint_at_the_border_is_not_known():
    assert np.isnan(joint_faults(np.zeros_like(X), X, [0.02])).all()
    gap = np.where((X > 4.0) & (X < 5.0), np.nan, 0.0)
    assert np.isnan(joint_faults(gap, X, [5.0])).all()
