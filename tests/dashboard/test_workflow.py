"""What the plan is told of the network beside the forecast."""

import shutil

import numpy as np
import pandas as pd
import pytest

from dashboard.decision_words import what_text
from dashboard.fault_words import fault_words
from dashboard.workflow import make_plan, with_latest
from pavement.errors import PlanError
from pavement.planning.treatments import catalogue
from pavement.progress import silent
from pavement.store import forecasts, plans, published
from pavement.store.database import open_store
from pavement.store.plan_decisions import Decision, decide
from tests.condition.test_quality import NONE, repaired, segments


def test_the_plan_learns_stiffness_and_potholes_that_nobody_forecasts() -> None:
    measured = segments(iri=[1.0, 1.2], ism=[0.12, np.nan], pothole_area=[np.nan, 0.4])
    states = pd.DataFrame({"iri": [1.3], "rut": [6.0]}, index=pd.Index(["a"], name="unit"))
    got = with_latest(states, measured, NONE, catalogue())
    assert got.loc["a", ["iri", "rut", "ism", "pothole_area"]].tolist() == [1.3, 6.0, 0.12, 0.4]


def test_the_plan_learns_the_traffic_that_its_gains_are_weighted_by() -> None:
    states = pd.DataFrame({"iri": [1.3], "aadtt": [900.0]}, index=pd.Index(["a"], name="unit"))
    got = with_latest(states, segments(aadt=[40_000.0, 41_000.0], aadtt=[1.0, 2.0]), NONE, catalogue())
    assert got.loc["a", ["aadt", "aadtt"]].tolist() == [41_000.0, 900.0]


def test_stiffness_from_before_the_last_surfacing_is_unknown_to_the_plan() -> None:
    states = pd.DataFrame({"iri": [1.3]}, index=pd.Index(["a"], name="unit"))
    got = with_latest(states, segments(ism=[0.12, np.nan]), repaired("2021-04-01"), catalogue())
    assert np.isnan(got.loc["a", "ism"])


@pytest.fixture
def planned(tmp_path, forecast_home, settings):
    """Return a function that plans with a yearly budget, and the store it plans in."""
    with open_store(shutil.copytree(forecast_home, tmp_path / "home")) as store:
        # two short roads are two projects: single works fall in more years
        chosen = settings.replaced(plan_years=3, plan_projects="no")
        yield (
            lambda budget, keep_empty=False, **named: make_plan(
                store,
                chosen.replaced(annual_budget=budget, **named),
                user="test",
                progress=silent,
                keep_empty=keep_empty,
            ),
            store,
        )


@pytest.mark.parametrize("budget", [0.0, 60.0])
def test_a_plan_without_works_leaves_the_former_one_in_force(planned, budget) -> None:
    make, store = planned
    make(60e6)
    with pytest.raises(PlanError) as refused:
        make(budget)
    assert f"No work fits into a budget of NT$ {budget:,.0f} a year; the cheapest costs NT$ " in str(refused.value)
    assert "plan-0001 stays the current plan" in str(refused.value)
    assert plans.newest(store).plan == "plan-0001"
    in_chinese = fault_words(str(refused.value), language="zh_TW")
    assert in_chinese.startswith(f"計畫沒有任何工程。每年預算 NT$ {budget:,.0f} 容不下任何工程；最便宜的工程需 NT$ ")
    assert "現行計畫仍為 plan-0001" in in_chinese
    assert not any(word in in_chinese for word in ("works", "budget", "Give"))


def test_a_plan_without_works_is_kept_when_asked_for(planned) -> None:
    make, store = planned
    said = make(60.0, keep_empty=True)
    assert said.startswith("plan-0001 holds no works and is now the current plan. No work fits into a budget of NT$ 60")
    assert plans.newest(store).plan == "plan-0001"


def test_works_that_people_committed_stand_in_the_next_plan(planned) -> None:
    make, store = planned
    make(60e6, plan_years=8)
    works = plans.actions(store, "plan-0001")
    named = ["year", "treatment", "cost", "status"]
    # both works of a length that has two
    pair = works[works["unit"] == works.loc[works["unit"].duplicated(), "unit"].iloc[0]].sort_values("year")
    unit, cost = pair["unit"].iloc[0], float(pair["cost"].max())
    plans.set_status(
        store, "plan-0001", unit, status="committed", reason="contract let", code="other", version=0, user="lin"
    )
    others = works[works["unit"] != unit].drop_duplicates("unit")
    plans.set_status(
        store, "plan-0001", others["unit"].iloc[0], status="done", reason="in May", code="other", version=0, user="lin"
    )
    # hardly more than the works themselves: what nobody decided gives way
    said = make(cost + 1, plan_years=8)
    assert "2 works decided in plan-0001 stand in it as they were." in said
    assert "does not know the decisions on" in said
    again = plans.actions(store, "plan-0002")
    kept = again[again["unit"] == unit].sort_values("year")
    assert kept[named].to_numpy().tolist() == pair.assign(status="committed")[named].to_numpy().tolist()
    assert (kept["status_reason"] == "contract let (plan-0001)").all()
    assert (again.groupby("year")["cost"].sum() <= cost + 1).all()
    assert plans.newest(store).summary["former"]["decisions"] == {
        "done": int((works["unit"] == others["unit"].iloc[0]).sum())
    }
    told = plans.frame(store, "plan-0002", "plan_decisions").iloc[0]
    assert all(str(year) in what_text(told) for year in pair["year"])
    # and in the one after that, the reason told once
    make(cost + 1, plan_years=8)
    third = plans.actions(store, "plan-0003")
    kept = third[third["unit"] == unit].sort_values("year")
    assert kept[named].to_numpy().tolist() == pair.assign(status="committed")[named].to_numpy().tolist()
    assert kept["status_reason"].iloc[0] == "contract let (plan-0001)"


