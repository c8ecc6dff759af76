"""Signing in and out, passwords and the cookie: W9 and W15 of the acceptance list."""

import pytest

from tests.dashboard.conftest import PASSWORD


def test_w9_the_cookie_is_shut_and_a_wrong_password_says_little(client):
    wrong = client.post("/login", data={"name": "nobody-here", "password": "wrong password"})
    assert wrong.status_code == 401
    right = client.post("/login", data={"name": "viewer", "password": PASSWORD})
    cookie = right.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_w9_https_makes_the_cookie_secure(store, settings):
    from dashboard.app import create_app

    server = create_app(store, settings.replaced(public_url="https://pms.example")).server
    answer = server.test_client().post(
        "/login", data={"name": "viewer", "password": PASSWORD}, base_url="https://pms.example"
    )
    assert "Secure" in answer.headers["Set-Cookie"]


def test_w9_signing_out_ends_the_session(signed_in):
    client = signed_in("viewer")
    assert client.get("/_dash-layout").status_code == 200
    assert client.get("/logout").status_code == 404
    assert client.post("/logout").status_code == 302
    assert client.get("/_dash-layout").status_code == 401


def test_w9_a_copied_cookie_ends_with_the_sign_out(app, signed_in):
    client = signed_in("viewer")
    copied = client.get_cookie("pavement_session").value
    thief = app.server.test_client()
    thief.set_cookie("pavement_session", copied)
    assert thief.get("/_dash-layout").status_code == 200
    client.post("/logout")
    assert thief.get("/_dash-layout").status_code == 401
    assert signed_in("viewer").get("/_dash-layout").status_code == 200


def test_w9_another_role_or_password_ends_the_session(store, signed_in):
    from pavement.store import users

    users.add(store, "mover", password=PASSWORD, role="planner")
    for change in (
        lambda: users.set_role(store, "mover", role="viewer", by="admin"),
        lambda: users.set_password(store, "mover", password=PASSWORD, by="admin"),
    ):
        client = signed_in("mover")
        assert client.get("/_dash-layout").status_code == 200
        change()
        assert client.get("/_dash-layout").status_code == 401


def test_w9_a_person_shut_out_is_out_at_once(store, signed_in):
    from pavement.store import users

    users.add(store, "leaver", password=PASSWORD, role="viewer")
    client = signed_in("leaver")
    users.set_active(store, "leaver", active=False, by="admin")
    assert client.get("/_dash-layout").status_code == 401


NEW = "a newer long password"


def change(client, former=PASSWORD, password=NEW, again=NEW):
    client.get("/language/en")
    return client.post("/password", data={"former": former, "password": password, "again": again})


def test_w9_a_person_changes_their_password_and_their_other_sessions_end(app, store, signed_in):
    from pavement.store import users

    users.add(store, "changer", password=PASSWORD, role="viewer")
    client, other = signed_in("changer"), signed_in("changer")
    assert client.get("/password").status_code == 200
    assert "is changed" in change(client).get_data(as_text=True)
    assert client.get("/_dash-layout").status_code == 200
    assert other.get("/_dash-layout").status_code == 401
    assert users.verified(store, "changer", password=NEW)
    assert users.verified(store, "changer", password=PASSWORD) is None


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"former": "wrong"}, 401, "present password is wrong"),
        ({"again": "another one, long"}, 400, "typed in two ways"),
        ({"password": "short", "again": "short"}, 400, "has 5 characters"),
    ],
)
def test_w9_a_change_that_cannot_be_is_told_and_changes_nothing(store, signed_in, fields, status, words):
    from pavement.store import users

    client = signed_in("viewer")
    answer = change(client, **fields)
    assert answer.status_code == status
    assert words in answer.get_data(as_text=True)
    assert client.get("/_dash-layout").status_code == 200
    assert users.verified(store, "viewer", password=PASSWORD)


def test_w9_guessing_the_present_password_waits_and_a_stranger_gets_no_form(client, app, store):
    from pavement.store import users

    assert client.get("/password").status_code == 401
    assert change(client).status_code == 401
    users.add(store, "guessed", password=PASSWORD, role="viewer")
    client.post("/login", data={"name": "guessed", "password": PASSWORD})
    statuses = [change(client, former=f"guess {n}").status_code for n in range(7)]
    app.server.config["THROTTLE"].succeeded("name guessed", "address 127.0.0.1")
    assert statuses == [401] * 5 + [429] * 2


def test_w15_passwords_and_keys_are_in_no_log(app, client, settings, caplog):
    caplog.set_level(0)
    client.post("/login", data={"name": "viewer", "password": "planted-secret-word"})
    client.post("/login", data={"name": "viewer", "password": PASSWORD})
    key = (settings.home / "session.key").read_text()
    assert "planted-secret-word" not in caplog.text
    assert PASSWORD not in caplog.text
    assert key not in caplog.text
