"""Strategies: every pair of works in its range of years, what is left out because another beats it, decided pairs."""

import itertools

import numpy as np
import pandas as pd
import pytest

from benchmarks.projects import network
from pavement.errors import PlanError
from pavement.planning.basis import basis
from pavement.planning.committed import committed_rows, paired
from pavement.planning.dominance import worth_considering
from pavement.planning.economics import discount_factors
from pavement.planning.limits import no_limits
from pavement.planning.optimise import plan
from pavement.planning.outlook import Forecast, outlook
from pavement.planning.policy import Policy
from pavement.planning.project_answer import Joined, best_answer, ready_to_join
from pavement.planning.project_problem import ProjectRules, without_mobilisation
from pavement.planning.rollout import course_penalty, treated, untreated
from pavement.planning.strategies import followers, strategies
from pavement.planning.treatments import catalogue, triggered
from pavement.schema import read_table
from tests.planning.conftest import make_units, money, straight_lines

CATALOGUE = catalogue()
YEARS = 8
UNITS = make_units(12, seed=3)
AREA = UNITS["area_m2"].to_numpy(float)
LOOK = outlook(UNITS, steps=YEARS + 10, forecast=straight_lines, catalogue=CATALOGUE)
NAMES = ["first", "first_year", "second", "second_year"]
B, C = UNITS["unit"].iloc[1:3]


def rolled(*, look=LOOK, known=CATALOGUE, **given):
    usual = {"area": AREA, "weight": np.ones(len(AREA)), "years": YEARS, "discount_rate": 0.03}
    return strategies(look, catalogue=known, **usual | given)


@pytest.fixture(scope="module")
def every() -> pd.DataFrame:
    return rolled(pruned=False)


def able(course, treatment: pd.Series, step: int) -> np.ndarray:
    """Return where a treatment may begin, a year at a time."""
    values = {kind: path[:, step] for kind, path in course.condition.items()}
    fits = triggered(values | LOOK.static, CATALOGUE.rules[str(treatment.name)])
    return fits & ~(course.age[:, step] < treatment["least_age"]) & ("asphalt" in treatment["surfaces"])


def test_each_planned_treatment_leads_to_others_within_whole_ranges() -> None:
    table = read_table("strategy_pairs")
    assert set(table["first"]) == set(CATALOGUE.treatments.index)
    assert set(table["second"]) <= set(CATALOGUE.treatments.index)
    assert not table.duplicated(["first", "second"]).any()
    assert (table["gap_least"] >= 1).all()
    assert (table["gap_most"].fillna(99) >= table["gap_least"]).all()
    for first, after in followers(CATALOGUE, years=20).items():
        assert after
        assert min(one.least for one in after) >= CATALOGUE.treatments.loc[first, "moratorium"]


def test_every_year_of_the_range_is_there_with_the_gain_reckoned_one_by_one(every: pd.DataFrame) -> None:
    plain = untreated(LOOK)
    pairs = read_table("strategy_pairs").query("first == 'crack_seal' or first == 'thin_overlay'")
    factors = discount_factors(LOOK.steps, rate=0.03)
    found = {}
    for row in pairs.to_dict("records"):
        first, second = (CATALOGUE.treatments.loc[row[c]] for c in ("first", "second"))
        for step, again in itertools.combinations(range(YEARS), 2):
            gap = max(row["gap_least"], np.ceil(first["moratorium"]))
            if not gap <= again - step <= (row["gap_most"] if row["gap_most"] > 0 else YEARS):
                continue
            once = treated(plain, LOOK, first, step=step)
            both = treated(once, LOOK, second, step=again)
            gain = (course_penalty(plain) - course_penalty(both)) @ factors * AREA
            for unit in np.flatnonzero(able(plain, first, step) & able(once, second, again)):
                found[unit, first.name, step, second.name, again] = gain[unit]
    own = every[every["first"].isin(set(pairs["first"])) & (every["second"] != "")]
    told = own.set_index(["unit", *NAMES])["benefit"]
    assert len(told) > 50
    np.testing.assert_allclose(told.to_numpy(), [found[key] for key in told.index])
    # a second work that changes nothing is no strategy
    alone = every[every["second"] == ""].set_index(["unit", "first", "first_year"])["benefit"]
    for key in set(found) - set(told.index):
        assert found[key] == pytest.approx(alone[key[:3]])


