"""Stacks of layers by hand: surveys put together, milled from the top, paved on top."""

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from pavement.condition.cell_structure import structure_values
from pavement.condition.layer_stack import layer_stacks, stack_changes, stack_sums

PLACE = {"route": "N1", "direction": "S", "lane": "", "from_m": 0.0, "to_m": 500.0}
BUILT = pd.Timestamp("2000-05-01")


def layer(number: int, kind: str, thickness: float, **given: object) -> dict[str, object]:
    row = {"layer": number, "kind": kind, "material": f"m{number}", "thickness_mm": thickness, "run": "r-layers"}
    return PLACE | row | {"placed_on": BUILT, "surveyed_on": pd.NaT} | given


def work(day: str, treatment: str, thickness: float = np.nan, material: str = "SMA") -> dict[str, object]:
    row = {"completed_on": pd.Timestamp(day), "treatment": treatment, "thickness_mm": thickness}
    return PLACE | row | {"kind": "", "material": material, "run": "r-works"}


ROAD = pd.DataFrame(
    [layer(1, "asphalt", 50.0), layer(2, "asphalt", 150.0), layer(3, "treated_base", 200.0), layer(4, "subbase", 300.0)]
)
NO_WORKS = pd.DataFrame([work("2010-01-01", "overlay")]).iloc[:0]


def stack(
    cells: gpd.GeoDataFrame, layers: pd.DataFrame, works: pd.DataFrame, day: str, cell: str = "n1-s-2-000100"
) -> pd.DataFrame:
    got = layer_stacks(cells, layers, works, on=pd.DatetimeIndex([day] * len(cells)))
    return got[got["cell"] == cells.index[cells["cell"] == cell][0]].set_index("layer")


def test_the_stack_as_built_has_material_thickness_age_and_its_share_of_the_structural_number(
    cells: gpd.GeoDataFrame,
) -> None:
    got = stack(cells, ROAD, NO_WORKS, "2010-05-01")
    assert got["kind"].tolist() == ["asphalt", "asphalt", "treated_base", "subbase"]
    assert got["material"].tolist() == ["m1", "m2", "m3", "m4"]
    assert got["thickness_mm"].tolist() == [50, 150, 200, 300]
    assert got["age"].tolist() == pytest.approx([10] * 4, abs=0.01)
    assert got["sn"].sum() == pytest.approx((200 * 0.44 + 200 * 0.23 + 300 * 0.11) / 25.4)
    assert set(got["source"]) == {"survey"}


def test_an_overlay_lies_on_top_and_an_inlay_takes_what_it_milled(cells: gpd.GeoDataFrame) -> None:
    works = pd.DataFrame(
        [work("2010-06-01", "mill_overlay_thick", material="PAC"), work("2015-06-01", "overlay", 40.0)]
    )
    before, inlaid, overlaid = (stack(cells, ROAD, works, f"{y}-12-31") for y in (2009, 2010, 2015))
    assert before["thickness_mm"].tolist() == [50, 150, 200, 300]
    # 100 mm milled: the upper layer and 50 mm of the next
    assert inlaid["thickness_mm"].tolist() == [100, 100, 200, 300]
    assert inlaid["material"].tolist() == ["PAC", "m2", "m3", "m4"]
    assert overlaid["thickness_mm"].tolist() == [40, 100, 100, 200, 300]
    assert overlaid["source"].tolist() == ["work", "work", "survey", "survey", "survey"]
    assert overlaid["age"].tolist()[:2] == pytest.approx([0.58, 5.58], abs=0.01)
    assert overlaid["run"].tolist()[:3] == ["r-works", "r-works", "r-layers"]


def test_milling_deeper_than_the_asphalt_reaches_the_base(cells: gpd.GeoDataFrame) -> None:
    thin = ROAD.assign(thickness_mm=[30.0, 70.0, 200.0, 300.0])
    got = stack(cells, thin, pd.DataFrame([work("2010-06-01", "rehabilitation")]), "2011-01-01")
    assert got["kind"].tolist() == ["asphalt", "treated_base", "subbase"]
    assert got["thickness_mm"].tolist() == [250, 100, 300]


