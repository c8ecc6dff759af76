"""Scenarios on one outlook: side by side, the frontier of budgets, goals at least cost, backlog and carbon."""

import itertools
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.projects import network
from pavement.errors import PlanError
from pavement.planning.backlog import backlog
from pavement.planning.bands import banded, edges
from pavement.planning.basis import basis
from pavement.planning.frontier import Told, never_less
from pavement.planning.optimise import plan
from pavement.planning.policy import Policy
from pavement.planning.project_answer import Joined, ready_to_join
from pavement.planning.project_problem import ProjectRules
from pavement.planning.rollout import untreated
from pavement.planning.scenarios import Compared, Goal, Scenario, _summary, compared, money_alone
from tests.examples import examples
from tests.planning.conftest import make_units, money, straight_lines
from tests.planning.test_limits import CATALOGUE, ready, table

YEARS = range(2026, 2029)
RULES = ProjectRules(least=1500.0, most=3000.0)


def goal(name: str, at_most: float) -> Goal:
    raw = table((name, "poor_share", "rut", 2028, "", at_most, "%"))
    return Goal(name, raw, pd.Series(np.inf, index=YEARS))


@pytest.fixture(scope="module")
def found() -> Compared:
    start = ready(make_units(20))
    levels = [Scenario(f"{m:g}", money(m * 1e6, years=3), frontier=True) for m in (1, 3, 6)]
    capped = Scenario("capped", money(6e6, years=3), Policy(table(("c", "carbon", "", "", "", 20, "tCO2e"))))
    none = Scenario("never", money(1e5, years=3), Policy(table(("p", "mean_condition", "iri", 2026, "", 0.1, "m/km"))))
    return compared(start, [*levels, capped, none], [goal("half", 50.0), goal("good", 20.0)])


def test_o4_the_frontier_gains_with_money_and_leaves_less_undone(found: Compared) -> None:
    points = found.summary[found.summary["kind"] == "frontier"]
    assert points["value"].is_monotonic_increasing
    end = found.years[found.years["year"] == 2028].set_index("scenario")["backlog"]
    assert end["nothing"] > end["6"]
    assert (found.years["spent"] <= found.years["budget"]).all()


def test_goals_cost_more_the_more_is_asked_and_are_held(found: Compared) -> None:
    goals = found.summary[found.summary["kind"] == "goal"].set_index("scenario")
    assert goals.loc["half", "value"] <= goals.loc["good", "bound"] * (1 + 1e-9) + 1e-9
    assert (goals["bound"] <= goals["value"]).all()
    assert (goals["spent"] == goals["value"]).all()
    rows = found.condition[(found.condition["year"] == 2028) & (found.condition["kind"] == "rut")]
    poor = rows.set_index("scenario")["poor_share"]
    assert poor["good"] <= 0.20
    assert poor["nothing"] > poor["good"]


def test_what_people_decided_is_told_of_what_is_spent(found: Compared) -> None:
    works = pd.DataFrame({"unit": ["a", "b"], "cost": [2.0, 3.0], "status": ["committed", "proposed"]})
    answer = SimpleNamespace(works=works, value=5.0, bound=5.0, gap=0.0, projects=None)
    assert _summary(answer, pd.Series([1.0, 1.0]))["decided"] == 2
    assert (found.summary["decided"].dropna() == 0).all()


def test_o6_a_scenario_that_cannot_be_says_why_and_the_others_go_on(found: Compared) -> None:
    why = found.summary.set_index("scenario")["why"]
    assert "p (mean_condition iri 2026) [m/km] by" in why["never"]
    assert (why.drop("never") == "").all()


def test_carbon_and_mix_add_up_to_works(found: Compared) -> None:
    total = found.summary.set_index("scenario")
    mix = found.mix.groupby("scenario")["cost"].sum()
    np.testing.assert_allclose(mix["capped"], total.loc["capped", "spent"])
    each = found.mix.assign(c=found.mix["area_m2"] * found.mix["treatment"].map(CATALOGUE.treatments["kgco2e_m2"]))
    np.testing.assert_allclose(each.groupby("scenario")["c"].sum()["capped"], total.loc["capped", "carbon"])
    assert found.years[found.years["scenario"] == "capped"]["carbon"].max() <= 20_000
    assert total.loc["capped", "value"] <= total.loc["6", "bound"]


