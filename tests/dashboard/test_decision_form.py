"""The form of decisions on the work list and on the page of a length: who sees it, what it keeps, what it refuses."""

import pytest
from dash import html
from werkzeug.exceptions import BadRequest

from dashboard import decision_form, decision_words
from dashboard.context import Context
from pavement.store import plan_decisions, plans
from tests.dashboard.test_pages import page_text

UNIT = "n1-s-1-020000"
EMPTY = dict.fromkeys(decision_form._FIELDS)
ABOUT = {"plan": "plan-0001", "unit": "", "seen": {}}


@pytest.fixture
def changed(store):
    """Put back what a test decides: the store is shared."""
    yield store
    for number in plan_decisions.standing(store)["decision"]:
        plan_decisions.withdraw(store, int(number), reason="test is over", user="test")
    for row in plans.actions(store, "plan-0001").query("version > 0").drop_duplicates("unit").itertuples():
        plans.set_status(
            store, "plan-0001", row.unit, status="proposed", reason="x", code="other", version=row.version, user="test"
        )


@pytest.mark.parametrize("role", ["viewer", "planner"])
@pytest.mark.parametrize("path", ["/worklist", f"/length/{UNIT}"])
def test_w2_only_planners_see_the_form(signed_in, role, path):
    client = signed_in(role)
    client.get("/language/en")
    text = page_text(client, path)
    assert ("decide-go" in text) == (role == "planner")


def test_a_length_has_a_page_that_says_when_a_plan_keeps_no_reasons(signed_in):
    client = signed_in("viewer")
    client.get("/language/en")
    text = page_text(client, f"/length/{UNIT}")
    assert "why it chose so cannot be told" in text
    assert "Forecast IRI of 2025" in text
    assert client.get("/length/n9").status_code in (200, 404)


def test_a_decision_is_kept_with_its_kind_of_reason_and_seen_in_the_list(app, changed, settings):
    context = Context(changed, settings)
    given = EMPTY | {"rank": 1, "kind": "defer", "year": "2030", "code": "budget", "reason": "next year"}
    with app.server.test_request_context():
        assert decision_form.keep(context, ABOUT, given, user="planner") == ""
        row = plan_decisions.standing(changed).iloc[-1]
        assert row[["kind", "unit", "year", "code", "decided_by"]].tolist() == [
            "defer", UNIT, 2030, "budget", "planner",
        ]  # fmt: skip
        work = plans.actions(changed, "plan-0001").set_index("rank").loc[1]
        assert decision_words.status_line(work) == "暫緩－經費：next year（planner）"
        assert "2030" in decision_words.what_text(row)
        page = decision_form.confirmed(html.Div(html.P("", id="decide-said")), "defer")
        assert page["decide-said"].children.startswith("已記錄：暫緩")
        # on a page that is behind
        assert "已" in decision_form.keep(context, ABOUT, given, user="wu")


@pytest.mark.parametrize(
    ("first", "then", "words"),
    [
        ({"kind": "defer", "year": "2030"}, {"kind": "forbid"}, "2030"),
        ({"kind": "split", "at": "20k+100"}, {"kind": "join", "side": "after"}, "20k+100"),
    ],
)
def test_a_decision_says_which_earlier_one_it_takes_the_place_of(app, changed, settings, first, then, words):
    context, page = Context(changed, settings), html.Div(html.P("", id="decide-said"))
    with app.server.test_request_context():
        for given in (first, then):
            before = plan_decisions.standing(changed)
            version = int(plans.actions(changed, "plan-0001").set_index("rank").loc[1, "version"])
            seen, rest = ABOUT | {"seen": {"1": version}}, {"rank": 1, "code": "other", "reason": "x"}
            assert decision_form.keep(context, seen, EMPTY | rest | given, user="planner") == ""
        ended = plan_decisions.ended_since(changed, before)
        said = decision_form.confirmed(page, then["kind"], ended)["decide-said"].children
    assert ended["kind"].tolist() == [first["kind"]]
    assert f"取代決定 {ended['decision'].iloc[0]}" in said
    assert words in said


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": None}, "請選擇決定"),
        ({"rank": None}, "排序"),
        ({"rank": 999}, "排序"),
        ({"reason": ""}, "理由"),
        ({"code": None}, "請選擇理由類別"),
        ({"kind": "replace"}, "工法"),
        ({"kind": "split", "at": "24k+500"}, "24k+500"),
        ({"kind": "complete", "day": "yesterday"}, "yesterday"),
    ],
)
def test_what_is_in_the_way_is_told_and_nothing_is_kept(app, changed, settings, change, words):
    given = EMPTY | {"rank": 1, "kind": "forbid", "code": "other", "reason": "x"} | change
    with app.server.test_request_context():
        assert words in decision_form.keep(Context(changed, settings), ABOUT, given, user="planner")
    assert plan_decisions.standing(changed).empty


@pytest.mark.parametrize(
    ("about", "change"),
    [
        ("plan-0001", {}),
        ({"plan": "plan-0099", "seen": {}}, {}),
        ({"plan": "plan-0001"}, {}),
        (ABOUT, {"kind": "paint"}),
        (ABOUT, {"reason": ["x"]}),
        (ABOUT, {"kind": "defer", "year": "soon"}),
    ],
)
def test_w8_forged_decisions_are_refused(app, changed, settings, about, change):
    given = EMPTY | {"rank": 1, "kind": "forbid", "code": "other", "reason": "x"} | change
    with app.server.test_request_context(), pytest.raises(BadRequest):
        decision_form.keep(Context(changed, settings), about, given, user="planner")


def test_what_is_in_the_way_sets_the_colour_of_its_line_too(app):
    assert any("decide-said.children" in key and "decide-said.className" in key for key in app.callback_map)


def test_fields_show_by_the_kind_of_decision():
    shown = dict(zip(decision_form._ASKS, decision_form.shown("replace"), strict=True))
    assert [name for name, style in shown.items() if not style] == ["year", "treatment", "cost"]
    assert all(decision_form.shown(None))


def test_what_is_done_has_a_kind_of_reason_of_its_own():
    assert decision_form.code_shown("complete", None) == "completed"
    assert decision_form.code_shown("complete", "weather") == "weather"
    assert decision_form.code_shown("defer", "completed") is None
