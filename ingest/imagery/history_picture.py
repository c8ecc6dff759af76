"""One place over the years as a picture: its panels side by side, each with a scale, over what their colours mean."""

from __future__ import annotations

import cv2
import numpy as np

from ingest.imagery.history import COLOURS, Panel, PlaceHistory
from ingest.imagery.legend import both_languages, strip
from pavement.schema import read_table

_GAP, _HEAD, _FOOT = 12, 34, 30
_INK, _PAPER = (30, 30, 30), 255
_METRE = 1000.0


def side_by_side(history: PlaceHistory) -> np.ndarray:
    """
    Return the panels of a history in one picture, the oldest at the left.

    Above each stand its day and frame, below it a bar of 1 m where its scale is known; the legend lies under all.
    """
    height = max(panel.picture.shape[0] for panel in history.panels)
    newest = history.panels[-1].sight.mm_per_pixel
    columns = [_column(p, height, newest if p.aligned else p.sight.mm_per_pixel) for p in history.panels]
    whole = np.hstack(columns)[:, :-_GAP]
    words = read_table("growth_states").itertuples()
    entries = [(COLOURS[row.state], both_languages(row.zh, row.en)) for row in words]
    return np.vstack([whole, strip(entries, whole.shape[1])])


def _column(panel: Panel, height: int, mm_per_pixel: float) -> np.ndarray:
    wide = panel.picture.shape[1]
    column = np.full((_HEAD + height + _FOOT, wide + _GAP, 3), _PAPER, np.uint8)
    column[_HEAD : _HEAD + panel.picture.shape[0], :wide] = panel.picture
    text = f"{panel.sight.taken_at:%Y-%m-%d}  {panel.sight.frame}{'' if panel.aligned else '  NOT ALIGNED'}"
    _write(column, text.encode("ascii", "replace").decode(), (4, _HEAD - 11))
    if np.isfinite(mm_per_pixel):
        _scale_bar(column, _HEAD + panel.picture.shape[0] + _FOOT // 2, round(_METRE / mm_per_pixel))
    return column


def _scale_bar(column: np.ndarray, middle: int, metre: int) -> None:
    """Draw a metre with marks at its ends, and its length behind it."""
    left = 4
    cv2.line(column, (left, middle), (left + metre, middle), _INK, 2)
    for end in (left, left + metre):
        cv2.line(column, (end, middle - 6), (end, middle + 6), _INK, 2)
    _write(column, "1 m", (left + metre + 8, middle + 6))


def _write(column: np.ndarray, text: str, place: tuple[int, int]) -> None:
    cv2.putText(column, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.6, _INK, 1, cv2.LINE_AA)
