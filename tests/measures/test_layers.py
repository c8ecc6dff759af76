"""Structural number and thickness by published examples."""

import numpy as np
import pandas as pd
import pytest

from pavement.measures.layers import (
    core_disagrees,
    crossing,
    layer_coefficients,
    radar_thickness,
    structural_number,
    thickness,
)


def stack(*layers: tuple[str, float]) -> pd.DataFrame:
    return pd.DataFrame(layers, columns=["kind", "thickness_mm"])


def test_structural_number_is_the_sum_in_inches() -> None:
    layers = stack(("asphalt", 6 * 25.4), ("granular_base", 8 * 25.4), ("subbase", 10 * 25.4), ("subgrade", 300))
    assert structural_number(layers) == pytest.approx(6 * 0.44 + 8 * 0.14 + 10 * 0.11)


def test_a_kind_without_a_coefficient_gives_no_number() -> None:
    assert np.isnan(structural_number(stack(("asphalt", 100), ("gold", 10))))


def test_thickness_of_a_group() -> None:
    layers = stack(("asphalt", 50), ("asphalt", 150), ("treated_base", 200), ("subbase", 300), ("subgrade", 500))
    assert thickness(layers, group="asphalt") == 200
    assert thickness(layers, group="base") == 500


def test_every_kind_a_layer_may_have_has_a_row() -> None:
    kinds = {"asphalt", "concrete", "treated_base", "granular_base", "subbase", "subgrade"}
    assert set(layer_coefficients().index) == kinds


def test_t21_crossing_and_empty_layers_are_flagged() -> None:
    tops = np.array([[0.0, 100.0], [0.0, 90.0], [0.0, 100.0], [0.0, np.nan]])
    bottoms = np.array([[100.0, 300.0], [100.0, 300.0], [100.0, 100.0], [100.0, np.nan]])
    assert crossing(tops, bottoms).tolist() == [False, True, True, False]


def test_t21_a_core_15_percent_off_is_flagged() -> None:
    assert core_disagrees(np.array([114.0, 116.0, 84.0]), np.array([100.0, 100.0, 100.0])).tolist() == [0, 1, 1]


def test_radar_thickness_of_the_worked_example() -> None:
    assert radar_thickness(2.0, 6.0) == pytest.approx(122.4, abs=0.05)
