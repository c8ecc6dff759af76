"""The plan keeps its budgets, its bound and its word (O1, O3-O8)."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pavement.errors import PlanError
from pavement.planning.optimise import Plan, plan
from pavement.planning.treatments import catalogue
from pavement.schema import check
from tests.examples import examples
from tests.planning.conftest import make_units, money, straight_lines

# what its tests share takes long to make: one process makes it
pytestmark = pytest.mark.xdist_group("optimise")

CATALOGUE = catalogue()
NAMES = make_units(3)["unit"].tolist()


def made(units: pd.DataFrame, budgets: pd.Series, forecast=straight_lines, **named) -> Plan:
    return plan(
        units,
        budgets=budgets,
        forecast=forecast,
        catalogue=CATALOGUE,
        discount_rate=0.03,
        **named,
    )


@pytest.fixture(scope="module")
def usual() -> Plan:
    return made(make_units(40), money(6e6))


def test_plan_keeps_budget_and_bound(usual: Plan) -> None:
    assert (usual.spent <= usual.budgets).all()
    assert usual.spent.sum() > 0.9 * usual.budgets.sum()
    assert usual.value <= usual.bound
    assert usual.gap < 0.02
    by_year = usual.actions.groupby("year")["cost"].sum()
    np.testing.assert_array_equal(by_year.reindex(usual.spent.index, fill_value=0.0), usual.spent)
    np.testing.assert_allclose(usual.actions["benefit"].sum(), usual.value)


def test_actions_are_a_table_of_the_store(usual: Plan) -> None:
    good, faults = check(usual.actions.assign(plan="p"), "actions", file="plan")
    assert faults.empty
    assert len(good) == len(usual.actions)
    assert usual.actions["rank"].tolist() == list(range(1, len(usual.actions) + 1))
    ordered = usual.actions.groupby("year")["ratio"].apply(lambda r: r.is_monotonic_decreasing)
    assert ordered.all()


def test_every_unit_is_accounted_for_once(usual: Plan) -> None:
    units = make_units(40)["unit"]
    groups = [set(usual.actions["unit"]), set(usual.left["unit"]), set(usual.unplanned["unit"])]
    assert sum(len(g) for g in groups) == len(units)
    assert set.union(*groups) == set(units)
    words = usual.left[["reason_zh", "reason_en"]]
    assert (words != "").all(axis=None)


def test_condition_is_better_with_the_plan_than_without(usual: Plan) -> None:
    last = usual.condition[(usual.condition["year"] == 2030) & (usual.condition["kind"] == "penalty")]
    mean = last.set_index("scenario")["mean"]
    assert mean["plan"] < mean["nothing"]
    start = usual.condition[(usual.condition["year"] == 2025) & (usual.condition["kind"] == "iri")]
    units = make_units(40)
    np.testing.assert_allclose(start["mean"], np.average(units["iri"], weights=units["area_m2"]))


def test_o7_same_inputs_give_the_same_plan_byte_for_byte(usual: Plan) -> None:
    again = made(make_units(40), money(6e6))
    assert again.actions.to_json() == usual.actions.to_json()
    assert again.condition.to_json() == usual.condition.to_json()
    assert (again.value, again.bound) == (usual.value, usual.bound)


def test_order_of_units_does_not_change_value_or_bound_beyond_the_gap(usual: Plan) -> None:
    mixed = made(make_units(40).sample(frac=1, random_state=1), money(6e6))
    assert mixed.bound >= usual.value * (1 - 1e-9)
    assert usual.bound >= mixed.value * (1 - 1e-9)


def test_o1_budget_below_the_cheapest_work_says_how_much_is_needed() -> None:
    empty = made(make_units(5), money(1000))
    assert empty.actions.empty
    cheapest = re.fullmatch(
        r"No work fits into a budget of NT\$ 1,000 a year; the cheapest costs NT\$ ([\d,]+)\.", empty.reason_en
    )
    assert cheapest
    enough = float(cheapest[1].replace(",", ""))
    assert made(make_units(5), money(enough - 1)).actions.empty
    assert len(made(make_units(5), money(enough)).actions)


def test_o1_absurd_budget_is_not_spent_on_nothing() -> None:
    rich, infinite = (made(make_units(12), money(amount)) for amount in (1e18, np.inf))
    assert rich.actions.to_json() == infinite.actions.to_json()
    assert rich.gap < 1e-9
    assert (rich.prices == 0).all()


def test_o1_nothing_triggered() -> None:
    units = make_units(6).assign(iri=0.7, rut=0.5, crack_percent=0.0, pothole_area=0.0, ism=np.nan)

    def flat(states: pd.DataFrame, *, years: int) -> pd.DataFrame:
        frame = straight_lines(states, years=years)
        start = frame[frame["step"] == 0].set_index(["state", "kind"])["value"]
        return frame.assign(value=start.reindex(pd.MultiIndex.from_frame(frame[["state", "kind"]])).to_numpy())

    empty = made(units, money(1e9), forecast=flat)
    assert empty.actions.empty
    assert "No treatment is triggered" in empty.reason_en
    assert empty.left["reason_en"].str.contains("No treatment is triggered").all()


def test_o1_no_units() -> None:
    empty = made(make_units(5).iloc[:0], money(1e6))
    assert empty.actions.empty
    assert empty.reason_en == "There are no treatment lengths."


def test_o6_status_and_gap_are_always_stated(usual: Plan) -> None:
    assert usual.method["status"]
    assert 0 <= usual.gap <= 1


def test_o8_units_without_forecast_are_listed_and_not_assumed_good() -> None:
    units = make_units(10)
    units.loc[3, ["iri", "rut", "crack_percent"]] = np.nan

    def partial(states: pd.DataFrame, *, years: int) -> pd.DataFrame:
        frame = straight_lines(states, years=years).dropna()
        first = states.index[states["iri"] == units["iri"].iloc[7]]
        return frame[~(frame["state"].isin(first) & (frame["kind"] == "rut") & (frame["step"] == 4))]

    found = made(units, money(2e6), forecast=partial)
    assert found.unplanned["unit"].tolist() == units["unit"].iloc[[3, 7]].tolist()
    assert not found.actions["unit"].isin(found.unplanned["unit"]).any()
    assert not found.left["unit"].isin(found.unplanned["unit"]).any()
    assert found.unplanned["reason_en"].str.contains("missing").all()


def test_unit_with_one_known_kind_is_planned_on_it() -> None:
    units = make_units(6).assign(iri=np.nan, rut=np.nan, crack_percent=25.0, ism=np.nan)
    found = made(units, money(1e8), forecast=lambda s, *, years: straight_lines(s, years=years).dropna())
    assert found.unplanned.empty
    assert "mill_overlay_thick" in set(found.actions["treatment"])


def test_committed_work_comes_off_the_top(usual: Plan) -> None:
    unit = usual.left["unit"].iloc[0]
    decided = pd.DataFrame({"unit": [unit], "year": [2028], "treatment": ["rehabilitation"], "cost": [5e6]})
    found = made(make_units(40), money(6e6), committed=decided)
    row = found.actions[(found.actions["unit"] == unit) & (found.actions["year"] == 2028)].iloc[0]
    assert (row["treatment"], row["cost"], row["status"]) == ("rehabilitation", 5e6, "committed")
    assert "已核定" in row["reason_zh"]
    assert found.spent.loc[2028] <= 6e6
    assert found.value <= usual.bound


def test_committed_work_beyond_budgets_names_each_year_amount_and_work() -> None:
    units = make_units(5)
    decided = pd.DataFrame(
        {"unit": units["unit"][:3], "year": [2027, 2027, 2029], "treatment": "overlay", "cost": [1e6, 6e6, 9e6]}
    )
    with pytest.raises(PlanError, match="2027 by 1,000,000 NT") as refused:
        made(units, money(6e6), committed=decided)
    place = units.iloc[1]
    chainage = "~".join(f"{place[c] // 1000:.0f}k+{place[c] % 1000:03.0f}" for c in ("from_m", "to_m"))
    said = str(refused.value)
    assert f"The dearest works decided for 2027: N1 S 1 {chainage} overlay NT$ 6,000,000; N1 S 1 " in said
    assert "2029 by 3,000,000 NT" in said


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda u: u.drop(columns="area_m2"), "no column"),
        (lambda u: u.assign(unit="same"), "twice"),
        (lambda u: u.assign(area_m2=[0.0, np.inf, 1.0]), f"no area: {NAMES[0]}, {NAMES[1]}."),
        (lambda u: u.assign(to_m=u["from_m"]), f"before they end: {', '.join(NAMES)}."),
        # the third lies on the first, which reaches beyond the second
        (
            lambda u: u.assign(from_m=[0.0, 10, 30], to_m=[40.0, 20, 90]),
            f"lane: {NAMES[0]} / {NAMES[1]}, {NAMES[0]} / ",
        ),
    ],
)
def test_units_that_cannot_be_planned_are_refused(change, words: str) -> None:
    with pytest.raises(PlanError, match=words):
        made(change(make_units(3)), money(1e6))


@pytest.mark.parametrize("rate", [-1.0, 3.0, np.nan])
def test_a_discount_rate_that_is_none_is_refused(rate: float) -> None:
    with pytest.raises(PlanError, match="outside 0 to 0.2"):
        plan(make_units(3), budgets=money(1e6), forecast=straight_lines, catalogue=CATALOGUE, discount_rate=rate)


def test_a_decided_cost_below_0_is_refused_by_its_work() -> None:
    decided = pd.DataFrame({"unit": NAMES[:2], "year": 2027, "treatment": "overlay", "cost": [-1.0, 1.0]})
    with pytest.raises(PlanError, match=f"below 0 or without end: {NAMES[0]} 2027 overlay."):
        made(make_units(3), money(1e6), committed=decided)


def test_budgets_that_do_not_fit_are_refused() -> None:
    with pytest.raises(PlanError, match="do not fit"):
        made(make_units(3), money(1e6).drop(2027))
    with pytest.raises(PlanError, match="no number"):
        made(make_units(3), money(np.nan))


def test_forecast_of_another_shape_is_refused() -> None:
    def bare(states: pd.DataFrame, *, years: int) -> pd.DataFrame:
        return straight_lines(states, years=years).drop(columns=["kind", "value"])

    with pytest.raises(PlanError, match="no column"):
        made(make_units(3), money(1e6), forecast=bare)

    def doubled(states: pd.DataFrame, *, years: int) -> pd.DataFrame:
        return pd.concat([straight_lines(states, years=years)] * 2)

    with pytest.raises(PlanError, match="twice"):
        made(make_units(3), money(1e6), forecast=doubled)


@settings(max_examples=examples(10), deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 12), amount=st.integers(0, 9_000_000))
def test_o3_o5_never_over_budget_never_two_works_inside_a_moratorium(seed: int, count: int, amount: int) -> None:
    found = made(make_units(count, seed=seed), money(amount))
    assert (found.spent <= found.budgets).all()
    assert found.value <= found.bound * (1 + 1e-12)
    works = found.actions.sort_values(["unit", "year"])
    assert not works.duplicated(["unit", "year"]).any()
    if works.empty:
        assert found.reason_en
        return
    wait = works["treatment"].map(CATALOGUE.treatments["moratorium"]).groupby(works["unit"]).shift()
    gap = works.groupby("unit")["year"].diff()
    assert (gap[gap.notna()] >= wait[gap.notna()]).all()
    assert (works.groupby(["unit", "treatment"]).size().reset_index(name="n").pipe(
        lambda f: f["n"] <= f["treatment"].map(CATALOGUE.treatments["most"])
    )).all()  # fmt: skip


@settings(max_examples=examples(5), deadline=None)
@given(seed=st.integers(0, 10_000), amount=st.integers(0, 5_000_000), more=st.integers(0, 5_000_000))
def test_o4_more_money_never_lowers_the_bound(seed: int, amount: int, more: int) -> None:
    units = make_units(8, seed=seed)
    poor, rich = made(units, money(amount)), made(units, money(amount + more))
    assert rich.bound >= poor.value * (1 - 1e-9)
    assert rich.value >= poor.value * (1 - rich.gap - 1e-9)
