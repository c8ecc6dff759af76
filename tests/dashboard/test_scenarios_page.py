"""The page of the scenarios: asked for by a form, answered by the worker, shown with bands, exported."""

import io
import json
import shutil
import zipfile

import pytest
from werkzeug.exceptions import BadRequest

from dashboard import jobs, scenario_form, tasks, worker
from dashboard.context import Context
from dashboard.pages import scenarios
from dashboard.scenario_view import view
from pavement.errors import PlanError
from pavement.store import forecasts, scenario_sets
from pavement.store import jobs as rows
from pavement.store.database import open_store
from tests.dashboard.test_pages import page_text

HEAD = "id,kind,scope,year,at_least,at_most,unit\n"


def values(**given):
    """Return the values of the form in their order: one usual scenario unless told otherwise."""
    usual = {
        "scenarios-years": 3,
        "scenarios-edge": "mean",
        "scenarios-frontier": "",
        "scenarios-0-name": "usual",
        "scenarios-0-budget": "20",
    }
    found = usual | {name.replace("_", "-"): value for name, value in given.items()}
    fallback = {"objective": "benefit", "measure": "iri", "what": "poor_share", "year": None, "most": 3}
    return [found.get(name, fallback.get(name.rsplit("-", 1)[1], "")) for name in scenario_form.field_ids()]


@pytest.fixture(scope="module")
def answered(tmp_path_factory, made, settings, app):
    """Return a store in which the worker has answered what the form asked."""
    place = tmp_path_factory.mktemp("scenarios")
    with open_store(place) as store:
        made.fill(store)
        forecasts.save(store, made.forecasts(), models={}, user="test")
        last = int(forecasts.latest(store)["origin_year"].max()) + 3
        asked = values(
            scenarios_frontier="5, 10 40",
            scenarios_1_name="less carbon",
            scenarios_1_budget="20，10、5",
            scenarios_1_limits_text=HEAD + "c,carbon,,,,30,tCO2e\n",
            scenarios_2_name="out of reach",
            scenarios_2_limits_text=HEAD + f"x,mean_condition,iri,{last - 2},,0.1,m/km\n",
            scenarios_goal_0_name="penalty 60",
            scenarios_goal_0_measure="penalty",
            scenarios_goal_0_what="mean_condition",
            scenarios_goal_0_year=last,
            scenarios_goal_0_most=60,
        )
        with app.server.test_request_context():
            given = scenario_form.arguments(Context(store, settings), *asked)
        number = rows.add(store, "scenarios", given, user="planner")
        worker.do(store, settings, rows.claim(store, worker=1))
        yield store, jobs.view(store, number)


def test_the_worker_answers_what_the_form_asked_and_keeps_it(answered) -> None:
    store, job = answered
    assert job.state == "done", job.message
    kept = scenario_sets.newest(store)
    assert (kept.created_by, kept.forecast_set) == ("planner", 1)
    table = scenario_sets.frame(store, kept, "scenario_summary").set_index("scenario")
    assert table["kind"].value_counts().to_dict() == {"scenario": 3, "frontier": 3, "goal": 1}
    assert table.loc["less carbon", "budget"] == 35e6
    # as the plan of these settings: projects
    assert table.loc["usual", "projects"] > 0
    assert table[table["kind"] == "frontier"]["value"].is_monotonic_increasing
    assert "out of reach" in job.message
    years = scenario_sets.frame(store, kept, "scenario_years")
    assert years[years["scenario"] == "less carbon"]["carbon"].max() <= 30_001
    condition = scenario_sets.frame(store, kept, "scenario_condition")
    known = condition.dropna(subset="mean_low")
    assert len(known)
    assert (known["mean_low"] <= known["mean"] + 1e-9).all()
    assert (known["mean"] <= known["mean_high"] + 1e-9).all()


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ["Side by side", "What a goal costs", "Budget and condition", "Band: usual", "Treatment mix",
             "Without an answer", "join into projects, as in the plan", "traffic known on",
             "Numbers as a table", "planner"]),
     ("zh_TW", ["並列比較", "達成目標之費用", "預算與狀況", "帶狀範圍：usual", "工法組合", "無解",
                "工程合併為施工專案", "之交通量已知", "數值表", "差 "])],
)  # fmt: skip
def test_the_page_shows_all_of_it_in_both_languages(answered, app, settings, language, words) -> None:
    from flask import session

    store, _ = answered
    with app.server.test_request_context():
        session["language"] = language
        page = scenarios.layout(Context(store, settings))
        text = json.dumps(page.to_plotly_json(), default=_plain, ensure_ascii=False)
    assert [word for word in words if word not in text] == []
    # what a chart says is there for those who do not see it
    assert text.count('"role": "img"') == text.count("aria-label") > 8


def _plain(value):
    return value.to_plotly_json() if hasattr(value, "to_plotly_json") else str(value)


def test_a_band_can_be_shown_of_any_scenario_and_of_nothing_else(answered, app, settings) -> None:
    store, _ = answered
    found = view(Context(store, settings))
    with app.server.test_request_context():
        shown = json.dumps(scenarios.condition_charts(found, "less carbon", 0.8), default=_plain, ensure_ascii=False)
    assert "帶狀範圍：less carbon" in shown
    assert "out of reach" not in shown
    assert found.kinds()[0] == "penalty"


