"""The segment table: what stands in a cell and year, and where it came from."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from pavement.condition.segment_table import context_values, segment_table
from pavement.schema import check, measures


def measured(**changes: object) -> pd.DataFrame:
    row = {"cell": "n1-s-1-000000", "year": 2022, "kind": "iri", "value": 1.2, "coverage": 0.9, "quality": "measured"}
    more = {"method": "MRI", "surveyed_on": pd.Timestamp("2022-03-01"), "run": "r1"}
    return pd.DataFrame([row | more | changes])


@pytest.fixture
def context(
    cells: gpd.GeoDataFrame,
    traffic: pd.DataFrame,
    stations: pd.DataFrame,
    weather: pd.DataFrame,
    layers: pd.DataFrame,
    works: pd.DataFrame,
) -> pd.DataFrame:
    return context_values(
        cells, traffic=traffic, stations=stations, weather=weather, layers=layers, works=works, years=[2021, 2022]
    )


def test_context_names_a_run_for_every_value_and_keeps_the_contract(context: pd.DataFrame) -> None:
    assert (context["run"].astype(str).str.startswith("r-")).all()
    assert context["value"].notna().all()
    assert context["coverage"].between(0, 1).all()
    assert not context.duplicated(["cell", "year", "kind"]).any()
    groups = measures().loc[context["kind"].unique(), "group"]
    assert set(groups) == {"traffic", "climate", "structure", "history"}
    assert len(context["kind"].unique()) == 22


def test_values_lie_within_the_limits_of_their_kind(context: pd.DataFrame) -> None:
    limits = measures().loc[context["kind"].astype(str), ["min", "max"]].to_numpy()
    assert (context["value"].to_numpy() >= limits[:, 0]).all()
    assert (context["value"].to_numpy() <= limits[:, 1]).all()


def test_one_row_a_cell_and_year_with_all_kinds(cells: gpd.GeoDataFrame, context: pd.DataFrame) -> None:
    table = segment_table(cells, [context, measured()])
    assert not table.duplicated(["cell", "year"]).any()
    assert table.crs == cells.crs
    for kind in measures().index:
        assert {kind, f"{kind}_run", f"{kind}_quality"} <= set(table.columns)
    row = table.set_index(["cell", "year"]).loc[("n1-s-1-000000", 2022)]
    assert (row["iri"], row["iri_run"], row["iri_quality"]) == (1.2, "r1", "measured")
    assert row["aadt_run"] == "r-traffic"
    assert row["surveyed_on"] == pd.Timestamp("2022-03-01")
    assert row["geometry"].equals(cells.set_index("cell").geometry["n1-s-1-000000"])
    assert np.isnan(row["rut"])
    assert pd.isna(row["rut_run"])


def test_each_kind_keeps_the_day_it_was_measured_on(cells: gpd.GeoDataFrame) -> None:
    frames = [measured(), measured(kind="rut", value=3.0, surveyed_on=pd.Timestamp("2022-11-05"))]
    row = segment_table(cells, frames).iloc[0]
    assert row["iri_surveyed_on"] == pd.Timestamp("2022-03-01")
    assert row["rut_surveyed_on"] == row["surveyed_on"] == pd.Timestamp("2022-11-05")


@pytest.mark.parametrize(
    ("other", "stands"),
    [
        ({"coverage": 0.95, "surveyed_on": pd.Timestamp("2022-01-01")}, "r2"),
        ({"coverage": 0.5, "surveyed_on": pd.Timestamp("2022-12-01")}, "r1"),
        ({"surveyed_on": pd.Timestamp("2022-12-01")}, "r2"),
        ({"surveyed_on": pd.Timestamp("2022-01-01")}, "r1"),
        ({"surveyed_on": pd.NaT}, "r1"),
        ({}, "r2"),
    ],
)
def test_of_several_runs_the_highest_coverage_then_the_latest_stands(
    cells: gpd.GeoDataFrame, other: dict[str, object], stands: str
) -> None:
    values = pd.concat([measured(), measured(run="r2", value=2.0, **other)], ignore_index=True)
    table = segment_table(cells, values)
    assert table["iri_run"].tolist() == [stands]
    assert table["iri"].tolist() == [1.2 if stands == "r1" else 2.0]


def test_condition_is_graded_where_the_measures_allow(cells: gpd.GeoDataFrame) -> None:
    values = [measured(), measured(kind="rut", value=3.0), measured(kind="crack_percent", value=1.0)]
    poor = [measured(year=2023, value=3.0), measured(year=2023, kind="rut", value=12.0)]
    table = segment_table(cells, [*values, *poor, measured(year=2024)])
    assert table["condition"].tolist() == ["good", "poor", ""]


def test_unlisted_kinds_come_too_and_unknown_cells_do_not(cells: gpd.GeoDataFrame) -> None:
    values = pd.concat([measured(kind="noise", value=99.0), measured(cell="n9-s-1-000000")])
    table = segment_table(cells, values)
    assert table["noise"].tolist() == [99.0]


def test_no_values_give_an_empty_table_with_all_columns(cells: gpd.GeoDataFrame) -> None:
    empty = segment_table(cells, measured().iloc[:0])
    assert empty.empty
    assert {"cell", "year", "condition", "iri", "geometry"} <= set(empty.columns)
    assert empty.crs == cells.crs


def test_inputs_are_left_as_they_were_and_empty_tables_are_accepted(
    cells: gpd.GeoDataFrame, traffic: pd.DataFrame, works: pd.DataFrame
) -> None:
    before = traffic.copy(), works.copy()
    none = pd.DataFrame()
    options = {"stations": none, "weather": none, "layers": none}
    got = context_values(cells, traffic=traffic, works=works, years=[2022], **options)
    assert set(got["kind"]) == {"aadt", "aadtt", "esal", "esal_low", "esal_high", "esal_since_work", "age", "works"}
    assert context_values(cells, traffic=none, works=none, years=[2022], **options).empty
    pd.testing.assert_frame_equal(traffic, before[0])
    pd.testing.assert_frame_equal(works, before[1])


def test_order_of_cells_and_records_changes_nothing(
    cells: gpd.GeoDataFrame,
    traffic: pd.DataFrame,
    stations: pd.DataFrame,
    weather: pd.DataFrame,
    layers: pd.DataFrame,
    works: pd.DataFrame,
    context: pd.DataFrame,
) -> None:
    turned = context_values(
        cells.iloc[::-1],
        traffic=traffic.iloc[::-1],
        stations=stations.iloc[::-1],
        weather=weather.iloc[::-1],
        layers=layers.iloc[::-1],
        works=works.iloc[::-1],
        years=[2022, 2021],
    )
    keys = ["cell", "year", "kind"]
    a, b = (f.astype({"cell": str, "kind": str}).set_index(keys)["value"].sort_index() for f in (context, turned))
    pd.testing.assert_series_equal(a, b)


def test_tables_as_the_border_returns_them_give_the_same_values(
    cells: gpd.GeoDataFrame,
    traffic: pd.DataFrame,
    stations: pd.DataFrame,
    weather: pd.DataFrame,
    layers: pd.DataFrame,
    works: pd.DataFrame,
    context: pd.DataFrame,
) -> None:
    sources = {"traffic": traffic, "stations": stations, "weather": weather, "layers": layers, "works": works}
    checked = {}
    for name, frame in sources.items():
        good, faults = check(frame, name, file=name)
        assert faults.empty
        checked[name] = good.assign(run=frame["run"]) if "run" in frame else good
    got = context_values(cells, **checked, years=[2021, 2022])
    pd.testing.assert_frame_equal(got, context)


def test_values_read_back_from_parquet_give_the_same_table(
    cells: gpd.GeoDataFrame, context: pd.DataFrame, tmp_path: Path
) -> None:
    context.to_parquet(tmp_path / "context.parquet")
    back = pd.read_parquet(tmp_path / "context.parquet")
    a, b = (segment_table(cells, [f, measured()]) for f in (context, back))
    pd.testing.assert_frame_equal(a, b, check_dtype=False, check_categorical=False)


def test_records_of_other_roads_give_no_values(
    cells: gpd.GeoDataFrame,
    traffic: pd.DataFrame,
    stations: pd.DataFrame,
    weather: pd.DataFrame,
    layers: pd.DataFrame,
    works: pd.DataFrame,
) -> None:
    away = {"traffic": traffic, "layers": layers, "works": works}
    elsewhere = {name: frame.assign(route="N9") for name, frame in away.items()}
    lost = weather.assign(station="lost")
    got = context_values(cells, **elsewhere, stations=stations, weather=lost, years=[2022])
    assert got.empty
