"""Signing in and out: session cookie, throttle, language."""

from __future__ import annotations

import datetime as dt
import hmac
import os
import secrets
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, redirect, render_template, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from werkzeug.wrappers import Response as BaseResponse

from dashboard import i18n
from dashboard.context import Context
from dashboard.i18n import t
from pavement.store import users

_FREE_TRIES = 5
_LONGEST_WAIT = 900.0


class Person(UserMixin):
    """The person of a request: name and role as the store has them now, and the stamp of their session."""

    def __init__(self, user: users.User) -> None:
        self.id = f"{user.name} {user.stamp}"
        self.name = user.name
        self.role = user.role


class Throttle:
    """Growing waits after failed sign-ins, by user name and by address; kept in memory."""

    def __init__(self, *, clock: Any = time.monotonic) -> None:
        self._clock = clock
        self._failures: dict[str, tuple[int, float]] = {}
        self._lock = threading.Lock()

    def wait(self, *keys: str) -> float:
        """Return the seconds until another try is allowed. [s]"""
        now = self._clock()
        with self._lock:
            return max(0.0, *(self._until(key) - now for key in keys))

    def _until(self, key: str) -> float:
        count, last = self._failures.get(key, (0, 0.0))
        return last + min(2.0 ** (count - _FREE_TRIES), _LONGEST_WAIT) if count >= _FREE_TRIES else 0.0

    def failed(self, *keys: str) -> None:
        """Count a failed try."""
        now = self._clock()
        with self._lock:
            if len(self._failures) > 10_000:
                self._failures = {k: v for k, v in self._failures.items() if now - v[1] < _LONGEST_WAIT}
            for key in keys:
                count, last = self._failures.get(key, (0, now))
                self._failures[key] = (1 if now - last > 2 * _LONGEST_WAIT else count + 1, now)

    def succeeded(self, *keys: str) -> None:
        """Forget the failures."""
        with self._lock:
            for key in keys:
                self._failures.pop(key, None)


def secret_key(home: Path) -> str:
    """Return the key that signs session cookies, made once and readable by the service's account only."""
    file = home / "session.key"
    if not file.exists():
        home.mkdir(parents=True, exist_ok=True)
        partial = file.with_name(f"session.key.{os.getpid()}")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(secrets.token_hex(32))
        try:
            # another process may have been first: its key is the one to use
            os.link(partial, file)
        except FileExistsError:
            pass
        finally:
            partial.unlink()
    return file.read_text()


def local_path(target: str | None) -> str:
    """Return a path on this site to go on to; the front page when the target leads elsewhere."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or "\\" in target:
        return "/"
    if any(ord(sign) < 32 for sign in target):
        return "/"
    parts = urlsplit(target)
    return target if not parts.netloc and not parts.scheme else "/"


def register(server: Flask, context: Context) -> None:
    """Add the sign-in routes and the session rules to the server."""
    settings = context.settings
    server.secret_key = secret_key(settings.home)
    server.config.update(
        SESSION_COOKIE_NAME="pavement_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings["public_url"].startswith("https:"),
        PERMANENT_SESSION_LIFETIME=dt.timedelta(minutes=settings["session_minutes"]),
        SESSION_REFRESH_EACH_REQUEST=True,
        LANGUAGE=settings["language"],
        GRADE_LIMITS=settings["grade_limits"],
        THROTTLE=Throttle(),
    )
    manager = LoginManager(server)
    manager.session_protection = None
    manager.user_loader(lambda session_id: _person(context, session_id))
    server.add_url_rule("/login", "login", lambda: _login(context), methods=["GET", "POST"])
    server.add_url_rule("/logout", "logout", lambda: _logout(context), methods=["POST"])
    server.add_url_rule("/language/<code>", "language", _language)


def _person(context: Context, session_id: str) -> Person | None:
    """Return the person of a session, or nobody when it was ended: signed out, disabled, another role or password."""
    name, _, stamp = session_id.partition(" ")
    found = users.get(context.store, name)
    return Person(found) if found is not None and hmac.compare_digest(stamp, found.stamp) else None


def _login(context: Context) -> BaseResponse | str | tuple[str, int]:
    if request.method == "GET":
        if current_user.is_authenticated:
            return redirect(local_path(request.args.get("next")))
        return _form("", request.args.get("next", ""))
    request.max_content_length = 16 * 1024
    name, password = request.form.get("name", "")[:80], request.form.get("password", "")[:200]
    target = local_path(request.form.get("next"))
    throttle: Throttle = current_app.config["THROTTLE"]
    keys = (f"name {name.casefold()}", f"address {request.remote_addr}")
    if (wait := throttle.wait(*keys)) > 0:
        return _form(t("Too many failed tries. Wait {seconds} s.", seconds=int(wait) + 1), target, name), 429
    person = users.verified(context.store, name, password=password)
    if person is None:
        throttle.failed(*keys)
        return _form(t("User name or password is wrong."), target, name), 401
    throttle.succeeded(*keys)
    chosen = session.get("language")
    session.clear()
    session.permanent = True
    if chosen in i18n.LANGUAGES:
        session["language"] = chosen
    login_user(Person(person))
    return redirect(target)


def _form(fault: str, target: str, name: str = "") -> str:
    return render_template(
        "login.html",
        t=t,
        fault=fault,
        next=local_path(target),
        name=name,
        language=i18n.language(),
        lang=i18n.html_language(),
        languages=i18n.LANGUAGES,
    )


def _logout(context: Context) -> BaseResponse:
    # a copy of the cookie must not outlive the sign-out, so it ends the person's sessions on other machines too
    if current_user.is_authenticated:
        users.end_sessions(context.store, current_user.name)
    logout_user()
    chosen = session.get("language")
    session.clear()
    if chosen in i18n.LANGUAGES:
        session["language"] = chosen
    return redirect(url_for("login"))


def _language(code: str) -> BaseResponse:
    if code not in i18n.LANGUAGES:
        abort(404)
    session.permanent = True
    session["language"] = code
    return redirect(local_path(request.args.get("next")))
