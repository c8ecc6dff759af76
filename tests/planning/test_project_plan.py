"""Plans of projects as people get them: rules, reasons, decided works, limits, and the checker."""

import pandas as pd
import pytest

from benchmarks.projects import network
from pavement.errors import PlanError
from pavement.planning.optimise import Plan, plan
from pavement.planning.policy import Policy
from pavement.planning.project_check import project_faults
from pavement.planning.project_problem import ProjectRules
from pavement.planning.treatments import catalogue
from tests.planning.conftest import money, straight_lines

RULES = ProjectRules(least=1500.0, most=5000.0)


def made(units: pd.DataFrame, amount: float = 12e6, **more: object) -> Plan:
    policy = Policy(projects=RULES)
    return plan(
        units.drop(columns="growth"), budgets=money(amount), forecast=straight_lines, catalogue=catalogue(),
        discount_rate=0.03, policy=policy, **more,
    )  # fmt: skip


@pytest.fixture(scope="module")
def units() -> pd.DataFrame:
    return network(60, seed=3)


@pytest.fixture(scope="module")
def answer(units: pd.DataFrame) -> Plan:
    return made(units)


def test_projects_hold_all_rules_and_budgets(answer: Plan, units: pd.DataFrame) -> None:
    assert len(answer.projects) > 1
    assert project_faults(answer.actions, answer.projects, units, RULES, catalogue(), decided=set()) == []
    assert (answer.spent <= answer.budgets).all()
    assert answer.projects.groupby("year")["cost"].sum().sum() == answer.spent.sum()
    assert answer.value <= answer.bound
    assert answer.actions["reason_en"].str.contains("project P-20").all()
    assert answer.actions["reason_zh"].str.contains("專案 P-20").all()


def test_o5_the_same_input_gives_the_same_projects(answer: Plan, units: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(made(units).actions, answer.actions)


def test_more_money_never_lowers_the_bound(answer: Plan, units: pd.DataFrame) -> None:
    assert made(units, 18e6).bound >= answer.bound * (1 - 1e-9)


def test_a_decided_work_may_be_short_and_stands(units: pd.DataFrame) -> None:
    # three lanes of one section: two works in other years than the first, one of them and the first in the same year
    rows = units.iloc[[0, 1, 2, 30]]
    assert rows["from_m"].nunique() == 2
    decided = pd.DataFrame(
        {"unit": rows["unit"], "year": [2027, 2029, 2027, 2028], "treatment": "mill_overlay",
         "cost": [4e6, 4e6, None, None], "second": ["", "", "crack_seal", ""],
         "second_year": [None, None, 2030.0, None]}
    )  # fmt: skip
    found = made(units, 25e6, committed=decided)
    held = found.actions[found.actions["status"] == "committed"].set_index("unit")
    assert held.loc[[rows["unit"].iloc[2]], "year"].sort_values().tolist() == [2027, 2030]
    own = held[held["treatment"] == "mill_overlay"]
    assert own["year"].reindex(rows["unit"]).tolist() == [2027, 2029, 2027, 2028]
    assert own["cost"].reindex(rows["unit"]).tolist()[:2] >= [4e6, 4e6]
    assert (found.spent <= found.budgets).all()


def test_limits_that_cannot_be_met_are_named(units: pd.DataFrame) -> None:
    floor = {"id": "f", "kind": "office_floor", "scope": "A", "year": "2026", "at_least": "1000000000", "at_most": ""}
    policy = Policy(pd.DataFrame([floor | {"unit": "NT$"}]), projects=RULES)
    with pytest.raises(PlanError, match="office_floor A 2026"):
        plan(
            units.drop(columns="growth"), budgets=money(2e9), forecast=straight_lines, catalogue=catalogue(),
            discount_rate=0.03, policy=policy,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda w, p: (w.iloc[1:], p), "sum"),
        (lambda w, p: (w, p.iloc[1:]), "0 rows"),
        (lambda w, p: (w.assign(mobilisation=w["mobilisation"] + 1), p), "mobilisation"),
        (lambda w, p: (w.assign(project="P"), p), "0 rows"),
        (lambda w, p: (w.assign(project=""), p), "no project"),
    ],
)
def test_the_checker_finds_what_projects_break(answer: Plan, units: pd.DataFrame, change, said: str) -> None:
    works, projects = change(answer.actions, answer.projects)
    assert said in " ".join(project_faults(works, projects, units, RULES, catalogue(), decided=set()))


def test_the_checker_finds_a_short_project(answer: Plan, units: pd.DataFrame) -> None:
    longest = ProjectRules(least=4900.0, most=5000.0)
    faults = project_faults(answer.actions, answer.projects, units, longest, catalogue(), decided=set())
    assert any("shorter than 4,900" in fault for fault in faults)


def test_a_work_locked_out_of_a_project_pays_mobilisation_anew_and_once(answer: Plan, units: pd.DataFrame) -> None:
    shared = answer.actions.groupby("project")["unit"].transform("size") > 1
    work = answer.actions[shared & (answer.actions["year"] > 2026)].iloc[0]
    locked = pd.DataFrame([work[["unit", "year", "treatment", "cost", "mobilisation"]]])
    bare = work["cost"] - work["mobilisation"]
    again = made(units, committed=locked)
    own = again.actions.set_index(["unit", "year"]).loc[(work["unit"], work["year"])]
    assert own["cost"] - own["mobilisation"] == pytest.approx(bare, abs=1)
    assert (again.spent <= again.budgets).all()
    # with nobody beside it the whole mobilisation is its own
    others = units.assign(free_year=units["unit"].ne(work["unit"]) * 2040.0)
    alone = made(others, committed=locked).actions.set_index(["unit", "year"]).loc[(work["unit"], work["year"])]
    full = float(catalogue().treatments.loc[work["treatment"], "mobilisation"])
    assert alone["mobilisation"] == full
    assert alone["cost"] == pytest.approx(bare + full, abs=1)


def test_a_cost_that_people_gave_takes_no_share_of_its_neighbours(units: pd.DataFrame) -> None:
    decided = pd.DataFrame(
        {"unit": [units["unit"].iloc[0]], "year": [2027], "treatment": ["mill_overlay"], "cost": [4e6]}
    )
    found = made(units, 25e6, committed=decided)
    own = found.actions.set_index(["unit", "year"]).loc[(decided["unit"].iloc[0], 2027)]
    assert own["cost"] == 4e6
