from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.explain import contributions
from models.fitting import FittedModel, Judged
from models.forecast import forecast_states, increments, outside_training
from tests.examples import examples


def state(**values: float) -> pd.DataFrame:
    base = {"iri": 1.2, "rut": 7.0, "esal": 1e6, "age": 5.0}
    base |= {"iri_slope": 0.03, "iri_rise": 0.1, "iri_gap": 0.0, "iri_beside": 0.0, "iri_campaign": 0.0}
    base |= {"rut_slope": 0.1, "rut_rise": 0.4, "rut_gap": 0.0, "rut_beside": 0.0, "rut_campaign": 0.0}
    return pd.DataFrame([base | values])


@given(
    iri=st.floats(0.5, 5),
    esal=st.floats(0, 5e6),
    age=st.floats(0.1, 40),
    slope=st.one_of(st.just(float("nan")), st.floats(-0.3, 0.3)),
)
@settings(max_examples=examples(60), deadline=None)
def test_m7_m8_no_healing_and_ordered_intervals(
    fitted: tuple[FittedModel, Judged], iri: float, esal: float, age: float, slope: float
) -> None:
    found = forecast_states(state(iri=iri, esal=esal, age=age, iri_slope=slope), years=20, models={"iri": fitted[0]})
    assert (np.diff(found["value"]) >= -1e-12).all()
    assert (found["low"] <= found["value"]).all()
    assert (found["value"] <= found["high"]).all()
    assert found["low"].min() >= 0
    assert found["high"].max() <= 16
    assert found["value"].iloc[0] == pytest.approx(iri)


def test_beyond_what_was_learned_it_goes_on_and_says_so(fitted: tuple[FittedModel, Judged]) -> None:
    found = forecast_states(state(), years=20, models={"iri": fitted[0]}).set_index("step")
    assert found.loc[6, "basis"] == "model"
    assert found.loc[20, "basis"] == "extrapolated"
    assert found.loc[20, "value"] > found.loc[10, "value"] > found.loc[6, "value"]
    assert (found["high"] - found["low"]).diff().iloc[1:].min() >= -1e-12


def test_the_line_does_not_bend_where_learning_ends(fitted: tuple[FittedModel, Judged]) -> None:
    """The yearly change after the last horizon learned from stays near that over the years before it."""
    found = forecast_states(state(esal=2e6), years=10, models={"iri": fitted[0]}).set_index("step")["value"]
    before = (found[6] - found[3]) / 3
    # the pace is that of a middling load, so that more load never helps further on
    assert found[9] - found[8] == pytest.approx(before, rel=0.3)


def test_a_target_measured_before_its_state_is_brought_to_its_day(fitted: tuple[FittedModel, Judged]) -> None:
    late = forecast_states(state(time=2024.0, iri_time=2022.0), years=6, models={"iri": fitted[0]})
    plain = forecast_states(state(), years=8, models={"iri": fitted[0]})
    np.testing.assert_allclose(late["value"], plain["value"].iloc[2:])
    np.testing.assert_allclose(late["high"], plain["high"].iloc[2:])


def test_the_age_of_the_measurement_counts_towards_what_was_learned(fitted: tuple[FittedModel, Judged]) -> None:
    """Pairs reach 6 years: of a value measured 5 years before its state only the first year ahead was learned."""
    assert fitted[0].horizon == pytest.approx(6)
    both = pd.concat([state(time=2024.0, iri_time=measured) for measured in (2019.0, 2024.0)], ignore_index=True)
    found = forecast_states(both, years=8, models={"iri": fitted[0]})
    first = found[found["basis"] == "extrapolated"].groupby("state")["step"].min()
    assert first.to_dict() == {0: 2, 1: 7}


def test_a_state_without_the_target_has_no_forecast(fitted: tuple[FittedModel, Judged]) -> None:
    two = pd.concat([state(), state(iri=np.nan)], ignore_index=True)
    assert forecast_states(two, years=3, models={"iri": fitted[0]})["state"].unique().tolist() == [0]


def test_a_renewed_state_forgets_its_history(fitted: tuple[FittedModel, Judged]) -> None:
    wild, calm = (
        state(age=0.0, iri_slope=0.4, iri_rise=2.0),
        state(age=0.0, iri_slope=np.nan, iri_rise=np.nan, iri_gap=np.nan),
    )
    found = [forecast_states(s, years=5, models={"iri": fitted[0]})["value"] for s in (wild, calm)]
    np.testing.assert_array_equal(*found)


def test_m3_the_order_of_columns_does_not_matter(fitted: tuple[FittedModel, Judged]) -> None:
    straight = state()
    turned = straight[straight.columns[::-1]]
    horizon = np.array([4.0])
    np.testing.assert_array_equal(increments(fitted[0], straight, horizon), increments(fitted[0], turned, horizon))


def test_m4_values_outside_training_are_listed(fitted: tuple[FittedModel, Judged]) -> None:
    found = outside_training(state(esal=9e7), fitted[0])
    assert found[["column", "value"]].to_numpy().tolist() == [["esal", 9e7]]
    low, high = fitted[0].ranges["esal"]
    assert found[["low", "high"]].to_numpy().tolist() == [[low, high]]
    within = outside_training(state(esal=high + 0.04 * (high - low)), fitted[0])
    assert within.empty
    assert outside_training(state(esal=9e7), replace(fitted[0], shares={"": {"anchored": 1.0}})).empty


def test_m4_a_column_that_training_had_and_no_state_has_is_listed(fitted: tuple[FittedModel, Judged]) -> None:
    missing = pd.concat([state(esal=np.nan)] * 2, ignore_index=True)
    assert outside_training(missing, fitted[0])["column"].tolist() == ["esal", "esal"]
    assert outside_training(pd.concat([state(esal=np.nan), state()], ignore_index=True), fitted[0]).empty


@pytest.mark.parametrize("horizon", [3.0, 12.0])
def test_m9_contributions_add_up_to_the_change(fitted: tuple[FittedModel, Judged], horizon: float) -> None:
    states = pd.concat([state(), state(esal=2e6, iri=2.0)], ignore_index=True)
    total = contributions(fitted[0], states, horizon=horizon).sum(axis=1)
    change, _ = increments(fitted[0], states, np.full(2, horizon))
    np.testing.assert_allclose(total, change, atol=1e-9)
