"""Limits, budgets, objective and edge on the page of the plan: checked at once, held by the plan, nothing lost."""

import json

import pytest
from werkzeug.exceptions import BadRequest

from dashboard import missed_limits, plan_form, plan_history, policy_form, table_fields, table_templates, tasks, worker
from dashboard.context import Context
from dashboard.fault_words import fault_words
from dashboard.jobs import view
from dashboard.policy_files import typed_budgets
from pavement.errors import PlanError
from pavement.schema import read_table
from pavement.store import jobs, plans

HEAD = "id,kind,scope,year,at_least,at_most,unit\n"


def done(store, settings, **asked):
    """Ask for a plan as the page does, let the worker do it, and return its job."""
    given = {"budget": 60, "years": 3, "keep_empty": True} | asked
    found = plan_form.arguments(Context(store, settings), **given)
    number = jobs.add(store, "plan", found, user="planner")
    worker.do(store, settings, jobs.claim(store, worker=1))
    return view(store, number)


def test_o6_nights_carbon_and_category_typed_on_the_page_are_held_by_the_plan(app, kept, settings) -> None:
    """The catalogue tells nights, carbon and category of each treatment since it has these columns."""
    with app.server.test_request_context():
        free = done(kept, settings)
        assert free.state == "done", free.message
        catalogue = read_table("treatments")[["treatment", "category", "nights_per_km", "kgco2e_m2"]]
        works = plans.frame(kept, plans.newest(kept), "actions").merge(catalogue, on="treatment")
        # the category that most is spent on gets less than that
        category = works.groupby("category")["cost"].sum().idxmax()
        most = works[works["category"] == category].groupby("year")["cost"].sum().max()
        rows = f"n,night_shifts,,,,9,night\nc,carbon,,,,60,tCO2e\np,category_budget,{category},,,{most / 2:.0f},NT$\n"
        bound = done(kept, settings, limits=HEAD + rows)
    assert bound.state == "done", bound.message
    held = plans.frame(kept, plans.newest(kept), "limits")
    assert set(held["kind"]) == {"night_shifts", "carbon", "category_budget"}
    assert len(held) == 9
    assert held["binding"].any()
    own = plans.frame(kept, plans.newest(kept), "actions").merge(catalogue, on="treatment")
    # added up here from works and catalogue, not as the plan does
    nights = (own["nights_per_km"] * (own["to_m"] - own["from_m"]) / 1000).groupby(own["year"]).sum()
    assert nights.max() <= 9.001
    assert (own["kgco2e_m2"] * own["area_m2"]).groupby(own["year"]).sum().max() <= 60_001
    assert (own[own["category"] == category].groupby("year")["cost"].sum() <= most / 2 + 1).all()
    assert works["cost"].sum() > own["cost"].sum()


def test_budgets_by_year_in_roc_years_stand_before_the_single_one(app, kept, settings) -> None:
    first = policy_form.first_year(kept)
    rows = "year\tbudget\n" + "".join(f"{first - 1911 + n}\t{(n + 1) * 1_000_000}\n" for n in range(3))
    with app.server.test_request_context():
        assert done(kept, settings, budgets=rows).state == "done"
    budgets = plans.newest(kept).summary["budgets"]
    assert budgets == {str(first): 1e6, str(first + 1): 2e6, str(first + 2): 3e6}


def test_objective_and_edge_reach_the_plan(app, kept, settings) -> None:
    limits = HEAD + "goal,mean_condition,penalty,,,60,-\n"
    with app.server.test_request_context():
        assert done(kept, settings, limits=limits, objective="cost").state == "done"
        assert plans.newest(kept).summary["method"]["objective"] == "cost"
        mean = plans.frame(kept, plans.newest(kept), "condition")
        assert done(kept, settings, limits=limits, objective="cost", edge="high").state == "done"
    high = plans.frame(kept, plans.newest(kept), "condition")
    pick = lambda f: f[(f["scenario"] == "nothing") & (f["kind"] == "iri")].sort_values("year")["mean"].to_numpy()  # noqa: E731
    assert (pick(high)[1:] > pick(mean)[1:]).all()
    assert plans.newest(kept).summary["settings"]["plan_edge"] == "high"


def test_o6_limits_that_cannot_be_met_are_listed_one_by_one_in_both_languages(app, kept, settings) -> None:
    limits = HEAD + "a,mean_condition,iri,2026,,0.1,m/km\n"
    first = policy_form.first_year(kept)
    with app.server.test_request_context():
        job = done(kept, settings, limits=limits.replace("2026", str(first)))
        assert job.state == "failed"
        shown = str(tasks.line(job))
    assert "面積加權平均狀況 國際糙度指標 IRI" in shown
    assert "差 " in shown
    assert plans.newest(kept) is None


