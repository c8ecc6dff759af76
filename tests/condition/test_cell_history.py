"""Ages and works by hand."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from pavement.condition.cell_history import cell_works, decimal_year, history_values
from pavement.condition.cell_traffic import cell_traffic


def found(cells: gpd.GeoDataFrame, works: pd.DataFrame, years: list[int], **options: object) -> pd.Series:
    values = history_values(cells, works, years, **{"traffic": None} | options)  # type: ignore[arg-type]
    return values.astype({"cell": str, "kind": str}).set_index(["cell", "year", "kind"])["value"].sort_index()


def test_d7_decimal_years_are_right_to_the_day() -> None:
    dates = pd.Series(pd.to_datetime(["2021-01-01", "2021-07-02", "2020-12-31"]))
    np.testing.assert_allclose(decimal_year(dates), [2021, 2021 + 182 / 365, 2020 + 365 / 366])


def test_age_runs_from_the_last_surfacing_to_the_end_of_the_year(cells: gpd.GeoDataFrame, works: pd.DataFrame) -> None:
    got = found(cells, works, [2020, 2021, 2022])
    assert got["n1-s-2-000100", 2020, "age"] == 26
    assert got["n1-s-2-000100", 2021, "age"] == pytest.approx(183 / 365)
    assert got["n1-s-2-000100", 2022, "age"] == pytest.approx(1 + 183 / 365)
    assert got["n1-s-2-000300", 2022, "age"] == 28


def test_only_surfacing_over_half_the_cell_counts(cells: gpd.GeoDataFrame, works: pd.DataFrame) -> None:
    got = found(cells, works, [2022])
    assert got["n1-s-1-000000", 2022, "works"] == 1
    assert got["n1-s-1-000100", 2022, "works"] == 0
    assert got["n1-s-1-000100", 2022, "age"] == 28


def test_one_job_recorded_as_layers_and_pieces_counts_once(cells: gpd.GeoDataFrame, works: pd.DataFrame) -> None:
    job = works.iloc[[1, 1, 1]].assign(from_m=[100, 140, 100], to_m=[140, 200, 200])
    assert len(cell_works(cells, job)) == 1
    assert len(cell_works(cells, job.iloc[:1])) == 0


def test_cells_without_surfacing_have_no_age_but_a_count(cells: gpd.GeoDataFrame, works: pd.DataFrame) -> None:
    got = found(cells, works, [2022])
    assert not any(cell.startswith("n1-n") for cell, _, _ in got.index)
    only_seals = found(cells, works[works["treatment"] == "crack_seal"], [2022])
    assert set(only_seals.index.get_level_values("kind")) == {"works"}
    assert (only_seals == 0).all()


def test_loads_since_the_work_sum_the_years_and_part_of_the_first(
    cells: gpd.GeoDataFrame, works: pd.DataFrame, traffic: pd.DataFrame
) -> None:
    years = [2021, 2022, 2023]
    loads = cell_traffic(cells, traffic, [1995, *years])
    got = found(cells, works, years, traffic=loads)
    row = cells.index[cells["cell"] == "n1-s-2-000100"][0]
    esal = dict(zip(loads.years.tolist(), loads.esal[row], strict=True))
    part = esal[2021] * 183 / 365
    assert got["n1-s-2-000100", 2021, "esal_since_work"] == pytest.approx(part)
    assert got["n1-s-2-000100", 2023, "esal_since_work"] == pytest.approx(part + esal[2022] + esal[2023])
    other = loads.esal[cells.index[cells["cell"] == "n1-s-2-000400"][0]]
    assert got["n1-s-2-000400", 2021, "esal_since_work"] == pytest.approx(other[loads.years <= 2021].sum())


def test_years_before_the_span_of_counts_take_its_first_loads(
    cells: gpd.GeoDataFrame, works: pd.DataFrame, traffic: pd.DataFrame
) -> None:
    short, long = (
        found(cells, works, [2021], traffic=cell_traffic(cells, traffic, [first, 2021])) for first in (2021, 1995)
    )
    pd.testing.assert_series_equal(short, long)
