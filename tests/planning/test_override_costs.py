"""What a decision costs: at the prices a bound that no plan made anew passes, made anew the difference of two plans."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pavement.planning.optimise import plan
from pavement.planning.policy import Policy
from pavement.planning.treatments import catalogue
from tests.planning.conftest import make_units, money, straight_lines

UNITS = make_units(20, seed=5)
KNOWN = {"budgets": money(4e6), "forecast": straight_lines, "catalogue": catalogue(), "discount_rate": 0.03}


@pytest.fixture(scope="module")
def free():
    return plan(UNITS, **KNOWN)


@pytest.fixture(scope="module")
def given(free):
    """Return decisions: one work moved, one as it is, one length forbidden, one put off."""
    works = free.actions.drop_duplicates("unit").reset_index(drop=True)
    committed = works.iloc[[0, 1]][["unit", "year", "treatment"]].assign(year=lambda w: [2029, w["year"].iloc[1]])
    forbidden = pd.DataFrame({"unit": works["unit"].iloc[[2, 3]], "treatment": "", "before": [np.nan, 2029]})
    return committed, forbidden


@pytest.fixture(scope="module")
def made(given):
    return plan(UNITS, **KNOWN, committed=given[0], forbidden=given[1])


def test_each_decided_length_is_told_once(made, given):
    assert sorted(made.overrides["unit"]) == sorted([*given[0]["unit"], *given[1]["unit"]])


def test_no_plan_made_anew_gains_more_than_the_bound_at_the_prices(made):
    told = made.overrides
    assert (told["solved_lost"] <= told["lost_most"] + 1e-6 * made.bound).all()
    assert (told["solved_lost"] <= told["solved_most"] + 1e-6 * made.bound).all()
    assert (told["lost"] > -1e-6 * made.bound).all()
    assert told["solved_lost"].max() > 0


def test_made_anew_is_the_plan_without_that_decision_and_with_the_others(made, given):
    committed, forbidden = given
    without = plan(UNITS, **KNOWN, committed=committed.iloc[1:], forbidden=forbidden)
    told = made.overrides.set_index("unit").loc[committed["unit"].iloc[0]]
    gap = without.bound - without.value + 1e-6 * made.bound
    assert told["solved_lost"] == pytest.approx(without.value - made.value, abs=gap)
    again = plan(UNITS, **KNOWN, committed=committed, forbidden=forbidden.iloc[1:])
    told = made.overrides.set_index("unit").loc[forbidden["unit"].iloc[0]]
    gap = again.bound - again.value + 1e-6 * made.bound
    assert told["solved_lost"] == pytest.approx(again.value - made.value, abs=gap)


def test_without_decisions_nothing_is_told(free):
    assert free.overrides.empty


def test_beyond_the_number_of_the_table_only_the_bound_is_told(monkeypatch, given):
    from pavement.planning import override_costs as part

    real = part.parameters
    monkeypatch.setattr(part, "parameters", lambda: real() | {"override_solves": 1.0})
    made = plan(UNITS, **KNOWN, committed=given[0], forbidden=given[1])
    assert made.overrides["solved_lost"].isna().all()
    assert made.overrides["lost"].notna().all()


def test_at_least_cost_a_decision_costs_money_and_the_bound_holds():
    rows = {"id": "q", "kind": "mean_condition", "scope": "penalty", "year": "2030", "at_least": "", "at_most": "26"}
    policy = Policy(limits=pd.DataFrame([rows | {"unit": "-"}]), objective="cost")
    many = make_units(40, seed=1)
    known = KNOWN | {"budgets": money(2e7), "policy": policy}
    unit = plan(many, **known).actions["unit"].iloc[0]
    made = plan(many, **known, forbidden=pd.DataFrame({"unit": [unit], "treatment": "", "before": [np.nan]}))
    told = made.overrides.iloc[0]
    assert told["lost"] > 0
    assert told["solved_lost"] <= told["lost_most"] + 1.0
    # what is sought is the cost: what is lost and what is spent more are the same
    assert told["solved_lost"] > 0
    assert told["solved_lost"] == pytest.approx(-told["solved_cost"])
    own = made.considered
    np.testing.assert_allclose(own["money"].ge(own["first_cost"]), True)


def test_at_least_cost_no_more_is_lost_than_the_decided_works_cost():
    """Works can be added to a plan that does nothing on their unit, alone and within the money."""
    from pavement.planning.override_costs import _added

    works = pd.DataFrame({"unit": ["a", "b"], "year": 2026, "cost": [4.0, 2.0], "mobilisation": 1.0, "own": [3.0, 1.0]})
    others = works.iloc[[1]]
    assert _added(works, others, "a", pd.Series({2026: 8.0})) == 6
    assert _added(works.drop(columns=["own", "mobilisation"]), others, "a", pd.Series({2026: 8.0})) == 4
    assert _added(works, others, "a", pd.Series({2026: 7.0})) == np.inf
    assert _added(works, works, "a", pd.Series({2026: 99.0})) == np.inf


def test_without_a_plan_made_anew_the_bound_alone_is_told(monkeypatch, given):
    from pavement.errors import PlanError
    from pavement.planning import optimise as part

    answered, calls = part.best_answer, []

    def once(*given, **named):
        calls.append(given)
        if len(calls) > 1:
            raise PlanError("Limits can be met by parts of strategies.")
        return answered(*given, **named)

    monkeypatch.setattr(part, "best_answer", once)
    made = plan(UNITS, **KNOWN, committed=given[0], forbidden=given[1])
    assert len(calls) > 1
    assert made.overrides["solved_lost"].isna().all()
    assert made.overrides["lost_most"].notna().all()


def worse(monkeypatch, part, loss):
    """Let plans made anew come out below the plan by a loss, with the bound that they prove."""
    answered, calls = part.best_answer, []

    def found(*given, **named):
        calls.append(answered(*given, **named))
        low = replace(calls[-1], value=calls[0].value - loss) if loss else calls[-1]
        return calls[0] if len(calls) == 1 else low

    monkeypatch.setattr(part, "best_answer", found)
    return calls


def test_a_poorer_plan_made_anew_is_no_loss_below_0(monkeypatch, given):
    from pavement.planning import optimise as part

    calls = worse(monkeypatch, part, 1e5)
    told = plan(UNITS, **KNOWN, committed=given[0], forbidden=given[1]).overrides
    assert (told["solved_lost"] == 0).all()
    assert told["solved_cost"].isna().all()
    bounds = np.array([one.bound for one in calls[1:]]) - calls[0].value
    assert (told["lost_most"] <= np.maximum(0, bounds)).all()


def test_with_projects_only_the_plan_made_anew_tells_what_is_lost(monkeypatch):
    from benchmarks.projects import network
    from pavement.planning import optimise as part
    from pavement.planning.project_problem import ProjectRules

    calls = worse(monkeypatch, part, 0.0)
    units = network(12, seed=3).drop(columns="growth")
    known = KNOWN | {"budgets": money(12e6), "policy": Policy(projects=ProjectRules(least=500.0, most=5000.0))}
    lone = pd.DataFrame({"unit": units["unit"].iloc[:1], "treatment": "", "before": [np.nan]})
    told = plan(units, **known, forbidden=lone).overrides.iloc[0]
    assert np.isnan(told["lost"])
    assert told["free_first"] == ""
    assert told["lost_most"] == pytest.approx(max(0.0, calls[1].bound - calls[0].value))
    assert told["solved_lost"] <= told["lost_most"]
