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


def test_a_survey_that_sees_the_asphalt_only_leaves_the_base_of_the_one_before(
    cells: gpd.GeoDataFrame, layers: pd.DataFrame
) -> None:
    radar = layers.iloc[[0]].assign(thickness_mm=203.2, surveyed_on=pd.Timestamp("2018-06-01"), run="r-radar")
    got = found(cells, pd.concat([layers, radar]), [2016, 2018]).loc["n1-s-1-000000"]
    assert got.loc[2018]["value"].to_dict() == {"asphalt_mm": 203.2, "base_mm": 254, "sn": pytest.approx(3.52 + 1.4)}
    assert got.loc[2018]["run"].to_dict() == {"asphalt_mm": "r-radar", "base_mm": "r-layers", "sn": "r-radar"}
    assert got.loc[2016]["value"]["asphalt_mm"] == 254


def test_asphalt_over_concrete_leaves_the_concrete_and_a_survey_down_to_the_base_does_not(
    cells: gpd.GeoDataFrame, layers: pd.DataFrame
) -> None:
    concrete = layers.iloc[[0]].assign(kind="concrete", thickness_mm=254.0)
    over = layers.iloc[[0]].assign(thickness_mm=50.8, surveyed_on=pd.Timestamp("2018-06-01"))
    got = found(cells, pd.concat([concrete, over]), [2018])["value"]
    assert got["n1-s-1-000000", 2018, "sn"] == pytest.approx(2 * 0.44 + 10 * 0.5)
    rebuilt = pd.concat([concrete, over, layers.iloc[[1]].assign(surveyed_on=pd.Timestamp("2018-06-01"))])
    assert found(cells, rebuilt, [2018])["value"]["n1-s-1-000000", 2018, "sn"] == pytest.approx(2 * 0.44 + 10 * 0.14)


def test_what_no_survey_names_is_unknown_and_the_structural_number_says_so(
    cells: gpd.GeoDataFrame, layers: pd.DataFrame
) -> None:
    got = found(cells, layers.iloc[[0]], [2016]).loc[("n1-s-1-000000", 2016)]
    assert "base_mm" not in got.index
    assert got.loc["sn", "value"] == pytest.approx(4.4)
    assert got.loc["sn", "method"].endswith("no base on record")


def test_a_layer_told_for_every_lane_and_again_for_one_counts_once(
    cells: gpd.GeoDataFrame, layers: pd.DataFrame
) -> None:
    again = layers.iloc[[0]].assign(lane="1", thickness_mm=200.0)
    got = found(cells, pd.concat([layers, again]), [2016])["value"]
    assert got["n1-s-1-000000", 2016, "asphalt_mm"] == pytest.approx((254 + 200) / 2)
    assert got["n1-s-1-000000", 2016, "base_mm"] == 254
    assert got["n1-s-2-000000", 2016, "asphalt_mm"] == 254


def test_a_layer_on_a_part_of_the_cell_counts_by_its_length(cells: gpd.GeoDataFrame, layers: pd.DataFrame) -> None:
    part = layers.iloc[[0]].assign(layer=3, kind="asphalt", thickness_mm=50.0, from_m=0, to_m=40)
    got = found(cells, pd.concat([layers, part]), [2016])["value"]
    assert got["n1-s-1-000000", 2016, "asphalt_mm"] == pytest.approx(254 + 20)


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
