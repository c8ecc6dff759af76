"""Third works on a length: in strategies of long plans, in projects of three years, decided and told."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pavement.planning.choices import Choices
from pavement.planning.committed import FIRST, committed_rows, paired
from pavement.planning.course import chosen_course
from pavement.planning.decided_stretches import owners, stretches
from pavement.planning.economics import discount_factors, parameters
from pavement.planning.fitted_decisions import fitted
from pavement.planning.optimise import Plan, plan
from pavement.planning.outlook import outlook
from pavement.planning.policy import Policy
from pavement.planning.project_columns import Pricing
from pavement.planning.project_enumeration import all_projects
from pavement.planning.project_margins import within_projects
from pavement.planning.project_master import solved_projects
from pavement.planning.project_problem import ProjectRules
from pavement.planning.project_ways import Ways
from pavement.planning.projects import Crew, Problem
from pavement.planning.rollout import course_penalty, treated, untreated
from pavement.planning.sections import sections
from pavement.planning.strategies import followers, strategies
from pavement.planning.treatments import catalogue, triggered
from pavement.planning.why_case import strategy_text
from tests.planning.conftest import make_units, money, straight_lines
from tests.planning.test_project_margins import best_sets, brute
from tests.planning.test_projects import LONG, places

CATALOGUE = catalogue()
UNITS = make_units(6, seed=3)
# two lengths of which one at least gets three works
TWO = make_units(2, seed=3)
AREA = UNITS["area_m2"].to_numpy(float)
LONG_YEARS, FEW = 12, int(parameters()["third_years"])
NAMES = ["first", "first_year", "second", "second_year", "third", "third_year"]


def rolled(years: int, **given) -> tuple[pd.DataFrame, object]:
    look = outlook(UNITS, steps=years + 10, forecast=straight_lines, catalogue=CATALOGUE)
    usual = {"area": AREA, "weight": np.ones(len(AREA)), "years": years, "discount_rate": 0.03, "pruned": False}
    return strategies(look, catalogue=CATALOGUE, **usual | given), look


def test_thirds_are_all_that_may_follow_the_second_with_the_gain_reckoned_by_itself() -> None:
    table, look = rolled(LONG_YEARS)
    plain, factors = untreated(look), discount_factors(look.steps, rate=0.03)
    third, after, known = table[table["third"] != ""], followers(CATALOGUE, years=LONG_YEARS), CATALOGUE.treatments
    # some pairs of each unit, one by one
    pairs = third.drop_duplicates(["unit", "first", "second"])[["unit", *NAMES[:4]]].iloc[::2]
    assert len(pairs) > 20
    for unit, first, begin, second, again in pairs.itertuples(index=False):
        course = treated(treated(plain, look, known.loc[first], step=begin), look, known.loc[second], step=again)
        before, found = course_penalty(course)[unit] @ factors, {}
        for name, least, most in after[second]:
            for step in range(again + least, min(LONG_YEARS, again + most + 1)):
                values = {kind: path[unit : unit + 1, step] for kind, path in course.condition.items()}
                values |= {kind: static[unit : unit + 1] for kind, static in look.static.items()}
                able = triggered(values, CATALOGUE.rules[name]).all()
                able &= not course.age[unit, step] < known.loc[name, "least_age"]
                able &= [first, second].count(name) < known.loc[name, "most"]
                able &= "asphalt" in known.loc[name, "surfaces"]
                later = course_penalty(treated(course, look, known.loc[name], step=step))[unit] @ factors
                # a work that changes nothing is no strategy
                if able and abs(later - before) > 1e-9 * abs(before):
                    found[name, step] = (course_penalty(plain)[unit] @ factors - later) * AREA[unit]
        own = third[(third[["unit", *NAMES[:4]]] == [unit, first, begin, second, again]).all(axis=1)]
        told = own.set_index(["third", "third_year"])["benefit"].to_dict()
        assert told == pytest.approx(found)
    assert "third" not in rolled(FEW)[0]


def made(chains: list[list[float]], *, seed: int) -> Problem:
    """Return a small problem of three years; two mobilisations a year, so that their sizes are exact."""
    rng, units = np.random.default_rng(seed), places(chains)
    kinds_of = [(0, -1, -1), (1, -1, -1), (2, -1, -1), (0, 1, -1), (0, 2, -1), (1, 2, -1), (0, 1, 2), (0, 1, 2)]
    rows = [(unit, *years) for unit in range(len(units)) for years in kinds_of if rng.random() < 0.5]
    table = np.array(rows)
    group_of, years = table[:, 0], table[:, 1:]
    cost = np.where(years >= 0, rng.integers(1, 30, years.shape), 0).astype(float)
    found, group = np.unique(group_of, return_inverse=True)
    benefit = cost.sum(axis=1) * rng.lognormal(0.5, 0.6, len(cost))
    row = np.where(years >= 0, years, 3)
    choices = Choices(
        benefit, row, cost, group.ravel(), np.searchsorted(group.ravel(), np.arange(len(found))),
        np.zeros(len(found), bool), 3,
    )  # fmt: skip
    mobilisation = np.where(years >= 0, rng.choice([3.0, 12.0], years.shape), 0.0)
    area = rng.integers(10, 40, len(found)).astype(float)
    crew = Crew(1000.0, 1800.0, mobilisation, np.vstack([np.eye(3), np.zeros(3)]), row, area)
    limits = np.floor(rng.uniform(0.1, 0.4, 3) * np.bincount(row.ravel(), cost.ravel(), minlength=4)[:3])
    whole = (units["to_m"] - units["from_m"] == LONG).to_numpy()
    place = sections(units)
    return Problem(choices, limits, place, place.of_unit[found], crew, whole[found])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_projects_of_three_years_are_priced_and_valued_as_all_written_out(seed: int) -> None:
    problem = made([[1.5, 1], [2, 1]], seed=seed)
    if seed == 3:
        forced = np.zeros(problem.choices.groups, dtype=bool)
        forced[[0, 3]] = problem.whole[[0, 3]]
        problem = replace(problem, choices=replace(problem.choices, forced=forced))
    c, every, pricing = problem.choices, all_projects(problem, most=10**6), Pricing(problem)
    assert every is not None
    prices = np.array([0.5, 0.8, 0.3])
    net = every.value - every.amount @ prices
    best = np.full(pricing.allowed.shape, -np.inf)
    np.maximum.at(best, (every.first, every.length - 1), net)
    priced = pricing.priced(prices)
    np.testing.assert_allclose(priced.best, best)
    years, first, length = np.nonzero(np.isfinite(priced.worth))
    made_of = pricing.concrete(priced, first, length + 1, years)
    np.testing.assert_allclose(made_of.value - made_of.amount @ prices, priced.worth[years, first, length])
    assert (years >= len(pricing._ways)).any()
    # what a work gains given all that its chain may do beside it
    within = within_projects(Ways(problem), prices)
    told = within.net()
    for group in range(c.groups):
        own = np.flatnonzero(c.group == group)
        whole = np.array([brute(problem, group, strategy, prices) for strategy in own])
        base = whole.max() if c.forced[group] else brute(problem, group, -1, prices)
        zero = told[own].max() if c.forced[group] else 0.0
        np.testing.assert_allclose(told[own] - zero, whole - base, atol=1e-9)
    gains = within.gains(c.group, problem.years, problem.crew.mobilisation, within.reduced)
    np.testing.assert_allclose(gains, told)
    everything = best_sets(problem, every, net, held=problem.forced)
    assert priced.bound - prices @ problem.limits == pytest.approx(everything)


@pytest.mark.parametrize("seed", [1, 4])
def test_projects_found_keep_limits_and_lie_below_their_bound(seed: int) -> None:
    problem = made([[2, 1, 2], [1, 1]], seed=seed)
    found = solved_projects(problem, parameters=parameters() | {"project_small": 0, "project_columns": 50})
    assert (found.projects.amount.sum(axis=0) <= problem.limits).all()
    assert 0 < found.value <= found.bound


RULES = ProjectRules(500.0, 5000.0)
GIVEN = {"budgets": money(3e6, years=LONG_YEARS), "forecast": straight_lines, "catalogue": CATALOGUE,
         "discount_rate": 0.03}  # fmt: skip


@pytest.fixture(scope="module", params=[None, RULES], ids=["alone", "projects"])
def long_plan(request: pytest.FixtureRequest) -> tuple[Plan, Policy]:
    policy = Policy(projects=request.param)
    return plan(TWO, **GIVEN, policy=policy), policy


def test_a_long_plan_holds_three_works_of_a_length_told_and_added_up(long_plan: tuple[Plan, Policy]) -> None:
    made_plan, _ = long_plan
    works = made_plan.actions.sort_values(["unit", "year"])
    often = works.groupby("unit")["year"].size()
    assert often.max() == 3
    pause = np.ceil(works["treatment"].map(CATALOGUE.treatments["moratorium"].astype(float)))
    gap = works.groupby("unit")["year"].diff()
    assert not (gap < pause.groupby(works["unit"]).shift()).any()
    # what was considered and taken is what is in the list, with its gain and words
    three = often.index[often == 3][0]
    own = works[works["unit"] == three]
    taken = made_plan.considered[made_plan.considered["taken"] & (made_plan.considered["unit"] == three)].iloc[0]
    assert own["benefit"].sum() == pytest.approx(taken["benefit"])
    assert own["year"].tolist() == [taken[f"{s}_year"] for s in ("first", "second", "third")]
    said = strategy_text(taken.to_dict(), {}, "en")
    assert said == ", ".join(f"{t} in {y}" for t, y in zip(own["treatment"], own["year"], strict=True))
    assert own["reason_en"].str.len().min() > 20


def test_three_decided_works_stand_in_the_next_plan(long_plan: tuple[Plan, Policy]) -> None:
    made_plan, policy = long_plan
    works = made_plan.actions
    often = works.groupby("unit")["year"].size()
    own = works[works["unit"] == often.index[often == 3][0]].sort_values("year")
    again = plan(TWO, **GIVEN, policy=policy, committed=paired(own.reindex(columns=["unit", *FIRST])))
    kept = again.actions[again.actions["unit"] == own["unit"].iloc[0]].sort_values("year")
    assert kept[["year", "treatment"]].to_numpy().tolist() == own[["year", "treatment"]].to_numpy().tolist()
    assert (kept["status"] == "committed").all()
    np.testing.assert_allclose((kept["cost"] - kept["mobilisation"].fillna(0)).to_numpy(float),
                               (own["cost"] - own["mobilisation"].fillna(0)).to_numpy(float))  # fmt: skip
    # a later plan that begins after the first year holds the two that are left, a short one what lies in it
    held = paired(own.reindex(columns=["unit", *FIRST])).merge(
        TWO[["unit", "route", "direction", "lane", "from_m", "to_m"]], on="unit"
    )
    asked = held.drop(columns="unit").assign(
        decision="1", kind="commit", at_m=np.nan, code="", reason="", decided_by="", decided_at=""
    )
    cells = TWO[["unit", "route", "direction", "lane", "from_m", "to_m"]]
    why = owners(stretches(asked), cells)[1]
    first, second, third = own["year"].tolist()
    for years, left in (
        (range(first + 1, 2050), [second, third]), (range(second + 1, 2050), [third]),
        (range(first, third), [first, second]), (range(2020, 2050), [first, second, third]),
    ):  # fmt: skip
        row = fitted(asked, why, cells, TWO, years=years, rules=CATALOGUE).committed.iloc[0]
        told = row[["year", "second_year", "third_year"]].dropna()
        assert told.astype(int).tolist() == left


def test_three_decided_works_are_held_in_a_short_plan_too() -> None:
    names = ["crack_seal", "crack_seal", "thin_overlay"]
    works = pd.DataFrame(
        {"unit": TWO["unit"].iloc[[0, 0, 0]], "year": [2026, 2028, 2031], "treatment": names, "cost": [1e5, 2e5, 3e6]}
    )
    held = committed_rows(
        paired(works.assign(unit=UNITS["unit"].iloc[0])), UNITS, first_year=2026, years=8, catalogue=CATALOGUE
    )
    table, look = rolled(8, committed=held)
    own = table[table["unit"] == 0]
    assert own[NAMES].to_numpy(object).tolist() == [["crack_seal", 0, "crack_seal", 2, "thin_overlay", 5]]
    assert own["cost"].tolist() == [3.3e6]
    assert held.spent(8).tolist() == [1e5, 0, 2e5, 0, 0, 3e6, 0, 0]
    course = chosen_course(look, own, catalogue=CATALOGUE)
    assert course.age[0, 6] == 1
    assert (table.loc[table["unit"] != 0, "third"] == "").all()
    short = GIVEN | {"budgets": money(9e6, years=8)}
    made_plan = plan(TWO, **short, policy=Policy(projects=RULES), committed=paired(works))
    assert (made_plan.actions["unit"] == TWO["unit"].iloc[0]).sum() == 3
    assert made_plan.overrides["unit"].tolist() == [TWO["unit"].iloc[0]]
