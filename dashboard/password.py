"""A person changes their own password."""

from __future__ import annotations

from flask import Flask, current_app, render_template, request
from flask_login import current_user, login_user

from dashboard import i18n
from dashboard.auth import Person, Throttle
from dashboard.context import Context
from dashboard.fault_words import fault_words
from dashboard.i18n import t
from pavement.errors import StoreError
from pavement.store import users

_LARGEST_FORM = 16 * 1024


def register(server: Flask, context: Context) -> None:
    """Add the form and its answer to the server."""
    server.add_url_rule("/password", "password", lambda: _password(context), methods=["GET", "POST"])


def _password(context: Context) -> str | tuple[str, int]:
    if request.method == "GET":
        return _form()
    request.max_content_length = _LARGEST_FORM
    name = current_user.name
    former, password, again = (request.form.get(field, "") for field in ("former", "password", "again"))
    if password != again:
        return _form(t("The new password was typed in two ways.")), 400
    throttle: Throttle = current_app.config["THROTTLE"]
    keys = (f"name {name.casefold()}", f"address {request.remote_addr}")
    if (wait := throttle.wait(*keys)) > 0:
        return _form(t("Too many failed tries. Wait {seconds} s.", seconds=int(wait) + 1)), 429
    if users.verified(context.store, name, password=former) is None:
        throttle.failed(*keys)
        return _form(t("The present password is wrong.")), 401
    throttle.succeeded(*keys)
    try:
        users.set_password(context.store, name, password=password, by=name)
    except StoreError as fault:
        return _form(fault_words(str(fault))), 400
    # the change ends every session of the person; this one goes on
    person = users.get(context.store, name)
    if person is not None:
        login_user(Person(person))
    return _form(changed=True)


def _form(fault: str = "", *, changed: bool = False) -> str:
    return render_template(
        "password.html", t=t, fault=fault, changed=changed, name=current_user.name, lang=i18n.html_language()
    )
