"""Layers onto cells by hand."""

import geopandas as gpd
import pandas as pd
import pytest

from pavement.condition.cell_structure import structure_values


def found(cells: gpd.GeoDataFrame, layers: pd.DataFrame, years: list[int]) -> pd.DataFrame:
    values = structure_values(cells, layers, years)
    return values.astype({"cell": str, "kind": str}).set_index(["cell", "year", "kind"]).sort_index()


def test_sums_of_the_newest_survey_by_the_end_of_the_year(cells: gpd.GeoDataFrame, layers: pd.DataFrame) -> None:
    got = found(cells, layers, [2010, 2020, 2021])["value"]
    for year in (2010, 2020):
        assert got["n1-s-2-000200", year, "asphalt_mm"] == 254
        assert got["n1-s-2-000200", year, "sn"] == pytest.approx(10 * 0.44 + 10 * 0.14)
    assert got["n1-s-2-000200", 2021, "asphalt_mm"] == 127
    assert got["n1-s-2-000200", 2021, "sn"] == pytest.approx(5 * 0.44 + 10 * 0.11)
    assert got["n1-s-2-000000", 2021, "base_mm"] == 254
    assert got["n1-s-1-000400", 2010, "asphalt_mm"] == 127


def test_empty_lane_counts_for_every_lane_and_other_directions_have_nothing(
    cells: gpd.GeoDataFrame, layers: pd.DataFrame
) -> None:
    got = found(cells, layers, [2021])["value"]
    assert got["n1-s-1-000000", 2021, "sn"] == got["n1-s-2-000000", 2021, "sn"]
    only = found(cells, layers.assign(lane="2"), [2021])
    assert {c[:6] for c, _, _ in only.index} == {"n1-s-2"}


def test_records_that_stand_twice_do_not_thicken_the_road(cells: gpd.GeoDataFrame, layers: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(found(cells, pd.concat([layers, layers]), [2021]), found(cells, layers, [2021]))


def test_parts_of_a_cell_are_weighted_by_length(cells: gpd.GeoDataFrame, layers: pd.DataFrame) -> None:
    parts = layers.iloc[[0, 0]].assign(from_m=[0, 40], to_m=[40, 100], thickness_mm=[100.0, 200.0])
    got = found(cells, parts, [2021])
    assert got.loc[("n1-s-1-000000", 2021, "asphalt_mm"), "value"] == pytest.approx(160)
    assert got.loc[("n1-s-1-000000", 2021, "asphalt_mm"), "coverage"] == pytest.approx(1)


def test_records_without_dates_hold_for_every_year(cells: gpd.GeoDataFrame, layers: pd.DataFrame) -> None:
    undated = layers.assign(surveyed_on=pd.NaT).iloc[:2]
    assert found(cells, undated, [1990, 2021])["value"]["n1-s-1-000000", 1990, "asphalt_mm"] == 254


def worked(day: str, treatment: str, **given: object) -> pd.DataFrame:
    place = {"route": "N1", "direction": "S", "lane": "", "from_m": 0.0, "to_m": 500.0, "run": "r-works"}
    return pd.DataFrame([place | {"completed_on": pd.Timestamp(day), "treatment": treatment} | given])


@pytest.mark.parametrize(
    ("treatment", "thickness", "added"),
    [
        ("overlay", None, 50),
        ("overlay", 40.0, 40),
        ("thin_overlay", None, 25),
        ("mill_overlay", None, 0),
        ("mill_overlay", 80.0, 0),
        ("rehabilitation", None, 50),
        ("crack_seal", None, 0),
        ("construction", 250.0, 0),
        ("resurfacing", 50.0, 0),
    ],
)
def test_works_since_the_survey_add_what_they_paved_and_take_what_they_milled(
    cells: gpd.GeoDataFrame, layers: pd.DataFrame, treatment: str, thickness: float | None, added: float
) -> None:
    work = worked("2018-07-01", treatment, thickness_mm=thickness)
    values = structure_values(cells, layers, [2017, 2018], works=work)
    got = values.astype({"cell": str, "kind": str}).set_index(["cell", "year", "kind"])
    before, after = (got.loc[("n1-s-1-000000", year, "asphalt_mm")] for year in (2017, 2018))
    assert (before["value"], after["value"]) == (254, 254 + added)
    assert (before["quality"], after["quality"]) == ("recorded", "estimated" if added else "recorded")
    gain = got["value"]["n1-s-1-000000", 2018, "sn"] - got["value"]["n1-s-1-000000", 2017, "sn"]
    assert gain == pytest.approx(0.44 * added / 25.4)
    assert got["value"]["n1-s-1-000000", 2018, "base_mm"] == 254


def test_works_before_the_survey_are_in_it(cells: gpd.GeoDataFrame, layers: pd.DataFrame) -> None:
    for day in ("2014-07-01", "2015-05-01"):
        values = structure_values(cells, layers, [2014, 2020], works=worked(day, "overlay"))
        of = values[(values["cell"] == "n1-s-1-000000") & (values["kind"] == "asphalt_mm")]
        assert of["value"].tolist() == [254, 254]
