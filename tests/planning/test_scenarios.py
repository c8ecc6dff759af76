"""Scenarios on one outlook: side by side, the frontier of budgets, goals at least cost, backlog and carbon."""

import numpy as np
import pandas as pd
import pytest

from pavement.errors import PlanError
from pavement.planning.basis import basis
from pavement.planning.policy import Policy
from pavement.planning.rollout import untreated
from pavement.planning.scenarios import Compared, Goal, Scenario, backlog, compared
from tests.planning.conftest import make_units, money, straight_lines
from tests.planning.test_limits import CATALOGUE, ready, table

YEARS = range(2026, 2029)


def goal(name: str, at_most: float) -> Goal:
    raw = table((name, "poor_share", "rut", 2028, "", at_most, "%"))
    return Goal(name, raw, pd.Series(np.inf, index=YEARS))


@pytest.fixture(scope="module")
def found() -> Compared:
    start = ready(make_units(20))
    levels = [Scenario(f"{m:g}", money(m * 1e6, years=3), frontier=True) for m in (1, 3, 6)]
    capped = Scenario("capped", money(6e6, years=3), Policy(table(("c", "carbon", "", "", "", 20, "tCO2e"))))
    none = Scenario("never", money(1e5, years=3), Policy(table(("p", "mean_condition", "iri", 2026, "", 0.1, "m/km"))))
    return compared(start, [*levels, capped, none], [goal("half", 50.0), goal("good", 20.0)])


def test_o4_the_frontier_gains_with_money_and_leaves_less_undone(found: Compared) -> None:
    points = found.summary[found.summary["kind"] == "frontier"]
    assert points["value"].is_monotonic_increasing
    end = found.years[found.years["year"] == 2028].set_index("scenario")["backlog"]
    assert end["nothing"] > end["6"]
    assert (found.years["spent"] <= found.years["budget"]).all()


def test_goals_cost_more_the_more_is_asked_and_are_held(found: Compared) -> None:
    goals = found.summary[found.summary["kind"] == "goal"].set_index("scenario")
    assert goals.loc["half", "value"] <= goals.loc["good", "bound"] * (1 + 1e-9) + 1e-9
    assert (goals["bound"] <= goals["value"]).all()
    assert (goals["spent"] == goals["value"]).all()
    rows = found.condition[(found.condition["year"] == 2028) & (found.condition["kind"] == "rut")]
    poor = rows.set_index("scenario")["poor_share"]
    assert poor["good"] <= 0.20
    assert poor["nothing"] > poor["good"]


def test_o6_a_scenario_that_cannot_be_says_why_and_the_others_go_on(found: Compared) -> None:
    why = found.summary.set_index("scenario")["why"]
    assert "p (mean_condition iri 2026) [m/km] by" in why["never"]
    assert (why.drop("never") == "").all()


def test_carbon_and_mix_add_up_to_works(found: Compared) -> None:
    total = found.summary.set_index("scenario")
    mix = found.mix.groupby("scenario")["cost"].sum()
    np.testing.assert_allclose(mix["capped"], total.loc["capped", "spent"])
    each = found.mix.assign(c=found.mix["area_m2"] * found.mix["treatment"].map(CATALOGUE.treatments["kgco2e_m2"]))
    np.testing.assert_allclose(each.groupby("scenario")["c"].sum()["capped"], total.loc["capped", "carbon"])
    assert found.years[found.years["scenario"] == "capped"]["carbon"].max() <= 20_000
    assert total.loc["capped", "value"] <= total.loc["6", "bound"]


def test_a_faulty_limit_is_refused_and_not_told_as_out_of_reach() -> None:
    wrong = Scenario("w", money(1e6, years=3), Policy(table(("c", "carbon", "", 1999, "", 20, "tCO2e"))))
    with pytest.raises(PlanError) as error:
        compared(ready(make_units(2)), [wrong], [])
    assert len(error.value.faults) == 1


def test_backlog_is_the_price_of_the_work_that_helps_most() -> None:
    """One unit, rutted only: of what is triggered the deepest reset takes most off, of equals the cheapest counts."""
    units = make_units(1).assign(iri=0.8, rut=12.0, crack_percent=0.0, pothole_area=0.0, ism=np.nan, age=20.0)
    start = basis(
        units, years=YEARS, forecast=straight_lines, catalogue=CATALOGUE, discount_rate=0.03, pruned=False
    )  # fmt: skip
    first = backlog(start, untreated(start.look))[0]
    treatments, area = CATALOGUE.treatments, float(units["area_m2"].iloc[0])
    prices = np.ceil(area * treatments["cost_mid"] + treatments["mobilisation"])
    assert first in prices.to_numpy()
    assert treatments.loc[prices[prices == first].index[0], "reset_rut"] <= 2.5
    good = basis(
        units.assign(rut=0.1, crack_percent=np.nan), years=YEARS, forecast=straight_lines, catalogue=CATALOGUE,
        discount_rate=0.03, pruned=False,
    )  # fmt: skip
    assert backlog(good, untreated(good.look))[0] == 0
