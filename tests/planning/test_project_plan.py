"""Plans of projects as people get them: rules, reasons, decided works, limits, and the checker."""

import itertools

import pandas as pd
import pytest

from benchmarks.projects import network
from pavement.errors import PlanError
from pavement.planning import override_costs
from pavement.planning.optimise import Plan, plan
from pavement.planning.policy import Policy
from pavement.planning.project_check import project_faults
from pavement.planning.project_problem import ProjectRules
from pavement.planning.treatments import catalogue
from pavement.planning.why_case import Case
from pavement.planning.why_words import why_told
from tests.planning.conftest import money, straight_lines

RULES = ProjectRules(least=1500.0, most=5000.0)


def made(units: pd.DataFrame, amount: float = 12e6, **more: object) -> Plan:
    policy = Policy(projects=RULES)
    return plan(
        units.drop(columns="growth"), budgets=money(amount), forecast=straight_lines, catalogue=catalogue(),
        discount_rate=0.03, policy=policy, **more,
    )  # fmt: skip


@pytest.fixture(scope="module")
def units() -> pd.DataFrame:
    return network(60, seed=3)


@pytest.fixture(scope="module")
def answer(units: pd.DataFrame) -> Plan:
    return made(units)


def test_projects_hold_all_rules_and_budgets(answer: Plan, units: pd.DataFrame) -> None:
    assert len(answer.projects) > 1
    assert project_faults(answer.actions, answer.projects, units, RULES, catalogue(), decided=set()) == []
    assert (answer.spent <= answer.budgets).all()
    assert answer.projects.groupby("year")["cost"].sum().sum() == answer.spent.sum()
    assert answer.value <= answer.bound
    assert answer.actions["reason_en"].str.contains("project P-20").all()
    assert answer.actions["reason_zh"].str.contains("專案 P-20").all()


