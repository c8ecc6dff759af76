"""Limits of a plan: faults all at once, kept by every plan, against brute force, and named when they cannot be met."""

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pavement.condition.good_fair_poor import condition_limits
from pavement.errors import PlanError
from pavement.planning.basis import Basis, basis
from pavement.planning.limit_rows import with_rows
from pavement.planning.limits import plan_limits, with_offices
from pavement.planning.optimise import Plan, plan
from pavement.planning.policy import Policy, answered
from pavement.planning.treatments import Catalogue, catalogue
from tests.examples import examples
from tests.planning.conftest import make_units, money, straight_lines

YEARS = range(2026, 2029)
COLUMNS = ["id", "kind", "scope", "year", "at_least", "at_most", "unit"]


def full_catalogue() -> Catalogue:
    """Return the catalogue with the columns that limits ask for, as test values."""
    usual = catalogue()
    table = usual.treatments
    thick = table["mill_mm"] + table["pave_mm"]
    return replace(
        usual,
        treatments=table.assign(
            category=np.where(table["resets_age"], "renewal", "upkeep"),
            nights_per_km=1.0 + thick / 50,
            kgco2e_m2=0.3 + 0.2 * thick,
        ),
    )


CATALOGUE = full_catalogue()


def table(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=COLUMNS).astype(object)


def made(units: pd.DataFrame, budgets: pd.Series, *rows: tuple, **named) -> Plan:
    return plan(
        units.assign(office=np.where(np.arange(len(units)) % 2, "north", "south")),
        budgets=budgets,
        forecast=straight_lines,
        catalogue=CATALOGUE,
        discount_rate=0.03,
        policy=Policy(table(*rows), **named),
    )


def ready(units: pd.DataFrame, years: range = YEARS) -> Basis:
    return basis(
        units, years=years, forecast=straight_lines, catalogue=CATALOGUE, discount_rate=0.03, pruned=False
    )  # fmt: skip


def checked(*rows: tuple) -> pd.DataFrame:
    return plan_limits(table(*rows), file="limits.csv", years=YEARS, catalogue=CATALOGUE, offices={"north", "south"})


