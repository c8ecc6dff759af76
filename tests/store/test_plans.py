"""Forecasts and plans: kept with what they rest on; decisions of people beside them (C5)."""

import pandas as pd
import pytest

from pavement.errors import StoreError
from pavement.store import audit, forecasts, plans, runs
from pavement.store.database import Store
from tests.store.made import actions, cell_values, draft, forecast, network, treatment_lengths

FRAMES = {"actions": actions(), "treatment_lengths": treatment_lengths()}
UNIT = "n1-s-1-u1"


@pytest.fixture
def planned(store: Store) -> Store:
    """Return a store with a forecast and a plan made from it."""
    runs.publish(store, network(), user="wang")
    found = forecasts.save(store, forecast(), models={"iri": "iri-0123456789ab"}, user="lin")
    summary = {"budgets": {"2025": 1e7}, "bound": 410.0, "gap": 0.02, "note": "註"}
    spend = pd.DataFrame({"year": [2025, 2026], "spent": [2.5e6, 1.5e6]})
    plans.save(store, FRAMES | {"spend": spend}, summary=summary, forecast_set=found.id, user="lin")
    return store


def test_a_forecast_comes_back_with_its_models(planned: Store) -> None:
    pd.testing.assert_frame_equal(forecasts.latest(planned)[forecast().columns], forecast(), check_dtype=False)
    found = forecasts.newest(planned)
    assert found is not None
    assert (found.models, found.data_version, found.created_by) == ({"iri": "iri-0123456789ab"}, 1, "lin")
    assert len(forecasts.latest(planned, cell="n1-s-1-025000")) == 2


def test_without_a_forecast_there_is_an_empty_one(store: Store) -> None:
    assert forecasts.newest(store) is None
    assert forecasts.latest(store).columns.tolist()[:3] == ["cell", "year", "kind"]
    assert len(forecasts.latest(store)) == 0


def test_frames_that_break_their_schema_are_refused(store: Store) -> None:
    twice = pd.concat([forecast(), forecast().head(1)])
    with pytest.raises(StoreError, match="twice"):
        forecasts.save(store, twice, models={}, user="lin")
    with pytest.raises(StoreError, match=r"lacks the columns \['low'\]"):
        forecasts.save(store, forecast().drop(columns="low"), models={}, user="lin")
    with pytest.raises(StoreError, match=r"needs the frames \['treatment_lengths'\]"):
        plans.save(store, {"actions": actions()}, summary={}, forecast_set=None, user="lin")
    with pytest.raises(StoreError, match="no forecast 7"):
        plans.save(store, FRAMES, summary={}, forecast_set=7, user="lin")


def test_a_plan_comes_back_with_all_it_rests_on(planned: Store) -> None:
    plan = plans.newest(planned)
    assert plan is not None
    assert plan == plans.named(planned, "plan-0001")
    assert (plan.models, plan.data_version) == ({"iri": "iri-0123456789ab"}, 1)
    assert plan.summary == {"budgets": {"2025": 1e7}, "bound": 410.0, "gap": 0.02, "note": "註"}
    found = plans.actions(planned, plan)
    assert found["rank"].tolist() == [1, 2]
    assert set(found["plan"]) == {"plan-0001"}
    assert plans.frame(planned, plan, "spend")["spent"].sum() == 4e6
    units = plans.frame(planned, plan, "treatment_lengths")
    pd.testing.assert_frame_equal(units[treatment_lengths().columns], treatment_lengths(), check_dtype=False)
    assert plans.plans(planned)["plan"].tolist() == ["plan-0001"]


def test_a_plan_is_stale_when_newer_data_come_in(planned: Store) -> None:
    plan = plans.named(planned, "plan-0001")
    assert not plans.is_stale(planned, plan)
    runs.publish(planned, draft("b", cell_values=cell_values()), user="wang")
    assert plans.is_stale(planned, plan)


