"""Deflection indices of a published basin, two-layer answers and unsound drops."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pavement.measures.deflection import (
    basin_indices,
    design_subgrade_modulus,
    drop_faults,
    effective_modulus,
    effective_structural_number,
    impulse_stiffness,
    normalised,
    place_values,
    plate_load,
    surface_modulus,
)

BASIN = {"d0": 292.6, "d200": 240.7, "d300": 219.8, "d450": 186.2, "d600": 154.4, "d900": 104.8, "d1200": 74.8}


def drops(**changes: object) -> pd.DataFrame:
    row = {"route": "N1", "direction": "S", "lane": "2", "measure_m": 100.0, "surveyed_on": pd.Timestamp("2024-03-02")}
    load = {"drop": 1, "load_kn": 50.964486822860415, "plate_radius_mm": 150.0, "temp_surface": 30.0}
    return pd.DataFrame([row | load | BASIN | changes])


def test_indices_of_the_published_basin() -> None:
    got = basin_indices(drops(), target=0).iloc[0]
    assert got["sci"] == pytest.approx(72.8)
    assert got["bdi"] == pytest.approx(65.4)
    assert got["bci"] == pytest.approx(49.6)
    assert got["basin_area"] / 25 == pytest.approx(23.49555707004444)
    assert got["ism"] == pytest.approx(0.17417801374866854)


def test_load_of_the_plate_and_deflection_at_50_kn() -> None:
    load = plate_load(721, radius=150)
    assert float(load) == pytest.approx(50.964486822860415)
    assert float(normalised(292.6, load=load)) == pytest.approx(287.0626373782622)


def test_a_drop_far_from_the_standard_load_is_not_brought_to_it() -> None:
    got = normalised([300.0, 300.0, 300.0, 300.0], load=[39.9, 40.0, 60.0, 60.1])
    assert np.isnan(got).tolist() == [True, False, False, True]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        ({"d1200": np.nan, "d200": np.nan}, ""),
        ({"d450": 221.0}, ""),
        ({"d450": 230.0}, "rises"),
        ({"d450": np.nan, "d600": 230.0}, "rises"),
        ({"d900": -3.0}, "negative"),
        ({"d600": 0.0}, "negative"),
        ({"d0": np.nan}, "centre"),
        ({"load_kn": 0.0}, "no load"),
        ({"load_kn": np.nan}, "no load"),
    ],
)
def test_t19_unsound_drops_say_why(changes: dict[str, float], words: str) -> None:
    reason = drop_faults(drops(**changes)).iloc[0]
    assert words in reason
    assert bool(words) == bool(reason)


def test_t19_order_of_heights_does_not_matter_and_unsound_drops_do_not_count() -> None:
    given = pd.concat([drops(), drops(d0=298.0), drops(load_kn=0.0), drops(load_kn=90.0)], ignore_index=True)
    a, b = place_values(given), place_values(given.iloc[::-1])
    pd.testing.assert_frame_equal(a, b)
    assert a["drops"].tolist() == [2]
    assert a["d0"].iloc[0] == pytest.approx((292.6 + 298.0) / 2 * 50 / 50.964486822860415)


def test_t20_a_missing_temperature_is_said() -> None:
    assert place_values(drops(temp_surface=np.nan))["method"].iloc[0].endswith("temperature not recorded")
    assert place_values(drops())["method"].iloc[0].endswith("not corrected for temperature")
    assert place_values(drops().drop(columns="temp_surface"))["method"].iloc[0].endswith("not recorded")


def test_no_sound_drop_gives_no_place() -> None:
    assert place_values(drops(load_kn=0.0)).empty


def test_stiffness_without_deflection_is_unknown() -> None:
    assert np.isnan(impulse_stiffness(50.0, 0.0))


def test_surface_modulus_of_an_elastic_half_space() -> None:
    assert float(surface_modulus(700, 700, radius=150, poisson=0.5)) == pytest.approx(2 * 0.75 * 0.7 * 150 / 0.7)
    # Boussinesq: far from the load the same half-space of 225 MPa deflects (1 - nu2) p a2 / (E r)
    far = 0.75 * 0.7 * 150**2 / (225 * 900) * 1000
    assert float(surface_modulus(700, far, radius=150, distance=900, poisson=0.5)) == pytest.approx(225)


def test_two_layer_method_of_a_textbook_example() -> None:
    """Huang, Pavement Analysis and Design, equations 13.22 to 13.26, in lbf and inches."""
    got = effective_modulus(load=9000, radius=5.9, thickness=12.25, centre=0.92 * 0.0139, outer=0.00355, distance=36)
    assert float(got.subgrade) == pytest.approx(16_900, rel=1e-3)
    assert float(design_subgrade_modulus(got.subgrade)) == pytest.approx(5_577, rel=1e-3)
    assert float(got.pavement / got.subgrade) == pytest.approx(8.47, abs=0.01)
    assert float(0.7 * got.equivalent_radius) == pytest.approx(17.97, abs=0.02)
    assert got.far_enough
    number = effective_structural_number(thickness=12.25 * 25.4, modulus=got.pavement * 0.006894757293168)
    assert float(number) == pytest.approx(2.88, abs=0.01)


def test_two_layer_method_says_the_same_in_newton_and_millimetre() -> None:
    inches = {"radius": 5.9, "thickness": 12.0, "centre": 0.0228, "outer": 0.01, "distance": 36.0}
    us = effective_modulus(load=9000, **inches)
    si = effective_modulus(load=9000 * 4.4482216152605, **{k: v * 25.4 for k, v in inches.items()})
    assert float(si.pavement) == pytest.approx(float(us.pavement) * 0.006894757293168)
    assert float(si.equivalent_radius) == pytest.approx(float(us.equivalent_radius) * 25.4)


def test_no_modulus_where_the_centre_moves_less_than_the_edge_and_nothing_where_nothing_is_known() -> None:
    got = effective_modulus(
        load=9000, radius=5.9, thickness=[12, np.nan], centre=[0.0005, 0.02], outer=0.01, distance=36
    )
    assert np.isnan(got.pavement).all()
    assert got.subgrade.tolist() == pytest.approx([6000, 6000])
    assert not got.far_enough.any()


def test_a_sensor_too_near_is_told() -> None:
    got = effective_modulus(load=9000, radius=5.9, thickness=12, centre=0.0228, outer=[0.01, 0.0166], distance=[36, 12])
    assert got.far_enough.tolist() == [True, False]


@pytest.mark.real
def test_vectors(shared: Path) -> None:
    row = json.loads((shared / "data/vectors/fwd/ism_area.json").read_text())
    given = drops(**{f"d{o}": d for o, d in zip(row["offsets_mm"], row["defl_um"], strict=True)})
    got = basin_indices(given, target=0).iloc[0]
    assert float(plate_load(row["pressure_kPa"], radius=row["plate_radius_mm"])) == pytest.approx(row["load_kN"])
    assert got["ism"] == pytest.approx(row["ISM_kN_per_um"], rel=1e-6)
    assert got["sci"] == pytest.approx(row["SCI300_um"], rel=1e-6)
    assert got["bdi"] == pytest.approx(row["BDI_um"], rel=1e-6)
    assert got["bci"] == pytest.approx(row["BCI_um"], rel=1e-6)
    assert got["basin_area"] == pytest.approx(row["AREA_mm_(0,300,600,900)"], rel=1e-6)
    assert got["basin_area"] / 25 == pytest.approx(row["AREA_in"], rel=1e-6)
    brought = normalised(row["defl_um"], load=row["load_kN"])
    np.testing.assert_allclose(brought, row["normalised_to_50kN_um"], rtol=1e-6)


@pytest.mark.real
def test_vectors_of_the_two_layer_method(shared: Path) -> None:
    for row in json.loads((shared / "data/vectors/fwd/aashto93_forward.json").read_text())["rows"]:
        got = effective_modulus(
            load=row["P_lb"],
            radius=row["a_in"],
            thickness=row["D_in"],
            centre=row["d0_in"],
            outer=row["dr_in"],
            distance=row["r_in"],
        )
        assert got.subgrade == pytest.approx(row["Mr_psi"], rel=1e-4)
        assert got.pavement == pytest.approx(row["Ep_psi"], rel=1e-4)
        assert got.equivalent_radius == pytest.approx(row["ae_in"], rel=1e-4)
        assert bool(got.far_enough) == row["r_ok"]
        assert design_subgrade_modulus(got.subgrade) == pytest.approx(row["design_Mr_C_0.33"], rel=1e-4)
        number = effective_structural_number(thickness=row["D_in"] * 25.4, modulus=got.pavement * 0.006894757293168)
        assert number == pytest.approx(row["SNeff"], rel=1e-4)
