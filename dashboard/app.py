"""The web application: Dash pages behind a sign-in, served from this machine alone."""

from __future__ import annotations

import logging
import mimetypes
import signal
import socket
import sys
import threading
from typing import Any
from urllib.parse import urlsplit

import dash
from dash import Input, Output, html, no_update
from flask import Flask, render_template, request
from werkzeug.exceptions import HTTPException

from dashboard import (
    auth,
    exports,
    guard,
    i18n,
    jobs,
    media,
    password,
    photo_uploads,
    queries,
    shell,
    signs,
    uploads,
)
from dashboard.context import Context
from dashboard.fault_words import fault_words
from dashboard.i18n import t
from dashboard.pages import PAGES
from pavement.errors import PavementError, SettingsError
from pavement.settings import Settings
from pavement.store.database import Store

log = logging.getLogger(__name__)
_LOCAL_HOSTS = {"127.0.0.1", "localhost", "::1"}
_ANY_ADDRESS = {"0.0.0.0", "::", ""}
_INDEX = """<!DOCTYPE html>
<html lang="__LANG__">
<head>{%metas%}<title>{%title%}</title><link rel="icon" href="/assets/favicon.svg">{%css%}</head>
<body>{%app_entry%}<footer>{%config%}{%scripts%}{%renderer%}</footer></body>
</html>"""


class _App(dash.Dash):
    """Dash whose first page says its language."""

    def interpolate_index(self, *parts: Any, **named: Any) -> str:
        named["title"] = t("Pavement decision support")
        return str(super().interpolate_index(*parts, **named)).replace("__LANG__", i18n.html_language())


def create_app(store: Store, settings: Settings) -> dash.Dash:
    """
    Return the Dash app over a store.

    Parameters
    ----------
    store
        Open store.
    settings
        Settings in force.
    """
    mimetypes.add_type("text/javascript", ".mjs")
    context = Context(store, settings)
    server = Flask("dashboard")
    server.config[signs.CONFIG] = lambda: queries.table(context, "chainage")
    # both are allowed; Dash's own types are narrower than what it takes
    wider: dict[str, Any] = {"server": server, "update_title": None}
    app = _App(
        "dashboard",
        **wider,
        title="Pavement decision support",
        assets_folder="assets",
        assets_path_ignore=["vendor"],
        index_string=_INDEX,
        serve_locally=True,
        suppress_callback_exceptions=True,
        enable_mcp=False,
        use_pages=False,
        on_error=_on_callback_error,
    )
    auth.register(server, context)
    password.register(server, context)
    guard.protect(app, hosts=_hosts(settings), known=lambda path: _found(path)[0] is not None)
    media.register(server, context)
    exports.register(server, context)
    uploads.register(server, context)
    photo_uploads.register(server, context)
    server.register_error_handler(Exception, _on_error)
    app.layout = lambda: shell.layout(context)
    _register_router(app, context)
    for page in PAGES:
        page.register(app, context)
    return app


