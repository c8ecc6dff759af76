"""Condition after work: levels, growth, reflection, delay; and the gain reckoned by hand."""

import numpy as np
import pandas as pd
import pytest

from pavement.planning.economics import discount_factors, traffic_weight, treatment_cost
from pavement.planning.outlook import FromCells, at_edge, outlook
from pavement.planning.penalty import condition_penalty, penalty, penalty_curves
from pavement.planning.rollout import course_penalty, treated, untreated
from pavement.planning.strategies import strategies
from pavement.planning.treatments import catalogue
from tests.planning.conftest import RATES, make_units, straight_lines

CATALOGUE = catalogue()


def look_of(units: pd.DataFrame, steps: int = 12):
    return outlook(units, steps=steps, forecast=straight_lines, catalogue=CATALOGUE)


def one(**state: float) -> pd.DataFrame:
    return make_units(1).assign(
        **{"iri": 2.0, "rut": 6.0, "crack_percent": 10.0, "pothole_area": 0.4, "age": 9.0} | state
    )


def test_renewal_resets_to_the_level_and_grows_from_there() -> None:
    look = look_of(one())
    after = treated(untreated(look), look, CATALOGUE.treatments.loc["mill_overlay"], step=3)
    iri = after.condition["iri"][0]
    np.testing.assert_allclose(iri[:4], 2.0 + RATES["iri"] * np.arange(4))
    np.testing.assert_allclose(iri[4:], 0.85 + RATES["iri"] * np.arange(1, 10))
    np.testing.assert_array_equal(after.age[0], [9, 10, 11, 12, *range(1, 10)])
    assert (after.condition["pothole_area"][0, 4:] == 0).all()


def test_renewal_never_leaves_a_value_above_the_one_before() -> None:
    look = look_of(one(iri=0.7))
    after = treated(untreated(look), look, CATALOGUE.treatments.loc["mill_overlay"], step=0)
    np.testing.assert_allclose(after.condition["iri"][0, 1], 0.7 + RATES["iri"])


def test_old_cracks_are_back_by_the_end_of_the_life() -> None:
    look = look_of(one(), steps=15)
    row = CATALOGUE.treatments.loc["thin_overlay"]
    cracks = treated(untreated(look), look, row, step=0).condition["crack_percent"][0]
    life, share = int(row["life"]), row["reflection"]
    assert cracks[life] == pytest.approx(RATES["crack_percent"] * life + share * 10.0)
    assert cracks[life + 2] - cracks[life] == pytest.approx(2 * RATES["crack_percent"])


def test_seal_holds_cracks_still_and_leaves_roughness() -> None:
    look = look_of(one(crack_percent=3.0))
    plain = untreated(look)
    after = treated(plain, look, CATALOGUE.treatments.loc["crack_seal"], step=2)
    np.testing.assert_array_equal(after.condition["iri"], plain.condition["iri"])
    cracks = after.condition["crack_percent"][0]
    assert (cracks[2:6] == cracks[2]).all()
    assert cracks[6] == pytest.approx(cracks[2] + RATES["crack_percent"])
    np.testing.assert_array_equal(after.age, plain.age)


def test_pothole_is_back_after_the_life_of_the_patch() -> None:
    look = look_of(one())
    row = CATALOGUE.treatments.loc["pothole_patch"]
    holes = treated(untreated(look), look, row, step=1).condition["pothole_area"][0]
    life = int(row["life"])
    assert (holes[2 : 2 + life] == 0).all()
    assert (holes[2 + life :] == 0.4).all()


def test_inputs_are_not_changed() -> None:
    look = look_of(one())
    plain = untreated(look)
    before = {k: v.copy() for k, v in plain.condition.items()}
    treated(plain, look, CATALOGUE.treatments.loc["mill_overlay"], step=0)
    for kind, path in before.items():
        np.testing.assert_array_equal(plain.condition[kind], path)


def test_forecast_sees_the_renewed_state() -> None:
    seen: list[pd.DataFrame] = []

    def watching(states: pd.DataFrame, *, years: int) -> pd.DataFrame:
        seen.append(states)
        return straight_lines(states, years=years)

    units = one(sn=5.0).assign(asphalt_mm=200.0, esal_since_work=1e6)
    outlook(units, steps=3, forecast=watching, catalogue=CATALOGUE)
    states = pd.concat(seen)
    overlay = states[(states["age"] == 0) & (states["asphalt_mm"] == 250) & (states["iri"] == 0.98)]
    assert len(overlay) == 1
    assert overlay["sn"].iloc[0] == pytest.approx(5.0 + 0.44 * 50 / 25.4)
    assert overlay["esal_since_work"].iloc[0] == 0
    assert not {"unit", "route", "area_m2"} & set(states.columns)


def test_untreated_units_follow_their_cells_and_renewed_ones_their_state() -> None:
    units = make_units(3)

    def from_cells(*, years: int) -> pd.DataFrame:
        step = np.arange(years + 1)
        rows = [pd.DataFrame({"unit": u, "step": step, "kind": "iri", "value": 1 + n + step**2}) for n, u in
                enumerate([*units["unit"].iloc[[2, 0]], "elsewhere"])]  # fmt: skip
        return pd.concat(rows)

    both = FromCells(straight_lines, from_cells)
    look, plain = (outlook(units, steps=4, forecast=f, catalogue=CATALOGUE) for f in (both, straight_lines))
    np.testing.assert_allclose(look.untreated["iri"][2], 1 + np.arange(5.0) ** 2)
    np.testing.assert_allclose(look.untreated["iri"][0], 2 + np.arange(5.0) ** 2)
    assert np.isnan(look.untreated["iri"][1]).all()
    for name, paths in plain.renewed.items():
        np.testing.assert_array_equal(look.renewed[name]["iri"], paths["iri"])


