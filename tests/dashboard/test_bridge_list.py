"""The list of bridge works that the page of the plan takes from a file."""

import base64

import pytest
from werkzeug.exceptions import BadRequest

from dashboard import bridge_list
from dashboard.context import Context
from pavement.store import bridge_works
from tests.dashboard.test_pages import page_text

HEAD = "route,direction,from_m,to_m,first_year,last_year,note\n"


def sent(text: str) -> str:
    return "data:text/csv;base64," + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize("role", ["viewer", "planner"])
def test_w2_only_planners_see_the_field(signed_in, role):
    assert ("bridges-file" in page_text(signed_in(role), "/plan")) == (role == "planner")


def test_a_file_becomes_the_list_in_force(app, store, settings):
    context = Context(store, settings)
    with app.server.test_request_context():
        wrong = bridge_list.keep(context, sent(HEAD + "N1,,x,100,2026,2027,a\n"), "b.csv", user="planner")
        assert wrong.startswith("b.csv")
        assert "2: " in wrong
        assert bridge_works.kept(store).empty
        assert bridge_list.keep(context, sent(HEAD + "N1,,0,100,1990,1991,deck\n"), "b.csv", user="planner") == ""
    assert bridge_works.kept(store)["note"].tolist() == ["deck"]


@pytest.mark.parametrize(
    ("content", "name"), [(None, "b.csv"), ("data:,%%%", "b.csv"), ("x" * 2_000_000, "b.csv"), (sent(HEAD), ["b.csv"])]
)
def test_w8_forged_files_are_refused(app, store, settings, content, name):
    with app.server.test_request_context(), pytest.raises(BadRequest):
        bridge_list.keep(Context(store, settings), content, name, user="planner")