def require_free(host: str, port: int) -> None:
    """
    Raise at once where pages cannot be served.

    Raises
    ------
    SettingsError
        Another program listens there, or the address is not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            raise SettingsError(
                f"Pages cannot be served on {host}:{port}: {(error.strerror or str(error)).lower()}.",
                cure="Stop the program that listens there, or choose another port: PAVEMENT_PORT=8060.",
            ) from error


def serve(store: Store, settings: Settings) -> None:
    """
    Serve the pages until stopped, with one worker process for long jobs beside them.

    Parameters
    ----------
    store
        Open store.
    settings
        ``host`` and ``port`` say where.

    Raises
    ------
    SettingsError
        Another program listens there.
    """
    import waitress

    require_free(settings["host"], settings["port"])

    # a browser asks for a dozen files at once: short queues are no news
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    app = create_app(store, settings)
    if threading.current_thread() is threading.main_thread():
        # a plain kill ends the worker too
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with jobs.worker(store, settings):
        waitress.serve(
            app.server,
            host=settings["host"],
            port=settings["port"],
            threads=8,
            max_request_body_size=uploads.CHUNK + 2**20,
            max_request_header_size=64 * 1024,
            channel_timeout=60,
            ident="",
            expose_tracebacks=False,
        )


def _hosts(settings: Settings) -> set[str]:
    named = {urlsplit(settings["public_url"]).hostname or "", settings["host"]}
    return _LOCAL_HOSTS | {name.lower() for name in named if name not in _ANY_ADDRESS}


def _register_router(app: dash.Dash, context: Context) -> None:
    @guard.callback(app, Output("page", "children"), Input("url", "pathname"), permission="view")
    def show(path: str | None) -> Any:
        return _page(context, path or "/")

    app.clientside_callback(
        dash.ClientsideFunction("pavement_shell", "mark"),
        Output("nav", "className"),
        Input("url", "pathname"),
    )


def _page(context: Context, path: str) -> Any:
    page, rest = _found(path)
    if page is None:
        return _problem(t("There is no such page."), t("Choose one from the menu."))
    if not guard.allowed(page.PERMISSION):
        return _problem(t("Your role does not open this page."), t("Ask an administrator for another role."))
    try:
        return _layout(context, page, rest)
    except HTTPException:
        return _problem(t("There is no such page."), t("Choose one from the menu."))
    except PavementError as error:
        return _problem(fault_words(error.message), fault_words(error.cure))


def _layout(context: Context, page: Any, rest: str) -> Any:
    """Return the layout of a page; before the id on a page of one plan's things the path may name an older plan."""
    if not rest:
        return page.layout(context)
    of, stop, name = rest.rpartition("/")
    if stop and getattr(page, "OF_PLAN", False):
        return page.layout(context, guard.checked_id(name), guard.checked_id(of))
    return page.layout(context, guard.checked_id(rest))


def _found(path: str) -> tuple[Any, str]:
    """Return the page of a path and the id behind its name; a page whose path ends in a slash needs an id."""
    for page in PAGES:
        takes_id = page.PATH.endswith("/") and page.PATH != "/"
        if path == page.PATH and not takes_id:
            return page, ""
        if getattr(page, "CHOICE", False) and path.startswith(f"{page.PATH}/"):
            return page, path.removeprefix(f"{page.PATH}/")
        if takes_id and path.startswith(page.PATH) and len(path) > len(page.PATH):
            return page, path.removeprefix(page.PATH)
    return None, ""


def _problem(text: str, cure: str) -> html.Div:
    return html.Div([html.H1(text), html.P(cure)], className="page problem")


def _on_callback_error(error: Exception) -> Any:
    """Show an error of a callback as one line; the cause goes to the log only."""
    if isinstance(error, HTTPException):
        raise error
    if isinstance(error, PavementError):
        text = fault_words(str(error))
    else:
        reference = guard.error_id()
        log.error("callback error %s", reference, exc_info=error)
        text = t("Something went wrong. Error number {reference}.", reference=reference)
    dash.set_props("notice", {"children": text, "hidden": False})
    return no_update


def _on_error(error: Exception) -> Any:
    """Answer every error without its inner workings."""
    reference = ""
    if isinstance(error, HTTPException):
        status = error.code or 500
        if status < 400:
            return error
        text = t(_STATUS_TEXTS.get(status, "This request cannot be carried out."))
        title = f"{status}"
    elif isinstance(error, PavementError):
        status, title, text = 400, "400", fault_words(str(error))
    else:
        reference = guard.error_id()
        log.error("request error %s on %s", reference, request.path, exc_info=error)
        status, title, text = 500, "500", t("Something went wrong.")
    if "text/html" in request.headers.get("Accept", ""):
        page = render_template(
            "error.html", t=t, title=title, text=text, reference=reference, lang=i18n.html_language()
        )
        return page, status
    return {"error": text, "status": status, "reference": reference}, status


_STATUS_TEXTS = {
    400: "The request is not one these pages make.",
    401: "Sign in first.",
    403: "Your role does not allow this.",
    404: "There is no such page.",
    405: "The request is not one these pages make.",
    409: "Something else changed this meanwhile; load the page again.",
    413: "This is larger than the limit.",
    429: "Too many tries; wait a little.",
}
