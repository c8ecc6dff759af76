"""Extra vehicle operating cost from roughness, against the published relation worked by hand."""

import numpy as np
import pandas as pd
import pytest

from pavement.planning.user_cost import added_cost, lane_vehicles, user_cost
from pavement.schema import read_table


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
    cost, known = user_cost(units(), np.full((2, 1), 2.0))
    light, heavy = 2.4 * 0.02 + 0.2 * 0.01, 9.5 * 0.01 + 1.5 * 0.01
    # both lanes together carry each vehicle of the direction once
    assert cost[0] == pytest.approx(365 * 2.0 * (30_000 * light + 10_000 * heavy))
    assert known[0] == 1.0


def test_unknown_traffic_is_unknown_and_not_nothing() -> None:
    cost, known = user_cost(units(aadt=[40_000.0, np.nan]), np.full((2, 3), 2.0))
    assert (known == 0.5).all()
    assert cost[0] == pytest.approx(user_cost(units(), np.full((2, 1), 2.0))[0][0] / 2)
    assert np.isnan(user_cost(units(aadt=np.nan), np.full((2, 1), 2.0))[0]).all()
    assert np.isnan(user_cost(units().drop(columns="aadtt"), np.full((2, 1), 2.0))[0]).all()
    assert user_cost(units(), np.array([[2.0], [np.nan]]))[1][0] == 0.5


def test_what_an_auxiliary_lane_carries_is_unknown() -> None:
    found = lane_vehicles(units(lane=["1", "aux"]))
    assert found["heavy"][0] == 10_000 * 365
    assert np.isnan(found["light"][1])
