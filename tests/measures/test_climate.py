"""Yearly climate by hand-made years and the evaporation vector."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pavement.errors import SurveyError
from pavement.measures.climate import (
    daylight,
    freezing_index,
    moisture_index,
    potential_evaporation,
    station_weights,
    yearly,
)
from pavement.measures.frost_season import season_freezing_index

TEMPERATURE = [-2, 0.5, 5, 11, 16.5, 21, 24, 23, 18.5, 12, 6, 0]
RAIN = [70, 60, 75, 85, 95, 90, 80, 75, 70, 75, 85, 80]
EVAPORATION = [0, 0.57336, 15.12153, 47.05245, 91.61295, 127.78782]


def days(year: int = 2023, *, station: str = "a", **values: object) -> pd.DataFrame:
    dates = pd.date_range(f"{year}-01-01", f"{year}-12-31")
    usual = {"station": station, "temp_max": 20.0, "temp_min": 10.0, "precipitation_mm": 0.0}
    return pd.DataFrame({"date": dates}).assign(**usual | values)


def values_of(climate: pd.DataFrame) -> dict[str, float]:
    return dict(zip(climate["kind"], climate["value"], strict=True))


def test_a_year_by_hand() -> None:
    weather = days()
    weather.loc[:9, ["temp_max", "temp_min"]] = [2.0, -6.0]
    weather.loc[10:14, ["temp_max", "temp_min"]] = [-1.0, -3.0]
    weather.loc[200:206, "temp_max"] = 32.2
    weather.loc[207:209, "temp_max"] = 32.3
    weather.loc[100:103, "precipitation_mm"] = [1.0, 0.9, 50.0, 0.05]
    got = values_of(yearly(weather))
    assert got["freezing_index"] == pytest.approx(10 * 2 + 5 * 2)
    assert got["freeze_thaw"] == 10
    assert got["heat_days"] == 3
    assert got["rain_mm"] == pytest.approx(51.95)
    assert got["rain_days"] == 2
    mean = (350 * 15 - 30 + 7 * 6.1 + 3 * 6.15) / 365
    assert got["temp_mean"] == pytest.approx(mean)


def test_heavy_rain_and_the_wettest_day() -> None:
    weather = days()
    weather.loc[[10, 11, 12], "precipitation_mm"] = [80.0, 79.9, 350.0]
    got = values_of(yearly(weather))
    assert (got["rain_heavy_days"], got["rain_max"]) == (2, 350)


def test_winter_and_annual_frost_are_different_numbers() -> None:
    """Two cold spells parted by a thaw: the annual sum adds them, the winter takes the largest fall."""
    spell = [-5.0] * 10 + [3.0] * 10 + [-4.0] * 10 + [10.0] * 20
    assert freezing_index(spell) == 90
    assert season_freezing_index(spell) == 50 - 30 + 40
    assert season_freezing_index([1.0, -2.0, 5.0]) == 2
    assert season_freezing_index([]) == 0


def test_a_winter_counts_in_the_year_it_ends_in() -> None:
    weather = pd.concat([days(2022), days(2023)], ignore_index=True)
    cold = weather["date"].between("2022-12-20", "2023-01-10")
    weather.loc[cold, ["temp_max", "temp_min"]] = [-1.0, -3.0]
    got = yearly(weather).set_index(["year", "kind"])["value"]
    assert got[2023, "freezing_season"] == pytest.approx(22 * 2)
    assert got[2023, "freezing_index"] == pytest.approx(10 * 2)
    # half of the winter before has no records
    assert (2022, "freezing_season") not in got.index


def test_evaporation_and_moisture_need_the_latitude_of_the_station() -> None:
    weather = days(precipitation_mm=3.0)
    assert "evaporation" not in values_of(yearly(weather))
    got = values_of(yearly(weather, latitudes={"a": 24.0}))
    monthly = potential_evaporation([15.0] * 12, latitude=24.0)
    assert got["evaporation"] == pytest.approx(monthly.sum())
    rain = 3.0 * np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    assert got["moisture_index"] == pytest.approx(moisture_index(rain, monthly, variant="1955"))


def test_evaporation_of_several_years_at_once() -> None:
    both = potential_evaporation([TEMPERATURE, [20.0] * 12], latitude=[45.0, 24.0])
    np.testing.assert_allclose(both[0], potential_evaporation(TEMPERATURE, latitude=45.0))
    np.testing.assert_allclose(both[1], potential_evaporation([20.0] * 12, latitude=24.0))


def test_freezing_index_ignores_thaw() -> None:
    assert freezing_index([-2.0, 3.0, -4.5]) == 6.5


def test_t23_missing_days_count_as_the_mean_day_of_their_month() -> None:
    weather = days(precipitation_mm=2.0)
    weather.loc[5:15, "precipitation_mm"] = np.nan
    climate = yearly(weather).set_index("kind")
    assert climate.loc["rain_mm", "value"] == pytest.approx(730)
    assert climate.loc["rain_mm", "missing"] == pytest.approx(11 / 365)
    assert not climate["estimated"].any()


def test_t23_over_a_tenth_missing_is_estimated_and_over_half_has_no_value() -> None:
    thinned = days()[lambda f: f["date"].dt.day > 4]
    assert yearly(thinned)["estimated"].all()
    assert yearly(days()[lambda f: f["date"].dt.day > 20]).empty


def test_t23_a_missing_month_comes_from_other_years_or_the_year_has_no_value() -> None:
    gap = days(2023)[lambda f: f["date"].dt.month != 7]
    assert yearly(gap).empty
    both = yearly(pd.concat([gap, days(2022, temp_max=30.0)])).set_index(["year", "kind"])
    assert both.loc[(2023, "temp_mean"), "value"] == pytest.approx((334 * 15 + 31 * 20) / 365)
    assert both.loc[(2023, "temp_mean"), "estimated"]
    assert not both.loc[(2022, "temp_mean"), "estimated"]


def test_d7_a_leap_year_is_complete_with_366_days() -> None:
    climate = yearly(days(2024, precipitation_mm=1.0)).set_index("kind")
    assert climate.loc["rain_days", "value"] == 366
    assert climate["missing"].max() == 0


def test_a_day_that_stands_twice_counts_once_and_no_days_give_no_years() -> None:
    assert values_of(yearly(pd.concat([days(), days(precipitation_mm=1.0)])))["rain_mm"] == pytest.approx(365)
    assert yearly(days().iloc[:0]).empty


def test_weights_fall_with_the_square_and_end_with_distance() -> None:
    got = station_weights([[1000, 2000, 150_000], [200_000, 300_000, 400_000]])
    np.testing.assert_allclose(got[0], [0.8, 0.2, 0.0])
    assert np.isnan(got[1]).all()


def test_evaporation_of_a_published_formula() -> None:
    np.testing.assert_allclose(potential_evaporation(TEMPERATURE, latitude=45.0)[:6], EVAPORATION, atol=1e-3)
    assert potential_evaporation([-5] * 12, latitude=45.0).tolist() == [0] * 12
    hot = -415.85 + 32.24 * 28 - 0.43 * 28**2
    assert potential_evaporation([28] * 12, latitude=0.0)[5] == pytest.approx(hot)


def test_daylight_is_half_a_day_at_the_equator_and_unknown_at_the_pole() -> None:
    np.testing.assert_allclose(daylight(0.0), 12)
    with pytest.raises(SurveyError, match="polar"):
        daylight(80.0)


def test_moisture_variants_differ_and_others_are_refused() -> None:
    evaporation = potential_evaporation(TEMPERATURE, latitude=45.0)
    got = [moisture_index(RAIN, evaporation, variant=v) for v in ("1948", "1955", "2006")]
    np.testing.assert_allclose(got, [36.352058, 31.485781, 33.614336], atol=1e-3)
    with pytest.raises(SurveyError, match="1999"):
        moisture_index(RAIN, evaporation, variant="1999")


@pytest.mark.real
def test_vectors(shared: Path) -> None:
    vector = json.loads((shared / "data/vectors/climate/thornthwaite.json").read_text())
    got = potential_evaporation(vector["monthly_tmean_c"], latitude=vector["lat_deg"])
    np.testing.assert_allclose(got, vector["pe_mm"], atol=1e-3)
    for variant, name in (("1948", "TMI_1948"), ("1955", "TMI_1955"), ("2006", "TMI_2006_Witczak")):
        index = moisture_index(vector["monthly_precip_mm"], vector["pe_mm"], variant=variant)
        assert index == pytest.approx(vector[name], rel=1e-6)
