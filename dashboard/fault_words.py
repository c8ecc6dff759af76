"""Faults of a survey in the language of the page: their English sentences are told apart by pattern."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from babel.messages.pofile import read_po

from dashboard import i18n

_GAP = re.compile(r"\{(\w+)\}")
_CATALOGUES = ("faults.po", "errors.po")
# a placeholder of these names holds sentences, or a word, that are told too
_NESTED = ("text", "word")
# a lane, named as the pages name it
_LANE: dict[str, Callable[[str], str]] = {
    "road": i18n.route_label,
    "way": i18n.direction_text,
    "on_lane": i18n.lane_text,
}
_FILE, _ANY = "{file}: ", "{file}: {text}"


class Pattern(NamedTuple):
    """A message with open values; ``piece`` is its longest fixed part, which is quick to look for."""

    piece: str
    regex: re.Pattern[str]
    translation: str


def fault_words(text: str, *, language: str | None = None) -> str:
    """
    Return a message about a survey, of one or more sentences, in a language.

    Sentences without a translation stay as they are, so that nothing is ever hidden.

    Parameters
    ----------
    text
        English message, rule or cure of a fault.
    language
        The language of the present request unless given.
    """
    patterns = _patterns(language or i18n.language())
    return _said(text.strip(), patterns) if patterns else text


def _said(text: str, patterns: tuple[Pattern, ...]) -> str:
    *known, anything = patterns
    whole = _match(text, known, patterns)
    if whole is not None:
        return whole
    # the longest run of sentences that is known, then the rest
    for end in reversed([m.end() for m in re.finditer(r"[.?](?= )", text)]):
        first = _match(text[:end], known, patterns)
        if first is not None:
            return first + _said(text[end:].strip(), patterns)
    of_file = _match(text, [anything], patterns)
    if of_file is not None:
        return of_file
    head, stop, rest = text.partition(". ")
    return f"{head}{stop}{_said(rest, patterns)}" if rest else text


def _match(text: str, asked: Sequence[Pattern], patterns: tuple[Pattern, ...]) -> str | None:
    for pattern in asked:
        found = pattern.regex.fullmatch(text) if pattern.piece in text else None
        if found is not None:
            values = {k: _value(k, v, patterns) for k, v in found.groupdict().items()}
            return _GAP.sub(lambda gap: values[gap[1]], pattern.translation)  # noqa: B023
    return None


def _value(name: str, text: str, patterns: tuple[Pattern, ...]) -> str:
    if name in _LANE:
        return _LANE[name](text)
    return _said(text, patterns) if name in _NESTED else text


@cache
def _patterns(language: str) -> tuple[Pattern, ...]:
    """Return every message with its translation, those with the most fixed words first, that of any file last."""
    known = [pair for name in _CATALOGUES for pair in pairs_of(language, name)]
    # the same message stands without its file where the file has a column of its own
    known += [(e.removeprefix(_FILE), zh.partition("：")[2]) for e, zh in known if e.startswith(_FILE) and e != _ANY]
    known.sort(key=lambda pair: (pair[0] == _ANY, -len(_GAP.sub("", pair[0]))))
    return tuple(pattern(english, zh) for english, zh in known)


def pairs_of(language: str, name: str) -> list[tuple[str, str]]:
    """Return message and translation as they stand in a catalogue."""
    file = files("dashboard").joinpath("locale", language, "LC_MESSAGES", name)
    if not file.is_file():
        return []
    with file.open("rb") as stream:
        return [(str(m.id), str(m.string)) for m in read_po(stream, locale=language) if m.id and m.string]


def pattern(english: str, translation: str) -> Pattern:
    """Return a message with ``{gaps}`` as a pattern that tells it with its values."""
    fixed = _GAP.split(english)[::2]
    names = _GAP.split(english)[1::2]
    regex = "".join(re.escape(part) + _gap(name) for part, name in zip(fixed, [*names, ""], strict=True))
    return Pattern(max(fixed, key=len), re.compile(regex, re.DOTALL), translation)


def _gap(name: str) -> str:
    """Return what a placeholder may hold: no end of a sentence, and in the name of a file no colon."""
    held = {"text": ".+", "file": r"(?:(?!\. )[^:])+?", **dict.fromkeys(_LANE, r"\S+")}.get(name, r"(?:(?!\. ).)+?")
    return f"(?P<{name}>{held})" if name else ""
