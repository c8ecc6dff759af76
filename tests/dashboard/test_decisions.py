"""What people decided for the next plan: a work that is on record binds it no more."""

import datetime as dt

import pytest

from dashboard.decisions import asked
from pavement.store import plans, runs
from pavement.store.completed_works import Completion, complete
from pavement.store.database import open_store
from pavement.store.plan_decisions import Decision, decide
from tests.store.made import actions, network, treatment_lengths


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
