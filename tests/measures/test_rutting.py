"""Rut depth against exact shapes and a hull built another way."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import ConvexHull

from pavement.errors import SurveyError
from pavement.measures.rutting import cleaned, rut_depth, rut_depths
from tests.examples import examples

X = np.linspace(-1.75, 1.75, 36)
BASIN = 20 * np.abs(np.linspace(-1, 1, 701)) - 20


def hull_gap(x: np.ndarray, z: np.ndarray) -> float:
    """Return the deepest gap under the upper convex hull, by scipy's hull."""
    corners = np.r_[np.c_[x, z], [[x[0], z.min() - 1], [x[-1], z.min() - 1]]]
    around = corners[ConvexHull(corners).vertices]
    upper = around[np.argsort(around[:, 0])]
    upper = upper[upper[:, 1] > z.min() - 0.5]
    return float((np.interp(x, upper[:, 0], upper[:, 1]) - z).max())


@pytest.mark.parametrize("length", [1.2, 1.8, 2.0, 3.0])
def test_whole_lane_basin_is_20_l_over_3_5(length: float) -> None:
    assert rut_depth(BASIN, spacing=0.005, length=length) == pytest.approx(20 * length / 3.5, abs=0.01)


def test_whole_lane_basin_by_wire_is_its_depth() -> None:
    assert rut_depth(BASIN, spacing=0.005, method="wire") == pytest.approx(20)


def test_two_ruts_are_told_apart() -> None:
    z = sum(-d * (np.abs(X - c) < 0.4) * np.cos(np.pi * (X - c) / 0.8) for c, d in ((-0.85, 8), (0.85, 12)))
    left, right = rut_depths(np.tile(z, (3, 1)), X)
    np.testing.assert_allclose(left, 8, atol=0.01)
    np.testing.assert_allclose(right, 12, atol=0.01)


@pytest.mark.parametrize("method", ["straightedge", "wire", "five_point"])
def test_p8_flat_sloped_and_crowned_lanes_have_no_rut(method: str) -> None:
    lanes = np.stack([0 * X, 20 * X, -20 * np.abs(X), 5 + 10 * X - 3 * X**2])
    np.testing.assert_allclose(rut_depths(lanes, X, method=method), 0, atol=1e-9)


def test_any_crossfall_leaves_the_depth_unchanged() -> None:
    z = np.random.default_rng(2).normal(0, 3, (50, 36))
    for method in ("straightedge", "wire", "five_point"):
        tilted = rut_depths(z + 25 * X - 7, X, method=method)
        np.testing.assert_allclose(tilted, rut_depths(z, X, method=method), atol=1e-9)


@settings(max_examples=examples(60), deadline=None)
@given(
    heights=st.lists(st.floats(-50, 50), min_size=36, max_size=36),
    tilt=st.floats(-100, 100),
    lift=st.floats(-1e3, 1e3),
    scale=st.floats(0.1, 10),
    method=st.sampled_from(["straightedge", "wire", "five_point"]),
)
def test_rut_depth_is_affine_invariant(
    heights: list[float], tilt: float, lift: float, scale: float, method: str
) -> None:
    """Any crossfall and level leave the depth unchanged; heights times a factor give depths times it."""
    z = np.array(heights)
    depth = np.array(rut_depths(z, X, method=method))
    moved = np.array(rut_depths(z + tilt * X + lift, X, method=method))
    np.testing.assert_allclose(moved, depth, atol=1e-8)
    np.testing.assert_allclose(rut_depths(scale * z, X, method=method), scale * depth, rtol=1e-9, atol=1e-9)


@settings(max_examples=examples(60), deadline=None)
@given(heights=st.lists(st.floats(-50, 50), min_size=36, max_size=36), length=st.floats(0.5, 3.5))
def test_a_mirrored_lane_swaps_its_ruts(heights: list[float], length: float) -> None:
    z = np.array(heights)
    left, right = rut_depths(z, X, length=length)
    again = rut_depths(z[::-1], X, length=length)
    np.testing.assert_allclose((right, left), again, atol=1e-9)


