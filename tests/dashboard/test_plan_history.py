"""What a plan spends beside former years: on the page and by command, entered and taken out, never assumed."""

import pytest
from typer.testing import CliRunner

from dashboard import plan_history, plan_view
from dashboard.cli import app as command_line
from dashboard.context import Context
from pavement.errors import PlanError
from pavement.planning.budget_history import lane_km
from pavement.store import audit, budget_history, plans
from tests.dashboard.conftest import fill
from tests.dashboard.test_pages import page_text

ROW = "year,amount,unit,lane_km,source,status\n"


@pytest.fixture
def kept(tmp_path, filled_home):
    import shutil

    from pavement.store.database import open_store

    with open_store(shutil.copytree(filled_home(fill), tmp_path / "home")) as store:
        yield store


def told(store, settings) -> str:
    context = Context(store, settings)
    return str(plan_history._told(context, plan_view.newest(context)))


def test_nothing_is_compared_before_a_history_is_entered(app, kept, settings) -> None:
    """The figures found in public are offered in the template alone."""
    assert "2364.49" in plan_history.template()
    with app.server.test_request_context():
        assert "尚未登錄歷年經費" in told(kept, settings)
    assert budget_history.history(kept).empty


def test_a_history_without_lane_length_says_that_it_cannot_be_compared(app, kept, settings) -> None:
    context = Context(kept, settings)
    with app.server.test_request_context():
        assert plan_history.enter(context, plan_history.template(), user="lin") == "已登錄 3 年。"
        shown = told(kept, settings)
    assert "無法比較" in shown
    assert "2,617,800,000" in shown
    assert "audit office" in shown
    assert audit.trail(kept)["action"].iloc[-1] == "budget history"


def test_a_plan_out_of_range_is_marked(app, kept, settings) -> None:
    context = Context(kept, settings)
    plan = plan_view.newest(context)
    length = lane_km(plan.units)
    each = plan_history.spent_by_year(plan).mean() / length
    with app.server.test_request_context():
        plan_history.enter(context, f"{ROW}113,{each * 3000 / 5:.0f},NT$,3000,own test,example\n", user="lin")
        shown = told(kept, settings)
        assert "高於合理範圍" in shown
        assert "5.00" in shown
        plan_history.enter(context, f"{ROW}113,{each * length:.0f},NT$,{length},own test,example\n", user="lin")
        assert told(kept, settings).count("在合理範圍內") >= 2
        # an empty field takes the history out
        plan_history.enter(context, " ", user="lin")
    assert budget_history.history(kept).empty


def test_a_faulty_history_changes_nothing_and_stays_in_the_field(app, kept, settings) -> None:
    context = Context(kept, settings)
    with app.server.test_request_context():
        plan_history.enter(context, plan_history.template(), user="lin")
        before = budget_history.history(kept)
        with pytest.raises(PlanError) as error:
            plan_history.enter(context, f"{ROW}113,x,NT$,,,verified\n", user="lin")
        assert set(error.value.faults["column"]) == {"amount", "source"}
        assert "無問題" in plan_history.words(plan_history.as_text(before))
    assert budget_history.history(kept).equals(before)


@pytest.mark.parametrize(("role", "may"), [("viewer", False), ("data", False), ("planner", True), ("admin", True)])
def test_w2_only_planners_may_enter_a_history(signed_in, role, may) -> None:
    text = page_text(signed_in(role), "/plan")
    assert ("#new-plan" in text) == may
    assert "history-told" in text
    assert ("history-go" in text) == may


def test_the_command_enters_and_compares(kept, settings, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PAVEMENT_HOME", str(kept.home))
    run = CliRunner()
    file = tmp_path / "h.csv"
    assert run.invoke(command_line, ["budgets", "example", str(file)]).exit_code == 0
    done = run.invoke(command_line, ["budgets", "history", str(file), "--user", "lin"])
    assert done.exit_code == 0, done.output
    assert "3 years entered." in done.output
    assert "2023: NT$ 2,617,800,000" in done.output
    assert "cannot be compared" in done.output
    file.write_text(f"{ROW}113,2000,million NT$,4000,own,example\n", encoding="utf-8")
    done = run.invoke(command_line, ["budgets", "history", str(file)])
    assert "mean_year:" in done.output
    length = lane_km(plans.frame(kept, plans.newest(kept), "treatment_lengths"))
    said = f"whole_network: {length:,.0f} beside 4,000, ratio {length / 4000:.2f}, below the range 0.5 to 1.5 (example)"
    assert said in done.output
    assert run.invoke(command_line, ["budgets", "history"]).output.count("2024: NT$ 2,000,000,000") == 1
