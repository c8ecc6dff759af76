"""The made truth behaves as pavements do."""

import numpy as np
import pandas as pd
import pytest

from sample_data.ageing import History, cracked, history
from sample_data.freeway import Freeway, freeway
from sample_data.ground import axles, ground, traffic
from sample_data.process import constants, correlated, stream_of

YEARS = range(2017, 2026)


@pytest.fixture(scope="module")
def network() -> Freeway:
    return freeway("demo", seed=3)


@pytest.fixture(scope="module")
def truth(network: Freeway) -> History:
    return history(network, years=YEARS, seed=3)


def changes(truth: History, kind: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return yearly changes of a kind, and where the surface simply grew a year older."""
    wide = truth.states.pivot_table(index="cell", columns="year", values=[kind, "age"])
    return wide[kind].diff(axis=1).iloc[:, 1:], wide["age"].diff(axis=1).iloc[:, 1:] > 0.9


@pytest.mark.parametrize("kind", ["iri", "rut"])
def test_nothing_improves_without_work(kind: str, truth: History) -> None:
    change, untouched = changes(truth, kind)
    assert (change.where(untouched).min() >= -1e-12).all()


def test_rates_lie_near_published_ones(truth: History) -> None:
    """Median 0.023-0.031 and p90 0.09-0.17 m/km a year are measured on LTPP (deterioration_models 2.5)."""
    change, untouched = changes(truth, "iri")
    rate = change.to_numpy()[untouched.to_numpy()]
    assert 0.02 < np.median(rate) < 0.045
    assert 0.06 < np.quantile(rate, 0.9) < 0.17


def test_a_mill_and_overlay_resets_to_a_level(truth: History) -> None:
    change, untouched = changes(truth, "iri")
    after = truth.states.pivot_table(index="cell", columns="year", values="iri").iloc[:, 1:]
    treated = ~untouched.to_numpy()
    assert 0.75 < np.median(after.to_numpy()[treated]) < 1.05
    # between the surveys lies also a year of growth before the work: hence not every one
    assert (change.to_numpy()[treated] < 0).mean() > 0.8


def test_every_reset_has_a_work_though_not_every_one_is_recorded(truth: History) -> None:
    _, untouched = changes(truth, "iri")
    works = truth.works[truth.works["treatment"].isin(["mill_overlay", "thin_overlay"])].assign(
        year=lambda f: [d.year for d in f["completed_on"]]
    )
    lanes = truth.ground.merge(works, on=["route", "direction", "lane"], suffixes=("", "_work"))
    inside = lanes[(lanes["from_m"] >= lanes["from_m_work"]) & (lanes["to_m"] <= lanes["to_m_work"])]
    built = set(zip(inside["cell"], inside["year"] + 1, strict=True))
    rows, columns = np.nonzero(~untouched.to_numpy())
    assert set(zip(untouched.index[rows], untouched.columns[columns], strict=True)) <= built
    assert 0 < (~works["recorded"]).sum() < 0.15 * len(works)


def test_cracking_is_an_s_curve() -> None:
    damage = np.array([0.0, 0.1, 0.5, 1.0, 2.0])
    assert cracked(damage)[:2].tolist() == [0.0, 0.0]
    assert cracked(damage)[3] == pytest.approx(50.0)
    assert (np.diff(cracked(damage)) >= 0).all()


def test_strength_is_alike_next_door_and_not_far_away(network: Freeway) -> None:
    strength = ground(network, seed=3).query("route == 'N99' and direction == 'S' and lane == '1'")["strength"]
    assert strength.autocorr(1) > 0.6
    assert abs(strength.autocorr(60)) < strength.autocorr(1) / 2


def test_correlation_falls_by_e_over_its_length() -> None:
    values = pd.Series(correlated(stream_of(1, "test"), 200_000, spacing=100.0, length=500.0))
    assert values.std() == pytest.approx(1.0, abs=0.03)
    assert values.autocorr(5) == pytest.approx(np.exp(-1), abs=0.03)


def test_axles_are_the_counts_times_their_factors(network: Freeway) -> None:
    cells = ground(network, seed=3)
    found = axles(cells, network, range(2018, 2019), seed=3)[:, 0]
    counts = (
        traffic(network, range(2018, 2019), seed=3).query("counter == 'N98-E-4'").set_index("vehicle_class")["aadt"]
    )
    whole = sum(counts[c] * constants()[f"truck_{c}"] for c in counts.index) * 365 / 1e6
    by_lane = pd.Series(found).groupby([cells["route"], cells["direction"], cells["lane"]]).first()
    assert by_lane["N98", "E", "1"] + by_lane["N98", "E", "2"] == pytest.approx(whole)


def test_the_same_seed_makes_the_same_truth(network: Freeway, truth: History) -> None:
    pd.testing.assert_frame_equal(history(network, years=YEARS, seed=3).states, truth.states)
    assert not history(freeway("demo", seed=4), years=YEARS, seed=4).states["iri"].equals(truth.states["iri"])
