"""Lists that the page of the plan takes from a file."""

import base64

import pytest
from werkzeug.exceptions import BadRequest

from dashboard import kept_list_field
from dashboard.context import Context
from pavement.store.kept_lists import BRIDGES
from tests.dashboard.test_pages import page_text

HEAD = "route,direction,from_m,to_m,first_year,last_year,note\n"


def sent(text: str) -> str:
    return "data:text/csv;base64," + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize("role", ["viewer", "planner"])
def test_w2_only_planners_see_the_field(signed_in, role):
    text = page_text(signed_in(role), "/plan")
    assert ("bridges-file" in text) == ("offices-file" in text) == (role == "planner")


def test_a_file_becomes_the_list_in_force(app, store, settings):
    context = Context(store, settings)
    with app.server.test_request_context():
        wrong = kept_list_field.keep(context, BRIDGES, sent(HEAD + "N1,,x,100,2026,2027,a\n"), "b.csv", user="planner")
        assert wrong.startswith("b.csv")
        assert "2: " in wrong
        assert BRIDGES.kept(store).empty
        assert (
            kept_list_field.keep(context, BRIDGES, sent(HEAD + "N1,,0,100,1990,1991,deck\n"), "b.csv", user="planner")
            == ""
        )
    assert BRIDGES.kept(store)["note"].tolist() == ["deck"]


@pytest.mark.parametrize(
    ("content", "name"), [(None, "b.csv"), ("data:,%%%", "b.csv"), ("x" * 2_000_000, "b.csv"), (sent(HEAD), ["b.csv"])]
)
def test_w8_forged_files_are_refused(app, store, settings, content, name):
    with app.server.test_request_context(), pytest.raises(BadRequest):
        kept_list_field.keep(Context(store, settings), BRIDGES, content, name, user="planner")
