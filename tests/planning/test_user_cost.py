"""Extra vehicle operating cost from roughness, against the published relation worked by hand."""

import numpy as np
import pandas as pd
import pytest

from pavement.condition.cell_traffic import stretch_growth
from pavement.planning.user_cost import added_cost, lane_vehicles, user_cost
from pavement.schema import read_table

FIRST = range(2026, 2027)


def units(**given) -> pd.DataFrame:
    place = {"route": "N1", "direction": "S", "lane": ["1", "2"], "from_m": 0.0, "to_m": 2000.0}
    return pd.DataFrame({**place, "aadt": 40_000.0, "aadtt": 10_000.0, **given})


def test_rates_are_those_of_the_published_abstract() -> None:
    """+2 % fuel of cars a m/km, +1 % of heavy; tyres +1 %; repair 0 to 3, +10 % at 4, +40 and +50 % at 5 m/km."""
    cost = read_table("user_cost").groupby(["vehicles", "item"])["cost_km"].first()
    rise = {
        ("light", 2.0): {"fuel": 0.02, "tyre": 0.01, "repair": 0.0},
        ("light", 4.0): {"fuel": 0.06, "tyre": 0.03, "repair": 0.10},
        ("light", 5.0): {"fuel": 0.08, "tyre": 0.04, "repair": 0.40},
        ("heavy", 2.0): {"fuel": 0.01, "tyre": 0.01, "repair": 0.0},
        ("heavy", 5.0): {"fuel": 0.04, "tyre": 0.04, "repair": 0.50},
    }
    for (vehicles, iri), shares in rise.items():
        expected = sum(cost[vehicles, item] * share for item, share in shares.items())
        assert added_cost(np.array([iri]), vehicles=vehicles)[0] == pytest.approx(expected)
    assert (added_cost(np.array([0.0, 0.7, 1.0]), vehicles="light") == 0).all()


def test_cost_of_a_year_by_hand_on_two_lanes() -> None:
    cost, known = user_cost(units(), np.full((2, 1), 2.0), FIRST)
    light, heavy = 2.4 * 0.02 + 0.2 * 0.01, 9.5 * 0.01 + 1.5 * 0.01
    # both lanes together carry each vehicle of the direction once
    assert cost[0] == pytest.approx(365 * 2.0 * (30_000 * light + 10_000 * heavy))
    assert known[0] == 1.0


def test_unknown_traffic_is_unknown_and_not_nothing() -> None:
    cost, known = user_cost(units(aadt=[40_000.0, np.nan]), np.full((2, 3), 2.0), range(2026, 2029))
    assert (known == 0.5).all()
    assert cost[0] == pytest.approx(user_cost(units(), np.full((2, 1), 2.0), FIRST)[0][0] / 2)
    assert np.isnan(user_cost(units(aadt=np.nan), np.full((2, 1), 2.0), FIRST)[0]).all()
    assert np.isnan(user_cost(units().drop(columns="aadtt"), np.full((2, 1), 2.0), FIRST)[0]).all()
    assert user_cost(units(), np.array([[2.0], [np.nan]]), FIRST)[1][0] == 0.5


def test_what_an_auxiliary_lane_carries_is_unknown() -> None:
    found = lane_vehicles(units(lane=["1", "aux"]))
    assert found["heavy"][0] == 10_000 * 365
    assert np.isnan(found["light"][1])


def test_user_cost_grows_with_the_traffic_of_each_year_as_far_as_counts_are_carried() -> None:
    """Counted to 2019 and carried to 2029, ten years: what is added up here one year after the other."""
    grows = {"growth_light": [0.02, np.nan], "growth_heavy": [-0.01, np.nan], "counted_to": [2019.0, np.nan]}
    cost, _ = user_cost(units(**grows), np.full((2, 5), 2.0), range(2026, 2031))
    still, _ = user_cost(units(), np.full((2, 1), 2.0), FIRST)
    light, heavy = 2.4 * 0.02 + 0.2 * 0.01, 9.5 * 0.01 + 1.5 * 0.01
    cars, trucks = 15_000.0, 5_000.0
    for year in range(2026, 2031):
        cars, trucks = (cars * 1.02, trucks * 0.99) if year <= 2029 else (cars, trucks)
        other = still[0] / 2
        assert cost[year - 2026] == pytest.approx(365 * 2.0 * (cars * light + trucks * heavy) + other)


def test_growth_of_a_length_is_that_of_the_counters_over_it() -> None:
    counted = pd.DataFrame(
        [("a", year, kind, 1000.0 * rate ** (year - 2020)) for year in range(2020, 2026)
         for kind, rate in (("31", 1.03), ("5", 0.98))], columns=["counter", "year", "vehicle_class", "aadt"],
    )  # fmt: skip
    counted = counted.assign(route="N1", direction="S", from_m=0.0, to_m=1500.0)
    found = stretch_growth(units(lane="1", from_m=[0.0, 2000.0], to_m=[2000.0, 4000.0]), counted)
    assert found.iloc[0].to_numpy() == pytest.approx([0.03, -0.02, 2025.0])
    assert found.iloc[1].isna().all()
