"""How a value came about, in the language of the page: the parts of its method are told apart by pattern."""

from __future__ import annotations

import re
from functools import cache

import pandas as pd

from dashboard import i18n
from dashboard.fault_words import Pattern, pattern
from pavement.condition.pci_distresses import PAVEMENTS, known_distresses
from pavement.schema import read_table

_GAP = re.compile(r"\{(\w+)\}")
# a placeholder of these names holds names of kinds, of parts of an index or of distresses
_NAMES = ("kinds", "distresses")


def method_words(method: str) -> str:
    """
    Return the method of a value in the language of the present request.

    Parameters
    ----------
    method
        Parts after semicolons, each of one or more statements after commas, as in column ``method`` of
        ``cell_values``. What ``tables/method_words.csv`` does not know stays as it is, so that nothing is hidden.
    """
    if not i18n.language().startswith("zh"):
        return method
    return "；".join(_part(part) for part in method.split("; "))


def _part(text: str) -> str:
    whole = _told(text)
    return "，".join(_told(piece) or piece for piece in text.split(", ")) if whole is None else whole


def _told(text: str) -> str | None:
    for known in _patterns():
        if found := known.regex.fullmatch(text):
            values = {name: _value(name, value) for name, value in found.groupdict().items()}
            return _GAP.sub(lambda gap: values[gap[1]], known.translation)  # noqa: B023
    return None


def _value(name: str, text: str) -> str:
    if name == "statement":
        return _part(text)
    return "、".join(_names().get(word, word) for word in text.split(", ")) if name in _NAMES else text


@cache
def _patterns() -> tuple[Pattern, ...]:
    """Return every statement with its translation, those with the most fixed words first."""
    words = read_table("method_words").sort_values("en", key=lambda s: -s.str.replace(_GAP, "", regex=True).str.len())
    flags = read_table("bearing_flags")
    pairs = [*zip(words["en"], words["zh"], strict=True), *zip(flags["en"], flags["zh"], strict=True)]
    return tuple(pattern(english, chinese) for english, chinese in pairs)


@cache
def _names() -> dict[str, str]:
    """Return the Chinese names of kinds by their ids, of parts of an index and of distresses by their English names."""
    words = pd.concat([read_table("method_words"), *(known_distresses(pavement) for pavement in PAVEMENTS)])
    kinds = {str(kind): str(row["zh"]) for kind, row in i18n.measures().iterrows()}
    return {str(en): str(zh) for en, zh in zip(words["en"], words["zh"], strict=True)} | kinds
