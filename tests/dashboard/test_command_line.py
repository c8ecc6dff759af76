"""Verbs about people and decisions, and what a verb says when it cannot do its work."""

import datetime as dt
import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from dashboard.cli import app
from dashboard.cli_decide import what
from pavement.errors import Fault, ModelError, StoreError, fault_frame
from pavement.schema import schema
from pavement.store import audit, plans, published, reports, runs, users
from pavement.store.database import open_store
from tests.dashboard import made

WORD = "a long password"


@pytest.fixture
def run(tmp_path):
    def verb(*arguments, typed=""):
        return CliRunner().invoke(app, arguments, input=typed, env={"PAVEMENT_HOME": str(tmp_path)})

    assert verb("init").exit_code == 0
    return verb


@pytest.fixture
def store(run, tmp_path):
    assert run("users", "add", "root", "--role", "admin", "--password-stdin", typed=f"{WORD}\n").exit_code == 0
    assert run("users", "add", "lin", "--password-stdin", typed=f"{WORD}\n").exit_code == 0
    with open_store(tmp_path) as opened:
        yield opened


def test_people_are_managed_and_each_change_is_audited(run, store):
    assert users.verified(store, "lin", password=WORD) == users.User("lin", "viewer")
    assert run("users", "role", "lin", "planner", "--user", "root").exit_code == 0
    assert run("users", "password", "lin", "--password-stdin", typed="another long one\n").exit_code == 0
    assert users.verified(store, "lin", password="another long one") == users.User("lin", "planner")
    assert run("users", "disable", "lin").exit_code == 0
    assert users.verified(store, "lin", password="another long one") is None
    assert run("users", "enable", "lin").exit_code == 0
    assert "planner" in run("users", "list").output
    trail = audit.trail(store)
    assert trail["action"].tolist() == ["add user"] * 2 + ["set role", "set password", "deactivate", "activate"]
    assert trail["user"].tolist()[2] == "root"
    assert WORD not in trail["detail"].str.cat()


def test_without_a_terminal_no_password_is_asked_for(run):
    done = run("users", "add", "wang")
    assert isinstance(done.exception, StoreError)
    assert "--password-stdin" in str(done.exception)


def test_a_work_is_decided_by_its_rank(run, store):
    made.fill(store)
    made.decide(store)
    done = run("status", "2", "committed", "--reason", "contract let", "--code", "other", "--user", "root")
    assert done.exit_code == 0, done.output
    works = plans.actions(store, plans.newest(store)).set_index("rank")
    assert works.loc[2, ["status", "status_reason", "status_by"]].tolist() == ["committed", "contract let", "root"]
    again = run("status", "2", "deferred", "--reason", "no night closure", "--code", "traffic")
    assert "committed → deferred" in again.output
    for rank, chosen, said in (
        ("99", "locked", "no work of rank 99"),
        ("2", "finished", "no status"),
        ("2", "done", "Say its rank and --day: pavement complete"),
    ):
        assert said in str(run("status", rank, chosen, "--reason", "why", "--code", "other").exception)


@pytest.mark.parametrize(
    ("decision", "said"),
    [
        ({"kind": "commit", "treatment": "thin_overlay", "year": 2028.0, "second": "crack_seal", "second_year": 2032.0},
         "commit thin_overlay 2028, crack_seal 2032"),
        ({"kind": "commit", "treatment": "crack_seal", "year": 2028, "second": "crack_seal", "second_year": 2031,
          "third": "overlay", "third_year": 2036.0}, "commit crack_seal 2028, crack_seal 2031, overlay 2036"),
        ({"kind": "lock", "treatment": "inlay", "year": 2028, "second": "", "second_year": float("nan")},
         "lock inlay 2028"),
        ({"kind": "replace", "treatment": "inlay", "year": 2028, "cost": 1.5e6},
         "replace by inlay 2028 at NT$ 1,500,000"),
        ({"kind": "defer", "treatment": "", "year": 2029}, "defer to 2029"),
        ({"kind": "forbid", "treatment": "", "year": pd.NA}, "forbid all work"),
        ({"kind": "split", "treatment": "", "year": None, "at_m": 25_300.0}, "split at 25300 m"),
        ({"kind": "join", "treatment": None, "year": None}, "join"),
    ],
)  # fmt: skip
def test_a_decision_is_listed_with_all_that_it_asks_for(decision, said):
    assert what(decision) == said


