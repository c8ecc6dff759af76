"""Reasons in words: they add up to the change that the forecast shows, to its last digit (M9)."""

import dataclasses
import re
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.boosted import features
from models.curves import INPUTS
from models.explain import BASE
from models.fallback import ageing_curve
from models.fitting import FittedModel, Judged
from models.forecast import EXTRAPOLATED, forecast_states
from models.panel import CONTEXT
from models.parameters import parameter
from models.peers import Peers, peers_card, peers_of
from models.reasons import _grouped, _row_of, change_text, peers_text, reasons, sentence, signed
from models.targets import TARGETS
from pavement.errors import ModelError
from pavement.schema import read_table
from tests.examples import examples
from tests.models.test_forecast import state


@pytest.fixture(scope="module")
def card(fitted: tuple[FittedModel, Judged], pairs: pd.DataFrame) -> dict[str, object]:
    return {"peers": peers_card(pairs, columns=fitted[0].columns)}


@given(
    iri=st.floats(0.5, 5),
    esal=st.one_of(st.just(float("nan")), st.floats(0, 5e6)),
    age=st.floats(0, 40),
    gap=st.floats(-0.5, 0.5),
    lag=st.floats(0, 3),
    years=st.sampled_from([1, 5, 12]),
)
@settings(max_examples=examples(40), deadline=None)
def test_m9_words_add_up_to_the_change_shown(
    fitted: tuple[FittedModel, Judged],
    card: dict[str, object],
    iri: float,
    esal: float,
    age: float,
    gap: float,
    lag: float,
    years: int,
) -> None:
    own = state(iri=iri, esal=esal, age=age, iri_gap=gap, time=2024.0, iri_time=2024.0 - lag).assign(family="AC")
    line = forecast_states(own, years=years, models={"iri": fitted[0]})["value"]
    found = reasons(fitted[0], own, years=years, language="en", peers=peers_of(card, own))
    assert found.change == pytest.approx(line.iloc[-1] - line.iloc[0], abs=0.005 + 1e-9)
    assert sum(value for _, value in found.parts) == pytest.approx(found.change, abs=1e-9)
    assert len(found.parts) <= parameter("reasons_max") + 1


def test_the_top_of_the_scale_is_told_as_that(fitted: tuple[FittedModel, Judged]) -> None:
    for iri, told in ((15.9, True), (1.2, False)):
        found = reasons(fitted[0], state(iri=iri).assign(family="AC"), years=20, language="en")
        assert ("top of the scale" in dict(found.parts)) == told
        assert not told or "never better without work" not in dict(found.parts)


def test_a_cell_without_family_has_reasons_too(fitted: tuple[FittedModel, Judged], card: dict[str, object]) -> None:
    own = state().assign(family=[None])
    found = reasons(fitted[0], own, years=5, language="en", peers=peers_of(card, own))
    assert found == reasons(fitted[0], state(), years=5, language="en", peers=peers_of(card, own))


def test_m9_an_explanation_of_another_model_is_refused(fitted: tuple[FittedModel, Judged], monkeypatch) -> None:
    other = dataclasses.replace(fitted[0], shares={"": {k: v / 2 for k, v in fitted[0].shares[""].items()}})
    said = __import__("models.explain", fromlist=["increments"]).increments
    monkeypatch.setattr("models.explain.increments", lambda _, states, far: said(other, states, far))
    with pytest.raises(ModelError, match="misses the forecast"):
        reasons(fitted[0], state(), years=5, language="en")


def test_the_heavily_loaded_are_told_of_heavy_traffic(
    fitted: tuple[FittedModel, Judged], card: dict[str, object]
) -> None:
    for load, en, zh, sign in (
        (2e6, "heavier traffic than its peers", "重車較同類路段多", "+"),
        (1e5, "lighter traffic than its peers", "重車較同類路段少", "\u2212"),
    ):
        own = state(esal=load).assign(family="AC")
        peers = peers_of(card, own)
        text = sentence(reasons(fitted[0], own, years=5, language="en", peers=peers), language="en")
        assert re.match(r"\+0\.\d\d m/km in 5 years: ", text)
        assert f"{en} {sign}0." in text
        assert zh in sentence(reasons(fitted[0], own, years=5, language="zh_TW", peers=peers), language="zh_TW")


def test_a_survey_that_read_high_is_told_so(fitted: tuple[FittedModel, Judged]) -> None:
    found = reasons(fitted[0], state(iri_gap=0.3), years=5, language="en")
    assert dict(found.parts)["last survey of IRI read high"] < 0


