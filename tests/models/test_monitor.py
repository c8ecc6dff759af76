"""The monitor: unbiased forecasts pass, biased and under-covering ones raise, drift raises, too few says so (M13)."""

import numpy as np
import pandas as pd
import pytest

from models.drift import drift, feature_spread, new_family, population_stability
from models.fitting import FittedModel, Judged
from models.monitor import FEW, found_again, monitor
from models.panel import last_states
from tests.models.conftest import made_panel

NO_WORKS = pd.DataFrame({"cell": pd.Series(dtype=str), "completed": [], "known": []})


def made_sets(units: int = 200, *, origin: int = 2020, number: int = 1) -> pd.DataFrame:
    """Return forecasts of IRI of 1.00 at the origin and .05 more each year, 0.2 to either side."""
    rows = [
        {"cell": f"c{u:03d}", "kind": "iri", "year": origin + step, "origin_year": origin, "model": "iri-a"}
        | {"value": 1 + 0.05 * step, "low": 0.8 + 0.05 * step, "high": 1.2 + 0.05 * step}
        for u in range(units)
        for step in range(4)
    ]
    return pd.DataFrame(rows).assign(set=number, known=number)


def made_found(units: int = 200, *, bias: float = 0.0, noise: float = 0.1, year: int = 2022) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    value = 1 + 0.05 * (year - 2020) + bias + rng.normal(0, noise, units)
    cells = [f"c{u:03d}" for u in range(units)]
    return pd.DataFrame({"unit": cells, "time": year + 0.2, "epoch": 0, "iri": value})


def about(units: int = 200) -> pd.DataFrame:
    at = np.arange(units)
    cells = [f"c{u:03d}" for u in at]
    blocks = [f"b{u // 5:02d}" for u in at]
    return pd.DataFrame({"cell": cells, "block": blocks, "family": "AC", "route": "N1", "esal": 1e5 * at})


def judged(found: pd.DataFrame, units: int = 200) -> pd.DataFrame:
    return monitor(found_again(made_sets(units), found, NO_WORKS), about(units), level=0.9)


def test_forecasts_that_come_true_pass() -> None:
    told = judged(made_found()).set_index(["by", "slice"])
    whole = told.loc[("all", "")]
    assert whole["alarm"] == ""
    assert whole["pairs"] == 200
    assert abs(whole["bias"]) < 0.02
    assert whole["rmse"] == pytest.approx(0.1, abs=0.015)
    # 0.2 is two standard deviations: 95 %
    assert whole["coverage"] == pytest.approx(0.954, abs=0.03)
    # nothing changes errs by .1 and the noise, the forecast by the noise: 1 - .01 / .02
    assert whole["skill"] == pytest.approx(0.5, abs=0.1)
    assert told.loc["esal", "pairs"].tolist() == [40] * 5
    assert told.loc[("horizon", "2"), "pairs"] == 200


def test_m13_a_biased_forecast_raises() -> None:
    whole = judged(made_found(bias=0.1, noise=0.05)).iloc[0]
    assert whole["alarm"] == "biased"
    assert whole["bias"] == pytest.approx(-0.1, abs=0.01)


def test_m13_a_bias_of_a_few_neighbours_is_no_bias() -> None:
    """Cells of a block that err alike are one fact, not five."""
    found = made_found(units=40, noise=0.05)
    found["iri"] += np.repeat([0.4, 0.05, -0.06, -0.05, 0.4, -0.06, -0.02, -0.03], 5)
    whole = judged(found, units=40).iloc[0]
    assert abs(whole["bias"]) > 0.5 * 0.077
    assert "biased" not in whole["alarm"]


def test_m13_an_interval_that_holds_too_few_raises() -> None:
    assert judged(made_found(noise=0.2)).iloc[0]["alarm"] == "under-covering"


