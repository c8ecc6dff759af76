"""How firmly works stand in draws of the forecast: kept with the plan, told by pages, exports and the command line."""

import shutil
from typing import get_type_hints

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from dashboard import plan_view
from dashboard.cli import app as cli
from dashboard.cli import plan as cli_of_plan
from dashboard.cli_stability import stability
from dashboard.context import Context
from dashboard.pages import worklist
from dashboard.plan_draws import add_draws, decided
from dashboard.stays import stay_note, with_stay_column, with_stays
from dashboard.workflow import make_plan
from models.parameters import parameter
from pavement.errors import ModelError, PlanError
from pavement.progress import silent
from pavement.store import audit, forecasts, plans
from pavement.store.database import open_store
from pavement.store.work_details import work_details
from pavement.store.worklist_export import worklist as written

DRAWS = 10


@pytest.fixture(scope="module")
def home(tmp_path_factory, made, settings):
    """Return the folder of a closed store that holds a plan and how often its works stay in draws."""
    place = tmp_path_factory.mktemp("draws")
    with open_store(place) as store:
        made.fill(store)
        forecasts.save(store, made.forecasts(), models={}, user="test")
        chosen = settings.replaced(annual_budget=60e6, plan_years=3)
        make_plan(store, chosen, user="test", progress=silent)
        # the settings of today are not those of the plan, which count
        told = add_draws(store, settings, draws=DRAWS, user="test", progress=silent)
    return place, told


@pytest.fixture
def kept(tmp_path, home):
    with open_store(shutil.copytree(home[0], tmp_path / "home")) as store:
        yield store


def test_draws_are_kept_with_the_plan_and_audited(kept, home) -> None:
    saved = plans.newest(kept)
    frame, works = plans.frame(kept, saved, "stability"), plans.frame(kept, saved, "actions")
    assert frame["unit"].tolist() == works["unit"].tolist()
    assert (frame["draws"] == DRAWS).all()
    share = frame["stays"].mean() / DRAWS
    assert f"in {DRAWS} draws of the forecast {share:.0%} of its works stay as they are" in home[1]
    last = audit.trail(kept).iloc[-1]
    assert (last["action"], last["subject"]) == ("add stability", saved.plan)


def test_works_of_projects_pay_their_shares_in_draws_once(kept) -> None:
    works = plans.frame(kept, plans.newest(kept), "actions")
    assert works["mobilisation"].sum() > 0
    given = decided(works.assign(status="committed"))
    bare = given["cost"] - given["mobilisation"]
    second = given["second_cost"] - given["second_mobilisation"]
    assert bare.sum() + second.sum() == works["cost"].sum() - works["mobilisation"].sum()


def test_exports_tell_in_how_many_draws_a_work_stays(kept, tmp_path) -> None:
    saved = plans.newest(kept)
    works = plans.actions(kept, saved)
    details = work_details(kept, saved, works)
    frame = plans.frame(kept, saved, "stability")
    assert details["stays"].tolist() == frame["stays"].tolist()
    back = pd.read_csv(written(kept, tmp_path / "w.csv", language="en"))
    assert back["Stays"].tolist() == frame["stays"].tolist()
    assert back["Draws"].tolist() == [DRAWS] * len(works)
    told = (("en", "stays in {} of 10 draws", "Print"), ("zh_TW", "10 次模擬中 {} 次維持", "列印版"))
    for language, words, name in told:
        sheet = openpyxl.load_workbook(written(kept, tmp_path / f"{language}.xlsx", language=language))[name]
        shown = " ".join(str(cell.value) for row in sheet.iter_rows() for cell in row)
        assert words.format(int(frame["stays"].iloc[0])) in shown
    assert written(kept, tmp_path / "w.gpkg").exists()


def test_the_work_list_shows_the_share_and_says_it(kept, settings, app) -> None:
    with app.server.test_request_context():
        plan = plan_view.newest(Context(kept, settings))
        rows = with_stays(worklist.rows(plan.actions), plan)
        heads = [{"field": "rank"}, {"field": "ratio"}]
        assert [c["field"] for c in with_stay_column(heads, plan)] == ["rank", "stays"]
        assert f"{DRAWS} 次隨機模擬" in stay_note(plan)
    want = 100 * plan.stability["stays"] / DRAWS
    assert rows["stays"].tolist() == want.tolist()
    assert f"{DRAWS} 次模擬中 {int(plan.stability['stays'].iloc[0])} 次維持" in rows["stays_text"].iloc[0]


def test_without_draws_nothing_is_told(kept, settings, app, tmp_path) -> None:
    saved = plans.newest(kept)
    frames = {name: plans.frame(kept, saved, name) for name in saved.objects if name != "stability"}
    plans.save(kept, frames, summary=saved.summary, forecast_set=saved.forecast_set, user="test")
    with app.server.test_request_context():
        plan = plan_view.newest(Context(kept, settings))
        rows = worklist.rows(plan.actions)
        assert (with_stay_column([{"field": "ratio"}], plan), stay_note(plan)) == ([{"field": "ratio"}], "")
        assert with_stays(rows, plan) is rows
    back = pd.read_csv(written(kept, tmp_path / "w.csv", language="en"))
    assert back["Stays"].isna().all()


def test_a_plan_older_than_the_forecast_is_refused(made, kept, settings) -> None:
    forecasts.save(kept, made.forecasts(), models={}, user="test")
    with pytest.raises(PlanError, match=r"older than the newest data or forecast\. Make it again"):
        add_draws(kept, settings, draws=DRAWS, user="test", progress=silent)
    # on a forecast that is old itself another plan would be as old
    forecasts.save(kept, made.forecasts(), models={}, user="test", version=0)
    with pytest.raises(PlanError, match="pavement forecast, then pavement plan"):
        add_draws(kept, settings, draws=DRAWS, user="test", progress=silent)


def test_too_few_draws_are_refused_before_a_plan_is_made(monkeypatch, tmp_path) -> None:
    least = int(parameter("draws_min"))
    # a folder without a store: opening it would be another fault
    monkeypatch.setenv("PAVEMENT_HOME", str(tmp_path))
    refused = CliRunner().invoke(cli, ["plan", "--draws", str(least - 1)]).exception
    assert isinstance(refused, ModelError)
    assert f"{least - 1} draws" in str(refused)
    for verb in (cli_of_plan, stability):
        told = get_type_hints(verb, include_extras=True)["draws"].__metadata__[0].help
        assert f"{least} or more" in told


@pytest.mark.nightly
def test_the_command_line_gives_the_same_draws_again(kept, home, monkeypatch) -> None:
    folder = kept.home
    kept.close()
    monkeypatch.setenv("PAVEMENT_HOME", str(folder))
    # the same draws of the same forecast: the same words as before
    told = CliRunner().invoke(cli, ["stability", "--draws", str(DRAWS)])
    assert told.exit_code == 0, told.output
    assert home[1] in told.output
    refused = CliRunner().invoke(cli, ["plan", "--draws", "-1"])
    assert refused.exit_code == 2
