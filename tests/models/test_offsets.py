"""Survey-year and device offsets: planted ones are found within their error, none where none is, and trends stay."""

import numpy as np
import pandas as pd
import pytest

from models.fitting import training_pairs
from models.offsets import FEW, campaign_offsets, labels_without, survey_noise, without_offsets

YEARS = np.arange(2010, 2020)
NOISE = 0.06


def made(
    offsets: dict[int, float] | None = None, *, units: int = 300, bend: float = 0.0, seed: int = 4
) -> pd.DataFrame:
    """Return yearly IRI of units that roughen each at a rate of its own, with offsets of survey years."""
    rng = np.random.default_rng(seed)
    rate = np.repeat(rng.uniform(0.02, 0.12, units), len(YEARS))
    years = np.tile(YEARS, units)
    since = years - 2010.0
    value = np.repeat(rng.uniform(0.8, 2, units), len(YEARS)) + rate * since + bend * since**2
    value += pd.Series(years).map(offsets or {}).fillna(0).to_numpy() + rng.normal(0, NOISE, len(years))
    names = np.repeat([f"u{i:03d}" for i in range(units)], len(YEARS))
    blocks = np.repeat([f"b{i // 6:02d}" for i in range(units)], len(YEARS))
    frame = {"unit": names, "block": blocks, "family": "AC", "time": years + 0.2, "epoch": 0, "iri": value}
    return pd.DataFrame(frame)


def without_line(offsets: dict[int, float]) -> np.ndarray:
    """Return offsets by year without level and trend: what can be told from deterioration."""
    values = np.array([offsets.get(y, 0.0) for y in YEARS])
    return values - np.polyval(np.polyfit(YEARS, values, 1), YEARS)


def test_planted_offsets_are_found_within_their_error() -> None:
    planted = {2013: 0.15, 2016: -0.1}
    found = campaign_offsets(made(planted), target="iri")
    assert found["campaign"].tolist() == [str(y) for y in YEARS]
    off = found["offset"].to_numpy() - without_line(planted)
    assert np.abs(off).max() < 0.02
    assert found["se"].between(0.001, 0.01).all()
    assert found.set_index("campaign").loc[["2013", "2016"], "taken_out"].all()


def test_where_none_was_planted_none_is_taken_out() -> None:
    for seed in range(4, 9):
        assert not campaign_offsets(made(seed=seed), target="iri")["taken_out"].any()


@pytest.mark.parametrize("bend", [0.0, 0.004])
def test_the_deterioration_is_not_eaten(bend: float) -> None:
    """Neither the mean rate nor its speeding up changes by more than what the offsets themselves had added."""
    frame = made(bend=bend)
    clean, found = without_offsets(frame, target="iri")
    assert not found["taken_out"].any()
    pd.testing.assert_frame_equal(clean, frame)
    planted = made({2013: 0.15}, bend=bend)
    clean, _ = without_offsets(planted, target="iri")
    rate = [f.groupby("unit")["iri"].agg(["first", "last"]).diff(axis=1)["last"].mean() / 9 for f in (frame, clean)]
    assert rate[1] == pytest.approx(rate[0], abs=0.005)


def test_a_gross_error_moves_no_offset() -> None:
    frame = made()
    frame.loc[frame.index[:: len(YEARS) * 10], "iri"] += 8.0
    assert np.abs(campaign_offsets(frame, target="iri")["offset"]).max() < 0.02


def test_nothing_after_the_origin_is_looked_at() -> None:
    """M6: an offset planted after the origin leaves every estimate as it was, and those surveys stay as measured."""
    honest, planted = made({2012: 0.2}), made({2012: 0.2, 2018: 5.0})
    tables = [campaign_offsets(f, target="iri", until=2016.0) for f in (honest, planted)]
    pd.testing.assert_frame_equal(*tables)
    assert tables[0]["year"].max() < 2016
    clean, _ = without_offsets(planted, target="iri", until=2016.0)
    late = planted["time"] > 2016
    pd.testing.assert_series_equal(clean.loc[late, "iri"], planted.loc[late, "iri"])
    assert (clean.loc[~late, "iri"] != planted.loc[~late, "iri"]).any()


