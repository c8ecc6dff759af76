"""Budgets of former years: read with every fault, and a plan seen beside them per lane-km."""

import numpy as np
import pandas as pd
import pytest

from pavement.errors import PlanError
from pavement.planning.budget_history import beside_history, budget_history, example_history, lane_km

HEAD = ["year", "amount", "unit", "lane_km", "source", "status"]


def raw(*rows: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=HEAD)


def test_the_published_figures_are_read_in_calendar_years_and_whole_nt() -> None:
    """ROC 111-113: NT$ 2,364.49, 2,617.80 and 2,293.94 million, from the national audit office."""
    found = budget_history(example_history().fillna("").astype(str), file="example")
    assert found["year"].tolist() == [2022, 2023, 2024]
    np.testing.assert_allclose(found["amount"], [2_364_490_000, 2_617_800_000, 2_293_940_000])
    assert found["lane_km"].isna().all()
    assert found["source"].str.contains("audit office").all()


def test_every_fault_is_told_with_its_row() -> None:
    table = raw(
        ("111", "5", "NT$", "", "a", "verified"),
        ("2022", "5", "NT$", "", "a", "verified"),
        ("soon", "5", "NT$", "", "a", "verified"),
        ("113", "much", "NT$", "-1", "", "sure"),
    )
    with pytest.raises(PlanError) as error:
        budget_history(table, file="h.csv")
    faults = error.value.faults
    assert faults["row"].tolist() == [3, 4, 5, 5, 5, 5]
    assert set(faults["column"]) == {"year", "amount", "lane_km", "source", "status"}
    assert faults["cure"].ne("").all()


def test_money_is_compared_per_lane_km_and_what_is_out_of_range_is_marked() -> None:
    history = budget_history(
        raw(
            ("111", "900", "million NT$", "3000", "a", "verified"),
            ("112", "1100", "million NT$", "3000", "a", "verified"),
        ),
        file="h",
    )
    spent = pd.Series([100e6, 300e6], index=[2026, 2027])
    found = beside_history(spent, 100.0, history).set_index("measure")
    former = (900e6 / 3000 + 1100e6 / 3000) / 2
    assert found.loc["mean_year", "ratio"] == pytest.approx(200e6 / 100 / former)
    assert found.loc["highest_year", "ratio"] == pytest.approx(300e6 / 100 / former)
    assert found.loc["mean_year", "verdict"] == "above"
    assert found.loc["whole_network", "verdict"] == "below"
    alike = beside_history(spent * 0.15, 3000.0 * 0.1, history).set_index("measure")["verdict"]
    assert alike["mean_year"] == "below"
    same = beside_history(pd.Series([1e9], index=[2026]), 3000.0, history).set_index("measure")["verdict"]
    assert (same == "within").all()


def test_without_a_lane_length_nothing_is_compared() -> None:
    history = budget_history(raw(("111", "900", "million NT$", "", "a", "verified")), file="h")
    found = beside_history(pd.Series([1e6], index=[2026]), 10.0, history)
    assert (found["verdict"] == "unknown").all()
    assert found["ratio"].isna().all()


def test_lane_length_adds_up() -> None:
    assert lane_km(pd.DataFrame({"from_m": [0.0, 500.0], "to_m": [500.0, 2000.0]})) == 2.0
