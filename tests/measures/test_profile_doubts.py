"""Spikes and stuck sensors."""

import numpy as np
import pytest

from pavement.measures.iri import roughness
from pavement.measures.profile_doubts import profile_doubts, tracks_apart


def road(n: int = 2000) -> np.ndarray:
    return 2e-3 * np.sin(np.arange(n) * 0.05 / 3) + np.random.default_rng(1).normal(0, 1e-4, n)


def test_p3_a_spike_is_found_and_roughness_shown_with_and_without() -> None:
    clean, spiked = road(), road()
    spiked[[500, 900]] += 0.05
    got = profile_doubts(spiked, spacing=0.05)
    assert np.flatnonzero(got.spikes).tolist() == [500, 900]
    assert got.iri == pytest.approx(roughness(spiked, spacing=0.05))
    assert got.iri > 1.2 * got.iri_without
    assert got.iri_without == pytest.approx(roughness(clean, spacing=0.05), rel=0.02)


def test_p3_a_stuck_sensor_is_found() -> None:
    stuck = road()
    stuck[1000:1060] = stuck[1000]
    got = profile_doubts(stuck, spacing=0.05)
    assert np.flatnonzero(got.stuck).tolist() == list(range(1000, 1060))
    assert got.doubtful


def test_a_sound_profile_raises_no_doubt() -> None:
    got = profile_doubts(road(), spacing=0.05)
    assert not got.doubtful
    assert got.iri == got.iri_without


def test_p3_a_step_at_a_bridge_joint_is_found_once_and_roughness_told_without_it():
    stepped = road()
    stepped[1200:] += 0.015
    got = profile_doubts(stepped, spacing=0.05)
    assert np.flatnonzero(got.steps).tolist() == [1200]
    assert not got.spikes.any()
    assert got.iri > 1.05 * got.iri_without
    assert got.iri_without == pytest.approx(roughness(road(), spacing=0.05), rel=0.02)


def test_a_steep_road_is_no_step():
    grade = road() + 0.1 * 0.05 * np.arange(2000)
    assert not profile_doubts(grade, spacing=0.05).doubtful
    coarse = 0.1 * 0.25 * np.arange(800)
    assert not profile_doubts(coarse, spacing=0.25).doubtful


def test_p3_drift_is_found_and_roughness_told_without_it():
    """A mean slope of 16 % over 100 m is no road; its long wavelengths go, the roughness of the road stays."""
    x = np.arange(0, 600, 0.05)
    sound = 2e-3 * np.sin(x / 3)
    drifting = sound + np.cumsum(np.where((x > 200) & (x < 400), 0.2 * np.sin(np.pi * (x - 200) / 200) ** 2, 0)) * 0.05
    got = profile_doubts(drifting, spacing=0.05)
    assert got.drift[(x > 250) & (x < 350)].all()
    assert got.iri > got.iri_without
    assert not got.drift[x < 90].any()
    assert got.iri_without == pytest.approx(roughness(sound, spacing=0.05), rel=0.1)


def test_p3_a_profile_stuck_all_along_has_no_roughness_without():
    got = profile_doubts(np.zeros(2000), spacing=0.05)
    assert got.stuck.all()
    assert np.isnan(got.iri_without)


def test_p3_wheel_paths_that_come_apart():
    left = road()
    assert not tracks_apart(left, left + 0.1).any()
    apart = tracks_apart(left, left + np.where(np.arange(2000) > 1500, 0.3, 0.0))
    assert np.flatnonzero(apart).tolist() == list(range(1501, 2000))
    assert not tracks_apart(left, np.full(2000, np.nan)).any()