def test_a_radar_survey_of_the_asphalt_leaves_the_base_and_the_works_before_it_are_in_it(
    cells: gpd.GeoDataFrame,
) -> None:
    radar = pd.DataFrame(
        [layer(1, "asphalt", 230.0, placed_on=pd.NaT, surveyed_on=pd.Timestamp("2016-03-01"), run="r-gpr")]
    )
    works = pd.DataFrame([work("2010-06-01", "overlay"), work("2018-06-01", "overlay")])
    layers = pd.concat([ROAD, radar], ignore_index=True)
    assert stack(cells, layers, works, "2017-01-01")["thickness_mm"].tolist() == [230, 200, 300]
    assert stack(cells, layers, works, "2019-01-01")["thickness_mm"].tolist() == [50, 230, 200, 300]
    assert stack(cells, layers, works, "2012-01-01")["thickness_mm"].tolist() == [50, 50, 150, 200, 300]
    assert np.isnan(stack(cells, layers, works, "2017-01-01")["placed"].iloc[0])


def test_the_years_that_changed_a_cell_are_told_in_order_and_others_are_not(cells: gpd.GeoDataFrame) -> None:
    works = pd.DataFrame(
        [work("2010-06-01", "mill_overlay"), work("2012-01-01", "crack_seal"), work("1990-01-01", "overlay")]
    )
    got = stack_changes(cells[cells["cell"] == "n1-s-2-000100"], ROAD, works, today=dt.date(2020, 3, 1))
    days = got.groupby("on")["thickness_mm"].agg(list)
    assert [str(day) for day in days.index] == ["2000-12-31", "2010-12-31", "2020-03-01"]
    assert days.tolist() == [[50, 150, 200, 300], [50, 150, 200, 300], [50, 150, 200, 300]]
    assert got["material"].tolist()[:8] == ["m1", "m2", "m3", "m4", "SMA", "m2", "m3", "m4"]
    assert stack_changes(cells[cells["cell"] == "n1-n-2-000100"], ROAD, works, today=dt.date(2020, 3, 1)).empty


def test_each_cell_has_its_own_day_and_its_own_works(cells: gpd.GeoDataFrame) -> None:
    works = pd.DataFrame([work("2010-06-01", "overlay") | {"lane": "2", "to_m": 200.0}])
    days = pd.Series(pd.Timestamp("2011-01-01"), index=cells.index)
    days[cells["cell"] == "n1-s-2-000000"] = pd.Timestamp("2009-01-01")
    sums = stack_sums(layer_stacks(cells, ROAD, works, on=days), len(cells)).set_index(cells["cell"])
    assert sums.loc["n1-s-2-000000", "asphalt_mm"] == 200
    assert sums.loc["n1-s-2-000100", "asphalt_mm"] == 250
    assert sums.loc["n1-s-2-000200", "asphalt_mm"] == sums.loc["n1-s-1-000100", "asphalt_mm"] == 200
    assert sums.loc["n1-n-1-000100"].isna().all()
    assert sums.loc["n1-s-2-000100", "thickness_mm"] == 750


def test_without_a_base_on_record_the_whole_thickness_is_unknown(cells: gpd.GeoDataFrame) -> None:
    got = stack_sums(
        layer_stacks(cells, ROAD.head(2), NO_WORKS, on=pd.DatetimeIndex(["2011-01-01"] * len(cells))), len(cells)
    )
    south = got[cells["direction"] == "S"]
    assert (south["asphalt_mm"] == 200).all()
    assert south["thickness_mm"].isna().all()
    assert south["base_mm"].isna().all()


@pytest.mark.parametrize("seed", range(5))
def test_stacks_add_up_to_the_thickness_and_number_of_the_segment_table(cells: gpd.GeoDataFrame, seed: int) -> None:
    rng = np.random.default_rng(seed)
    names = rng.choice(["overlay", "thin_overlay", "mill_overlay", "mill_overlay_thick", "crack_seal"], 6)
    works = pd.DataFrame([work(f"{2001 + 2 * k}-06-01", n) for k, n in enumerate(names)])
    values = structure_values(cells, ROAD, [2008, 2014], works=works).astype({"cell": str, "kind": str})
    for year in (2008, 2014):
        sums = stack_sums(
            layer_stacks(cells, ROAD, works, on=pd.DatetimeIndex([f"{year}-12-31"] * len(cells))), len(cells)
        )
        table = values[values["year"] == year].pivot_table(index="cell", columns="kind", values="value")
        for kind in ("asphalt_mm", "base_mm", "sn"):
            got = sums[kind].set_axis(cells["cell"]).dropna()
            pd.testing.assert_series_equal(got, table[kind].reindex(got.index), check_names=False)
            assert len(got) == 10
