"""The pages served on the loopback address, and a headless Chromium that looks at them."""

import importlib.util
import threading
from pathlib import Path

import pytest

_FILE = Path(__file__).resolve().parents[1] / "dashboard" / "conftest.py"
_spec = importlib.util.spec_from_file_location("dashboard_conftest_for_browser", _FILE)
_helpers = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_helpers)
made, settings, store, app, PASSWORD = (
    _helpers.made,
    _helpers.settings,
    _helpers.store,
    _helpers.app,
    _helpers.PASSWORD,
)


@pytest.fixture(scope="session")
def address(app):
    """Serve the app on a free port of the loopback address."""
    import waitress.server

    server = waitress.server.create_server(app.server, host="127.0.0.1", port=0, threads=8)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    thread.join(timeout=5)


class Seen:
    """What went wrong while a page was looked at: errors in the console, refused and outside requests."""

    def __init__(self, page, address):
        self.console, self.refused, self.outside, self.asked = [], [], [], []
        page.on("console", lambda m: self.console.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: self.console.append(str(e)))
        page.on("response", lambda r: self.refused.append(f"{r.status} {r.url}") if r.status >= 400 else None)
        page.on("request", lambda r: self._note(r.url, address))

    def _note(self, url, address):
        self.asked.append(url)
        if not url.startswith((address, "data:", "blob:")):
            self.outside.append(url)


@pytest.fixture
def visit(chromium, address):
    """Return a function that opens a page signed in with a role, in a language and at a width."""
    contexts = []

    def enter(path="/", *, role="admin", language="en", width=1440, height=900):
        context = chromium.new_context(viewport={"width": width, "height": height}, accept_downloads=True)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(f"{address}/language/{language}?next=/login")
        page.fill("#name", role)
        page.fill("#password", PASSWORD)
        page.seen = Seen(page, address)
        # the map page is heavy: go where the test wants to go at once
        page.evaluate("path => { document.querySelector('[name=next]').value = path }", path)
        page.click("button[type=submit]")
        page.wait_for_selector("#page > *")
        return page

    yield enter
    for context in contexts:
        context.close()
