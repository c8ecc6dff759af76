"""What a request may do: signed in or not, role, origin, host, form of ids, and the headers of every answer."""

from __future__ import annotations

import functools
import re
import secrets
from collections.abc import Callable
from importlib.resources import files
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import urlsplit

import dash
import pandas as pd
from flask import Flask, Response, abort, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

ID = re.compile(r"[0-9a-z-]{1,80}")
SHA256 = re.compile(r"[0-9a-f]{64}")
CALLBACK_LIMIT = 2 * 2**20
_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}

Function: TypeAlias = Callable[..., Any]


class Rule(NamedTuple):
    """Which permission a path needs; the first rule that fits decides."""

    prefix: str
    methods: str
    permission: str


# Order matters; everything that no rule names needs `view`, and `public` is the sign-in page and its style only.
RULES = (
    Rule("/login", "GET POST", "public"),
    Rule("/language/", "GET", "public"),
    Rule("/assets/style.css", "GET", "public"),
    Rule("/assets/favicon.svg", "GET", "public"),
    Rule("/password", "GET POST", "view"),
    Rule("/uploads", "GET POST PUT DELETE", "upload"),
    Rule("/reports/photos", "POST", "report"),
    Rule("/export/records.zip", "GET", "photos"),
    Rule("/export/", "GET POST", "export"),
    Rule("/", "GET POST", "view"),
)


@functools.cache
def permissions() -> pd.DataFrame:
    """Return permission × role as truth values."""
    with files("dashboard").joinpath("permissions.csv").open(encoding="utf-8") as stream:
        table = pd.read_csv(stream, dtype=str).set_index("permission")
    return table.drop(columns=["zh", "en"]) == "yes"


def may(role: str, permission: str) -> bool:
    """Return whether a role holds a permission; unknown names hold nothing."""
    table = permissions()
    return role in table.columns and permission in table.index and bool(table.loc[permission, role])


def allowed(permission: str) -> bool:
    """Return whether the person of this request holds a permission."""
    return bool(current_user and current_user.is_authenticated and may(current_user.role, permission))


def require(permission: str) -> None:
    """Stop the request with 401 or 403 unless its person holds a permission."""
    if not (current_user and current_user.is_authenticated):
        abort(401)
    if not may(current_user.role, permission):
        abort(403)


def checked_id(text: object, *, pattern: re.Pattern[str] = ID) -> str:
    """Return an id that has the form of one, else stop with 404."""
    if not isinstance(text, str) or not pattern.fullmatch(text):
        abort(404)
    return text


def one_of(value: Any, choices: Any) -> Any:
    """Return a value that is among the choices, else stop with 400: callbacks are open to any value."""
    if isinstance(value, list | dict) or value not in choices:
        abort(400)
    return value


def callback(app: dash.Dash, *args: Any, permission: str, **options: Any) -> Callable[[Function], Function]:
    """Register a Dash callback that checks a permission before it runs; the only way callbacks are made here."""
    if permission not in permissions().index:
        raise KeyError(permission)

    def wrap(function: Function) -> Function:
        @functools.wraps(function)
        def checked(*values: Any) -> Any:
            require(permission)
            return function(*values)

        before = set(app.callback_map)
        app.callback(*args, **options)(checked)
        guarded = app.server.config.setdefault("GUARDED", {})
        guarded.update(dict.fromkeys(set(app.callback_map) - before, permission))
        return checked

    return wrap


def protect(app: dash.Dash, *, hosts: set[str], known: Callable[[str], bool]) -> None:
    """
    Put the checks before, and the headers behind, every request of the app.

    Parameters
    ----------
    hosts
        Names under which the pages answer.
    known
        Whether there is a page at a path; Dash itself would answer any.
    """
    server: Flask = app.server
    server.config["HOSTS"] = hosts
    server.before_request(_check_host)
    server.before_request(_check_origin)
    server.before_request(_check_permission)
    server.before_request(functools.partial(_check_page, known))
    server.before_request(functools.partial(_check_callback, app))
    server.after_request(functools.partial(_with_headers, app))


def permission_of(path: str, method: str) -> str | None:
    """Return the permission that a path needs; None when the method is not for this path."""
    for rule in RULES:
        if path == rule.prefix or path.startswith(rule.prefix if rule.prefix.endswith("/") else f"{rule.prefix}/"):
            ok = method in rule.methods.split() or (method in ("HEAD", "OPTIONS") and "GET" in rule.methods)
            return rule.permission if ok else None
    return "view"


def _host_name(host: str) -> str:
    return (urlsplit(f"//{host}").hostname or "").lower()


def _check_host() -> None:
    try:
        name = _host_name(request.headers.get("Host", ""))
    except ValueError:
        name = ""
    if name not in request_app().config["HOSTS"]:
        abort(400)


def request_app() -> Flask:
    """Return the Flask app of this request."""
    from flask import current_app

    return current_app._get_current_object()  # type: ignore[attr-defined]


def _check_origin() -> None:
    if request.method in _SAFE_METHODS:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        abort(403)
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc.lower() != request.host.lower():
        abort(403)


def _check_permission() -> BaseResponse | None:
    needed = permission_of(request.path, request.method)
    if needed is None:
        abort(405)
    if needed == "public":
        return None
    if not current_user.is_authenticated:
        if request.method == "GET" and "text/html" in request.headers.get("Accept", ""):
            return redirect(url_for("login", next=request.full_path.rstrip("?")))
        abort(401)
    require(needed)
    return None


def _check_page(known: Callable[[str], bool]) -> None:
    rule = request.url_rule.rule if request.url_rule else ""
    if rule == "/<path:path>" and not known(request.path):
        abort(404)


def _check_callback(app: dash.Dash) -> None:
    if request.path != "/_dash-update-component":
        return
    request.max_content_length = CALLBACK_LIMIT
    body = request.get_json(silent=True)
    if not isinstance(body, dict) or body.get("output") not in app.callback_map:
        abort(400)
    if body["output"] not in app.server.config.get("GUARDED", {}):
        abort(403)
    if not isinstance(body.get("inputs"), list) or not isinstance(body.get("state", []), list):
        abort(400)


def content_policy(app: dash.Dash) -> str:
    """Return the content security policy: our own files and the hashes of Dash's inline scripts, nothing else."""
    scripts = " ".join(dict.fromkeys(app.csp_hashes()))
    return (
        f"default-src 'none'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def _with_headers(app: dash.Dash, response: Response) -> Response:
    config = app.server.config
    if "POLICY" not in config:
        config["POLICY"] = content_policy(app)
    headers = response.headers
    headers["Content-Security-Policy"] = config["POLICY"]
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    shared = request.path.startswith(("/assets/", "/_dash-component-suites/"))
    if not shared and "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store"
    return response


def error_id() -> str:
    """Return a short random name for an error: shown to the person, written to the log with the cause."""
    return secrets.token_hex(4)
