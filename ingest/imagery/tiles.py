"""Tiles of an image that are worth work, gathered into few rectangles."""

from __future__ import annotations

import cv2
import numpy as np

from ingest.imagery.components import as_bytes

# top, bottom, left, right
Box = tuple[int, int, int, int]


def tiled(mask: np.ndarray, *, side: int) -> np.ndarray:
    """Return the tiles in which a mask holds anything, and their neighbours; shape (rows, columns) of tiles."""
    height, width = mask.shape
    rows, columns = -(-height // side), -(-width // side)
    padded = np.zeros((rows * side, columns * side), bool)
    padded[:height, :width] = mask
    tiles = np.asarray(padded.reshape(rows, side, columns, side).any(axis=(1, 3)))
    return cv2.dilate(as_bytes(tiles), np.ones((3, 3), np.uint8)).view(bool)


def spread_out(tiles: np.ndarray, shape: tuple[int, ...], *, side: int) -> np.ndarray:
    """Return where tiles lie in an image of a shape (height, width)."""
    return np.repeat(np.repeat(tiles, side, axis=0), side, axis=1)[: shape[0], : shape[1]]


def boxes(tiles: np.ndarray, *, margin: float) -> list[Box]:
    """
    Return rectangles of tiles that hold all that are set, with little work for what is not.

    A rectangle is cut in two where the halves, each shrunk to what is set in it, are less work than the whole.

    Parameters
    ----------
    tiles
        What is set, shape (rows, columns).
    margin
        What each rectangle is worked on beyond its border, in sides of a tile.
    """
    if not tiles.any():
        return []
    top, bottom = _ends(np.asarray(tiles.any(axis=1)))
    left, right = _ends(np.asarray(tiles.any(axis=0)))
    part = tiles[top:bottom, left:right]
    whole = _work(bottom - top, right - left, margin)
    (down, row), (across, column) = _cut(part, margin), _cut(part.T, margin)
    if min(down, across) >= whole:
        return [(top, bottom, left, right)]
    halves = [part[:row], part[row:]] if down <= across else [part[:, :column], part[:, column:]]
    places = [(top, left), (top + row, left) if down <= across else (top, left + column)]
    return [
        (a + y, b + y, c + x, d + x)
        for half, (y, x) in zip(halves, places, strict=True)
        for a, b, c, d in boxes(half, margin=margin)
    ]


def _ends(line: np.ndarray) -> tuple[int, int]:
    """Return where what is set in a line begins and ends."""
    return int(line.argmax()), len(line) - int(line[::-1].argmax())


def _work(height: np.ndarray | int, width: np.ndarray | int, margin: float) -> float:
    return (height + 2 * margin) * (width + 2 * margin)  # type: ignore[return-value]


def _cut(tiles: np.ndarray, margin: float) -> tuple[float, int]:
    """Return the work of both halves for the best cut between two rows, and the row before which it is."""
    if len(tiles) < 2:
        return np.inf, 0
    above, below = _works(tiles, margin), _works(tiles[::-1], margin)[::-1]
    both = above[:-1] + below[1:]
    best = int(both.argmin())
    return float(both[best]), best + 1


def _works(tiles: np.ndarray, margin: float) -> np.ndarray:
    """Return the work of what is set in the first rows, for each number of rows. The first row holds something."""
    so_far = np.logical_or.accumulate(tiles, axis=0)
    width = tiles.shape[1] - so_far[:, ::-1].argmax(axis=1) - so_far.argmax(axis=1)
    last = np.maximum.accumulate(np.where(tiles.any(axis=1), np.arange(len(tiles)), 0))
    return np.asarray(_work(last + 1, width, margin))
