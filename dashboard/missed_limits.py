"""Limits that cannot be met, each with how far it is missed, in the language of the page."""

from __future__ import annotations

import re
from typing import Any

from dash import html

from dashboard.fault_words import fault_words
from dashboard.i18n import measure_label, measures, number, pick, t, unit_text, year_text
from pavement.planning.limits import PENALTY, limit_kinds

_MISSED = re.compile(r"(Missed at least(?:, all together)?): (.+?)\.(?= [A-Z]|$)")
_ONE = re.compile(r"(.+?) \((\w+)(?: (.+?))? (\d{4})\) \[(.+?)\] by (\S+)")
_BUDGET = re.compile(r"budget (\d+) \[(.+?)\] by (\S+)")


def said(text: str) -> list[Any]:
    """Return a message for people: as it is, or where limits cannot be met, each of them in a list."""
    match = _MISSED.search(text)
    if match is None:
        return [fault_words(text)]
    before, after = text[: match.start()].strip(), text[match.end() :].strip()
    head = t("Missed at least, all together") if "together" in match[1] else t("Missed at least")
    rows = [html.Li(_row(part.strip())) for part in match[2].split("; ")]
    return [fault_words(before), " ", html.Strong(head), html.Ul(rows, className="parts"), fault_words(after)]


def _row(text: str) -> str:
    found = _ONE.fullmatch(text)
    if found is not None:
        name, kind, scope, year, unit, amount = found.groups()
        what = f"{kind_text(kind)} {scope_text(scope or '')}".strip()
        by = f"{_amount(amount)} {unit_text(unit)}".strip()
        return t("{name}: {what} of {year} by {amount}", name=name, what=what, year=year_text(int(year)), amount=by)
    money = _BUDGET.fullmatch(text)
    if money is None:
        return fault_words(text)
    by = f"{_amount(money[3])} {money[2]}"
    return t("budget of {year} by {amount}", year=year_text(int(money[1])), amount=by)


def _amount(text: str) -> str:
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        return text
    return number(value, 0 if abs(value) >= 1000 else 3)


def kind_text(kind: str) -> str:
    """Return what a kind of limit limits, in words."""
    kinds = limit_kinds()
    return pick(str(kinds.loc[kind, "zh"]), str(kinds.loc[kind, "en"])) if kind in kinds.index else kind


def scope_text(scope: str) -> str:
    """Return what a limit holds for: a measure by its name, a category or an office as it is."""
    if scope == PENALTY:
        return t("condition penalty")
    if scope in measures().index:
        return measure_label(scope, unit=False)
    return scope
