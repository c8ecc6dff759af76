"""Verbs about people and decisions, and what a verb says when it cannot do its work."""

import pandas as pd
import pytest
from typer.testing import CliRunner

from dashboard.cli import app
from pavement.errors import Fault, ModelError, StoreError, fault_frame
from pavement.schema import schema
from pavement.store import audit, plans, runs, users
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
    done = run("status", "2", "committed", "--reason", "contract let", "--user", "root")
    assert done.exit_code == 0, done.output
    works = plans.actions(store, plans.newest(store)).set_index("rank")
    assert works.loc[2, ["status", "status_reason", "status_by"]].tolist() == ["committed", "contract let", "root"]
    again = run("status", "2", "deferred", "--reason", "no night closure")
    assert "committed → deferred" in again.output
    for rank, chosen, said in (("99", "done", "no work of rank 99"), ("2", "finished", "no status")):
        assert said in str(run("status", rank, chosen, "--reason", "why").exception)


def test_training_nothing_is_an_error(run, store):
    done = run("train")
    assert isinstance(done.exception, ModelError)
    assert done.exit_code != 0
    assert "Nothing was trained." in str(done.exception)


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
