"""Faults of a survey in the language of the page: their English sentences are told apart by pattern."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from babel.messages.pofile import read_po

from dashboard import i18n

_GAP = re.compile(r"\\\{(\w+)\\\}")
# a placeholder of this name holds sentences of its own
_NESTED = "text"
_FILE, _ANY = "{file}: ", "{file}: {text}"


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


def _said(text: str, patterns: tuple[tuple[re.Pattern[str], str], ...]) -> str:
    whole = _match(text, patterns)
    if whole is not None:
        return whole
    # the longest run of sentences that is known, then the rest
    for end in reversed([m.end() for m in re.finditer(r"[.?](?= )", text)]):
        first = _match(text[:end], patterns)
        if first is not None:
            return first + _said(text[end:].strip(), patterns)
    head, stop, rest = text.partition(". ")
    return f"{head}{stop}{_said(rest, patterns)}" if rest else text


def _match(text: str, patterns: tuple[tuple[re.Pattern[str], str], ...]) -> str | None:
    for pattern, translation in patterns:
        found = pattern.fullmatch(text)
        if found is not None:
            values = {k: _said(v, patterns) if k == _NESTED else v for k, v in found.groupdict().items()}
            return translation.format(**values) if values else translation
    return None


@cache
def _patterns(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return pattern and translation of every message, those with the most fixed words first; empty for English."""
    file = files("dashboard").joinpath("locale", language, "LC_MESSAGES", "faults.po")
    if not file.is_file():
        return ()
    with file.open("rb") as stream:
        known = [(str(m.id), str(m.string)) for m in read_po(stream, locale=language) if m.id and m.string]
    # the same message stands without its file where the file has a column of its own
    known += [(e.removeprefix(_FILE), zh.partition("：")[2]) for e, zh in known if e.startswith(_FILE) and e != _ANY]
    known.sort(key=lambda pair: -len(re.sub(r"\{\w+\}", "", pair[0])))
    return tuple((re.compile(_GAP.sub(_gap, re.escape(english)), re.DOTALL), zh) for english, zh in known)


def _gap(found: re.Match[str]) -> str:
    """Return what a placeholder may hold: no end of a sentence, and in the name of a file no colon."""
    name = found[1]
    held = {_NESTED: ".+", "file": r"(?:(?!\. )[^:])+?"}.get(name, r"(?:(?!\. ).)+?")
    return f"(?P<{name}>{held})"
