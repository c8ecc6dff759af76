"""Works that people forbid or put off are in no plan, and nothing else gives way to that."""

from dataclasses import replace

import pandas as pd
import pytest

from pavement.errors import PlanError
from pavement.planning import optimise
from pavement.planning.decided_check import decided_faults
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
    # what people keep from a length was triggered and did gain
    assert "triggered" not in why["reason_en"]
    assert "沒有工法" not in why["reason_zh"]


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


WORKS = pd.DataFrame({"unit": ["a", "a", "b"], "year": [2026, 2030, 2027], "treatment": ["patch", "mill", "seal"]})
PAIR = {"unit": "a", "year": 2026, "treatment": "patch", "second_year": 2030.0, "second": "mill"}


@pytest.mark.parametrize(
    ("decided", "said"),
    [
        ({}, []),
        ({"committed": [PAIR]}, []),
        ({"committed": [PAIR | {"year": 2027}]}, ["patch on a in 2027 is not in the plan"]),
        ({"committed": [PAIR | {"second_year": 2029.0}]}, ["mill on a in 2029 is not in the plan"]),
        ({"committed": [PAIR | {"unit": "c", "second": ""}]}, ["patch on c in 2026 is not in the plan"]),
        ({"committed": [PAIR | {"treatment": "seal"}]}, ["seal on a in 2026 is not in the plan"]),
        ({"forbidden": [("a", "", 2026.0), ("a", "mill", 2030.0), ("b", "mill", None)]}, []),
        ({"forbidden": [("a", "", 2027.0)]}, ["patch on a in 2026 was forbidden"]),
        ({"forbidden": [("b", "seal", None)]}, ["seal on b in 2027 was forbidden"]),
        ({"forbidden": [("a", "", None)], "committed": [PAIR]}, []),
    ],
)
def test_a_plan_that_breaks_a_decision_is_found_out(decided, said):
    tables = {name: pd.DataFrame(rows) for name, rows in decided.items()}
    if "forbidden" in tables:
        tables["forbidden"].columns = ["unit", "treatment", "before"]
    found = decided_faults(WORKS, **tables)
    assert len(found) == len(said)
    assert all(words in fault for words, fault in zip(said, found, strict=True))


def test_a_plan_without_a_decided_work_is_refused(monkeypatch):
    whole = optimise.best_answer

    def broken(*asked, **named):
        answer = whole(*asked, **named)
        return replace(answer, works=answer.works[answer.works["status"] != "committed"])

    work = pd.DataFrame({"unit": [UNITS["unit"].iloc[3]], "year": [2027], "treatment": ["mill_overlay"], "cost": [9e4]})
    monkeypatch.setattr(optimise, "best_answer", broken)
    with pytest.raises(PlanError, match="does not honour a decision: The decided work mill_overlay on"):
        plan(UNITS, **KNOWN, committed=work)
