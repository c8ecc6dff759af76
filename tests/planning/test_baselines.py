"""Baselines keep the same budgets and stand beside the plan."""

import pandas as pd
import pytest

from pavement.planning.baselines import METHODS, behind_by_mobilisation
from pavement.planning.optimise import plan
from pavement.planning.treatments import catalogue
from tests.planning.conftest import make_units, money, straight_lines


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    units = make_units(25)
    decided = pd.DataFrame({"unit": units["unit"].iloc[:1], "year": 2027, "treatment": "overlay", "cost": 1e6})
    usual = {"forecast": straight_lines, "catalogue": catalogue(), "discount_rate": 0.03, "committed": decided}
    return plan(units, budgets=money(4e6), **usual).baselines


def test_no_baseline_passes_a_budget_or_beats_the_plan(frame: pd.DataFrame) -> None:
    assert frame["method"].unique().tolist() == list(METHODS)
    spent = frame.drop_duplicates(["method", "year"]).pivot_table(index="year", columns="method", values="spent")
    assert (spent <= 4e6).all(axis=None)
    benefit = frame.drop_duplicates("method").set_index("method")["benefit"]
    assert benefit.idxmax() == "plan"
    assert benefit["yearly"] > benefit["nothing"]
    assert benefit["plan"] > 1.02 * benefit["worst"]


def test_decided_work_stands_in_every_baseline(frame: pd.DataFrame) -> None:
    year = frame[frame["year"] == 2027].drop_duplicates("method").set_index("method")["spent"]
    assert year["nothing"] == 1e6
    assert (year >= 1e6).all()


def test_baselines_share_the_start_and_tell_condition_of_each_year(frame: pd.DataFrame) -> None:
    start = frame[(frame["year"] == 2025) & (frame["kind"] == "penalty")]["mean"]
    assert start.max() == start.min()
    end = frame[(frame["year"] == 2030) & (frame["kind"] == "penalty")].set_index("method")["mean"]
    assert end.drop("nothing").lt(end["nothing"]).all()


def test_what_is_spent_on_mobilisation_is_that_of_each_work(frame: pd.DataFrame) -> None:
    paid = frame.groupby("method")["mobilisation"].first()
    # the decided work has a cost of its own, which holds its mobilisation
    assert paid["nothing"] == 0
    fixed = catalogue().treatments["mobilisation"].astype(float)
    assert fixed.min() <= paid["worst"] <= frame[frame["method"] == "worst"].drop_duplicates("year")["spent"].sum()


def test_a_way_is_behind_by_what_its_larger_share_of_mobilisation_would_have_gained() -> None:
    told = pd.DataFrame(
        {"method": ["plan", "plan", "worst", "worst", "ratio"], "year": [1, 2, 1, 2, 1], "spent": [50, 50, 40, 60, 100],
         "mobilisation": [10, 10, 40, 40, 5], "benefit": [900, 900, 300, 300, 500]}
    )  # fmt: skip
    # 60 of works gain 300; with the share of the plan 90 would be left for them, which gain 450
    assert behind_by_mobilisation(told).to_dict() == pytest.approx({"plan": 0, "worst": 150, "ratio": 0})
