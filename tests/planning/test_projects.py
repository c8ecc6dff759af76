"""Projects against brute force: every partition into stretches, every strategy of each unit."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pavement.errors import PlanError
from pavement.planning.choices import Choices
from pavement.planning.economics import parameters
from pavement.planning.project_columns import Pricing
from pavement.planning.project_enumeration import all_projects
from pavement.planning.project_master import Found, solved_projects
from pavement.planning.project_parts import by_parts
from pavement.planning.project_programme import Programme
from pavement.planning.project_refine import refined
from pavement.planning.project_whole import Search, holds
from pavement.planning.projects import Crew, Problem, no_columns, shared
from pavement.planning.sections import in_one_office, sections
from tests.examples import examples

P = parameters() | {"project_gap": 1e-6, "project_nodes_small": 2000, "project_columns": 20_000}
YEARS = 2


LONG = 600.0


def places(chains: list[list[float]]) -> pd.DataFrame:
    """Return units of chains, each a list of how many lanes its sections of 600 m have; a half runs through one."""
    rows = []
    for chain, lanes in enumerate(chains):
        for number, count in enumerate(lanes):
            for lane in range(math.ceil(count)):
                ends = (LONG * number, LONG * (number + min(1.0, count - lane)))
                rows.append((f"c{chain}-{number}-{lane}", f"N{chain}", "S", str(lane + 1), *ends))
    return pd.DataFrame(rows, columns=["unit", "route", "direction", "lane", "from_m", "to_m"])


def made(chains: list[list[float]], *, seed: int, floor: bool = False, worth: float = 0.0) -> Problem:
    """Return a small problem: budgets of two years and a row of amounts of either sign, that may be a floor."""
    rng = np.random.default_rng(seed)
    units = places(chains)
    rows = []
    for unit in range(len(units)):
        for years in ((0, -1), (1, -1), (0, 1)):
            for _ in range(int(rng.integers(0, 2 if years[1] >= 0 else 3))):
                rows.append((unit, *years))
    rows = rows or [(0, 0, -1)]
    table = pd.DataFrame(rows, columns=["unit", "first", "second"]).sort_values("unit", kind="stable")
    count = len(table)
    both = table["second"].to_numpy() >= 0
    cost = np.column_stack([rng.integers(1, 30, count), np.where(both, rng.integers(1, 30, count), 0)]).astype(float)
    extra = rng.integers(-9, 10, count).astype(float)
    row = np.column_stack([table["first"], np.where(both, table["second"], 3), np.where(extra == 0, 3, 2)])
    found, group = np.unique(table["unit"], return_inverse=True)
    first = np.searchsorted(group, np.arange(len(found)))
    benefit = cost.sum(axis=1) * rng.lognormal(0.3, 0.6, count) - worth * -1.0 * cost.sum(axis=1) * 2
    choices = Choices(
        benefit, row.astype(np.int64), np.column_stack([cost, extra]), group, first, np.zeros(len(found), bool), 3
    )  # fmt: skip
    kinds = np.zeros((YEARS + 1, 3))
    kinds[0, 0] = kinds[1, 1] = 1.0
    kind = np.column_stack([table["first"], np.where(both, table["second"], YEARS)]).astype(np.int64)
    mobilisation = rng.choice([3.0, 7.0, 12.0], (count, 2)) * np.column_stack([np.ones(count), both])
    area = rng.integers(10, 40, len(found)).astype(float)
    crew = Crew(1000.0, 1800.0, mobilisation, kinds, kind, area, worth)
    total = np.bincount(row.ravel(), np.abs(choices.amount).ravel(), minlength=4)[:3]
    limits = np.floor(rng.uniform(0.1, 0.5, 3) * total)
    if floor:
        limits[2] = -np.floor(rng.uniform(0.0, 0.3) * total[2])
    place = sections(units)
    whole = (units["to_m"] - units["from_m"] == LONG).to_numpy()
    np.testing.assert_array_equal(place.whole, whole)
    return Problem(choices, limits, place, place.of_unit[found], crew, whole[found])


def stretches(problem: Problem) -> list[range]:
    """Return the stretches that may be a project, from their extents."""
    s, crew = problem.sections, problem.crew
    found = []
    for first, last in itertools.combinations_with_replacement(range(s.count), 2):
        if s.chain[first] != s.chain[last]:
            continue
        extent, inside = s.to_m[last] - s.from_m[first], range(first, last + 1)
        whole = (s.chain == s.chain[first]).sum() == len(inside)
        decided = problem.choices.forced[np.isin(problem.section, inside)].any()
        if (extent >= crew.least or whole or decided) and (extent <= crew.most or len(inside) == 1):
            found.append(inside)
    return found


def worked_in(problem: Problem, works: np.ndarray, year: int) -> tuple[set[int], float]:
    """Return the sections that works of a year run through, and the largest of their mobilisations."""
    c, slots = problem.choices, [(w, slot) for w in works for slot in range(2) if problem.choices.row[w, slot] == year]
    prices = [problem.crew.mobilisation[at] for at in slots]
    through = [c.group[w] for w, _ in slots if problem.whole[c.group[w]]]
    return {int(problem.section[group]) for group in through}, max(prices, default=0.0)


def projects_of(problem: Problem) -> list[tuple[range, float, np.ndarray]]:
    """Return every possible project: its sections, benefit and amounts, reckoned anew."""
    c, crew = problem.choices, problem.crew
    offered = [frozenset(y for y in years if y < YEARS) for years in c.row[:, :2].tolist()]
    found = []
    for inside, years in itertools.product(stretches(problem), sorted(set(offered), key=sorted)):
        ways = []
        for group in np.flatnonzero(np.isin(problem.section, inside)):
            own = [w for w in np.flatnonzero(c.group == group).tolist() if offered[w] <= years]
            ways.append(own if c.forced[group] else [-1, *own])
        for way in itertools.product(*ways):
            works = np.array([w for w in way if w >= 0], dtype=np.int64)
            amount, value = c.usage(works), c.benefit[works].sum()
            of_year = {year: worked_in(problem, works, year) for year in years}
            # no hole in any year
            if any(sections != set(inside) for sections, _ in of_year.values()):
                continue
            for year, (_, largest) in of_year.items():
                amount[year] += largest
                value += crew.worth * largest
            found.append((inside, value, amount))
    return found


def best_of_all(problem: Problem) -> float:
    """Return the best value of all sets of projects that keep the limits, -inf if none does."""
    possible = projects_of(problem)
    forced = problem.forced
    best = -np.inf

    def go(section: int, value: float, left: np.ndarray) -> None:
        nonlocal best
        if section == problem.sections.count:
            if (left >= 0).all():
                best = max(best, value)
            return
        if not forced[section]:
            go(section + 1, value, left)
        for where, worth, amount in starting[section]:
            after = left - amount
            if (after[:2] >= 0).all():
                go(where.stop, value + worth, after)

    starting = [[p for p in possible if p[0].start == s] for s in range(problem.sections.count)]
    go(0, 0.0, problem.limits.copy())
    return best


def check(problem: Problem, found: Found, best: float) -> None:
    # the bound is that of the prices told, not the value of what was found
    bound = Pricing(problem).priced(found.prices).bound
    assert bound >= best - 1e-9 * max(1.0, abs(best))
    assert found.bound == pytest.approx(bound, rel=1e-9, abs=1e-9)
    # so few projects are all looked at
    assert found.value == pytest.approx(best, rel=1e-5, abs=1e-6)
    assert holds(problem, found.projects)


@settings(max_examples=examples(60), deadline=None)
@given(seed=st.integers(0, 10**6))
def test_projects_within_budgets_reach_brute_force_and_the_bound_is_never_below(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = made([list(rng.integers(2, 5, 3) / 2), list(rng.integers(2, 5, 2) / 2)], seed=seed)
    best = best_of_all(problem)
    found = solved_projects(problem, parameters=P)
    check(problem, found, best)


@settings(max_examples=examples(40), deadline=None)
@given(seed=st.integers(0, 10**6))
def test_o6_floors_are_kept_or_refused_rightly(seed: int) -> None:
    problem = made([[1, 2, 1], [2]], seed=seed, floor=True)
    best = best_of_all(problem)
    if best == -np.inf:
        with pytest.raises(PlanError):
            solved_projects(problem, parameters=P)
        return
    check(problem, solved_projects(problem, parameters=P), best)


@settings(max_examples=examples(30), deadline=None)
@given(seed=st.integers(0, 10**6))
def test_least_cost_counts_mobilisation(seed: int) -> None:
    problem = made([[1, 2], [2, 1]], seed=seed, worth=-1.0)
    best = best_of_all(problem)
    check(problem, solved_projects(problem, parameters=P), best)


def test_decided_works_are_done_and_may_be_short() -> None:
    problem = made([[1, 1, 1], [1]], seed=4)
    forced = np.zeros(problem.choices.groups, dtype=bool)
    forced[1] = True
    held = replace(problem, choices=replace(problem.choices, forced=forced), limits=problem.limits + 60)
    best = best_of_all(held)
    found = solved_projects(held, parameters=P)
    check(held, found, best)
    group = held.choices.group[found.projects.strategy]
    assert 1 in group
    assert holds(held, found.projects)
    # the section of the decided work stays covered by its neighbours
    kept = group != 1
    lost = replace(found.projects, strategy=found.projects.strategy[kept], project=found.projects.project[kept])
    assert not holds(held, lost)


def test_what_cannot_be_met_is_named_with_how_much() -> None:
    problem = made([[1, 1], [1]], seed=3)
    asked = replace(problem, limits=np.array([500.0, 500.0, -4000.0]))
    with pytest.raises(PlanError, match=r"Missed at least, all together: poor share by 3,\d{3}\."):
        solved_projects(asked, parameters=P, names=["1", "2", "poor share"])


@pytest.mark.parametrize("seed", range(4))
def test_each_stretch_is_priced_as_brute_force_says_and_no_project_has_a_hole(seed: int) -> None:
    problem = made([[3], [2.5], [1.5, 1], [1, 1, 1]], seed=seed)
    if seed % 2:
        forced = np.random.default_rng(seed).random(problem.choices.groups) < 0.3
        problem = replace(problem, choices=replace(problem.choices, forced=forced))
    c, possible, pricing = problem.choices, projects_of(problem), Pricing(problem)
    for prices in np.random.default_rng(seed).uniform(0, 2, (5, 3)):
        best = np.full(pricing.allowed.shape, -np.inf)
        for inside, value, amount in possible:
            at = inside.start, len(inside) - 1
            best[at] = max(best[at], value - amount @ prices)
        priced = pricing.priced(prices)
        np.testing.assert_allclose(priced.best, best)
        # each as it is added up, of all pairs of years
        years, first, length = np.nonzero(np.isfinite(priced.worth))
        made_of = pricing.concrete(priced, first, length + 1, years)
        np.testing.assert_allclose(made_of.value - made_of.amount @ prices, priced.worth[years, first, length])
        pairs = np.unique(np.where(c.row[:, :2] < YEARS, c.row[:, :2], -1), axis=0)
        for number, asked in enumerate(pairs[years]):
            works = made_of.strategy[made_of.project == number]
            inside = set(range(first[number], first[number] + length[number] + 1))
            assert all(worked_in(problem, works, year)[0] == inside for year in asked if year >= 0)


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_works_chosen_anew_are_the_best_of_the_same_stretches_and_years(seed: int) -> None:
    """From the cheapest works, a later stretch first; one mobilisation for all, so that all of a year pay the same."""
    free = made([[2, 2], [2]], seed=seed)
    crew = replace(free.crew, mobilisation=np.where(free.crew.mobilisation > 0, 7.0, 0.0))
    free, first, length = replace(free, crew=crew), np.array([2, 0]), np.array([1, 2])
    pricing = Pricing(free)
    taken = pricing.concrete(pricing.priced(np.array([9.0, 9.0, 0.0])), first, length)
    problem = replace(free, limits=np.floor(taken.amount.sum(axis=0) + np.array([15.0, 15.0, 9.0])))
    ways = [
        [(value, amount) for inside, value, amount in projects_of(problem)
         if (inside.start, len(inside)) == place and ((amount[:2] > 0) == (own[:2] > 0)).all()]
        for place, own in zip(zip(first, length, strict=True), taken.amount, strict=True)
    ]  # fmt: skip
    sums = [(a[0] + b[0], a[1] + b[1]) for a, b in itertools.product(*ways)]
    best = max(value for value, amount in sums if (amount <= problem.limits).all())
    found = refined(problem, taken, np.zeros(3), Search(np.ones(3), 2000, 1000, 0.0))
    assert found.value.sum() == pytest.approx(best)
    assert best > taken.value.sum()
    assert holds(problem, found)
    assert (found.first.tolist(), found.length.tolist()) == ([2, 0], [1, 2])
    assert ((found.amount[:, :2] > 0) == (taken.amount[:, :2] > 0)).all()
    # by project, as what takes some of them expects
    sections = problem.section[problem.choices.group[found.some(np.array([0])).strategy]]
    assert set(sections) == {2}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_parts_chosen_anew_reach_the_best_of_all_from_no_project(seed: int) -> None:
    """Parts take three projects at least, and there is no room for more: the first one is the whole."""
    problem = made([[2, 1], [2]], seed=seed)
    problem = replace(problem, limits=np.append(problem.limits[:2], 99.0))
    programme = Programme(problem, scale=np.ones(3), unit=1.0)
    programme.phase(elastic=False)
    programme.add(every := all_projects(problem, most=20_000))
    search = Search(np.ones(3), 500, every.count, 0.0)
    found = by_parts(problem, no_columns(3), programme, np.zeros(3), search, p=P)
    assert found.value.sum() == pytest.approx(best_of_all(problem))
    assert holds(problem, found)
    again = by_parts(problem, found, programme, np.zeros(3), search, p=P)
    assert again.value.sum() == found.value.sum()


def test_whole_shares_add_up_and_follow_size() -> None:
    share = shared(np.array([100.0, 7.0]), np.array([1.0, 1.0, 1.0, 5.0, 2.0]), np.array([0, 0, 0, 1, 1]))
    assert share.tolist() == [34.0, 33.0, 33.0, 5.0, 2.0]


def test_sections_follow_holes_offices_and_lanes_that_end() -> None:
    rows = [
        ("a1", "1", 0, 600, "A"), ("a2", "2", 0, 600, "A"), ("b1", "1", 600, 1200, "A"), ("b2", "2", 600, 900, "A"),
        ("c1", "1", 1200, 1800, "B"), ("d1", "1", 2000, 2600, "B"),
    ]  # fmt: skip
    units = pd.DataFrame(rows, columns=["unit", "lane", "from_m", "to_m", "office"]).assign(route="N1", direction="S")
    found = sections(units)
    assert found.of_unit.tolist() == [0, 0, 1, 1, 2, 3]
    assert found.chain.tolist() == [0, 0, 1, 2]
    assert found.left.tolist() == [2, 1, 1, 1]
    assert in_one_office(units.assign(office=["A", "B", "A", "B", "B", "B"]))["office"].tolist() == list("AAAABB")
