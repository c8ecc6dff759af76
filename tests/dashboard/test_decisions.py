"""What people decided for the next plan: works in turn, and that a work on record binds it no more."""

import datetime as dt

import pandas as pd
import pytest

from dashboard import plan_view
from dashboard.context import Context
from dashboard.decision_words import what_text
from dashboard.decisions import asked
from pavement.store import forecasts, plans, runs
from pavement.store.completed_works import Completion, complete
from pavement.store.database import open_store
from pavement.store.plan_decisions import Decision, decide
from tests.store.made import actions, forecast, network, treatment_lengths


@pytest.mark.parametrize("kind", ["commit", "replace"])
def test_a_decided_work_that_was_completed_under_the_plan_before_is_not_forced(tmp_path, kind):
    work = actions().query("rank == 1").iloc[0]
    said = Decision(kind, "let", "other", year=int(work["year"]), treatment=str(work["treatment"]))
    with open_store(tmp_path) as store:
        runs.publish(store, network(), user="wang")
        for _ in range(2):
            frames = {"actions": actions(), "treatment_lengths": treatment_lengths()}
            plans.save(store, frames, summary={}, forecast_set=None, user="lin")
        decide(store, "plan-0002", str(work["unit"]), said, version=0, user="lin")
        assert asked(store).table["kind"].tolist() == [kind]
        done = Completion(dt.date(2025, 10, 3))
        complete(store, "plan-0001", 1, done, reason="seen", version=0, user="ho", today=dt.date(2025, 12, 1))
        left = asked(store)
        assert left.table.empty
        assert left.lost.empty


def test_all_three_works_of_a_length_are_held_until_they_are_on_record(tmp_path):
    first = actions().query("rank == 1")
    later = [first.assign(rank=90 + n, year=first["year"] + 4 * n, treatment="crack_seal") for n in (1, 2)]
    works = pd.concat([first, *later], ignore_index=True)
    unit, year = str(first["unit"].iloc[0]), int(first["year"].iloc[0])
    with open_store(tmp_path) as store:
        runs.publish(store, network(), user="wang")
        frames = {"actions": works, "treatment_lengths": treatment_lengths()}
        plans.save(store, frames, summary={}, forecast_set=None, user="lin")
        decide(store, "plan-0001", unit, Decision("commit", "let", "other"), version=0, user="lin")
        row = asked(store).table.iloc[0]
        assert row[["year", "second_year", "third_year"]].tolist() == [year, year + 4, year + 8]
        assert all(str(one) in what_text(row) for one in (year, year + 4, year + 8))
        done = Completion(dt.date(2025, 10, 3))
        complete(store, "plan-0001", 1, done, reason="seen", version=1, user="ho", today=dt.date(2025, 12, 1))
        left = asked(store).table
        assert left[["year", "second_year"]].to_numpy().tolist() == [[year + 4, year + 8]]
        assert "third" not in left


def test_a_plan_behind_its_data_names_what_is_newer_and_a_plan_made_again_on_the_forecast_says_the_same(
    tmp_path, settings, app
):
    with open_store(tmp_path) as store, app.server.test_request_context():
        runs.publish(store, network(), user="wang")
        forecasts.save(store, forecast(), models={}, user="lin")
        frames = {"actions": actions(), "treatment_lengths": treatment_lengths()}
        figures = {"budgets": {"2026": 1.0}, "value": 1.0, "bound": 1.0, "gap": 0.0}
        plans.save(store, frames, summary=figures, forecast_set=1, user="lin")
        context = Context(store, settings)
        assert plan_view.stale_words(context, plan_view.newest(context)) == ""
        done = Completion(dt.date(2025, 10, 3))
        complete(store, "plan-0001", 1, done, reason="seen", version=0, user="ho", today=dt.date(2025, 12, 1))
        title = str(runs.runs(store)["title"].iloc[0])
        plans.save(store, frames, summary=figures, forecast_set=1, user="lin")
        told = plan_view.stale_words(context, plan_view.newest(context))
        assert title
        assert f"（{title}）：請先重新預測" in told
        forecasts.save(store, forecast(), models={}, user="lin")
        assert "更新的預測，請重新製作計畫" in plan_view.stale_words(context, plan_view.newest(context))
