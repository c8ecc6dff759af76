"""Axle loads against published factors."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pavement.errors import SurveyError
from pavement.measures.rigid_equivalency import load_equivalency_rigid
from pavement.measures.traffic import (
    KN_PER_KIP,
    class_name,
    esal,
    fourth_power,
    growth_factor,
    impossible_counts,
    lane_shares,
    load_equivalency,
    truck_factors,
    twice_counted,
)


@pytest.mark.parametrize(
    ("kip", "axles", "number", "expected", "digits"),
    [
        (10, 1, 5, 0.0877, 4),
        (20, 1, 5, 1.51, 2),
        (30, 1, 5, 6.97, 2),
        (30, 1, 3, 7.94, 2),
        (34, 2, 5, 1.09, 2),
        (36, 2, 5, 1.38, 2),
        (40, 2, 5, 2.08, 2),
        (48, 3, 5, 1.03, 2),
    ],
)
def test_equals_printed_factors(kip: float, axles: int, number: float, expected: float, digits: int) -> None:
    assert round(float(load_equivalency(kip * KN_PER_KIP, axles=axles, structural_number=number)), digits) == expected


@pytest.mark.parametrize(("number", "expected"), list(enumerate([1.61, 1.59, 1.56, 1.55, 1.57, 1.60], start=1)))
def test_equals_the_printed_table_at_terminal_2(number: int, expected: float) -> None:
    got = load_equivalency(20 * KN_PER_KIP, axles=1, structural_number=number, terminal=2.0)
    # the closed form gives 1.588 for the last one, printed as 1.60; the other five agree to their digits
    assert float(got) == pytest.approx(expected, abs=0.013 if number == 6 else 0.01)


def test_the_standard_axle_counts_one_and_no_load_none() -> None:
    loads = np.array([18 * KN_PER_KIP, 0.0])
    np.testing.assert_allclose(load_equivalency(loads, axles=1, structural_number=4), [1, 0], atol=1e-12)


def test_a_missing_load_stays_missing_and_no_load_does_no_damage() -> None:
    got = load_equivalency([np.nan, 0.0, 18 * KN_PER_KIP], axles=[1, 2, 1], structural_number=4)
    np.testing.assert_allclose(got, [np.nan, 0, 1], atol=1e-12)
    assert np.isnan(load_equivalency_rigid(np.nan, axles=1, slab=230))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"load": -80.0}, "weigh -80 kN"),
        ({"load": [80.0, -1.0]}, "weigh -1 kN"),
        ({"load": np.inf}, "weigh inf kN"),
        ({"axles": 0}, "of 0 axles"),
        ({"axles": 4}, "of 4 axles"),
        ({"axles": [1, 2.5]}, "of 2.5 axles"),
        ({"axles": np.nan}, "of nan axles"),
        ({"structural_number": -1}, "number of -1"),
        ({"structural_number": [5.0, -0.5]}, "number of -0.5"),
        ({"terminal": 4.2}, "serviceability of 4.2"),
        ({"terminal": 1.5}, "serviceability of 1.5"),
        ({"terminal": np.nan}, "serviceability of nan"),
    ],
)
def test_t22_what_no_axle_or_pavement_can_be_is_refused(wrong: dict[str, Any], words: str) -> None:
    """T22: loads that cannot be."""
    given = {"load": 80.0, "axles": 1, "structural_number": 5.0} | wrong
    with pytest.raises(SurveyError, match=words):
        load_equivalency(given.pop("load"), **given)


def test_more_load_is_never_less_damage() -> None:
    loads = np.linspace(1, 300, 200)
    for axles in (1, 2, 3):
        assert (np.diff(load_equivalency(loads, axles=axles, structural_number=5)) > 0).all()


def test_fourth_power_shortcut() -> None:
    assert float(fourth_power(160.0)) == 16.0


@pytest.mark.real
def test_vectors(shared: Path) -> None:
    for row in json.loads((shared / "data/vectors/lef/aashto93_flexible_lef.json").read_text())["rows"]:
        got = load_equivalency(
            row["load_kip"] * KN_PER_KIP, axles=row["axle_code"], structural_number=row["SN"], terminal=row["pt"]
        )
        assert float(got) == pytest.approx(row["lef"], rel=1e-6)


def test_growth_sums_a_geometric_series() -> None:
    assert growth_factor(0.0, years=20) == 20
    assert growth_factor(0.04, years=20) == pytest.approx(sum(1.04**k for k in range(20)))
    with pytest.raises(SurveyError, match="no traffic"):
        growth_factor(-1, years=5)


def test_loads_of_a_lane_by_hand() -> None:
    got = esal([[1000, 100], [0, 50]], truck_factor=[0.01, 2.0], lane_share=[0.5, 1.0])
    np.testing.assert_allclose(got, [(10 + 200) * 365 * 0.5, 100 * 365])


def test_classes_of_the_gantries_have_factors_that_say_they_are_not_confirmed() -> None:
    factors = truck_factors()
    assert factors.index.tolist() == ["31", "32", "41", "42", "5"]
    assert (factors["status"] == "to confirm").all()
    assert factors["heavy"].tolist() == [False, False, True, True, True]
    assert ((factors["low"] < factors["truck_factor"]) & (factors["truck_factor"] < factors["high"])).all()


@pytest.mark.parametrize("value", ["41", " 41", 41, 41.0])
def test_a_class_is_text(value: object) -> None:
    assert class_name(value) == "41"


@pytest.mark.parametrize("lanes", [1, 2, 3, 4, 5])
def test_p11_lane_shares_add_up_to_one(lanes: int) -> None:
    shares = lane_shares([lanes] * lanes, [str(k + 1) for k in range(lanes)])
    assert shares.sum() == pytest.approx(1)
    assert (np.diff(shares) > 0).all()


def test_a_shoulder_has_no_share() -> None:
    assert np.isnan(lane_shares([2, 2], ["shoulder_out", "3"])).all()


def counts(**changes: object) -> pd.DataFrame:
    rows = [("c1", 0, 1000, "31", 9000), ("c1", 0, 1000, "42", 1000), ("c2", 1000, 2000, "42", 1200)]
    frame = pd.DataFrame(rows, columns=["counter", "from_m", "to_m", "vehicle_class", "aadt"])
    return frame.assign(route="N1", direction="S", year=2023, **changes)


def test_t22_a_stretch_counted_twice_is_listed_with_the_sum() -> None:
    assert twice_counted(counts()).empty
    found = twice_counted(counts(from_m=0))
    assert found[["counter", "other", "sum"]].to_numpy().tolist() == [["c2", "c1", 2200]]


def test_t22_too_many_trucks_are_listed_by_direction() -> None:
    found = impossible_counts(counts())
    assert found[["counter", "share", "total"]].to_numpy().tolist() == [["c2", 1.0, 1200]]
    north = counts().query("counter == 'c1'").assign(direction="N", aadt=[1000, 9000])
    found = impossible_counts(pd.concat([counts(), north]))
    assert found[["counter", "direction", "share"]].to_numpy().tolist() == [["c1", "N", 0.9], ["c2", "S", 1.0]]