def test_the_words_of_missed_limits_are_told_apart(app) -> None:
    text = (
        "Not all limits can be met, whatever is chosen. Missed at least, all together: "
        "cap (office_cap North East 2027) [NT$] by 12,345; budget 2028 [NT$] by 7; odd. Ease these limits."
    )
    with app.server.test_request_context():
        shown = str(missed_limits.said(text))
        assert "cap：2027（民國 116 年） 工務段最高經費 North East，差 12,345" in shown
        assert "2028（民國 117 年） 預算，差 7" in shown
        assert "odd" in shown
        assert missed_limits.said("Else.") == ["Else."]


def test_every_fault_of_the_typed_limits_is_told_at_once_with_its_cure(app, kept, settings) -> None:
    context = Context(kept, settings)
    wrong = HEAD + "a,carbon,,1999,,5,tCO2e\nb,night_shifts,,,,many,night\nc,office_cap,North,,,5,NT$\n"
    with app.server.test_request_context():
        with pytest.raises(PlanError) as error:
            plan_form.arguments(context, 60, 3, False, limits=wrong)
        shown = str(table_fields.faults(error.value))
    assert error.value.faults["row"].tolist() == [2, 3, 4]
    assert "3 項問題" in shown
    assert "pavement offices FILE.csv" in shown


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("budget\n1\n2\n", "is not what it must be"),
        ("year,budget\n1999,1\n2000,1\n2001,1\n", "begins in 1999"),
        ("year,money\n2026,1\n", "is not what it must be"),
    ],
)
def test_faulty_budgets_are_refused(kept, rows, words) -> None:
    first = policy_form.first_year(kept)
    with pytest.raises(PlanError, match=words):
        typed_budgets(rows, range(first, first + 3), file="budgets")


def test_missing_columns_are_told_and_not_an_error_of_the_page(app, kept, settings) -> None:
    with app.server.test_request_context(), pytest.raises(Exception, match="lacks id, unit") as error:
        policy_form.limits_words(Context(kept, settings), "kind,most\ncarbon,3\n", 3)
    with app.server.test_request_context():
        shown = str(table_fields.faults(error.value))
    assert "state-failed" in shown
    assert "不認得之欄位：most" in shown
    assert "第一列請寫：id,kind,scope,year,at_least,at_most,unit" in shown


def test_the_example_in_an_empty_field_has_no_fault_and_further_columns_are_named(app, kept, settings) -> None:
    limits, history = table_fields.EXAMPLES["plan_limits"], table_fields.EXAMPLES["budget_history"]
    noted = "\n".join(f"{row},{end}" for row, end in zip(limits.split("\n"), ("note", "x"), strict=True))
    with app.server.test_request_context():
        assert "無問題" in plan_history.words(history)
        assert "欄位" not in policy_form.limits_words(Context(kept, settings), limits, 3)
        assert "不認得之欄位：note" in policy_form.limits_words(Context(kept, settings), noted, 3)


def test_templates_are_tables_without_a_fault(app, kept, settings) -> None:
    context = Context(kept, settings)
    years = settings["plan_years"]
    with app.server.test_request_context():
        assert "無問題" in policy_form.limits_words(
            context, table_templates.template_text(context, "plan_limits"), years
        )
        assert "無問題" in policy_form.budgets_words(
            context, table_templates.template_text(context, "plan_budgets"), years
        )


@pytest.mark.parametrize("name", ["plan_limits", "plan_budgets", "budget_history"])
def test_templates_are_sent_as_files(signed_in, name) -> None:
    answer = signed_in("planner").get(f"/export/templates/{name}.csv")
    assert answer.status_code == 200
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert signed_in("planner").get("/export/templates/users.csv").status_code == 404


@pytest.mark.parametrize(
    ("name", "value"),
    [("objective", "best"), ("edge", "low"), ("limits", 3), ("budgets", ["a"]), ("limits", "x" * 300_000)],
)
def test_w8_forged_values_are_refused(app, kept, settings, name, value) -> None:
    with app.server.test_request_context(), pytest.raises(BadRequest):
        plan_form.arguments(Context(kept, settings), 60, 3, False, **{name: value})


@pytest.mark.parametrize(("budget", "years", "words"), [("", 3, "預算"), (None, 3, "預算"), (60, "", "年數")])
def test_an_empty_field_is_told_beside_it_and_when_the_plan_is_asked_for(app, kept, settings, budget, years, words):
    with app.server.test_request_context():
        assert words in plan_form.full_amount(budget, years)
        with pytest.raises(PlanError) as error:
            plan_form.arguments(Context(kept, settings), budget, years)
        assert words in fault_words(str(error.value))


def test_what_the_settings_hold_stands_in_the_form(app, store, settings, tmp_path) -> None:
    file = tmp_path / "limits.csv"
    file.write_text(HEAD + "cap,carbon,,,,777,tCO2e\n", encoding="utf-8")
    with app.server.test_request_context():
        shown = plan_form.card(Context(store, settings.replaced(plan_limits=str(file))))
        assert "cap,carbon,,,,777,tCO2e" in json.dumps(shown.to_plotly_json(), default=lambda o: o.to_plotly_json())
        odd = plan_form.card(Context(store, settings.replaced(plan_limits=str(tmp_path / "none.csv"))))
        assert "none.csv" in str(odd)