def test_every_fault_is_listed_with_its_row() -> None:
    with pytest.raises(PlanError) as error:
        checked(
            ("a", "office_cap", "west", "", "", 5, "NT$"),
            ("b", "poor_share", "", "", "", 5, "%"),
            ("c", "carbon", "", 2050, "", 5, "tCO2e"),
            ("d", "night_shifts", "", "", "", "", "night"),
            ("e", "mean_condition", "iri", "", "", 2.0, "night"),
            ("f", "office_floor", "north", "", "", 2.0, "NT$"),
            ("g", "budget", "", "", "x", 2.0, "NT$"),
            ("h", "poor_share", "pothole_area", "", "", 2.0, "%"),
            ("i", "budget", "", 2026, 9, 2, "NT$"),
        )
    faults = error.value.faults
    assert faults["row"].tolist() == [2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert (faults["cure"] != "").all()


def test_a_limit_given_twice_for_a_year_is_refused() -> None:
    with pytest.raises(PlanError, match="limited twice"):
        checked(("a", "budget", "", "", "", 5, "NT$"), ("b", "budget", "", 2027, "", 6, "NT$"))


def test_years_and_units_are_those_of_the_plan() -> None:
    found = checked(("a", "carbon", "", "", "", 2, "tCO2e"), ("b", "budget", "", 2027, 1, 3, "million NT$"))
    assert found[found["id"] == "a"]["year"].tolist() == list(YEARS)
    assert found[found["id"] == "a"]["limit"].unique() == [2000.0]
    assert found[found["id"] == "b"][["side", "limit"]].to_numpy().tolist() == [["at_least", 1e6], ["at_most", 3e6]]


def test_a_limit_that_needs_what_treatments_do_not_say_is_refused() -> None:
    bare = replace(CATALOGUE, treatments=CATALOGUE.treatments.assign(kgco2e_m2=np.nan))
    raw = table(("a", "carbon", "", "", "", 2, "tCO2e"))
    with pytest.raises(PlanError, match="kgco2e_m2"):
        plan_limits(raw, file="f", years=YEARS, catalogue=bare, offices=set())


def test_units_take_the_office_of_their_middle() -> None:
    units = make_units(4).assign(from_m=[0, 1000, 2000, 3000], to_m=[1000, 2000, 3000, 4000])
    raw = pd.DataFrame({"route": "N1", "from_m": ["0", "2400"], "to_m": ["2400", "9000"], "office": ["a", "b"]})
    assert with_offices(units, raw, file="o")["office"].tolist() == ["a", "a", "b", "b"]
    with pytest.raises(PlanError, match="2 treatment lengths lie on no stretch"):
        with_offices(units, raw.iloc[:1], file="o")
    other = raw.assign(direction=["S", "N"])
    with pytest.raises(PlanError, match="2 treatment lengths"):
        with_offices(units, other, file="o")


def test_o5_every_kind_of_limit_holds_and_floors_lift_what_was_low() -> None:
    units, budgets = make_units(30), money(8e6, years=3)
    free = made(units, budgets)
    free_north = free.actions.merge(units.assign(o=np.arange(30) % 2)[["unit", "o"]], on="unit")
    floor = free_north[(free_north["o"] == 1) & (free_north["year"] == 2027)]["cost"].sum() + 1.5e6
    used = {c: free.actions["treatment"].map(CATALOGUE.treatments[c]) for c in ("nights_per_km", "kgco2e_m2")}
    carbon = (used["kgco2e_m2"] * free.actions["area_m2"]).groupby(free.actions["year"]).sum().max()
    found = made(
        units, budgets,
        ("floor", "office_floor", "north", 2027, floor, "", "NT$"),
        ("carbon", "carbon", "", "", "", 0.7 * carbon, "kgCO2e"),
        ("upkeep", "category_budget", "upkeep", 2026, 200_000, "", "NT$"),
        ("nights", "night_shifts", "", 2026, "", 20, "night"),
        ("rut", "mean_condition", "rut", 2028, "", 6.5, "mm"),
    )  # fmt: skip
    held = found.limits.set_index(["id", "year"])
    assert (held["used"] <= held["limit"] * (1 + 1e-9))[held["side"] == "at_most"].all()
    assert (held["used"] >= held["limit"] * (1 - 1e-9))[held["side"] == "at_least"].all()
    works = found.actions.assign(length=found.actions["to_m"] - found.actions["from_m"])
    nights = works["treatment"].map(CATALOGUE.treatments["nights_per_km"]) * works["length"] / 1000
    assert held.loc[("nights", 2026), "used"] == pytest.approx(nights[works["year"] == 2026].sum())
    assert found.value <= free.bound
    assert found.bound <= free.bound * (1 + 2e-4) or found.method["strategies"] > free.method["strategies"]
    assert (found.spent <= budgets).all()


def brute_force(start: Basis, limits: pd.DataFrame, budgets: pd.Series, *, cost: bool) -> float:
    """Return the best value of every way to choose, from condition and cost by pandas alone."""
    from pavement.planning.course import chosen_course, network_condition

    strategies, area = start.strategies.reset_index(drop=True), start.units["area_m2"].to_numpy(float)
    ways = [[-1, *group.index] for _, group in strategies.groupby("unit")]
    best = -np.inf
    for way in itertools.product(*ways):
        chosen = strategies.loc[[n for n in way if n >= 0]]
        spent = np.zeros(len(budgets))
        for which in ("first", "second"):
            acting = chosen[chosen[f"{which}_year"] >= 0]
            np.add.at(spent, acting[f"{which}_year"].to_numpy(int), acting[f"{which}_cost"].to_numpy(float))
        if (spent > budgets.to_numpy()).any():
            continue
        course = chosen_course(start.look, chosen, catalogue=CATALOGUE)
        frame = network_condition({"p": course}, area, first_year=2026, years=len(budgets))
        frame = frame.set_index(["year", "kind"])
        kept = all(
            frame.loc[(row["year"], row["scope"]), "poor_share" if row["kind"] == "poor_share" else "mean"]
            <= row["limit"] * (0.01 if row["kind"] == "poor_share" else 1.0) + 1e-12
            for row in limits.to_dict("records")
        )
        if kept:
            best = max(best, -spent.sum() if cost else chosen["benefit"].sum())
    return float(best)


@pytest.mark.parametrize("objective", ["benefit", "cost"])
@pytest.mark.parametrize("seed", [1, 2])
def test_o6_limits_on_the_condition_reach_brute_force(seed: int, objective: str) -> None:
    years = range(2026, 2028)
    start = ready(make_units(3, seed=seed), years)
    # a few strategies a unit, so that all can be tried
    few = start.strategies.groupby("unit").head(8).reset_index(drop=True)
    from pavement.planning.choices import choices

    start = replace(start, strategies=few, choices=choices(few, years=2))
    poor = float(condition_limits().loc["iri", "poor_above"])
    assert poor > 0
    plain = answered(start, money(0, years=2), checked().iloc[:0])
    now = plain.condition.set_index(["year", "kind"])
    target = 0.97 * float(now.loc[(2027, "rut"), "mean"])
    limits = checked(
        ("rut", "mean_condition", "rut", 2027, "", target, "mm"),
        ("poor", "poor_share", "crack_percent", 2027, "", 60.0, "%"),
    )
    budgets = money(3e7, years=2)
    best = brute_force(start, limits, budgets, cost=objective == "cost")
    if best == -np.inf:
        with pytest.raises(PlanError):
            answered(start, budgets, limits, objective=objective)
        return
    answer = answered(start, budgets, limits, objective=objective)
    value = -answer.value if objective == "cost" else answer.value
    assert value == pytest.approx(best, rel=5e-4)


def test_o6_limits_that_cannot_be_met_are_named_with_how_far() -> None:
    with pytest.raises(PlanError, match=r"good \(mean_condition iri 2026\) \[m/km\] by 0\.\d+"):
        made(make_units(6), money(1e9, years=3), ("good", "mean_condition", "iri", 2026, "", 0.3, "m/km"))
    with pytest.raises(PlanError, match=r"rich \(office_floor north 2027\) \[NT\$\] by [\d,]+\."):
        made(make_units(6), money(1e9, years=3), ("rich", "office_floor", "north", 2027, 9e9, "", "NT$"))
    # each alone could be met: the budget stands against the floor
    with pytest.raises(PlanError, match=r"budget 2027 \[NT\$\] by"):
        made(make_units(6), money(2e5, years=3), ("floor", "office_floor", "north", 2027, 1e6, "", "NT$"))


def test_least_cost_without_anything_asked_is_refused() -> None:
    with pytest.raises(PlanError, match="nothing would be done"):
        made(make_units(3), money(1e6), objective="cost")


def test_least_cost_holds_the_target_for_less_than_the_most_benefit() -> None:
    units, budgets = make_units(20), money(6e6, years=3)
    most = made(units, budgets)
    end = most.condition[(most.condition["scenario"] == "plan") & (most.condition["year"] == 2028)]
    reached = float(end.set_index("kind")["mean"]["rut"])
    least = made(units, budgets, ("rut", "mean_condition", "rut", 2028, "", reached * 1.1, "mm"), objective="cost")
    assert least.spent.sum() == least.value < most.spent.sum()
    assert least.bound <= least.value
    assert "least cost" in least.actions["reason_en"].iloc[0]
    assert "最低費用" in least.actions["reason_zh"].iloc[0]
    assert float(least.limits["used"].iloc[0]) <= reached * 1.1


def test_o7_same_limits_same_plan_byte_for_byte() -> None:
    rows = ("c", "carbon", "", "", "", 60, "tCO2e"), ("p", "poor_share", "rut", 2028, "", 50, "%")
    first, second = (made(make_units(15), money(4e6, years=3), *rows) for _ in range(2))
    assert first.actions.to_json() == second.actions.to_json()
    assert first.limits.to_json() == second.limits.to_json()
    assert first.baselines.to_json() == second.baselines.to_json()


@settings(max_examples=examples(6), deadline=None)
@given(seed=st.integers(0, 10_000), cap=st.integers(0, 200), more=st.integers(0, 200))
def test_o4_more_room_in_a_limit_never_lowers_the_bound(seed: int, cap: int, more: int) -> None:
    units = make_units(6, seed=seed)
    start, budgets = ready(units), money(3e6, years=3)
    tight, wide = (
        answered(start, budgets, checked(("c", "carbon", "", "", "", limit, "tCO2e"))) for limit in (cap, cap + more)
    )
    assert (tight.limits["used"] <= tight.limits["limit"] * (1 + 1e-9)).all()
    assert wide.bound >= tight.value * (1 - 1e-9)
    assert (tight.works.groupby("year")["cost"].sum() <= 3e6).all()


def test_amounts_of_rows_add_up_to_what_the_condition_says() -> None:
    """The rows of all units at their first strategy against the course of condition, added up by itself."""
    start = ready(make_units(12))
    limits = checked(("p", "mean_condition", "penalty", 2028, "", 90.0, "-"))
    rows = with_rows(start.choices, money(1e9, years=3), limits, start.works)
    taken = start.choices.first
    used = rows.choices.usage(taken)[3] - rows.limits[3]
    from pavement.planning.course import chosen_course, network_condition

    course = chosen_course(start.look, start.strategies.iloc[taken], catalogue=CATALOGUE)
    frame = network_condition({"p": course}, start.units["area_m2"].to_numpy(float), first_year=2026, years=3)
    mean = frame[(frame["kind"] == "penalty") & (frame["year"] == 2028)]["mean"].iloc[0]
    assert 90.0 + used * rows.per[3] == pytest.approx(mean, abs=1e-6)


def test_the_pessimistic_edge_of_the_forecast_plans_on_high_values() -> None:
    def wide(states: pd.DataFrame, *, years: int) -> pd.DataFrame:
        frame = straight_lines(states, years=years)
        return frame.assign(high=frame["value"] * (1 + 0.05 * frame["step"]))

    units = make_units(10)
    named = {"budgets": money(3e6), "catalogue": CATALOGUE, "discount_rate": 0.03}
    mean = plan(units, forecast=wide, **named)
    high = plan(units, forecast=wide, policy=Policy(edge="high"), **named)
    worse = [p.condition[(p.condition["kind"] == "iri") & (p.condition["scenario"] == "nothing")]["mean"].iloc[-1]
             for p in (mean, high)]  # fmt: skip
    assert worse[1] == pytest.approx(worse[0] * 1.25)
    assert high.method["edge"] == "high"
    assert high.actions["reason_en"].str.contains("at the worse edge of the forecast: ").all()
    assert high.actions["reason_zh"].str.contains("年初預測（採悲觀邊界）：").all()
    with pytest.raises(PlanError, match="no pessimistic edge"):
        plan(units, forecast=straight_lines, policy=Policy(edge="high"), **named)
    with pytest.raises(PlanError, match="no edge"):
        plan(units, forecast=straight_lines, policy=Policy(edge="low"), **named)


def test_o6_bound_is_never_below_a_plan_that_another_limit_found() -> None:
    """Presolve of the solver once called a plan optimal that another beats by 2 %; the cap of it binds nothing."""
    start, budgets = ready(make_units(6, seed=10_000)), money(3e6, years=3)
    tight, wide = (
        answered(start, budgets, checked(("c", "carbon", "", "", "", limit, "tCO2e"))) for limit in (35, 225)
    )
    assert wide.bound >= tight.value * (1 - 1e-9)
