"""Faults of group W: what the pages must refuse, hide or survive."""

import importlib.util
import io
import json
import re
import zipfile
from pathlib import Path

import pytest

HELPERS = Path(__file__).resolve().parents[1] / "dashboard" / "conftest.py"
_spec = importlib.util.spec_from_file_location("dashboard_conftest", HELPERS)
_helpers = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_helpers)
made, settings, store, app = _helpers.made, _helpers.settings, _helpers.store, _helpers.app
client, signed_in, PASSWORD = _helpers.client, _helpers.signed_in, _helpers.PASSWORD

CLOSED = [
    "/",
    "/segments",
    "/segment/n1-s-1-020000",
    "/_dash-layout",
    "/_dash-dependencies",
    "/_reload-hash",
    "/assets/map.js",
    "/assets/vendor/maplibre/maplibre-gl.mjs",
    "/data/cells/2",
    "/data/posts/2",
    "/data/values/2/iri/2024/en",
    "/image/" + "0" * 64,
    "/export/segments.csv",
    "/export/worklist/plan-0001.csv",
    "/uploads/abc",
    "/_dash-component-suites/dash/deps/react@18.3.1.min.js",
    "/anything/else",
]


@pytest.mark.parametrize("path", CLOSED)
def test_w1_nothing_without_a_login(client, path):
    answer = client.get(path)
    assert answer.status_code == 401
    assert b"n1-s" not in answer.data
    page = client.get(path, headers={"Accept": "text/html"})
    assert page.status_code == 302
    assert page.headers["Location"].startswith("/login?next=")


def test_w1_no_callback_without_a_login(client):
    assert call(client, "page.children", "url", "pathname", "/segments").status_code == 401


def test_w1_every_server_callback_checks_a_permission(app):
    app._setup_server()
    served = {name for name, about in app.callback_map.items() if "callback" in about}
    assert served
    assert served == set(app.server.config["GUARDED"])


def call(client, output, name, prop, value, *, headers=None):
    """Post one callback as the browser does."""
    component, attribute = output.rsplit(".", 1)
    body = {
        "output": output,
        "outputs": {"id": component, "property": attribute},
        "inputs": [{"id": name, "property": prop, "value": value}],
        "changedPropIds": [f"{name}.{prop}"],
        "state": [],
    }
    return client.post("/_dash-update-component", json=body, headers=headers or {})


ACTS = [
    ("GET", "/segments", {"viewer", "planner", "data", "admin"}),
    ("GET", "/export/segments.csv", {"viewer", "planner", "data", "admin"}),
    ("POST", "/uploads", {"data", "admin"}),
    ("GET", "/uploads/abc", {"data", "admin"}),
    ("DELETE", "/uploads/abc", {"data", "admin"}),
]


@pytest.mark.parametrize(("method", "path", "roles"), ACTS)
@pytest.mark.parametrize("role", ["viewer", "planner", "data", "admin"])
def test_w2_role_by_action(signed_in, method, path, roles, role):
    answer = signed_in(role).open(path, method=method, buffered=True)
    assert (answer.status_code == 403) == (role not in roles)


@pytest.mark.parametrize(("role", "there"), [("viewer", False), ("planner", False), ("data", True), ("admin", True)])
def test_w2_the_upload_page_is_absent_for_low_roles(signed_in, role, there):
    client = signed_in(role)
    assert (b"nav-upload" in client.get("/_dash-layout").data) == there
    page = call(client, "page.children", "url", "pathname", "/upload")
    assert page.status_code == 200
    assert (b"upload-drop" in page.data) == there


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}, 200),
        ({}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://localhost:9999"}, 403),
    ],
)
def test_w3_posts_from_elsewhere_are_refused(signed_in, headers, status):
    assert call(signed_in("viewer"), "page.children", "url", "pathname", "/", headers=headers).status_code == status


def test_w3_the_sign_in_form_checks_the_origin_too(client):
    form = {"name": "viewer", "password": PASSWORD}
    assert client.post("/login", data=form, headers={"Origin": "https://evil.example"}).status_code == 403


