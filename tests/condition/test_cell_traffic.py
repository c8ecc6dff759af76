"""Counts onto cells by hand."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from pavement.condition.cell_traffic import Filling, cell_traffic, traffic_values
from pavement.measures.traffic import truck_factors


def found(cells: gpd.GeoDataFrame, traffic: pd.DataFrame, years: list[int]) -> pd.DataFrame:
    values = traffic_values(cells, cell_traffic(cells, traffic, years), years)
    return values.astype({"cell": str, "kind": str}).set_index(["cell", "year", "kind"]).sort_index()


def test_counts_are_summed_over_classes_and_weighted_by_length(cells: gpd.GeoDataFrame, traffic: pd.DataFrame) -> None:
    got = found(cells, traffic, [2020])["value"]
    assert got["n1-s-1-000000", 2020, "aadt"] == 11_000
    assert got["n1-s-1-000000", 2020, "aadtt"] == 1_000
    # the counters meet in the middle of this cell: classes are averaged each over its own counters
    assert got["n1-s-1-000200", 2020, "aadtt"] == 2_000
    assert not any(cell.startswith("n1-n") for cell, _, _ in got.index)


def test_loads_take_the_lane_share(cells: gpd.GeoDataFrame, traffic: pd.DataFrame) -> None:
    got = found(cells, traffic, [2020])["value"]
    factor = truck_factors()["truck_factor"]
    daily = 10_000 * factor["31"] + 1_000 * factor["42"]
    assert got["n1-s-1-000000", 2020, "esal"] == pytest.approx(daily * 365 * 0.15)
    assert got["n1-s-2-000000", 2020, "esal"] == pytest.approx(daily * 365 * 0.85)


def test_the_range_of_the_factors_is_the_range_of_the_loads(cells: gpd.GeoDataFrame, traffic: pd.DataFrame) -> None:
    got = found(cells, traffic, [2020]).loc["n1-s-1-000000", 2020]
    factor = truck_factors()
    for kind, column in (("esal_low", "low"), ("esal_high", "high")):
        daily = 10_000 * factor.loc["31", column] + 1_000 * factor.loc["42", column]
        assert got.loc[kind, "value"] == pytest.approx(daily * 365 * 0.15)
    assert got.loc["esal_high", "method"].endswith("to confirm, high end of their range")


def test_between_two_counters_the_flows_are_balanced_and_beyond_them_nothing_is_said(
    cells: gpd.GeoDataFrame, traffic: pd.DataFrame
) -> None:
    ends = traffic[(traffic["vehicle_class"] == "42") & (traffic["year"] == 2020)].assign(
        from_m=[0, 300], to_m=[100, 400], aadt=[1_000, 1_500]
    )
    got = (
        found(cells, ends, [2020])
        .xs("aadt", level="kind")
        .loc[lambda f: f.index.get_level_values(0).str[:6] == "n1-s-1"]
    )
    assert got["value"].tolist() == [1_000, 1_250, 1_250, 1_500]
    assert got["quality"].tolist() == ["measured", "estimated", "estimated", "measured"]
    assert got["method"].astype(str).str.startswith("flow balance").tolist() == [False, True, True, False]


def test_a_count_that_says_how_it_was_made_says_so_in_the_cells(cells: gpd.GeoDataFrame, traffic: pd.DataFrame) -> None:
    said = traffic.assign(quality="estimated", method="31 days")
    got = found(cells, said, [2020, 2021]).loc["n1-s-1-000000"]
    assert got.loc[(2020, "aadt"), ["quality", "method"]].tolist() == ["estimated", "31 days"]
    assert got.loc[(2021, "aadt"), "method"] == "31 days of other years"
    assert str(got.loc[(2020, "esal"), "method"]).startswith("31 days; AASHTO 1993")


def test_years_without_a_count_are_filled_and_say_so(cells: gpd.GeoDataFrame, traffic: pd.DataFrame) -> None:
    got = found(cells, traffic, [2018, 2020, 2021, 2022, 2025]).loc["n1-s-1-000000"]
    counts = got.xs("aadt", level="kind")
    beyond = [11_000 / 1.01**2, 11_000, 12_500, 14_000, 14_000 * 1.01**3]
    np.testing.assert_allclose(counts["value"], beyond)
    assert counts["quality"].tolist() == ["estimated", "measured", "estimated", "measured", "estimated"]
    assert (got.xs("esal", level="kind")["quality"] == "estimated").all()
    assert (counts["run"] == "r-traffic").all()


def test_t22_two_counters_on_one_cell_are_averaged_not_added(cells: gpd.GeoDataFrame, traffic: pd.DataFrame) -> None:
    twice = pd.concat([traffic, traffic.assign(counter="c", aadt=traffic["aadt"] * 2)])
    assert found(cells, twice, [2020])["value"]["n1-s-1-000000", 2020, "aadt"] == 16_500


def test_t15_a_class_without_a_factor_leaves_the_loads_missing(cells: gpd.GeoDataFrame, traffic: pd.DataFrame) -> None:
    odd = traffic.assign(vehicle_class=traffic["vehicle_class"].replace("42", "99"))
    got = found(cells, odd, [2020])["value"]["n1-s-1-000000", 2020]
    assert got.index.tolist() == ["aadt"]


def test_a_cell_half_under_a_counter_says_its_coverage(cells: gpd.GeoDataFrame, traffic: pd.DataFrame) -> None:
    got = found(cells, traffic[traffic["counter"] == "a"], [2020])
    assert got.loc[("n1-s-1-000200", 2020, "aadt"), "coverage"] == 0.5
    assert ("n1-s-1-000300", 2020, "aadt") not in got.index


def test_lines_between_and_the_nearest_beyond() -> None:
    values = np.array([[np.nan, 1.0, np.nan, np.nan, 4.0, np.nan], [np.nan] * 6])
    got = Filling(np.isfinite(values)).lines(values)
    assert got[0].tolist() == [1, 1, 2, 3, 4, 4]
    assert np.isnan(got[1]).all()
