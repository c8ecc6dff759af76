import numpy as np
import pandas as pd
import pytest

from benchmarks.initiation import Turnbull
from models.initiation import Risk, hazard, prior
from models.parameters import parameter

SHAPE, MEDIAN, BY_LOAD = 2.0, 9.0, 0.5


def surveys(units: int, seed: int = 3) -> pd.DataFrame:
    """Return pairs of places whose ages at first crack are drawn: seen from some age on, every one to three years."""
    rng = np.random.default_rng(seed)
    standing = rng.normal(0, 1, units)
    cracks = MEDIAN * (rng.exponential(1, units) / np.log(2) * np.exp(-BY_LOAD * standing)) ** (1 / SHAPE)
    rows = []
    for unit, crack in enumerate(cracks):
        for age in np.cumsum([rng.uniform(0, 6), *rng.uniform(1, 3, 8)]):
            rows.append((f"u{unit}", age, 8.0 if age >= crack else 0.0, np.expm1(12 + standing[unit])))
    frame = pd.DataFrame(rows, columns=["unit", "age", "crack_percent", "esal"]).assign(time=lambda f: 2000 + f["age"])
    after = frame.groupby("unit")[["age", "crack_percent"]].shift(-1)
    frame["horizon"], frame["increment"] = after["age"] - frame["age"], after["crack_percent"] - frame["crack_percent"]
    return frame.dropna(subset="horizon").assign(family="AC", later=2020.0)


@pytest.fixture(scope="module")
def pairs() -> pd.DataFrame:
    return surveys(1500)


def learned(pairs: pd.DataFrame) -> tuple[float, ...]:
    return hazard(pairs, families=[], names=("esal",))[""]


def test_a_known_hazard_comes_back_from_surveys_that_only_say_between_which(pairs: pd.DataFrame) -> None:
    """Ages at first crack are drawn from a Weibull distribution and never shown: only sound and cracked surveys are."""
    _, level, shape, _, _, scale, weight = learned(pairs)
    assert shape == pytest.approx(SHAPE, rel=0.08)
    assert weight / scale == pytest.approx(BY_LOAD, abs=0.06)
    assert level == pytest.approx(np.log(np.log(2)) + SHAPE * np.log(10 / MEDIAN), abs=0.1)


def test_the_form_agrees_with_turnbull_who_knows_none(pairs: pd.DataFrame) -> None:
    own = pairs[(pairs["crack_percent"] == 0) & (pairs["age"] + pairs["horizon"] < 20)].iloc[:2500]
    cracked = (own["increment"] > 0).to_numpy()
    plain = Turnbull.of(own["age"].to_numpy(), (own["age"] + own["horizon"]).to_numpy(), cracked, oldest=20)
    found = np.array([hazard(own, families=[], names=())[""]])
    at = pd.DataFrame({"age": [0.0, 2.0, 5.0, 8.0]})
    said = Risk.of(at, found.repeat(4, axis=0), names=()).by(np.full(4, 4.0))
    np.testing.assert_allclose(said, plain.by(at["age"].to_numpy(), at["age"].to_numpy() + 4), atol=0.06)


def test_turnbull_of_exact_halves() -> None:
    """Eight sound places, of which four crack between the first and the second year: hazard ln 2 in that year."""
    start, cracked = np.ones(8), np.arange(8) < 4
    found = Turnbull.of(start, start + 1, cracked, oldest=3)
    assert found.yearly.tolist() == pytest.approx([0.0, np.log(2), 0.0])
    assert found.median() == pytest.approx(2.0)


def test_without_surveys_the_hazard_is_that_of_hdm4() -> None:
    """HDM-4 volume 4, from memory: 4.21 exp(.14 SN - 17.1 YE4 / SN²) years; SN 4 and YE4 1 give 2.53."""
    known = pd.DataFrame({"sn": [4.0], "esal": [1e6], "age": [0.0]})
    table = np.array([prior(known)])
    assert Risk.of(known, table, names=()).by(np.array([2.53]))[0] == pytest.approx(0.5, abs=0.002)
    none = surveys(2).iloc[:0]
    assert hazard(none, families=["AC"], names=())["AC"][2] == pytest.approx(parameter("onset_shape"))


def test_few_surveys_stay_near_the_prior_and_many_leave_it() -> None:
    few, many = (abs(learned(surveys(n))[2] - parameter("onset_shape")) for n in (4, 1500))
    assert few < 0.15 < many


def test_a_family_of_few_first_cracks_is_drawn_to_all(pairs: pd.DataFrame) -> None:
    odd = surveys(6, seed=9).assign(family="odd", increment=0.0, unit=lambda f: "o" + f["unit"])
    both = pd.concat([pairs, odd], ignore_index=True)
    found = hazard(both, families=["odd"], names=())
    shift = found["odd"][1] - found[""][1]
    # six sections in which nothing cracked would by themselves be told never to crack
    assert -1.5 < shift < -0.1


def test_an_unknown_age_and_covariate_count_as_the_mean(pairs: pd.DataFrame) -> None:
    table = np.array([learned(pairs)])
    blank = Risk.of(pd.DataFrame({"age": [np.nan]}), table, names=("esal",)).by(np.array([3.0]))
    mean = pd.DataFrame({"age": [table[0, 3]], "esal": [np.expm1(table[0, 4])]})
    assert Risk.of(mean, table, names=("esal",)).by(np.array([3.0])) == pytest.approx(blank)