def test_a_faulty_limit_is_refused_and_not_told_as_out_of_reach() -> None:
    wrong = Scenario("w", money(1e6, years=3), Policy(table(("c", "carbon", "", 1999, "", 20, "tCO2e"))))
    with pytest.raises(PlanError) as error:
        compared(ready(make_units(2)), [wrong], [])
    assert len(error.value.faults) == 1


def test_backlog_is_the_price_of_the_work_that_helps_most() -> None:
    """One unit, rutted only: of what is triggered the deepest reset takes most off, of equals the cheapest counts."""
    units = make_units(1).assign(iri=0.8, rut=12.0, crack_percent=0.0, pothole_area=0.0, ism=np.nan, age=20.0)
    start = basis(
        units, years=YEARS, forecast=straight_lines, catalogue=CATALOGUE, discount_rate=0.03, pruned=False
    )  # fmt: skip
    first = backlog(start, untreated(start.look))[0]
    treatments, area = CATALOGUE.treatments, float(units["area_m2"].iloc[0])
    prices = np.ceil(area * treatments["cost_mid"] + treatments["mobilisation"])
    assert first in prices.to_numpy()
    assert treatments.loc[prices[prices == first].index[0], "reset_rut"] <= 2.5
    good = basis(
        units.assign(rut=0.1, crack_percent=np.nan), years=YEARS, forecast=straight_lines, catalogue=CATALOGUE,
        discount_rate=0.03, pruned=False,
    )  # fmt: skip
    assert backlog(good, untreated(good.look))[0] == 0


def spread(states: pd.DataFrame, *, years: int) -> pd.DataFrame:
    """Return straight lines with an interval that widens by 10 % of the value and year."""
    made = straight_lines(states, years=years)
    half = 0.1 * made["step"] * made["value"]
    return made.assign(low=made["value"] - half, high=made["value"] + half)


def test_bands_hold_the_mean_and_are_those_of_an_outlook_at_the_edges() -> None:
    units = make_units(12)
    start = basis(units, years=YEARS, forecast=spread, catalogue=CATALOGUE, discount_rate=0.03, pruned=False)
    asked = [Scenario("a", money(4e6, years=3))]
    found = compared(start, asked, [], ends=edges(start, spread))
    table = found.condition
    assert (table["mean_low"] <= table["mean"]).all()
    assert (table["mean"] <= table["mean_high"]).all()
    poor = table[table["kind"] == "rut"]
    assert ((poor["poor_share_low"] <= poor["poor_share"]) & (poor["poor_share"] <= poor["poor_share_high"])).all()
    bare = table[(table["scenario"] == "nothing") & (table["kind"] == "iri")].set_index("year")
    area = units["area_m2"] / units["area_m2"].sum()
    # two years on, the high edge of each length is 20 % above its mean
    expected = float(((units["iri"] + 2 * 0.06) * 1.2 * area).sum())
    assert bare.loc[2027, "mean_high"] == pytest.approx(expected)
    assert bare.loc[2025, "mean_high"] == pytest.approx(bare.loc[2025, "mean"])
    with_work = table[(table["scenario"] == "a") & (table["kind"] == "iri") & (table["year"] == 2028)]
    assert with_work["mean_high"].iloc[0] < bare.loc[2028, "mean_high"]


def test_without_an_interval_there_is_no_band() -> None:
    start = ready(make_units(3))
    with pytest.raises(PlanError, match="edge"):
        edges(start, straight_lines)
    found = compared(start, [Scenario("a", money(1e6, years=3))], [])
    assert found.condition["mean_high"].isna().all()
    assert banded(found.condition, start, None, None)["mean_low"].isna().all()