@pytest.mark.parametrize("projects", [False, True])
def test_what_is_left_out_is_beaten_and_what_is_kept_is_not(projects: bool) -> None:
    known = without_mobilisation(CATALOGUE) if projects else CATALOGUE
    paid = CATALOGUE.treatments["mobilisation"].to_dict() | {"": 0.0} if projects else {}
    every, kept = rolled(known=known, pruned=False), rolled(known=known)
    if not projects:
        every = every[(every["benefit"] > 0) & ((every["second"] == "") | (every["benefit"] > every["first_benefit"]))]
    rows = {unit: part.to_dict("records") for unit, part in every.groupby("unit")}

    def beats(one: dict, other: dict) -> bool:
        same = one["first_year"] == other["first_year"] and one["second_year"] == other["second_year"]
        spends = [(one[f"{n}_cost"], other[f"{n}_cost"]) for n in ("first", "second")]
        spends += [(paid.get(str(one[n]), 0), paid.get(str(other[n]), 0)) for n in ("first", "second")]
        if not same and not projects and one["second"] == "" and other["second"] != "":
            slot = "first" if one["first_year"] == other["first_year"] else "second"
            same = one["first_year"] == other[f"{slot}_year"]
            spends = [(one["first_cost"], other[f"{slot}_cost"])]
        return same and one["benefit"] >= other["benefit"] and all(a <= b for a, b in spends)

    left = set(map(tuple, kept[["unit", *NAMES]].to_numpy()))
    for unit, part in rows.items():
        for other in part:
            beaten = any(beats(one, other) for one in part if one is not other)
            assert beaten != ((unit, *[other[n] for n in NAMES]) in left)
    assert len(kept) < len(every)


def wearing(times: float) -> Forecast:
    """Return a forecast of new surfaces that wear some times as fast, so that renewal may do harm."""

    def forecast(states: pd.DataFrame, *, years: int) -> pd.DataFrame:
        long = straight_lines(states, years=years)
        start = long["value"].groupby([long["kind"], long["state"]]).transform("first")
        fast = np.where(states["age"].to_numpy(float)[long["state"]] == 0, times, 1.0)
        return long.assign(value=start + (long["value"] - start) * fast)

    return forecast


def test_works_that_gain_nothing_stay_where_limits_hold_and_in_projects() -> None:
    look = outlook(UNITS, steps=YEARS + 10, forecast=wearing(6.0), catalogue=CATALOGUE)
    whole = rolled(look=look, pruned=False)
    assert (whole.loc[whole["second"] == "", "benefit"] <= 0).any()
    assert (rolled(look=look)["benefit"] > 0).all()
    known, years = without_mobilisation(CATALOGUE), ["unit", "first_year", "second_year"]
    every, kept = (rolled(look=look, known=known, pruned=pruned)[years] for pruned in (False, True))
    assert len(kept) < len(every)
    assert set(map(tuple, kept.to_numpy())) == set(map(tuple, every.to_numpy()))


def test_what_is_left_out_lowers_no_bound_of_projects() -> None:
    """One lane that wears fast once renewed: the best projects run through a length that gains nothing."""
    roads = network(27, seed=755167).query("lane == '1'").drop(columns="growth").reset_index(drop=True)
    joined = Joined(ProjectRules(2500.0, 5000.0), CATALOGUE)
    units, known = ready_to_join(roads, CATALOGUE, joined)
    given = {"years": range(2026, 2031), "forecast": wearing(3.0), "catalogue": known, "discount_rate": 0.03}
    every, kept = (
        best_answer(basis(units, pruned=pruned, **given), money(1e9), no_limits(), joined) for pruned in (False, True)
    )
    assert kept.bound * (1 + 1e-9) >= every.value
    assert kept.value == pytest.approx(every.value)


def test_in_projects_a_cheaper_work_of_dearer_mobilisation_beats_none() -> None:
    """Five works of one unit and year: the first asks for a mobilisation that the others do not."""
    cost, treatment = np.array([1.0, 2.0, 2.0, 3.0, 9.0]), np.array([0, 1, 2, 3, 4])
    none = np.full(5, -1)
    piece = {
        "unit": np.zeros(5, int), "first_year": np.zeros(5, int), "second_year": none, "first": treatment,
        "second": none, "first_cost": cost, "second_cost": np.zeros(5), "cost": cost,
        "benefit": np.array([5.0, 5.0, 4.0, 5.0, 6.0]), "first_benefit": np.array([5.0, 5.0, 4.0, 5.0, 6.0]),
        "committed": np.zeros(5, bool),
    }  # fmt: skip
    paid = np.array([7.0, 4.0, 4.0, 3.0, 9.0])
    assert worth_considering(piece, pruned=True, mobilisation=paid).tolist() == [True, True, False, True, True]
    assert worth_considering(piece, pruned=True).tolist() == [True, False, False, False, True]


