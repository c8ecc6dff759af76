"""A held run on its page: its checks with their limits, the gate for those who may, and files of the checks."""

import json
from functools import partial

import pandas as pd
import pytest

from pavement.schema import schema
from pavement.settings import load_settings
from pavement.store import audit, database, runs, users
from tests.dashboard.conftest import PASSWORD, english_client, load
from tests.dashboard.test_reports import call, outputs_of, page

HELD, SOUND = "d" * 64, "b" * 64


def checks(verdict="hold"):
    rows = [
        {"check": "stuck", "kind": "iri", "value": 0.5, "unit": "-", "count": 60, "doubt": 0.05, "hold": 0.3,
         "verdict": verdict},
        {"check": "reference", "kind": "iri", "value": 0.12, "unit": "m/km", "count": 1, "doubt": 0.1, "hold": 0.25,
         "verdict": "doubt"},
        {"check": "gap", "kind": "iri", "value": 0.0, "unit": "m", "count": 60, "doubt": 500.0, "hold": None,
         "verdict": "ok"},
        {"check": "shift", "kind": "iri", "value": 0.7, "unit": "m/km", "count": 12, "doubt": 1.0, "hold": 2.5,
         "verdict": "not judged"},
    ]  # fmt: skip
    return pd.DataFrame(rows)[list(schema("run_quality").index)]


@pytest.fixture
def own(tmp_path):
    chosen = load_settings(environment={"PAVEMENT_HOME": str(tmp_path)})
    with database.open_store(chosen.home) as opened:
        made = load("made")
        made.fill(opened)
        values = made.cell_values().query("kind == 'iri' and year == 2024").assign(year=2025, value=19.3171)
        draft = runs.RunDraft(
            run=HELD, survey="2025", package="p.zip", title="Van 2", vehicle="VAN-2", tables={"cell_values": values},
            quality=checks(), state="held", action="hold", detail={"checks": ["stuck iri"]},
        )  # fmt: skip
        runs.publish(opened, draft, user="data")
        for role in users.ROLES:
            users.add(opened, role, password=PASSWORD, role=role)
        yield opened, chosen


@pytest.fixture
def pages(own):
    from dashboard.app import create_app

    return create_app(*own)


@pytest.fixture
def enter(pages):
    return partial(english_client, pages)


def decide(pages, client, act, reason):
    states = {
        "inputs": ["gate-release", "gate-reject"],
        "state": [("gate-reason", "value", reason), ("gate-run", "data", HELD)],
    }
    return call(client, outputs_of(pages, "gate-said"), f"gate-{act}", states)


def test_the_page_says_what_is_wrong_with_limits_and_drift(pages, enter):
    shown = page(enter("viewer"), f"/run/{HELD}")
    told = (
        "Held, not published",
        "Stuck sensor",
        "not to be trusted",
        "0.50",
        "0.30",
        "Rows kept",
        "2 of 3 checks judged",
        "1 not judged",
    )
    for words in (*told, "all runs of VAN-2", "too few (12 of 30)", f"/export/quality/{HELD}.json"):
        assert words in shown, words
    assert "gate-release" not in shown
    assert "gate-release" in page(enter("planner"), f"/run/{HELD}")


def test_no_value_of_a_held_run_is_shown(own, enter):
    client = enter("admin")
    assert "19.3" not in page(client, "/segment/n1-s-1-020000")
    assert b"19.3171" not in client.get("/export/segments.csv").data
    assert "1" in page(client, "/quality")


@pytest.mark.parametrize(("role", "may"), [("viewer", False), ("data", False), ("planner", True), ("admin", True)])
def test_w2_who_releases(own, pages, enter, role, may):
    """W2: not those who upload."""
    answer = decide(pages, enter(role), "release", "the surface is new")
    assert answer.status_code == (200 if may else 403)
    state = runs.runs(own[0]).set_index("run").loc[HELD, "state"]
    assert state == ("published" if may else "held")


def test_a_release_is_told_above_the_checks_that_it_overrules(own, pages, enter):
    client = enter("planner")
    answer = decide(pages, client, "release", "the surface is new")
    shown = page(client, f"/run/{HELD}")
    assert "released by planner" in shown
    assert shown.index("What people decided") < shown.index("Quality of the run")
    assert "the surface is new" in json.dumps(answer.get_json()), "on the page as it is right after"


def test_numbers_of_runs_stay_when_a_held_one_is_released(own, pages, enter):
    """A number on the page of a cell, or in a letter, means the same run for good."""
    from dashboard import queries
    from dashboard.context import Context

    store, chosen = own
    frames = []
    with pages.server.test_request_context():
        for act in ("later", "release"):
            if act == "later":
                runs.publish(store, runs.RunDraft(run="e" * 64, survey="later", package="q.zip"), user="data")
            else:
                decide(pages, enter("planner"), "release", "the surface is new")
            frames.append(queries.run_list(Context(store, chosen)).set_index("run")["number"])
    assert frames[0].to_dict() == frames[1].to_dict()
    assert frames[0]["e" * 64] > frames[0][HELD]


def test_a_release_without_a_reason_says_so(own, pages, enter):
    answer = decide(pages, enter("admin"), "release", "")
    assert "needs a reason" in json.dumps(answer.get_json())
    assert runs.runs(own[0]).set_index("run").loc[HELD, "state"] == "held"


def test_rejecting_is_told_on_the_page_and_in_the_audit(own, pages, enter):
    client = enter("planner")
    assert decide(pages, client, "reject", "frozen laser").status_code == 200
    shown = page(client, f"/run/{HELD}")
    assert "frozen laser" in shown
    assert "gate-release" not in shown
    last = audit.trail(own[0]).iloc[-1]
    assert (last["user"], last["action"]) == ("planner", "reject")


def test_w8_a_forged_run_or_act_is_refused(pages, enter):
    states = {"inputs": ["gate-release", "gate-reject"],
              "state": [("gate-reason", "value", "x"), ("gate-run", "data", "0" * 64)]}  # fmt: skip
    assert call(enter("admin"), outputs_of(pages, "gate-said"), "gate-release", states).status_code == 400


def test_checks_as_files(enter):
    client = enter("viewer")
    made = json.loads(client.get(f"/export/quality/{HELD}.json").data)
    assert [c["verdict"] for c in made["checks"]] == ["hold", "doubt", "ok", "not judged"]
    assert [c["needed"] for c in made["checks"]] == [None, None, None, 30]
    assert made["basis"]["state"] == "held"
    assert client.get(f"/export/quality/{HELD}.csv").data.startswith(b"\xef\xbb\xbf")
    # a run without values of cells to judge has none
    assert client.get(f"/export/quality/{SOUND}.json").status_code == 400