def test_user_cost_falls_with_work_and_tells_what_is_known() -> None:
    units = make_units(20)
    units = units.assign(aadtt=units["aadt"] * 0.2) if "aadt" in units else units.assign(aadt=3e4, aadtt=6e3)
    units.loc[0, "aadtt"] = np.nan
    found = compared(ready(units), [Scenario("a", money(9e6, years=3))], [])
    last = found.years[found.years["year"] == 2028].set_index("scenario")
    assert 0 < last.loc["a", "user_cost"] < last.loc["nothing", "user_cost"]
    length = units["to_m"] - units["from_m"]
    assert last.loc["a", "user_known"] == pytest.approx(1 - length.iloc[0] / length.sum())


@pytest.fixture(scope="module")
def by_projects() -> tuple[pd.DataFrame, Compared]:
    """Return units of three lanes and a frontier answered by projects."""
    units, joined = network(24, seed=3).drop(columns="growth"), Joined(RULES, CATALOGUE)
    own, treatments = ready_to_join(units, CATALOGUE, joined)
    levels = [Scenario(f"{m:g}", money(m * 1e6, years=3), frontier=True) for m in (0.5, 3, 4, 5, 8)]
    start = basis(
        own, years=YEARS, forecast=straight_lines, catalogue=treatments, discount_rate=0.03,
        pruned=money_alone(levels, []),
    )  # fmt: skip
    return units, compared(start, levels, [], joined=joined)


def test_by_projects_a_scenario_is_the_plan_of_its_budget(by_projects) -> None:
    units, found = by_projects
    made = plan(
        units, budgets=money(5e6, years=3), forecast=straight_lines, catalogue=CATALOGUE, discount_rate=0.03,
        policy=Policy(projects=RULES),
    )  # fmt: skip
    row = found.summary.set_index("scenario").loc["5"]
    assert (row["plan_of"], row["projects"]) == ("", made.projects["project"].nunique())
    told = [made.spent.sum(), made.value, made.bound, len(made.actions)]
    assert row[["spent", "value", "bound", "works"]].tolist() == told
    assert found.years.set_index("scenario").loc["5", "spent"].tolist() == made.spent.tolist()
    mix = found.mix[found.mix["scenario"] == "5"].set_index("treatment")["cost"]
    assert mix.to_dict() == made.actions.groupby(made.actions["treatment"].astype(str))["cost"].sum().to_dict()
    shown = found.condition[found.condition["scenario"] == "5"][["year", "kind", "mean"]]
    own = made.condition[made.condition["scenario"] == "plan"][["year", "kind", "mean"]]
    pd.testing.assert_frame_equal(shown.reset_index(drop=True), own.reset_index(drop=True))


def test_o4_more_money_never_gives_less_by_projects(by_projects) -> None:
    table = by_projects[1].summary
    points = table[table["kind"] == "frontier"]
    assert points["value"].is_monotonic_increasing
    assert points["bound"].is_monotonic_increasing
    assert (points["value"] <= points["bound"]).all()
    assert points["projects"].iloc[-1] > 1


