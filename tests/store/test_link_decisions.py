"""A person says that a report is a finding, or is not: kept with the name, audited, never proposed again."""

import json

import pandas as pd
import pytest

from pavement.errors import StoreError
from pavement.store import audit, link_decisions, reports, runs
from tests.store.test_reports import CHEN, FIELDS, LIN, frame_of

PLACE = {"frame": "f1", "route": "N1", "direction": "S", "lane": "1"}


@pytest.fixture
def seen(store):
    """Return the id of a report of a pothole that has two potholes near it, at 10 and at 20 m."""
    frame = PLACE | {
        "measure_m": 20140.0,
        "taken_at": pd.Timestamp("2024-05-01T02:00:00Z"),
        "file": "a.jpg",
        "usable": True,
    }
    finding = PLACE | {"kind": "pothole", "engine": "made 1"}
    places = [finding | {"finding": f"f1-{n}", "measure_m": 20150.0 - 10 * n} for n in (1, 2)]
    tables = {"frames": frame_of("frames", [frame]), "findings": frame_of("findings", places)}
    runs.publish(store, runs.RunDraft(run="f" * 64, survey="s", package="s.zip", tables=tables), user="data")
    return reports.report(store, FIELDS, photo=None, by=CHEN)


def proposed(store):
    return reports.links(store)[["finding", "decision", "decided_by"]].to_numpy().tolist()


def test_a_rejected_pair_is_not_proposed_again_and_the_next_one_is(store, seen):
    assert proposed(store) == [["f1-1", "proposed", ""]]
    before = runs.data_version(store)
    link_decisions.decide(store, seen, "f1-1", "rejected", by=LIN, reason="a shadow")
    assert proposed(store) == [["f1-2", "proposed", ""]]
    assert runs.data_version(store) == before
    last = audit.trail(store).iloc[-1]
    assert (last["user"], last["action"]) == ("lin", "reject link")
    detail = json.loads(last["detail"])
    assert (detail["finding"], detail["reason"]) == ("f1-1", "a shadow")
    assert audit.first_broken(store) is None


def test_a_confirmed_pair_says_who_confirmed_it(store, seen):
    link_decisions.decide(store, seen, "f1-2", "confirmed", by=LIN)
    assert proposed(store) == [["f1-2", "confirmed", "lin"]]
    assert audit.trail(store).iloc[-1]["action"] == "confirm link"


def test_a_decision_can_be_taken_back_and_turned_round(store, seen):
    for decision, left in (("rejected", "f1-2"), ("proposed", "f1-1"), ("confirmed", "f1-1"), ("rejected", "f1-2")):
        link_decisions.decide(store, seen, "f1-1", decision, by=CHEN)
        assert proposed(store)[0][0] == left
    rows = link_decisions.decided(store)
    assert rows[["finding", "decision", "decided_by"]].to_numpy().tolist() == [["f1-1", "rejected", "chen"]]


@pytest.mark.parametrize(
    ("finding", "decision", "said"),
    [
        ("f1-1", "perhaps", "no decision"),
        ("f9-9", "confirmed", "cannot mean the finding f9-9"),
        ("f1-1", "proposed", "decided before"),
    ],
)
def test_what_cannot_be_decided_is_refused_and_nothing_is_written(store, seen, finding, decision, said):
    with pytest.raises(StoreError, match=said):
        link_decisions.decide(store, seen, finding, decision, by=LIN)
    with pytest.raises(StoreError, match="no such distress"):
        link_decisions.decide(store, "0" * 16, "f1-1", "confirmed", by=LIN)
    assert link_decisions.decided(store).empty
