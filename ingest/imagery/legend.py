"""A strip below an overlay that tells what its colours mean, or why nothing was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import cv2
import numpy as np
import pandas as pd

from ingest.imagery.drawing import COLOURS, Colour
from pavement.schema import read_table

# both languages need letters that OpenCV draws from its version 5 on
_BOTH = hasattr(cv2, "FontFace")
_SIZE, _GAP, _BOX = 16, 10, 14
# less hidden road than this is not told [m2]
_TOLD_M2 = 0.05
_NOTHING: Mapping[str, float] = MappingProxyType({})
_GROUND, _INK = (40, 40, 40), (240, 240, 240)
# a colour or none, and what it stands for
Entry = tuple[Colour | None, str]


def with_legend(
    drawn: np.ndarray, findings: pd.DataFrame, *, reason: str = "", hidden: Mapping[str, float] = _NOTHING
) -> np.ndarray:
    """
    Return an overlay with a strip below it; the overlay's own pixels stay where they are.

    Parameters
    ----------
    drawn
        Overlay, BGR.
    findings
        What is drawn on it: columns kind and type.
    reason
        Why nothing was measured, as the frame's gate says; empty when it was.
    hidden
        What hides road in it → how much of it [m2]; NaN where no scale is known.
    """
    entries = _entries(findings, reason) + ([] if reason else _hidden(hidden))
    return np.vstack([drawn, strip(entries, drawn.shape[1])])


def cure_of(reason: str, *, language: str = "en") -> str:
    """Return what can be done about a frame that is not usable."""
    table = read_table("unusable_reasons").set_index("reason")
    return f"{table['cure_zh' if language.startswith('zh') else 'cure'].get(reason, reason)}."


def _entries(findings: pd.DataFrame, reason: str) -> list[Entry]:
    words = read_table("crack_words").query("group == 'overlay'").set_index("word")
    if reason:
        chinese = read_table("unusable_reasons").set_index("reason")["zh"].get(reason, reason)
        not_measured = words.loc["unusable"]
        return [(None, both_languages(f"{not_measured['zh']}：{chinese}", f"{not_measured['en']}: {reason}"))]
    present = set(findings["type"].where(findings["type"] != "", findings["kind"]))
    table = read_table("finding_kinds")
    shown = table[table["kind"].isin(present)]
    named: list[Entry] = [(COLOURS[row.kind], both_languages(row.zh, row.en)) for row in shown.itertuples()]
    return named or [(None, both_languages(words.loc["nothing", "zh"], words.loc["nothing", "en"]))]


def _hidden(hidden: Mapping[str, float]) -> list[Entry]:
    """Return what hides road that was not judged: a view is blurred where a vehicle may be."""
    words = read_table("crack_words").query("group == 'overlay'").set_index("word").loc["hidden"]
    chinese = read_table("unusable_reasons").set_index("reason")["zh"]
    told: list[Entry] = []
    for reason, size in hidden.items():
        if size < _TOLD_M2:
            continue
        much = "" if np.isnan(size) else f" {size:.1f} m2"
        text = both_languages(f"{words['zh']}：{chinese.get(reason, reason)}", f"{words['en']}: {reason}{much}")
        told.append((None, text))
    return told


def both_languages(chinese: str, english: str) -> str:
    """Return a text in both languages, in English alone where Chinese letters cannot be drawn."""
    return f"{chinese} {english}" if _BOTH else english


def strip(entries: Sequence[Entry], width: int) -> np.ndarray:
    """Return a legend of entries side by side, in as many rows as they need, `width` pixels wide."""
    line, places = _SIZE + _GAP, []
    x, y = _GAP, _GAP
    for colour, text in entries:
        wide = _width(text) + (_BOX + _GAP // 2 if colour else 0)
        if x > _GAP and x + wide + _GAP > width:
            x, y = _GAP, y + line
        places.append((x, y, colour, text))
        x += wide + 2 * _GAP
    strip = np.full((y + line, width, 3), _GROUND, np.uint8)
    for left, top, colour, text in places:
        if colour is not None:
            cv2.rectangle(strip, (left, top), (left + _BOX, top + _BOX), colour, cv2.FILLED)
            left += _BOX + _GAP // 2
        _write(strip, text, (left, top + _BOX))
    return strip


def _width(text: str) -> int:
    if _BOTH:
        _, _, wide, _ = cv2.getTextSize((0, 0), text, (0, 0), cv2.FontFace("uni"), _SIZE)
        return int(wide)
    return int(cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.5, 1)[0][0])


def _write(image: np.ndarray, text: str, place: tuple[int, int]) -> None:
    if _BOTH:
        cv2.putText(image, text, place, _INK, cv2.FontFace("uni"), _SIZE)
    else:
        cv2.putText(image, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.5, _INK, 1, cv2.LINE_AA)
