import numpy as np
import pandas as pd
import pytest

from models.artefact import text_of
from models.evaluate import by_site, forward
from models.fitting import FittedModel, Judged, fit, fit_pairs, judging_pairs, time_split, training_pairs
from models.fitting import _folds as folds
from pavement.errors import ModelError


def test_m5_too_few_sections_say_how_many_are_needed(panel: pd.DataFrame) -> None:
    few = panel[panel["block"].isin(["b00", "b01"])]
    with pytest.raises(ModelError, match="2 sites are too few.*200 pairs at 10 sites"):
        fit(few, target="iri", seed=1)


def test_m5_pairs_across_falls_are_no_pairs_to_learn_from(pairs: pd.DataFrame) -> None:
    with pytest.raises(ModelError, match="0 pairs of surveys at 0 sites, 6720 more lie across falls"):
        fit_pairs(pairs.assign(suspected=True), target="iri", seed=1)


def test_units_drawn_from_a_large_network_know_their_neighbours(monkeypatch, panel: pd.DataFrame) -> None:
    """As at forecast time the whole campaign is known; and what is judged on is never drawn."""
    whole = judging_pairs(panel, target="iri")
    assert len(training_pairs(panel, target="iri", seed=1)) == len(whole) == 320 * 21
    monkeypatch.setattr("models.fitting.parameter", {"pairs_max": 1000}.__getitem__)
    some = training_pairs(panel, target="iri", seed=1)
    assert 700 < len(some) < 1300
    keys = ["unit", "time", "horizon"]
    same = whole.merge(some[keys], on=keys)
    pd.testing.assert_frame_equal(some, same[some.columns], check_like=True)
    assert len(judging_pairs(panel, target="iri")) == len(whole)


def test_m5_a_target_that_never_changes_is_refused(pairs: pd.DataFrame) -> None:
    with pytest.raises(ModelError, match="never changes"):
        fit_pairs(pairs.assign(increment=0.0), target="iri", seed=1)


def test_m6_no_block_stands_on_both_sides(pairs: pd.DataFrame) -> None:
    for learn, judge in folds(pairs):
        assert not set(pairs["block"].iloc[learn]) & set(pairs["block"].iloc[judge])


def test_m6_nothing_learned_from_ends_after_the_border(pairs: pd.DataFrame) -> None:
    past, future = time_split(pairs, border=2018.0)
    assert past["later"].max() <= 2018.0 <= future["time"].min()


def test_m15_the_same_data_and_seed_give_the_same_bytes(
    pairs: pd.DataFrame, fitted: tuple[FittedModel, Judged]
) -> None:
    again, _ = fit_pairs(pairs, target="iri", seed=fitted[0].seed)
    assert text_of(again) == text_of(fitted[0])


def test_it_learns_that_load_matters(fitted: tuple[FittedModel, Judged]) -> None:
    """Rates run from 0.03 to 0.13 with load, so a family rate leaves half of the change unexplained."""
    table = by_site(fitted[1]).set_index(["horizon", "model"])
    assert fitted[0].learned
    assert table.loc[(5, "forecast"), "skill"] > table.loc[(5, "family rate"), "skill"] + 0.02
    assert table.loc[(5, "persistence"), "skill"] == pytest.approx(0.0)


def test_scores_equal_a_plain_computation(fitted: tuple[FittedModel, Judged]) -> None:
    judged = fitted[1]
    rows = judged.pairs[(judged.pairs["horizon"] - 3).abs() < 1e-9].index
    error = judged.increments.loc[rows, "forecast"] - judged.pairs.loc[rows, "increment"]
    found = by_site(judged).set_index(["horizon", "model"]).loc[(3, "forecast")]
    assert found["rmse"] == pytest.approx(float(np.sqrt((error**2).mean())))
    skill = 1 - (error**2).mean() / (judged.pairs.loc[rows, "increment"] ** 2).mean()
    assert found["skill"] == pytest.approx(float(skill))


def test_intervals_cover_about_what_they_say(fitted: tuple[FittedModel, Judged]) -> None:
    table = by_site(fitted[1])
    coverage = table.loc[table["model"] == "forecast", "coverage"]
    assert coverage.between(0.82, 0.98).all()


def test_forward_in_time_has_every_competitor_on_the_same_rows(pairs: pd.DataFrame) -> None:
    table = forward(pairs, target="iri", seed=1)
    assert table.groupby("horizon")["pairs"].nunique().eq(1).all()
    assert {"persistence", "family rate", "HDM-4 line", "LightGBM", "forecast"} <= set(table["model"])
