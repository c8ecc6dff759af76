"""Works that people forbid or put off are in no plan, and nothing else gives way to that."""

import pandas as pd
import pytest

from pavement.errors import PlanError
from pavement.planning.optimise import plan
from pavement.planning.treatments import catalogue
from tests.planning.conftest import make_units, money, straight_lines

UNITS = make_units(20, seed=5)
KNOWN = {"budgets": money(4e6), "forecast": straight_lines, "catalogue": catalogue(), "discount_rate": 0.03}


@pytest.fixture(scope="module")
def free():
    return plan(UNITS, **KNOWN)


def rule(unit, *, treatment="", before=float("nan")):
    return pd.DataFrame({"unit": [unit], "treatment": [treatment], "before": [before]})


def test_what_is_put_off_starts_no_sooner(free):
    early = free.actions[free.actions["year"] == 2026]
    unit = early["unit"].iloc[0]
    made = plan(UNITS, **KNOWN, forbidden=rule(unit, before=2028))
    own = made.actions[made.actions["unit"] == unit]
    assert (own["year"] >= 2028).all()
    assert made.bound <= free.bound * (1 + 1e-9)
    told = pd.concat([own["reason_en"], made.left.loc[made.left["unit"] == unit, "reason_en"]])
    assert told.str.contains("By decision no work before 2028").any()


def test_a_length_on_which_all_is_forbidden_has_no_work_and_says_why(free):
    unit = free.actions["unit"].iloc[0]
    made = plan(UNITS, **KNOWN, forbidden=rule(unit))
    assert unit not in set(made.actions["unit"])
    why = made.left.set_index("unit").loc[unit]
    assert "By decision no work in this plan" in why["reason_en"]
    assert "依人員決定，本計畫不得施作任何工程" in why["reason_zh"]


def test_a_forbidden_treatment_gives_way_to_another(free):
    work = free.actions.iloc[0]
    made = plan(UNITS, **KNOWN, forbidden=rule(work["unit"], treatment=work["treatment"]))
    own = made.considered[made.considered["unit"] == work["unit"]]
    assert work["treatment"] not in {*own["first"], *own["second"]}
    assert len(own)


def test_committed_work_stands_although_others_are_forbidden(free):
    work = free.actions.iloc[[0]][["unit", "year", "treatment"]]
    made = plan(UNITS, **KNOWN, committed=work, forbidden=rule(work["unit"].iloc[0]))
    own = made.actions[made.actions["unit"] == work["unit"].iloc[0]]
    assert own[["year", "treatment"]].to_numpy().tolist() == work[["year", "treatment"]].to_numpy().tolist()


@pytest.mark.parametrize("change", [{"unit": "n9"}, {"treatment": "paint"}])
def test_a_rule_on_what_the_plan_does_not_know_is_refused(change):
    wrong = rule(UNITS["unit"].iloc[0]).assign(**change)
    with pytest.raises(PlanError, match="does not fit the plan"):
        plan(UNITS, **KNOWN, forbidden=wrong)
