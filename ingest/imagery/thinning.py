"""Skeletons: a mask thinned to lines one pixel wide, and the branches these lines are made of."""

from __future__ import annotations

import cv2
import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from ingest.imagery.components import as_bytes, labels

_RING = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]], np.uint8)


def _removable(step: int, *, least: int, most: int) -> np.ndarray:
    """
    Return code of the eight neighbours, north first, clockwise → 1 if Zhang-Suen removes it in this half step.

    Only pixels with `least` to `most` neighbours are told.
    """
    code = np.arange(256)
    ring = (code[:, None] >> np.arange(8)) & 1
    count = ring.sum(axis=1)
    rises = ((ring == 0) & (np.roll(ring, -1, axis=1) == 1)).sum(axis=1)
    north, east, south, west = ring[:, 0], ring[:, 2], ring[:, 4], ring[:, 6]
    first = (north * east * south == 0) & (east * south * west == 0)
    second = (north * east * west == 0) & (north * south * west == 0)
    keep_line = (count >= least) & (count <= most) & (rises == 1)
    return (keep_line & (first if step == 0 else second)).astype(np.uint8)


def _corner(turn: int) -> np.ndarray:
    """Return code → 1 for the corner pixel of a staircase, whose two neighbours touch each other anyway."""
    ring = (np.arange(256)[:, None] >> np.arange(8)) & 1
    one, other, opposite = ring[:, 2 * turn], ring[:, (2 * turn + 2) % 8], ring[:, (2 * turn + 5) % 8]
    return ((one == 1) & (other == 1) & (opposite == 0)).astype(np.uint8)


_TABLES = tuple(_removable(step, least=3, most=6) for step in (0, 1))
_HOOKS = tuple(_removable(step, least=2, most=2) for step in (0, 1))
_CORNERS = tuple(_corner(turn) for turn in range(4))


def thinned(mask: np.ndarray) -> np.ndarray:
    """Return a mask thinned to lines one pixel wide (Zhang and Suen 1984), staircases cut to diagonals."""
    # few pixels are set: they are visited by their place in a frame with a border, and not the whole of it
    wide = cv2.copyMakeBorder(as_bytes(mask), 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    flat = wide.reshape(-1)
    places, width = np.flatnonzero(flat.view(bool)), wide.shape[1]
    while True:
        left = _remaining(flat, places, width, _TABLES)
        # these alone would go on and unravel a staircase, which diagonals two pixels wide are, from its ends
        done, places = len(left) == len(places), _remaining(flat, left, width, _HOOKS)
        if done:
            break
    _remaining(flat, places, width, _CORNERS)
    return wide[1:-1, 1:-1] > 0


def _remaining(flat: np.ndarray, places: np.ndarray, width: int, tables: tuple[np.ndarray, ...]) -> np.ndarray:
    """Remove what each table says of the pixels at `places`, and return the places that are left."""
    around = np.array([-width, 1 - width, 1, width + 1, width, width - 1, -1, -width - 1])
    for table in tables:
        code = np.zeros(len(places), np.uint8)
        for bit, step in enumerate(around):
            code |= flat[places + step] << np.uint8(bit)
        gone = table[code] > 0
        flat[places[gone]] = 0
        places = places[~gone]
    return places


def neighbours(mask: np.ndarray) -> np.ndarray:
    """Return the number of set neighbours of each set pixel, 0 elsewhere."""
    count = cv2.filter2D(as_bytes(mask), cv2.CV_8U, _RING, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(np.multiply(count, mask, out=count))


def branches(skeleton: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """
    Return the pixels of a skeleton ordered along its branches.

    Branches end at ends and at junctions; junction pixels themselves belong to none.

    Returns
    -------
    points
        Pixel coordinates (x, y), shape (n, 2), one branch after the other, each from end to end.
    branch
        Number of the branch of each point, growing, shape (n,).
    joint
        Whether a point is where its branch meets a junction, shape (n,).
    """
    junction = skeleton & (neighbours(skeleton) > 2)
    lines = skeleton & ~junction
    count, label = labels(lines)
    rows, columns = np.nonzero(lines)
    number = label[rows, columns].astype(np.intp) - 1
    inside = neighbours(lines)[rows, columns]
    start = _starts(number, inside, count - 1)
    order = _order(lines, rows, columns, start=start)
    sequence = np.lexsort((order, number))
    touches = cv2.dilate(as_bytes(junction), np.ones((3, 3), np.uint8))[rows, columns] > 0
    joint = touches & (inside <= 1)
    return np.column_stack([columns, rows])[sequence].astype(float), number[sequence], joint[sequence]


def _starts(number: np.ndarray, inside: np.ndarray, count: int) -> np.ndarray:
    """Return one point index a branch to start from: an end where there is one (a closed ring has none)."""
    order = np.lexsort((inside > 1, number))
    first = np.searchsorted(number[order], np.arange(count))
    return order[first]


def _order(lines: np.ndarray, rows: np.ndarray, columns: np.ndarray, *, start: np.ndarray) -> np.ndarray:
    """Return the steps from the start of its branch to each point."""
    size = len(rows)
    if size == 0:
        return np.empty(0)
    # pixels come row by row: a neighbour is found by its place in that order
    width = lines.shape[1] + 2
    flat = rows * width + columns + 1
    pairs = []
    for down, right in ((0, 1), (1, -1), (1, 0), (1, 1)):
        wanted = flat + down * width + right
        there = np.minimum(np.searchsorted(flat, wanted), size - 1)
        pairs.append((np.arange(size), np.where(flat[there] == wanted, there, -1)))
    a = np.concatenate([here[there >= 0] for here, there in pairs])
    b = np.concatenate([there[there >= 0] for _, there in pairs])
    cut = _ring_edges(a, b, size, start)
    graph = coo_array((np.ones(len(a) - cut.sum()), (a[~cut], b[~cut])), shape=(size, size)).tocsr()
    return dijkstra(graph, directed=False, indices=start, unweighted=True, min_only=True)


def _ring_edges(a: np.ndarray, b: np.ndarray, size: int, start: np.ndarray) -> np.ndarray:
    """Return one edge at the start of each closed ring, so that the ring is walked once around."""
    degree = np.bincount(np.concatenate([a, b]), minlength=size)
    ring = np.zeros(size, bool)
    ring[start] = degree[start] > 1
    cut = np.zeros(len(a), bool)
    at = np.where(ring[a], a, np.where(ring[b], b, -1))
    _, first = np.unique(at, return_index=True)
    cut[first] = at[first] >= 0
    return cut