def test_plans_are_listed_and_an_older_one_is_exported(run, store, tmp_path):
    made.fill(store)
    made.decide(store)
    made.decide(store)
    assert "No reason is given" in str(run("approve", "plan-0001", "--reason", " ").exception)
    plans.approve(store, "plan-0001", reason="voted", checks={}, user="chief")
    newest, older = run("plans").output.splitlines()
    assert newest.startswith("plan-0002")
    assert newest.endswith("not approved")
    assert older.startswith("plan-0001")
    assert older.endswith("by chief: voted")
    out = tmp_path / "list.csv"
    assert run("export", "worklist", str(out), "--plan", "plan-0001").exit_code == 0
    assert "plan-0001" in out.read_text("utf-8-sig")
    assert isinstance(run("export", "report", str(out), "--plan", "plan-0099").exception, StoreError)
    assert run("export", "segments", str(out), "--plan", "plan-0001").exit_code == 2


def test_training_nothing_is_an_error(run, store):
    done = run("train")
    assert isinstance(done.exception, ModelError)
    assert done.exit_code != 0
    assert "Nothing was trained." in str(done.exception)


def test_p9_a_change_is_listed_and_settled_by_its_number(run, store):
    made.fill(store)
    values = made.cell_values().query("kind == 'iri' and year == 2024")
    fallen = values.assign(year=2025, value=0.4, surveyed_on=pd.Timestamp(2025, 3, 2))
    runs.publish(store, runs.RunDraft(run="d" * 64, survey="2025", package="p.zip", tables={"cell_values": fallen}),
                 user="data")  # fmt: skip
    listed = json.loads(run("unexplained", "--json").stdout)
    assert {"stretch", "finding", "likely", "answer"} <= set(listed[0])
    number = str(next(row["stretch"] for row in listed if row["year"] == 2025))
    assert "held back from training" in run("unexplained").stdout
    assert isinstance(run("settle", "99999", "--answer", "leave", "--reason", "x").exception, StoreError)
    done = run("settle", number, "--answer", "leave", "--reason", "asked the contractor", "--user", "lin")
    assert done.exit_code == 0, done.output
    assert set(published.table(store, "settlements")["answered_by"]) == {"lin"}
    assert "[leave]" in run("unexplained").stdout


def test_m13_the_monitor_tells_what_it_sees(run, store):
    made.fill(store)
    told = json.loads(run("monitor", "--json", "--offsets").stdout)
    assert {"data_version", "alarms", "monitor", "drift", "offsets", "noise"} == set(told)
    assert {"target", "campaign", "offset", "se", "taken_out"} <= set(told["offsets"][0])
    assert "iri" in run("monitor", "--offsets", "--language", "en").stdout


def test_a_link_is_decided_by_record_and_finding(run, store):
    made.fill(store)
    fields = {"route": "N1", "direction": "S", "lane": "1", "measure_m": 20023.0, "description": "crack"}
    author = reports.Author("lin", dt.date(2024, 3, 20))
    key = reports.report(store, fields | {"reported_on": "2024-03-20"}, photo=None, by=author)
    record = reports.reports(store).set_index("id").loc[key, "record"]
    finding = str(reports.links(store)["finding"].item())
    done = run("link", record, finding, "rejected", "--reason", "a joint", "--user", "root")
    assert done.exit_code == 0, done.output
    assert finding not in reports.links(store)["finding"].tolist()
    last = audit.trail(store).iloc[-1]
    assert (last["user"], last["action"]) == ("root", "reject link")
    assert "no decision" in str(run("link", record, finding, "maybe").exception)
    assert "0 reports have the record R0" in str(run("link", "R0", finding, "confirmed").exception)


CHECKS = [
    {"check": "stuck", "kind": "iri", "value": 0.5, "unit": "-", "count": 60, "verdict": "hold"},
    {"check": "shift", "kind": "iri", "value": 0.7, "unit": "m/km", "count": 12, "verdict": "not judged"},
]
NOTE = Fault("e.csv", 3, "lane", "9", "unknown lane", "Lane '9' is not known.", "Send a complete package again.")


@pytest.mark.parametrize(("language", "words", "others"), [
    ("zh_TW", ["生效", "不可信", "感測器停滯", "數量不足（12／30）", "請重新傳送"], ["hold", "judged", "Send"]),
    ("en", ["in force", "not to be trusted", "Stuck sensor", "too few (12 of 30)", "Send a"], ["停滯", "不足"]),
])  # fmt: skip
def test_quality_is_told_in_one_language_with_every_note(run, tmp_path, language, words, others):
    quality = pd.DataFrame(CHECKS).reindex(columns=list(schema("run_quality").index))
    faults = fault_frame([NOTE] * 12)
    with open_store(tmp_path) as opened:
        draft = runs.RunDraft(run="a" * 64, survey="s", package="p.zip", title="T", quality=quality, faults=faults)
        runs.publish(opened, draft, user="data")
    told = run("quality", "aaaa", "--notes", "--language", language)
    assert told.exit_code == 0, told.output
    assert [w for w in words if w not in told.output] == []
    assert [w for w in others if w in told.output] == []
    assert told.output.count("e.csv row 3") == 12
    assert "e.csv" not in run("quality", "aaaa", "--language", language).output