def test_devices_are_told_apart_where_they_are_known() -> None:
    frame = made(units=400)
    device = np.where(np.arange(len(frame)) % len(YEARS) % 3 == 0, "van 1", "van 2")
    frame["iri"] += np.where(device == "van 1", 0.1, 0.0)
    found = campaign_offsets(frame.assign(iri_device=device), target="iri")
    assert found["campaign"].tolist()[:2] == ["van 1 2010", "van 1 2013"]
    mean = found.groupby("device")["offset"].mean()
    assert mean["van 1"] - mean["van 2"] == pytest.approx(0.1, abs=0.01)


def changed_device(jump: float, offsets: dict[int, float] | None = None) -> pd.DataFrame:
    """Return histories whose device was replaced in 2015 by one that reads `jump` higher."""
    frame = made(offsets)
    new = frame["time"] > 2015
    frame["iri"] += np.where(new, jump, 0.0)
    return frame.assign(iri_device=np.where(new, "laser", "ultrasonic"))


def test_a_planted_change_of_device_is_found_whole() -> None:
    """A step for good is half a trend: years alone lose that half, the device keeps it."""
    frame = changed_device(0.2)
    mean = campaign_offsets(frame, target="iri").groupby("device")["offset"].mean()
    assert mean["laser"] - mean["ultrasonic"] == pytest.approx(0.2, abs=0.02)
    blind = campaign_offsets(frame.drop(columns="iri_device"), target="iri").set_index("campaign")["offset"]
    late, early = (blind.loc[[str(y) for y in years]].mean() for years in (range(2015, 2020), range(2010, 2015)))
    assert late - early < 0.12


def test_a_year_of_a_device_is_found_beside_the_change_of_device() -> None:
    found = campaign_offsets(changed_device(0.2, {2012: -0.15}), target="iri").set_index("campaign")
    others = found.loc[["ultrasonic 2011", "ultrasonic 2013"], "offset"].mean()
    assert found.loc["ultrasonic 2012", "offset"] - others == pytest.approx(-0.15, abs=0.02)
    assert found.loc["ultrasonic 2012", "taken_out"]


def test_a_change_of_device_without_a_jump_eats_no_deterioration() -> None:
    frame = changed_device(0.0)
    clean, found = without_offsets(frame, target="iri")
    assert not found["taken_out"].any()
    pd.testing.assert_frame_equal(clean, frame)


def test_labels_lose_the_jump_of_a_device_and_keep_the_rate() -> None:
    frame = changed_device(0.2)
    honest, raw = (training_pairs(f, target="iri", seed=1) for f in (made(), frame))
    clean = labels_without(raw, campaign_offsets(frame, target="iri"))
    rates = [float((pairs["increment"] / pairs["horizon"]).mean()) for pairs in (honest, clean, raw)]
    assert rates[1] == pytest.approx(rates[0], abs=0.001)
    assert rates[2] > rates[0] + 0.02


def test_too_few_blocks_are_said_to_be_too_few() -> None:
    found = campaign_offsets(made({2013: 0.5}, units=30), target="iri")
    assert set(found["why"]) == {FEW}
    assert not found["taken_out"].any()
    two = made().groupby("unit").head(2)
    assert campaign_offsets(two, target="iri").empty
    pd.testing.assert_frame_equal(without_offsets(two, target="iri")[0], two)


def test_labels_lose_the_offsets_of_both_surveys_and_nothing_known_changes() -> None:
    planted = made({2013: 0.15, 2016: -0.1})
    pairs = training_pairs(planted, target="iri", seed=1)
    found = campaign_offsets(planted, target="iri")
    got = labels_without(pairs, found)
    moved = (got["increment"] - pairs["increment"]).groupby([pairs["time"], pairs["later"]]).mean()
    assert moved.loc[(2012.2, 2013.2)] == pytest.approx(-0.15, abs=0.03)
    assert moved.loc[(2013.2, 2016.2)] == pytest.approx(0.25, abs=0.03)
    pd.testing.assert_frame_equal(got.drop(columns="increment"), pairs.drop(columns="increment"))


def test_the_noise_is_found_and_the_table_counts_beside_it() -> None:
    told = survey_noise(made(), target="iri")
    assert told["count"] == 300 * 8
    assert told["estimate"] == pytest.approx(NOISE, rel=0.06)
    assert told["estimate"] < told["used"] < told["table"] == 0.077
    assert survey_noise(made().head(2), target="iri")["used"] == 0.077


@pytest.mark.nightly
def test_a_million_rows_take_seconds() -> None:
    import time

    frame = made({2013: 0.1}, units=100_000)
    started = time.process_time()
    campaign_offsets(frame, target="iri")
    assert time.process_time() - started < 20