def test_decisions_stand_beside_the_plan_and_in_the_audit(planned: Store) -> None:
    version = plans.set_status(
        planned, "plan-0001", UNIT, status="deferred", reason="橋樑施工", code="budget", version=0, user="ho"
    )
    plans.set_status(
        planned, "plan-0001", UNIT, status="committed", reason="Bridge done", code="budget", version=version, user="ho"
    )
    row = plans.actions(planned, "plan-0001").set_index("unit").loc[UNIT]
    assert row[["status", "status_reason", "status_by", "version"]].tolist() == ["committed", "Bridge done", "ho", 2]
    assert set(plans.frame(planned, "plan-0001", "actions")["status"]) == {"proposed"}
    trail = audit.trail(planned)
    assert trail.loc[trail["action"] == "set status", "detail"].str.contains("橋樑施工").tolist() == [True, False]


def test_c5_the_second_of_two_tabs_is_told_what_the_first_did(planned: Store) -> None:
    plans.set_status(planned, "plan-0001", UNIT, status="locked", reason="Agreed", code="budget", version=0, user="ho")
    with pytest.raises(StoreError, match="changed meanwhile: it is locked by ho: Agreed"):
        plans.set_status(
            planned, "plan-0001", UNIT, status="deferred", reason="No money", code="budget", version=0, user="wu"
        )
    assert plans.actions(planned, "plan-0001").set_index("unit").loc[UNIT, "status"] == "locked"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"status": "maybe"}, "no status of an action. Use one of proposed"),
        ({"reason": " "}, "No reason is given"),
        ({"unit": "x"}, "no action on 'x'"),
        ({"plan": "plan-0002"}, "no plan 'plan-0002'"),
    ],
)
def test_other_decisions_are_refused(planned: Store, change: dict[str, str], words: str) -> None:
    asked = {"plan": "plan-0001", "unit": UNIT, "status": "deferred", "reason": "x", "code": "budget"} | change
    with pytest.raises(StoreError, match=words):
        plans.set_status(planned, asked.pop("plan"), asked.pop("unit"), **asked, version=0, user="wu")


def test_an_approved_plan_stands_as_it_is_until_works_are_done(planned: Store) -> None:
    said = {"reason": "113 年度核定", "checks": {"doubt": 2}, "user": "chen"}
    with pytest.raises(StoreError, match="No reason"):
        plans.approve(planned, "plan-0001", **said | {"reason": " "})
    plans.approve(planned, "plan-0001", **said)
    held = plans.approval(planned, "plan-0001")
    assert held is not None
    assert (held.reason, held.checks, held.approved_by) == ("113 年度核定", {"doubt": 2}, "chen")
    with pytest.raises(StoreError, match="approved by chen"):
        plans.approve(planned, "plan-0001", **said)
    with pytest.raises(StoreError, match="approved and stands as it is"):
        plans.set_status(planned, "plan-0001", UNIT, status="deferred", reason="x", code="budget", version=0, user="ho")
    plans.set_status(planned, "plan-0001", UNIT, status="done", reason="built", code="budget", version=0, user="ho")
    # a later plan is free, and leaves the approved one alone
    plans.save(planned, FRAMES, summary={}, forecast_set=None, user="lin")
    plans.set_status(planned, "plan-0002", UNIT, status="deferred", reason="x", code="budget", version=0, user="ho")
    assert plans.approval(planned, "plan-0002") is None
    assert plans.actions(planned, "plan-0001").set_index("unit").loc[UNIT, "status"] == "done"
    assert "approve plan" in set(audit.trail(planned)["action"])


def test_a_reason_has_a_kind_of_the_list(planned: Store) -> None:
    asked = {"status": "deferred", "reason": "x", "version": 0, "user": "ho"}
    with pytest.raises(StoreError, match="no kind of reason. Use one of budget"):
        plans.set_status(planned, "plan-0001", UNIT, code="mood", **asked)
    # a decision of an older release has none, and is carried on
    plans.set_status(planned, "plan-0001", UNIT, code="", by="lin", **asked)
    plans.set_status(planned, "plan-0001", UNIT, code="weather", **asked | {"version": 1})
    assert plans.actions(planned, "plan-0001").set_index("unit").loc[UNIT, "status_code"] == "weather"
