"""Structural number and thickness by published examples."""

import numpy as np
import pandas as pd
import pytest

from pavement.measures.layers import (
    layer_coefficients,
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