def test_undone_neighbours_share_a_mobilisation_each_longest_project(by_projects) -> None:
    """Every length of one chain is due the same work: crews are counted along the road, each of whole sections."""
    units = by_projects[0].assign(iri=9.0, rut=30.0, crack_percent=60.0, age=30.0)
    # sections of 500 and 2,500 m in turn, with which the longest projects cannot be filled
    ends = {at: 3000.0 * (n // 2) + 500.0 * (n % 2) for n, at in enumerate(sorted({*units["from_m"], *units["to_m"]}))}
    units = units.assign(from_m=units["from_m"].map(ends), to_m=units["to_m"].map(ends))
    rules = ProjectRules(least=1500.0, most=5000.0)
    total = []
    for joined in (None, Joined(rules, CATALOGUE)):
        own, treatments = ready_to_join(units, CATALOGUE, joined)
        start = basis(own, years=YEARS, forecast=straight_lines, catalogue=treatments, discount_rate=0.03, pruned=False)
        total.append(backlog(start, untreated(start.look), joined=joined)[0])
    crews, begin = 0, -np.inf
    for place, end in sorted(set(zip(units["from_m"], units["to_m"], strict=True))):
        if end - begin > rules.most:
            crews, begin = crews + 1, place
    prices = CATALOGUE.treatments["mobilisation"]
    assert units["to_m"].max() / rules.most + 1 < crews < len(units)
    assert total[0] - total[1] in set((len(units) - crews) * prices[prices > 0])


def made_answer(name: str, objective: str, budgets: list[int], value: float | None, bound: float) -> Told:
    summary = pd.DataFrame([{"scenario": name, "kind": "frontier", "budget": sum(budgets), "plan_of": "",
                             "value": value, "bound": bound, "why": "none" if value is None else ""}])  # fmt: skip
    frame = pd.DataFrame({"scenario": [name] * len(budgets)})
    return Told(name, Policy(None, objective), pd.Series(budgets), summary, frame, frame, frame, frame.iloc[:0])


@settings(max_examples=examples(60))
@given(
    st.lists(st.tuples(*[st.integers(0, 3)] * 2, st.none() | st.integers(0, 20), st.integers(0, 9)), max_size=6),
    st.sampled_from(["benefit", "cost"]),
)
def test_o4_whatever_was_found_no_answer_is_worth_less_than_one_of_less_money(rows, objective: str) -> None:
    """Made answers: a value, or none, and a bound that is true for the money asked, as a solver proves it."""
    sign = -1 if objective == "cost" else 1
    given_money = [np.array(row[:2]) for row in rows]
    told = []
    for n, (*_, value, room) in enumerate(rows):
        reached = [v for (*_, v, _), m in zip(rows, given_money, strict=True)
                   if v is not None and (m <= given_money[n]).all()]  # fmt: skip
        bound = np.nan if value is None else sign * (max(reached) + room)
        told.append(made_answer(str(n), objective, rows[n][:2], None if value is None else sign * value, bound))
    found = never_less(told)
    for n, m in itertools.product(range(len(rows)), repeat=2):
        less, more = found[n].summary.iloc[0], found[m].summary.iloc[0]
        if less["why"] == "" and (given_money[n] <= given_money[m]).all():
            assert more["why"] == ""
            assert sign * more["value"] >= sign * less["value"]
            assert not sign * more["bound"] < sign * less["bound"]
            assert more["plan_of"] == "" or found[m].years["budget"].tolist() == list(rows[m][:2])


@pytest.mark.parametrize("objective", ["benefit", "cost"])
def test_a_bound_that_a_plan_of_less_money_passes_is_refused(objective: str) -> None:
    sign = -1 if objective == "cost" else 1
    told = [
        made_answer(str(n), objective, [n], sign * value, sign * bound) for n, value, bound in ((1, 5, 7), (2, 4, 4))
    ]
    with pytest.raises(PlanError, match="worth more than its proven bound"):
        never_less(told)


def test_limits_of_a_plan_of_less_money_have_no_price_where_nothing_was_found() -> None:
    limits = pd.DataFrame({"scenario": ["a"], "used": [4.0], "limit": [4.0], "price": [2.0], "binding": [True]})
    told = []
    for name, value, held in (("a", 5.0, limits), ("b", None, limits.iloc[:0]), ("c", 3.0, limits.assign(price=0.5))):
        summary = pd.DataFrame([{"scenario": name, "kind": "frontier", "budget": 1.0, "plan_of": "", "value": value,
                                 "bound": 9.0, "why": "none" if value is None else ""}])  # fmt: skip
        frame = pd.DataFrame({"scenario": [name]})
        told.append(Told(name, Policy(), pd.Series([float(len(told))]), summary, frame, frame, frame, held))
    a, b, c = (one.limits.iloc[0] for one in never_less(told))
    assert (a["price"], c["price"], c["binding"], c["scenario"]) == (2.0, 0.5, True, "c")
    assert (b["scenario"], b["used"]) == ("b", 4.0)
    assert pd.isna(b["price"])
    assert pd.isna(b["binding"])
