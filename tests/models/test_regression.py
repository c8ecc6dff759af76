import numpy as np
import pandas as pd
import pytest

from models import regression
from models.curves import Curve
from models.neighbours import Seasons


def made_pairs(seed: int = 4, noise: float = 0.02) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    n = 3000
    frame = pd.DataFrame(
        {
            "family": np.where(np.arange(n) % 3 == 0, "PCC", "AC"),
            "iri": rng.uniform(0.8, 2.5, n),
            "iri_gap": rng.normal(0, 0.1, n),
            "age": rng.uniform(0, 20, n),
            "horizon": rng.uniform(0.6, 8, n),
            "later": 2010.0 + rng.uniform(0, 5, n),
        }
    )
    frame["increment"] = truth(frame) + rng.normal(0, noise, n) * np.sqrt(frame["horizon"])
    return frame


def truth(frame: pd.DataFrame) -> pd.Series:
    rate = 0.02 + 0.01 * frame["iri"] + 0.001 * frame["age"] - 0.015 * (frame["family"] == "PCC")
    return rate * frame["horizon"] - 0.6 * frame["iri_gap"]


def fitted(pairs: pd.DataFrame) -> Curve:
    names = regression.terms(pairs, target="iri", columns=["iri", "iri_gap", "age", "horizon"])
    return Curve(regression.NAME, "iri", regression.regression(pairs, names=names), names)


def test_it_gives_back_the_rates_and_the_part_that_falls_back_at_once() -> None:
    other = made_pairs(seed=9)
    found = fitted(made_pairs()).increment(other, other["horizon"].to_numpy())
    assert np.abs(found - truth(other)).mean() < 0.01


def test_gross_errors_hardly_move_it() -> None:
    pairs, other = made_pairs(), made_pairs(seed=9)
    pairs.loc[pairs.index[:60], "increment"] += 3.0
    found = fitted(pairs).increment(other, other["horizon"].to_numpy())
    assert np.abs(found - truth(other)).mean() < 0.03


def test_a_value_far_outside_counts_as_the_edge_and_a_missing_one_as_the_mean() -> None:
    curve, one = fitted(made_pairs()), np.ones(1)
    base = pd.DataFrame({"family": ["AC"], "iri": [1.5], "iri_gap": [0.0], "age": [10.0]})
    far, farther = (curve.increment(base.assign(age=a), one)[0] for a in (200.0, 2000.0))
    assert far == pytest.approx(farther)
    mean = made_pairs()["age"].mean()
    assert curve.increment(base.assign(age=np.nan), one)[0] == pytest.approx(
        curve.increment(base.assign(age=mean), one)[0]
    )


def test_recent_pairs_weigh_more() -> None:
    pairs = pd.DataFrame({"later": [2000.0, 2010.0, 2020.0]})
    assert regression.recency(pairs).tolist() == [0.25, 0.5, 1.0]


def test_a_campaign_that_reads_high_shows_in_the_others_and_never_before_its_time() -> None:
    """Ten units in two blocks; in 2012 every device reads 0.2 too high."""
    units = [f"u{i}" for i in range(10)]
    frame = pd.DataFrame(
        {
            "unit": np.repeat(units, 3),
            "block": np.repeat(["a"] * 5 + ["b"] * 5, 3),
            "time": np.tile([2011.2, 2012.2, 2013.2], 10),
        }
    )
    gap = np.where(frame["time"] == 2012.2, 0.2, 0.0)
    gap[frame["time"] == 2011.2] = np.nan
    found = pd.DataFrame(Seasons.of(frame).stands_off(gap, target="iri"))
    high = (frame["time"] == 2012.2).to_numpy()
    assert found.loc[high, "iri_beside"].to_numpy() == pytest.approx(0.2)
    # five surveys of the other block, shrunk by five that say nothing
    assert found.loc[high, "iri_campaign"].to_numpy() == pytest.approx(0.1)
    assert found.loc[frame["time"] == 2011.2, "iri_beside"].isna().all()
    cut = frame["time"] < 2013
    earlier = pd.DataFrame(Seasons.of(frame[cut]).stands_off(gap[cut], target="iri"), index=frame.index[cut])
    pd.testing.assert_frame_equal(earlier, found[cut])


def test_a_units_own_gap_is_not_among_its_neighbours() -> None:
    frame = pd.DataFrame({"unit": ["u", "v"], "block": ["a", "a"], "time": [2012.0, 2012.0]})
    found = Seasons.of(frame).stands_off(np.array([0.3, 0.1]), target="iri")
    assert found["iri_beside"] == pytest.approx([0.1, 0.3])
    assert found["iri_campaign"].tolist() == [0.0, 0.0]