def test_w4_bodies_over_the_limit_are_refused(signed_in):
    client = signed_in("data")
    long = client.post("/_dash-update-component", data=b"{" + b" " * (3 * 2**20), content_type="application/json")
    assert long.status_code == 413
    assert client.post("/uploads", json={"name": "a.zip", "size": 1_000_001}).status_code == 413
    key = client.post("/uploads", json={"name": "a.zip", "size": 10}).get_json()["id"]
    assert client.put(f"/uploads/{key}?offset=0", data=b"x" * 11).status_code == 413
    assert client.post("/login", data={"name": "x" * 20_000, "password": "y"}).status_code == 413


BAD_IDS = ["..", "%2e%2e", "..%252f", "..%2f..%2fetc", "A", "a%00", "a_b", "n1-s-1-020000%0a"]


@pytest.mark.parametrize("bad", BAD_IDS)
@pytest.mark.parametrize("path", ["/image/{}", "/uploads/{}", "/export/worklist/{}.csv"])
def test_w5_ids_in_addresses_have_one_form(signed_in, path, bad):
    assert signed_in("admin").get(path.format(bad)).status_code in (404, 405)


@pytest.mark.parametrize("bad", ["../x", "x" * 90, "N1", "<b>", "n1-s-1-999999"])
def test_w5_w8_a_forged_cell_gives_a_page_that_says_so(signed_in, bad):
    answer = call(signed_in("viewer"), "page.children", "url", "pathname", f"/segment/{bad}")
    assert answer.status_code == 200
    assert (
        "沒有這個頁面" in answer.get_json()["response"]["page"]["children"]["props"]["children"][0]["props"]["children"]
    )


def test_w6_text_of_surveys_is_never_markup(signed_in):
    client = signed_in("viewer")
    for path in ("/quality", "/run/" + "b" * 64):
        page = json.dumps(call(client, "page.children", "url", "pathname", path).get_json())
        assert "<script>alert(1)</script>" in page
        assert "dangerously" not in page
        assert '"type": "Markdown"' not in page
    policy = client.get("/").headers["Content-Security-Policy"]
    scripts = re.search(r"script-src ([^;]*);", policy)[1]
    assert re.fullmatch(r"'self'( 'sha256-[A-Za-z0-9+/=]+')+", scripts)


def test_w6_no_inline_script_outside_the_hashes(signed_in, app):
    page = signed_in("viewer").get("/").get_data(as_text=True)
    inline = [s for s in re.findall(r"<script[^>]*>([^<]+)</script>", page) if "url_base_pathname" not in s]
    assert inline == [app.renderer]


def test_w8_forged_values_are_a_400_and_unknown_outputs_too(signed_in):
    client = signed_in("viewer")
    forged = {
        "output": "..map-year.data...map-year.value..",
        "outputs": [{"id": "map-year", "property": "data"}, {"id": "map-year", "property": "value"}],
        "inputs": [{"id": "map-kind", "property": "value", "value": "1; DROP TABLE run"}],
        "state": [{"id": "map-year", "property": "value", "value": "2024"}],
        "changedPropIds": ["map-kind.value"],
    }
    assert client.post("/_dash-update-component", json=forged).status_code == 400
    assert call(client, "nothing.children", "url", "pathname", "/").status_code == 400
    assert client.post("/_dash-update-component", json=[1]).status_code == 400
    assert client.post("/_dash-update-component", data="x").status_code == 400
    assert client.get("/data/values/2/nothing/2024/en").status_code == 404
    assert client.get("/data/values/2/iri/1066/en").status_code == 404


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


@pytest.mark.parametrize("host", ["evil.example", "", "localhost.evil.example", "[::1", "127.0.0.1.evil:80"])
def test_w10_foreign_hosts_are_refused(client, host):
    assert client.get("/login", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_w10_signing_in_leads_to_local_pages_only(client, target):
    answer = client.post("/login", data={"name": "viewer", "password": PASSWORD, "next": target})
    assert answer.headers["Location"] == "/"
    assert client.get("/language/en", query_string={"next": target}).headers["Location"] == "/"


def test_w11_headers_stand_on_every_answer(client, signed_in):
    for answer in (client.get("/login"), client.get("/nothing"), signed_in("viewer").get("/")):
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"


def test_w12_only_frames_and_photos_are_shown_never_other_objects(store, signed_in, made):
    from pavement.store import objects

    client = signed_in("viewer")
    secret = objects.put(store, b"\xff\xd8\xff secret model")
    assert client.get(f"/image/{secret}").status_code == 404
    shown = objects.put(store, made.picture())
    answer = client.get(f"/image/{shown}", buffered=True)
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")


def photo_as(signed_in, role, sha256):
    answer = signed_in(role).get(f"/image/{sha256}", buffered=True)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "private, no-cache")
    return answer.data


