"""Basins of any sensors: what stands between two of them, and sensors that are dead."""

import numpy as np
import pandas as pd
import pytest

from pavement.measures.basin import basin, dead_sensors, deflection_at, packed, unreadable
from pavement.measures.deflection import basin_indices, place_values

PLACE = {"route": "N1", "direction": "S", "lane": "2", "measure_m": 100.0, "surveyed_on": pd.Timestamp("2024-03-02")}
LOAD = {"drop": 1, "load_kn": 50.0, "plate_radius_mm": 150.0, "temp_surface": 30.0}


def exponential(offsets: list[float]) -> dict[str, float]:
    """A basin that falls as an exponential: log-linear between any two sensors."""
    return {f"d{o:g}": 400 * float(np.exp(-o / 500)) for o in offsets}


def test_sensors_at_any_distance_stand_in_one_text_and_come_back() -> None:
    offsets = [0, 203.2, 304.8, 457.2, 609.6, 914.4, 1219.2, 1524, 1828.8]
    frame = pd.DataFrame([PLACE | LOAD | exponential(offsets), PLACE | LOAD | exponential([0, 300, 600])])
    table = packed(frame)
    assert not [c for c in table if c.startswith("d2") or c == "d304.8"]
    got = basin(table)
    pd.testing.assert_frame_equal(got, basin(frame), rtol=1e-9)
    assert got.iloc[0].dropna().index.tolist() == offsets
    assert got.iloc[1].dropna().index.tolist() == [0, 300, 600]


def test_indices_of_nine_sensors_in_inches_equal_those_of_a_basin_with_sensors_there() -> None:
    inches = pd.DataFrame([PLACE | LOAD | exponential([0, 203.2, 304.8, 457.2, 609.6, 914.4, 1219.2])])
    there = pd.DataFrame([PLACE | LOAD | exponential([0, 300, 600, 900])])
    a, b = (basin_indices(packed(f)).iloc[0] for f in (inches, there))
    for kind in ("d0", "sci", "bdi", "bci", "basin_area"):
        assert a[kind] == pytest.approx(b[kind], rel=1e-9)
    assert (a["between"], b["between"]) == ("d300 d600 d900", "")
    assert "d300, d600, d900 between two sensors" in place_values(packed(inches))["method"].iloc[0]
    assert "between" not in place_values(there)["method"].iloc[0]


def test_nothing_is_extrapolated_nor_told_across_a_wide_gap() -> None:
    frame = basin(pd.DataFrame([exponential([0, 200, 450]), exponential([0, 900]), exponential([0, 200, 300])]))
    value, between = deflection_at(frame, 300)
    assert np.isfinite(value).tolist() == [True, False, True]
    assert between.tolist() == [True, False, False]
    assert np.isnan(deflection_at(frame, 1200)[0]).all()


def test_t19_a_sensor_that_says_the_same_of_every_place_is_dead() -> None:
    rng = np.random.default_rng(3)
    road = pd.DataFrame({"d0": rng.uniform(200, 400, 6), "d300": rng.uniform(100, 180, 6), "d900": 55.0})
    assert dead_sensors(basin(road)) == [900.0]
    assert dead_sensors(basin(road.head(4))) == []
    assert dead_sensors(basin(road.assign(d0=300.0))) == []


def test_pairs_that_cannot_be_read_are_told() -> None:
    texts = pd.Series(["203:240.7 305:219.8", "", None, "203=240", "203:"])
    assert unreadable(texts).tolist() == [False, False, False, True, True]