def test_decisions_on_places_bind_the_next_plan_and_tell_their_cost(planned) -> None:
    make, store = planned
    make(60e6)
    lengths = plans.frame(store, "plan-0001", "treatment_lengths").set_index("unit")
    works = plans.actions(store, "plan-0001").drop_duplicates("unit").set_index("unit")
    one, two, three = works[works["year"] == works["year"].min()].index[:3]
    spare = [u for u in lengths.index if u not in (one, two, three) and lengths.loc[u, "cells"] > 2][0]
    last = int(works["year"].max())
    given = {
        one: Decision("defer", "bridge", "coordination", year=last),
        two: Decision("forbid", "sold", "other"),
        three: Decision("replace", "cores", "field_check", year=last, treatment="crack_seal", cost=123_456.0),
        spare: Decision("split", "ramp", "other", at_m=float(lengths.loc[spare, "from_m"]) + 100.0),
    }
    for unit, said in given.items():
        decide(store, "plan-0001", unit, said, version=0, user="lin")
    # another cut of the network: decided lengths stay as they are
    told = make(60e6, unit_length_min=200.0, unit_length_max=500.0)
    assert "Works are forbidden or put off on 2 lengths of it." in told
    assert "does not know" not in told
    again = plans.actions(store, "plan-0002").set_index("unit")
    assert (again.loc[again.index == one, "year"] >= last).all()
    assert two not in again.index
    work = again.loc[[three]].sort_values("year").iloc[0]
    assert work[["year", "treatment", "cost", "status", "status_code", "status_by"]].tolist() == [
        last, "crack_seal", 123_456.0, "locked", "field_check", "lin",
    ]  # fmt: skip
    new = plans.frame(store, "plan-0002", "treatment_lengths")
    ends = set(zip(new["lane"], new["direction"], new["from_m"], new["to_m"], strict=True))
    row = lengths.loc[spare]
    assert (row["lane"], row["direction"], row["from_m"], row["from_m"] + 100.0) in ends
    costs = plans.frame(store, "plan-0002", "plan_decisions").set_index("kind")
    assert costs["fits"].eq("yes").all()
    assert costs.loc[["defer", "forbid", "replace"], "lost_most"].ge(0).all()
    assert np.isnan(costs.loc["split", "lost"])
    assert costs.loc[["defer", "forbid", "replace"], "solved_lost"].notna().all()


def test_a_budget_below_what_is_committed_is_refused(planned) -> None:
    make, store = planned
    make(60e6)
    work = plans.actions(store, "plan-0001").iloc[0]
    plans.set_status(
        store, "plan-0001", work["unit"], status="locked", reason="with the bridge", code="other", version=0, user="lin"
    )
    with pytest.raises(PlanError, match="Committed work exceeds the budget"):
        make(float(work["cost"]) - 1)
    assert plans.newest(store).plan == "plan-0001"


@pytest.mark.parametrize("kind", ["iri", "crack_percent"])
def test_without_work_the_plan_shows_the_mean_of_the_forecast_on_the_map(planned, kind) -> None:
    make, store = planned
    make(60e6)
    plan = plans.newest(store)
    shown = plans.frame(store, plan, "condition").query("scenario == 'nothing' and kind == @kind")
    shown = shown.set_index("year")["mean"]
    ahead = forecasts.latest(store).query("kind == @kind").pivot_table(index="cell", columns="year", values="value")
    cells = published.table(store, "cells").set_index("cell").loc[ahead.index]
    lanes = published.table(store, "lanes")
    width = cells.merge(lanes[["route", "direction", "lane", "width_m"]].drop_duplicates(), how="left")["width_m"]
    weight = (cells["to_m"] - cells["from_m"]).to_numpy() * width.to_numpy()
    for year in shown.index:
        if year + 1 in ahead:
            assert shown[year] == pytest.approx(np.average(ahead[year + 1], weights=weight), rel=1e-6)
    assert len(set(shown.index + 1) & set(ahead.columns)) >= 3