def test_a_decided_pair_is_the_only_strategy_of_its_unit(every: pd.DataFrame) -> None:
    pair = every[(every["second"] != "") & (every["unit"] == 4)].iloc[0]
    works = pd.DataFrame(
        {"unit": UNITS["unit"].iloc[[4, 4, 7]], "year": [2026 + pair["first_year"], 2026 + pair["second_year"], 2027],
         "treatment": [pair["first"], pair["second"], "overlay"], "cost": [1e6, 2e6, np.nan]}
    )  # fmt: skip
    held = committed_rows(paired(works), UNITS, first_year=2026, years=YEARS, catalogue=CATALOGUE)
    table = rolled(committed=held)
    own = table[table["unit"] == 4]
    assert own[[*NAMES, "first_cost", "second_cost", "benefit"]].to_numpy(object).tolist() == [
        [*pair[NAMES], 1e6, 2e6, pytest.approx(pair["benefit"])]
    ]
    assert own[["committed", "second_committed"]].all(axis=None)
    other = table[table["unit"] == 7]
    assert (other["first"] == "overlay").all()
    assert not other["second_committed"].any()
    assert held.spent(YEARS).sum() == 3e6 + held.cost[held.second == ""].sum()


@pytest.mark.parametrize(
    ("wrong", "said", "cure"),
    [
        ({"unit": "x"}, "units that the plan does not have: x 2027 overlay, x 2027 overlay.", "Name the units"),
        ({"unit": B}, f"one unit in several rows: {B} 2027 overlay, {B} 2027 overlay.", "one row"),
        ({"treatment": "paint"}, f"treatments that the catalogue does not have: {B} 2027 paint, {C} 2027", "Name"),
        ({"year": 2050}, f"years that the plan does not have: {B} 2050 overlay, {C} 2050 overlay.", "2026 to 2033"),
        ({"second": "paint", "second_year": 2029}, f"does not have: {B} 2029 paint, {C} 2029 paint.", "Name"),
        ({"second": "overlay", "second_year": np.nan}, f"does not have: {B} overlay, {C} overlay.", "2026 to 2033"),
        ({"second": "overlay", "second_year": 2027}, f"one before it: {B} 2027 overlay, {C} 2027 overlay.", "order"),
    ],
)  # fmt: skip
def test_decided_works_that_do_not_fit_are_refused_with_every_row_and_a_cure(wrong, said, cure) -> None:
    works = pd.DataFrame({"unit": [B, C], "year": 2027, "treatment": "overlay"}).assign(**wrong)
    with pytest.raises(PlanError) as refused:
        committed_rows(works, UNITS, first_year=2026, years=YEARS, catalogue=CATALOGUE)
    assert said in str(refused.value)
    assert cure in refused.value.cure


def test_a_decided_pair_stands_in_a_plan_of_projects_in_both_years() -> None:
    known = {"budgets": money(5e6, years=YEARS), "forecast": straight_lines, "catalogue": CATALOGUE,
             "discount_rate": 0.03, "policy": Policy(projects=ProjectRules(1000.0, 5000.0))}  # fmt: skip
    # what people typed holds its mobilisation; of a work out of a project that is reckoned anew
    works = pd.DataFrame(
        {"unit": UNITS["unit"].iloc[[5, 5]], "year": [2028, 2032], "treatment": ["thin_overlay", "crack_seal"],
         "cost": [1_500_000.0, 90_000.0], "mobilisation": [250_000.0, np.nan]}
    )  # fmt: skip
    made = plan(UNITS, **known, committed=paired(works)).actions
    own = made[made["unit"] == UNITS["unit"].iloc[5]].sort_values("year")
    assert own[["year", "treatment", "status"]].to_numpy().tolist() == [
        [2028, "thin_overlay", "committed"], [2032, "crack_seal", "committed"],
    ]  # fmt: skip
    assert (own["cost"] - own["mobilisation"]).tolist() == [1_250_000.0, 90_000.0]
    assert own["mobilisation"].iloc[1] == 0
    assert (made.groupby("year")["cost"].sum() <= 5e6).all()
    # out of that plan into the next one: the same again
    bare = without_mobilisation(CATALOGUE)
    again = committed_rows(paired(own), UNITS, first_year=2026, years=YEARS, catalogue=bare)
    assert [*again.cost, *again.second_cost, *again.given, *again.second_given] == [1_250_000.0, 90_000.0, False, True]