def test_o5_the_same_input_gives_the_same_projects(answer: Plan, units: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(made(units).actions, answer.actions)


def test_more_money_never_lowers_the_bound(answer: Plan, units: pd.DataFrame) -> None:
    assert made(units, 18e6).bound >= answer.bound * (1 - 1e-9)


@pytest.fixture
def not_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make no plan anew without a decision: each takes as long as a plan."""
    real = override_costs.parameters
    monkeypatch.setattr(override_costs, "parameters", lambda: real() | {"override_solves": 0.0})


@pytest.mark.usefixtures("not_anew")
def test_a_decided_work_may_be_short_and_stands(units: pd.DataFrame) -> None:
    # three lanes of one section: two works in other years than the first, one of them and the first in the same year
    rows = units.iloc[[0, 1, 2, 30]]
    assert rows["from_m"].nunique() == 2
    decided = pd.DataFrame(
        {"unit": rows["unit"], "year": [2027, 2029, 2027, 2028], "treatment": "mill_overlay",
         "cost": [4e6, 4e6, None, None], "second": ["", "", "crack_seal", ""],
         "second_year": [None, None, 2030.0, None]}
    )  # fmt: skip
    found = made(units, 25e6, committed=decided)
    held = found.actions[found.actions["status"] == "committed"].set_index("unit")
    assert held.loc[[rows["unit"].iloc[2]], "year"].sort_values().tolist() == [2027, 2030]
    own = held[held["treatment"] == "mill_overlay"]
    assert own["year"].reindex(rows["unit"]).tolist() == [2027, 2029, 2027, 2028]
    assert own["cost"].reindex(rows["unit"]).tolist()[:2] >= [4e6, 4e6]
    assert (found.spent <= found.budgets).all()


def test_beyond_the_number_made_anew_a_bound_at_the_prices_tells_what_a_decision_may_cost(
    request: pytest.FixtureRequest, answer: Plan, units: pd.DataFrame
) -> None:
    unit = answer.actions["unit"].iloc[0]
    forbidden = pd.DataFrame({"unit": [unit], "treatment": "", "before": [float("nan")]})
    anew = made(units, forbidden=forbidden).overrides.iloc[0]
    assert 0 < anew["solved_lost"] <= anew["lost_most"]
    request.getfixturevalue("not_anew")
    found = made(units, forbidden=forbidden)
    told = found.overrides.iloc[0]
    assert anew["solved_lost"] <= told["lost_most"]
    assert told[["lost", "solved_lost"]].isna().all()
    # the plan without the decision is at hand: it gains no more than the bound tells, and the bound is near
    assert answer.value - found.value <= told["lost_most"] < 0.15 * found.value


def test_an_auxiliary_lane_along_a_part_of_a_section_works_with_its_neighbours_or_as_people_decide(
    units: pd.DataFrame,
) -> None:
    units = units.iloc[:27]
    beside = units.iloc[::4]
    half = (beside["from_m"] + beside["to_m"]) / 2
    aux = beside.assign(unit="aux-" + beside["unit"], lane="aux", to_m=half, area_m2=beside["area_m2"] / 2)
    road = pd.concat([units, aux], ignore_index=True)
    decided = pd.DataFrame({"unit": aux["unit"].iloc[:1], "year": 2028, "treatment": "mill_overlay"})
    for kept in (None, decided):
        found = made(road, 10e6, committed=kept)
        named = set() if kept is None else set(kept["unit"])
        assert project_faults(found.actions, found.projects, road, RULES, catalogue(), decided=named) == []
        assert found.actions["lane"].eq("aux").any()
    own = found.actions.set_index("unit").loc[decided["unit"].iloc[0]]
    assert (found.actions["project"] == own["project"]).sum() == 1


@pytest.mark.parametrize(
    ("first", "second"), [([0, 500, 1000], [0, 700, 1000]), ([0, 1000, 2000, 3000], [500, 1500, 2500, 3500])]
)
def test_where_no_lane_runs_through_each_length_is_worked_on_by_itself(
    units: pd.DataFrame, first: list[int], second: list[int]
) -> None:
    """As after two splits at several places: no choice of such lengths works on the whole section."""
    ends = [("1", a, b) for a, b in itertools.pairwise(first)] + [("2", a, b) for a, b in itertools.pairwise(second)]
    lane, begin, end = zip(*ends, strict=True)
    road = units.iloc[: len(ends)].assign(
        unit=[f"u{n}" for n in range(len(ends))], route="N9", lane=lane, from_m=begin, to_m=end, iri=2.4
    )
    found = made(road.assign(area_m2=3.65 * (road["to_m"] - road["from_m"])), 50e6)
    assert found.actions["unit"].nunique() == len(road)
    assert found.actions.groupby("project")["unit"].nunique().max() == 1


def test_a_lane_broken_off_beside_a_border_leaves_no_fault(units: pd.DataFrame) -> None:
    road = units.iloc[:4].assign(
        unit=list("abcd"), route="N9", lane=["1", "2"] * 2, from_m=[0, 0, 1000, 1080], to_m=[1000, 920, 2000, 2000]
    )  # fmt: skip
    idle = pd.DataFrame({"unit": ["a", "c"], "treatment": "", "before": float("nan")})
    assert set(made(road.assign(iri=2.4), 50e6, forbidden=idle).actions["unit"]) == {"b", "d"}


def test_limits_that_cannot_be_met_are_named(units: pd.DataFrame) -> None:
    floor = {"id": "f", "kind": "office_floor", "scope": "A", "year": "2026", "at_least": "1000000000", "at_most": ""}
    policy = Policy(pd.DataFrame([floor | {"unit": "NT$"}]), projects=RULES)
    with pytest.raises(PlanError, match="office_floor A 2026"):
        plan(
            units.drop(columns="growth"), budgets=money(2e9), forecast=straight_lines, catalogue=catalogue(),
            discount_rate=0.03, policy=policy,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda w, p: (w.iloc[1:], p), "sum"),
        (lambda w, p: (w, p.iloc[1:]), "0 rows"),
        (lambda w, p: (w.assign(mobilisation=w["mobilisation"] + 1), p), "mobilisation"),
        (lambda w, p: (w.assign(project="P"), p), "0 rows"),
        (lambda w, p: (w.assign(project=""), p), "no project"),
    ],
)
def test_the_checker_finds_what_projects_break(answer: Plan, units: pd.DataFrame, change, said: str) -> None:
    works, projects = change(answer.actions, answer.projects)
    assert said in " ".join(project_faults(works, projects, units, RULES, catalogue(), decided=set()))


def without_a_stretch(works: pd.DataFrame) -> pd.DataFrame:
    """Return works without those of a section in the middle of a project in one of its years."""
    many = works[works.groupby(["project", "year"])["from_m"].transform("nunique") > 2]
    rows = many[(many["project"] == many["project"].iloc[0]) & (many["year"] == many["year"].iloc[0])]
    return works.drop(rows.index[rows["from_m"] == sorted(rows["from_m"].unique())[1]])


@pytest.mark.parametrize(
    ("works", "units_of", "rules", "said"),
    [
        (lambda w: w, lambda u: u, ProjectRules(4900.0, 5000.0), "shorter than 4,900"),
        (lambda w: w, lambda u: u, ProjectRules(1500.0, 1600.0), "longer than 1,600"),
        (lambda w: w, lambda u: u.assign(office=u["unit"]), RULES, "border of a section office"),
        (lambda w: pd.concat([w, w.assign(year=w["year"] + 1)]), lambda u: u, RULES, "within the moratorium"),
        (lambda w: pd.concat([w, w.assign(year=w["year"] + 20)]), lambda u: u, RULES, "more than two years"),
        (without_a_stretch, lambda u: u, RULES, "a stretch inside it has no work"),
    ],
)
def test_the_checker_finds_projects_out_of_their_rules(
    answer: Plan, units: pd.DataFrame, works, units_of, rules, said: str
) -> None:
    found = project_faults(
        works(answer.actions), answer.projects, units_of(units), rules, catalogue(), decided=set()
    )  # fmt: skip
    assert any(said in fault for fault in found), found


def test_a_lane_of_a_project_of_two_years_may_rest_in_one_of_them(answer: Plan) -> None:
    works = answer.actions
    two = works[works.groupby("project")["year"].transform("nunique") == 2]
    resting = two[two.groupby("unit")["year"].transform("size") == 1]
    assert len(resting)
    assert resting["reason_en"].str.contains("Other lanes of the project are worked on in 20").all()
    # each stretch has work in both years
    places = two.groupby(["project", "year"])["from_m"].agg(lambda ends: sorted(set(ends))).groupby("project")
    assert places.agg(lambda years: years.iloc[0] == years.iloc[1]).all()


def test_a_work_locked_out_of_a_project_pays_mobilisation_anew_and_once(answer: Plan, units: pd.DataFrame) -> None:
    shared = answer.actions.groupby("project")["unit"].transform("size") > 1
    work = answer.actions[shared & (answer.actions["year"] > 2026)].iloc[0]
    locked = pd.DataFrame([work[["unit", "year", "treatment", "cost", "mobilisation"]]])
    bare = work["cost"] - work["mobilisation"]
    again = made(units, committed=locked)
    own = again.actions.set_index(["unit", "year"]).loc[(work["unit"], work["year"])]
    assert own["cost"] - own["mobilisation"] == pytest.approx(bare, abs=1)
    assert (again.spent <= again.budgets).all()
    # with nobody beside it the whole mobilisation is its own
    others = units.assign(free_year=units["unit"].ne(work["unit"]) * 2040.0)
    alone = made(others, committed=locked).actions.set_index(["unit", "year"]).loc[(work["unit"], work["year"])]
    full = float(catalogue().treatments.loc[work["treatment"], "mobilisation"])
    assert alone["mobilisation"] == full
    assert alone["cost"] == pytest.approx(bare + full, abs=1)


def test_a_cost_that_people_gave_takes_no_share_of_its_neighbours(units: pd.DataFrame) -> None:
    decided = pd.DataFrame(
        {"unit": [units["unit"].iloc[0]], "year": [2027], "treatment": ["mill_overlay"], "cost": [4e6]}
    )
    found = made(units, 25e6, committed=decided)
    own = found.actions.set_index(["unit", "year"]).loc[(decided["unit"].iloc[0], 2027)]
    assert own["cost"] == 4e6


def test_why_counts_mobilisation_and_neighbours(answer: Plan) -> None:
    own = answer.considered
    net = own["benefit"] - own["money"] + own["joining"]
    pd.testing.assert_series_equal(own["net"], net, check_names=False, atol=1e-2)
    margins = answer.margins.set_index("unit")
    work = answer.actions.drop_duplicates("unit").set_index("unit")
    taken = margins[margins["taken"]]
    assert taken["project"].equals(work["project"].reindex(taken.index))
    # who stands alone pays a mobilisation of his own
    assert (own["alone"] < own["benefit"] - own["money"]).all()
    unit, row = next((u, r) for u, r in taken.to_dict("index").items() if r["others"] > 0 and r["lead"] > 0)
    for language, said in (("en", "alone, with a mobilisation of its own"), ("zh", "單獨施作並自付動員費")):
        names = catalogue().treatments[language].to_dict()
        case = Case(
            own[own["unit"] == unit].reset_index(drop=True), row, {"before": row}, {}, names, "benefit", language
        )
        told = " ".join(one.answer for one in why_told(case))
        assert said in told
        assert row["project"] in told
        assert f"{row['limit_cost'] / 1000:,.0f}" in told
