"""Station years onto cells by hand."""

import geopandas as gpd
import pandas as pd
import pytest

from pavement.condition.cell_climate import climate_values


def found(cells: gpd.GeoDataFrame, stations: pd.DataFrame, weather: pd.DataFrame, years: list[int]) -> pd.DataFrame:
    values = climate_values(cells, stations, weather, years)
    return values.astype({"cell": str, "kind": str}).set_index(["cell", "year", "kind"]).sort_index()


def test_weights_by_inverse_squares(cells: gpd.GeoDataFrame, stations: pd.DataFrame, weather: pd.DataFrame) -> None:
    got = found(cells, stations, weather, [2021])
    near, far = 1 / 450**2, 1 / 9550**2
    expected = (15 * near + 20 * far) / (near + far)
    row = got.loc[("n1-s-1-000400", 2021, "temp_mean")]
    assert row["value"] == pytest.approx(expected)
    assert (row["quality"], row["run"]) == ("measured", "r-weather")
    assert got.loc[("n1-s-1-000400", 2021, "rain_mm"), "value"] == pytest.approx(730)


def test_each_year_names_the_run_that_its_days_came_with(
    cells: gpd.GeoDataFrame, stations: pd.DataFrame, weather: pd.DataFrame
) -> None:
    late = weather["date"].dt.year == 2022
    got = found(cells, stations, weather.assign(run=late.map({False: "r-old", True: "r-new"})), [2021, 2022])
    runs = got.reset_index().groupby("year")["run"].unique()
    assert {year: list(names) for year, names in runs.items()} == {2021: ["r-old"], 2022: ["r-new"]}


def test_t23_a_station_300_km_away_gives_nothing_and_one_40_km_away_an_estimate(
    cells: gpd.GeoDataFrame, stations: pd.DataFrame, weather: pd.DataFrame
) -> None:
    assert found(cells, stations.assign(x=stations["x"] + 300_000), weather, [2021]).empty
    got = found(cells, stations.assign(x=stations["x"] + 40_000), weather, [2021])
    assert (got["quality"] == "estimated").all()


def test_t23_a_station_with_gaps_makes_estimates(
    cells: gpd.GeoDataFrame, stations: pd.DataFrame, weather: pd.DataFrame
) -> None:
    gaps = weather[(weather["station"] == "far") | (weather["date"].dt.day > 4)]
    got = found(cells, stations, gaps, [2021, 2022])
    assert (got["quality"] == "estimated").all()


def test_a_year_without_records_has_no_value(
    cells: gpd.GeoDataFrame, stations: pd.DataFrame, weather: pd.DataFrame
) -> None:
    got = found(cells, stations, weather, [2019, 2021])
    assert set(got.index.get_level_values("year")) == {2021}


def test_records_of_an_unknown_station_are_left_out(
    cells: gpd.GeoDataFrame, stations: pd.DataFrame, weather: pd.DataFrame
) -> None:
    odd = pd.concat([weather, weather.assign(station="lost", temp_max=50.0)])
    pd.testing.assert_frame_equal(found(cells, stations, odd, [2021]), found(cells, stations, weather, [2021]))


def heights(first: float, last: float) -> pd.DataFrame:
    points = {"route": "N1", "measure_m": [0.0, 500.0], "elevation_m": [first, last]}
    return pd.concat([pd.DataFrame(points | {"direction": d}) for d in "NS"])


def test_temperature_falls_with_height_and_rain_does_not(
    cells: gpd.GeoDataFrame, stations: pd.DataFrame, weather: pd.DataFrame
) -> None:
    places = stations.assign(elevation_m=[20.0, 20.0])
    plain = found(cells, places, weather, [2021])
    raised = climate_values(cells, places, weather, [2021], calibration=heights(0, 1000))
    raised = raised.astype({"cell": str, "kind": str}).set_index(["cell", "year", "kind"]).sort_index()
    top, low = ("n1-s-1-000400", 2021), ("n1-s-1-000000", 2021)
    for place, height in ((top, 900.0), (low, 100.0)):
        fall = plain.loc[(*place, "temp_mean"), "value"] - raised.loc[(*place, "temp_mean"), "value"]
        assert fall == pytest.approx(0.0065 * (height - 20))
        assert raised.loc[(*place, "rain_mm"), "value"] == plain.loc[(*place, "rain_mm"), "value"]
    assert "lapse rate" in raised.loc[(*top, "temp_mean"), "method"]
    assert "without elevation" in plain.loc[(*top, "temp_mean"), "method"]
    assert "elevation" not in raised.loc[(*top, "rain_mm"), "method"]
    assert raised.loc[(*top, "evaporation"), "value"] < raised.loc[(*low, "evaporation"), "value"]


def test_frost_is_counted_at_the_height_of_the_cell(
    cells: gpd.GeoDataFrame, stations: pd.DataFrame, weather: pd.DataFrame
) -> None:
    """Days of 10 to 20 degrees at sea level have frost at night 2 km up: -3 to 7 degrees."""
    got = climate_values(
        cells, stations.iloc[:1].assign(elevation_m=0.0), weather, [2021], calibration=heights(2000, 2000)
    )
    frost = got[got["kind"] == "freeze_thaw"]
    assert frost["value"].tolist() == pytest.approx([365.0] * len(cells))


def test_a_station_without_height_is_taken_as_it_is_and_said_so(
    cells: gpd.GeoDataFrame, stations: pd.DataFrame, weather: pd.DataFrame
) -> None:
    got = climate_values(cells, stations, weather, [2021], calibration=heights(0, 1000))
    plain = climate_values(cells, stations, weather, [2021])
    pd.testing.assert_series_equal(got["value"], plain["value"])
    assert got.loc[got["kind"] == "temp_mean", "method"].astype(str).str.contains("without elevation").all()


def test_moisture_names_its_variant(cells: gpd.GeoDataFrame, stations: pd.DataFrame, weather: pd.DataFrame) -> None:
    got = found(cells, stations, weather, [2021])
    assert "variant 1955" in got.loc[("n1-s-1-000400", 2021, "moisture_index"), "method"]