@pytest.mark.parametrize(
    ("name", "value", "adds", "said"),
    [
        ("crack_percent", 0.02, -2.2, "no cracking yet"),
        ("crack_percent", 0.4, -2.2, "less cracking than its peers"),
        ("iri_rise", 9.0, -0.01, "own IRI has grown fast (expected to slow)"),
        ("iri_rise", 9.0, 0.01, "own IRI has grown fast"),
        ("iri_slope", 0.0, 0.01, "own IRI has grown slowly (expected to catch up)"),
        ("friction_sn_slope", 0.0, 0.5, "own skid number SN has fallen fast (expected to slow)"),
        ("friction_sn_slope", 9.0, -0.5, "own skid number SN has fallen slowly (expected to catch up)"),
    ],
)
def test_words_fit_value_and_sign(name: str, value: float, adds: float, said: str) -> None:
    """Nothing cracked is no cracking, and what adds against its own past says what is expected of it."""
    peers = Peers("AC", True, 0.1, 50, {name: (1.0, 2.0, 3.0)})
    assert _grouped(pd.Series({name: adds}), pd.Series({name: value}), peers, "en") == [(said, adds)]


def test_a_curve_alone_is_the_only_reason() -> None:
    model = ageing_curve("rut", level=0.9)
    found = reasons(model, pd.DataFrame({"rut": [6.0], "family": ["AC"]}), years=5, language="zh_TW")
    assert sentence(found, language="zh_TW") == "5 年 +1.0 mm：一般老化 +1.0"


def test_a_change_of_a_share_is_told_in_points() -> None:
    model = ageing_curve("crack_percent", level=0.9)
    found = reasons(model, pd.DataFrame({"crack_percent": [6.0], "family": ["AC"]}), years=5, language="en")
    assert change_text(found, language="en") == "+5.0 percentage points in 5 years"


def test_what_would_heal_is_told_as_held() -> None:
    curve = ageing_curve("rut", level=0.9).curves[0]
    falling = dataclasses.replace(curve, coefficients={"": (-0.4,)})
    model = dataclasses.replace(ageing_curve("rut", level=0.9), curves=(falling,))
    found = reasons(model, pd.DataFrame({"rut": [6.0], "family": ["AC"]}), years=5, language="en")
    assert found.change == 0.0
    assert dict(found.parts) == {"usual ageing": -2.0, "never better without work": 2.0}
    assert signed(found.change, 1) == "0.0"


def test_the_rate_of_the_peers_is_the_median_of_their_pairs(pairs: pd.DataFrame, card: dict[str, object]) -> None:
    own = state(esal=1.9e6, age=20.0).assign(family="AC")
    found = peers_of(card, own)
    age, load = pairs["age"].quantile(2 / 3), pairs["esal"].quantile(2 / 3)
    alike = pairs[~pairs["suspected"] & (pairs["age"] > age) & (pairs["esal"] > load)]
    assert found is not None
    assert found.alike
    assert found.pairs == pytest.approx(len(alike), abs=0.02 * len(alike))
    assert found.rate == pytest.approx((alike["increment"] / alike["horizon"]).median(), abs=0.003)
    # over the years of the change beside it, so that both compare
    text = peers_text(found, target="iri", years=5, language="en")
    assert text == (
        f"median of its peers (AC, like age and traffic): +{5 * found.rate:.2f} m/km in 5 years "
        f"({found.pairs:,} pairs of surveys)"
    )
    assert "中位數：5 年 +" in peers_text(found, target="iri", years=5, language="zh_TW")


def test_few_peers_are_those_of_the_family_and_none_are_told_so(card: dict[str, object]) -> None:
    unknown = peers_of(card, state(esal=np.nan).assign(family="AC"))
    assert unknown is not None
    assert not unknown.alike
    elsewhere = peers_of(card, state().assign(family="CRCP"))
    assert elsewhere is not None
    assert elsewhere.family == ""
    assert "all surfaces" in peers_text(elsewhere, target="iri", years=5, language="en")
    assert peers_of({}, state()) is None


def test_high_and_low_are_thirds_of_the_peers() -> None:
    peers = Peers("AC", True, 0.03, 50, {"esal": (1.0, 2.0, 3.0)})
    assert [peers.level("esal", v) for v in (0.5, 2.0, 3.5, float("nan"))] == ["low", "", "high", ""]
    assert peers.level("age", 1.0) == ""


def test_every_feature_and_part_has_words_in_both_languages(pairs: pd.DataFrame) -> None:
    words = read_table("reason_words").set_index("feature")
    sums = [BASE, EXTRAPOLATED, "held", "other", "family rate", *INPUTS]
    parts = [*features(pairs), *TARGETS, *CONTEXT, "family=JPCP", *sums]
    assert [p for p in parts if not _row_of(p)] == []
    assert (words[["plain_zh", "plain_en", "source", "status"]] != "").all(axis=None)
    directed = words[words["against"] != ""]
    assert (directed[["high_zh", "high_en", "low_zh", "low_en"]] != "").all(axis=None)
    assert set(words["against"]) <= {"", "peers", "zero"}
    units = read_table("features").set_index("feature")["unit"].drop("horizon")
    assert units.eq(words["unit"].reindex(units.index)).all()


def test_reasons_are_given_on_demand(fitted: tuple[FittedModel, Judged], card: dict[str, object]) -> None:
    own = state().assign(family="AC")
    peers = peers_of(card, own)
    reasons(fitted[0], own, years=5, language="en", peers=peers)
    start = time.perf_counter()
    reasons(fitted[0], own, years=5, language="en", peers=peers)
    assert time.perf_counter() - start < 0.3
