"""Sets of scenarios and budgets of former years: kept with who and when, counted among what the store needs."""

import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from pavement.errors import StoreError
from pavement.schema import schema
from pavement.store import audit, budget_history, checks, forecasts, runs, scenario_sets
from pavement.store.database import Store
from pavement.store.scenario_export import scenario_export
from tests.store.made import forecast, network


def frames(name: str = "usual") -> dict[str, pd.DataFrame]:
    """Return a small set of scenarios."""
    base = {"scenario": [name]}
    return {
        "scenario_summary": pd.DataFrame(
            {**base, "kind": "scenario", "objective": "benefit", "budget": 1e6, "spent": 5e5, "works": 2, "why": ""}
        ),
        "scenario_years": pd.DataFrame(
            {
                "scenario": ["nothing", name],
                "year": 2026,
                "budget": 1e6,
                "spent": [0.0, 5e5],
                "backlog": [4e5, 3e5],
                "carbon": None,
                "user_cost": 2e4,
            }
        ),
        "scenario_condition": pd.DataFrame(
            {"scenario": ["nothing", name], "year": 2026, "kind": ["iri", "penalty"], "mean": [1.5, 20.0]}
        ),
        "scenario_mix": pd.DataFrame({**base, "treatment": "overlay", "works": 2, "area_m2": 900.0, "cost": 5e5}),
        "scenario_limits": pd.DataFrame(columns=schema("scenario_limits").index),
    }


@pytest.fixture
def filled(store: Store) -> Store:
    """Return a store with a forecast and a set of scenarios."""
    runs.publish(store, network(), user="wang")
    found = forecasts.save(store, forecast(), models={}, user="lin")
    scenario_sets.save(store, frames("=a"), summary={"asked": {"note": "註"}}, forecast_set=found.id, user="lin")
    return store


def test_a_set_comes_back_with_who_and_on_which_forecast(filled: Store) -> None:
    kept = scenario_sets.newest(filled)
    assert kept == scenario_sets.named(filled, "scenarios-0001")
    assert (kept.created_by, kept.forecast_set, kept.summary) == ("lin", 1, {"asked": {"note": "註"}})
    assert not scenario_sets.is_stale(filled, kept)
    assert scenario_sets.frame(filled, kept, "scenario_years")["backlog"].tolist() == [4e5, 3e5]
    assert set(kept.objects.values()) <= checks.referenced(filled)
    assert audit.trail(filled)["action"].iloc[-1] == "scenarios"
    forecasts.save(filled, forecast(), models={}, user="lin")
    assert scenario_sets.is_stale(filled, kept)
    scenario_sets.save(filled, frames(), summary={}, forecast_set=None, user="chen")
    assert scenario_sets.listing(filled)["set"].tolist() == ["scenarios-0002", "scenarios-0001"]


def test_unknown_sets_and_missing_tables_are_refused(store: Store) -> None:
    assert scenario_sets.newest(store) is None
    with pytest.raises(StoreError, match="no set of scenarios"):
        scenario_sets.named(store, "scenarios-0009")
    lacking = {k: v for k, v in frames().items() if k != "scenario_mix"}
    with pytest.raises(StoreError, match=r"needs the tables \['scenario_mix'\]"):
        scenario_sets.save(store, lacking, summary={}, forecast_set=None, user="a")


@pytest.mark.parametrize(
    ("language", "head", "nothing"), [("zh_TW", "情境", "不施工"), ("en", "Scenario", "Without work")]
)
def test_a_set_is_written_as_workbook_and_csv_in_both_languages(
    filled: Store, tmp_path: Path, language: str, head: str, nothing: str
) -> None:
    book = openpyxl.load_workbook(scenario_export(filled, tmp_path / "s.xlsx", language=language))
    assert len(book.sheetnames) == len(scenario_sets.TABLES) + 1
    first = book.worksheets[0]
    assert (first["A1"].value, first["A2"].value, first["A2"].data_type) == (head, "=a", "s")
    assert nothing in [cell.value for cell in book.worksheets[1]["A"]]
    with zipfile.ZipFile(scenario_export(filled, tmp_path / "s.zip", language=language)) as packed:
        texts = {name: packed.read(name).decode("utf-8-sig") for name in packed.namelist()}
    assert len(texts) == len(scenario_sets.TABLES) + 1
    summary = next(iter(texts.values()))
    assert summary.splitlines()[0].startswith(head)
    # no name is taken for a formula
    assert summary.splitlines()[1].startswith("'=a,")
    with pytest.raises(StoreError, match="unknown format"):
        scenario_export(filled, tmp_path / "s.gpkg")


def test_without_scenarios_nothing_is_written(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no scenarios yet"):
        scenario_export(store, tmp_path / "s.xlsx")


def test_a_history_takes_the_place_of_the_former_one_and_the_audit_keeps_both(store: Store) -> None:
    rows = pd.DataFrame(
        {"year": [2022, 2023], "amount": [1e9, 2e9], "lane_km": [None, 3000.0], "source": "a", "status": "verified"}
    )
    budget_history.enter(store, rows, user="lin")
    found = budget_history.history(store)
    assert found["year"].tolist() == [2022, 2023]
    assert found["lane_km"].isna().tolist() == [True, False]
    assert set(found["entered_by"]) == {"lin"}
    budget_history.enter(store, rows.iloc[1:], user="chen")
    assert budget_history.history(store)["entered_by"].tolist() == ["chen"]
    assert "2022" in audit.trail(store)["detail"].iloc[-1]
    budget_history.enter(store, rows.iloc[:0], user="chen")
    assert budget_history.history(store).empty
    assert audit.first_broken(store) is None
