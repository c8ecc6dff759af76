"""The pages of plans and works: bound and gap, arguments that are checked, the grid and its exports."""

import io
import shutil

import pandas as pd
import pytest
from werkzeug.exceptions import BadRequest

from dashboard import plan_form
from dashboard.app import create_app
from dashboard.pages import worklist
from pavement.errors import PlanError
from pavement.store import plans
from pavement.store.database import open_store
from tests.dashboard.conftest import PASSWORD, fill
from tests.dashboard.test_pages import page_text


def test_the_work_list_shows_bound_and_gap(signed_in):
    client = signed_in("viewer")
    client.get("/language/en")
    text = page_text(client, "/worklist")
    assert "at most 0.01 is possible: gap 0.330 %" in text
    assert "/export/worklist/plan-0001.xlsx" in text
    assert "Prices are examples, to confirm" in text


@pytest.mark.parametrize("role", ["viewer", "planner", "data", "admin"])
def test_w2_only_planners_may_make_plans(signed_in, role):
    assert ("plan-go" in page_text(signed_in(role), "/plan")) == (role in ("planner", "admin"))
    assert ("train-go" in page_text(signed_in(role), "/models")) == (role == "admin")


@pytest.mark.parametrize(
    ("budget", "years"), [("60", 10), (60, 0), (60, 31), (60, 1.5), (-1, 5), (1e9, 5), (True, 5), ([1], 5)]
)
def test_w8_forged_plan_arguments_are_refused(budget, years):
    with pytest.raises(BadRequest):
        plan_form.arguments(None, budget, years)


def test_plan_arguments_become_money(app):
    with app.server.test_request_context():
        found = plan_form.arguments(None, 60.5, 10)
        kept = plan_form.arguments(None, 60.5, 10, True)
    assert (found["budget"], found["years"], found["keep_empty"]) == (60.5e6, 10, False)
    assert kept["keep_empty"] is True


@pytest.mark.parametrize("keep", ["yes", [True], {"a": 1}])
def test_w8_a_forged_wish_for_an_empty_plan_is_refused(app, keep):
    with app.server.test_request_context(), pytest.raises(BadRequest):
        plan_form.arguments(None, 60, 10, keep)


def test_a_budget_in_millions_is_shown_in_full(app):
    with app.server.test_request_context():
        assert plan_form.full_amount(0.00006, 10) == "＝每年 NT$ 60，10 年共 NT$ 600"
        assert plan_form.full_amount("", 10) == "請填寫每年預算；無預算請填 0。"
        with pytest.raises(PlanError, match="budget of each year is empty"):
            plan_form.arguments(None, None, 10)


def test_the_grid_of_the_work_list_has_a_column_for_each_field(app, made):
    with app.server.test_request_context():
        rows = worklist.rows(made.actions())
        fields = [column["field"] for column in worklist.columns()]
    assert set(fields) <= set(rows.columns)
    assert rows["cost"].sum() == made.actions()["cost"].sum()


def test_the_reason_in_the_grid_is_what_triggers_the_work():
    from pavement.planning.optimise import plan as make
    from pavement.planning.treatments import catalogue
    from tests.planning.conftest import make_units, money, straight_lines

    made = make(
        make_units(25, seed=3), budgets=money(4e6), forecast=straight_lines, catalogue=catalogue(),
        discount_rate=0.03,
    )  # fmt: skip
    for language, rest in (("zh", "，採"), ("en", "; hence ")):
        for reason in made.actions[f"reason_{language}"]:
            trigger = worklist.trigger_text(reason)
            assert trigger
            assert reason.startswith(f"{trigger}{rest}")


def test_an_export_of_chosen_works_keeps_their_order(signed_in):
    client = signed_in("planner")
    client.get("/language/en")

    def ranks(text):
        answer = client.post("/export/worklist/plan-0001.csv", data={"ranks": text})
        return answer.status_code, pd.read_csv(io.BytesIO(answer.data))["Rank"].tolist() if answer.data else []

    assert ranks("3,1") == (200, [3, 1])
    assert ranks("") == (200, list(range(1, 9)))


@pytest.mark.parametrize("ranks", ["none", "1,", "1,1", "0", "999", "-1", "1;2", "1 or 1=1"])
def test_w8_forged_ranks_are_refused(signed_in, ranks):
    answer = signed_in("planner").post("/export/worklist/plan-0001.csv", data={"ranks": ranks})
    assert answer.status_code == 400


def test_o8_lengths_without_work_are_listed_with_the_reason(signed_in):
    client = signed_in("viewer")
    client.get("/language/en")
    text = page_text(client, "/plan")
    assert "Treatment lengths without work" in text
    assert "Too dear" in text
    assert "N1 20k+000" in text


def test_an_older_plan_stays_in_reach_and_is_only_to_be_read(tmp_path, settings, made, filled_home):
    with open_store(shutil.copytree(filled_home(fill), tmp_path / "home")) as store:
        plans.approve(store, "plan-0001", reason="the budget is voted", checks={}, user="chief")
        made.decide(store)
        client = create_app(store, settings).server.test_client()
        client.post("/login", data={"name": "planner", "password": PASSWORD})
        client.get("/language/en")
        newest = page_text(client, "/plan")
        assert "/plan/plan-0001" in newest
        assert "the budget is voted" in newest
        assert "older plan" not in newest
        unit = "/n1-s-1-020000"
        for path, form, place in (
            ("/plan", "approve-go", ""),
            ("/worklist", "decide-go", ""),
            ("/length", "decide-go", unit),
        ):
            older = page_text(client, f"{path}/plan-0001{place}")
            assert "This is an older plan, plan-0001" in older
            assert form not in older
        # its neighbours are of the same plan
        assert "/length/plan-0001/n1-s-1-020600" in older
        for path in ("/plan", "/worklist"):
            assert "There is no plan" in page_text(client, f"{path}/plan-0099")
