"""An empty plan tells the reason that is true, and what would change it."""

import pandas as pd
import pytest

from pavement.planning.optimise import Plan, plan
from pavement.planning.policy import Policy
from pavement.planning.project_problem import ProjectRules
from pavement.planning.treatments import catalogue
from tests.planning.conftest import make_units, money, straight_lines

UNITS = make_units(3)
RULES = pytest.mark.parametrize("rules", [None, ProjectRules(500.0, 5000.0)])


def made(rules: ProjectRules | None, budget: float = 1e8, objective: str = "benefit", **asked: object) -> Plan:
    limits = pd.DataFrame([asked]).astype(str) if "id" in asked else None
    forbidden = asked.get("forbidden")
    return plan(
        UNITS, budgets=money(budget), forecast=straight_lines, catalogue=catalogue(), discount_rate=0.03,
        forbidden=forbidden, policy=Policy(limits, objective, projects=rules),
    )  # fmt: skip


@RULES
def test_o1_where_decisions_forbid_all_the_plan_is_empty_and_says_so(rules: ProjectRules | None) -> None:
    forbidden = pd.DataFrame({"unit": UNITS["unit"], "treatment": "", "before": float("nan")})
    empty = made(rules, forbidden=forbidden)
    assert empty.actions.empty
    assert empty.reason_en == "Decisions forbid or defer every work that is triggered."
    assert empty.cure == "Withdraw a decision."
    assert sorted(empty.overrides["unit"]) == sorted(UNITS["unit"])


@RULES
def test_least_cost_of_what_holds_already_is_nothing(rules: ProjectRules | None) -> None:
    asked = {"id": "p", "kind": "poor_share", "scope": "iri", "year": 2026, "at_most": 100, "unit": "%"}
    empty = made(rules, objective="cost", at_least="", **asked)
    assert empty.reason_en == "All limits hold without any work; the least cost is NT$ 0."


@RULES
def test_limits_that_no_work_fits_are_named_and_the_budget_is_not(rules: ProjectRules | None) -> None:
    empty = made(rules, id="c", kind="carbon", scope="", year="", at_least="", at_most=0, unit="tCO2e")
    assert empty.reason_en == "No work fits the limits c (carbon)."
    assert empty.cure == "Ease these limits."


@RULES
@pytest.mark.parametrize("amount", [0.0, -1e6, -float("inf")])
def test_o1_without_money_the_plan_is_empty_with_its_reason_and_no_gap(
    rules: ProjectRules | None, amount: float
) -> None:
    empty = made(rules, amount)
    assert empty.actions.empty
    assert "budget of NT$ 0 a year; the cheapest costs NT$" in empty.reason_en
    assert (empty.gap, len(empty.left)) == (0.0, len(UNITS))
