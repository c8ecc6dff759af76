"""Models."""

from __future__ import annotations

import dash
from dash import html

from dashboard import ui
from dashboard.context import Context
from dashboard.i18n import t

PATH, TITLE, ICON, MENU, PERMISSION = "/models", "Models", "models", True, "view"


def layout(context: Context) -> html.Div:
    return ui.page(t(TITLE))


def register(app: dash.Dash, context: Context) -> None:
    """Register nothing: the page has no callbacks."""
