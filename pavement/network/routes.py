"""Names of routes: 國道1號, 國1, 中山高 and N1 are one road; 國道1號高架 (N1H) and its ramps (N1R) are others."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable

from pavement.errors import LocationError
from pavement.schema import read_table

_NUMERALS = {c: str(i) for i, c in enumerate("零一二三四五六七八九")}
# 國道1號, 國3甲, 國道1號五楊高架道路, 國5匝道, N1H, N5R12
_FREEWAY = re.compile(
    r"^(?:國道?|N)\s*(\d{1,3})\s*號?\s*(甲|A)?\s*(?:線|號)?\s*"
    r"(?:(?:平面|主線)|(?:汐5|5楊)?(高架|H)|(匝道|R)\s*(\d{0,4}))?(?:道路|路段|道)?$",
    re.I,
)
# 國1高架(五楊), 國1(五楊)高架, 國道1號(五楊高架): the elevated road is one, whichever of its parts stands beside it
_PART_OF_ELEVATED = re.compile(
    r"高架(?:道路|路段)?\s*\(\s*(?:五楊|汐五)段?\s*\)|\(\s*(?:五楊|汐五)\s*\)\s*高架|\(\s*(?:五楊|汐五)高架\s*\)"
)
# of other roads: letters, number, and what tells a branch or a ramp
_ID = re.compile(r"^[A-Z]{1,4}\d{1,4}[A-Z]{0,2}(?:\d{1,4})?$")
_ROUTE = re.compile(r"^N(\d+)(A)?(H)?(?:(R)(\d*))?$")


def route_id(text: str) -> str:
    """
    Return the route id of a name: ``N1`` for 國道1號, 國1, 中山高 or n1; ``BR386`` for BR-386.

    An elevated road beside the main one is ``N1H``, a branch ``N3A`` (國道3甲), ramps ``N5R`` or, by number, ``N5R12``.

    Raises
    ------
    LocationError
        The text has not the form of a route's name.
    """
    plain = elevated_as_one(unicodedata.normalize("NFKC", text).strip())
    names = read_table("route_names").set_index("name")["route"]
    if plain in names.index:
        return str(names[plain])
    if match := _FREEWAY.match(_arabic(plain)):
        number, branch, elevated, ramp, which = match.groups()
        return f"N{int(number)}{'A' if branch else ''}{'H' if elevated else ''}{f'R{which}' if ramp else ''}"
    compact = plain.upper().replace("-", "").replace(" ", "")
    if _ID.match(compact):
        return compact
    raise LocationError(f"{text!r} is not a route's name.", cure="Write it like 國道1號, 國1 or N1.")


def elevated_as_one(plain: str) -> str:
    """Return a text of normal width with ``高架`` where it names a part of the elevated road in brackets."""
    return _PART_OF_ELEVATED.sub("高架", plain)


def _arabic(text: str) -> str:
    """Replace Chinese numerals up to 99 by digits."""
    text = re.sub(r"([一二三四五六七八九])?十([一二三四五六七八九])?", _tens, text)
    return "".join(_NUMERALS.get(c, c) for c in text)


def _tens(match: re.Match[str]) -> str:
    tens, ones = match.groups()
    return f"{_NUMERALS.get(tens, '1')}{_NUMERALS.get(ones, '0')}"


def route_name(route: str) -> str:
    """Return the Chinese name of a route id: 國道3甲 for ``N3A``; other ids come back as they are."""
    match = _ROUTE.match(route)
    if not match:
        return route
    number, branch, elevated, ramp, which = match.groups()
    kind = f"匝道{which}" if ramp else "高架" if elevated else ""
    return f"國道{number}{'甲' if branch else '號'}{kind}"


def unknown_route(route: str, known: Iterable[str]) -> LocationError:
    """Return the error for a route that the network does not have, naming the nearest known one."""
    names = sorted(set(known))
    near = difflib.get_close_matches(route, names, n=1, cutoff=0.0)
    hint = f"The nearest known name is {near[0]}." if near else "The network is empty: ingest its package first."
    return LocationError(f"Route {route!r} is not on the network.", cure=f"{hint} Known: {', '.join(names) or 'none'}.")
