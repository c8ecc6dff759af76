"""Views of a frame for people: reduced, and with the findings drawn on it."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pandas as pd

from ingest.imagery.outlines import CLOSED
from pavement.schema import read_table

Colour = tuple[int, int, int]


def colours(name: str) -> dict[str, Colour]:
    """Return blue, green and red of each row of a table by its first column."""
    table = read_table(name)
    return {str(key): _colour(shade) for key, shade in zip(table.iloc[:, 0], table["colour"], strict=True)}


def _colour(shade: str) -> Colour:
    red, green, blue = bytes.fromhex(shade.removeprefix("#"))
    return blue, green, red


# of each type of crack and kind of finding
COLOURS = colours("finding_kinds")


def view(image: np.ndarray, *, width: int) -> np.ndarray:
    """Return an image reduced to at most `width` pixels across."""
    scale = width / image.shape[1]
    if scale >= 1.0:
        return image.copy()
    size = (width, max(1, round(image.shape[0] * scale)))
    # down to half the size nothing is passed over between four neighbours, which take a tenth of the time
    return cv2.resize(image, size, interpolation=cv2.INTER_LINEAR if scale >= 0.5 else cv2.INTER_AREA)


def overlay(shown: np.ndarray, findings: pd.DataFrame) -> np.ndarray:
    """Return a view with each finding's outline drawn in the colour of its kind or type."""
    drawn = shown.copy()
    thick = max(1, round(shown.shape[1] / 500))
    for kind, of_type, outline in zip(findings["kind"], findings["type"], findings["outline"], strict=True):
        lines = [np.array(line, np.int32).reshape(-1, 1, 2) for line in json.loads(outline)]
        closed = kind in CLOSED
        cv2.polylines(drawn, lines, closed, COLOURS.get(of_type or kind, (255, 255, 255)), thick, cv2.LINE_AA)
    return drawn


def as_png(image: np.ndarray) -> bytes:
    """Return an image as PNG bytes."""
    return bytes(cv2.imencode(".png", image)[1])