def test_gain_of_a_strategy_by_hand() -> None:
    units = one(aadt=40_000.0)
    look = look_of(units)
    table = strategies(
        look, area=np.array([3650.0]), weight=np.array([1.0]), years=4, catalogue=CATALOGUE, discount_rate=0.04
    )
    row = table[(table["first"] == "mill_overlay") & (table["first_year"] == 1) & (table["second"] == "")].iloc[0]
    t = np.arange(2, 13)
    before = {"iri": 2.0 + 0.06 * t, "rut": 6 + 0.5 * t, "crack_percent": 10 + 1.5 * t, "pothole_area": 0.4 + 0 * t}
    since = t - 1
    back = 0.30 * (10 + 1.5) * np.minimum(1, since / 10)
    after = {
        "iri": 0.85 + 0.06 * since,
        "rut": 2 + 0.5 * since,
        "crack_percent": 1.5 * since + back,
        "pothole_area": 0 * t,
    }

    def points(v: dict[str, np.ndarray]) -> np.ndarray:
        curves = {k: c for k, c in penalty_curves().items() if k in v}
        return sum(np.interp(v[k], at, p) * w for k, (at, p, w) in curves.items()) / sum(w for *_, w in curves.values())

    hand = ((points(before) - points(after)) / 1.04**t).sum() * 3650
    assert row["benefit"] == pytest.approx(hand)
    assert row["first_cost"] == 600 * 3650 + 300_000


def test_young_surface_is_left_alone() -> None:
    look = look_of(one(age=0.0))
    table = strategies(look, area=np.ones(1), weight=np.ones(1), years=5, catalogue=CATALOGUE, discount_rate=0.03)
    renewing = CATALOGUE.treatments.index[CATALOGUE.treatments["least_age"] >= 3]
    assert table.loc[table["first"].isin(renewing), "first_year"].min() == 3


def test_penalty_at_limits_missing_kinds_and_monotone() -> None:
    assert penalty({"iri": np.array([0.8, 1.5, 2.7, 9.0])}, penalty_curves()).tolist() == [0, 25, 75, 100]
    both = penalty({"iri": np.array([1.5]), "rut": np.array([np.nan])}, penalty_curves())
    assert both.tolist() == [25]
    assert np.isnan(condition_penalty(pd.DataFrame({"iri": [np.nan]}), penalty_curves())).all()
    assert condition_penalty(pd.DataFrame({"colour": ["red"]}), penalty_curves()).isna().all()
    worse = condition_penalty(
        pd.DataFrame({"iri": np.linspace(0, 6, 50), "rut": np.linspace(0, 25, 50)}), penalty_curves()
    )
    assert worse.is_monotonic_increasing


def test_economics() -> None:
    np.testing.assert_allclose(discount_factors(2, rate=0.03), [1 / 1.03, 1 / 1.0609])
    assert treatment_cost(np.array([3500.0]), unit_cost=0.1, mobilisation=0.0).tolist() == [350]
    assert treatment_cost(np.array([10.01]), unit_cost=100, mobilisation=5).tolist() == [1006]
    weights = traffic_weight(pd.Series([40_000.0, 10_000, 1e9, 0, np.nan]))
    assert weights.tolist() == [1.0, 0.5, 2.0, 0.5, 1.0]


def test_friction_is_raised_and_polishes_again_and_a_slower_later_rate_counts() -> None:
    def polishing(states: pd.DataFrame, *, years: int) -> pd.DataFrame:
        long = straight_lines(states, years=years)
        sn = long[long["kind"] == "rut"].assign(kind="friction_sn")
        start = states["friction_sn"].to_numpy(float)[sn["state"].to_numpy()]
        return pd.concat([long, sn.assign(value=start - 1.5 * sn["step"])], ignore_index=True)

    units = one(friction_sn=32.0)
    look = outlook(units, steps=6, forecast=polishing, catalogue=CATALOGUE)
    plain, row = untreated(look), CATALOGUE.treatments.loc["friction_restoration"]
    after = treated(plain, look, row, step=1).condition
    np.testing.assert_allclose(after["friction_sn"][0], [32, 30.5, 48.5, 47, 45.5, 44, 42.5])
    np.testing.assert_array_equal(after["iri"], plain.condition["iri"])
    assert (course_penalty(treated(plain, look, row, step=1)) < course_penalty(plain)).any()
    mill = CATALOGUE.treatments.loc["mill_overlay"]
    usual = treated(plain, look, mill, step=1).condition["iri"]
    slower = treated(plain, look, pd.Series({**mill, "rate_iri": 0.5}, name="mill_overlay"), step=1).condition["iri"]
    np.testing.assert_allclose(slower[0, 2:] - 0.85, (usual[0, 2:] - 0.85) / 2)
    # what is good already is not made worse
    good = outlook(one(friction_sn=60.0), steps=6, forecast=polishing, catalogue=CATALOGUE)
    np.testing.assert_allclose(treated(untreated(good), good, row, step=0).condition["friction_sn"][0, 1], 58.5)


def test_pessimistic_edge_of_a_falling_measure_is_its_low_one() -> None:
    def both(states: pd.DataFrame, *, years: int) -> pd.DataFrame:
        rows = [
            {"state": 0, "step": 0, "kind": kind, "value": 30.0, "low": 25.0, "high": 36.0}
            for kind in ("rut", "friction_sn")
        ]
        return pd.DataFrame(rows)

    edge = at_edge(both, "high")(pd.DataFrame(index=[0]), years=0).set_index("kind")["value"]
    assert edge.to_dict() == {"rut": 36.0, "friction_sn": 25.0}