@pytest.mark.parametrize(("role", "sharp"), [("viewer", False), ("planner", True), ("data", True), ("admin", True)])
def test_w12_photos_of_records_are_sharp_only_for_roles_that_may_see_them(
    store, signed_in, made, monkeypatch, role, sharp
):
    from dashboard import media
    from pavement.store import objects

    photo = made.picture()
    shown = objects.put(store, photo)
    monkeypatch.setattr(media, "_photos", lambda _: frozenset({shown}))
    content = photo_as(signed_in, role, shown)
    assert (content == photo) == sharp
    assert content.startswith(b"\xff\xd8\xff")


def test_w12_photos_are_kept_sharp_for_all_only_when_the_setting_says_so(store, settings, made, monkeypatch):
    from dashboard import media
    from dashboard.app import create_app
    from pavement.store import objects

    photo = made.picture()
    shown = objects.put(store, photo)
    monkeypatch.setattr(media, "_photos", lambda _: frozenset({shown}))
    for word, sharp in (("keep", True), ("Keep it", False), ("", False)):
        client = create_app(store, settings.replaced(photos=word)).server.test_client()
        client.post("/login", data={"name": "viewer", "password": PASSWORD})
        assert (client.get(f"/image/{shown}", buffered=True).data == photo) == sharp


def test_w13_errors_show_a_number_and_nothing_else(store, settings, monkeypatch, caplog):
    from dashboard import media
    from dashboard.app import create_app

    def broken(*_):
        raise RuntimeError("secret /path/in/message")

    monkeypatch.setattr(media, "_cells", broken)
    client = create_app(store, settings).server.test_client()
    client.post("/login", data={"name": "viewer", "password": PASSWORD})
    version = re.search(r"(\d+)", str(store_version(store)))[1]
    answer = client.get(f"/data/cells/{version}")
    assert answer.status_code == 500
    assert b"secret" not in answer.data
    assert b"Traceback" not in answer.data
    reference = answer.get_json()["reference"]
    assert reference in caplog.text


def store_version(store):
    """Return the data version of a store."""
    from pavement.store import runs

    return runs.data_version(store)


def test_w13_a_broken_callback_shows_a_number_only(store, settings, monkeypatch):
    from dashboard import app as pages

    def broken(*_):
        raise RuntimeError("secret")

    monkeypatch.setattr(pages, "_found", broken)
    client = pages.create_app(store, settings).server.test_client()
    client.post("/login", data={"name": "viewer", "password": PASSWORD})
    answer = call(client, "page.children", "url", "pathname", "/")
    assert b"secret" not in answer.data
    assert answer.status_code == 200
    assert "notice" in answer.get_data(as_text=True)


def test_w15_passwords_and_keys_are_in_no_log(app, client, settings, caplog):
    caplog.set_level(0)
    client.post("/login", data={"name": "viewer", "password": "planted-secret-word"})
    client.post("/login", data={"name": "viewer", "password": PASSWORD})
    key = (settings.home / "session.key").read_text()
    assert "planted-secret-word" not in caplog.text
    assert PASSWORD not in caplog.text
    assert key not in caplog.text


def test_e1_downloads_are_safe_in_a_spreadsheet(signed_in):
    client = signed_in("planner")
    text = client.get("/export/worklist/plan-0001.csv", buffered=True).get_data(as_text=True)
    assert text.startswith("\ufeff")
    assert not re.search(r"(^|,)\"?[=+@]", text, flags=re.M)
    book = client.get("/export/worklist/plan-0001.xlsx", buffered=True)
    assert zipfile.is_zipfile(io.BytesIO(book.data))
    assert client.get("/export/worklist/plan-0002.csv").status_code == 404
    assert client.get("/export/segments.exe").status_code == 404
