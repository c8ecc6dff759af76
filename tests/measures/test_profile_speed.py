"""Where a profiler was too slow."""

import numpy as np

from pavement.measures.profile_speed import runs_of, too_slow


def test_a_stop_takes_11_m_on_both_sides_with_it():
    at = np.arange(0, 200, 0.5)
    speed = np.where((at > 99) & (at < 101), 10.0, 60.0)
    slow = at[too_slow(at, speed)]
    assert (slow.min(), slow.max()) == (99.5 - 11, 100.5 + 11)
    np.testing.assert_array_equal(too_slow(at[::-1], speed[::-1])[::-1], too_slow(at, speed))


def test_fast_drives_and_speeds_that_are_not_known_are_kept():
    at = np.arange(0, 50, 0.5)
    assert not too_slow(at, np.full(len(at), 25.0)).any()
    assert not too_slow(at, np.full(len(at), np.nan)).any()
    single = np.where(at == 25, 5.0, np.nan)
    assert at[too_slow(at, single)].tolist() == np.arange(14, 36.5, 0.5).tolist()


def test_runs_have_first_and_last():
    assert runs_of([False, True, True, False, True]) == [(1, 2), (4, 4)]
    assert runs_of([]) == []
