"""Files of policies: what a plan and scenarios read, refuse, and keep in the store."""

import json
from types import SimpleNamespace

import geopandas as gpd
import pandas as pd
import pytest
from typer.testing import CliRunner

from dashboard.cli import app
from dashboard.policy_files import plan_budgets, plan_policy
from dashboard.scenario_files import scenario_file
from dashboard.scenario_runs import answered_file
from dashboard.workflow import make_plan
from pavement.errors import PlanError
from pavement.planning.policy import Policy
from pavement.progress import silent
from pavement.schema import read_table
from pavement.store import catalogues, forecasts, plans
from pavement.store.project_export import project_export
from pavement.store.worklist_export import worklist

YEARS = range(2026, 2029)
USUAL = pd.Series(5e6, index=YEARS)


def test_limits_of_the_settings_are_held_and_kept_with_the_plan(kept, settings, tmp_path) -> None:
    limits = tmp_path / "limits.csv"
    limits.write_text("id,kind,scope,year,at_least,at_most,unit\ncap,budget,,,,1.5,million NT$\n", encoding="utf-8")
    # so little money is not enough for a project of the shortest length
    chosen = settings.replaced(annual_budget=60e6, plan_years=3, plan_limits=str(limits), plan_projects="no")
    make_plan(kept, chosen, user="test", progress=silent)
    saved = plans.newest(kept)
    held = plans.frame(kept, saved, "limits")
    assert (held["used"] <= 1.5e6).all()
    assert len(held) == 3
    by_year = plans.frame(kept, saved, "actions").groupby("year")["cost"].sum()
    assert by_year.max() == held["used"].max()
    baselines = plans.frame(kept, saved, "baselines")
    assert set(baselines["method"]) == {"plan", "yearly", "ratio", "worst", "nothing"}
    limits.write_text("id,kind,scope,year,at_least,at_most,unit\ncap,office_cap,x,,,1,NT$\n", encoding="utf-8")
    with pytest.raises(PlanError) as error:
        make_plan(kept, chosen, user="test", progress=silent)
    assert "stretches of section offices" in error.value.faults["cure"].iloc[0]


def test_a_kept_catalogue_prices_the_next_plan_and_the_former_keeps_its_own(kept, settings) -> None:
    chosen = settings.replaced(annual_budget=9e6, plan_years=3, plan_projects="no")
    make_plan(kept, chosen, user="test", progress=silent)
    table = read_table("treatments")
    priced = table["planned"] == "yes"
    for column in ("cost_low", "cost_mid", "cost_high"):
        table.loc[priced, column] *= 2
    catalogues.keep(kept, {"treatments": table}, reason="dearer", user="chen", replaces=0)
    said = make_plan(kept, chosen, user="test", progress=silent)
    assert "Prices of catalogue version 1" in said
    before, after = (plans.frame(kept, f"plan-000{n}", "actions") for n in (1, 2))
    for made, factor in ((before, 1), (after, 2)):
        rows = read_table("treatments").set_index("treatment").loc[made["treatment"]]
        price = made["area_m2"].to_numpy() * rows["cost_mid"].to_numpy(float) * factor
        assert (made["cost"].to_numpy() >= price - 1e-6).all()
        assert (made["cost"].to_numpy() <= price + rows["mobilisation"].to_numpy(float) + 1).all()
    assert catalogues.of_plan(kept, plans.named(kept, "plan-0001")).version == 0
    assert catalogues.of_plan(kept, plans.newest(kept)).version == 1


def test_projects_are_kept_with_the_plan_and_written_as_sheet_and_layer(kept, settings, tmp_path) -> None:
    chosen = settings.replaced(annual_budget=60e6, plan_years=3, project_length_min=200)
    said = make_plan(kept, chosen, user="test", progress=silent)
    saved = plans.newest(kept)
    works, projects = plans.frame(kept, saved, "actions"), plans.frame(kept, saved, "plan_projects")
    assert f"They join into {projects['project'].nunique()} projects" in said
    assert set(works["project"]) == set(projects["project"])
    assert works["cost"].sum() == projects["cost"].sum()
    out = project_export(kept, tmp_path / "projects.csv", language="en")
    assert pd.read_csv(out)["Project"].tolist() == projects["project"].tolist()
    one = works[works["project"] == projects["project"].iloc[0]]
    book = worklist(kept, tmp_path / "w.xlsx", ranks=one["rank"].tolist()[:1])
    assert set(pd.read_excel(book, sheet_name="施工專案")["施工專案"]) == set(one["project"])
    lines = gpd.read_file(worklist(kept, tmp_path / "w.gpkg"), layer="projects")
    assert lines["project"].tolist() == projects["project"].tolist()
    # one lane from end to end, on a road that bends a little
    assert (lines.geometry.length / (lines["to_m"] - lines["from_m"])).between(1.0, 1.02).all()
    with pytest.raises(PlanError, match="plan_projects"):
        make_plan(kept, settings.replaced(plan_projects="perhaps"), user="test", progress=silent)
    with pytest.raises(PlanError, match="cannot be made"):
        make_plan(kept, settings.replaced(project_length_min=6000), user="test", progress=silent)


