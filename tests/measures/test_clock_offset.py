"""Clocks of one drive (D5), on made drives whose offset, step and noise are known."""

import numpy as np
import pytest

from pavement.measures.clock_offset import clock_offset, clock_steps, time_steps, travelled


def drive(*, offset=0.0, step=0.0, jump=0.0, noise=1.0, steady=False, scale=1.0, length=10_000, seed=1, alike=0.0):
    """
    Return times [s], odometer [m] and places [m] of frames every 5 m on a drive whose speed swings by 4.5 m/s.

    Places are those of `offset` s later, from half way on of `step` s more; the frames' own clock has a `jump` there.
    """
    clock = np.arange(0, 1000, 0.05)
    swing = 0.0 if steady else 3 * np.sin(2 * np.pi * clock / 60) + 1.5 * np.sin(2 * np.pi * clock / 23 + 1)
    driven = np.concatenate([[0.0], np.cumsum((20 + swing + 0 * clock)[1:] * 0.05)])
    odometer = np.arange(100.0, length, 5)
    time = np.interp(odometer, driven, clock)
    late = np.where(np.arange(len(time)) < len(time) // 2, offset, offset + step)
    error = np.random.default_rng(seed).normal(0, 1, len(time))
    for k in range(1, len(error) if alike else 0):
        error[k] = alike * error[k - 1] + np.sqrt(1 - alike**2) * error[k]
    place = 7.0 + np.interp(time + late, clock, driven) + noise * error
    time[len(time) // 2 :] += jump
    return time, 70_000 + scale * odometer, place


@pytest.mark.parametrize("offset", [0.0, 1.5, -0.7])
@pytest.mark.parametrize("changes", [{}, {"noise": 3.0}, {"scale": 1.004}], ids=str)
def test_d5_a_known_offset_is_found(offset, changes):
    """D5: noise of fixes and an odometer half a per cent off leave it within a tenth of a second."""
    found = clock_offset(*drive(offset=offset, **changes))
    assert found.told
    assert found.offset_s == pytest.approx(offset, abs=0.1)


def test_d5_times_in_whole_seconds_tell_it_too():
    """D5: the classic error in variables, which draws a slope towards zero, is under 5 %."""
    time, odometer, place = drive(offset=1.5)
    assert clock_offset(np.floor(time), odometer, place).offset_s == pytest.approx(1.5, rel=0.05)


def test_d5_the_standard_error_is_about_what_repeated_drives_show():
    """D5: with fixes that err like their neighbours the offsets of forty drives spread as is said of each."""
    found = [clock_offset(*drive(offset=1.5, noise=2.0, alike=0.8, seed=seed)) for seed in range(40)]
    spread = np.std([f.offset_s for f in found])
    assert 0.5 < np.mean([f.error_s for f in found]) / spread < 1.5


def test_d5_one_speed_tells_no_offset():
    """D5: 30 m ahead by a clock or by where the antenna stands cannot be told apart at one speed."""
    found = clock_offset(*drive(offset=1.5, steady=True))
    assert not found.told


def test_d5_too_few_records_tell_no_offset():
    time, odometer, place = (values[:50] for values in drive(offset=1.5))
    assert not clock_offset(time, odometer, place).told


@pytest.mark.parametrize("step", [1.5, -2.0])
def test_d5_a_step_half_way_is_found_where_it_is(step):
    time, odometer, place = drive(step=step, noise=2.0)
    steps = clock_steps(time, odometer, place)
    at = int(np.nanargmax(np.abs(steps)))
    assert steps[at] == pytest.approx(step, abs=0.3)
    assert abs(at - len(time) // 2) <= 11


@pytest.mark.parametrize("offset", [0.0, 1.5])
def test_d5_a_constant_offset_is_no_step(offset):
    steps = clock_steps(*drive(offset=offset, noise=2.0), offset=offset)
    assert np.nanmax(np.abs(steps)) < 0.5


@pytest.mark.parametrize("jump", [5.0, 0.6, -5.0])
def test_d5_the_clock_of_the_frames_jumps(jump):
    time, odometer, _ = drive(jump=jump)
    steps = time_steps(time, odometer)
    assert steps[np.argmax(np.abs(steps))] == pytest.approx(jump, abs=0.05)
    assert np.count_nonzero(np.abs(steps) > 0.3) == 1


def test_d5_a_stop_between_frames_far_apart_is_no_jump():
    """D5: within 60 m a vehicle at 20 m/s can stop; within 5 m it cannot."""
    time, odometer, _ = drive(jump=20.0)
    assert np.abs(time_steps(time[::12], odometer[::12])).max() < 0.5


def test_speed_of_a_steady_drive_is_its_speed():
    time, odometer, _ = drive(steady=True)
    np.testing.assert_allclose(travelled(time, odometer), 20.0, rtol=1e-6)


def test_a_clock_that_stands_still_gives_no_speed():
    odometer = 5.0 * np.arange(100)
    assert np.isnan(travelled(np.zeros(100), odometer)).all()
