"""Small pieces that the pages share: page frame, cards, figures, tables, buttons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from dash import dcc, html

from dashboard.i18n import t

# what readers of the page aloud are told: changes of a part, and nothing of an icon
LIVE: dict[str, Any] = {"aria-live": "polite"}
_UNSPOKEN: dict[str, Any] = {"aria-hidden": "true"}
GOOD, FAIR, POOR = "#2f6fb0", "#e9b949", "#c0392b"
INK, SOFT, LINE = "#1d2b3a", "#5b6875", "#dfe4e8"


def page(title: str, *children: Any, note: str = "", actions: Sequence[Any] = ()) -> html.Div:
    """Return a page: title, a line that says what it shows, actions on the right, then the content."""
    head = html.Header(
        [
            html.Div([html.H1(title), html.P(note, className="note") if note else None]),
            html.Div(list(actions), className="actions"),
        ],
        className="page-head",
    )
    return html.Div([head, *children], className="page")


def card(title: str, *children: Any, note: str = "", wide: bool = False, anchor: str = "") -> html.Section:
    """Return a titled box; a link may lead to its anchor."""
    head = html.Div([html.H2(title), html.Span(note, className="note") if note else None], className="card-head")
    named: dict[str, Any] = {"id": anchor} if anchor else {}
    return html.Section([head if title else None, *children], className="card wide" if wide else "card", **named)


def figures(items: Iterable[tuple[str, str, Any]]) -> html.Div:
    """Return a row of key figures: label, value, remark."""
    return html.Div(
        [
            html.Div(
                [html.Div(label, className="fig-label"), html.Div(value, className="fig-value"), html.Div(more)],
                className="fig",
            )
            for label, value, more in items
        ],
        className="figs",
    )


def empty(text: str, hint: str = "") -> html.Div:
    """Return what a page says when there is nothing to show, and what to do about it."""
    return html.Div([html.P(text), html.P(hint, className="note") if hint else None], className="empty")


def table(
    headers: Sequence[str], rows: Iterable[Sequence[Any]], *, numeric: Iterable[int] = (), name: str = ""
) -> html.Div:
    """Return a plain table; columns whose place is in ``numeric`` are set right."""
    right = set(numeric)
    side = ["num" if i in right else "" for i in range(len(headers))]
    head = html.Thead(html.Tr([html.Th(text, className=side[i]) for i, text in enumerate(headers)]))
    body = html.Tbody([html.Tr([html.Td(cell, className=side[i]) for i, cell in enumerate(row)]) for row in rows])
    named: dict[str, Any] = {"id": name} if name else {}
    return html.Div(html.Table([head, body], className="plain"), className="table-wrap", **named)


def low(table: html.Div) -> html.Div:
    """Return a long table in a box of limited height, so that what stands below it is near."""
    # whoever has no mouse scrolls it by keys
    return html.Div(table, className="low", tabIndex="0")


def facts(pairs: Iterable[tuple[str, Any]]) -> html.Dl:
    """Return pairs of name and value."""
    return html.Dl([part for name, value in pairs for part in (html.Dt(name), html.Dd(value))], className="facts")


def icon(name: str) -> html.I:
    """Return one of our own icons."""
    return html.I(className=f"icon icon-{name}", **_UNSPOKEN)


def download(text: str, href: str) -> html.A:
    """Return a button that fetches a file from a server route."""
    return html.A([icon("download"), text], href=href, className="button", download="")


def submit(text: str, action: str) -> html.Button:
    """Return a button that sends the form around it to a server route, which answers with a file."""
    return html.Button([icon("download"), text], type="submit", className="button", formAction=action)


def link(text: Any, href: str, *, name: str = "link") -> dcc.Link:
    """Return a link to another page of the app."""
    return dcc.Link(text, href=href, className=name)


def badge(text: str, kind: str = "") -> html.Span:
    """Return a short word in a coloured frame; the word alone carries the meaning."""
    return html.Span(text, className=f"badge {kind}")


def quality_text(quality: str) -> str:
    """Return the word for a quality in the present language."""
    words = {
        "measured": t("measured"),
        "partial": t("partial"),
        "recorded": t("recorded"),
        "estimated": t("estimated"),
        "unverified": t("unverified"),
    }
    return words.get(quality, quality)
