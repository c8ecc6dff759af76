"""Skill and its interval against a plain computation, and intervals of forecasts by curves alone."""

import numpy as np
import pandas as pd
import pytest

from models.evaluate import judged_ahead
from models.fitting import Judged, fit_pairs, time_split, training_pairs
from models.parameters import parameter
from models.skill import figures, held_widths, later_widths
from tests.models.conftest import made_panel


@pytest.fixture(scope="module")
def judged() -> Judged:
    rng = np.random.default_rng(8)
    count, sites = 900, 30
    truth = rng.normal(0.2, 0.1, count)
    pairs = pd.DataFrame(
        {
            "block": [f"b{i % sites:02d}" for i in range(count)],
            "horizon": 1.0,
            "increment": truth,
        }
    )
    site = rng.normal(0, 0.08, sites)[np.arange(count) % sites]
    said = pd.DataFrame({"family rate": 0.2, "forecast": truth + site + rng.normal(0, 0.05, count)})
    return Judged(pairs, said, np.full(count, 0.15))


def test_skill_and_interval_equal_a_plain_bootstrap(judged: Judged) -> None:
    at = np.arange(len(judged.pairs))
    own = figures(judged, held_widths(judged, level=0.9), at, seed=3)["forecast"]
    error = (judged.increments["forecast"] - judged.pairs["increment"]).to_numpy()
    truth = judged.pairs["increment"].to_numpy()
    assert own["skill"] == pytest.approx(1 - (error**2).sum() / (truth**2).sum(), abs=1e-6)
    # resample whole sites one by one, with other draws
    rng, drawn = np.random.default_rng(99), []
    rows = [np.flatnonzero(judged.pairs["block"] == b) for b in judged.pairs["block"].unique()]
    for _ in range(2000):
        picked = np.concatenate([rows[k] for k in rng.integers(0, len(rows), len(rows))])
        drawn.append(1 - (error[picked] ** 2).sum() / (truth[picked] ** 2).sum())
    tail = (1 - parameter("bootstrap_level")) / 2
    assert [own["skill_low"], own["skill_high"]] == pytest.approx(np.quantile(drawn, [tail, 1 - tail]), abs=0.015)
    assert own["coverage_90"] == pytest.approx((np.abs(error) <= 0.15).mean(), abs=1e-6)
    assert (own["width_90"], own["n"], own["sites"]) == (0.3, 900, 30)


def test_rows_of_one_site_count_as_one_place(judged: Judged) -> None:
    """Bootstrap by rows would call the skill far surer than thirty places allow."""
    at, widths = np.arange(len(judged.pairs)), held_widths(judged, level=0.9)
    alone = Judged(judged.pairs.assign(block=[f"r{i}" for i in at]), judged.increments, judged.half_width)
    by_site, by_row = (figures(j, widths, at, seed=3)["forecast"] for j in (judged, alone))
    assert by_site["skill_high"] - by_site["skill_low"] > 1.5 * (by_row["skill_high"] - by_row["skill_low"])


def test_baselines_get_ninety_per_cent_by_the_same_calibration(judged: Judged) -> None:
    at = np.arange(len(judged.pairs))
    every = figures(judged, held_widths(judged, level=0.9), at, seed=3)
    for name in ("persistence", "family rate"):
        assert 0.87 <= every[name]["coverage_90"] <= 0.95
    assert every["persistence"]["width_90"] > every["family rate"]["width_90"]
    assert every["persistence"]["skill"] == 0


def test_one_site_or_no_change_has_no_interval(judged: Judged) -> None:
    widths = held_widths(judged, level=0.9)
    one = np.flatnonzero(judged.pairs["block"] == "b00")
    assert figures(judged, widths, one, seed=1)["forecast"]["skill_low"] is None
    still = Judged(judged.pairs.assign(increment=0.0), judged.increments, judged.half_width)
    assert figures(still, widths, np.arange(9), seed=1)["forecast"]["skill"] is None
    assert figures(judged, widths, np.empty(0, dtype=int), seed=1)["forecast"]["rmse"] is None


def test_m8_curves_alone_forecast_with_intervals_as_wide_as_they_were_judged() -> None:
    """Too few units for LightGBM: widths forward in time were ten times those by site."""
    pairs = training_pairs(made_panel(units=200, surveys=9), target="iri", seed=1)
    past, future = time_split(pairs, border=2020.0)
    model, known = fit_pairs(past, target="iri", seed=1)
    assert not model.learned
    ahead = judged_ahead(model, future)
    assert ahead.half_width[ahead.pairs["horizon"] == 1].mean() == pytest.approx(
        known.half_width[known.pairs["horizon"] == 1].mean(), rel=0.1
    )
    at = np.arange(len(future))
    assert 0.8 < figures(ahead, later_widths(known, ahead, level=0.9), at, seed=1)["forecast"]["coverage_90"] < 0.98
