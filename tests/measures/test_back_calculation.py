"""Bearing of places: the answer of a basin that was computed forward, and every flag."""

import numpy as np
import pandas as pd
import pytest

from pavement.measures.back_calculation import KINDS, bearing, flag_words, place_basins

PLACE = {"route": "N1", "direction": "S", "lane": "2", "measure_m": 100.0, "surveyed_on": pd.Timestamp("2024-03-02")}
RADIUS, DEPTH, SUBGRADE, PAVEMENT = 150.0, 300.0, 60.0, 900.0


def centre() -> float:
    """Centre deflection [um] of the two-layer equation under 50 kN."""
    pressure = 50_000 / (np.pi * RADIUS**2)
    ratio = PAVEMENT / SUBGRADE
    below = 1 / (SUBGRADE * np.sqrt(1 + (DEPTH / RADIUS * np.cbrt(ratio)) ** 2))
    above = (1 - 1 / np.sqrt(1 + (DEPTH / RADIUS) ** 2)) / PAVEMENT
    return float(1.5 * pressure * RADIUS * (below + above) * 1000)


def drops(**changes: object) -> pd.DataFrame:
    # beyond 0.7 of the equivalent radius the ground alone deflects: 0.24 P / (Mr r); nearer ones feel the pavement
    far = {f"d{r}": 0.24 * 50_000 / (SUBGRADE * r) * 1000 for r in (600, 900, 1200)}
    near = {"d0": centre(), "d300": 0.85 * centre()}
    row = PLACE | {"load_kn": 50.0, "plate_radius_mm": RADIUS, "temp_asphalt": 20.0, "temp_surface": 25.0} | near | far
    return pd.DataFrame([row | {"drop": k} | changes for k in (1, 2)])


def answer(given: pd.DataFrame, **ground: object) -> pd.Series:
    places, basins = place_basins(given)
    below = {"thickness_mm": DEPTH, "asphalt_mm": 150.0, "concrete_mm": 0.0, "latitude": 24.0, "longitude": 121.0}
    return bearing(places, basins, pd.DataFrame([below | ground])).iloc[0]


def test_the_basin_gives_the_moduli_it_was_made_from() -> None:
    got = answer(drops())
    assert got["subgrade_modulus"] == pytest.approx(SUBGRADE)
    assert got["pavement_modulus"] == pytest.approx(PAVEMENT)
    assert got["d0_corrected"] == pytest.approx(centre())
    psi = PAVEMENT / 0.006894757293168
    assert got["sn_effective"] == pytest.approx(0.0045 * DEPTH / 25.4 * psi ** (1 / 3))
    # ae is 755 mm, so the sensor at 600 mm is the nearest that may be used
    assert got["method"] == (
        "AASHTO 1993 two-layer method, sensor at 600 mm, d0 at 20 degC by FHWA-RD-98-085 (to confirm)"
    )


def test_loads_within_a_fifth_of_the_standard_count_and_only_those() -> None:
    scaled = drops().assign(load_kn=45.0)
    names = [c for c in scaled if c.startswith("d") and c[1:].isdigit()]
    scaled[names] *= 0.9
    odd = drops().head(1).assign(load_kn=90.0, drop=3)
    got = answer(pd.concat([drops().head(1), scaled.tail(1), odd], ignore_index=True))
    assert got["pavement_modulus"] == pytest.approx(PAVEMENT)


def test_warm_asphalt_is_corrected_and_the_corrected_pavement_is_stiffer() -> None:
    warm = answer(drops(temp_asphalt=40.0))
    assert warm["d0_corrected"] < centre()
    assert warm["pavement_modulus"] > PAVEMENT
    assert warm["sn_effective"] > answer(drops())["sn_effective"]


def test_surface_temperature_serves_with_the_air_of_the_day_before_and_the_hour() -> None:
    given = drops(temp_asphalt=np.nan, temp_surface=38.0, temp_air_before=26.0)
    timed = given.assign(tested_at=pd.Timestamp("2024-03-02T05:00Z"))
    assert "FHWA" in answer(timed)["method"]
    assert np.isnan(answer(given)["d0_corrected"])
    assert flag_words()["temperature_depth"] in answer(given)["method"]


@pytest.mark.parametrize(
    ("changes", "ground", "flag"),
    [
        ({"temp_asphalt": np.nan, "temp_surface": np.nan}, {}, "temperature_unknown"),
        ({"temp_asphalt": 60.0}, {}, "temperature_range"),
        ({"d600": np.nan, "d900": np.nan, "d1200": np.nan}, {}, "too_near"),
        ({}, {"thickness_mm": np.nan, "asphalt_mm": np.nan}, "no_layers"),
        ({}, {"concrete_mm": 250.0}, "concrete"),
        ({"d0": 4500.0}, {"thickness_mm": 10.0}, "no_modulus"),
    ],
)
def test_t20_every_doubt_is_told_in_the_method(changes: dict, ground: dict, flag: str) -> None:
    """T20: no temperature, no correction, and the result says so; so do the other doubts."""
    got = answer(drops(**changes), **ground)
    assert flag_words()[flag] in got["method"]
    assert np.isfinite(got["subgrade_modulus"])
    if flag in ("no_layers", "concrete", "no_modulus"):
        assert np.isnan(got["sn_effective"])
    if flag.startswith("temperature"):
        assert np.isnan(got["d0_corrected"])
        assert got["pavement_modulus"] == pytest.approx(PAVEMENT)


def test_a_result_beyond_belief_is_left_out_and_the_others_stand() -> None:
    got = answer(drops(d0=75.0, d300=74.0, d600=70.0, d900=66.0, d1200=62.0), thickness_mm=120.0)
    assert flag_words()["out_of_limits"] in got["method"]
    assert np.isnan(got["pavement_modulus"])
    assert np.isfinite(got["subgrade_modulus"])


def test_one_drop_is_flagged_and_two_are_not() -> None:
    assert flag_words()["few_drops"] in answer(drops().head(1))["method"]
    assert flag_words()["few_drops"] not in answer(drops())["method"]


def test_t19_unsound_drops_give_no_place() -> None:
    places, basins = place_basins(drops(load_kn=0.0))
    assert len(places) == len(basins) == 0
    ground = pd.DataFrame(
        {c: [] for c in ("thickness_mm", "asphalt_mm", "concrete_mm", "latitude", "longitude")}, dtype=float
    )
    assert set(KINDS) <= set(bearing(places, basins, ground))
