"""Ids of gantries and their sections by hand."""

import numpy as np
import pandas as pd
import pytest

from pavement.measures.gantry_sections import (
    GIVEN,
    MIDWAY,
    gantry_parts,
    gantry_sections,
    nearest_gantry,
    valid_gantries,
)


@pytest.mark.parametrize(
    ("gantry", "expected"),
    [
        ("01F0339N", ["N1", "main", "N", 33_900.0]),
        ("01H0163S", ["N1H", "elevated", "S", 16_300.0]),
        ("03A0041N", ["N3A", "main", "N", 4_100.0]),
        ("05FR113S", ["N5", "ramp", "S", 11_300.0]),
        ("03F2899N", ["N3", "main", "N", 289_900.0]),  # 289K+900
    ],
)
def test_an_id_says_route_variant_direction_and_mileage(gantry: str, expected: list[object]) -> None:
    assert gantry_parts(pd.Series([gantry])).iloc[0].tolist() == expected


@pytest.mark.parametrize("text", ["", "01X0339N", "01F0339E", "1F0339N", "01F03390N", "x01F0339N"])
def test_another_form_says_nothing(text: str) -> None:
    assert gantry_parts(pd.Series([text])).isna().all(axis=None)


def listed(**changes: object) -> pd.DataFrame:
    ids = ["01F0010S", "01F0050S", "01F0400S", "01F0010N", "05FR113S"]
    frame = gantry_parts(pd.Series(ids)).assign(gantry=ids, valid_from=pd.Timestamp("2020-01-01"), valid_to=pd.NaT)
    return frame.assign(**changes)


def test_a_section_ends_midway_and_no_further_than_a_gantry_reaches() -> None:
    got = gantry_sections(listed()).set_index("gantry")
    # 35 km lie between the second and the third: each reaches 10 km, the rest is not counted
    assert got.loc["01F0050S", ["from_m", "to_m"]].tolist() == [3_000, 15_000]
    assert got.loc["01F0400S", ["from_m", "to_m"]].tolist() == [30_000, 50_000]
    assert got.loc["01F0010S", ["from_m", "to_m"]].tolist() == [-1_000, 3_000]
    assert set(got["rule"]) == {MIDWAY}
    assert "05FR113S" not in got.index


def test_sections_end_with_the_route() -> None:
    limits = {("N1", "S"): (500.0, 45_000.0)}
    got = gantry_sections(listed(), limits=limits).set_index("gantry")
    assert got.loc["01F0010S", "from_m"] == 500
    assert got.loc["01F0400S", "to_m"] == 45_000
    assert got.index.tolist() == ["01F0010S", "01F0050S", "01F0400S"]


def test_given_borders_stand() -> None:
    ends = {"from_m": [np.nan, 2_000, np.nan, np.nan, np.nan], "to_m": [np.nan, 9_000, np.nan, np.nan, np.nan]}
    got = gantry_sections(listed(**ends)).set_index("gantry")
    assert got.loc["01F0050S", ["from_m", "to_m", "rule"]].tolist() == [2_000, 9_000, GIVEN]


def test_neighbours_share_a_border_and_never_overlap() -> None:
    rng = np.random.default_rng(3)
    ids = pd.Series([f"01F{t:04d}S" for t in sorted(rng.choice(3000, 60, replace=False))])
    got = gantry_sections(gantry_parts(ids).assign(gantry=ids)).sort_values("from_m")
    assert (got["from_m"].to_numpy()[1:] >= got["to_m"].to_numpy()[:-1] - 1e-6).all()


def test_an_unknown_gantry_is_told_the_nearest_on_its_road() -> None:
    known = ["01F0339N", "01F0360N", "01F0339S", "03F0350N"]
    assert nearest_gantry("01F0350N", known) == "01F0360N"
    assert nearest_gantry("nonsense", known) in known
    assert nearest_gantry("01F0350N", []) == ""


def test_a_list_holds_from_its_first_day_to_the_day_before_it_ends() -> None:
    old = listed().assign(valid_to=pd.Timestamp("2023-07-01"))
    new = listed().iloc[:2].assign(valid_from=pd.Timestamp("2023-07-01"), measure_m=1.0)
    both = pd.concat([old, new])
    assert len(valid_gantries(both, on=pd.Timestamp("2019-12-31"))) == 0
    assert len(valid_gantries(both, on=pd.Timestamp("2023-06-30"))) == 5
    assert valid_gantries(both, on=pd.Timestamp("2023-07-01"))["measure_m"].tolist() == [1.0, 1.0]
