"""Running roughness and localised rough places against plain windows."""

import numpy as np
import pandas as pd
import pytest

from pavement.measures.iri import rectified_slope, rectified_tracks
from pavement.measures.local_roughness import Running, rough_places, running_roughness, stretch_peaks

SPACING = 0.05


def drive(left, right=None, *, start=0.0, sense=1):
    at = start + sense * SPACING * np.arange(len(left))
    return pd.DataFrame({"measure_m": at, "elevation_left": left, "elevation_right": left if right is None else right})


def road(length=300.0, *, bumps=(), seed=1):
    """Return a smooth road with bumps: where [m] and how high [m]."""
    x = np.arange(0, length, SPACING)
    z = np.random.default_rng(seed).normal(0, 2e-5, len(x)).cumsum()
    for at, height in bumps:
        z = z + height * np.exp(-(((x - at) / 0.4) ** 2))
    return z


def test_running_roughness_equals_a_plain_window():
    left, right = road(60, seed=2), road(60, seed=3)
    (got,) = running_roughness(rectified_tracks(drive(left, right), lead_in=0))
    slope = (rectified_slope(left, spacing=SPACING) + rectified_slope(right, spacing=SPACING)) / 2
    count = 152  # 7.62 m of 50 mm, rounded
    np.testing.assert_allclose(got.iri, [slope[a : a + count].mean() for a in range(len(slope) - count + 1)])
    assert got.middle[0] == pytest.approx(count * SPACING / 2)


@pytest.mark.parametrize("sense", [1, -1])
def test_a_bump_is_found_where_it_is(sense):
    z = road(bumps=[(150, 0.02)])
    profile = drive(z, start=1000.0 if sense > 0 else 1300.0, sense=sense)
    places = rough_places(running_roughness(rectified_tracks(profile)))
    assert len(places) == 1
    place = places.iloc[0]
    # the car rings on behind the bump, so the worst window lies behind it in the direction of travel
    bump = 1150.0
    assert place["from_m"] < place["peak_m"] < place["to_m"]
    assert 0 < sense * (place["peak_m"] - bump) < 8
    assert place["iri_peak"] > 2.5


def test_smooth_road_has_no_rough_place_and_two_bumps_have_two():
    assert rough_places(running_roughness(rectified_tracks(drive(road())))).empty
    z = road(bumps=[(100, 0.02), (200, 0.03)])
    places = rough_places(running_roughness(rectified_tracks(drive(z))))
    assert len(places) == 2
    assert places["iri_peak"].is_monotonic_increasing


def test_rough_stretches_a_metre_apart_are_one_place_and_far_ones_are_two():
    middle = np.arange(0, 100, SPACING)
    rough = ((middle >= 10) & (middle < 12)) | ((middle >= 13) & (middle < 13.7)) | ((middle >= 40) & (middle < 41))
    iri = np.where(rough, 3.0, 1.0)
    iri[middle >= 50] = 1.0
    iri[np.searchsorted(middle, 13.3)] = 4.0
    for at in (middle, middle[::-1]):
        places = rough_places([Running(at, iri if at is middle else iri[::-1], SPACING)])
        assert places["from_m"].tolist() == pytest.approx([9.975, 39.975], abs=SPACING)
        assert places["to_m"].tolist() == pytest.approx([13.7, 41.0], abs=SPACING)
        assert places["iri_peak"].tolist() == [4.0, 3.0]
        assert places["peak_m"][0] == pytest.approx(13.3, abs=SPACING)


def test_rough_stretches_as_far_apart_as_the_limit_stay_two():
    iri = np.array([3.0, *[1.0] * 7, 3.0, *[1.0] * 6, 3.0])
    places = rough_places([Running(np.arange(16.0), iri, 1.0)])
    # 8 m from the first to the second, 7 m to the third
    assert places[["from_m", "to_m"]].to_numpy().tolist() == [[-0.5, 0.5], [7.5, 15.5]]


def test_a_bump_in_one_wheel_path_counts_by_half():
    tracks = rectified_tracks(drive(road(bumps=[(150, 0.02)]), road(seed=1)))
    both = rectified_tracks(drive(road(bumps=[(150, 0.02)])))
    one, two = (max(piece.iri.max() for piece in running_roughness(t)) for t in (tracks, both))
    assert one == pytest.approx(two / 2, rel=0.05)


def test_peaks_of_stretches_cover_the_drive_and_hold_the_worst():
    running = running_roughness(rectified_tracks(drive(road(bumps=[(150, 0.02)]))))
    peaks = stretch_peaks(running, length=100)
    assert peaks["iri_local"].max() == max(piece.iri.max() for piece in running)
    assert peaks["iri_local"].idxmax() == 1
    assert peaks["to_m"].iloc[0] == peaks["from_m"].iloc[1] == 100
    # the windows of 7.62 m lie wholly behind the run-in
    assert peaks["from_m"].iloc[0] == pytest.approx(11 + 3.8, abs=0.05)


def test_a_gap_and_a_missing_wheel_path_are_never_bridged():
    z = road(bumps=[(150, 0.02)])
    gap = drive(z)
    gap.loc[2900:3100, "elevation_left"] = np.nan
    running = running_roughness(rectified_tracks(gap))
    assert len(running) == 2
    assert not any(((piece.middle > 145) & (piece.middle < 165)).any() for piece in running)
    alone = gap.assign(elevation_right=np.nan)
    assert running_roughness(rectified_tracks(alone)) == []
    assert stretch_peaks([], length=100).empty
    assert rough_places([]).empty


def test_longer_bases_see_lower_peaks():
    tracks = rectified_tracks(drive(road(bumps=[(150, 0.02)])))
    peaks = [max(piece.iri.max() for piece in running_roughness(tracks, base=base)) for base in (5.0, 7.62, 50.0)]
    assert peaks[0] > peaks[1] > peaks[2]
