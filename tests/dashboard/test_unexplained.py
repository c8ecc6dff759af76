"""P9, P10: changes that nothing on record explains are listed with their place and what is odd about them."""

import inspect
import json

import pandas as pd
import pytest

from dashboard import unexplained
from pavement.condition.change_evidence import change_evidence
from pavement.schema import schema
from pavement.settings import load_settings
from pavement.store import audit, database, published, runs, users
from pavement.store.segments import segment_table
from tests.condition.test_change_evidence import lane
from tests.condition.test_quality import NONE, repaired, segments
from tests.dashboard.conftest import PASSWORD, english_client, load
from tests.dashboard.test_reports import call, outputs_of, page


@pytest.fixture
def said(app, monkeypatch):
    def card(frame, works):
        monkeypatch.setattr(unexplained.queries, "history", lambda _: frame)
        nobody = pd.DataFrame(columns=list(schema("settlements").index))
        monkeypatch.setattr(unexplained.queries, "table", lambda _, name: works if name == "works" else nobody)
        monkeypatch.setattr(unexplained.queries, "cells", lambda _: frame.drop_duplicates("cell"))
        monkeypatch.setattr(unexplained, "changes", inspect.unwrap(unexplained.changes))
        monkeypatch.setattr(unexplained, "evidence", inspect.unwrap(unexplained.evidence))
        with app.server.test_request_context():
            from flask import session

            session["language"] = "en"
            return json.dumps(unexplained.changes_card(None), default=lambda c: c.to_plotly_json())

    return card


def test_a_fall_without_work_is_listed_with_both_values(said):
    text = said(segments(iri=[2.0, 1.0]), NONE)
    assert "1 value got better without work on record; 0 stayed bad" in text
    assert "2.00 m/km (2020)" in text
    assert "1.00 m/km (2021)" in text
    assert "/segment/a" in text
    assert "unrecorded work or an error" in text


def test_a_work_without_effect_is_listed(said):
    text = said(segments(iri=[2.0, 2.1]), repaired("2020-10-01"))
    assert "0 values got better without work on record; 1 stayed bad" in text
    assert "not carried out here" in text


def test_nothing_odd_is_said_plainly(said):
    assert "Every change of condition is explained." in said(segments(iri=[1.0, 1.1]), NONE)


def test_neighbours_are_one_stretch_with_their_means(said):
    near = segments(iri=[3.0, 1.0]).assign(cell="b", from_m=100.0, to_m=200.0)
    far = segments(iri=[2.5, 1.0]).assign(cell="c", from_m=500.0, to_m=600.0)
    text = said(pd.concat([segments(iri=[2.0, 1.0]), near, far], ignore_index=True), NONE)
    assert "3 values got better" in text
    assert "0k+000 \\u2013 0k+200" in text
    assert "2.50 m/km (2020)" in text
    assert text.count("/segment/") == 2


def test_evidence_and_base_rates_stand_beside_each_change(said):
    text = said(lane([2.0, 1.0, 1.1], [2.1, 1.0, 1.1], [2.2, 1.0, 1.0]), repaired("2021-10-01").assign(work="w7"))
    for words in (
        "beyond the noise of surveys",
        "not surveyed since",
        "Work w7 would explain it if done on 2020-10-01",
    ):
        assert words in text, words
    assert "0.9 % of 15,545" in text
    alone = said(segments(iri=[2.0, 1.69, 1.95]), NONE)
    assert "taken back at the next survey" in alone
    assert "taken for noise, learned from" in alone


@pytest.fixture
def own(tmp_path):
    chosen = load_settings(environment={"PAVEMENT_HOME": str(tmp_path)})
    with database.open_store(chosen.home) as opened:
        made = load("made")
        made.fill(opened)
        values = made.cell_values().query("kind == 'iri' and year == 2024")
        fallen = values.assign(year=2025, value=0.4, surveyed_on=pd.Timestamp(2025, 3, 2))
        draft = runs.RunDraft(
            run="d" * 64, survey="2025", package="p.zip", title="2025", tables={"cell_values": fallen}
        )
        runs.publish(opened, draft, user="data")
        for role in users.ROLES:
            users.add(opened, role, password=PASSWORD, role=role)
        yield opened, chosen


def answer(app, client, stretch, given, reason):
    states = {
        "inputs": ["settle-go"],
        "state": [
            ("settle-stretch", "value", stretch), ("settle-answer", "value", given), ("settle-day", "value", ""),
            ("settle-reason", "value", reason),
        ],
    }  # fmt: skip
    return call(client, outputs_of(app, "settle-said"), "settle-go", states)


def test_p9_a_person_answers_on_the_page_and_the_work_is_on_record(own):
    from dashboard.app import create_app

    store, _ = own
    app = create_app(*own)
    assert "settle-go" not in page(english_client(app, "viewer"), "/quality")
    client = english_client(app, "planner")
    assert "settle-go" in page(client, "/quality")
    before = published.table(store, "works")
    changes = change_evidence(segment_table(store), before)
    first = changes[changes["year"] == 2025].iloc[0]
    stretch = unexplained.key(first.to_dict())
    assert "An answer needs a reason" in answer(app, client, stretch, "work done", "").text
    assert answer(app, client, "x|y", "work done", "seen").status_code == 400
    assert answer(app, client, stretch, "work done", "Contract 113-2").status_code == 200
    made = published.table(store, "works")
    assert len(made) == len(before) + 1
    assert (made["source"] == "asserted").sum() == 1
    last = audit.trail(store).iloc[-1]
    assert (last["action"], last["user"]) == ("settle change", "planner")
    assert answer(app, english_client(app, "viewer"), stretch, "leave", "x").status_code == 403
