"""A work of a plan that is done closes the loop: it stands in the history, and leads back to its plan."""

import datetime as dt

import pandas as pd
import pytest

from pavement.condition.latest_values import renewals
from pavement.errors import StoreError
from pavement.store import audit, plans, published, runs, segments
from pavement.store.completed_works import Completion, complete, on_record
from pavement.store.database import Store
from tests.store.made import actions, network, treatment_lengths

DONE = Completion(dt.date(2025, 10, 3), contractor="大道工程", contract="114-A", cost=2_650_000.0)
SAID = {"reason": "驗收完成", "version": 0, "user": "ho", "today": dt.date(2025, 12, 1)}


@pytest.fixture
def planned(store: Store) -> Store:
    """Return a store with a plan of two works."""
    runs.publish(store, network(), user="wang")
    plans.save(store, {"actions": actions(), "treatment_lengths": treatment_lengths()}, summary={}, forecast_set=None,
               user="lin")  # fmt: skip
    return store


def test_a_work_that_is_done_stands_in_the_history(planned: Store) -> None:
    before = runs.data_version(planned)
    name = complete(planned, "plan-0001", 1, DONE, **SAID)
    assert name == "plan-0001-n1-s-1-u2-2025"
    row = published.table(planned, "works").iloc[0]
    assert row[["work", "treatment", "contractor", "contract", "cost", "source", "thickness_mm"]].tolist() == [
        name, "mill_overlay", "大道工程", "114-A", 2_650_000.0, "plan", 50.0]  # fmt: skip
    assert row["completed_on"] == pd.Timestamp(2025, 10, 3)
    assert (row["from_m"], row["to_m"]) == (25_500.0, 26_000.0)
    assert runs.data_version(planned) == before + 1
    # five cells of 100 m are renewed by it, as training sees them
    assert len(renewals(segments.cells(planned), published.table(planned, "works"), kinds=["iri"])["iri"]) == 5
    held = plans.actions(planned, "plan-0001").set_index("rank")["status"]
    assert held.to_dict() == {1: "done", 2: "proposed"}
    assert "complete work" in set(audit.trail(planned)["action"])


def test_a_work_done_under_another_plan_is_on_record_by_its_place(planned: Store) -> None:
    complete(planned, "plan-0001", 1, DONE, **SAID)
    work = actions().query("rank == 1").assign(unit="cut anew")
    cases = {
        "itself": {}, "replaced that year": {"treatment": "crack_seal"}, "put off a year": {"year": 2026},
        "second": {"year": 2029}, "other and later": {"year": 2026, "treatment": "crack_seal"},
        "beside": {"lane": "2"}, "longer": {"to_m": 27_000.0}, "shorter": {"to_m": 25_800.0},
    }  # fmt: skip
    asked = pd.concat([work.assign(**change) for change in cases.values()])
    found = dict(zip(cases, on_record(planned, "plan-0002", asked), strict=True))
    assert [name for name, done in found.items() if done] == [
        "itself", "replaced that year", "put off a year", "shorter",
    ]  # fmt: skip


def test_works_of_an_approved_plan_can_be_completed(planned: Store) -> None:
    plans.approve(planned, "plan-0001", reason="ok", checks={}, user="chen")
    complete(planned, "plan-0001", 2, DONE, **SAID)
    assert plans.actions(planned, "plan-0001").set_index("rank").loc[2, "status"] == "done"


def test_what_cannot_have_been_done_is_refused(planned: Store) -> None:
    for change, words in (
        ({"today": dt.date(2025, 1, 1)}, "lies in the future"),
        ({"reason": " "}, "needs a note"),
        ({"version": 3}, "changed meanwhile"),
    ):
        with pytest.raises(StoreError, match=words):
            complete(planned, "plan-0001", 1, DONE, **SAID | change)
    with pytest.raises(StoreError, match="cost of -1"):
        complete(planned, "plan-0001", 1, Completion(dt.date(2025, 1, 1), cost=-1), **SAID)
    with pytest.raises(StoreError, match="no work of rank 9"):
        complete(planned, "plan-0001", 9, DONE, **SAID)
    assert published.table(planned, "works").empty
    complete(planned, "plan-0001", 1, DONE, **SAID)
    with pytest.raises(StoreError, match="on record as completed"):
        complete(planned, "plan-0001", 1, DONE, **SAID | {"version": 1})