def test_scenarios_of_a_file_are_answered_on_the_forecast_and_keep_nothing(kept, settings, tmp_path) -> None:
    file = tmp_path / "s.toml"
    file.write_text(
        '[[scenario]]\nname = "usual"\n[frontier]\nannual_budgets = [1e6, 4e6]\n'
        '[[goal]]\nname = "rut"\nkind = "mean_condition"\nscope = "penalty"\nat_most = 60\nunit = "-"\n'
        f"year = {_last_year(kept)}\n",
        encoding="utf-8",
    )
    found = answered_file(kept, settings.replaced(annual_budget=2e6, plan_years=3), file, progress=silent)
    assert found.summary["kind"].tolist() == ["scenario", "frontier", "frontier", "goal"]
    value = found.summary.set_index("scenario")["value"]
    assert value["NT$ 1,000,000"] <= value["usual"] <= value["NT$ 4,000,000"]
    assert plans.newest(kept) is None


def test_scenarios_leave_out_what_a_plan_does_where_money_alone_limits(settings, tmp_path, monkeypatch) -> None:
    asked = []

    def rolled(*_: object, pruned: bool, **__: object) -> None:
        asked.append(pruned)
        raise PlanError("Far enough.", cure="")

    ready = SimpleNamespace(
        budgets=USUAL, forecast=None, policy=Policy(), catalogue=None, lengths=pd.DataFrame(columns=["cells"]),
        decided=SimpleNamespace(kept=None, fitted=SimpleNamespace(forbidden=None)),
    )  # fmt: skip
    monkeypatch.setattr("dashboard.scenario_runs.plan_inputs", lambda *_: ready)
    monkeypatch.setattr("dashboard.scenario_runs.basis", rolled)
    cap = "id,kind,scope,year,at_least,at_most,unit\ncap,budget,,,,1.5,million NT$\n"
    (tmp_path / "limits.csv").write_text(cap, encoding="utf-8")
    goal = '[[goal]]\nname = "g"\nkind = "poor_share"\nscope = "iri"\nat_most = 9\nunit = "%"\n'
    for more in ("", 'limits = "limits.csv"\n', goal):
        file = tmp_path / "s.toml"
        file.write_text('[[scenario]]\nname = "usual"\n' + more, encoding="utf-8")
        with pytest.raises(PlanError, match="Far enough"):
            answered_file(None, settings, file, progress=silent)
    assert asked == [True, False, False]


def _last_year(store) -> int:
    return int(forecasts.latest(store)["origin_year"].max()) + 3


def test_budgets_come_from_their_file_or_are_the_same_every_year(settings, tmp_path) -> None:
    assert plan_budgets(settings.replaced(annual_budget=7.0), YEARS).tolist() == [7.0] * 3
    file = tmp_path / "b.csv"
    file.write_text("year,budget\n2026,1\n2027,2\n2028,3\n", encoding="utf-8")
    assert plan_budgets(settings.replaced(plan_budgets=str(file)), YEARS).to_dict() == {2026: 1, 2027: 2, 2028: 3}
    file.write_text("budget\n1\n2\n3\n", encoding="utf-8")
    assert plan_budgets(settings.replaced(plan_budgets=str(file)), YEARS).index.tolist() == list(YEARS)
    file.write_text("year,budget\n2027,1\n2028,2\n2029,3\n", encoding="utf-8")
    with pytest.raises(PlanError, match="begins in 2027, the plan in 2026"):
        plan_budgets(settings.replaced(plan_budgets=str(file)), YEARS)


@pytest.mark.parametrize("name", ["plan_objective", "plan_edge"])
def test_an_unknown_objective_or_edge_is_refused(settings, name) -> None:
    with pytest.raises(PlanError, match=name):
        plan_policy(settings.replaced(**{name: "best"}))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no scenario"),
        ("[[scenario]]\nname = 'a'\nmoney = 3\n", "unknown keys \\['money'\\]"),
        ("[[scenario]]\nannual_budget = 3\n", "no list of named"),
        ("[[scenario]]\nname = 'a'\nannual_budget = -3\n", "annual_budget is -3"),
        ("[[scenario]]\nname = 'a'\n[[goal]]\nname = 'a'\n", "two of one name"),
        ("scenario = [\n", "is no TOML"),
        ("[[scenario]]\nname = 'a'\nlimits = 'none.csv'\n", "none.csv cannot be read"),
    ],
)
def test_faulty_files_of_scenarios_are_refused(tmp_path, text, words) -> None:
    file = tmp_path / "s.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(PlanError, match=words):
        scenario_file(file, years=YEARS, usual=USUAL)


def test_the_verb_prints_json_and_writes_tables(kept, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PAVEMENT_HOME", str(tmp_path / "home"))
    file = tmp_path / "s.toml"
    file.write_text("[[scenario]]\nname = '=a'\nannual_budget = 3e6\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["scenarios", str(file), "--years", "2", "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout[done.stdout.index("{") :])
    assert told["summary"][0]["scenario"] == "=a"
    assert told["warnings"] == []
    written = pd.read_csv(tmp_path / "out" / "summary.csv")
    assert written["scenario"].tolist() == ["'=a"]
