"""Temperature of the asphalt and its factor: against the formula worked by hand, and what it must do."""

import math

import numpy as np
import pytest

from pavement.measures.asphalt_temperature import centre_factor, mid_depth_temperature


def test_bells3_worked_by_hand() -> None:
    """13:15 is the example of the report: the first sine is -0.707."""
    first, second = math.sin(2 * math.pi * (13.25 - 15.5) / 18), math.sin(2 * math.pi * (13.25 - 13.5) / 18)
    assert first == pytest.approx(-0.707, abs=1e-3)
    deep = math.log10(75) - 1.25
    wanted = 0.95 + 0.892 * 40 + deep * (-0.448 * 40 + 0.621 * 25 + 1.83 * first) + 0.042 * 40 * second
    assert float(mid_depth_temperature(40, depth=75, hour=13.25, air_before=25)) == pytest.approx(wanted)


def test_the_sines_rest_in_the_morning_and_go_on_after_midnight() -> None:
    def at(hour: float) -> float:
        return float(mid_depth_temperature(20, depth=75, hour=hour, air_before=20))

    assert at(6.0) == at(8.5)
    assert at(23.999) == pytest.approx(at(0.001), abs=0.01)
    assert at(11.0) == pytest.approx(at(10.999), abs=0.05)
    assert math.isnan(at(math.nan))


def test_factor_is_one_at_the_reference_and_falls_with_warmth() -> None:
    got = centre_factor([10, 20, 30, 45], asphalt=200, latitude=24, outer=80)
    assert got[1] == pytest.approx(1)
    assert (np.diff(got) < 0).all()
    thin, thick = (float(centre_factor(40, asphalt=mm, latitude=24, outer=80)) for mm in (60, 250))
    assert thick < thin < 1


def test_factor_worked_by_hand() -> None:
    def delta(t: float) -> float:
        lat, far, thick = math.log10(24), math.log10(80), math.log10(150)
        power = 3.05 - 1.13 * thick + 0.502 * lat * far - 0.00487 * t * lat * far + 0.00677 * t * thick * lat
        return 10**power

    wanted = (80 + delta(20)) / (80 + delta(35))
    assert float(centre_factor(35, asphalt=150, latitude=24, outer=80)) == pytest.approx(wanted)


def test_t20_nothing_is_guessed_outside_the_method() -> None:
    got = centre_factor(
        [np.nan, 60, 30, 30, 30], asphalt=[200, 200, 20, np.nan, 200], latitude=24, outer=[80] * 4 + [np.nan]
    )
    assert np.isnan(got).all()
