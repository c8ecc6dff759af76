"""Spikes and stuck sensors."""

import numpy as np
import pytest

from pavement.measures.iri import roughness
from pavement.measures.profile_doubts import profile_doubts


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
