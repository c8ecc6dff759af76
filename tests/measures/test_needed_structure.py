"""The structural number needed against the worked example of the guide."""

import numpy as np
import pytest

from pavement.measures.needed_structure import log_traffic, needed_structure

GUIDE = {"zr": -1.645, "s0": 0.35, "loss": 1.9}


def test_worked_example_of_the_guide() -> None:
    """AASHTO 93 figure 3.1, from memory: 5 million axles, R 95 %, S0 .35, 5,000 psi, loss 1.9: SN 5.0."""
    assert needed_structure(np.array([5e6]), np.array([5000.0]), **GUIDE)[0] == pytest.approx(5.0, abs=0.05)


def test_answer_carries_just_the_traffic_and_unknown_stays_unknown() -> None:
    axles = np.array([1e5, 1e7, 1e8, np.nan, 1e6, 0.0])
    modulus = np.array([9000.0, 4000.0, 12000.0, 5000.0, np.nan, 5000.0])
    found = needed_structure(axles, modulus, **GUIDE)
    np.testing.assert_allclose(10 ** log_traffic(found[:3], modulus[:3], **GUIDE), axles[:3], rtol=1e-6)
    assert np.isnan(found[3:]).all()


def test_more_than_can_be_built_is_unknown() -> None:
    assert np.isnan(needed_structure(np.array([1e15]), np.array([1500.0]), **GUIDE))[0]