def test_the_newest_set_is_sent_as_files(signed_in, store) -> None:
    from tests.store.test_scenario_sets import frames

    scenario_sets.save(store, frames(), summary={}, forecast_set=None, user="lin")
    name = scenario_sets.newest(store).set
    client = signed_in("viewer")
    with zipfile.ZipFile(io.BytesIO(client.get(f"/export/scenarios/{name}.zip").data)) as packed:
        assert len(packed.namelist()) == 6
    assert client.get(f"/export/scenarios/{name}.xlsx").data[:2] == b"PK"
    assert client.get("/export/scenarios/scenarios-9999.xlsx").status_code == 404
    assert client.get(f"/export/scenarios/{name}.pdf").status_code == 404
    page = page_text(client, f"/scenarios/{name}")
    assert "usual" in page
    # kept before sets told how they choose
    assert "各工程獨立選定" in page
    assert "scenarios-go" not in page_text(client, "/scenarios")
    assert "scenarios-go" in page_text(signed_in("planner"), "/scenarios")


def test_where_nothing_has_an_answer_the_page_says_why(app, store, settings) -> None:
    from tests.store.test_scenario_sets import frames

    none = frames("hard")
    none["scenario_summary"] = none["scenario_summary"].assign(spent=None, works=None, why="No plan can be.")
    none |= {name: none[name].iloc[:1] for name in ("scenario_years", "scenario_condition")}
    none["scenario_mix"] = none["scenario_mix"].iloc[:0]
    kept = scenario_sets.save(store, none, summary={}, forecast_set=None, user="lin")
    with app.server.test_request_context():
        text = json.dumps(scenarios.layout(Context(store, settings), kept.set), default=_plain, ensure_ascii=False)
    assert "No plan can be." in text


def test_all_that_is_wrong_is_told_at_once_with_the_goal_it_is_of(answered, app, settings) -> None:
    store, _ = answered
    given = {"scenarios_0_budget": "many", "scenarios_frontier": "5, -3", "scenarios_goal_0_name": "g"}
    with app.server.test_request_context(), pytest.raises(PlanError) as error:
        scenario_form.arguments(Context(store, settings), *values(**given, scenarios_goal_0_year=99))
    told = str(error.value)
    assert [word for word in ("'many'", "'-3'", "目標 g", "2010 is no year") if word not in told] == []


def test_a_goal_takes_a_year_of_the_roc(answered, app, settings) -> None:
    store, _ = answered
    last = int(forecasts.latest(store)["origin_year"].max()) + 3
    given = {"scenarios_goal_0_name": "g", "scenarios_goal_0_year": last - 1911}
    with app.server.test_request_context():
        asked = scenario_form.arguments(Context(store, settings), *values(**given))
    assert asked["asked"]["goal"][0]["year"] == str(last)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"scenarios_0_budget": "many"}, "'many' is no amount"),
        ({"scenarios_0_budget": "1, 2"}, "2 budgets for 3 plan years"),
        ({"scenarios_0_name": ""}, "no scenario"),
        ({"scenarios_1_name": "usual"}, "two of one name"),
        ({"scenarios_1_name": "nothing"}, "named nothing"),
        ({"scenarios_0_limits_text": HEAD + "a,carbon,,1999,,5,tCO2e\n"}, "is no year of the plan"),
        ({"scenarios_goal_0_name": "g", "scenarios_goal_0_most": None}, "has no amount"),
        ({"scenarios_goal_0_name": "g", "scenarios_goal_0_year": 1999}, "is no year of the plan"),
        ({"scenarios_frontier": "5, -3"}, "'-3' is no amount"),
    ],
)
def test_what_is_wrong_is_told_while_the_form_is_open(answered, app, settings, given, words) -> None:
    store, _ = answered
    with app.server.test_request_context(), pytest.raises(PlanError, match=words):
        scenario_form.arguments(Context(store, settings), *values(**given))


@pytest.mark.parametrize(
    "given",
    [
        {"scenarios_years": 99},
        {"scenarios_edge": "low"},
        {"scenarios_0_objective": "best"},
        {"scenarios_0_name": ["a"]},
        {"scenarios_goal_0_name": "g", "scenarios_goal_0_what": "carbon"},
        {"scenarios_goal_0_name": "g", "scenarios_goal_0_measure": "age"},
        {"scenarios_goal_0_name": "g", "scenarios_goal_0_year": "soon"},
    ],
)
def test_w8_forged_values_are_refused(answered, app, settings, given) -> None:
    store, _ = answered
    with app.server.test_request_context(), pytest.raises(BadRequest):
        scenario_form.arguments(Context(store, settings), *values(**given))


def test_a_running_job_can_be_stopped_from_the_page_and_keeps_nothing(answered, app, settings, tmp_path) -> None:
    former, _ = answered
    with open_store(shutil.copytree(former.home, tmp_path / "home")) as store:
        before = scenario_sets.newest(store).set
        with app.server.test_request_context():
            given = scenario_form.arguments(Context(store, settings), *values())
        number = rows.add(store, "scenarios", given, user="planner")
        job = rows.claim(store, worker=1)
        jobs.stop(store, number, user="planner")
        worker.do(store, settings, job)
        assert jobs.view(store, number).state == "cancelled"
        assert scenario_sets.newest(store).set == before


def test_every_panel_has_a_button_to_stop(app, store, settings) -> None:
    with app.server.test_request_context():
        shown = json.dumps(tasks.panel(Context(store, settings), "plan", "Go", [], kind="plan"), default=_plain)
    assert "plan-stop" in shown