def test_wire_equals_a_convex_hull() -> None:
    for z in np.random.default_rng(3).normal(0, 5, (20, 36)).cumsum(axis=1):
        left, right = rut_depths(z, X, method="wire")
        assert max(left[0], right[0]) == pytest.approx(hull_gap(X, z), abs=1e-9)


def test_straightedge_equals_hulls_of_all_windows() -> None:
    for z in np.random.default_rng(4).normal(0, 5, (10, 36)):
        windows = [hull_gap(X[a : a + 21], z[a : a + 21]) for a in range(16)]
        assert max(rut_depths(z, X, length=2.0))[0] == pytest.approx(max(windows), abs=1e-9)


def test_longer_edges_never_find_less() -> None:
    z = np.random.default_rng(5).normal(0, 5, (100, 36))
    depths = [np.maximum(*rut_depths(z, X, length=length)) for length in (1.2, 1.8, 2.0, 3.0)]
    assert all((b >= a - 1e-9).all() for a, b in zip(depths, depths[1:], strict=False))


def test_p7_dropouts_keep_the_depth_and_half_a_lane_unseen_has_none() -> None:
    rng = np.random.default_rng(6)
    z = np.tile(-10 * (np.abs(X - 0.85) < 0.4) * np.cos(np.pi * (X - 0.85) / 0.8), (200, 1))
    holes = np.where(rng.random(z.shape) < 0.2, np.nan, z)
    _, right = rut_depths(holes, X)
    assert np.nanmax(right) <= 10
    assert np.nanmedian(right) > 8
    unseen = z.copy()
    unseen[:, X > 0.2] = np.nan
    left, right = rut_depths(unseen, X)
    assert np.isfinite(left).all()
    assert np.isnan(right).all()


def test_p7_kerb_and_spike_are_cleaned_away() -> None:
    x = np.linspace(-2.5, 2.5, 51)
    z = np.zeros((1, 51))
    z[0, x > 2.1] = 150
    z[0, 20] = 60
    clean, spikes = cleaned(z, x)
    assert spikes.sum() == 1
    assert np.isnan(clean[0, x > 2.1]).all()
    assert max(rut_depths(clean, x))[0] == pytest.approx(0, abs=1e-9)
    assert max(rut_depths(z, x))[0] > 50


def test_blocks_of_profiles_join_without_a_seam() -> None:
    z = np.random.default_rng(7).normal(0, 5, (5000, 36))
    left, right = rut_depths(z, X)
    again = [rut_depths(z[i], X) for i in (0, 2047, 2048, 4999)]
    np.testing.assert_array_equal(left[[0, 2047, 2048, 4999]], [a[0][0] for a in again])
    np.testing.assert_array_equal(right[[0, 2047, 2048, 4999]], [a[1][0] for a in again])


@pytest.mark.parametrize(
    ("x", "options", "words"),
    [
        (X, {"method": "ruler"}, "ruler"),
        (X[::-1], {}, "do not fit"),
        (X + 5, {}, "miss the lane centre"),
        (X, {"length": 0.05}, "spans no point"),
        (X / 2, {"method": "five_point"}, "five points need"),
    ],
)
def test_refuses_what_defines_no_depth(x: np.ndarray, options: dict[str, object], words: str) -> None:
    with pytest.raises(SurveyError, match=words):
        rut_depths(np.zeros((1, 36)), x, **options)  # type: ignore[arg-type]


@pytest.mark.real
def test_vectors(shared: Path) -> None:
    folder = shared / "data/vectors/rut"
    for row in json.loads((folder / "expected.json").read_text())["rows"]:
        profile = pd.read_csv(folder / row["file"])
        z, x = profile["elevation_mm"].to_numpy(), profile["offset_m"].to_numpy()
        wire = [row["wire_left_mm"][0], row["wire_right_mm"][0]]
        np.testing.assert_allclose(np.ravel(rut_depths(z, x, method="wire")), wire, atol=0.01)
        five = np.ravel(rut_depths(z, x, method="five_point"))
        np.testing.assert_allclose(five, row["five_point_inner_outer_mm"], atol=0.01)
        for length in (1.2, 1.8, 2.0, 3.0):
            edge = np.ravel(rut_depths(z, x, length=length))
            np.testing.assert_allclose(edge, row[f"straightedge_{length}m_left_right_mm"], atol=0.01)