def test_too_few_forecasts_are_said_to_be_too_few() -> None:
    whole = judged(made_found(units=20, bias=0.5), units=20).iloc[0]
    assert (whole["pairs"], whole["alarm"]) == (20, FEW)


def test_work_between_takes_a_forecast_out_unless_it_was_known() -> None:
    def count(completed: float, known: int) -> int:
        works = pd.DataFrame({"cell": ["c000"], "completed": [completed], "known": [known]})
        return len(found_again(made_sets(3), made_found(3), works))

    assert count(2021.5, known=9) == 2
    assert count(2021.5, known=1) == 2
    assert count(2022.9, known=9) == 3
    assert count(2018.0, known=1) == 3
    # the year of origin: what the forecast set out from if it was on record, else work between
    assert count(2020.5, known=1) == 3
    assert count(2020.5, known=2) == 2


def test_the_first_forecast_from_a_survey_counts_and_later_ones_are_no_new_ones() -> None:
    again = made_sets(3, number=2).assign(value=9.0)
    later = made_sets(3, origin=2021, number=3)
    found = found_again(pd.concat([made_sets(3), again, later]), made_found(3), NO_WORKS)
    assert found.groupby("origin_year")["set"].unique().map(list).to_dict() == {2020: [1], 2021: [3]}
    assert found.groupby("origin_year")["horizon"].first().to_dict() == {2020: 2, 2021: 1}
    assert found_again(made_sets(3), made_found(3, year=2020), NO_WORKS).empty


def test_the_stability_index_is_that_of_its_formula() -> None:
    """0.5/0.5 to 0.6/0.4: .1 ln 1.2 - .1 ln .8 = .0405."""
    got = population_stability(np.array([0.5, 0.5]), np.array([0.6, 0.4]))
    assert got == pytest.approx(0.0405465, abs=1e-6)


@pytest.fixture(scope="module")
def states(panel: pd.DataFrame) -> pd.DataFrame:
    return last_states(panel)


@pytest.fixture(scope="module")
def model(fitted: tuple[FittedModel, Judged]) -> FittedModel:
    return fitted[0]


def drifted(states: pd.DataFrame, model: FittedModel, then: pd.DataFrame) -> pd.Series:
    table = drift(states, model, feature_spread(then, list(model.columns)))
    return table.set_index("feature")["alarm"]


def test_the_same_network_has_not_drifted(states: pd.DataFrame, model: FittedModel) -> None:
    assert set(drifted(states, model, states)) == {""}
    other = last_states(made_panel(seed=99))
    assert drifted(other, model, states).loc[["esal", "age", "family"]].tolist() == ["", "", ""]


def test_m13_a_shifted_feature_raises(states: pd.DataFrame, model: FittedModel) -> None:
    heavy = states.assign(esal=states["esal"] * 1.5)
    alarms = drifted(heavy, model, states)
    assert alarms["esal"] == "drifted, outside"
    assert alarms["iri"] == ""


def test_m13_a_measure_that_is_no_longer_there_raises(states: pd.DataFrame, model: FittedModel) -> None:
    assert drifted(states.drop(columns="esal"), model, states)["esal"].split(", ")[-1] == "missing"
    half = states.assign(esal=states["esal"].where(np.arange(len(states)) % 2 == 0))
    assert "missing" in drifted(half, model, states)["esal"]


def test_m13_a_new_pavement_family_raises_from_the_first_cell(states: pd.DataFrame, model: FittedModel) -> None:
    paved = states.assign(family=np.where(np.arange(len(states)) == 7, "PCC", "AC"))
    alarms = drifted(paved, model, states)
    assert alarms["family PCC"] == "new family"
    spread = feature_spread(states, list(model.columns))
    assert new_family(paved, spread).sum() == 1
    assert not new_family(paved, {}).any()


def test_too_few_cells_are_not_judged(states: pd.DataFrame, model: FittedModel) -> None:
    assert drifted(states.head(50), model, states)["esal"] == FEW
