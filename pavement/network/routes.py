"""Names of routes: 國道1號, 國1, 中山高 and N1 are one road."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable

from pavement.errors import LocationError
from pavement.schema import read_table

_NUMERALS = {c: str(i) for i, c in enumerate("零一二三四五六七八九")}
_FREEWAY = re.compile(r"^(?:國道?|N)\s*(\d{1,3})\s*(號)?\s*(甲|A)?\s*(線|號)?\s*(高架|H)?(?:道路|路段|道)?$", re.I)
_ID = re.compile(r"^[A-Z]{1,4}\d{1,4}[A-Z]{0,2}$")


def route_id(text: str) -> str:
    """
    Return the route id of a name: ``N1`` for 國道1號, 國1, 中山高 or n1; ``BR386`` for BR-386.

    Raises
    ------
    LocationError
        The text has not the form of a route's name.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    names = read_table("route_names").set_index("name")["route"]
    if plain in names.index:
        return str(names[plain])
    if match := _FREEWAY.match(_arabic(plain)):
        number, _, branch, _, elevated = match.groups()
        return f"N{int(number)}{'A' if branch else ''}{'H' if elevated else ''}"
    compact = plain.upper().replace("-", "").replace(" ", "")
    if _ID.match(compact):
        return compact
    raise LocationError(f"{text!r} is not a route's name.", cure="Write it like 國道1號, 國1 or N1.")


def _arabic(text: str) -> str:
    """Replace Chinese numerals up to 99 by digits."""
    text = re.sub(r"([一二三四五六七八九])?十([一二三四五六七八九])?", _tens, text)
    return "".join(_NUMERALS.get(c, c) for c in text)


def _tens(match: re.Match[str]) -> str:
    tens, ones = match.groups()
    return f"{_NUMERALS.get(tens, '1')}{_NUMERALS.get(ones, '0')}"


def route_name(route: str) -> str:
    """Return the Chinese name of a route id: 國道3甲 for ``N3A``; other ids come back as they are."""
    match = re.match(r"^N(\d+)(A)?(H)?$", route)
    if not match:
        return route
    number, branch, elevated = match.groups()
    return f"國道{number}{'甲' if branch else '號'}{'高架' if elevated else ''}"


def unknown_route(route: str, known: Iterable[str]) -> LocationError:
    """Return the error for a route that the network does not have, naming the nearest known one."""
    names = sorted(set(known))
    near = difflib.get_close_matches(route, names, n=1, cutoff=0.0)
    hint = f"The nearest known name is {near[0]}." if near else "The network is empty: ingest its package first."
    return LocationError(f"Route {route!r} is not on the network.", cure=f"{hint} Known: {', '.join(names) or 'none'}.")
