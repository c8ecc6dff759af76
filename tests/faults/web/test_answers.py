"""What answers hold and hide: W6, W11, W13 and E1 of the acceptance list."""

import io
import json
import re
import zipfile

from tests.dashboard.conftest import PASSWORD
from tests.faults.web.pages import call


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


def test_w11_headers_stand_on_every_answer(client, signed_in):
    for answer in (client.get("/login"), client.get("/nothing"), signed_in("viewer").get("/")):
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"


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


def test_e1_downloads_are_safe_in_a_spreadsheet(signed_in):
    client = signed_in("planner")
    text = client.get("/export/worklist/plan-0001.csv", buffered=True).get_data(as_text=True)
    assert text.startswith("\ufeff")
    assert not re.search(r"(^|,)\"?[=+@]", text, flags=re.M)
    book = client.get("/export/worklist/plan-0001.xlsx", buffered=True)
    assert zipfile.is_zipfile(io.BytesIO(book.data))
    assert client.get("/export/worklist/plan-0002.csv").status_code == 404
    assert client.get("/export/segments.exe").status_code == 404
