"""Who may do what, decided by one table."""

import pytest
from werkzeug.exceptions import BadRequest, NotFound

from dashboard import guard
from pavement.store import users


@pytest.mark.parametrize(
    ("path", "method", "permission"),
    [
        ("/", "GET", "view"),
        ("/login", "POST", "public"),
        ("/loginx", "GET", "view"),
        ("/assets/style.css", "GET", "public"),
        ("/assets/map.js", "GET", "view"),
        ("/_dash-layout", "GET", "view"),
        ("/_dash-dependencies", "GET", "view"),
        ("/_dash-update-component", "POST", "view"),
        ("/image/" + "0" * 64, "GET", "view"),
        ("/export/segments.csv", "GET", "export"),
        ("/uploads", "POST", "upload"),
        ("/uploads/abc", "PUT", "upload"),
        ("/uploads/abc/done", "POST", "upload"),
        ("/export/records.zip", "POST", None),
        ("/export/records.zip", "GET", "photos"),
        ("/export/worklist/plan-0001.csv", "POST", "export"),
        ("/export/worklist/plan-0001.csv", "DELETE", None),
        ("/image/x", "DELETE", None),
    ],
)
def test_every_path_names_its_permission(path, method, permission):
    assert guard.permission_of(path, method) == permission


def test_only_the_sign_in_page_and_its_look_are_public():
    public = {rule.prefix for rule in guard.RULES if rule.permission == "public"}
    assert public == {"/login", "/language/", "/assets/style.css", "/assets/favicon.svg"}


def test_w2_the_roles_are_those_of_the_store():
    assert guard.permissions().columns.tolist() == list(users.ROLES)


def test_w2_unknown_roles_and_permissions_hold_nothing():
    assert not guard.may("nobody", "view")
    assert not guard.may("admin", "everything")
    assert all(guard.may("admin", permission) for permission in guard.permissions().index)
    assert [r for r in users.ROLES if guard.may(r, "users")] == ["admin"]


@pytest.mark.parametrize("text", ["../x", "..", "%2e%2e", "a/b", "A", "a\x00", "", "x" * 81, None, 3, ["a"], "a\n"])
def test_w5_ids_have_one_form(text):
    with pytest.raises(NotFound):
        guard.checked_id(text)


def test_w5_a_cell_id_passes():
    assert guard.checked_id("n1-s-2-025300") == "n1-s-2-025300"


@pytest.mark.parametrize("value", ["x", None, ["iri"], {"a": 1}, 3])
def test_w8_a_forged_choice_is_refused(value):
    with pytest.raises(BadRequest):
        guard.one_of(value, ["iri", "rut"])
