"""Decisions that bind the plans to come: kept with who and why, one after the other, never over somebody's head."""

import pandas as pd
import pytest

from pavement.errors import StoreError
from pavement.store import audit, plan_decisions, plans, runs
from pavement.store.plan_decisions import Decision, decide, standing, withdraw
from tests.store.made import actions, network, treatment_lengths

UNIT = "n1-s-1-u1"


@pytest.fixture
def planned(store):
    """Return a store with a plan of the years 2025 to 2028."""
    runs.publish(store, network(), user="wang")
    frames = {"actions": actions(), "treatment_lengths": treatment_lengths()}
    plans.save(
        store, frames, summary={"budgets": {str(y): 1e7 for y in range(2025, 2029)}}, forecast_set=None, user="lin"
    )
    return store


def said(kind: str, **asks: object) -> Decision:
    return Decision(kind, asks.pop("reason", "橋樑施工"), asks.pop("code", "coordination"), **asks)


def test_a_work_put_off_stands_with_code_words_and_who(planned):
    number = decide(planned, "plan-0001", UNIT, said("defer", year=2027, code="weather"), version=0, user="ho")
    row = standing(planned).set_index("decision").loc[number]
    assert row[["kind", "year", "code", "reason", "decided_by"]].tolist() == [
        "defer", 2027, "weather", "橋樑施工", "ho",
    ]  # fmt: skip
    work = plans.actions(planned, "plan-0001").set_index("unit").loc[UNIT]
    assert work[["status", "status_code", "status_by"]].tolist() == ["deferred", "weather", "ho"]
    assert (row["from_m"], row["to_m"]) == (work["from_m"], work["to_m"])


def test_what_is_decided_anew_stands_alone(planned):
    decide(planned, "plan-0001", UNIT, said("forbid", treatment="thin_overlay"), version=0, user="ho")
    decide(planned, "plan-0001", UNIT, said("defer", year=2027), version=1, user="ho")
    decide(
        planned, "plan-0001", UNIT, said("replace", year=2026, treatment="crack_seal", cost=5e5), version=2, user="wu"
    )
    # that one treatment is forbidden says nothing of others
    assert standing(planned)["kind"].tolist() == ["forbid", "replace"]
    assert plans.actions(planned, "plan-0001").set_index("unit").loc[UNIT, "status"] == "replaced"
    decide(planned, "plan-0001", UNIT, said("propose"), version=3, user="wu")
    assert standing(planned).empty
    assert plans.actions(planned, "plan-0001").set_index("unit").loc[UNIT, "status"] == "proposed"


def test_c5_who_decides_on_a_page_that_is_behind_is_told_and_nothing_is_kept(planned):
    decide(planned, "plan-0001", UNIT, said("lock"), version=0, user="ho")
    with pytest.raises(StoreError, match="was changed meanwhile"):
        decide(planned, "plan-0001", UNIT, said("defer", year=2027), version=0, user="wu")
    assert standing(planned).empty


def test_nothing_is_held_in_a_plan_that_is_not_the_newest_one(planned):
    frames = {"actions": actions(), "treatment_lengths": treatment_lengths()}
    plans.save(planned, frames, summary={}, forecast_set=None, user="lin")
    with pytest.raises(StoreError, match="not the newest plan.*Decide in plan-0002"):
        decide(planned, "plan-0001", UNIT, said("lock"), version=0, user="ho")
    # these stand by place
    assert decide(planned, "plan-0001", UNIT, said("defer", year=2027), version=0, user="ho") > 0


def test_an_approved_plan_takes_no_decision_on_its_works(planned):
    plans.approve(planned, "plan-0001", reason="ok", checks={}, user="chen")
    with pytest.raises(StoreError, match="is approved"):
        decide(planned, "plan-0001", UNIT, said("defer", year=2027), version=0, user="wu")
    assert standing(planned).empty


def test_a_decision_is_withdrawn_once_with_a_reason(planned):
    number = decide(planned, "plan-0001", UNIT, said("forbid"), version=0, user="ho")
    with pytest.raises(StoreError, match="No reason"):
        withdraw(planned, number, reason=" ", user="wu")
    withdraw(planned, number, reason="measured anew", user="wu")
    assert standing(planned).empty
    with pytest.raises(StoreError, match=f"No decision {number} stands"):
        withdraw(planned, number, reason="again", user="wu")
    told = audit.trail(planned)["action"].tolist()
    assert told.count("decide") == 1
    assert told.count("withdraw decision") == 1


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        (said("paint"), "is no decision"),
        (said("defer"), "No year is given"),
        (said("defer", year=1999), "is no year of .*, the year after the plan, for no work in this plan"),
        (
            said("defer", year=2026),
            r"since the work is planned in 2026\. Give 2027 or later",
        ),
        (said("replace", year=2026), "No treatment is given"),
        (said("replace", year=2026, treatment="paint"), "is no treatment that may be planned"),
        (said("replace", year=2026, treatment="crack_seal", cost=-1.0), "cannot be"),
        (said("forbid", reason=" "), "No reason"),
        (said("forbid", code="mood"), "is no kind of reason"),
        (said("forbid", code=""), "No kind of reason is given for .*Use one of budget, coordination"),
        (said("split", at_m=0.0), "cannot be split"),
        (said("join", side="left"), "is no side"),
    ],
)
def test_w8_what_is_no_decision_is_refused(planned, decision, words):
    with pytest.raises(StoreError, match=words):
        decide(planned, "plan-0001", UNIT, decision, version=0, user="ho")
    assert standing(planned).empty


def test_an_unknown_length_is_refused(planned):
    with pytest.raises(StoreError, match="no treatment length"):
        decide(planned, "plan-0001", "n9", said("forbid"), version=0, user="ho")
    assert isinstance(standing(planned), pd.DataFrame)
    assert plan_decisions.STANDING
