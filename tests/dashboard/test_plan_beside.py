"""The plan page shows usual ways to plan and limits beside the plan, in both languages."""

from types import SimpleNamespace

import pandas as pd
import pytest

from dashboard import baseline_words, plan_beside
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
    return SimpleNamespace(baselines=found.baselines, limits=found.limits, projects=found.projects, objective="benefit",
                           budgets=found.budgets)  # fmt: skip


def test_every_way_to_plan_has_a_row_with_its_money(made) -> None:
    text = str(plan_beside.baselines_card(made))
    spent = made.baselines.drop_duplicates(["method", "year"]).groupby("method")["spent"].sum()
    for amount in spent:
        assert f"{amount:,.0f}" in text
    assert "100.0" in text
    assert "不合併為施工專案" not in text
    joined = SimpleNamespace(**vars(made) | {"projects": pd.DataFrame({"project": ["P-1"]})})
    assert "不合併為施工專案" in str(plan_beside.baselines_card(joined))


def test_where_a_list_leaves_less_poor_the_page_says_why_and_how_to_ask_for_it(made, app) -> None:
    frame = made.baselines.copy()
    own = (frame["method"] == "plan") & (frame["kind"] == "iri")
    frame.loc[frame["kind"] == "iri", "poor_share"] = 0.02
    worse = SimpleNamespace(**vars(made) | {"baselines": frame, "projects": pd.DataFrame()})
    with app.server.test_request_context():
        assert "poor_share（" not in str(plan_beside.baselines_card(worse))
        frame.loc[own, "poor_share"] = 0.05
        text = str(plan_beside.baselines_card(worse))
    assert "期末差等面積本計畫為 5.0 %" in text
    assert "poor_share（" in text


def test_what_usual_ways_leave_unspent_is_told_where_it_is_seen() -> None:
    names = baseline_words.way_names(decided=False)
    spent = pd.Series({"plan": 96.0, "yearly": 94.0, "ratio": 70.0, "worst": 80.0, "nothing": 0.0})
    text = str(baseline_words.unspent(spent, 100.0, names))
    assert f"「{names['ratio']}」30 %（NT$ 30）、「{names['worst']}」20 %（NT$ 20）；本計畫為 4 %" in text
    assert baseline_words.unspent(spent[["plan", "yearly"]], 100.0, names) == []
    assert baseline_words.unspent(spent, 1e15, names) == []


def test_limits_tell_use_and_side(made) -> None:
    text = str(plan_beside.limits_card(made))
    assert "cap" in text
    assert "≤" in text
    assert f"{made.limits['used'].iloc[0]:.2f}" in text


@pytest.mark.parametrize(
    ("used", "price", "cells"),
    [
        (12.0, 2.5e-5, ["2.5e-05", "是"]),
        (13.49, 2.5e-5, ["2.5e-05", "依價格計；整件工程後仍有餘裕"]),
        (13.49, 0.0, ["0", "否"]),
        (12.0, 0.0, ["0", "已用盡，但放寬亦無效益"]),
        (12.0, float("nan"), ["–", "–"]),
    ],
)
def test_a_limit_holds_back_only_with_a_price_and_where_it_is_used_up(app, used, price, cells) -> None:
    with app.server.test_request_context():
        assert plan_beside.price_cells(pd.Series({"used": used, "limit": 12.0, "price": price})) == cells


def test_a_plan_from_before_has_no_cards() -> None:
    empty = SimpleNamespace(baselines=pd.DataFrame(), limits=pd.DataFrame())
    assert plan_beside.baselines_card(empty) is None
    assert plan_beside.limits_card(empty) is None
