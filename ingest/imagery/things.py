"""Things of the road that are no cracks: rows of them, their table, and where they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
import pandas as pd

from ingest.imagery.components import as_bytes, labels
from ingest.imagery.joints import Joint

# kind, length [m], width [mm], area [m2], confidence, outline [px]: a frame has few, and a table of each group of them
# takes longer than finding it
Thing = tuple[str, float, float, float, float, np.ndarray]
THING_COLUMNS = ("kind", "length_m", "width_mm", "area_m2", "confidence", "outline")
# things drawn as closed outlines; joints are lines
AREAS = ("marking", "stud", "manhole", "rail", "patch", "shadow", "stain", "ravelling", "bleeding")
# what a dark body can be other than a pothole
BODIES = ("stud", "manhole", "rail", "patch", "shadow")


def thing(kind: str, outline: np.ndarray, *, confidence: float, mm_per_pixel: float) -> Thing:
    """
    Return a thing: sides of the smallest rectangle around it, and its area.

    Parameters
    ----------
    kind
        One of the kinds of findings.
    outline
        Closed outline through the pixels at its border, shape (points, 2). [px]
    confidence
        0 to 1.
    mm_per_pixel
        Scale of the outline.
    """
    short, long = sides(outline)
    metre = mm_per_pixel / 1000.0
    area = pixels(outline) * metre**2
    return kind, long * metre, short * mm_per_pixel, area, min(max(confidence, 0.0), 1.0), outline


def sides(outline: np.ndarray) -> tuple[float, float]:
    """Return the shorter and the longer side of the smallest rectangle around the pixels of an outline. [px]"""
    # an outline runs through the middles of pixels: half a pixel is missing on each side
    short, long = sorted(side + 1.0 for side in cv2.minAreaRect(outline.astype(np.float32))[1])
    return short, long


def pixels(outline: np.ndarray) -> float:
    """Return the number of pixels within an outline and on it, after Pick's theorem."""
    closed = np.vstack([outline, outline[:1]])
    on_it = np.abs(np.diff(closed, axis=0)).max(axis=1).sum()
    return float(cv2.contourArea(outline.astype(np.float32)) + on_it / 2 + 1.0)


def at_scale(rows: Iterable[Thing], to_pixels: float) -> list[Thing]:
    """Return things with their outlines brought to another scale."""
    return [
        (kind, length, width, area, sure, (np.asarray(outline, float) + 0.5) * to_pixels - 0.5)
        for kind, length, width, area, sure, outline in rows
    ]


def thing_table(rows: Sequence[Thing]) -> pd.DataFrame:
    """Return things as a table, columns as :data:`THING_COLUMNS`."""
    columns = list(zip(*rows, strict=True)) or [()] * len(THING_COLUMNS)
    outlines = np.empty(len(rows), dtype=object)
    outlines[:] = [np.asarray(outline, float) for outline in columns[-1]]
    # told what the columns are: guessing takes longer than finding the things
    numbers = {name: np.array(values, float) for name, values in zip(THING_COLUMNS[1:-1], columns[1:-1], strict=True)}
    kinds = {"kind": np.array(columns[0], dtype=object)}
    return pd.DataFrame(kinds | numbers | {"outline": outlines})


def joint_things(joints: Sequence[Joint], kind: str, *, mm_per_pixel: float) -> list[Thing]:
    """Return joints as things of a kind; `mm_per_pixel` is the scale of their lines."""
    rows: list[Thing] = []
    for joint in joints:
        long = float(np.hypot(*np.diff(joint.line, axis=0).T).sum()) * mm_per_pixel / 1000.0
        rows.append((kind, long, joint.width_mm, long * joint.width_mm / 1000.0, joint.confidence, joint.line))
    return rows


def sealed_things(sealed: np.ndarray, *, mm_per_pixel: float) -> list[Thing]:
    """Return sealed cracks as things; their width is the mean over their length, and how sure they are is not known."""
    outlines, _ = cv2.findContours(as_bytes(sealed), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    rows: list[Thing] = []
    for line in outlines:
        metre = mm_per_pixel / 1000.0
        area, long = cv2.contourArea(line) * metre**2, max(cv2.minAreaRect(line)[1]) * metre
        rows.append(("sealed_crack", long, 1000 * area / max(long, 1e-6), area, np.nan, line[:, 0]))
    return rows


def mostly_outside(mask: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Return the components of a mask of which less than a third lies within some places."""
    if not (mask & where).any():
        return mask
    count, label = labels(mask)
    whole, within = (np.bincount(label[m], minlength=count) for m in (mask, mask & where))
    keep = 3 * within < whole
    keep[0] = False
    return np.asarray(keep[label])


def covered(found: Iterable[Thing], kinds: Sequence[str], shape: tuple[int, ...]) -> np.ndarray:
    """Return where things of some kinds are, shape (height, width), at the scale of their outlines."""
    mask = np.zeros(shape, np.uint8)
    for kind, *_, outline in found:
        if kind in kinds:
            cv2.drawContours(mask, [np.rint(outline).astype(np.int32)], -1, 1, cv2.FILLED)
    return mask.view(bool)
