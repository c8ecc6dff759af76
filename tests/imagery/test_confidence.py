"""A confidence is a share that was right on real images, of cracks and of potholes."""

import numpy as np
import pytest

from ingest.imagery.confidence import crack_confidence, pothole_confidence
from ingest.imagery.engines import ENGINES
from ingest.imagery.parameters import of_kind, parameters
from ingest.imagery.quantify import quantify_frame

from .conftest import as_image, asphalt
from .test_privacy import FORWARD, as_taken


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", ["downward", "forward"])
def test_what_is_stronger_is_surer(engine, kind):
    values, strength = of_kind(parameters(), kind), np.linspace(0.02, 0.99, 30)
    holes = pothole_confidence(engine, strength, values=values)
    cracks = [crack_confidence(engine, one, values=values) for one in strength]
    for sure in (holes, cracks):
        assert (np.diff(sure) > 0).all()
        assert 0.0 < min(sure) < max(sure) < 1.0


@pytest.mark.parametrize("engine", ENGINES)
def test_what_was_not_fitted_has_no_confidence(engine):
    assert np.isnan(crack_confidence(engine, float("nan"), values=parameters()))


def test_half_of_what_the_network_of_potholes_is_all_but_certain_of_is_none():
    """On BR-386 four of ten places told with .9 and more are potholes; the strength itself would promise nearly all."""
    sure = pothole_confidence("learned", np.array([0.9, 0.99, 0.998]), values=of_kind(parameters(), "forward"))
    assert 0.01 < sure[0] < sure[1] < 0.4 < sure[2] < 0.7


def test_potholes_from_above_keep_their_strength():
    strength, values = np.array([0.2, 0.7, 0.95]), of_kind(parameters(), "downward")
    assert pothole_confidence("classical", strength, values=values) == pytest.approx(strength)


def test_findings_of_a_forward_frame_carry_it():
    rows, columns = np.mgrid[0:800, 0:600]
    road = asphalt(height=800, width=600)
    road[np.hypot((rows - 400) / 40, (columns - 300) / 34) < 1.0] *= 0.5
    plain = parameters(hole_shift_classical_forward=0.0, hole_slope_classical_forward=1.0)
    strength, told = (
        quantify_frame(as_taken(as_image(road)), FORWARD, values=values)
        .findings.query("kind == 'pothole'")["confidence"]
        .to_numpy()
        for values in (plain, parameters())
    )
    assert len(told) == 1
    assert told == pytest.approx(pothole_confidence("classical", strength, values=of_kind(parameters(), "forward")))
    assert abs(told - strength)[0] > 0.01
