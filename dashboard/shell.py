"""The frame around every page: top bar, navigation, place for the page."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html
from flask_login import current_user

from dashboard import guard, i18n, queries, ui
from dashboard.context import Context
from dashboard.i18n import t
from dashboard.pages import PAGES

THEME = {
    "primaryColor": "indigo",
    "fontFamily": "inherit",
    "defaultRadius": 4,
    "headings": {"fontFamily": "inherit"},
}


def layout(context: Context) -> dmc.MantineProvider:
    """Return the whole frame; asked for once at each full load of the site, and empty while nobody is signed in."""
    if not (current_user and current_user.is_authenticated):
        return dmc.MantineProvider(html.Div(id="page"))
    return dmc.MantineProvider(
        [
            dcc.Location(id="url", refresh="callback-nav"),
            html.Div(id="notice", role="alert", className="notice", hidden=True),
            dmc.AppShell(
                [
                    dmc.AppShellHeader(_header(context), className="top"),
                    dmc.AppShellNavbar(_navigation(), className="side"),
                    dmc.AppShellMain(html.Div(waiting(), id="page", className="stage")),
                ],
                header={"height": 48},
                navbar={"width": 188, "breakpoint": 0},
                padding=0,
            ),
        ],
        theme=THEME,
        forceColorScheme="light",
    )


def waiting() -> html.P:
    """Return what stands in the place of a page until it is there."""
    return html.P(t("Loading the page …"), className="note waiting", role="status")


def _header(context: Context) -> list[Any]:
    words = [
        html.A(word, href=f"/language/{code}?next=/", className="on" if code == i18n.language() else "")
        for code, word in i18n.LANGUAGES.items()
    ]
    person = f"{current_user.name} · {role_text(current_user.role)}"
    leave = html.Form(
        html.Button([ui.icon("logout"), t("Sign out")], type="submit"), action="/logout", method="post", id="logout"
    )
    return [
        html.Div([html.Img(src="/assets/favicon.svg", alt=""), t("Pavement decision support")], className="brand"),
        html.Div(t("Data version {number}", number=queries.version(context)), className="chip", id="data-version"),
        html.Div(words, className="languages", id="languages"),
        html.A(person, href="/password", className="person", title=t("Change password")),
        leave,
    ]


def _navigation() -> html.Nav:
    links = [
        dcc.Link([ui.icon(page.ICON), t(page.TITLE)], href=page.PATH, className="nav-link", id=f"nav-{page.ICON}")
        for page in PAGES
        if page.MENU and guard.allowed(page.PERMISSION)
    ]
    return html.Nav(links, id="nav")


def role_text(role: str) -> str:
    """Return a role's name from the table of roles in the present language."""
    table = i18n.named_table("roles")
    return i18n.pick(str(table.loc[role, "zh"]), str(table.loc[role, "en"])) if role in table.index else role
