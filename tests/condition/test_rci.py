"""The SCANNER-style indicator by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pavement.condition.indices import index_grade
from pavement.condition.rci import condition_indicator, rci_limits


def test_points_between_the_limits_add_up_and_the_worse_profile_counts() -> None:
    frame = pd.DataFrame(
        {
            "rut": [15.0, 30.0, 5.0],
            "crack_percent": [0.1, 5.0, 1.0],
            "lpv_3m": [7.0, 20.0, np.nan],
            "lpv_10m": [21.0, 56.0, np.nan],
            "mpd": [0.45, 0.1, np.nan],
        }
    )
    got = condition_indicator(frame)
    assert got.tolist() == pytest.approx([50 + 40 + 37.5, 100 + 80 + 60 + 75, 60 * 0.85 / 1.85])
    assert index_grade(got, index="rci").tolist() == ["Red", "Red", "Green"]


def test_a_part_not_measured_adds_nothing_but_ruts_and_cracks_are_needed() -> None:
    frame = pd.DataFrame({"rut": [20.0, 20.0, np.nan], "crack_percent": [0.0, np.nan, 9.0]})
    np.testing.assert_equal(condition_indicator(frame).to_numpy(), [100.0, np.nan, np.nan])
    assert condition_indicator(pd.DataFrame({"iri": [1.0]})).isna().all()


def test_a_value_on_a_limit_of_the_grades_belongs_to_the_worse_one() -> None:
    assert index_grade(pd.Series([39.9, 40.0, 99.9, 100.0]), index="rci").tolist() == ["Green", "Amber", "Amber", "Red"]


@given(rut=st.floats(0, 200), cracks=st.floats(0, 100), profile=st.floats(0, 1000), texture=st.floats(0, 10))
def test_p11_the_indicator_stays_between_0_and_its_sum_of_points(
    rut: float, cracks: float, profile: float, texture: float
) -> None:
    row = {"rut": [rut], "crack_percent": [cracks], "lpv_3m": [profile], "lpv_10m": [profile], "mpd": [texture]}
    most = rci_limits().groupby("part")["points"].max().sum()
    assert most == 315
    assert 0 <= condition_indicator(pd.DataFrame(row)).iloc[0] <= most
