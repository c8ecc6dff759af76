"""Posted chainage as people write it: ``國道1號 25k+300 南下``, ``N1 25K+300``, ``25.3k``."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import pandas as pd

from pavement.errors import LocationError
from pavement.network.chainage_equations import End, posted_of_measures
from pavement.network.routes import elevated_as_one, route_id, route_name

CURE = "Write route, chainage and direction, such as 國道1號 25k+300 南下 or N1 25K+300 S."
_KM = re.compile(r"(?<![\d.])(\d{1,4})\s*(?:k|km|公里)?\s*\+\s*(\d{1,3}(?:\.\d+)?)\s*(?:m|公尺)?(?![\d.])", re.I)
_KM_ONLY = re.compile(
    r"(?<![\d.])(\d{1,4}(?:\.\d{1,6})?)\s*(?:km|k|公里)(?:\s*(\d{1,3})\s*(?:m|公尺))?(?![\d.a-z])", re.I
)
_EITHER = re.compile(f"(?:{_KM.pattern})|(?:{_KM_ONLY.pattern})", re.I)
# no N, S, E, W: behind a chainage those are directions
PIECES = ("A", "B", "C", "D", "前", "後")
_PIECE = re.compile(r"\s*(?:\(\s*([A-D前後])\s*\)|([A-D前後])(?![^\s/,，、;；_()]))", re.I)
# 國道1號 高架 is one name
_APART = re.compile(r"(?<=[號甲\d])\s+(?=(?:五楊|汐五)?高架|匝道|甲線)")
_SIGNED = re.compile(r"[-+\u2212]$")
_SEPARATORS = re.compile(r"[\s/,，、;；_()]+")
DIRECTION_WORDS = {
    **dict.fromkeys(("南下", "南向", "往南", "s", "sb", "southbound", "south"), "S"),
    **dict.fromkeys(("北上", "北向", "往北", "n", "nb", "northbound", "north"), "N"),
    **dict.fromkeys(("東向", "東行", "往東", "e", "eb", "eastbound", "east"), "E"),
    **dict.fromkeys(("西向", "西行", "往西", "w", "wb", "westbound", "west"), "W"),
    **dict.fromkeys(("順向", "順", "increasing", "+"), "+"),
    **dict.fromkeys(("逆向", "逆", "decreasing", "-"), "-"),
}
DIRECTION_NAMES = {
    "zh_TW": {"S": "南下", "N": "北上", "E": "東向", "W": "西向", "+": "順向", "-": "逆向"},
    "en": {"S": "southbound", "N": "northbound", "E": "eastbound", "W": "westbound", "+": "+", "-": "-"},
}
# lanes without a number
LANE_NAMES = {
    "zh_TW": {"aux": "輔助車道", "shoulder_in": "內路肩", "shoulder_out": "外路肩"},
    "en": {"aux": "auxiliary", "shoulder_in": "inner shoulder", "shoulder_out": "outer shoulder"},
}


@dataclass(frozen=True)
class Chainage:
    """
    A posted place: route id or "", posted chainage [m], direction or "".

    The direction is a compass letter, or ``+`` / ``-`` for 順向 / 逆向, which only the route can resolve. The piece is
    the suffix that tells duplicated chainage apart (``25k+300A``), or "".
    """

    route: str
    measure: float
    direction: str
    piece: str = ""


def parse(text: str) -> Chainage:
    """
    Return the place that a posted chainage names.

    Parameters
    ----------
    text
        Chainage with ``k`` or ``+`` in any width and case, right behind it the suffix of a long chain where there is
        one, optionally with route and direction in any order.

    Raises
    ------
    LocationError
        No chainage in the text, more than 999 m after the ``+``, two chainages, a sign before the chainage, or a
        word that is not understood.
    """
    plain = _APART.sub("", elevated_as_one(unicodedata.normalize("NFKC", str(text)).strip()))
    match, measure = _chainage(plain, str(text))
    behind = plain[match.end() :]
    suffix = _PIECE.match(behind)
    piece = (suffix[1] or suffix[2]).upper() if suffix else ""
    rest = f"{plain[: match.start()]} {behind[suffix.end() if suffix else 0 :]}"
    route, direction = _words(rest, str(text))
    return Chainage(route, measure, direction, piece)


def chainages(plain: str) -> list[re.Match[str]]:
    """Return the chainages in a text of normal width, from left to right."""
    return list(_EITHER.finditer(plain))


def _chainage(plain: str, text: str) -> tuple[re.Match[str], float]:
    found = chainages(plain)
    if not found:
        raise LocationError(f"{text!r} holds no chainage.", cure=CURE)
    if len(found) > 1:
        raise LocationError(f"{text!r} holds {len(found)} chainages.", cure="Put start and end in two columns.")
    if _SIGNED.search(plain[: found[0].start()]):
        cure = "Posted chainage has no sign: leave it out, and write the direction in words (順向, 逆向)."
        raise LocationError(f"{text!r} has a sign before the chainage.", cure=cure)
    kilometres, metres = (a or b for a, b in zip(found[0].groups()[:2], found[0].groups()[2:], strict=True))
    return found[0], round(float(kilometres) * 1000 + float(metres or 0), 6)


def _words(rest: str, text: str) -> tuple[str, str]:
    route = direction = ""
    for word in filter(None, _SEPARATORS.split(rest)):
        known = DIRECTION_WORDS.get(word.casefold())
        if known and direction == "":
            direction = known
        elif route == "" and not known:
            route, direction = _route_and_suffix(word, direction, text)
        else:
            raise LocationError(f"{text!r}: {word!r} is not understood.", cure=CURE)
    return route, direction


def _route_and_suffix(word: str, direction: str, text: str) -> tuple[str, str]:
    """Read a route, with a direction written right behind it when there is one."""
    for suffix, letter in DIRECTION_WORDS.items():
        if len(suffix) > 1 and not suffix.isascii() and word.endswith(suffix) and not direction:
            return _known_route(word.removesuffix(suffix), text), letter
    return _known_route(word, text), direction


def _known_route(word: str, text: str) -> str:
    try:
        return route_id(word)
    except LocationError as error:
        raise LocationError(f"{text!r}: {error.message}", cure=CURE) from error


def parse_many(texts: pd.Series) -> pd.DataFrame:
    """
    Return route, measure [m], direction, piece and fault for each text, on the same index.

    ``fault`` is "" where the text was read and says what is wrong elsewhere; measure is missing there.
    """
    seen = {text: _parse_or_fault(text) for text in texts.astype(str).unique()}
    rows = [seen[text] for text in texts.astype(str)]
    frame = pd.DataFrame(rows, columns=["route", "measure", "direction", "piece", "fault"], index=texts.index)
    return frame.astype({"measure": float})


def _parse_or_fault(text: str) -> tuple[str, float, str, str, str]:
    try:
        place = parse(text)
    except LocationError as error:
        return "", float("nan"), "", "", error.message
    return place.route, place.measure, place.direction, place.piece, ""


def posted_measure(measure: float, piece: str = "") -> str:
    """Return posted chainage [m] as ``25k+300``, rounded to whole metres, with the suffix of its piece."""
    kilometres, metres = divmod(round(measure), 1000)
    return f"{kilometres}k+{metres:03d}{piece}"


def posted(route: str, measure: float, direction: str, *, language: str = "zh_TW", piece: str = "") -> str:
    """Return a place as people read it: ``國道1號 25k+300 南下`` or ``N1 25k+300A southbound``."""
    key = "zh_TW" if language.startswith("zh") else "en"
    name = route_name(route) if key == "zh_TW" else route
    return f"{name} {posted_measure(measure, piece)} {DIRECTION_NAMES[key].get(direction, direction)}".strip()


def named_lanes(lanes: pd.Series, *, language: str) -> pd.Series:
    """Return lanes as people read them: numbers as they are, the others by name."""
    return lanes.astype(object).replace(LANE_NAMES["zh_TW" if language.startswith("zh") else "en"])


def posted_chainages(places: pd.DataFrame, column: str, equations: pd.DataFrame, *, end: End = "start") -> pd.Series:
    """Return the measures [m] of a column as posted, ``25k+300`` or ``25k+300A``; `places` has route and direction."""
    asked = places[["route", "direction"]].assign(measure=places[column])
    found = posted_of_measures(asked, equations, end=end)
    texts = [posted_measure(m, p) for m, p in zip(found["posted"], found["piece"], strict=True)]
    return pd.Series(texts, index=places.index, dtype=object)
