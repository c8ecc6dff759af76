"""The plan page shows usual ways to plan and limits beside the plan, in both languages."""

from types import SimpleNamespace

import pandas as pd
import pytest

from dashboard import plan_beside
from pavement.planning.optimise import plan
from pavement.planning.policy import Policy
from pavement.planning.treatments import catalogue
from tests.planning.conftest import make_units, money, straight_lines


@pytest.fixture(scope="module")
def made() -> SimpleNamespace:
    limits = pd.DataFrame(
        {"id": ["cap"], "kind": "poor_share", "scope": "iri", "year": "2027", "at_most": "90", "unit": "%"}
    )
    found = plan(
        make_units(12), budgets=money(3e6, years=2), forecast=straight_lines, catalogue=catalogue(), discount_rate=0.03,
        policy=Policy(limits),
    )  # fmt: skip
    return SimpleNamespace(baselines=found.baselines, limits=found.limits, projects=found.projects)


def test_every_way_to_plan_has_a_row_with_its_money(made) -> None:
    text = str(plan_beside.baselines_card(made))
    spent = made.baselines.drop_duplicates(["method", "year"]).groupby("method")["spent"].sum()
    for amount in spent:
        assert f"{amount:,.0f}" in text
    assert "100.0" in text
    assert "不合併為施工專案" not in text
    joined = SimpleNamespace(baselines=made.baselines, projects=pd.DataFrame({"project": ["P-1"]}))
    assert "不合併為施工專案" in str(plan_beside.baselines_card(joined))


def test_limits_tell_use_and_side(made) -> None:
    text = str(plan_beside.limits_card(made))
    assert "cap" in text
    assert "≤" in text
    assert f"{made.limits['used'].iloc[0]:.2f}" in text


def test_a_plan_from_before_has_no_cards() -> None:
    empty = SimpleNamespace(baselines=pd.DataFrame(), limits=pd.DataFrame())
    assert plan_beside.baselines_card(empty) is None
    assert plan_beside.limits_card(empty) is None
