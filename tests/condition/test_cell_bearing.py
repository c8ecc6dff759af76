"""Deflection met with the layers of the day: values in the right cell and year, and the doubts told."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from pavement.condition.cell_bearing import bearing_values
from pavement.condition.segment_table import context_values, segment_table
from pavement.measures.back_calculation import flag_words
from pavement.measures.deflection import effective_modulus, effective_structural_number

SUBGRADE = 60.0


def drops(
    measure: float, *, day: str = "2019-03-02", run: str = "r-fwd", count: int = 2, **given: object
) -> pd.DataFrame:
    # beyond 0.7 of the equivalent radius the ground alone deflects: 0.24 P / (Mr r)
    far = {f"d{r}": 0.24 * 50_000 / (SUBGRADE * r) * 1000 for r in (900, 1200)}
    row = {"route": "N1", "direction": "S", "lane": "2", "measure_m": measure, "surveyed_on": pd.Timestamp(day)}
    row |= {"load_kn": 50.0, "plate_radius_mm": 150.0, "temp_asphalt": 20.0, "d0": 500.0, "run": run} | far | given
    return pd.DataFrame([row | {"drop": k + 1} for k in range(count)])


def found(cells: gpd.GeoDataFrame, fwd: pd.DataFrame, layers: pd.DataFrame, works: pd.DataFrame) -> pd.DataFrame:
    values = bearing_values(cells, fwd, layers=layers, works=works, years=range(2015, 2024))
    return values.astype({"cell": str, "kind": str, "run": str, "method": str}).set_index(["cell", "year", "kind"])


def number(thickness: float) -> float:
    got = effective_modulus(
        load=50_000, radius=150, thickness=thickness, centre=0.5, outer=0.24 * 50_000 / (SUBGRADE * 900), distance=900
    )
    return float(effective_structural_number(thickness=thickness, modulus=got.pavement))


def test_values_rest_on_the_layers_of_the_day(
    cells: gpd.GeoDataFrame, layers: pd.DataFrame, works: pd.DataFrame
) -> None:
    fwd = pd.concat([drops(250.0), drops(250.0, day="2021-08-01"), drops(100.0)], ignore_index=True)
    got = found(cells, fwd, layers, works)
    assert sorted({(c, y) for c, y, _ in got.index}) == [
        ("n1-s-2-000100", 2019),
        ("n1-s-2-000200", 2019),
        ("n1-s-2-000200", 2021),
    ]
    # on record: 254 + 254 mm in 2015, 127 + 254 mm in May 2021, and the mill and overlay of July leaves as much
    for cell, year, thick in (("n1-s-2-000200", 2019, 508), ("n1-s-2-000200", 2021, 381), ("n1-s-2-000100", 2019, 508)):
        assert got.loc[(cell, year, "sn_effective"), "value"] == pytest.approx(number(thick))
        assert got.loc[(cell, year, "subgrade_modulus"), "value"] == pytest.approx(SUBGRADE)
    assert set(got["quality"].astype(str)) == {"estimated"}
    assert set(got["run"]) == {"r-fwd"}
    assert got["method"].str.startswith("AASHTO 1993 two-layer method, sensor at").all()


def test_t20_places_of_a_cell_are_averaged_and_the_most_doubtful_one_speaks(
    cells: gpd.GeoDataFrame, layers: pd.DataFrame, works: pd.DataFrame
) -> None:
    cold = drops(120.0, temp_asphalt=np.nan, d0=400.0)
    got = found(cells, pd.concat([drops(180.0), cold], ignore_index=True), layers, works)
    assert flag_words()["temperature_unknown"] in got.loc[("n1-s-2-000100", 2019, "sn_effective"), "method"]
    alone = found(cells, cold, layers, works)
    assert ("n1-s-2-000100", 2019, "d0_corrected") not in alone.index
    both = got.loc[("n1-s-2-000100", 2019, "pavement_modulus"), "value"]
    parts = [
        found(cells, f, layers, works).loc[("n1-s-2-000100", 2019, "pavement_modulus"), "value"]
        for f in (drops(180.0), cold)
    ]
    assert both == pytest.approx(np.mean(parts))


def test_cells_without_layers_have_a_subgrade_and_no_structural_number(
    cells: gpd.GeoDataFrame, layers: pd.DataFrame, works: pd.DataFrame
) -> None:
    got = found(cells, drops(250.0), layers.iloc[:0], works)
    assert got.index.get_level_values("kind").tolist() == ["subgrade_modulus"]
    assert flag_words()["no_layers"] in got["method"].iloc[0]


def test_nothing_off_the_cells_and_nothing_of_other_years(
    cells: gpd.GeoDataFrame, layers: pd.DataFrame, works: pd.DataFrame
) -> None:
    assert found(cells, drops(900.0), layers, works).empty
    assert bearing_values(cells, drops(250.0), layers=layers, works=works, years=[2020]).empty


def test_the_segment_table_has_both_structural_numbers_beside_each_other(
    cells: gpd.GeoDataFrame, layers: pd.DataFrame, works: pd.DataFrame
) -> None:
    nothing = pd.DataFrame()
    values = context_values(
        cells,
        traffic=nothing,
        stations=nothing,
        weather=nothing,
        layers=layers,
        works=works,
        years=[2019],
        fwd=drops(250.0),
    )
    row = segment_table(cells, values).set_index(["cell", "year"]).loc[("n1-s-2-000200", 2019)]
    assert row["sn"] == pytest.approx(10 * 0.44 + 10 * 0.14)
    assert row["sn_effective"] == pytest.approx(number(508))
    assert row["sn_effective_run"] == "r-fwd"
    assert row["sn_effective_surveyed_on"] == pd.Timestamp("2019-03-02")
