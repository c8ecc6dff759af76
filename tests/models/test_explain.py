import dataclasses
import itertools

import numpy as np
import pandas as pd
import pytest

from models import regression
from models.curves import Curve
from models.explain import BASE, contributions, feature_label
from models.fallback import ageing_curve
from models.fitting import FittedModel, Judged
from models.forecast import increments
from models.mixing import LIGHTGBM
from models.peers import peers_card, peers_of
from tests.models.test_forecast import state


def evenly(model: FittedModel) -> FittedModel:
    """Return the model with all its competitors in the mixture."""
    names = [LIGHTGBM, *(c.name for c in model.curves)]
    return dataclasses.replace(model, shares={"": dict.fromkeys(names, 1 / len(names))})


def test_m9_terms_of_the_regression_are_told_with_their_features(fitted: tuple[FittedModel, Judged]) -> None:
    model = evenly(fitted[0])
    row = contributions(model, state(esal=2e6), horizon=5).iloc[0]
    assert regression.NAME not in row
    assert not [name for name in row.index if str(name).startswith("log ") or name in ("1", "root", "traffic")]
    trees, curve = ({"": {n: 1.0}} for n in (LIGHTGBM, regression.NAME))
    both = [contributions(dataclasses.replace(model, shares=s), state(esal=2e6), horizon=5) for s in (trees, curve)]
    assert row["esal"] == pytest.approx(model.shares[""][LIGHTGBM] * sum(b["esal"].iloc[0] for b in both))
    # rate 0.03 + 0.05 a million, mean load 1 million: twice that load adds 0.05 a year
    assert both[1]["esal"].iloc[0] == pytest.approx(0.25, abs=0.05)


@pytest.mark.parametrize("horizon", [3.0, 12.0])
def test_m9_contributions_against_a_typical_state_add_up(
    fitted: tuple[FittedModel, Judged], pairs: pd.DataFrame, horizon: float
) -> None:
    model, own = evenly(fitted[0]), state(esal=2e6, iri=2.0, age=17.0, family="AC")
    peers = peers_of({"peers": peers_card(pairs, columns=model.columns)}, own)
    assert peers is not None
    found = contributions(model, own, horizon=horizon, typical=peers.typical(own))
    assert not {c.name for c in model.curves} & set(found.columns)
    assert found.sum(axis=1)[0] == pytest.approx(increments(model, own, np.array([horizon]))[0][0], abs=1e-9)


def test_a_curve_is_split_by_shapley_values_of_its_inputs() -> None:
    model = ageing_curve("iri", level=0.9)
    own = pd.DataFrame({"iri": [3.0], "age": [20.0], "sn": [3.0], "esal": [2e6], "family": ["AC"]})
    usual = pd.DataFrame({"iri": [1.5], "age": [8.0], "sn": [5.0], "esal": [5e5], "family": ["AC"]})
    found = contributions(model, own, horizon=5, typical=usual).iloc[0]
    # independently: the mean over every order in which the four inputs may become known
    names, five = ["iri", "age", "sn", "esal"], np.array([5.0])
    curve = Curve("HDM-4 line", "iri", {"": ()})
    steps: dict[str, list[float]] = {name: [] for name in names}
    for order in itertools.permutations(names):
        now = usual.copy()
        for name in order:
            before = curve.increment(now, five)[0]
            now[name] = own[name]
            steps[name].append(curve.increment(now, five)[0] - before)
    assert found[BASE] == pytest.approx(curve.increment(usual, five)[0])
    for name in names:
        assert found[name] == pytest.approx(np.mean(steps[name]))


@pytest.mark.parametrize(
    ("name", "zh", "en"),
    [
        ("iri_slope", "過去的年變化", "past yearly change of"),
        ("HDM-4 line", "HDM-4 公式線", "HDM-4 line"),
        ("something else", "something else", "something else"),
    ],
)
def test_features_and_competitors_have_words(name: str, zh: str, en: str) -> None:
    assert zh in feature_label(name, language="zh_TW")
    assert en in feature_label(name, language="en")
