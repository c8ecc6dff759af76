"""Posted stretches in one text: ``國道1號 25k+300~26k+000 南下``, ``10.3k~11k``, ``10公里300公尺至11公里``."""

from __future__ import annotations

import re
import unicodedata

from pavement.errors import LocationError
from pavement.network.chainage import chainages

CURE = "Write start and end, such as 國道1號 25k+300~26k+000 南下."
_SEPARATOR = re.compile(r"\s*(?:~+|[\u301c\u2012-\u2015\u2212-]|至|到|迄|to)\s*", re.I)
_FROM = re.compile(r"^\s*(?:自|由|從|from\b)|(?:自|由|從|\bfrom)\s*$", re.I)


def ends(text: str) -> tuple[str, str]:
    """
    Return the posted chainage of the start and of the end of a stretch, each with the words that belong to it.

    Words before the start and behind the end belong to both; words between them (``N1 10k S ~ N1 11k S``) to the
    side of the separator on which they stand.

    Raises
    ------
    LocationError
        The text does not hold two chainages with one separator between them.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    found = chainages(plain)
    if len(found) != 2:
        raise LocationError(f"{text!r} holds {len(found)} chainages; a stretch has two.", cure=CURE)
    first, second = found
    between = plain[first.end() : second.start()]
    head, tail = _FROM.sub("", plain[: first.start()]), plain[second.end() :]
    if _SEPARATOR.fullmatch(between):
        return f"{head}{first[0]}{tail}", f"{head}{second[0]}{tail}"
    sides = _SEPARATOR.split(between)
    if len(sides) != 2:
        raise LocationError(f"{text!r}: {between.strip()!r} between the chainages is not understood.", cure=CURE)
    return f"{head}{first[0]}{sides[0]}", f"{sides[1]}{second[0]}{tail}"
