"""The check list on the page of the plan, and its approval with the list in view."""

import pytest
from werkzeug.exceptions import BadRequest

from dashboard import plan_approval
from dashboard.context import Context
from pavement.store import plans
from tests.dashboard.test_pages import page_text


@pytest.mark.parametrize("role", ["viewer", "planner"])
def test_the_check_list_is_seen_by_all_and_the_form_by_planners(signed_in, role):
    client = signed_in(role)
    client.get("/language/en")
    text = page_text(client, "/plan")
    assert "Check list before approval" in text
    assert ("approve-go" in text) == (role == "planner")


def test_a_plan_is_approved_once_by_who_has_read_the_list(app, store, settings):
    context = Context(store, settings)
    seen = {"plan": "plan-0001", **plan_approval.severity_counts(plan_approval.review(store, plans.newest(store)))}
    said = {"user": "planner"}
    with app.server.test_request_context():
        with pytest.raises(BadRequest):
            plan_approval.approve(context, {"plan": "plan-0099"}, "ok", True, **said)
        with pytest.raises(BadRequest):
            plan_approval.approve(context, "plan-0001", "ok", True, **said)
        assert plan_approval.approve(context, seen, "ok", False, **said) == "請確認已閱檢核結果。"
        assert "重新載入" in plan_approval.approve(context, seen | {"stop": 99}, "ok", True, **said)
        assert plan_approval.approve(context, seen, " ", True, **said) != ""
    assert plans.approval(store, "plan-0001") is None
