import numpy as np
import pandas as pd
import pytest

from models.mixing import EVERY, balance, mixed, shares


@pytest.fixture
def judged() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what two competitors said, and pairs that changed by 0.7 of the one and 0.2 of the other."""
    rng = np.random.default_rng(5)
    said = pd.DataFrame(rng.normal(0.1, 0.1, (600, 2)), columns=["LightGBM", "curve"])
    change = 0.7 * said["LightGBM"] + 0.2 * said["curve"]
    block = np.repeat([f"b{i}" for i in range(60)], 10)
    return said, pd.DataFrame({"family": "AC", "block": block, "horizon": 2.0, "increment": change})


def test_shares_find_what_the_change_was_made_of(judged: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    said, pairs = judged
    found = shares(said, pairs, weight=balance(pairs))
    assert set(found) == {EVERY, "AC"}
    assert found[EVERY]["LightGBM"] == pytest.approx(0.7, abs=0.02)
    assert found[EVERY]["curve"] == pytest.approx(0.2, abs=0.02)


def test_a_state_without_family_gets_the_shares_of_all() -> None:
    said = pd.DataFrame({"a": [1.0, 1.0, 1.0]})
    family = pd.Series(["AC", None, "PC"])
    assert mixed(said, family, {EVERY: {"a": 0.5}, "AC": {"a": 0.1}, "PC": {"a": 0.9}}).tolist() == [0.1, 0.5, 0.9]


def test_shares_are_never_negative_and_sum_to_one_at_most(judged: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    said, pairs = judged
    found = shares(said, pairs.assign(increment=3 * said["LightGBM"] - said["curve"]), weight=balance(pairs))[EVERY]
    assert min(found.values()) >= 0
    assert sum(found.values()) <= 1 + 1e-3


def test_where_nothing_changes_nothing_has_a_share(judged: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    said, pairs = judged
    noise = np.random.default_rng(6).normal(0, 0.01, len(pairs))
    assert sum(shares(said, pairs.assign(increment=noise), weight=balance(pairs))[EVERY].values()) < 0.1


def test_a_family_of_few_blocks_uses_the_shares_of_all(judged: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    said, pairs = judged
    few = pairs.assign(family=np.where(pairs["block"].isin(["b0", "b1"]), "PC", "AC"))
    found = shares(said, few, weight=balance(few))
    assert set(found) == {EVERY, "AC"}
    own = mixed(said.iloc[:1], pd.Series(["PC"]), found)
    assert own[0] == pytest.approx(sum(said.iloc[0][name] * share for name, share in found[EVERY].items()))
