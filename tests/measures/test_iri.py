"""Roughness against an independent quarter car, exact sinusoids and published coefficients."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pavement.errors import SurveyError
from pavement.measures.iri import (
    rectified_slope,
    rectified_tracks,
    roughness,
    segment_roughness,
    state_transition,
    stretch_roughness,
)
from pavement.units import convert

# steady state of a sine of 1 mm, exact phasor solution with the 250 mm average: wavelength [m] -> index [m/km]
SINES = {2.4: 2.724103088397553, 5.0: 0.9318894403157924, 15.0: 0.40709680016128785, 30.0: 0.06063461473763174}


def plain_roughness(z: np.ndarray, spacing: float) -> float:
    """Return the index by the loop of the standard, one matrix product a sample."""
    st, pr = state_transition(spacing)
    k = max(1, int(0.25 / spacing + 0.5))
    j = int(11 / spacing + 0.5)
    start = (z[j] - z[0]) / (j * spacing)
    x, total = np.array([start, 0, start, 0]), 0.0
    for i in range(len(z) - k):
        x = st @ x + pr * (z[i + k] - z[i]) / (k * spacing)
        total += abs(x[0] - x[2])
    return total / (len(z) - k) * 1000


def drive(z: np.ndarray, spacing: float = 0.25, start: float = 0.0, sense: int = 1) -> pd.DataFrame:
    at = start + sense * spacing * np.arange(len(z))
    return pd.DataFrame({"measure_m": at, "elevation_left": z, "elevation_right": z})


def rough(n: int, *, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 1e-3, n).cumsum()


@pytest.mark.parametrize(("wavelength", "expected"), SINES.items())
def test_p6_sine_gives_the_closed_form(wavelength: float, expected: float) -> None:
    spacing = wavelength / 50 if wavelength < 10 else 0.25
    x = np.arange(0, 100 * wavelength + 100, spacing)
    slope = rectified_slope(1e-3 * np.sin(2 * np.pi * x / wavelength), spacing=spacing)
    assert slope[int(100 / spacing) :].mean() == pytest.approx(expected, rel=0.01)


def test_p6_triangular_bump_gives_the_independent_answer() -> None:
    x = np.arange(0, 30.01, 0.25)
    bump = np.interp(x, [12, 14, 16], [0, 0.010, 0], left=0, right=0)
    assert roughness(bump, spacing=0.25) == pytest.approx(0.9720789214153327, rel=1e-6)


@pytest.mark.parametrize("spacing", [0.025, 0.1, 0.1524, 0.25, 0.3])
def test_equals_the_plain_loop(spacing: float) -> None:
    z = rough(int(40 / spacing))
    assert roughness(z, spacing=spacing) == pytest.approx(plain_roughness(z, spacing), rel=1e-9)


def test_published_250_mm_coefficients() -> None:
    st, pr = state_transition(0.25)
    assert st[0, 0] == pytest.approx(0.9966071, abs=5e-8)
    assert st[3, 3] == pytest.approx(0.4347564, abs=5e-8)
    np.testing.assert_allclose(pr, [0.005476107, 1.388776, 0.2275968, 35.79262], rtol=2e-5)


def test_average_of_100_mm_samples_takes_three_of_them() -> None:
    assert len(rectified_slope(rough(200), spacing=0.1)) == 200 - 3
    assert len(rectified_slope(rough(200), spacing=0.1, averaged=True)) == 200 - 1


@pytest.mark.real
def test_vectors_of_an_independent_ode(shared: Path) -> None:
    folder = shared / "data/vectors/iri"
    for row in json.loads((folder / "profiles_expected.json").read_text()):
        z = pd.read_csv(folder / row["file"])["elevation_m"].to_numpy()
        slope = rectified_slope(z, spacing=row["dx_m"])
        assert slope.mean() == pytest.approx(row["iri_sampled_mm_per_m"], rel=1e-6)
        np.testing.assert_allclose(slope[:10], row["first_10_abs_rectified_slope_mm_per_m"], rtol=0, atol=1e-6)
        assert slope.mean() == pytest.approx(row["iri_continuous_mm_per_m"], rel=5e-3)
        if by_100 := row.get("iri_sampled_by_100m_mm_per_m"):
            stretches = segment_roughness(drive(z, row["dx_m"]), length=100, lead_in=0)
            np.testing.assert_allclose(stretches["iri"], by_100, rtol=1e-6)


@pytest.mark.real
def test_vectors_of_state_transition(shared: Path) -> None:
    table = json.loads((shared / "data/vectors/iri/state_transition.json").read_text())["computed"]
    for spacing, row in table.items():
        st, pr = state_transition(float(spacing))
        np.testing.assert_allclose(st.ravel(), row["ST_row_major"], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(pr, row["PR"], rtol=1e-9)


@pytest.mark.real
def test_vectors_of_sinusoids(shared: Path) -> None:
    rows = json.loads((shared / "data/vectors/iri/sinusoid_steady_state.json").read_text())["rows"]
    for row in rows:
        wavelength, spacing = row["wavelength_m"], min(0.25, row["wavelength_m"] / 50)
        x = np.arange(0, 100 * wavelength + 100, spacing)
        z = row["amplitude_m"] * np.sin(2 * np.pi * x / wavelength)
        got = rectified_slope(z, spacing=spacing)[int(100 / spacing) :].mean()
        assert got == pytest.approx(row["iri_with_250mm_ma_mm_per_m"], rel=0.01)


@pytest.mark.parametrize(
    ("z", "spacing", "words"),
    [
        (np.zeros(1000), 0.31, "0.31 m"),
        (np.zeros(40), 0.25, "no longer than the 11 m"),
        (np.r_[np.zeros(50), np.nan, np.zeros(50)], 0.25, "1 missing"),
        (np.zeros((100, 2)), 0.25, "shape"),
    ],
)
def test_p1_p2_refuses_what_gives_no_index(z: np.ndarray, spacing: float, words: str) -> None:
    with pytest.raises(SurveyError, match=words):
        roughness(z, spacing=spacing)


def test_stretches_come_from_one_run() -> None:
    z = rough(1200)
    whole = rectified_slope(z, spacing=0.25)
    stretches = segment_roughness(drive(z), length=100, lead_in=0)
    assert stretches["iri"].iloc[1] == pytest.approx(whole[400:800].mean(), rel=1e-12)
    assert stretches["from_m"].tolist() == [0, 100, 200]


def test_a_drive_against_the_measure_keeps_its_own_direction() -> None:
    z = rough(1200)
    back = segment_roughness(drive(z, start=300, sense=-1), length=100, lead_in=0)
    whole = rectified_slope(z, spacing=0.25)
    # 1200 samples lead from 300 down to 0.25
    assert back["from_m"].tolist() == [0.25, 100, 200]
    assert back["to_m"].tolist() == [100, 200, 300]
    assert np.average(back["iri"], weights=back["samples"]) == pytest.approx(whole.mean(), rel=1e-12)
    assert back["iri"].iloc[2] == pytest.approx(whole[:400].mean(), rel=1e-12)


def test_p2_a_gap_and_missing_heights_split_the_run() -> None:
    z = rough(1600)
    frame = drive(z)
    frame.loc[700:720, ["elevation_left", "elevation_right"]] = np.nan
    frame = frame.drop(index=range(1200, 1260))
    got = segment_roughness(frame, length=100, lead_in=0).set_index("from_m")
    alone = roughness(z[721:1200], spacing=0.25)
    parts = got.loc[[100.0, 200.0]]
    assert parts.loc[200.0, "to_m"] == 299.75
    assert np.isfinite(got["iri"]).all()
    late = segment_roughness(frame.iloc[721:1200], length=1000, lead_in=0)
    assert late["iri"].iloc[0] == pytest.approx(alone, rel=1e-12)


def test_p2_wandering_steps_are_resampled() -> None:
    even = drive(1e-3 * np.sin(np.arange(2000) * 0.25 / 2))
    wander = 0.2 * np.sin(np.arange(2000) / 40)
    at = even["measure_m"] + wander
    moved = even.assign(measure_m=at, elevation_left=1e-3 * np.sin(at / 2), elevation_right=1e-3 * np.sin(at / 2))
    a, b = (segment_roughness(f, length=1000)["iri"].iloc[0] for f in (even, moved))
    assert b == pytest.approx(a, rel=0.02)


def test_p4_one_wheel_path_missing_gives_no_mean() -> None:
    frame = drive(rough(800)).assign(elevation_right=np.nan)
    got = segment_roughness(frame, length=100)
    assert got["iri_left"].notna().all()
    assert got[["iri_right", "iri"]].isna().all(axis=None)


def test_p1_a_profile_shorter_than_the_run_in_gives_no_stretch() -> None:
    assert segment_roughness(drive(rough(30)), length=100).empty


# known pitfalls of the index; (d), (h) and (i) stand above too


@pytest.mark.parametrize(("spacing", "count"), [(0.1, 3), (0.05, 5), (0.0833, 3), (0.15, 2), (0.2, 1), (0.25, 1)])
def test_pitfall_a_halves_are_rounded_up(spacing: float, count: int) -> None:
    assert len(rectified_slope(np.zeros(400), spacing=spacing)) == 400 - count


def test_pitfall_b_no_average_for_wide_spacing_and_never_twice() -> None:
    wide = rough(400)
    assert roughness(wide, spacing=0.17) == roughness(wide, spacing=0.17, averaged=True)
    fine = rough(4000)
    once = np.convolve(fine, np.ones(10) / 10, mode="valid")
    assert roughness(once, spacing=0.025, averaged=True) == pytest.approx(roughness(fine, spacing=0.025), rel=0.02)
    assert roughness(once, spacing=0.025) < 0.995 * roughness(once, spacing=0.025, averaged=True)


def test_pitfall_c_the_index_is_the_mean_of_samples_not_an_integral() -> None:
    x = np.arange(0, 30.01, 0.25)
    slope = rectified_slope(np.interp(x, [12, 14, 16], [0, 0.010, 0], left=0, right=0), spacing=0.25)
    # sampled .97208, integral of the same answer .97289 (vector tri_pulse, an independent ODE)
    assert slope.mean() == pytest.approx(0.9720789214153327, rel=1e-6)
    assert slope.mean() != pytest.approx(0.9728927153540249, rel=5e-4)


def test_pitfall_d_a_restart_in_each_segment_gives_another_answer() -> None:
    z = rough(1200)
    one_run = segment_roughness(drive(z), length=100, lead_in=0)["iri"]
    restarted = [roughness(z[at : at + 400], spacing=0.25) for at in (0, 400, 800)]
    assert one_run.iloc[0] == pytest.approx(restarted[0], rel=1e-2)
    assert abs(one_run.iloc[1] / restarted[1] - 1) > 1e-3


def test_pitfall_e_the_run_in_depends_on_the_start_and_is_left_out() -> None:
    z = rough(800)
    bent = z.copy()
    # one sample at 11 m decides the slope that the car starts with
    bent[44] += 0.05
    a, b = (rectified_slope(v, spacing=0.25) for v in (z, bent))
    assert np.abs(a - b)[:10].max() > 0.1
    assert segment_roughness(drive(z), length=100)["from_m"].iloc[0] == 11.0


def test_pitfall_f_stretches_merge_by_their_length() -> None:
    tracks = rectified_tracks(drive(rough(1500)), lead_in=0)
    short = stretch_roughness(tracks, length=70)
    assert short["samples"].min() < short["samples"].max()
    whole = stretch_roughness(tracks, length=1e6)["iri"].iloc[0]
    assert np.average(short["iri"], weights=short["samples"]) == pytest.approx(whole, rel=1e-12)
    assert short["iri"].mean() != pytest.approx(whole, rel=1e-6)


def test_pitfall_g_mean_of_both_tracks_is_not_the_half_car() -> None:
    left, right = rough(1600), rough(1600, seed=2)
    frame = drive(left).assign(elevation_right=right)
    got = segment_roughness(frame, length=1e6, lead_in=0).iloc[0]
    tracks = [roughness(z, spacing=0.25) for z in (left, right)]
    assert got[["iri_left", "iri_right"]].tolist() == pytest.approx(tracks, rel=1e-12)
    assert got["iri"] == pytest.approx(np.mean(tracks), rel=1e-12)
    assert got["hri"] == pytest.approx(roughness((left + right) / 2, spacing=0.25), rel=1e-12)
    # two unlike tracks share half their power: the half car feels less by the root of two
    assert got["hri"] == pytest.approx(got["iri"] / np.sqrt(2), rel=0.1)


def test_pitfall_h_no_value_stands_where_heights_are_missing() -> None:
    frame = drive(rough(2000))
    frame.loc[800:1200, ["elevation_left", "elevation_right"]] = np.nan
    got = segment_roughness(frame, length=50)
    gap = (got["from_m"] < 300) & (got["to_m"] > 200.5)
    assert not gap.any()
    assert got["from_m"].max() > 300


@pytest.mark.parametrize("spacing", [0.3, 0.3048])
def test_pitfall_i_spacing_over_0_3_m_is_refused(spacing: float) -> None:
    z = rough(400)
    if spacing <= 0.3:
        assert roughness(z, spacing=spacing) > 0
    else:
        with pytest.raises(SurveyError, match="gives no roughness index"):
            roughness(z, spacing=spacing)


def test_pitfall_j_inches_a_mile() -> None:
    assert convert(1.0, source="m/km", target="in/mi") == pytest.approx(63.36, rel=1e-9)
    assert convert(95.0, source="in/mi", target="m/km") == pytest.approx(1.499, abs=5e-4)
