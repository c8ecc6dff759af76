"""Who sees what: W1, W2 and W12 of the acceptance list."""

import pytest

from tests.dashboard.conftest import PASSWORD
from tests.faults.web.pages import call

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
